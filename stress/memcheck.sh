#!/usr/bin/env bash
#
# stress/memcheck.sh [PART...]
#
# What the functions do with memory, on a private cluster, all or some of:
#
#   leaks    nothing is left after 100,000 calls of all functions on documents
#            in all forms, failing calls among them: in no memory context, in
#            the process, in a context that is never reset; and as many whose results
#            are taken to be stored, so that compressed documents are spliced
#   errors   nothing is left after an error of each kind, nor after calls that
#            a timeout ended
#   peaks    the most that one call needs, beside the native way, on documents
#            of 1 KB to 64 MB: as had from malloc, and as the process grew (from
#            1 MB on, with 512 KB let pass: the kernel counts in batches).  Nowhere
#            more than 1.5 times native's and 64 KB; from 256 KB on a reader 1.1
#            times, a writer 0.6 times, and 64 KB more than one and a quarter of the
#            document or, where it is compressed, two
#
# From the environment:
#   PG_CONFIG          the PostgreSQL to take (default: pg_config)
#   MEMCHECK_OPS       calls between the first and the last look (default: 100000)
#   MEMCHECK_LARGEST   the largest document is 1 KB * 4^this (default: 8, 64 MB)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly ops=${MEMCHECK_OPS:-100000} largest=${MEMCHECK_LARGEST:-8}
# So many looks at the size of the process.
readonly samples=10
# What a process grows by without reason, over all these calls: a few pages.  One
# byte a call is three times that in 100,000.
readonly noise=32768
# Each error, and each way to be cancelled, so often.
readonly repeats=2
# The kernel adds pages up in batches for each processor, so VmHWM is a few hundred
# kilobytes off: it is asked about documents that are larger, and that much is let
# pass.  What malloc gave is known to the byte.
readonly resident_from=1048576 resident_error=524288

failures=0
# What the last line tells of each part.
figures=()

fail() {
	echo "  FAILED: $*"
	failures=$((failures + 1))
}

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# Statements that write the memory contexts of the session to a file.  Up to 13
# there is only their sum.  To look costs memory the first time.
look() {
	local query='TABLE pg_backend_memory_contexts'
	[ "$version" -ge 14 ] || query='SELECT jsonb_ivm_test.memory_used()'
	printf '%s\n' "\\o $work/$1" "$query;" '\o'
}

# A statement that adds what the session occupies to a file, after what is given.
weigh() {
	printf '%s\n' "\\! awk '/^RssAnon/ { print \"$1\", \$2 * 1024 }' /proc/\$BACKEND/status >>$work/weight"
}

readonly begin_session='SELECT pg_backend_pid() AS pid \gset
\setenv BACKEND :pid'

compare() {
	local what=$1 before=$2 after=$3 changed
	if changed=$(diff "$work/$before" "$work/$after"); then
		return
	fi
	fail "$what: the memory contexts differ"
	printf '%s\n' "$changed" | head -n 40
}

# The mix in one session, and its contexts and its size on the way.
check_session() {
	local cycle cycles i
	cycle=$(sql -c 'SELECT count(*) FROM call, specimen')
	cycles=$(((ops / samples + cycle - 1) / cycle))
	rm -f "$work/weight"
	{
		echo "$begin_session"
		echo 'CALL run(1);'
		look warm
		look warm
		echo "CALL run($(((1000 + cycle - 1) / cycle)));"
		look before
		# looking leaves the process less free memory than large documents do
		echo 'CALL run(1);'
		weigh 0
		for ((i = 1; i <= samples; i++)); do
			echo "CALL run($cycles);"
			weigh $((i * cycles * cycle))
			printf '%s\n' "\\echo '  $((i * cycles * cycle)) calls'"
		done
		look after
	} | sql
	compare "$((samples * cycles * cycle)) calls" before after
	if [ "$version" -ge 14 ]; then
		echo "  $(wc -l <"$work/after") memory contexts compared after 1000 and $((1000 + samples * cycles * cycle)) calls of $cycle kinds"
	else
		echo "  PostgreSQL $version has no pg_backend_memory_contexts: skipped, the sum of all contexts compared instead"
	fi
	awk -v noise=$noise '
		{ x[NR] = $1; y[NR] = $2; sx += $1; sy += $2; sizes = sizes (NR > 1 ? ", " : "") $2 / 1024 }
		END {
			for (i = 1; i <= NR; i++) { a += (x[i] - sx / NR) * (y[i] - sy / NR); b += (x[i] - sx / NR) ^ 2 }
			printf "  the process: %s kB, a slope of %.0f bytes a call (%.3f)\n", sizes, a / b, a / b
			exit a / b * x[NR] > noise
		}' "$work/weight" ||
		fail "the process grows with every call"
	figures+=("nothing left by $((samples * cycles * cycle)) calls${PGOPTIONS:+ for stored results}")
}

# Every call, often in one context.  Native functions leave all that they need to
# the executor: that the probe sees it is its own test.
check_context() {
	sql <<-'EOF' >"$work/left"
		SELECT format($$SELECT %L, %L, %L, %L, l.* FROM specimen, LATERAL jsonb_ivm_test.memory_left(%L, 1000, %s) AS l WHERE form = %L$$,
			outcome, form, function, c.arguments, s.arguments, replace(fill_in(c.arguments, form), 'VARIADIC ', ''), form)
		FROM call AS c JOIN signature AS s USING (function), specimen WHERE outcome <> 'rows' ORDER BY n, form
		\gexec
	EOF
	awk -F '|' '$5 != 0 || ($1 ~ /^(new|target|null)$/ ? $6 != 0 : $6 != 1000)' "$work/left" >"$work/left_wrong"
	echo "  $(wc -l <"$work/left") kinds of calls made 1000 times in one context, $(wc -l <"$work/left_wrong") left something there"
	if [ -s "$work/left_wrong" ]; then
		fail 'outcome|form|function|arguments|bytes left|errors'
		head -n 40 "$work/left_wrong"
	fi
	[ "$(sql -c "SELECT bytes FROM specimen, LATERAL jsonb_ivm_test.memory_left(
			'jsonb_set(jsonb,text[],jsonb,boolean)', 10, doc, '{sub}'::text[], '1'::jsonb, true) WHERE form = 'plain'")" -gt 0 ] ||
		fail "the probe does not see what jsonb_set leaves"
}

# after_error NAME SQLSTATE STATEMENT: the statement fails like this, and the
# session is as before.
after_error() {
	local name=$1 state=$2 statement=$3 i
	{
		echo "${setup:-}"
		look warm
		echo "$statement"
		look warm
		look before
		for ((i = 0; i < repeats; i++)); do
			echo "$statement"
			printf '%s\n' '\echo :LAST_ERROR_SQLSTATE'
		done
		look after
	} | psql -X -q -A -t >"$work/states" 2>"$work/messages"
	compare "$name" before after
	if grep -q 'jsonb_ivm call' "$work/after"; then
		fail "$name: a context of ours is left"
	fi
	[ "$(sort "$work/states" | uniq -c | xargs)" = "$repeats $state" ] || {
		fail "$name: ended in $(xargs <"$work/states"), not in $state"
		head -n 5 "$work/messages"
	}
}

check_errors() {
	local n=0 name state statement function
	while IFS=$'\t' read -r name state statement; do
		after_error "$name" "$state" "$statement"
		n=$((n + 1))
	done < <(sql -F $'\t' -c "
		SELECT function || ' on a document ' || form, outcome,
			format('SELECT %s(%s) FROM specimen WHERE form = %L;', function, fill_in(arguments, form), form)
		FROM call, specimen WHERE outcome NOT IN ('new', 'target', 'null', 'rows') AND form IN ('plain', 'external', 'indirect')
		ORDER BY n, form")
	[ "$n" -gt 0 ] || die "no call that fails was found"
	after_error 'too deep' 54001 \
		"SELECT jsonb_has_path_changed(jsonb_ivm_test.nested_arrays(1000000), jsonb_ivm_test.nested_arrays(1000001), '{}');"
	after_error 'too large' 54000 \
		"SELECT jsonb_merge_at_path(jsonb_build_object('a', repeat('x', 200000000)), jsonb_build_object('b', repeat('x', 100000000)), '{}');"
	echo "  $((n + 2)) errors, each $repeats times"
	figures+=("$((n + 2)) errors")
}

cancelled_within() {
	psql -X -c "SET statement_timeout = $2" -c "$3" >"$work/messages" 2>&1 || true
	grep -q "CONTEXT.*$1" "$work/messages"
}

# The calls are repeated until the timeout comes, and take nearly all of the time:
# of documents that are fetched anew for every call, and of plain ones, for which
# the timeout has to be longer than it takes to make them.  The other functions are
# cancelled by cancel.sh.
check_cancels() {
	local functions function call statement setup timeout cancels=0
	functions=$(sql -c 'SELECT DISTINCT function FROM way WHERE often ORDER BY 1')
	[ -n "$functions" ] || die "no function was found"
	for function in $functions; do
		call=$(sql -c "SELECT ours FROM way WHERE function = '$function' ORDER BY n LIMIT 1")
		# Whole calls first: what the session caches, not all cancelled calls come to.
		setup="SELECT pg_column_size($call) FROM big \\g /dev/null
			SET statement_timeout = 300;"
		after_error "$function, fetching" 57014 \
			"SELECT pg_column_size($call) FROM big, generate_series(1, 1000000);"

		statement="DO \$\$ DECLARE doc jsonb; other jsonb; BEGIN
			SELECT jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(b.doc)), jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(b.other))
			INTO doc, other FROM big AS b;
			LOOP PERFORM pg_column_size($call); END LOOP; END \$\$;"
		timeout=300
		until cancelled_within "$function" "$timeout" "$statement"; do
			timeout=$((2 * timeout))
			[ "$timeout" -lt 100000 ] || die "no timeout comes while $function is called"
		done
		setup="SET statement_timeout = $((2 * timeout));"
		after_error "$function, plain" 57014 "$statement"
		grep -q "CONTEXT.*$function" "$work/messages" ||
			fail "$function: no timeout came while it was called"
		echo "  $function cancelled $((2 * repeats)) times on 96 MB"
		cancels=$((cancels + 2 * repeats))
	done
	figures+=("$cancels cancels")
}

# The same query first on a small document, so that what is loaded once is there.
# Of the peak only what is neither file nor shared memory counts.
resident() {
	local expression=$1 condition=$2
	{
		echo "$begin_session"
		echo "SELECT pg_column_size($expression) FROM document WHERE storage = 'plain' AND shape = 'records' AND size = 1024;"
		echo "\\! cat /proc/\$BACKEND/status >$work/status"
		echo "SELECT pg_column_size($expression) FROM document WHERE $condition;"
		echo "\\! cat /proc/\$BACKEND/status >>$work/status"
	} | sql >/dev/null
	awk '{ before[$1] = now[$1]; now[$1] = $2 }
		END { print 1024 * (now["VmHWM:"] - now["RssFile:"] - now["RssShmem:"] - before["RssAnon:"]) }' "$work/status"
}

measure_resident() {
	local way kind storage shape size expression
	while IFS=$'\t' read -r way kind storage shape size expression; do
		printf '%s\t' "$way" "$kind" "$storage" "$shape" "$size"
		resident "$expression" "storage = '$storage' AND shape = '$shape' AND size = $size"
	done < <(sql -F $'\t' -c "
		SELECT way, kind, storage, shape, size, CASE kind WHEN 'ours' THEN ours ELSE native END
		FROM peak JOIN way ON way = n WHERE size >= $resident_from ORDER BY size, storage, shape, way, kind")
}

check_peaks() {
	sql -F $'\t' -f "$here/memcheck_peak.sql"
	echo '  in fresh sessions'
	measure_resident >"$work/resident"
	sql -v "resident_from=$resident_from" -v "resident_error=$resident_error" -f "$here/memcheck_report.sql" <"$work/resident" |
		tee "$work/report"
	if grep -q OVER "$work/report"; then
		fail "$(grep -c OVER "$work/report") peaks are over a bar"
	fi
	figures+=("$(tail -n 1 "$work/report")")
}

# That there is a splice to look at: of all forms that can be.
check_spliced() {
	local forms
	forms=$(sql -c "SELECT string_agg(form, ', ' ORDER BY form) FROM specimen
		WHERE jsonb_ivm_test.datum_form(jsonb_merge_at_path(doc, '{\"y\":2}', '{sub}')) LIKE 'inline %'")
	echo "  spliced: $forms"
	[[ "$forms" == *'external pglz'* ]] || fail "no pglz was spliced"
	[ "$version" -lt 14 ] || [[ "$forms" == *'external lz4'* ]] || fail "no lz4 was spliced"
}

part_leaks() {
	check_session
	check_context
	export PGOPTIONS='-c session_preload_libraries=jsonb_ivm,jsonb_ivm_test -c jsonb_ivm_test.stored=on -c jsonb_ivm.compressed_splice=on'
	check_spliced
	check_session
	check_context
	unset PGOPTIONS
}

part_errors() {
	check_errors
	sql -c "CREATE TABLE big (doc jsonb, other jsonb); ALTER TABLE big ALTER doc SET STORAGE external;
		ALTER TABLE big ALTER other SET STORAGE external;
		INSERT INTO big SELECT doc, doc || '{\"version\":2}'
		FROM jsonb_build_object('sub', '{\"x\":1}'::jsonb,
			'list', jsonb_build_array('{\"id\":1}'::jsonb, '{\"id\":2}'::jsonb, repeat('x', 96 << 20))) AS doc"
	check_cancels
}

part_peaks() {
	check_peaks
}

inside() {
	local started=$SECONDS part text
	work=$JBI_PRIVATE_ROOT/memcheck
	version=$(pg_version "$PG_CONFIG")
	mkdir "$work"
	echo "documents of 1 KB to $((4 ** largest)) KB"
	sql -v "largest=$largest" -f "$here/memcheck.sql"
	for part in "$@"; do
		echo "$part ($((SECONDS - started)) s)"
		"part_$part"
	done
	[ "$failures" -eq 0 ] || die "$failures checks failed"
	printf -v text '%s, ' "${figures[@]}"
	echo "memcheck of $version: ${text%, }"
}

if [ "${1:-}" = inside ]; then
	inside "${@:2}"
	exit
fi

[ $# -gt 0 ] || set -- leaks errors peaks
for part in "$@"; do
	[[ "$part" =~ ^(leaks|errors|peaks)$ ]] || die "there is no part $part; there are: leaks, errors, peaks"
done

# Nothing else is to happen in the server, statistics would be handed on now and
# then, and little of the buffers is to be mapped.
exec "$here/../ci/with_cluster.sh" -o autovacuum=off -o track_counts=off -o jit=off -o fsync=off -o max_wal_size=4GB \
	-o shared_buffers=1MB -o max_parallel_workers_per_gather=0 \
	"$here/memcheck.sh" inside "$@"
