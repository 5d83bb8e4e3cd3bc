#!/usr/bin/env bash
#
# fuzz/run.sh                       fuzz: every target, in every build
# fuzz/run.sh sweep [CASE]          every single damage of chosen values; or the one
#                                   case whose four numbers a failure has printed,
#                                   or of the value that the first of them is for
# fuzz/run.sh build [FLAVOUR]       only build; prints the directory
# fuzz/run.sh replay TARGET [FILE...]
#                                   run inputs, without FILE the target's corpus
# fuzz/run.sh valgrind TARGET [FILE...]
#                                   the same under Valgrind
# fuzz/run.sh gdb TARGET FILE       one input in the debugger
# fuzz/run.sh minimise TARGET FILE  make a crashing input smaller
# fuzz/run.sh merge TARGET          add to the corpus what the last runs found
#
# From the environment:
#   FUZZ_SECONDS    for all targets together (default: 600)
#   FUZZ_TARGET     one target instead of all
#   FUZZ_VERSION    of PostgreSQL (default: 15)
#   FUZZ_FLAVOURS   of its builds, which run at the same time (default: asan
#                   asan-noassert; the first one is for all other commands)
#   FUZZ_MINIMUM    percent of the executions that must reach the writer
#                   (default: 50)
#
# Logs, new inputs and crashes are left in results/fuzz/.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

readonly TARGETS=(update_where upsert_where merge_at_path has_path_changed damaged arguments splice selectors verify arrays merges patch)

seconds=${FUZZ_SECONDS:-600}
version=${FUZZ_VERSION:-15}
minimum=${FUZZ_MINIMUM:-50}
read -ra flavours <<<"${FUZZ_FLAVOURS:-asan asan-noassert}"
results=$here/../results/fuzz
running=()
total_executions=0
least_reached=100

# What PostgreSQL has at the end of a process is no leak, and frames on the heap
# would defeat its stack depth check.  What was freed is kept for one input, not more.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:quarantine_size_mb=16
export UBSAN_OPTIONS=print_stacktrace=1

usage() {
	sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

# build FLAVOUR: the directory with one program for each target.
build() {
	local flavour=$1 pg_config out log
	need clang llvm libclang-rt-dev make liblz4-dev zlib1g-dev
	pg_config=$("$here/../ci/postgres.sh" "$version" "$flavour")
	out=$here/../build/fuzz-$version-$flavour
	mkdir -p "$out"
	log=$out/build.log
	# Two callers must not link the same program at once.
	exec 9>"$out/lock"
	flock 9
	own_make -s -C "$here" -j "$(nproc)" PG_CONFIG="$pg_config" OUT="$out" >"$log" 2>&1 9>&- || {
		cut -c1-1000 "$log" >&2
		die "building the targets failed ($flavour)"
	}
	flock -u 9
	local target
	for target in "${TARGETS[@]}"; do
		if [ -x "$out/fuzz" ]; then
			ln -sf fuzz "$out/$target"
		fi
		mkdir -p "$out/replays"
		ln -sf ../replay "$out/replays/$target"
	done
	printf '%s\n' "$out"
}

check_target() {
	local target
	for target in "${TARGETS[@]}"; do
		[ "$target" != "$1" ] || return 0
	done
	die "there is no target $1; there are: ${TARGETS[*]}"
}

# fuzz_one PROGRAM TARGET SECONDS DIRECTORY: first what is known, without changes,
# then what follows from it.  A hang is told by the harness; the timeout is for the
# ones that it cannot tell.
fuzz_one() {
	local program=$1 target=$2 limit=$3 directory=$4
	local options=(-timeout=30 -rss_limit_mb=4096 "-artifact_prefix=$directory/")
	mkdir -p "$directory/corpus"
	stoppable "$directory/replay.log" "$program" "${options[@]}" -runs=0 \
		"$directory/corpus" "$here/corpus/$target" || return 1
	stoppable "$directory/fuzz.log" "$program" "${options[@]}" -max_total_time="$limit" \
		-dict="$here/jsonb.dict" -max_len=4096 -print_final_stats=1 \
		"$directory/corpus" "$here/corpus/$target"
}

# stoppable LOG COMMAND...: run it so that a signal to this shell ends it, too.
stoppable() {
	local log=$1 child
	shift
	"$@" >"$log" 2>&1 &
	child=$!
	# shellcheck disable=SC2064 # now, while it is known
	trap "kill $child 2>/dev/null; exit 143" TERM
	wait "$child"
}

# What a finished run says about itself; fails if too little of it got anywhere.
judge() {
	local target=$1 flavour=$2 log=$3 line executions reached rate
	line=$(sed -n 's/^target .*: \([0-9]*\) executions, \([0-9]*\) reached.*/\1 \2/p' "$log")
	read -r executions reached <<<"$line" || true
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	say "$(printf '%-17s %-14s %9d executions, %5d/s, %5.1f %% reached the %s' "$target" "$flavour" \
		"${executions:-0}" "${rate:-0}" \
		"$(awk -v a="${reached:-0}" -v b="${executions:-0}" 'BEGIN { print b ? 100 * a / b : 0 }')" \
		"$(case $target in has_path_changed) echo comparison ;; verify) echo entries ;; *) echo writer ;; esac)")"
	total_executions=$((total_executions + ${executions:-0}))
	if [ "${executions:-0}" -gt 0 ] && [ $((${reached:-0} * 100 / executions)) -lt "$least_reached" ]; then
		least_reached=$((${reached:-0} * 100 / executions))
	fi
	[ $((${reached:-0} * 100)) -ge $((${executions:-0} * minimum)) ] &&
		[ "${executions:-0}" -gt 0 ]
}

# The flavours of a target run side by side.
fuzz_target() {
	local target=$1 limit=$2 failures=0 i directory status pids=()
	for i in "${!flavours[@]}"; do
		directory=$results/$target-${flavours[i]}
		rm -f "$directory"/*.log
		fuzz_one "${programs[i]}/$target" "$target" "$limit" "$directory" &
		pids[i]=$!
		running+=("$!")
	done
	for i in "${!flavours[@]}"; do
		directory=$results/$target-${flavours[i]}
		status=0
		wait "${pids[i]}" || status=$?
		if [ "$status" -ne 0 ]; then
			say "FAILED: $target (${flavours[i]})"
			grep -hE -A 12 '^complaint|runtime error|ERROR: |the input took|Test unit written' \
				"$directory"/*.log | cut -c1-400 | head -n 60 >&2 || true
			say "the input and logs are in $directory; fuzz/README.md says what to do next"
			failures=1
		elif ! judge "$target" "${flavours[i]}" "$directory/fuzz.log"; then
			say "FAILED: $target (${flavours[i]}): under $minimum % of the executions reached anything"
			failures=1
		fi
	done
	running=()
	return "$failures"
}

# shellcheck disable=SC2317 # called by trap
clean_up() {
	if [ "${#running[@]}" -gt 0 ]; then
		kill -TERM "${running[@]}" 2>/dev/null || true
		wait
	fi
}

fuzz() {
	local flavour target limit failures=0 chosen=("${TARGETS[@]}")
	if [ -n "${FUZZ_TARGET:-}" ]; then
		check_target "$FUZZ_TARGET"
		chosen=("$FUZZ_TARGET")
	fi
	programs=()
	for flavour in "${flavours[@]}"; do
		programs+=("$(build "$flavour")")
	done
	limit=$((seconds / ${#chosen[@]}))
	[ "$limit" -ge 1 ] || limit=1
	say "${#chosen[@]} targets, $limit s each, PostgreSQL $version: ${flavours[*]}"
	for target in "${chosen[@]}"; do
		fuzz_target "$target" "$limit" || failures=$((failures + 1))
	done
	if [ "$failures" -gt 0 ]; then
		die "$failures of ${#chosen[@]} targets failed"
	fi
	say "${#chosen[@]} targets passed, $total_executions executions, at least $least_reached % of a target reached the writer"
}

# sweep [CASE]: in each build.
sweep() {
	local flavour out log failures=0
	mkdir -p "$results"
	for flavour in "${flavours[@]}"; do
		out=$(build "$flavour")
		log=$results/sweep-$flavour.log
		say "sweep, PostgreSQL $version: $flavour"
		# The reports of a sanitizer go to the log as well.
		if stoppable "$log" "$out/sweep" "$@"; then
			grep -E '^([0-9]+ images|outcomes)' "$log" | while read -r line; do say "$line"; done
		else
			say "FAILED: sweep ($flavour)"
			grep -hE -A 12 '^complaint|runtime error|ERROR: |the input took|the case' "$log" |
				cut -c1-400 | head -n 60 >&2 || true
			failures=1
		fi
	done
	return "$failures"
}

# inputs TARGET [FILE...]: the files, or all there is for the target.
inputs() {
	local target=$1
	shift
	if [ $# -gt 0 ]; then
		printf '%s\n' "$@"
	else
		printf '%s\n' "$here/corpus/$target"
	fi
}

main() {
	local command=${1-} target=${2-} out files
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	case $command in
		'')
			fuzz
			return
			;;
		sweep)
			shift
			sweep "$@" || die "the sweep failed; its logs are in $results"
			return
			;;
		build)
			build "${target:-${flavours[0]}}"
			return
			;;
		replay | valgrind | gdb | minimise | merge)
			[ -n "$target" ] || usage
			check_target "$target"
			shift 2
			mapfile -t files < <(inputs "$target" "$@")
			;;
		*) usage ;;
	esac
	case $command in
		replay)
			out=$(build "${flavours[0]}")
			"$out/replays/$target" "${files[@]}"
			;;
		valgrind)
			need valgrind
			out=$(build assert-tree)
			valgrind --quiet --leak-check=no --error-exitcode=1 \
				--suppressions="$("$here/../ci/postgres.sh" "$version" assert-tree |
					sed 's,bin/pg_config$,tools/valgrind.supp,')" \
				"$out/replays/$target" "${files[@]}"
			;;
		gdb)
			need gdb
			out=$(build "${flavours[0]}")
			gdb -ex run --args "$out/replays/$target" "${files[@]}"
			;;
		minimise)
			[ $# -eq 1 ] || usage
			out=$(build "${flavours[0]}")
			"$out/$target" -minimize_crash=1 -max_total_time=60 \
				-exact_artifact_path="$1.minimised" "$1"
			say "$1.minimised"
			;;
		merge)
			out=$(build "${flavours[0]}")
			work=$(mktemp -d)
			"$out/$target" -merge=1 -max_len=4096 "$work" "$here/corpus/$target" \
				"$results/$target"-*/corpus >"$work.log" 2>&1 || {
				cat "$work.log" >&2
				die "merging failed"
			}
			# What once crashed stays, under its name, whatever it covers.
			find "$here/corpus/$target" -type f ! -name 'crash-*' -delete
			cp "$work"/* "$here/corpus/$target/"
			rm -rf "$work" "$work.log"
			say "$(find "$here/corpus/$target" -type f | wc -l) inputs in fuzz/corpus/$target"
			;;
	esac
}

main "$@"
