-- The cascade for :server by the statements in the file :script.
CALL :change(:server);
\ir :script
