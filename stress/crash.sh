#!/usr/bin/env bash
#
# stress/crash.sh
#
# Kill a server again and again while clients edit documents, and compare every
# document with what the committed transactions say it must be.
#
# Each transaction edits one element of one document and writes down, with the
# document's new version number, what it did.  After recovery the documents are
# computed again from what was written down, with native SQL.  Checksums are on,
# and pg_amcheck looks at all tables and indexes.
#
# From the environment:
#   PG_CONFIG     the PostgreSQL to take (default: pg_config)
#   CRASHES       how often the server is killed (default: 10)
#   CRASH_SEED    of the clients' random choices (default: another every time; printed)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly clients=8

server_log() {
	cat "$data/../server.log"
}

start() {
	(cd "$base" && as_server_user "$bindir/pg_ctl" -D "$data" -l "$base/server.log" -w -t 120 start) \
		>/dev/null 2>&1 </dev/null || {
		server_log >&2
		die "the server did not start"
	}
}

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# A second cluster beside the wrapper's: one with checksums, that may be killed.
create() {
	base=$JBI_PRIVATE_ROOT/crash
	data=$base/data
	bindir=${PG_CONFIG%/*}
	mkdir -p "$base/socket"
	if is_root; then
		chown -R "$(server_user):" "$base"
	fi
	(cd "$base" && as_server_user "$bindir/initdb" -D "$data" -U postgres -A trust \
		--data-checksums --encoding=UTF8 --no-locale) >/dev/null
	as_server_user tee -a "$data/postgresql.conf" >/dev/null <<-EOF
		listen_addresses = ''
		unix_socket_directories = '$base/socket'
		shared_buffers = 32MB
		checkpoint_timeout = 1h
		max_wal_size = 4GB
		log_checkpoints = on
	EOF
	export PGHOST=$base/socket
	start
	sql <<-'EOF'
		CREATE EXTENSION jsonb_ivm;
		CREATE EXTENSION amcheck;
		CREATE TABLE docs (id int PRIMARY KEY, version int NOT NULL DEFAULT 0, data jsonb NOT NULL);
		CREATE TABLE done (doc int, version int, element int, value text, PRIMARY KEY (doc, version));
		CREATE INDEX ON docs ((data -> 'items' -> 0 ->> 'value'));
		INSERT INTO docs (id, data)
		SELECT d, jsonb_build_object('id', d, 'items', (
			SELECT jsonb_agg(jsonb_build_object('id', i, 'value', md5((d * i)::text), 'text', md5(i::text)) ORDER BY i)
			FROM generate_series(1, 100) AS i))
		FROM generate_series(1, 50) AS d;
		CREATE TABLE docs_at_first AS SELECT * FROM docs;
		CREATE TABLE rounds (committed int, in_flight int, replayed bigint);
	EOF
	cat >"$base/edit.sql" <<-'EOF'
		\set doc random(1, 50)
		\set element random(1, 100)
		\set value random(1, 1000000000)
		BEGIN;
		WITH edited AS (
			UPDATE docs SET version = version + 1,
				data = jsonb_array_update_where(data, '{items}', 'id', to_jsonb(:element),
												jsonb_build_object('value', repeat(:value::text, 1 + :element % 5)))
			WHERE id = :doc RETURNING id, version)
		INSERT INTO done SELECT id, version, :element, repeat(:value::text, 1 + :element % 5) FROM edited;
		COMMIT;
	EOF
}

# Every process of the server at once, the way a power cut would.
kill_server() {
	local postmaster children tries
	postmaster=$(head -n 1 "$data/postmaster.pid")
	mapfile -t children < <(pgrep -P "$postmaster")
	kill -9 "$postmaster" "${children[@]}" 2>/dev/null || true
	# Dead is not enough: a zombie holds its lock file still.
	for ((tries = 0; tries < 600; tries++)); do
		kill -0 "$postmaster" 2>/dev/null || return 0
		read -rt 0.1 <> <(:) || true
	done
	die "process $postmaster is still there a minute after its kill -9: $(ps -o stat= -p "$postmaster")"
}

# The bytes of WAL that the last recovery replayed, from the log's two positions.
replayed() {
	local from to
	from=$(server_log | sed -n 's/.*redo starts at \([0-9A-F/]*\).*/\1/p' | tail -n 1)
	to=$(server_log | sed -n 's/.*redo done at \([0-9A-F/]*\).*/\1/p' | tail -n 1)
	sql -c "SELECT pg_wal_lsn_diff('$to', '$from')::bigint"
}

# How many documents are not what the committed transactions make of them.
count_wrong() {
	sql <<-'EOF'
		WITH last AS (
			SELECT DISTINCT ON (doc, element) doc, element, value FROM done ORDER BY doc, element, version DESC),
		want AS (
			SELECT f.id, jsonb_build_object('id', f.id, 'items', jsonb_agg(
					   CASE WHEN l.value IS NULL THEN e ELSE e || jsonb_build_object('value', l.value) END ORDER BY n)) AS data,
				   (SELECT count(*) FROM done WHERE doc = f.id) AS version
			FROM docs_at_first AS f
			CROSS JOIN LATERAL jsonb_array_elements(f.data -> 'items') WITH ORDINALITY AS i (e, n)
			LEFT JOIN last AS l ON l.doc = f.id AND l.element = (e ->> 'id')::int
			GROUP BY f.id)
		SELECT count(*) FROM docs AS d FULL JOIN want AS w USING (id)
		WHERE jsonb_send(d.data) IS DISTINCT FROM jsonb_send(w.data) OR d.version IS DISTINCT FROM w.version::int;
	EOF
}

crash() {
	local round=$1 before pgbench in_flight wrong committed bytes
	before=$(sql -c 'SELECT count(*) FROM done')
	pgbench -n -c "$clients" -j 2 -T 600 --random-seed="$((seed + round))" \
		-f "$base/edit.sql" >"$base/pgbench.log" 2>&1 &
	pgbench=$!
	# Long enough that there is something to replay, in work done and not in time.
	until [ "$(sql -c 'SELECT count(*) FROM done')" -ge $((before + 500)) ]; do
		kill -0 "$pgbench" 2>/dev/null || {
			cat "$base/pgbench.log" >&2
			die "the clients ended by themselves"
		}
	done
	in_flight=$(sql -c "SELECT count(*) FROM pg_stat_activity
		WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()")
	kill_server
	wait "$pgbench" 2>/dev/null || true
	start
	committed=$(($(sql -c 'SELECT count(*) FROM done') - before))
	bytes=$(replayed)
	wrong=$(count_wrong)
	sql -c "INSERT INTO rounds VALUES ($committed, $in_flight, $bytes)"
	"$bindir/pg_amcheck" --heapallindexed --parent-check -d postgres >"$base/amcheck.log" 2>&1 || {
		cat "$base/amcheck.log" >&2
		die "pg_amcheck found damage after crash $round"
	}
	echo "crash $round: $committed transactions committed, $in_flight in flight, $bytes bytes of WAL replayed, $wrong documents wrong"
	[ "$bytes" -gt 0 ] || die "nothing was replayed: the crash proves nothing"
	[ "$wrong" -eq 0 ] || die "documents differ from their recomputation"
}

inside() {
	local round sums
	seed=$1
	create
	trap 'kill_server 2>/dev/null || true' EXIT
	for ((round = 1; round <= ${CRASHES:-10}; round++)); do
		crash "$round"
	done
	sums=$(sql -c "SELECT sum(committed) || ' transactions committed, ' || sum(in_flight) || ' in flight, '
		|| sum(replayed) || ' bytes of WAL replayed' FROM rounds")
	[[ "$sums" != *' 0 in flight'* ]] ||
		die "no transaction was in flight at any crash: they prove nothing"
	(cd "$base" && as_server_user "$bindir/pg_ctl" -D "$data" -m fast -w stop) >/dev/null
	(cd "$base" && as_server_user "$bindir/pg_checksums" --check -D "$data") | grep -i 'bad checksums'
	trap - EXIT
	echo "${CRASHES:-10} crashes, $sums, 0 documents wrong, checksums and pg_amcheck clean"
}

if [ "${1:-}" = inside ]; then
	inside "$2"
	exit
fi

need procps
readonly start_seed=${CRASH_SEED:-$((RANDOM * 32768 + RANDOM))}
echo "seed $start_seed"
exec "$here/../ci/with_cluster.sh" "$here/crash.sh" inside "$start_seed"
