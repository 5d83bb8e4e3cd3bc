#!/usr/bin/env bash
#
# stress/splice.sh
#
# The regression test splice for long: random edits of random compressed documents,
# chains of them that go on from spliced results, each compared with the plain way.
#
# From the environment:
#   PG_CONFIG       the PostgreSQL to take (default: pg_config)
#   SPLICE_EDITS    how many (default: 50000)
#   SPLICE_SEED     of the documents and edits (default: another one every time; printed)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly seed=${SPLICE_SEED:-$((RANDOM * 32768 + RANDOM))}

if [ "${1:-}" = inside ]; then
	exec psql -X -q -v ON_ERROR_STOP=1 -v "seed=$seed" -v "edits=${SPLICE_EDITS:-50000}" -v verbose=1 \
		-c 'CREATE EXTENSION jsonb_ivm' -c 'CREATE EXTENSION jsonb_ivm_test' \
		-f "$here/../test/sql/splice.sql"
fi

SPLICE_SEED=$seed exec "$here/../ci/with_cluster.sh" -o fsync=off -o autovacuum=off "$here/splice.sh" inside
