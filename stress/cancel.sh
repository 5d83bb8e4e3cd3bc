#!/usr/bin/env bash
#
# stress/cancel.sh [work|cancels]
#
# Whether operators can be stopped, on private clusters; both parts without an
# argument.
#
#   work      how many bytes each call reads or writes between two interrupt
#             checks: no more than 1 MB.  In a build that counts, see cancels.c in
#             the test module.
#   cancels   cancel calls on plain documents at random moments.  Each must end in
#             57014, four of five inside of an operator, and leave nothing behind: no
#             memory context, and at most 2 MB that the process has grown.
#
# From the environment:
#   PG_CONFIG         the PostgreSQL of cancels (default: pg_config)
#   CANCELS           how many (default: 300)
#   CANCEL_SEED       when (default: other moments every time; printed)
#   CANCEL_MEGABYTES  the size of the documents (default: 96; work: half of it)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly megabytes=${CANCEL_MEGABYTES:-96}
readonly seed=${CANCEL_SEED:-$((RANDOM * 32768 + RANDOM))}

# What is called instead of the C library's functions on bytes, the server's, and the check.
counted=-Wl,--wrap=memcpy,--wrap=memmove,--wrap=memset,--wrap=memcmp,--wrap=bcmp,--wrap=memchr
counted+=,--wrap=hash_bytes,--wrap=pg_encoding_verifymbstr,--wrap=varstr_cmp,--wrap=cstring_to_text_with_len
readonly counted+=,--wrap=ProcessInterrupts

run() {
	psql -X -q -v "script=$JBI_PRIVATE_ROOT/script.sql" -f "$here/cancel_cases.sql" "$@"
}

# The places are addresses in the module; name them.
name_places() {
	local line file address
	while IFS= read -r line; do
		while [[ "$line" =~ ([^ ]+jsonb_ivm\.so)\+(0x[0-9a-f]+) ]]; do
			file=${BASH_REMATCH[1]} address=${BASH_REMATCH[2]}
			line=${line/"$file+$address"/$(addr2line -f -e "$file" "$address" | head -n 1)}
		done
		printf '%s\n' "$line"
	done
}

inside_work() {
	run -v "megabytes=$((megabytes / 2))" -f "$here/cancel_work.sql" | name_places
}

inside_cancels() {
	{
		run -v "megabytes=$megabytes" -v "cancels=${CANCELS:-300}" -v "seed=$seed" \
			-f "$here/cancel.sql" 2>&1 >&3 | sed -u '/ERROR:  canceling statement/d' >&2
	} 3>&1
}

work() {
	need clang binutils
	PG_CONFIG=$("$here/../ci/postgres.sh" 15 assert) CC=clang HARDENING='' \
		COPT="-g -DJBI_COUNT_WORK -fsanitize-coverage=func,trace-loads,trace-stores -Wno-ignored-attributes -Wno-unused-command-line-argument $counted" \
		"$here/../ci/with_cluster.sh" -o shared_preload_libraries=jsonb_ivm_test -o fsync=off \
		"$here/cancel.sh" inside_work
}

cancels() {
	CANCEL_SEED=$seed "$here/../ci/with_cluster.sh" -o autovacuum=off -o fsync=off \
		"$here/cancel.sh" inside_cancels
}

case ${1-} in
	work | cancels | inside_work | inside_cancels) "$1" ;;
	'')
		status=0
		work || status=1
		cancels || status=1
		exit "$status"
		;;
	*)
		sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
		exit 2
		;;
esac
