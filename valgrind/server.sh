#!/bin/sh
#
# valgrind/server.sh POSTGRES ARGUMENT...
#
# Start a server under Valgrind, for ci/with_cluster.sh (JBI_SERVER_WRAPPER).
# Every process writes its own log to $JBI_PRIVATE_ROOT/log; one that is not
# empty is an error.  The suppressions are those of the PostgreSQL version, and
# none names a function of ours.

tools=$(dirname "$(dirname "$1")")/tools
exec valgrind --quiet --trace-children=yes --leak-check=no --track-origins=no \
	--gen-suppressions=all --num-callers=30 \
	--suppressions="$tools/valgrind.supp" \
	--log-file="$JBI_PRIVATE_ROOT/log/valgrind.%p" "$@"
