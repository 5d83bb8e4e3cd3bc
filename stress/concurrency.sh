#!/usr/bin/env bash
#
# stress/concurrency.sh
#
# Clients edit a few documents at the same time, at each isolation level, with each
# function that returns a document; then every document is compared with what the
# committed transactions say it must be.
#
# A transaction edits two documents, writes down with their new version numbers what
# it did, and asks whether a third has changed; one in ten is rolled back.  What was
# written down is done again, one after the other, by the reference in the test
# module, which knows core's functions alone.  Transactions may fail with 40001 and
# 40P01, and are repeated then; the server's log must hold no other error.
#
# From the environment:
#   PG_CONFIG          the PostgreSQL to take, 15 or later (default: pg_config)
#   CONCURRENCY_TRANSACTIONS
#                      how many each of the 8 clients commits at each level
#                      (default: 100)
#   CONCURRENCY_SEED   of the clients' random choices (default: another every time;
#                      printed)
#
# Exit status: 0, or 3 where pgbench cannot repeat transactions (skip it), or
# anything else for a failure.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly SKIP=3
readonly clients=8
readonly transactions=${CONCURRENCY_TRANSACTIONS:-100}

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

create() {
	sql <<-'EOF'
		CREATE EXTENSION jsonb_ivm;
		CREATE EXTENSION jsonb_ivm_test;
		CREATE TABLE docs (id int PRIMARY KEY, version int NOT NULL DEFAULT 0, data jsonb NOT NULL);
		-- Before: the version that the edit's own snapshot showed it.
		CREATE TABLE journal (doc int, version int, before int, writer int, element int, value text,
							  PRIMARY KEY (doc, version));
		-- Some documents are plain, some compressed, some out of line.
		INSERT INTO docs (id, data)
		SELECT d, jsonb_build_object('id', d, 'prose', (SELECT string_agg(md5((d * n)::text), ' ')
														FROM generate_series(1, 30 * d * d) AS n),
			'items', (SELECT jsonb_agg(jsonb_build_object('id', i, 'value', md5((d * i)::text)) ORDER BY i)
					  FROM generate_series(1, 8 * d) AS i))
		FROM generate_series(0, 5) AS d;
		UPDATE docs SET data = data || '{"items": []}' WHERE id = 0;
		CREATE TABLE docs_at_first AS SELECT * FROM docs;
	EOF
	cat >"$work/edit.sql" <<-'EOF'
		\set first random(0, 5)
		\set second random(0, 5)
		\set third random(0, 5)
		\set writer random(1, 3)
		\set element random(1, 50)
		\set value random(1, 1000000000)
		\set rollback random(1, 10)
		BEGIN ISOLATION LEVEL LEVEL_OF_THIS;
	EOF
	local doc
	for doc in first second; do
		cat >>"$work/edit.sql" <<-EOF
			WITH before AS (
				SELECT version FROM docs WHERE id = :$doc),
			edited AS (
				UPDATE docs SET version = version + 1, data = CASE :writer
					WHEN 1 THEN jsonb_array_update_where(data, '{items}', 'id', to_jsonb(:element),
														 jsonb_build_object('value', repeat(:value::text, 1 + :element % 5)))
					WHEN 2 THEN jsonb_array_upsert_where(data, '{items}', 'id', to_jsonb(:element),
														 jsonb_build_object('id', :element, 'value', :value::text))
					ELSE jsonb_merge_at_path(data, jsonb_build_object('k' || :element, :value::text), '{meta,merged}')
					END
				WHERE id = :$doc RETURNING version)
			INSERT INTO journal SELECT :$doc, edited.version, before.version, :writer, :element, :value FROM edited, before;
		EOF
	done
	cat >>"$work/edit.sql" <<-'EOF'
		SELECT jsonb_has_path_changed(d.data, f.data, '{items}') FROM docs AS d JOIN docs_at_first AS f USING (id)
		WHERE id = :third;
		\if :rollback = 1
		ROLLBACK;
		\else
		COMMIT;
		\endif
	EOF
}

# How many documents are not what the journal makes of them.
count_wrong() {
	sql <<-'EOF'
		CREATE FUNCTION pg_temp.redo(doc int, OUT data jsonb, OUT version int) LANGUAGE plpgsql AS $$
		DECLARE
			j journal;
		BEGIN
			SELECT f.data, 0 INTO data, version FROM docs_at_first AS f WHERE id = doc;
			FOR j IN SELECT * FROM journal AS o WHERE o.doc = redo.doc ORDER BY o.version LOOP
				version := version + 1;
				IF j.version <> version THEN
					RAISE EXCEPTION 'document %: version % is missing', doc, version;
				END IF;
				data := CASE j.writer
					WHEN 1 THEN jsonb_ivm_test.jsonb_array_update_where(data, '{items}', 'id', to_jsonb(j.element),
																		jsonb_build_object('value', repeat(j.value, 1 + j.element % 5)))
					WHEN 2 THEN jsonb_ivm_test.jsonb_array_upsert_where(data, '{items}', 'id', to_jsonb(j.element),
																		jsonb_build_object('id', j.element, 'value', j.value))
					ELSE jsonb_ivm_test.jsonb_merge_at_path(data, jsonb_build_object('k' || j.element, j.value), '{meta,merged}')
					END;
			END LOOP;
		END
		$$;
		SELECT count(*) FROM docs AS d, LATERAL pg_temp.redo(d.id) AS want
		WHERE jsonb_ivm_test.raw(d.data) IS DISTINCT FROM jsonb_ivm_test.raw(want.data)
			OR d.version IS DISTINCT FROM want.version;
	EOF
}

# errors SQLSTATE: how often the server has reported it.
errors() {
	grep -c "^$1 ERROR:" "$log" || true
}

at_level() {
	local level=$1 edits waited serialization deadlocks others conflicts wrong
	sql -c 'TRUNCATE journal, docs_at_first; UPDATE docs SET version = 0; INSERT INTO docs_at_first SELECT * FROM docs'
	serialization=$(errors 40001)
	deadlocks=$(errors 40P01)
	sed "s/LEVEL_OF_THIS/$level/" "$work/edit.sql" >"$work/edit_at_level.sql"
	pgbench -n -c "$clients" -j 2 -t "$transactions" --max-tries=10000 --random-seed="$seed" \
		-f "$work/edit_at_level.sql" >"$work/pgbench.log" 2>&1 || {
		tail -n 40 "$work/pgbench.log" >&2
		grep 'ERROR:' "$log" | grep -v '^40' >&2 || true
		die "$level: a client failed"
	}
	grep -q "transactions actually processed: $((clients * transactions))/" "$work/pgbench.log" || {
		cat "$work/pgbench.log" >&2
		die "$level: not all transactions were done"
	}
	serialization=$(($(errors 40001) - serialization))
	deadlocks=$(($(errors 40P01) - deadlocks))
	edits=$(sql -c 'SELECT count(*) FROM journal')
	waited=$(sql -c 'SELECT count(*) FROM journal WHERE version <> before + 1')
	others=$(grep -E '^[0-9A-Z]{5} (ERROR|FATAL|PANIC):' "$log" | grep -cvE '^40(001|P01) ' || true)
	wrong=$(count_wrong)
	echo "$level: $((clients * transactions)) transactions, $edits edits committed, $waited of a row that changed meanwhile," \
		"$serialization times 40001, $deadlocks times 40P01, $others other errors, $wrong documents wrong"
	[ "$others" -eq 0 ] || {
		grep -E '^[0-9A-Z]{5} (ERROR|FATAL|PANIC):' "$log" | grep -vE '^40(001|P01) ' | sort | uniq -c >&2
		die "$level: errors that must not occur"
	}
	[ "$wrong" -eq 0 ] || die "$level: documents differ from their recomputation"
	conflicts=$serialization
	[ "$level" != 'READ COMMITTED' ] || conflicts=$waited
	[ "$conflicts" -gt 0 ] || die "$level: nothing ever met: this proves nothing"
}

inside() {
	local level
	seed=$1
	work=$JBI_PRIVATE_ROOT/concurrency
	log=$JBI_PRIVATE_ROOT/log/server.log
	mkdir "$work"
	create
	for level in 'READ COMMITTED' 'REPEATABLE READ' SERIALIZABLE; do
		at_level "$level"
	done
	echo "$((3 * clients * transactions)) transactions at 3 isolation levels, 0 documents wrong"
}

if [ "${1:-}" = inside ]; then
	inside "$2"
	exit
fi

if [ "$(pg_version "${PG_CONFIG:-pg_config}")" -lt 15 ]; then
	say "skipped: pgbench before 15 does not repeat transactions that could not be serialized"
	exit "$SKIP"
fi
readonly start_seed=${CONCURRENCY_SEED:-$((RANDOM * 32768 + RANDOM))}
echo "seed $start_seed"
exec "$here/../ci/with_cluster.sh" -o fsync=off -o 'log_line_prefix=%e ' -o deadlock_timeout=20ms -o autovacuum=off \
	"$here/concurrency.sh" inside "$start_seed"
