--
-- Random operations on documents of all sizes, in all the forms in which they
-- are stored, each compared with the reference; on a database that has seen setup.sql.
--
--		psql -v seed=1 -v first=1 -v ops=10000 -v batch=240 -v job=0 -v jobs=1 \
--			-v deadline=infinity -f stress/session.sql
--
-- A document is stored, another version of it, and a copy.  Then come some operations
-- on what is stored, each with its own operator, path and arguments.  One that changes
-- has to give what the reference in the test module gives, to the byte or to the
-- SQLSTATE (what the reference gives was made by core, so it is canonical).  Where
-- nothing changes, that has to be what is stored, itself; and nothing may change when the
-- operator is applied to its result.  One that asks has two sides, both of them stored.
-- At the end one of the operations is done in an UPDATE, twice, and the second time
-- nothing may be stored.
--
-- The operations have numbers, and a number and the seed say what an operation
-- is: the n-th operation is one of those on the document n / 8.  A statement makes
-- a batch of them; of all batches each of so many jobs takes its share.  So the
-- server's log and Valgrind's, which name the statement when something goes wrong,
-- tell in which batch it was.
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET search_path = jsonb_ivm_stress, public;
-- The planner must not evaluate operators for a custom plan.
SET plan_cache_mode = force_generic_plan;

-- One partition for each way of storing a document, and one for what has two sides
-- that are stored in different ways.  Those under 127 bytes are stored with a short
-- header in every one of them.
CREATE TEMP TABLE docs (storage text, document jsonb, successor jsonb, copy jsonb) PARTITION BY LIST (storage);
CREATE TEMP TABLE docs_pglz PARTITION OF docs FOR VALUES IN ('pglz');
CREATE TEMP TABLE docs_lz4 PARTITION OF docs FOR VALUES IN ('lz4');
CREATE TEMP TABLE docs_external PARTITION OF docs FOR VALUES IN ('external');
CREATE TEMP TABLE docs_inline PARTITION OF docs FOR VALUES IN ('inline');
CREATE TEMP TABLE docs_mixed PARTITION OF docs FOR VALUES IN ('mixed');
ALTER TABLE docs_external ALTER document SET STORAGE EXTERNAL, ALTER successor SET STORAGE EXTERNAL, ALTER copy SET STORAGE EXTERNAL;
ALTER TABLE docs_inline ALTER document SET STORAGE MAIN, ALTER successor SET STORAGE MAIN, ALTER copy SET STORAGE MAIN;
ALTER TABLE docs_mixed ALTER successor SET STORAGE EXTERNAL, ALTER copy SET STORAGE MAIN;
SELECT current_setting('server_version_num')::int >= 140000 AS has_lz4 \gset
\if :has_lz4
ALTER TABLE docs_lz4 ALTER document SET COMPRESSION lz4, ALTER successor SET COMPRESSION lz4, ALTER copy SET COMPRESSION lz4;
\endif

\set per_document 8
\pset tuples_only on
\pset format unaligned
SELECT statement
FROM generate_series(0, (:ops - 1) / :batch) AS b,
	LATERAL (SELECT :first + b * :batch AS a, :first + least((b + 1) * :batch, :ops) - 1 AS z) AS n,
	LATERAL (VALUES
		(1, format($$INSERT INTO results SELECT o.* FROM generate_series(%s, %s) AS d, $$
				   || $$operate_on_document(%s, d, %5$s, greatest(%6$s - (d - 1) * %5$s, 1), least(%7$s - (d - 1) * %5$s, %5$s)) AS o $$
				   || $$WHERE extract(epoch FROM statement_timestamp()) < '%4$s'$$,
				   (a - 1) / :per_document + 1, (z - 1) / :per_document + 1, :seed, :'deadline', :per_document, a, z)),
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
