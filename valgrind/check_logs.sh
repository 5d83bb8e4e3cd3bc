#!/usr/bin/env bash
#
# valgrind/check_logs.sh DIRECTORY
#
# Fail if a process has left anything in its log, and print what.

set -euo pipefail

shopt -s nullglob
logs=("$1"/valgrind.*)
[ "${#logs[@]}" -gt 0 ] || {
	echo "no process has written a log to $1: the server did not run under Valgrind" >&2
	exit 1
}
status=0
for log in "${logs[@]}"; do
	if [ -s "$log" ]; then
		printf '%s:\n' "$log" >&2
		head -n 60 "$log" >&2
		status=1
	fi
done
echo "valgrind: ${#logs[@]} processes, $([ "$status" -eq 0 ] && echo no || echo some) errors"
exit "$status"
