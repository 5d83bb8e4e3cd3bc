#!/usr/bin/env bash
#
# stress/faults.sh
#
# Let every allocation of every operator fail, on a private cluster of an assert
# build: faults.sql says how.
#
# From the environment:
#   FAULTS_VERSION   of PostgreSQL (default: 15)
#   FAULTS_ONLY      a regular expression, of what faults.sql reports as
#                    "operator, form, case" (default: all)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

# The errors that are wanted go to a file, like what was being tried.
inside() {
	local errors=$JBI_PRIVATE_ROOT/errors script=$JBI_PRIVATE_ROOT/script.sql
	if ! psql -X -q -v "script=$script" -v "only=${FAULTS_ONLY-}" \
		-f "$here/faults.sql" 2>"$errors"; then
		grep -v '^psql:.*ERROR:  [0-9A-Z]\{5\}$' "$errors" | tail -n 20 >&2
		tail -n 40 "$JBI_PRIVATE_ROOT/log/server.log" >&2
		die "failed allocations were not survived"
	fi
}

if [ "${1:-}" = inside ]; then
	inside
	exit
fi

PG_CONFIG=$("$here/../ci/postgres.sh" "${FAULTS_VERSION:-15}" assert)
export PG_CONFIG
say "PostgreSQL $(pg_version "$PG_CONFIG"), a minute or so"
# Autovacuum would compare the damaged documents.
exec "$here/../ci/with_cluster.sh" -o autovacuum=off -o fsync=off -o jit=off \
	"$here/faults.sh" inside
