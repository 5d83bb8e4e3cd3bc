-- One cascade, one transaction.
BEGIN;
\ir cascade_step.sql
COMMIT;
