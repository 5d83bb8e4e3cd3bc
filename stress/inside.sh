#!/usr/bin/env bash
#
# stress/inside.sh OPERATIONS FIRST SEED
#
# The part of run.sh that runs inside the private cluster.  The last line of what it
# prints says how many operations were done, and that is all of them unless
# STRESS_SECONDS were over first.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly ops=$1 first=$2 seed=$3
readonly jobs=${STRESS_JOBS:-$(nproc)}
readonly log=$JBI_PRIVATE_ROOT/log

# What a sanitizer or the server's assertions said, or the end of the log; and in
# which operations, if the server broke down.
show_log() {
	if grep -qE "$1" "$log/server.log"; then
		sed -nE "/$1/,\$p" "$log/server.log" | head -n 150
	else
		tail -n 60 "$log/server.log"
	fi
	grep 'Failed process was running' "$log/server.log" || true
} >&2

# Of STRESS_SECONDS, in seconds of the epoch.
deadline=
set_deadline() {
	deadline=${STRESS_SECONDS:+$(($(date +%s) + STRESS_SECONDS))}
}

sessions() {
	local job pids=() status=0
	for ((job = 0; job < jobs; job++)); do
		psql -X -q -v "ops=$ops" -v "first=$first" -v "seed=$seed" -v "batch=${STRESS_BATCH:-240}" \
			-v "job=$job" -v "jobs=$jobs" -v "deadline=${deadline:-infinity}" -f "$here/session.sql" &
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
		set_deadline &&
		sessions &&
		psql -X -q -f "$here/report.sql"
} || status=$?
summary=
if [ "$status" -eq 0 ]; then
	summary=$(psql -X -q -A -t -c "SELECT count(*) || ' operations, 0 differences' FROM jsonb_ivm_stress.results")
	if [ "${summary%% *}" -ne "$ops" ]; then
		if [ -n "$deadline" ] && [ "$(date +%s)" -ge "$deadline" ] && [ "${summary%% *}" -gt 0 ]; then
			echo "stopped: time was over before the $ops operations were"
		else
			echo "not all of the $ops operations were done: $summary" >&2
			status=1
		fi
	fi
fi
if [ "$status" -ne 0 ] || grep -qE "$reports" "$log/server.log"; then
	show_log "$reports"
	status=1
fi
if [ -n "${JBI_SERVER_WRAPPER:-}" ]; then
	valgrind=$("$here/../valgrind/check_logs.sh" "$log") || status=1
	summary+="; $valgrind"
elif [ -n "${ASAN_OPTIONS:-}" ]; then
	summary+='; no report of a sanitizer'
fi
[ "$status" -ne 0 ] || echo "$summary"
exit "$status"
