-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION jsonb_ivm UPDATE TO '1.1'" to load this file. \quit

-- A new database gets 1.0 and this, so that what is upgraded and what is new are the
-- same.
