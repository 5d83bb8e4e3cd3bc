-- The points that were close, in a session of their own; grid.sql says why.
\connect
\echo again, in a new session:
SELECT call || :grid_milliseconds || ', ' || :grid_rounds || ')' FROM bench.next_session \gexec
