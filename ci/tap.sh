#!/usr/bin/env bash
#
# ci/tap.sh [FILE...]
#
# Run the TAP tests of test/t (or those named) with PostgreSQL's own Perl
# modules, on a private copy of the PostgreSQL of PG_CONFIG.  PROVE_FLAGS goes
# to prove.  After a failure the logs are in results/tap/ (JBI_TAP_LOGS).

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"

if [ -z "${JBI_PRIVATE_ROOT-}" ]; then
	exec "$here/with_cluster.sh" "${BASH_SOURCE[0]}" "$@"
fi

build=$JBI_PRIVATE_ROOT/build
run=$JBI_PRIVATE_ROOT/tap
keep=${JBI_TAP_LOGS:-$here/../results/tap}
support=$(cd "$(dirname "$("$PG_CONFIG" --pgxs)")/.." && pwd)

have prove || need perl
perl -MIPC::Run -e 1 2>/dev/null || need libipc-run-perl
[ -d "$support/test/perl" ] ||
	die "$PG_CONFIG comes without the Perl modules of PostgreSQL's tests"

# The tests start servers, so they cannot run as root; and what they read is
# the copy, since the checkout may be closed to another user.
files=("${@/#*\//t/}")
cd "$build/test"
if [ $# -eq 0 ]; then
	files=(t/*.pl)
	[ -e "${files[0]}" ] || die "no TAP tests in test/t"
fi
mkdir -p "$run"
if is_root; then
	chown "$(server_user):" "$run"
fi

status=0
# TESTDIR is what 15 and older look at, the others what came after it.
# shellcheck disable=SC2086 # PROVE_FLAGS are several words
as_server_user env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE \
	LC_ALL=C.UTF-8 TESTDIR="$run" TESTDATADIR="$run/tmp_check" TESTLOGDIR="$run/log" \
	PG_REGRESS="$support/test/regress/pg_regress" \
	PG_TEST_INITDB_EXTRA_OPTS='--no-locale --encoding=UTF8' \
	prove ${PROVE_FLAGS-} -I "$support/test/perl" -I "$PWD/t" "${files[@]}" ||
	status=$?

if [ "$status" -ne 0 ]; then
	rm -rf "$keep"
	mkdir -p "$keep"
	# 15 and older log below tmp_check.
	for dir in "$run/log" "$run/tmp_check/log"; do
		[ ! -d "$dir" ] || cp -r "$dir/." "$keep/"
	done
	say "logs of the failed tests: $keep"
fi
exit "$status"
