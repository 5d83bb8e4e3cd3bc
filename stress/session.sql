--
-- Random operations on documents of all sizes, in all the forms in which they
-- are stored, each compared with the reference; on a database that has seen setup.sql.
--
--		psql -v seed=1 -v first=1 -v ops=10000 -v batch=250 -v job=0 -v jobs=1 \
--			-v deadline=infinity -f stress/session.sql
--
-- Every operation stores a document, applies an operator in an UPDATE (for the
-- one that only asks, in a SELECT), and wants of it what the reference in the
-- test module gives, to the byte or to the SQLSTATE (what the reference gives was
-- made by core, so it is canonical).  Then it applies the
-- operator again, and now nothing may change, not even what is stored.
--
-- The operations have numbers, and a number and the seed say what an operation
-- is.  A statement makes a batch of them; of all batches each of so many jobs
-- takes its share.  So the server's log and Valgrind's, which name the statement
-- when something goes wrong, tell in which batch it was.
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET search_path = jsonb_ivm_stress, public;
-- The planner must not evaluate operators for a custom plan.
SET plan_cache_mode = force_generic_plan;

-- One partition for each way of storing a document.  Those under 127 bytes are
-- stored with a short header in every one of them.
CREATE TEMP TABLE docs (storage text, data jsonb) PARTITION BY LIST (storage);
CREATE TEMP TABLE docs_pglz PARTITION OF docs FOR VALUES IN ('pglz');
CREATE TEMP TABLE docs_lz4 PARTITION OF docs FOR VALUES IN ('lz4');
CREATE TEMP TABLE docs_external PARTITION OF docs FOR VALUES IN ('external');
CREATE TEMP TABLE docs_inline PARTITION OF docs FOR VALUES IN ('inline');
ALTER TABLE docs_external ALTER data SET STORAGE EXTERNAL;
ALTER TABLE docs_inline ALTER data SET STORAGE MAIN;
SELECT current_setting('server_version_num')::int >= 140000 AS has_lz4 \gset
\if :has_lz4
ALTER TABLE docs_lz4 ALTER data SET COMPRESSION lz4;
\endif

\pset tuples_only on
\pset format unaligned
SELECT statement
FROM generate_series(0, (:ops - 1) / :batch) AS b,
	LATERAL (VALUES
		(1, format($$INSERT INTO results SELECT o.* FROM generate_series(%s, %s) AS number, one_operation(%s, number) AS o $$
				   || $$WHERE extract(epoch FROM statement_timestamp()) < '%s'$$,
				   :first + b * :batch, :first + least((b + 1) * :batch, :ops) - 1, :seed, :'deadline')),
		(2, 'TRUNCATE docs'),
		-- About 20 signs of life, from the first job.
		(3, CASE WHEN :job = 0 AND (b / :jobs) % greatest(:ops / :batch / :jobs / 20, 1) = 0 THEN
			format($$SELECT '%s of %s operations, ' || extract(epoch FROM clock_timestamp() - '%s')::int || ' s'$$,
				   least((b + 1) * :batch, :ops), :ops, clock_timestamp()) END)
	) AS s (step, statement)
WHERE b % :jobs = :job AND statement IS NOT NULL
ORDER BY b, step
\gexec
SELECT 'processor time of session ' || :job || ': ' ||
	round((split_part(s, ' ', 14)::int + split_part(s, ' ', 15)::int) / 100.0, 1) || ' s'
FROM pg_read_file('/proc/self/stat', 0, 1000) AS s;
