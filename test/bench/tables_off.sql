-- Results as plain lines: what says how far the work is.
\pset tuples_only on
\pset format unaligned
