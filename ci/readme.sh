#!/usr/bin/env bash
#
# ci/readme.sh
#
# Whether README.md is true: its examples are run, in order, in one session on a
# private cluster, and what they print is compared with what it shows.
#
#   ```sql              is run.  What it prints is the block without a language that
#                       follows at once, as psql -At shows it; without one, nothing.
#   tables of "Coming from"
#                       The calls in the last column are run on the table that the
#                       section begins with: none may fail, or find nothing to do
#                       (save those with "…").
#                       Where the first column is native SQL, both must give the same.
#   ### jsonb_...       is followed by the function's signature, as the catalog has
#                       it.  Every function has such a section, and an example that
#                       shows what it prints.
#
# From the environment: PG_CONFIG, as for ci/with_cluster.sh.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
readme=$here/../README.md

# What the users of the extension may call: the rest takes or gives what is internal.
readonly FUNCTIONS="
	SELECT p.proname,
		format('%s(%s) → %s', p.proname,
			regexp_replace(pg_get_function_arguments(p.oid), '(DEFAULT [^:,]*)::\"?[a-z]+\"?', '\1', 'g'),
			pg_get_function_result(p.oid))
	FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
	WHERE d.refclassid = 'pg_extension'::regclass
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
		AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
		AND p.prorettype <> 'internal'::regtype
		AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[])
	ORDER BY p.proname COLLATE \"C\""

# extract DIRECTORY: the script, what it should print, the examples that show
# something, and how many of what there are.  Both sides have the number of the line
# in README before each.
extract() {
	awk -v script="$1/script.sql" -v expected="$1/expected" -v shown="$1/shown" '
		function begin(line, code) {
			printf "\\echo %d\n%s", line, code >script
			printf "%d\n", line >expected
		}

		# The code in a cell, piece by piece.
		function codes(cell, found,    n, parts, i) {
			n = split(cell, parts, "`")
			delete found
			n = int(n / 2)
			for (i = 1; i <= n; i++) {
				found[i] = parts[2 * i]
				gsub(/\001/, "|", found[i])
			}
			return n
		}

		# What a call gives, for a row of the table that the section begins with.
		function result(call) {
			return "(SELECT to_jsonb(r) FROM (SELECT " call " AS r FROM orders) AS s)"
		}

		function guide(row,    n, cells, old, new, calls, rivals, i) {
			gsub(/\\\|/, "\001", row)
			n = split(row, cells, "|") - 1
			if (!in_table) {
				in_table = 1
				native = cells[2] ~ /native SQL/
				return
			}
			if (row ~ /^\|[-| ]*$/)
				return
			rivals = native ? codes(cells[2], old) : 0
			calls = codes(cells[n], new)
			for (i = 1; i <= calls; i++) {
				if (new[i] !~ /jsonb_[a-z_]+\(/ || new[i] ~ /…/)
					continue
				if (rivals > 0)
					begin(NR, "SELECT " result(new[i]) " IS NOT DISTINCT FROM " result(old[1]) ";\n")
				else
					begin(NR, "SELECT " result(new[i]) " IS DISTINCT FROM (SELECT doc FROM orders);\n")
				print "t" >expected
				ncalls++
			}
		}

		ended && /^```$/ {
			ended = 0
			output = 1
			begin(start, code)
			printf "%s", code >shown
			next
		}
		ended { ended = 0; begin(start, code) }
		/^```sql$/ { block = 1; start = NR + 1; code = ""; nexamples++; next }
		block && /^```$/ { block = 0; ended = 1; next }
		block { code = code $0 "\n"; next }
		output && /^```$/ { output = 0; next }
		output { print >expected; next }
		/^## / { in_guide = /^## Coming from/ }
		in_guide && /^\|/ { guide($0); next }
		{ in_table = 0 }
		END {
			if (ended)
				begin(start, code)
			printf "%d examples, %d calls of the guide\n", nexamples, ncalls
		}' "$readme"
}

# The signatures that stand below the headings, one a line.
signatures() {
	awk '
		function flush() {
			if (text != "") {
				gsub(/[ \t]+/, " ", text)
				print substr(text, 2)
			}
			text = ""
		}
		/^#/ { heading = /^### jsonb_[a-z_]+$/; next }
		heading && /^    / { text = text " " $0; next }
		heading && text != "" { flush(); heading = 0 }' "$readme" | LC_ALL=C sort
}

inside() {
	local dir=$JBI_PRIVATE_ROOT/readme name status=0 count
	mkdir "$dir"
	count=$(extract "$dir")
	psql -X -q -A -t -v VERBOSITY=terse <"$dir/script.sql" >"$dir/printed" 2>&1 || true
	if ! diff -U 3 --label README.md --label printed "$dir/expected" "$dir/printed"; then
		say "the examples print something else; the numbers are lines of README.md"
		status=1
	fi
	psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -c "$FUNCTIONS" >"$dir/functions"
	cut -d ' ' -f 2- "$dir/functions" | LC_ALL=C sort >"$dir/catalog"
	signatures >"$dir/signatures"
	if ! diff -U 0 --label catalog --label README.md "$dir/catalog" "$dir/signatures"; then
		say "the signatures are not those of the catalog"
		status=1
	fi
	while read -r name _; do
		if ! grep -qw -- "$name" "$dir/shown"; then
			say "$name has no example that shows what it prints"
			status=1
		fi
	done <"$dir/functions"
	echo "$count, $(wc -l <"$dir/functions") functions"
	return "$status"
}

if [ "${1:-}" = inside ]; then
	inside
	exit
fi
exec "$here/with_cluster.sh" "$here/readme.sh" inside
