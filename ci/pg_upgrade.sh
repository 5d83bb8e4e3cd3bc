#!/usr/bin/env bash
#
# ci/pg_upgrade.sh
#
# Make a server of PostgreSQL 15 one of 18 with pg_upgrade, and see that tables and
# indexes which stand on the extension give the same answers as before.
#
# There are two databases, one with version 1.0 of the extension and one with the
# newest.  In each an expression index, a partial and a unique one, a constraint, a
# generated column, a trigger, a view and a materialized view call its functions;
# the newest has a GIN index as well, which answers jsonb_array_contains_id, and an
# aggregate.  Afterwards the extension of the one can be brought to the newest
# version, and its catalog is that of a new database.
#
# From the environment:
#   UPGRADE_FROM, UPGRADE_TO
#                   the pg_config of either (default: assert builds of 15 and 18)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"

readonly DATABASES=(with_1_0 with_newest)

# sql DATABASE [OPTION...]
sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$@"
}

# What depends on the extension, and the questions about it.
create_dependents() {
	sql "$1" <<-'EOF'
		CREATE TABLE document (id int PRIMARY KEY, data jsonb,
			merged jsonb GENERATED ALWAYS AS (jsonb_merge_at_path(data, '{"seen":true}', '{meta}')) STORED,
			CONSTRAINT few CHECK (NOT jsonb_has_path_changed(data, '{}', '{forbidden}')));
		INSERT INTO document
		SELECT d, jsonb_build_object('n', d % 100, 'items', (
			SELECT jsonb_agg(jsonb_build_object('id', i, 'value', i * 1.10, 'text', md5((d * i)::text)) ORDER BY i)
			FROM generate_series(d % 17, d % 17 + d % 90) AS i))
		FROM generate_series(1, 2000) AS d;
		CREATE INDEX by_update ON document ((jsonb_array_update_where(data, '{items}', 'id', '30', '{"found":true}') #>> '{items,0,found}'));
		CREATE UNIQUE INDEX by_upsert ON document (id, (md5((jsonb_array_upsert_where(data, '{items}', 'id', '"x"', '{"id":"x"}') -> 'items')::text)));
		CREATE INDEX by_part ON document (id) WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE;
		CREATE TABLE journal (id int);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path = public
		AS 'BEGIN INSERT INTO journal VALUES (NEW.id); RETURN NEW; END';
		CREATE TRIGGER n_changed AFTER UPDATE ON document FOR EACH ROW
			WHEN (jsonb_has_path_changed(OLD.data, NEW.data, '{n}')) EXECUTE FUNCTION note();
		CREATE VIEW changed AS SELECT id FROM document WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}');
		CREATE MATERIALIZED VIEW projection AS
			SELECT id, jsonb_array_upsert_where(data, '{items}', 'id', '"x"', '{"id":"x"}') AS data FROM document;

		CREATE TABLE question (index text, condition text);
		INSERT INTO question VALUES
			('by_update', $$jsonb_array_update_where(data, '{items}', 'id', '30', '{"found":true}') #>> '{items,0,found}' = 'true'$$),
			('by_upsert', $$id = 30 AND md5((jsonb_array_upsert_where(data, '{items}', 'id', '"x"', '{"id":"x"}') -> 'items')::text) <> ''$$),
			('by_part', $$jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE$$);
		-- Whether the index is used, and the answer by it and without it.
		CREATE FUNCTION ask(question, OUT used boolean, OUT by_index text, OUT by_table text) LANGUAGE plpgsql
		SET enable_seqscan = off SET enable_indexscan = on SET enable_bitmapscan = on AS $$
		DECLARE
			query constant text := 'SELECT concat(count(*), '' rows, ids '', sum(id)) FROM document WHERE ' || $1.condition;
			line text;
		BEGIN
			used := false;
			FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
				used := used OR line ~ ('\m' || $1.index || '\M');
			END LOOP;
			EXECUTE query INTO by_index;
			SET enable_indexscan = off;
			SET enable_bitmapscan = off;
			SET enable_indexonlyscan = off;
			SET enable_seqscan = on;
			EXECUTE query INTO by_table;
		END
		$$;
	EOF
}

create_newest() {
	sql "$1" <<-'EOF'
		CREATE INDEX by_containment ON document USING gin (data jsonb_path_ops);
		INSERT INTO question VALUES ('by_containment', $$jsonb_array_contains_id(data, '{items}', 'id', '40.0')$$);
		CREATE MATERIALIZED VIEW merged AS
			SELECT id % 10 AS id, jsonb_deep_merge_agg(data ORDER BY id) AS data FROM document GROUP BY id % 10;
	EOF
}

# answers DATABASE: what it says to all this.  Of what it tries nothing stays.
answers() {
	local refused
	sql "$1" <<-'EOF'
		SELECT index, used, by_index = by_table, by_index FROM question AS q, LATERAL ask(q) ORDER BY index COLLATE "C";
		SELECT md5(string_agg(merged::text, ',' ORDER BY id)) FROM document;
		SELECT md5(string_agg(data::text, ',' ORDER BY id)) FROM projection;
		BEGIN;
		UPDATE document SET data = jsonb_merge_at_path(data, '{"more":1.0}', '{deeper,still}') WHERE id <= 300;
		UPDATE document SET data = jsonb_array_upsert_where(data, '{items}', 'id', '30', '{"id":30,"qty":1}') WHERE id <= 300;
		UPDATE document SET data = jsonb_array_update_where(data, '{items}', 'id', '30', '{"qty":2}') WHERE id <= 300;
		UPDATE document SET data = jsonb_merge_at_path(data, '{"n":1000}', '{}') WHERE id = 3;
		SELECT index, used, by_index = by_table, by_index FROM question AS q, LATERAL ask(q) ORDER BY index COLLATE "C";
		SELECT md5(string_agg(data::text || merged::text, ',' ORDER BY id)) FROM document;
		SELECT * FROM journal;
		SELECT count(*), sum(id) FROM changed;
		REFRESH MATERIALIZED VIEW projection;
		SELECT md5(string_agg(data::text, ',' ORDER BY id)) FROM projection;
		ROLLBACK;
	EOF
	refused=$(sql "$1" -c "UPDATE document SET data = '{\"forbidden\":1}' WHERE id = 1" 2>&1) || true
	[[ "$refused" == *'violates check constraint "few"'* ]] || die "$1: the constraint does not hold: $refused"
	if [ "$1" = with_newest ]; then
		sql "$1" <<-'EOF'
			SELECT md5(string_agg(data::text, ',' ORDER BY id)) FROM merged;
			REFRESH MATERIALIZED VIEW merged;
			SELECT md5(string_agg(data::text, ',' ORDER BY id)) FROM merged;
		EOF
	fi
}

version() {
	sql "$1" -c "SELECT extversion FROM pg_extension WHERE extname = 'jsonb_ivm'"
}

# same DATABASE WHEN: the answers are those from before.
same() {
	local now=$work/$1.now
	answers "$1" >"$now"
	diff "$work/$1.before" "$now" >&2 || die "$1: not the same answers as before, $2"
	say "$1, version $(version "$1"): the same answers $2"
}

stop() {
	(cd "$JBI_PRIVATE_ROOT" && as_server_user "$1/pg_ctl" -D "$2" -m fast -w stop) >/dev/null
}

# Those of 18 have checksums unless told otherwise, and older ones the other way
# round; pg_upgrade wants both alike.
with_checksums() {
	local bindir=$1 data=$2
	(
		cd "$JBI_PRIVATE_ROOT"
		if as_server_user "$bindir/pg_controldata" "$data" | grep -q '^Data page checksum version: *0$'; then
			as_server_user "$bindir/pg_checksums" --enable --no-sync -D "$data" >/dev/null
		fi
	)
}

# In the cluster of the old server.
before() {
	local new=$1 database
	work=$JBI_PRIVATE_ROOT/answers
	mkdir "$work"
	for database in "${DATABASES[@]}"; do
		sql postgres -c "CREATE DATABASE $database"
	done
	sql with_1_0 -c "CREATE EXTENSION jsonb_ivm VERSION '1.0'"
	sql with_newest -c 'CREATE EXTENSION jsonb_ivm'
	for database in "${DATABASES[@]}"; do
		create_dependents "$database"
	done
	create_newest with_newest
	for database in "${DATABASES[@]}"; do
		answers "$database" >"$work/$database.before"
		! grep -E '\|f\|' "$work/$database.before" >&2 || die "$database: an index is idle, or wrong, before anything was done"
	done
	# with_cluster.sh has set PG_CONFIG.
	# shellcheck disable=SC2153
	stop "${PG_CONFIG%/*}" "$JBI_PRIVATE_ROOT/data"
	export OLD_ROOT=$JBI_PRIVATE_ROOT OLD_BINDIR=${PG_CONFIG%/*}
	PG_CONFIG=$new "$here/with_cluster.sh" "$here/pg_upgrade.sh" after
}

# In the cluster of the new one, which is as empty as pg_upgrade wants it.
after() {
	local bindir=${PG_CONFIG%/*} data=$JBI_PRIVATE_ROOT/data run=$JBI_PRIVATE_ROOT/upgrade database
	work=$OLD_ROOT/answers
	stop "$bindir" "$data"
	with_checksums "$OLD_BINDIR" "$OLD_ROOT/data"
	with_checksums "$bindir" "$data"

	# It leaves a script where it runs.
	mkdir "$run"
	if is_root; then
		chown "$(server_user):" "$run"
	fi
	say "pg_upgrade from $(pg_version "$OLD_BINDIR/pg_config") to $(pg_version "$PG_CONFIG")"
	(cd "$run" && as_server_user "$bindir/pg_upgrade" --username=postgres --no-sync --socketdir="$JBI_PRIVATE_ROOT/socket" \
		--old-bindir="$OLD_BINDIR" --new-bindir="$bindir" --old-datadir="$OLD_ROOT/data" --new-datadir="$data") >"$run.log" 2>&1 || {
		cat "$run.log" >&2
		find "$run" "$data/pg_upgrade_output.d" -name '*.txt' -exec tail -n +1 {} + >&2 2>/dev/null || true
		die "pg_upgrade failed"
	}
	(cd "$run" && as_server_user "$bindir/pg_ctl" -D "$data" -l "$JBI_PRIVATE_ROOT/log/server.log" -w -t 300 start) >/dev/null 2>&1 </dev/null ||
		die "the server does not start any more"

	for database in "${DATABASES[@]}"; do
		same "$database" 'after pg_upgrade'
	done
	[ "$(version with_1_0)" = 1.0 ] || die "version 1.0 became $(version with_1_0) by itself"
	sql with_1_0 -c 'ALTER EXTENSION jsonb_ivm UPDATE'
	same with_1_0 'after its update'
	sql postgres -c 'CREATE DATABASE fresh'
	sql fresh -c 'CREATE EXTENSION jsonb_ivm'
	for database in fresh "${DATABASES[@]}"; do
		sql "$database" -f "$here/../test/catalog.sql" >"$work/$database.catalog"
	done
	for database in "${DATABASES[@]}"; do
		diff "$work/fresh.catalog" "$work/$database.catalog" >&2 || die "$database: the catalog is not that of a new database"
		sql "$database" -c 'REINDEX TABLE document'
		same "$database" 'with new indexes'
	done
	create_newest with_1_0
	! sql with_1_0 -c "SELECT index, used, by_index = by_table FROM question AS q, LATERAL ask(q)" | grep -E '\|f' >&2 ||
		die "what is new does not work after the update"
	printf 'from %s to %s: %s lines of answers and %s of the catalog, the same in %s databases\n' \
		"$(pg_version "$OLD_BINDIR/pg_config")" "$(pg_version "$PG_CONFIG")" \
		"$(cat "$work"/*.before | wc -l)" "$(wc -l <"$work/fresh.catalog")" "${#DATABASES[@]}"
}

case ${1-} in
	before | after)
		"$@"
		exit
		;;
	'') ;;
	*)
		sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
		exit 2
		;;
esac

old=${UPGRADE_FROM:-$("$here/postgres.sh" 15 assert)}
new=${UPGRADE_TO:-$("$here/postgres.sh" 18 assert)}
PG_CONFIG=$old exec "$here/with_cluster.sh" "$here/pg_upgrade.sh" before "$new"
