#!/usr/bin/env bash
#
# make bench: what the operators must show against native SQL, in one run on a
# private server.  Prints every way's figures and a verdict for each bar, here
# and in a file under results/; fails if a bar does.
#
# From the environment:
#   PG_CONFIG   the PostgreSQL to take (default: pg_config)
#   QUICK=1     fewer sizes and samples: for a look, not for a claim
#   PARTS       some of "ratios grid disk memory" (default: all)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=ci/lib.sh
. "$top/ci/lib.sh"

psql_bench() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

heading() {
	printf '\n%s\n' "$*"
}

# One session runs all parts: they build on each other's tables.
inside() {
	local settings files=() part
	if [ "${QUICK:-0}" = 1 ]; then
		settings=(-v quick=1 -v milliseconds=4 -v rounds=3 -v grid_milliseconds=2
			-v disk_rounds=6 -v disk_rows=40 -v allocations=40)
	else
		settings=(-v quick=0 -v milliseconds=20 -v rounds=7 -v grid_milliseconds=4
			-v disk_rounds=14 -v disk_rows=100 -v allocations=100)
	fi
	for part in ${PARTS:-ratios grid disk memory}; do
		files+=(-c "\\echo" -c "\\echo $part" -f "$here/$part.sql")
	done
	psql_bench -c 'SELECT version()' \
		-c 'CREATE EXTENSION jsonb_ivm' \
		-c 'CREATE EXTENSION jsonb_ivm_test'
	heading "The scenario:"
	psql_bench "${settings[@]}" -f "$top/test/fixtures/generate_cqrs_data.sql"
	psql_bench "${settings[@]}" -f "$here/harness.sql" -f "$here/documents.sql" -f "$here/bars.sql" \
		"${files[@]}" -f "$here/bars_report.sql"
}

if [ "${1:-}" = inside ]; then
	inside
	exit
fi

need gcc make
mkdir -p "$top/results"
result=$top/results/bench-$(date +%Y%m%d-%H%M%S).txt
started=$SECONDS
status=0
# As in the demo, durable and without background work.  work_mem keeps the
# native ways' row stores in memory.
"$top/ci/with_cluster.sh" \
	-o fsync=on -o full_page_writes=on -o synchronous_commit=on \
	-o shared_buffers=512MB -o max_wal_size=8GB -o checkpoint_timeout=1h \
	-o autovacuum=off -o jit=off -o work_mem=256MB -o max_parallel_workers_per_gather=0 \
	"$here/bench.sh" inside 2>&1 | tee "$result" || status=$?
say "$((SECONDS - started)) s, kept as ${result#"$top/"}"
exit "$status"
