# shellcheck shell=bash disable=SC2154 # bench.sh sets the rest
# Concurrent sessions that edit documents: transactions a second, on documents that each client has to
# itself, and on four that all of them want.  Source it, with psql_bench and heading; it runs nothing.
# Needs statements.sql and allocations.sql.

# concurrency_script SHARED|DISJOINT EXPRESSION: what pgbench runs.  One server of one
# document gets another address.
concurrency_script() {
	case $1 in
		disjoint) echo '\set id 1 + :client_id + 8 * random(0, 11)' ;;
		shared) echo '\set id random(1, 4)' ;;
	esac
	printf '%s\n' '\set server random(1, 50)' '\set a random(0, 255)' '\set b random(0, 255)' \
		"UPDATE bench.concurrent SET doc = $2 WHERE id = :id;"
}

# The expressions of the ways: pgbench fills in its variables.
concurrency_expressions() {
	psql_bench -F $'\t' <<-'EOF'
		SELECT kind || CASE kind WHEN 'native' THEN ': ' || way ELSE '' END,
			regexp_replace(replace(format(
				CASE kind WHEN 'native' THEN '(SELECT %s FROM (SELECT doc || ''{}'' AS doc OFFSET 0) AS d)' ELSE '%s' END,
				bench.expand(expression, '{network_configuration,dns_servers}', 'id', '4711', '{"address": "10.0.:a.:b"}')),
				'4711', ':server'), '\s+', ' ', 'g')
		FROM bench.way
		WHERE operator = 'array_update_where' AND way IN ('elements + jsonb_set', 'jsonb_ivm')
		ORDER BY way
	EOF
}

# one_concurrency SHARED|DISJOINT CLIENTS WAY EXPRESSION ROUND
one_concurrency() {
	local script=$JBI_PRIVATE_ROOT/pgbench.sql tps
	concurrency_script "$1" "$4" >"$script"
	psql_bench -c 'TRUNCATE bench.concurrent' \
		-c 'INSERT INTO bench.concurrent SELECT * FROM bench.pristine_concurrent' \
		-c 'VACUUM (FREEZE, ANALYZE) bench.concurrent' -c 'CHECKPOINT'
	tps=$(pgbench -n -c "$2" -j "$2" -T "$concurrency_seconds" -f "$script" 2>&1 |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p' | tail -n 1)
	psql_bench -c "INSERT INTO bench.concurrency_result VALUES ('$1', $2, '$3', $5, ${tps:-NULL})"
}

run_concurrency() {
	local round clients documents way expression
	psql_bench -c "CALL bench.create_table('bench.pristine_concurrent', 'pglz')" \
		-c "CALL bench.create_table('bench.concurrent', 'pglz')" \
		-c 'INSERT INTO bench.pristine_concurrent SELECT id, bench.allocation(51200, id) FROM generate_series(1, 96) AS id' \
		-c 'CREATE TABLE bench.concurrency_result (documents text, clients int, way text, round int, tps float8 NOT NULL)'
	for ((round = 1; round <= concurrency_rounds; round++)); do
		for documents in disjoint shared; do
			for clients in 1 2 4 8; do
				while IFS=$'\t' read -r way expression; do
					one_concurrency "$documents" "$clients" "$way" "$expression" "$round" </dev/null
				done < <(concurrency_expressions)
			done
		done
		echo "  round $round of $concurrency_rounds"
	done
	psql_bench -f "$here/concurrency.sql"
}
