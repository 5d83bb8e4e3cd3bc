-- Results as tables with headings.
\pset tuples_only off
\pset format aligned
\pset footer off
