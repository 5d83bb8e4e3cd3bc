#!/usr/bin/env bash
#
# stress/variants.sh [parallel] [caches] [caches-always] [splice-on] [splice-off]
#
# The regression tests once more, under settings that nobody would use but that
# make rare things happen always.  The output must not differ.
#
#   parallel   every query that may runs in a parallel worker, which is started for it.
#              Of the tests, random runs a hundred thousand queries, and is left out, and
#              so is family_random.
#   caches     the catalog caches are empty when an operator begins, and are thrown
#              away whenever they might be until it ends: from 14 on, and in an
#              assert build.  Of the tests, those with many calls are left out.
#   caches-always
#              the same for all that the server does.  That makes a query a hundred
#              times as slow, so not all tests are run; those that are not are named.
#   splice-on, splice-off
#              all results are taken to be stored, and what is compressed is
#              spliced, pglz and lz4, or not at all.  What the setting does is shown by
#              the test stored, which is left out.  With on, memory is as well: an
#              assert build decompresses what it spliced, and compares.
#
# From the environment:
#   VARIANT_VERSION   the PostgreSQL (default: 15)
#   VARIANT_TESTS     "all", or the tests (default: a choice for each variant)
#
# Exit status: 0, or 3 where nothing could be run (skip it), or anything else for
# a failure.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly SKIP=3
readonly version=${VARIANT_VERSION:-15}

# What runs in a minute or two.
readonly CACHES_ALWAYS='fuzz usage'
readonly TOO_LONG_IN_PARALLEL='random family_random'
# A worker gets the variables of PL/pgSQL, but what they point to is not in its memory; and
# it cannot catch errors, as the reference of selectors does.
readonly NOT_FOR_WORKERS='inplace keyed_paths'
readonly TOO_LONG_WITHOUT_CACHES='lookups random family_random array_corruption aggregates contains_id diff inplace'
readonly SHOWS_SETTING=stored NEEDS_MEMORY=memory

# Inside the cluster: that the setting is more than a word.
inside() {
	local variant=$1 setting=${2%=*} shown form
	case $variant in
		parallel)
			# As "regress", the setting hides what it does from EXPLAIN.
			shown=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION jsonb_ivm' -c "SET $setting = on" \
				-c "EXPLAIN SELECT jsonb_merge_at_path(to_jsonb(oid), '{}', '{}') FROM pg_class")
			[[ "$shown" == *Gather* ]] || die "no parallel worker would run our functions: $shown"
			;;
		caches)
			# That it does anything the canary cache-entry-kept shows.
			shown=$(psql -X -q -A -t -c 'SHOW debug_discard_caches' -c 'SHOW jsonb_ivm_test.discard_caches')
			[ "$(paste -sd ' ' <<<"$shown")" = '0 on' ] || die "the caches are kept, or thrown away always"
			;;
		caches-always)
			shown=$(psql -X -q -A -t -c 'SHOW debug_discard_caches')
			[ "$shown" = 1 ] || die "the caches are kept"
			;;
		splice-*)
			form=plain
			[ "$variant" = splice-off ] || form='inline pglz'
			shown=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION jsonb_ivm' -c 'CREATE EXTENSION jsonb_ivm_test' \
				-c "CREATE TEMP TABLE d AS SELECT jsonb_build_object('a', jsonb_agg(md5(n::text) || repeat(' word', 8))) AS d FROM generate_series(1, 300) AS n" \
				-c "SELECT jsonb_ivm_test.datum_form(jsonb_merge_at_path(d, '{\"b\":1}', '{}')) FROM d")
			[ "$shown" = "$form" ] || die "results are $shown, not $form"
			psql -X -q -c 'DROP EXTENSION jsonb_ivm_test'
			;;
	esac
	psql -X -q -c 'DROP EXTENSION IF EXISTS jsonb_ivm'
	make -s -C "$JBI_PRIVATE_ROOT/build" installcheck REGRESS="$tests" ISOLATION="$isolation" || {
		cat "$JBI_PRIVATE_ROOT/build/test/results/regression.diffs" >&2 2>/dev/null || true
		exit 1
	}
}

# without TESTS FEWER: those of TESTS that are not among FEWER.
without() {
	comm -23 <(tr -s ' ' '\n' <<<"$1" | sort -u) <(tr -s ' ' '\n' <<<"$2" | sort -u) | paste -sd ' '
}

# names DIRECTORY ENDING: of the files there.
names() {
	find "$here/../test/$1" -name "*.$2" -printf '%f\n' | sed "s/\.$2\$//" | sort | paste -sd ' '
}

# using WORD: the tests in which it stands.
using() {
	grep -lw -- "$1" "$here"/../test/sql/*.sql | sed 's|.*/||; s|\.sql$||' | paste -sd ' '
}

# run VARIANT TESTS ISOLATION SETTING=VALUE...
run() {
	local variant=$1 all left status=0 start=$SECONDS setting options=()
	all=$(names sql sql)
	tests=${VARIANT_TESTS:-$2}
	[ "$tests" != all ] || tests=$all
	isolation=$3
	shift 3
	for setting in "$@"; do
		options+=(-o "$setting")
	done
	left=$(without "$all $(names specs spec)" "$tests $isolation")
	export tests isolation
	say "$variant: $* on PostgreSQL $version${left:+; left out: $left}"
	"$here/../ci/with_cluster.sh" -o fsync=off -o autovacuum=off "${options[@]}" \
		"$here/variants.sh" inside "$variant" "$1" || status=$?
	[ "$status" -eq 0 ] || die "$variant: the output differs"
	say "$variant: no difference in $(wc -w <<<"$tests") regression and $(wc -w <<<"$isolation") isolation tests, $((SECONDS - start)) s"
}

main() {
	local variant setting ran=0
	local all_stored=(session_preload_libraries=jsonb_ivm_test jsonb_ivm_test.stored=on)
	PG_CONFIG=$("$here/../ci/postgres.sh" "$version" assert)
	export PG_CONFIG
	for variant in "$@"; do
		case $variant in
			parallel)
				setting=debug_parallel_query
				[ "$version" -ge 16 ] || setting=force_parallel_mode
				run parallel "$(without "$(names sql sql)" "$TOO_LONG_IN_PARALLEL $NOT_FOR_WORKERS")" "$(names specs spec)" \
					"$setting=regress"
				ran=1
				;;
			caches | caches-always)
				if [ "$version" -lt 14 ]; then
					say "$variant: skipped: on $version it takes a server compiled with CLOBBER_CACHE_ALWAYS"
					continue
				fi
				if [ "$variant" = caches ]; then
					# What is read into the caches again counts as memory that is left.
					run caches "$(without "$(names sql sql)" "$TOO_LONG_WITHOUT_CACHES $(using memory_left)")" "$(names specs spec)" \
						jsonb_ivm_test.discard_caches=on session_preload_libraries=jsonb_ivm_test
				else
					run caches-always "$CACHES_ALWAYS" "" debug_discard_caches=1
				fi
				ran=1
				;;
			splice-on)
				run splice-on "$(without "$(names sql sql)" "$SHOWS_SETTING $NEEDS_MEMORY")" "$(names specs spec)" \
					jsonb_ivm.compressed_splice=on "${all_stored[@]}"
				ran=1
				;;
			splice-off)
				run splice-off "$(without "$(names sql sql)" "$SHOWS_SETTING")" "$(names specs spec)" \
					jsonb_ivm.compressed_splice=off "${all_stored[@]}"
				ran=1
				;;
			*)
				sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
				exit 2
				;;
		esac
	done
	[ "$ran" -eq 1 ] || exit "$SKIP"
}

case ${1:-} in
	inside)
		shift
		inside "$@"
		;;
	'') main parallel caches caches-always splice-on splice-off ;;
	*) main "$@" ;;
esac
