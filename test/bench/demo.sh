#!/usr/bin/env bash
#
# make demo: one changed row propagates through three levels of documents, in
# four ways; then the four operators on documents nobody here wrote.
#
# Needs nothing but Debian: as root it installs the packages it uses, anybody
# else is told what to install.  The server is a private one in a temporary
# directory, with the durability of production, and gone when this ends.
#
# From the environment:
#   PG_CONFIG   the PostgreSQL to take (default: pg_config, Debian's 15)
#   SCENARIO    settings of the generator, such as "allocations=50 seed=2"
#   ROUNDS      how often each way runs (default: 3; twice as often on the
#               narrow fan-out, which is over so soon that it says less)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=ci/lib.sh
. "$top/ci/lib.sh"
# shellcheck source=test/bench/cascade.sh
. "$here/cascade.sh"

iso_codes=/usr/share/iso-codes/json

psql_quiet() {
	psql -X -q -v ON_ERROR_STOP=1 "$@"
}

load_scenario() {
	local setting settings=()
	for setting in ${SCENARIO:-}; do
		settings+=(-v "$setting")
	done
	echo
	echo "Loading the scenario:"
	psql_quiet ${settings[@]+"${settings[@]}"} -f "$top/test/fixtures/generate_cqrs_data.sql"
	psql_quiet -c 'CREATE EXTENSION jsonb_ivm' -f "$here/cascade.sql"
}

run_cascade() {
	echo
	echo "The cascade for one changed DNS server:"
	{
		cascade_rounds wide "$here/cascade_one.sql" "${ROUNDS:-3}" "${cascade_ways[@]}"
		cascade_rounds narrow "$here/cascade_one.sql" $((2 * ${ROUNDS:-3})) "${cascade_ways[@]}"
	} | psql_quiet -f -
	psql_quiet -f "$here/cascade_report.sql"
}

run_iso_codes() {
	local file
	echo
	echo "The operators on the documents of $iso_codes:"
	psql_quiet -f "$here/harness.sql" -f "$here/iso_codes.sql"
	for file in "$iso_codes"/*.json; do
		# psql reads the file: it may be out of the server's reach.
		psql_quiet -v file="${file##*/}" -v path="$file" -f "$here/iso_codes_file.sql"
	done
	psql_quiet -f "$here/iso_codes_report.sql"
}

inside() {
	psql_quiet -A -t -c 'SELECT version()'
	load_scenario
	run_cascade
	run_iso_codes
	echo
	echo "demo: every document equals the full rebuild, every result equals native SQL's"
}

if [ "${1:-}" = inside ]; then
	inside
	exit
fi

need_postgres gcc make libc6-dev iso-codes
say "building jsonb_ivm, starting a private server"
started=$SECONDS
# fsync, full_page_writes and synchronous_commit are on by default, and said
# here so that nobody has to know.  No background work may fall into one way and
# not into another: hence no autovacuum, no timed checkpoint.  JIT compilation
# only costs these queries time.
"$top/ci/with_cluster.sh" \
	-o fsync=on -o full_page_writes=on -o synchronous_commit=on -o wal_level=replica \
	-o shared_buffers=256MB -o max_wal_size=8GB -o checkpoint_timeout=1h \
	-o autovacuum=off -o jit=off \
	"$here/demo.sh" inside
say "done in $((SECONDS - started)) s"
