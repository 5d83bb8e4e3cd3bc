#!/usr/bin/env bash
#
# report.sh DIRECTORY PART...: writes what bench.sh has measured to DIRECTORY/report.md, with the plots
# beside it and what they are drawn from.  bench.sh calls it, in the cluster that holds the figures.
#
# Each part has its section in report/PART.sql, whose output is Markdown, and report/PART.gp draws its
# plot, if it has one.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
directory=$1
shift

psql_report() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v dir="$directory" "$@"
}

# section NAME
section() {
	psql_report -f "$here/report/$1.sql"
	if [ -f "$here/report/$1.gp" ]; then
		# Relative names, so that the same command draws them again from the data that is kept.
		(cd "$directory" && gnuplot "$here/report/common.gp" "$here/report/$1.gp")
	fi
}

machine() {
	printf '%s\n' '# Benchmark of jsonb_ivm' ''
	printf -- '- %s\n' \
		"$(nproc) processors, $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)" \
		"$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo) of memory, Linux $(uname -r)" \
		"load average at the end, this run included: $(cut -d ' ' -f 1-3 /proc/loadavg)" \
		"jsonb_ivm $(git -C "$top" describe --always --dirty 2>/dev/null || echo 'from a release')"
}

# The SQL of the others, as it was run.
# shellcheck disable=SC2016 # the quotes are Markdown's
native_sql() {
	local file
	printf '%s\n' '' '## The native SQL' '' \
		'What was tried and gave less is in `test/bench/native/`, and so are the functions that are called.  `doc` is' \
		'the column, `new` a second one; what the path, the key and' \
		'the values are is said as `%path%`, …, and filled in as constants.  A way "detoasted once" is wrapped in' \
		"\`(SELECT … FROM (SELECT doc || '{}' AS doc OFFSET 0) AS d)\`, so that a stored document is fetched and" \
		'decompressed once, however often it is used.'
	psql_report -f "$here/report/native.sql"
	for file in "$here"/native/cascade_*.sql; do
		printf '%s\n' '' "### Cascade: $(basename "$file" .sql)" '' '```sql'
		cat "$file"
		printf '%s\n' '```'
	done
}

no_crash() {
	local crashes
	crashes=$(grep -cE 'was terminated by signal|PANIC|server process .* exited with exit code' "$JBI_PRIVATE_ROOT/log/server.log") || true
	psql_report -c "CREATE TABLE bench.crash AS SELECT $crashes AS crashes"
}

no_crash
psql_report -f "$here/report/functions.sql"
{
	machine
	section settings
	for part; do
		section "$part"
	done
	native_sql
	section decision
} >"$directory/report.md"

# What README.md quotes, if all of it was measured.
complete=yes
for part in ratios storage cascade tables concurrency; do
	[[ " $* " == *" $part "* ]] || complete=
done
if [ -n "$complete" ]; then
	psql_report -f "$here/report/readme.sql" >"$directory/readme.md"
fi
