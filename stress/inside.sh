#!/usr/bin/env bash
#
# stress/inside.sh OPERATIONS FIRST SEED
#
# The part of run.sh that runs inside the private cluster.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly ops=$1 first=$2 seed=$3
readonly jobs=${STRESS_JOBS:-$(nproc)}
readonly log=$JBI_PRIVATE_ROOT/log

# What a sanitizer or the server's assertions said, or the end of the log.
show_log() {
	if grep -qE "$1" "$log/server.log"; then
		sed -nE "/$1/,\$p" "$log/server.log" | head -n 150
	else
		tail -n 60 "$log/server.log"
	fi >&2
}

sessions() {
	local job pids=() status=0
	for ((job = 0; job < jobs; job++)); do
		psql -X -q -v "ops=$ops" -v "first=$first" -v "seed=$seed" -v "batch=${STRESS_BATCH:-250}" \
			-v "job=$job" -v "jobs=$jobs" -f "$here/session.sql" &
		pids+=($!)
	done
	for job in "${pids[@]}"; do
		wait "$job" || status=$?
	done
	return "$status"
}

readonly reports='AddressSanitizer|runtime error:|TRAP:'
status=0
echo "seed $seed, operations $first to $((first + ops - 1)), $jobs sessions"
{
	psql -X -q -v "seed=$seed" -f "$here/setup.sql" &&
		sessions &&
		psql -X -q -f "$here/report.sql"
} || status=$?
if [ "$status" -eq 0 ] &&
	[ "$(psql -X -q -A -t -c 'SELECT count(*) FROM jsonb_ivm_stress.results')" -ne "$ops" ]; then
	echo "not all operations were done" >&2
	status=1
fi
if [ "$status" -ne 0 ] || grep -qE "$reports" "$log/server.log"; then
	show_log "$reports"
	status=1
fi
if [ -n "${JBI_SERVER_WRAPPER:-}" ]; then
	"$here/../valgrind/check_logs.sh" "$log" || status=1
fi
exit "$status"
