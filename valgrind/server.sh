#!/bin/sh
#
# valgrind/server.sh POSTGRES ARGUMENT...
#
# Start a server under Valgrind, for ci/with_cluster.sh (JBI_SERVER_WRAPPER).
# Every process writes its own log to $JBI_PRIVATE_ROOT/log; one that is not
# empty is an error.  The suppressions are those of the PostgreSQL version, and
# none names a function of ours.  Reports do not say where memory came from, which
# saves an eighth of the time, and no more than 12 callers, which saves a tenth, since
# what is suppressed is traced as well.  They say it with
# JBI_VALGRIND_OPTIONS='--keep-stacktraces=alloc-then-free --num-callers=40'.

tools=$(dirname "$(dirname "$1")")/tools
# shellcheck disable=SC2086 # they are words
exec valgrind --quiet --trace-children=yes --leak-check=no --track-origins=no \
	--gen-suppressions=all --num-callers=12 --keep-stacktraces=none \
	--suppressions="$tools/valgrind.supp" \
	--log-file="$JBI_PRIVATE_ROOT/log/valgrind.%p" ${JBI_VALGRIND_OPTIONS:-} "$@"
