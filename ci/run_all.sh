#!/usr/bin/env bash
#
# ci/run_all.sh [--list] [STAGE...]
#
# The gate: run all stages, or those named, and report.  What a machine lacks
# is installed (as root) or named.  Each stage's output is kept in
# results/ci/STAGE/.
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

readonly STAGES=(
	'servers: get and build PostgreSQL 13, 15, 17 and 18'
	'lint: layout, static analysis, shell scripts, house rules'
	'build-gcc: no warning from gcc, on every version'
	'build-clang: no warning from clang, on every version'
	"check-debian: make check on the distribution's PostgreSQL"
	'check-13: installcheck and TAP on an assert build of 13'
	'check-15: installcheck and TAP on an assert build of 15'
	'check-17: installcheck and TAP on an assert build of 17'
	'check-18: installcheck and TAP on an assert build of 18'
	'demo: make demo'
)

readonly DEBIAN_PG=/usr/lib/postgresql/15/bin/pg_config
results=$PWD/results/ci
stage_group=

# What a stage may use: $dir, and the screen on descriptor 3.  That may be a
# file, so it is only ever duplicated: opening /dev/fd/3 would truncate it.

# shown: copy stdin to the screen as well.
shown() {
	tee >(cat >&3)
}

# figure TEXT...: what the table shows of this stage.
figure() {
	printf '%s\n' "$*" | tee -a "$dir/figures"
}

progress() {
	printf '    %s\n' "$*" | shown
}

# part NAME COMMAND...: one of several checks in a stage, all of which run.
part() {
	local name=$1 status=0
	shift
	printf '%s\n' "-- $name"
	"$@" || status=$?
	if [ "$status" -ne 0 ]; then
		progress "$name: failed"
		part_failed=1
	fi
}

is_required() {
	[[ " ${REQUIRED[*]} " == *" $1 "* ]]
}

# assert_build VERSION: its pg_config.  SKIP is an answer only for versions
# that may be missing.
assert_build() {
	local version=$1 pg_config status=0
	pg_config=$("$here/postgres.sh" "$version" assert 2> >(sed -u 's/^postgres.sh: /    /' | shown >&2)) ||
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
	local version status missing=()
	for version in "${VERSIONS[@]}"; do
		status=0
		assert_build "$version" || status=$?
		case $status in
			0) ;;
			"$SKIP") missing+=("$version") ;;
			*) return 1 ;;
		esac
	done
	figure "PostgreSQL ${VERSIONS[*]}${missing[*]:+; no source of ${missing[*]}}"
	[ "${#missing[@]}" -eq 0 ] || return "$SKIP"
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
		pg_config=$(assert_build "$version") || status=$?
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

# regress MAKE_GOAL...: pg_regress, its output and its differences kept.
regress() {
	local status=0
	rm -rf test/results
	"$@" >"$dir/regress.out" 2>&1 || status=$?
	cat "$dir/regress.out"
	if [ -s test/results/regression.diffs ]; then
		cp test/results/regression.diffs "$dir/"
	fi
	return "$status"
}

tap() {
	local status=0
	PROVE_FLAGS=-v JBI_TAP_LOGS=$dir/tap-logs "$here/tap.sh" >"$dir/tap.out" 2>&1 || status=$?
	cat "$dir/tap.out"
	return "$status"
}

stage_check_debian() {
	debian_build
	part regress regress make check PG_CONFIG="$DEBIAN_PG"
	return "$part_failed"
}

check_version() {
	local pg_config
	pg_config=$(assert_build "$1")
	export PG_CONFIG=$pg_config
	part regress regress "$here/with_cluster.sh" make installcheck
	part tap tap
	return "$part_failed"
}

stage_demo() {
	make demo 2>&1 | shown
}

run_stage() {
	local name=$1
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
	local kind=$1 file=$2 ok bad name none=1
	[ -e "$file" ] || return 0
	while read -r ok bad name; do
		none=0
		passed=$((passed + ok))
		failed=$((failed + bad))
		if [ "$kind" = tap ]; then
			rows+=("$(printf '    %-8s %-32s %5d ok %5d failed' "$kind" "$name" "$ok" "$bad")")
		else
			rows+=("$(printf '    %-8s %-32s %s' "$kind" "$name" "$([ "$bad" -eq 0 ] && echo ok || echo FAILED)")")
		fi
		stage_ok=$((stage_ok + ok))
		stage_bad=$((stage_bad + bad))
	done < <("count_$kind" "$file")
	if [ "$none" -eq 1 ]; then
		rows+=("    no $kind test ran")
		return 1
	fi
}

show_failure() {
	printf '%s\n' "---- the end of ${dir#"$PWD/"}/log"
	tail -n 60 "$dir/log"
	if [ -e "$dir/regression.diffs" ]; then
		printf '%s\n' "---- ${dir#"$PWD/"}/regression.diffs"
		head -n 200 "$dir/regression.diffs"
	fi
	printf '%s\n' '----'
}

# The stage gets a process group of its own, so that an interrupt can end all
# that it started; and it runs in the background, because errexit would be off
# in a condition.
supervise() {
	local name=$1 start=$SECONDS status=0 verdict text stage_ok=0 stage_bad=0
	dir=$results/$name
	rm -rf "$dir"
	mkdir -p "$dir"
	printf '== %s\n' "$name"
	set -m
	(
		set +m
		run_stage "$name"
	) 3>&1 >"$dir/log" 2>&1 </dev/null 8>&- &
	stage_group=$!
	set +m
	wait "$stage_group" || status=$?
	stage_group=

	local at=${#rows[@]}
	count regress "$dir/regress.out" || status=1
	count tap "$dir/tap.out" || status=1
	[ "$stage_bad" -eq 0 ] || [ "$status" -ne 0 ] || status=1
	case $status in
		0)
			verdict=ok
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
	text=$(printf '%-14s %-8s %5d s  %s' "$name" "$verdict" $((SECONDS - start)) "$text")
	printf '   %s\n' "$text"
	rows=("${rows[@]:0:at}" "$text" "${rows[@]:at}")
}

# shellcheck disable=SC2317 # called by trap
interrupted() {
	trap '' INT TERM HUP
	if [ -n "$stage_group" ]; then
		kill -TERM -- "-$stage_group" 2>/dev/null || true
		# It has servers to stop and directories to remove.
		timeout 20 bash -c "while kill -0 -- -$stage_group 2>/dev/null; do sleep 0.2; done" || true
	fi
	exit "$1"
}

list() {
	local stage
	for stage in "${STAGES[@]}"; do
		printf '%-14s %s\n' "${stage%%:*}" "${stage#*: }"
	done
}

main() {
	local stage chosen=()
	passed=0 failed=0 skipped=0 rows=()
	case ${1-} in
		--list)
			list
			exit 0
			;;
		-*)
			sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
			exit 2
			;;
	esac
	for stage in "$@"; do
		list | grep -q "^$stage " || die "no stage $stage; see $0 --list"
		chosen+=("$stage")
	done
	if [ $# -eq 0 ]; then
		chosen=("${STAGES[@]%%:*}")
	fi

	mkdir -p "$results"
	# pg_regress leaves its results in the checkout, and so do we.
	exec 8>"$results/lock"
	flock -n 8 || die "another run is at work in this checkout"
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
	trap 'interrupted 129' HUP

	for stage in "${chosen[@]}"; do
		supervise "$stage"
	done
	printf '\n%-14s %-8s %7s  %s\n' stage verdict time figures
	printf '%s\n' "${rows[@]}" ''
	printf '%d passed, %d failed%s\n' "$passed" "$failed" \
		"$([ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped")"
	[ "$failed" -eq 0 ]
}

main "$@"
