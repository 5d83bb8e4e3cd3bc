#!/usr/bin/env bash
#
# stress/limits.sh [nesting] [sizes]
#
# Documents at the ends of what there can be, with every function, against a private
# cluster; without arguments both:
#
#   nesting    1,000 to 1,000,000 levels under a max_stack_depth of 100kB and 7MB:
#              the right bytes, or 54001
#   sizes      containers of 268,435,455 bytes, one less and one more, and as many
#              elements and pairs as there may be: core's result, or 54000
#
# From the environment:
#   PG_CONFIG      the PostgreSQL (default: pg_config)
#   LIMITS_LEVELS  how many levels, with commas between (default:
#                  1000,10000,100000,1000000)
#
# The sizes need 8 GB of memory and are skipped, with a word, where there is less.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly MEMORY_GB=8

# What max_stack_depth = 7MB needs, and what the server inherits.
allow_stack() {
	local limit
	limit=$(ulimit -Ss)
	if [ "$limit" != unlimited ] && [ "$limit" -lt 8192 ]; then
		ulimit -Ss 8192 2>/dev/null ||
			die "a stack of 8 MB is needed; the limit is $limit kB (ulimit -s)"
	fi
}

enough_memory() {
	local available
	available=$(awk '/^MemAvailable:/ { print int($2 / 1024 / 1024) }' /proc/meminfo)
	[ "$available" -ge "$MEMORY_GB" ] ||
		{
			say "sizes: skipped, $MEMORY_GB GB of memory are needed and $available are available"
			return 1
		}
}

run_part() {
	say "$1"
	"$here/../ci/with_cluster.sh" -o fsync=off -o autovacuum=off -o jit=off \
		-o max_wal_size=16GB -o work_mem=64MB \
		psql -X -q -v ON_ERROR_STOP=1 -v "levels=${LIMITS_LEVELS:-1000,10000,100000,1000000}" -f "$here/limits_$1.sql" || die "$1: failed"
}

[ $# -gt 0 ] || set -- nesting sizes
allow_stack
done=()
for part in "$@"; do
	case $part in
		nesting) run_part nesting ;;
		sizes)
			enough_memory || continue
			run_part sizes
			;;
		*)
			sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
			exit 2
			;;
	esac
	done+=("$part")
done
say "held: ${done[*]}"
[ "${#done[@]}" -eq $# ] || exit 3
