#!/usr/bin/env bash
#
# ci/coverage.sh
#
# How much of src/ the tests run: gcov's counts over the regression and isolation
# tests, the stress driver, and the replay of every fuzz corpus, put together and
# held against bars.  Prints them by file and in total; results/coverage/ gets
# the lines and branches that nothing ran, and index.html with the source.
#
# From the environment:
#   COVERAGE_LINES, COVERAGE_BRANCHES
#                   the bars in percent (default: 95 and 90)
#   COVERAGE_EXCLUDED
#                   how many percent of the lines may be marked as not to be
#                   counted (default: 2)
#   STRESS_OPS      operations of the stress driver (default: 3000)
#   STRESS_SEED     which ones (default: 1, so that the figures come again)
#
# What counts as a branch.  gcov counts what the compiler made: each operand of &&
# and || by itself, and also what is inside of macros.  Those of PostgreSQL that
# raise errors, that poll for interrupts, or that state what cannot be otherwise
# have a branch which is never taken by design, and no condition of ours; lines
# that begin with one of them (PATTERN below) count as lines, not as branches, and
# it is printed how many branches that leaves out.  The condition that guards an
# ereport() stands on a line of its own, and counts.  Inline functions are compiled
# as functions here, so that each has its branches once, not once for each caller.
#
# Lines that nothing can reach may be marked, with the reason beside the mark:
# "GCOV_EXCL_LINE: reason", or between "GCOV_EXCL_START: reason" and
# "GCOV_EXCL_STOP".

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
cd "$here/.."

readonly PATTERN='^\s*(ereport|elog|Assert|CHECK_FOR_INTERRUPTS)\('
readonly FLAGS='--coverage -O0 -Dalways_inline='
readonly RESULTS=$PWD/results/coverage

# gather NAME TREE OBJECTS: the counts that were left beside OBJECTS, for TREE/src,
# as they are to be judged and with nothing left out.
gather() {
	local name=$1 tree=$2 objects=$3
	gcovr -r "$tree" --filter "$tree/src/" --exclude-branches-by-pattern "$PATTERN" \
		--json "$work/$name.json" "$objects"
	gcovr -r "$tree" --filter "$tree/src/" --no-markers \
		--json "$work/$name-all.json" "$objects"
}

# The part that runs inside the private cluster.  A server counts when its
# processes end, so it has to be stopped before the counts are there.
inside() {
	local build=$JBI_PRIVATE_ROOT/build ops=${STRESS_OPS:-3000} seed=${STRESS_SEED:-1}
	say "regression and isolation tests"
	# with_cluster.sh has set PG_CONFIG.
	# shellcheck disable=SC2153
	own_make -C "$build" installcheck PG_CONFIG="$PG_CONFIG" >"$work/installcheck.log" 2>&1 || {
		tail -n 40 "$work/installcheck.log" >&2
		die "the tests fail; so there is nothing to measure"
	}
	say "stress: $ops operations, seed $seed"
	stress/inside.sh "$ops" 1 "$seed" >"$work/stress.log" 2>&1 || {
		tail -n 40 "$work/stress.log" >&2
		die "stress fails; so there is nothing to measure"
	}
	(cd / && as_server_user "${PG_CONFIG%/*}/pg_ctl" -D "$JBI_PRIVATE_ROOT/data" -m fast -w stop) >/dev/null
	cp -R "$GCOV_PREFIX/$build/." "$build/"
	gather server "$build" "$build"
}

run_server() {
	# The server's user may write there, and nowhere in the build.
	export GCOV_PREFIX=$work/counts HARDENING='' CC=gcc COPT=$FLAGS
	mkdir -m 777 "$GCOV_PREFIX"
	chmod 755 "$work"
	"$here/with_cluster.sh" "$here/coverage.sh" inside "$work"
}

run_corpora() {
	local pg_config target log=$work/replay.log
	pg_config=$("$here/postgres.sh" 15 assert-tree)
	own_make -s -C fuzz -j "$(nproc)" PG_CONFIG="$pg_config" CC=gcc SANITIZE="$FLAGS" \
		OUT="$work/fuzz" >"$log" 2>&1 || {
		cut -c1-1000 "$log" >&2
		die "building the fuzz targets failed"
	}
	for target in fuzz/corpus/*/; do
		target=$(basename "$target")
		say "corpus: $target, $(find "fuzz/corpus/$target" -type f | wc -l) inputs"
		ln -sf replay "$work/fuzz/$target"
		"$work/fuzz/$target" "fuzz/corpus/$target" >"$log" 2>&1 || {
			tail -n 40 "$log" >&2
			die "the replay of $target fails; so there is nothing to measure"
		}
	done
	gather corpora "$PWD" "$work/fuzz"
}

# A mark without a reason hides what it should explain.
check_marks() {
	if grep -nE '(GCOVR?|LCOV)_EXCL_' src/*.[ch] |
		grep -vE 'GCOV_EXCL_((LINE|START): [[:alpha:]]|STOP)' >&2; then
		die "marks without a reason"
	fi
}

# total KEY NAME: of one of gcovr's summaries, where the totals stand on the
# outermost level, and files further in.
total() {
	sed -nE "s/^ {4}\"$1\": ([0-9]+).*/\1/p" "$work/$2-summary.json"
}

# hundredths PART WHOLE: of a percent, rounded down, so that no bar is reached by
# rounding.
hundredths() {
	printf '%d' $((10000 * $1 / $2))
}

percent() {
	printf '%d.%02d' $(($1 / 100)) $(($1 % 100))
}

# held TEXT PART WHOLE [at-least|at-most] BAR
held() {
	local share verdict=ok
	share=$(hundredths "$2" "$3")
	case $4 in
		at-least) [ "$share" -ge $(($5 * 100)) ] || verdict='TOO FEW' ;;
		at-most) [ "$share" -le $(($5 * 100)) ] || verdict='TOO MANY' ;;
	esac
	printf '%-16s %5d of %5d  %6s %%  (%s %s %%)  %s\n' \
		"$1" "$2" "$3" "$(percent "$share")" "${4/-/ }" "$5" "$verdict"
	[ "$verdict" = ok ] || failed=1
}

report() {
	local counted=(-r . -a "$work/server.json" -a "$work/corpora.json")
	gcovr "${counted[@]}" --txt "$RESULTS/lines.txt"
	gcovr "${counted[@]}" --branches --txt "$RESULTS/branches.txt"
	gcovr "${counted[@]}" --html-details "$RESULTS/index.html"
	gcovr "${counted[@]}" --json-summary-pretty --json-summary "$work/counted-summary.json"
	gcovr -r . -a "$work/server-all.json" -a "$work/corpora-all.json" \
		--json-summary-pretty --json-summary "$work/all-summary.json"
	cat "$RESULTS/lines.txt" "$RESULTS/branches.txt"

	local lines branches all_lines failed=0
	lines=$(total line_total counted)
	branches=$(total branch_total counted)
	all_lines=$(total line_total all)
	held 'lines run' "$(total line_covered counted)" "$lines" at-least "$lines_bar"
	held 'branches taken' "$(total branch_covered counted)" "$branches" at-least "$branches_bar"
	held 'lines excluded' $((all_lines - lines)) "$all_lines" at-most "$excluded_bar"
	printf '%s\n' "branches not counted: $(($(total branch_total all) - branches)), in excluded lines and PostgreSQL's macros"
	return "$failed"
}

main() {
	lines_bar=${COVERAGE_LINES:-95}
	branches_bar=${COVERAGE_BRANCHES:-90}
	excluded_bar=${COVERAGE_EXCLUDED:-2}
	need gcc gcovr make liblz4-dev zlib1g-dev
	check_marks
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	rm -rf "$RESULTS"
	mkdir -p "$RESULTS"
	run_corpora
	run_server
	report | tee "$RESULTS/summary.txt"
}

case ${1-} in
	'') main ;;
	inside)
		work=$2
		inside
		;;
	*)
		sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
		exit 2
		;;
esac
