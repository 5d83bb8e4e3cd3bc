#!/usr/bin/env bash
#
# make bench: what the operators must show against native SQL, in one run on a
# private server.  Prints every way's figures and a verdict for each bar; fails if
# a bar does.  What it leaves is under results/bench-DATE: report.md with its plots,
# the data they are drawn from, and log.txt, which is what was printed.
#
# From the environment:
#   PG_CONFIG   the PostgreSQL to take (default: pg_config)
#   QUICK=1     fewer sizes and samples: for a look, not for a claim
#   PARTS       some of "ratios family grid disk memory storage cascade tables
#               concurrency batch policy" (default: all)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=ci/lib.sh
. "$top/ci/lib.sh"
# shellcheck source=test/bench/cascade.sh
. "$here/cascade.sh"
# shellcheck source=test/bench/cascade_bench.sh
. "$here/cascade_bench.sh"
# shellcheck source=test/bench/concurrency.sh
. "$here/concurrency.sh"

# About how many seconds a part takes, and in a quick run.
readonly -A SECONDS_FOR=([ratios]=10 [family]=150 [grid]=250 [disk]=110 [memory]=60 [storage]=380 [cascade]=400
	[tables]=80 [concurrency]=200 [batch]=60 [policy]=60)
readonly -A QUICK_SECONDS_FOR=([ratios]=2 [family]=15 [grid]=9 [disk]=6 [memory]=2 [storage]=11 [cascade]=19
	[tables]=3 [concurrency]=19 [batch]=1 [policy]=2)
parts=(ratios family grid disk memory storage cascade tables concurrency batch policy)
if [ -n "${PARTS:-}" ]; then
	read -ra parts <<<"$PARTS"
fi

quick=0
[ "${QUICK:-0}" != 1 ] || quick=1
if [ "$quick" = 1 ]; then
	settings=(-v quick=1 -v milliseconds=4 -v rounds=3 -v grid_milliseconds=1 -v grid_rounds=2
		-v disk_rounds=2 -v disk_rows=20 -v allocations=40 -v growth_operations=1000
		-v batch_documents=3 -v batch_edits=100)
	patience=0 cascade_runs=1 cold_runs=1 sequence_runs=1 sequence_servers=5
	concurrency_seconds=1 concurrency_rounds=1
else
	settings=(-v quick=0 -v milliseconds=20 -v rounds=7 -v grid_milliseconds=4 -v grid_rounds=75
		-v disk_rounds=9 -v disk_rows=100 -v allocations=500 -v growth_operations=10000
		-v batch_documents=10 -v batch_edits=1000)
	patience=100000 cascade_runs=7 cold_runs=3 sequence_runs=2 sequence_servers=100
	concurrency_seconds=3 concurrency_rounds=3
fi

psql_bench() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "${settings[@]}" "$@"
}

heading() {
	printf '\n%s\n' "$*"
}

expected_seconds() {
	if [ "$quick" = 1 ]; then
		echo "${QUICK_SECONDS_FOR[$1]}"
	else
		echo "${SECONDS_FOR[$1]}"
	fi
}

# seconds_for PART...: what all of them are expected to take.
seconds_for() {
	local part sum=0
	for part in "$@"; do
		sum=$((sum + $(expected_seconds "$part")))
	done
	echo "$sum"
}

# run_parts: each in a session of its own; they find each other's tables.  What is
# left is estimated from how the parts so far compare with what was expected.
run_parts() {
	local i part started=$SECONDS part_started expected=0 left
	for ((i = 0; i < ${#parts[@]}; i++)); do
		part=${parts[i]}
		left=$(seconds_for "${parts[@]:i}")
		# two minutes as expected, so that a short first part does not say too much
		left=$((left * (SECONDS - started + 120) / (expected + 120)))
		heading "$part (part $((i + 1)) of ${#parts[@]}, about $left s left)"
		part_started=$SECONDS
		case $part in
			cascade) run_cascade ;;
			concurrency) run_concurrency ;;
			*) psql_bench -f "$here/$part.sql" ;;
		esac
		expected=$((expected + $(expected_seconds "$part")))
		echo "$part: $((SECONDS - part_started)) s"
	done
}

inside() {
	local directory=$1
	export PGOPTIONS="-c client_min_messages=warning -c bench.patience=$patience"
	psql_bench -c 'SELECT version()' \
		-c 'CREATE EXTENSION jsonb_ivm' \
		-c 'CREATE EXTENSION jsonb_ivm_test'
	heading "The scenario:"
	psql_bench -f "$top/test/fixtures/generate_cqrs_data.sql"
	psql_bench -f "$here/harness.sql" -f "$here/documents.sql" -f "$here/statements.sql" \
		-f "$here/allocations.sql" -f "$here/subjects.sql" -f "$here/bars.sql"
	run_parts
	"$here/report.sh" "$directory" "${parts[@]}"
	psql_bench -f "$here/bars_report.sql"
}

if [ "${1:-}" = inside ]; then
	inside "$2"
	exit
fi

for part in "${parts[@]}"; do
	[ -n "${SECONDS_FOR[$part]:-}" ] || die "no part $part"
done
need_postgres gcc make
have gnuplot || need gnuplot-nox
results=$top/results/bench-$(date +%Y%m%d-%H%M%S)
mkdir -p "$results"
started=$SECONDS
status=0
# As in the demo, durable and without background work.  work_mem keeps the
# native ways' row stores in memory.
"$top/ci/with_cluster.sh" \
	-o fsync=on -o full_page_writes=on -o synchronous_commit=on \
	-o shared_buffers=512MB -o max_wal_size=8GB -o checkpoint_timeout=1h \
	-o autovacuum=off -o jit=off -o work_mem=256MB -o max_parallel_workers_per_gather=0 \
	"$here/bench.sh" inside "$results" 2>&1 | tee "$results/log.txt" || status=$?
say "$((SECONDS - started)) s, kept in ${results#"$top/"}"
exit "$status"
