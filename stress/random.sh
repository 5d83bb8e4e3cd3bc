#!/usr/bin/env bash
#
# stress/random.sh
#
# The regression test family_random for long: random calls of every function, each
# compared with its reference.
#
# From the environment:
#   PG_CONFIG      the PostgreSQL to take (default: pg_config)
#   RANDOM_CALLS   how many of each function (default: 20000)
#   RANDOM_SEED    which ones (default: others every time; printed)
#   RANDOM_ONLY    a regular expression, of names of functions (default: all)
#   RANDOM_JOBS    how many sessions share them (default: one a processor)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly calls=${RANDOM_CALLS:-20000}
readonly seed=${RANDOM_SEED:-$((RANDOM * 32768 + RANDOM))}
readonly jobs=${RANDOM_JOBS:-$(nproc)}

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# Each session takes the next calls of every function.
inside() {
	local share=$(((calls + jobs - 1) / jobs)) job pids=() status=0
	sql -c 'CREATE EXTENSION jsonb_ivm' -c 'CREATE EXTENSION jsonb_ivm_test' \
		-c 'CREATE UNLOGGED TABLE outcome (operator text, seed bigint, outcome text, complaint text)'
	for ((job = 0; job < jobs; job++)); do
		sql -c "CALL jsonb_ivm_test.compare_operations('outcome', '${RANDOM_ONLY-}', $((seed + job * share)), $share)" &
		pids+=($!)
	done
	for job in "${pids[@]}"; do
		wait "$job" || status=1
	done
	sql -P format=aligned -c "SELECT operator, outcome, count(*) AS calls FROM outcome GROUP BY 1, 2 ORDER BY 1, 2"
	sql -c "SELECT complaint FROM outcome WHERE complaint IS NOT NULL ORDER BY operator, length(complaint) LIMIT 10"
	sql -c "SELECT count(*) || ' calls of ' || count(DISTINCT operator) || ' functions, ' || count(complaint) || ' differences' FROM outcome"
	[ "$(sql -c 'SELECT count(complaint) FROM outcome')" -eq 0 ] || status=1
	return "$status"
}

if [ "${1:-}" = inside ]; then
	inside
	exit
fi

say "$calls calls of each function from seed $seed"
RANDOM_SEED=$seed exec "$here/../ci/with_cluster.sh" -o fsync=off -o autovacuum=off -o jit=off "$here/random.sh" inside
