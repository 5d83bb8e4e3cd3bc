#!/usr/bin/env bash
#
# stress/run.sh [plain|valgrind|asan]
#
# Random operations against a private cluster, each compared with the reference:
# session.sql says how.
#
#   plain      on the PostgreSQL of PG_CONFIG
#   valgrind   on an assert build under Valgrind
#   asan       on a build with AddressSanitizer, the extension with
#              UndefinedBehaviorSanitizer as well
#
# From the environment:
#   STRESS_OPS      how many operations (default: 10000)
#   STRESS_SEED     which ones (default: others every time; printed)
#   STRESS_FIRST    the number of the first (default: 1)
#   STRESS_SECONDS  after how many to stop, even if there are operations left; preparations
#                   do not count (default: never)
#   STRESS_JOBS     how many sessions share them (default: one a processor)
#   STRESS_BATCH    how many make a statement (default: 240); 1 to learn in which
#                   operation of its batch the server broke down
#   STRESS_VERSION  the PostgreSQL of valgrind and asan (default: 15)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly ops=${STRESS_OPS:-10000}
readonly first=${STRESS_FIRST:-1}
readonly seed=${STRESS_SEED:-$((RANDOM * 32768 + RANDOM))}
readonly version=${STRESS_VERSION:-15}

# A server that is slow must not be taken for one that hangs, and nothing else
# is to run in it.
readonly settings=(-o autovacuum=off -o jit=off -o fsync=off -o shared_buffers=32MB
	-o max_wal_size=4GB -o checkpoint_timeout=1d -o max_parallel_workers=0
	-o wal_sender_timeout=0 -o authentication_timeout=600)

stress() {
	"$here/../ci/with_cluster.sh" "${settings[@]}" \
		"$here/inside.sh" "$ops" "$first" "$seed"
}

case ${1:-plain} in
	plain)
		stress
		;;
	valgrind)
		need valgrind
		PG_CONFIG=$("$here/../ci/postgres.sh" "$version" assert)
		export PG_CONFIG JBI_SERVER_WRAPPER=$here/../valgrind/server.sh
		stress
		;;
	asan)
		PG_CONFIG=$("$here/../ci/postgres.sh" "$version" asan)
		export PG_CONFIG
		export CC=clang ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0
		# The stack protector and fortification see less than the sanitizers, and earlier.
		export HARDENING=
		COPT="-U_FORTIFY_SOURCE -fno-wrapv -fno-sanitize-recover=all"
		COPT+=" -fsanitize=address,undefined,alignment,unsigned-integer-overflow,implicit-conversion"
		COPT+=" -fsanitize-address-use-after-return=never -fsanitize-ignorelist=$here/ignore.txt"
		export COPT
		stress
		;;
	*)
		sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
		exit 2
		;;
esac
