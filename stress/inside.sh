#!/usr/bin/env bash
#
# stress/inside.sh OPERATIONS SEED
#
# The part of run.sh that runs inside the private cluster.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

status=0
psql -X -q -v "ops=$1" -v "seed=$2" -f "$here/stress.sql" || status=$?
[ "$status" -eq 0 ] || tail -n 60 "$JBI_PRIVATE_ROOT/log/server.log" >&2
if [ -n "${JBI_SERVER_WRAPPER:-}" ]; then
	"$here/../valgrind/check_logs.sh" "$JBI_PRIVATE_ROOT/log" || status=1
fi
exit "$status"
