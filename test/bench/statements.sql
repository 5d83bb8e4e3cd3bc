-- What the parts on disk share: statements that take turns on a table, which each of them finds as if
-- it had just been loaded.  run_statements.sql runs those of a part.  Needs harness.sql.

CREATE TABLE bench.statement (
	n serial PRIMARY KEY,
	part text NOT NULL,
	-- what is compared: all ways of a job on a subject at a size
	subject text NOT NULL,
	bytes int NOT NULL DEFAULT 51200,
	job text NOT NULL,
	way text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('native', 'reaggregation', 'jsonb_ivm', 'plain copy', 'plain value', 'ceiling')),
	sql text NOT NULL,
	-- a table (id, doc), and the one that it is filled from
	target text NOT NULL,
	pristine text NOT NULL,
	-- the plain copy is jsonb_ivm, told not to
	splice boolean NOT NULL GENERATED ALWAYS AS (kind <> 'plain copy') STORED,
	UNIQUE (part, subject, bytes, job, way)
);

CREATE TABLE bench.timing (
	statement int REFERENCES bench.statement, round int,
	milliseconds float8, waited float8, wal_bytes numeric, grown_bytes bigint,
	PRIMARY KEY (statement, round));

CREATE TABLE bench.session AS SELECT :quick::boolean AS quick, clock_timestamp() AS started;

-- How documents can be stored, and what ALTER COLUMN SET takes for it.  Inline: compressed, in the row.
CREATE TABLE bench.storage (storage text PRIMARY KEY, setting text NOT NULL);
INSERT INTO bench.storage VALUES ('pglz', 'STORAGE EXTENDED'), ('external', 'STORAGE EXTERNAL'), ('inline', 'STORAGE MAIN');
-- Method names came with version 14; whether lz4 is among them depends on the build.
UPDATE bench.storage SET setting = 'COMPRESSION pglz'
WHERE storage = 'pglz' AND current_setting('server_version_num')::int >= 140000;
INSERT INTO bench.storage
SELECT 'lz4', 'COMPRESSION lz4'
FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals);

-- A table for documents that are stored in that way.
CREATE PROCEDURE bench.create_table(name text, a_storage text)
LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('CREATE TABLE %s (id int PRIMARY KEY, doc jsonb)', name);
	EXECUTE format('ALTER TABLE %s ALTER COLUMN doc SET %s', name, (SELECT setting FROM bench.storage WHERE storage = a_storage));
END
$$;

-- The statement alone: its commit waits for the disk, and for as many bytes whatever the way.
CREATE PROCEDURE bench.time_statement(number int, round int)
LANGUAGE plpgsql
AS $$
DECLARE
	s bench.statement := statement FROM bench.statement WHERE n = number;
	bytes_before bigint := pg_total_relation_size(s.target);
	wal_position pg_lsn := pg_current_wal_insert_lsn();
	waited float8;
	started timestamptz;
	elapsed float8;
BEGIN
	PERFORM set_config('jsonb_ivm.compressed_splice', s.splice::text, true);
	waited := bench.waited();
	started := clock_timestamp();
	EXECUTE s.sql;
	elapsed := 1000 * extract(epoch FROM clock_timestamp() - started);
	INSERT INTO bench.timing VALUES (number, round, elapsed, (bench.waited() - waited) / 1000 / elapsed,
		pg_current_wal_insert_lsn() - wal_position, pg_total_relation_size(s.target) - bytes_before);
END
$$;

-- An UPDATE cannot be repeated on the spot when others took the processor from it; but of each way's
-- runs the half that had to wait most for a processor can be left out.  On an idle machine that is chance.
CREATE VIEW bench.timed AS
SELECT part, subject, bytes, job, way, kind, sql,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE rank <= (runs + 1) / 2) AS median,
	min(milliseconds) AS fastest, max(milliseconds) AS slowest, min(wal_bytes) AS wal_bytes,
	min(grown_bytes) AS grown_bytes, max(runs) AS runs
FROM (
	SELECT *,
		row_number() OVER (PARTITION BY statement ORDER BY waited) AS rank,
		count(*) OVER (PARTITION BY statement) AS runs
	FROM bench.timing) AS ranked
JOIN bench.statement ON n = statement
GROUP BY n;

-- How many times as fast as each rival jsonb_ivm is: round by round, so that what slows the machine for
-- a while slows both.
CREATE VIEW bench.against AS
SELECT r.part, r.subject, r.bytes, r.job, r.way, r.kind, count(*) AS rounds,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY rival.milliseconds / ours.milliseconds) AS factor
FROM bench.statement AS r
JOIN bench.statement AS o USING (part, subject, bytes, job)
JOIN bench.timing AS rival ON rival.statement = r.n
JOIN bench.timing AS ours ON ours.statement = o.n AND ours.round = rival.round
WHERE o.kind = 'jsonb_ivm' AND r.kind <> 'jsonb_ivm'
GROUP BY r.n;

-- Against the native way that comes closest, and the others that there is one of: their time over that
-- of jsonb_ivm, which for the ceiling is the share of it that is reached.
CREATE VIEW bench.gain AS
SELECT part, subject, bytes, job, min(rounds) AS rounds,
	min(factor) FILTER (WHERE kind = 'native') AS native,
	(array_agg(way ORDER BY factor) FILTER (WHERE kind = 'native'))[1] AS closest,
	min(factor) FILTER (WHERE kind = 'plain copy') AS plain_copy,
	min(factor) FILTER (WHERE kind = 'ceiling') AS ceiling
FROM bench.against
GROUP BY part, subject, bytes, job;
