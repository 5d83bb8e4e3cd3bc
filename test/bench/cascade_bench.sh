# shellcheck shell=bash disable=SC2154 # bench.sh sets the rest
# The benchmark's cascades: the scenario end to end, warm and cold, one server and many, and a change that
# is none.  Source it, with psql_bench, lib.sh and cascade.sh; it runs nothing.

# sequence_steps: psql commands that run a cascade for each of the servers of :fanout.
sequence_steps() {
	local server
	psql_bench -c "SELECT unnest(servers) FROM cascade WHERE fanout = '$1'" | while read -r server; do
		printf '%s\n' "\\set server $server" "\\ir $here/$2"
	done
}

# evict: stops the server, has the kernel forget the pages of its files, and starts it
# again.  Only theirs, so that nobody else is disturbed and nobody has to be root.
evict() {
	local pg_ctl=("$(dirname "$PG_CONFIG")/pg_ctl" -D "$JBI_PRIVATE_ROOT/data" -w -t 300)
	# nocache with count=0 is posix_fadvise(POSIX_FADV_DONTNEED) for the whole file
	(
		cd "$JBI_PRIVATE_ROOT" &&
			as_server_user "${pg_ctl[@]}" -m fast stop &&
			find data/base data/global -type f -size +0 -exec dd if={} iflag=nocache count=0 status=none \; &&
			as_server_user "${pg_ctl[@]}" -l "$JBI_PRIVATE_ROOT/log/server.log" start
	) >/dev/null 2>&1 </dev/null || die "the server did not start again"
}

# cold_rounds FANOUT ROUNDS: as cascade_rounds, but each run finds empty caches, and a
# session that knows nothing of the tables.
cold_rounds() {
	local fanout=$1 round i
	psql_bench -v fanout="$fanout" -f "$here/cascade_expect.sql"
	for ((round = 1; round <= $2; round++)); do
		for ((i = 0; i < ${#cascade_ways[@]}; i++)); do
			psql_bench -f "$here/cascade_reset.sql"
			evict
			{
				printf '%s\n' "\\set fanout '$fanout'" '\set cache cold' "\\set steps $here/cascade_one.sql"
				cascade_way "${cascade_ways[(i + round - 1) % ${#cascade_ways[@]}]}" "$round"
				printf '%s\n' "\\ir $here/cascade_variables.sql" "\\ir $here/cascade_time.sql"
			} | psql_bench -f -
		done
	done
}

run_cascade() {
	local sequence=$JBI_PRIVATE_ROOT/sequence.sql transaction=$JBI_PRIVATE_ROOT/transaction.sql
	psql_bench -v servers="$sequence_servers" -f "$here/cascade.sql" -f "$here/cascade_sequence.sql"
	sequence_steps "in sequence" cascade_one.sql >"$sequence"
	{
		echo 'BEGIN;'
		sequence_steps "in one transaction" cascade_step.sql
		echo 'COMMIT;'
	} >"$transaction"
	{
		cascade_rounds wide "$here/cascade_one.sql" "$cascade_runs" "${cascade_ways[@]}"
		cascade_rounds narrow "$here/cascade_one.sql" "$cascade_runs" "${cascade_ways[@]}"
		cascade_rounds 'nothing changes' "$here/cascade_one.sql" "$cascade_runs" \
			"${cascade_ways[@]}" jsonb_set_checked jsonb_ivm_checked
		cascade_rounds 'in sequence' "$sequence" "$sequence_runs" "${cascade_ways[@]}"
		cascade_rounds 'in one transaction' "$transaction" "$sequence_runs" "${cascade_ways[@]}"
	} | psql_bench -f -
	cold_rounds wide "$cold_runs"
	[ "$quick" = 1 ] || cold_rounds narrow "$cold_runs"
	psql_bench -f "$here/cascade_bars.sql"
}
