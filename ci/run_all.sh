#!/usr/bin/env bash
#
# ci/run_all.sh [--quick] [STAGE...]
# ci/run_all.sh --list
#
# The gate: run all stages, or those named, and report.  What a machine lacks
# is installed (as root) or named.  Each stage's output is kept in
# results/ci/STAGE/.
#
#   --quick   under 10 minutes: fewer stages with smaller budgets
#
# From the environment:
#   GATE_JOBS      how many stages run side by side (default: as many as there
#                  are processors)
#   GATE_MINUTES   when it has to be over (default: 65).  What no longer fits is
#                  cut from the budgets of the fuzz and stress stages; the table
#                  says "cut" and how much was left.  A stage that hangs is ended,
#                  and has failed; 10 minutes later than this the whole run is over,
#                  whatever its stages do.
#
# The last line is "N passed, N failed", with ", N skipped" after it where the
# source of a PostgreSQL version cannot be had.  It counts pg_regress files,
# TAP assertions and stages, and the table before it names them.

set -euo pipefail
shopt -s nullglob

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
cd "$here/.."

readonly VERSIONS=(13 15 17 18)
# The oldest and the newest that users are told to rely on: never skipped.
readonly REQUIRED=(15 18)
readonly SKIP=3
# Seconds that a stage has to clean up when it is told to end.
readonly GRACE=30

# What is built of PostgreSQL, in the order in which the stages want it.
readonly BUILDS=('18 assert' '15 assert' '15 asan' '15 asan-noassert' '17 assert' '13 assert')

# From cheap to dear; what needs no build of PostgreSQL comes before what does, as
# the builds go on meanwhile.  A star: --quick runs it, too.
readonly STAGES=(
	'*servers: get and build PostgreSQL 13, 15, 17 and 18, and 15 with AddressSanitizer'
	'*hardening: what the built module exports, and the flags it was built with'
	"*check-debian: make check on the distribution's PostgreSQL"
	'*readme: the examples, the guide and the signatures of README.md'
	'*lint: layout, static analysis, shell scripts, house rules'
	'build-gcc: no warning from gcc, on every version'
	'build-clang: no warning from clang, on every version'
	'*check-15: installcheck and TAP on an assert build of 15'
	'*check-18: installcheck and TAP on an assert build of 18'
	'check-17: installcheck and TAP on an assert build of 17'
	'check-13: installcheck and TAP on an assert build of 13'
	'pg-upgrade: a server of 15 with tables and indexes becomes one of 18'
	'random: random calls of every function against a plain reference'
	'splice: random edits of compressed documents against the plain way'
	'demo: make demo'
	'variants: the tests with parallel query forced, without caches, with the splice everywhere and nowhere'
	'crash: kill -9 of a server under concurrent updates'
	'concurrency: concurrent updates at all isolation levels'
	'*faults: every allocation of every function fails once'
	'cancels: cancelled calls on documents of 96 MB'
	'limits: nesting, and the limits of size'
	'memcheck: leaks and peak memory'
	'coverage: lines and branches that the tests run'
	'*canaries: planted bugs, each found by its tool'
	'*sweep: every bit flip and truncation of chosen documents'
	'*fuzz: make fuzz'
	'*stress-asan: make stress-asan'
	'*stress-valgrind: make stress-valgrind'
)

# All budgets: full and --quick.
readonly -A FULL=([fuzz]=240 [asan]=100000 [valgrind]=20000 [splice]=50000 [random]=20000 [kills]=10 [cancels]=300)
readonly -A QUICK=([fuzz]=60 [asan]=3000 [valgrind]=300 [splice]=5000 [random]=500 [kills]=1 [cancels]=30)

# Minutes after which a stage is taken to hang, and is ended: several times what it
# takes on a fresh machine, with the builds of PostgreSQL that it waits for.
readonly LIMIT=30
readonly -A LIMITS=([servers]=60)

readonly DEBIAN_PG=/usr/lib/postgresql/15/bin/pg_config
readonly RESULTS=$PWD/results/ci
readonly DEADLINE=$((SECONDS + ${GATE_MINUTES:-65} * 60))
readonly LAST=$((DEADLINE + 10 * 60))
quick=

# What a stage may use: $name, $dir, and the screen on descriptor 3.  That may be a
# file, so it is only ever duplicated: opening /dev/fd/3 would truncate it.

# figure TEXT...: what the table shows of this stage.
figure() {
	printf '%s\n' "$*" | tee -a "$dir/figures"
}

# Stages run side by side, so each line says whose it is.
progress() {
	printf '    %s: %s\n' "$name" "$*" | tee >(cat >&3)
}

# shown: copy stdin to the screen as well.
shown() {
	tee >(sed -u "s/^/    $name: /" >&3)
}

# last_line COMMAND...: run it, and show the last line it says as a figure.  Any
# failure is one: psql's status for a script's error is that of a skipped stage.
last_line() {
	local status=0
	"$@" 2>&1 | tee "$dir/last" || status=1
	figure "$(grep -v '^[[:space:]]*$' "$dir/last" | tail -n 1 | cut -c1-160)"
	return "$status"
}

# part NAME COMMAND...: one of several checks in a stage, all of which run.
part() {
	local what=$1 status=0
	shift
	printf '%s\n' "-- $what"
	"$@" || status=$?
	if [ "$status" -ne 0 ]; then
		progress "$what: failed"
		part_failed=1
	fi
}

budget() {
	if [ -n "$quick" ]; then
		printf '%s' "${QUICK[$1]}"
	else
		printf '%s' "${FULL[$1]}"
	fi
}

seconds_left() {
	printf '%d' $((DEADLINE > SECONDS ? DEADLINE - SECONDS : 0))
}

# was_cut DONE BUDGET UNIT: say so where less was done than there was to do.
was_cut() {
	[[ "$1" =~ ^[0-9]+$ ]] || return 1
	[ "$1" -lt "$2" ] || return 0
	figure "cut: $1 of $2 $3"
	touch "$dir/cut"
}

is_required() {
	[[ " ${REQUIRED[*]} " == *" $1 "* ]]
}

# build_of VERSION [FLAVOUR]: its pg_config, waiting where the servers stage is at
# it.  SKIP is an answer only for versions that may be missing.
build_of() {
	local version=$1 flavour=${2:-assert} pg_config status=0
	pg_config=$("$here/postgres.sh" "$version" "$flavour" 2> >(sed -u 's/^postgres.sh: //' | shown >&2)) ||
		status=$?
	if [ "$status" -eq "$SKIP" ] && is_required "$version"; then
		progress "PostgreSQL $version must not be skipped"
		status=1
	fi
	[ "$status" -eq 0 ] || return "$status"
	require_lz4 "$pg_config"
	printf '%s\n' "$pg_config"
}

# Compressed values are half of what the extension is about.
require_lz4() {
	if [ "$(pg_version "$1")" -ge 14 ] && [[ "$("$1" --configure)" != *--with-lz4* ]]; then
		progress "$1 was built without lz4"
		return 1
	fi
}

debian_build() {
	need postgresql-15 postgresql-server-dev-15 make gcc
	require_lz4 "$DEBIAN_PG"
}

stage_servers() {
	local build version flavour status missing=()
	for build in "${BUILDS[@]}"; do
		read -r version flavour <<<"$build"
		status=0
		ASAN_OPTIONS=detect_leaks=0 build_of "$version" "$flavour" || status=$?
		case $status in
			0) ;;
			"$SKIP") missing+=("$version") ;;
			*) return 1 ;;
		esac
	done
	figure "PostgreSQL ${VERSIONS[*]}${missing[*]:+; no source of ${missing[*]}}"
	[ "${#missing[@]}" -eq 0 ] || return "$SKIP"
}

stage_hardening() {
	debian_build
	last_line "$here/hardening.sh"
}

stage_lint() {
	"$here/lint.sh"
	figure "$(git ls-files '*.[ch]' | wc -l) C files, $(git ls-files '*.sh' | wc -l) scripts"
}

# The headers of PostgreSQL are not ours to judge, hence -isystem.
build_one() {
	local cc=$1 pg_config=$2 tree=$3 module
	copy_source . "$tree"
	for module in "$tree" "$tree"/test/modules/*/; do
		[ -f "$module/Makefile" ] || continue
		make -s -C "$module" -j "$(nproc)" PG_CONFIG="$pg_config" CC="$cc" \
			COPT="$(copt "$cc" -Wall -Wextra -Werror -isystem "$("$pg_config" --includedir-server)")" \
			all || return 1
	done
}

build_with() {
	local cc=$1 version pg_config status built=()
	need "$cc" make
	debian_build
	part 'the packaged 15' build_one "$cc" "$DEBIAN_PG" "$dir/tree-debian"
	built+=(debian)
	for version in "${VERSIONS[@]}"; do
		status=0
		pg_config=$(build_of "$version") || status=$?
		[ "$status" -ne "$SKIP" ] || continue
		[ "$status" -eq 0 ] || return 1
		part "$version" build_one "$cc" "$pg_config" "$dir/tree-$version"
		built+=("$version")
	done
	rm -rf "$dir"/tree-*
	figure "on ${built[*]}"
	return "$part_failed"
}

stage_build_gcc() {
	build_with gcc
}

stage_build_clang() {
	build_with clang
}

# regress: pg_regress on the PostgreSQL of PG_CONFIG, its output and its differences
# kept.  In the cluster's own copy of the sources: several of these run at once.
regress() {
	local status=0
	# shellcheck disable=SC2016 # expanded in there
	"$here/with_cluster.sh" bash -c '
		cd "$JBI_PRIVATE_ROOT/build"
		make installcheck && exit
		status=$?
		for diffs in test/results/regression.diffs test/results/isolation/regression.diffs; do
			[ ! -s "$diffs" ] || cat "$diffs"
		done >"$1/regression.diffs"
		exit "$status"' inside "$dir" >"$dir/regress.out" 2>&1 || status=$?
	cat "$dir/regress.out"
	return "$status"
}

tap() {
	local status=0
	PROVE_FLAGS=-v JBI_TAP_LOGS=$dir/tap-logs "$here/tap.sh" >"$dir/tap.out" 2>&1 || status=$?
	cat "$dir/tap.out"
	return "$status"
}

# The way that README shows.
stage_check_debian() {
	local status=0
	debian_build
	rm -rf test/results
	make check PG_CONFIG="$DEBIAN_PG" >"$dir/regress.out" 2>&1 || status=$?
	cat "$dir/regress.out"
	if [ -s test/results/regression.diffs ]; then
		cp test/results/regression.diffs "$dir/"
	fi
	return "$status"
}

stage_readme() {
	debian_build
	PG_CONFIG=$DEBIAN_PG last_line "$here/readme.sh"
}

check_version() {
	local pg_config
	pg_config=$(build_of "$1")
	export PG_CONFIG=$pg_config
	part regress regress
	part tap tap
	return "$part_failed"
}

stage_pg_upgrade() {
	build_of 15
	build_of 18
	last_line "$here/pg_upgrade.sh"
}

stage_demo() {
	make demo 2>&1 | shown
}

# The same calls each time, so that whoever sees it red knows who broke it; make random
# looks elsewhere each time.
stage_random() {
	PG_CONFIG=$(build_of 15)
	export PG_CONFIG
	RANDOM_SEED=${RANDOM_SEED:-1} RANDOM_CALLS=$(budget random) last_line stress/random.sh
}

stage_splice() {
	PG_CONFIG=$(build_of 15)
	export PG_CONFIG
	SPLICE_EDITS=$(budget splice) last_line stress/splice.sh
}

stage_variants() {
	build_of 15
	last_line stress/variants.sh
}

stage_crash() {
	PG_CONFIG=$(build_of 15)
	export PG_CONFIG
	CRASHES=$(budget kills) last_line stress/crash.sh
}

stage_concurrency() {
	PG_CONFIG=$(build_of 15)
	export PG_CONFIG
	last_line stress/concurrency.sh
}

stage_faults() {
	build_of 15
	last_line stress/faults.sh
}

stage_cancels() {
	PG_CONFIG=$(build_of 15)
	export PG_CONFIG
	part work last_line stress/cancel.sh work
	CANCELS=$(budget cancels) part cancels last_line stress/cancel.sh cancels
	return "$part_failed"
}

stage_limits() {
	PG_CONFIG=$(build_of 15)
	export PG_CONFIG
	# Where there is too little memory, a part is skipped.
	local status=0
	stress/limits.sh 2>&1 | tee "$dir/last" || status=$?
	figure "$(tail -n 1 "$dir/last")"
	return "$status"
}

# Without assertions, which cost memory that users do not spend.
stage_memcheck() {
	debian_build
	PG_CONFIG=$DEBIAN_PG last_line stress/memcheck.sh
}

stage_coverage() {
	build_of 15
	debian_build
	"$here/coverage.sh"
	figure "$(grep -E '^(lines run|branches taken|lines excluded|branches not counted)' "$dir/log" | tr -s ' ' | paste -sd ';')"
}

stage_canaries() {
	build_of 15 asan
	last_line "$here/canaries.sh"
}

stage_sweep() {
	build_of 15 asan
	last_line fuzz/run.sh sweep
}

# No more than a third of what is left: the stress stages come after it.
stage_fuzz() {
	local full seconds
	build_of 15 asan
	build_of 15 asan-noassert
	full=$(budget fuzz)
	seconds=$(($(seconds_left) / 3))
	seconds=$((seconds < full ? seconds : full))
	FUZZ_SECONDS=$seconds last_line fuzz/run.sh
	was_cut "$seconds" "$full" 'seconds'
}

# stress TOOL FLAVOUR: until there is no more time than it takes to finish.
stress() {
	local tool=$1 full seconds
	build_of 15 "$2"
	full=$(budget "$tool")
	seconds=$(($(seconds_left) - 120))
	STRESS_OPS=$full STRESS_SECONDS=$((seconds > 30 ? seconds : 30)) last_line stress/run.sh "$tool"
	was_cut "$(sed -n 's/^\([0-9]*\) operations, 0 differences.*/\1/p' "$dir/last")" "$full" operations
}

stage_stress_asan() {
	stress asan asan
}

stage_stress_valgrind() {
	stress valgrind assert
}

run_stage() {
	part_failed=0
	case $name in
		check-[0-9]*) check_version "${name#check-}" ;;
		*) "stage_${name//-/_}" ;;
	esac
}

# count_regress FILE: "PASSED FAILED NAME" for each test.  Up to 15 pg_regress
# says "test NAME ... ok", from 16 on it speaks TAP.
count_regress() {
	sed -nE \
		-e 's/^(test| {4,}) *([^ ]+) +\.\.\. ok .*/1 0 \2/p' \
		-e 's/^(test| {4,}) *([^ ]+) +\.\.\. (FAILED|failed).*/0 1 \2/p' \
		-e 's/^ok [0-9]+ +[-+] ([^ ]+) .*/1 0 \1/p' \
		-e 's/^not ok [0-9]+ +[-+] ([^ ]+) .*/0 1 \1/p' "$1"
}

# count_tap FILE: "PASSED FAILED NAME" for each file of prove -v.  A failure
# that the test itself expects (TODO) is none.
count_tap() {
	awk '
		/^t\/[^ ]+\.pl \.\./ { name = $1; seen[name]; order[++n] = name }
		/^ok [0-9]/ { ok[name]++ }
		/^not ok [0-9]/ { if (/# TODO/) ok[name]++; else bad[name]++ }
		END { for (i = 1; i <= n; i++) print ok[order[i]] + 0, bad[order[i]] + 0, order[i] }
	' "$1"
}

# count KIND FILE: add to the totals of the run and of the stage, and to its
# rows in the table.  A stage that ran no test has not passed.
count() {
	local kind=$1 file=$2 ok bad what none=1
	[ -e "$file" ] || return 0
	while read -r ok bad what; do
		none=0
		stage_ok=$((stage_ok + ok))
		stage_bad=$((stage_bad + bad))
		if [ "$kind" = tap ]; then
			rows+=("$(printf '    %-8s %-32s %5d ok %5d failed' "$kind" "$what" "$ok" "$bad")")
		else
			rows+=("$(printf '    %-8s %-32s %s' "$kind" "$what" "$([ "$bad" -eq 0 ] && echo ok || echo FAILED)")")
		fi
	done < <("count_$kind" "$file")
	if [ "$none" -eq 1 ]; then
		rows+=("    no $kind test ran")
		return 1
	fi
}

show_failure() {
	printf '%s\n' "---- the end of ${dir#"$PWD/"}/log"
	tail -n 60 "$dir/log"
	if [ -s "$dir/regression.diffs" ]; then
		printf '%s\n' "---- ${dir#"$PWD/"}/regression.diffs"
		head -n 200 "$dir/regression.diffs"
	fi
	printf '%s\n' '----'
}

# start NAME: a stage in a process group of its own, so that all that it started can
# be ended; and in the background, because errexit would be off in a condition.
start() {
	local name=$1 dir=$RESULTS/$1 end=$((SECONDS + ${LIMITS[$1]:-$LIMIT} * 60))
	rm -rf "$dir"
	mkdir -p "$dir"
	printf '== %s\n' "$name"
	set -m
	(
		set +m
		[ "$SECONDS" -lt "$LAST" ] || die "not begun: time is over"
		run_stage
	) 3>&1 >"$dir/log" 2>&1 </dev/null 8>&- &
	set +m
	running[$!]=$name
	started[$!]=$SECONDS
	ends[$!]=$((end < LAST ? end : LAST))
}

# end_stages PID...: they have servers to stop and directories to remove, and get a
# while for it.
end_stages() {
	local pid
	for pid in "$@"; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
	for pid in "$@"; do
		await_group_end "$pid" "$GRACE" ||
			kill -KILL -- "-$pid" 2>/dev/null || true
	done
}

# finish PID STATUS: count what the stage did, and keep its part of the table.
finish() {
	local pid=$1 status=$2 name=${running[$1]} verdict text stage_ok=0 stage_bad=0 rows=()
	local dir=$RESULTS/$name
	unset "running[$pid]"
	count regress "$dir/regress.out" || status=1
	count tap "$dir/tap.out" || status=1
	passed=$((passed + stage_ok))
	failed=$((failed + stage_bad))
	[ "$stage_bad" -eq 0 ] || [ "$status" -ne 0 ] || status=1
	case $status in
		0)
			verdict=ok
			[ ! -e "$dir/cut" ] || verdict='cut'
			passed=$((passed + 1))
			;;
		"$SKIP")
			verdict=skipped
			skipped=$((skipped + 1))
			;;
		*)
			verdict=FAILED
			failed=$((failed + 1))
			show_failure
			;;
	esac
	text=$(paste -sd ';' "$dir/figures" 2>/dev/null || true)
	if [ $((stage_ok + stage_bad)) -gt 0 ]; then
		text+="${text:+; }$stage_ok tests ok, $stage_bad failed"
	fi
	text=$(printf '%-16s %-8s %5d s  %s' "$name" "$verdict" $((SECONDS - ${started[$pid]})) "$text")
	printf '   %s\n' "$text"
	printf '%s\n' "$text" ${rows[@]+"${rows[@]}"} >"$dir/table"
}

# end_overdue: the stages that have had their time.
end_overdue() {
	local pid name
	for pid in "${!running[@]}"; do
		[ "$SECONDS" -ge "${ends[$pid]}" ] || continue
		name=${running[$pid]}
		end_stages "$pid"
		wait "$pid" 2>/dev/null || true
		printf 'ended after %d s: it hangs, or time is over\n' $((SECONDS - ${started[$pid]})) |
			tee -a "$RESULTS/$name/log" >>"$RESULTS/$name/figures"
		finish "$pid" 1
	done
}

# wait_for_one: until one of the running stages has ended, or has to.
wait_for_one() {
	local pid end=$LAST status=0
	for pid in "${!running[@]}"; do
		end=$((ends[$pid] < end ? ends[$pid] : end))
	done
	sleep $((end > SECONDS ? end - SECONDS : 0)) 8>&- &
	timer=$!
	pid=
	wait -n -p pid "${!running[@]}" "$timer" || status=$?
	kill "$timer" 2>/dev/null || true
	wait "$timer" 2>/dev/null || true
	timer=
	# The shell may have taken note already of a stage's end, and says nothing then.
	if [ -z "${pid-}" ]; then
		for pid in "${!running[@]}"; do
			if ! kill -0 "$pid" 2>/dev/null; then
				status=0
				wait "$pid" || status=$?
				break
			fi
			pid=
		done
	fi
	if [ -n "$pid" ] && [ -n "${running[$pid]-}" ]; then
		finish "$pid" "$status"
	fi
	end_overdue
}

# shellcheck disable=SC2317 # called by trap
interrupted() {
	trap '' INT TERM HUP
	[ -z "$timer" ] || kill "$timer" 2>/dev/null || true
	end_stages "${!running[@]}"
	exit "$1"
}

# The names of all stages, or of those of --quick.
names() {
	local stage
	for stage in "${STAGES[@]}"; do
		if [ -n "$quick" ] && [[ "$stage" != \** ]]; then
			continue
		fi
		stage=${stage#\*}
		printf '%s\n' "${stage%%:*}"
	done
}

list() {
	local stage
	for stage in "${STAGES[@]}"; do
		printf '%s %s\n' "$(printf '%-17s' "${stage%%:*}")" "${stage#*: }"
	done
	printf '%s\n' '(* in --quick)'
}

usage() {
	sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

main() {
	local stage chosen=() passed=0 failed=0 skipped=0
	local timer=
	declare -A running=() started=() ends=()
	while [[ "${1-}" == -* ]]; do
		case $1 in
			--list)
				list
				exit 0
				;;
			--quick) quick=yes ;;
			*) usage ;;
		esac
		shift
	done
	for stage in "$@"; do
		quick='' names | grep -x -- "$stage" >/dev/null || die "no stage $stage; see $0 --list"
		chosen+=("$stage")
	done
	if [ $# -eq 0 ]; then
		mapfile -t chosen < <(names)
	fi

	mkdir -p "$RESULTS"
	# The tests leave their results in the checkout, and so do we.
	exec 8>"$RESULTS/lock"
	flock -n 8 || die "another run is at work in this checkout"
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
	trap 'interrupted 129' HUP

	for stage in "${chosen[@]}"; do
		while [ "${#running[@]}" -ge "${GATE_JOBS:-$(nproc)}" ]; do
			wait_for_one
		done
		start "$stage"
	done
	while [ "${#running[@]}" -gt 0 ]; do
		wait_for_one
	done

	printf '\n%-16s %-8s %7s  %s\n' stage verdict time figures
	for stage in "${chosen[@]}"; do
		cat "$RESULTS/$stage/table"
	done
	printf '\n%d min %d s\n' $((SECONDS / 60)) $((SECONDS % 60))
	printf '%d passed, %d failed%s\n' "$passed" "$failed" \
		"$([ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped")"
	[ "$failed" -eq 0 ]
}

main "$@"
