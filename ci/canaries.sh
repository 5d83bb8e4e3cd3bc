#!/usr/bin/env bash
#
# ci/canaries.sh [NAME...]          all canaries, or those named
# ci/canaries.sh --find NAME        look through the corpus for an input that
#                                   shows the canary, and keep it
#
# Who trusts a smoke detector that was never tested?  A canary is a mistake that
# is planted into a private copy of the source (test/canaries/NAME.patch), and a
# tool that must find it: with this kind of report, in this file.  The same
# command has to pass on the source as it is.  The head of a patch says it all:
#
#   Plants: what the mistake is
#   Run: the command, in the copy
#   Report: what the tool has to say first (an extended regular expression)
#   In: the file that the report has to name, if the tool names any
#
# Most plant it in src/.  What only core could do wrong, to lose what was committed
# or to let two updates of a row pass each other, is planted in what the clients of
# crash and concurrency do: that their comparison can fail is what it shows.
#
# It fails if a patch does not apply any more, if nothing is reported, if
# something else is, and if the source as it is does not pass.
#
# From the environment:
#   CANARY_JOBS     how many at a time (default: one a processor)
#   KEEP=1          leave the directory behind, with all logs

set -euo pipefail
shopt -s nullglob

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
cd "$here/.."

readonly CANARIES=test/canaries
work=

# The canaries are about one build.
unset FUZZ_FLAVOURS FUZZ_VERSION

usage() {
	sed -n '3,/^$/s/^# \{0,1\}//p' "$here/canaries.sh" >&2
	exit 2
}

# field FIELD NAME: from the head of the canary's patch.
field() {
	sed -n -e '/^--- /q' -e "s/^$1: *//p" "$CANARIES/$2.patch"
}

# The files that a canary changes.
patched_files() {
	sed -n 's,^+++ [^/]*/\([^[:space:]]*\).*,\1,p' "$CANARIES/$1.patch"
}

# The checkout's own builds of the fuzz targets are brought up to date, so that a
# copy has to compile only what its patch changes.
make_template() {
	local tree=$work/template flavour
	say "building the source as it is"
	fuzz/run.sh build >/dev/null
	fuzz/run.sh build assert-tree >/dev/null
	copy_source . "$tree"
	cp -a ci fuzz stress valgrind "$tree/"
	for flavour in build/fuzz-*; do
		mkdir -p "$tree/$flavour"
		cp -p "$flavour"/*.[od] "$tree/$flavour/"
		# A program that is there need not be linked.
		touch -d tomorrow "$tree/$flavour"/{fuzz,replay,sweep}
	done
}

# plant NAME: a copy of the tree with the patch applied, without the objects that
# are out of date by it and the program that the command runs.
plant() {
	local name=$1 tree=$work/$1 file stale program=replay
	cp -a "$work/template" "$tree"
	patch -d "$tree" -p1 -s --no-backup-if-mismatch <"$CANARIES/$name.patch" || return 1
	while read -r file; do
		while read -r stale; do
			rm -f "${stale%.d}.o" "$stale"
		done < <(grep -lE "/$file( |\$)" "$tree"/build/fuzz-*/*.d)
	done < <(patched_files "$name")
	[[ "$(field Run "$name")" != *'run.sh sweep'* ]] || program=sweep
	rm -f "$tree"/build/fuzz-*/"$program"
}

# run_in TREE COMMAND LOG
run_in() {
	(cd "$1" && unset KEEP && exec bash -c "$2") >"$3" 2>&1 </dev/null
}

# tool COMMAND: its name, without directory and arguments; of a run.sh what it runs.
tool() {
	local words name
	read -ra words <<<"$1"
	while [[ "${words[0]-}" == *=* ]]; do
		words=("${words[@]:1}")
	done
	case ${words[0]-} in
		'') name=none ;;
		*/run.sh) name=${words[1]-${words[0]%/*}} ;;
		*) name=${words[0]##*/} ;;
	esac
	printf '%s\n' "${name%.sh}"
}

# run_clean COMMAND: run it on the source as it is.  Only once, and one run of a tool
# at a time, since it might still have something to build.
run_clean() {
	local known status=0
	known=$work/clean.$(cksum <<<"$1" | tr ' ' '-')
	(
		flock 9
		if [ ! -e "$known" ]; then
			run_in . "$1" "$known.log" || status=$?
			[ "$status" -eq 0 ] || show "$known.log"
			echo "$status" >"$known"
		fi
		exit "$(<"$known")"
	) 9>"$work/clean.$(tool "$1").lock"
}

# first_report LOG: what was reported first, a tab, and the file and line it was
# in: the innermost frame of ours.
first_report() {
	awk -v ours="$(cd src && printf '%s|' ./*.[ch])" '
		BEGIN {
			n = split(ours, files, "|")
			for (i = 1; i < n; i++)
				own[substr(files[i], 3)]
		}
		# Valgrind names files without their directories.
		function locate(name,    parts) {
			sub(/.*\//, "", name)
			split(name, parts, ":")
			if (parts[1] in own)
				place = "src/" parts[1] ":" parts[2]
		}
		what != "" && /^(READ|WRITE) of size/ { what = what ", " $1 " of size " $4 }
		what != "" && /^ *#[0-9]+ .*\/fuzz\/\.\.\/src\// { locate($NF) }
		what != "" && /^==[0-9]+== +(at|by) 0x.*\)$/ { gsub(/[()]/, "", $NF); locate($NF) }
		place != "" || what != "" && done { exit }
		what != "" { next }
		/ERROR: AddressSanitizer: / { what = $0; sub(/.*ERROR: /, "", what); sub(/ on .*/, "", what) }
		/: runtime error: / {
			what = $0; sub(/.*: runtime error: /, "runtime error: ", what)
			locate($1); done = 1
		}
		/^==[0-9]+== [A-Z]/ { what = $0; sub(/^==[0-9]+== /, "Valgrind: ", what) }
		/^complaint of / { what = $0; sub(/^complaint of [^:]*/, "complaint", what); done = 1 }
		/^TRAP: / { what = $0; done = 1 }
		/^the input took / { what = $0; done = 1 }
		# A table of complaints.
		/\| +complaint *$/ { table = 1; next }
		table && /\|/ { what = $0; sub(/.*\| */, "", what); done = 1 }
		/^psql:.* ERROR:  / { what = $0; sub(/.* ERROR:  /, "", what); done = 1 }
		/^psql:.*server closed the connection/ { what = $0; sub(/.*: /, "", what); done = 1 }
		# What pg_regress did not expect.
		/^\+ERROR:  / { what = substr($0, 2); done = 1 }
		/^(crash|concurrency)\.sh: / { what = $0; sub(/^[^:]*: /, "", what); done = 1 }
		# What is behind it says which.
		/^ *FAILED: / {
			what = $0; sub(/.*FAILED: /, "", what); done = 1
			for (i = 0; i < 2 && (getline line) > 0; i++)
				what = what "; " substr(line, 1, 60)
		}
		END { if (what != "") printf "%s\t%s\n", what, place }
	' "$1"
}

# is_caught NAME LOG: whether the report is the one that was to come.  It is left in
# the variables report and place, and the wanted file in file.
is_caught() {
	local name=$1 log=$2
	IFS=$'\t' read -r report place < <(first_report "$log") || true
	file=$(field In "$name")
	[[ "$report" =~ $(field Report "$name") ]] && [ "${place%:*}" = "$file" ]
}

row() {
	printf '%-21s %-7s %-10s %-16s %s\n' "$@"
}

# verdict NAME VERDICT TEXT: what the table says of a canary.  Where the tool names
# no file it is the one with the mistake.
verdict() {
	local name=$1 file=${place:-}
	if [ -z "$file" ]; then
		file="($(patched_files "$name" | paste -sd ' '))"
	fi
	row "$name" "$2" "$(tool "$(field Run "$name")")" "$file" "$(cut -c1-160 <<<"$3")" >"$work/$name.row"
	say "$(<"$work/$name.row")"
	[ "$2" = caught ]
}

# try NAME: the command on the source as it is, and with the canary.
try() {
	local name=$1 log=$work/$1.log run want report='' place='' file='' status=0
	run=$(field Run "$name")
	want=$(field Report "$name")
	if [ -z "$run" ] || [ -z "$want" ]; then
		verdict "$name" BROKEN "the patch says no command, or no report"
	elif ! plant "$name" >"$log" 2>&1; then
		verdict "$name" BROKEN "the patch does not apply: $(paste -sd ' ' "$log")"
	elif ! run_clean "$run"; then
		verdict "$name" UNCLEAN "$run fails without the canary"
	elif run_in "$work/$name" "$run" "$log"; then
		verdict "$name" MISSED "$run passes"
	elif ! is_caught "$name" "$log"; then
		show "$log"
		verdict "$name" MISSED "${report:-no report}; wanted: $want${file:+ in $file}"
	else
		verdict "$name" caught "$report"
	fi || status=1
	if [ "${KEEP:-0}" != 1 ]; then
		rm -rf "${work:?}/$name"
	fi
	return "$status"
}

show() {
	tail -n 40 "$1" | cut -c1-200 >&2
}

servers_first() {
	local name later=()
	for name in "$@"; do
		case $(field Run "$name") in
			fuzz/*) later+=("$name") ;;
			*) printf '%s\n' "$name" ;;
		esac
	done
	printf '%s\n' "${later[@]}"
}

# An input that ends the run with another report is passed over.
find_input() {
	local name=$1 run target files=() report='' place='' file='' last
	run=$(field Run "$name")
	[[ "$run" =~ ^(fuzz/run.sh\ (replay|valgrind)\ ([a-z_]+))\ $CANARIES/inputs/$name$ ]] ||
		die "$name runs no input of the fuzzer: $run"
	run=${BASH_REMATCH[1]} target=${BASH_REMATCH[3]}
	plant "$name"
	mapfile -t files < <(find "fuzz/corpus/$target" -type f -printf '%s %p\n' | sort -n | cut -d ' ' -f 2)
	while [ "${#files[@]}" -gt 0 ]; do
		if run_in "$work/$name" "$run ${files[*]}" "$work/$name.log"; then
			break
		fi
		last=$(sed -n 's/^\(fuzz\/corpus\/.*\) ([0-9]* bytes)$/\1/p' "$work/$name.log" | tail -n 1)
		[ -n "$last" ] || die "$(tail -n 5 "$work/$name.log")"
		if is_caught "$name" "$work/$name.log"; then
			cp "$last" "$CANARIES/inputs/$name"
			say "$last: $report${place:+ in $place}"
			return
		fi
		say "passing over $last: $report${place:+ in $place}"
		while [ "${files[0]}" != "$last" ]; do
			files=("${files[@]:1}")
		done
		files=("${files[@]:1}")
	done
	die "no input of fuzz/corpus/$target shows $name"
}

# shellcheck disable=SC2317 # called by trap
clean_up() {
	local status=$? children
	trap - EXIT
	trap '' INT TERM HUP
	mapfile -t children < <(jobs -p)
	if [ "${#children[@]}" -gt 0 ]; then
		kill -TERM -- "${children[@]/#/-}" 2>/dev/null || true
		wait
	fi
	if [ "${KEEP:-0}" = 1 ]; then
		say "kept $work"
	else
		rm -rf "$work"
	fi
	exit "$status"
}

prepare() {
	need clang llvm make patch valgrind
	work=$(mktemp -d "${TMPDIR:-/tmp}/canaries.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	chmod 755 "$work"
	make_template
}

main() {
	local names=("$@") name patches running=0 caught jobs=${CANARY_JOBS:-$(nproc)}
	if [ "${1-}" = --find ]; then
		[ $# -eq 2 ] || usage
		[ -e "$CANARIES/$2.patch" ] || die "there is no $CANARIES/$2.patch"
		prepare
		find_input "$2"
		return
	fi
	[[ "${1-}" != -* ]] || usage
	if [ $# -eq 0 ]; then
		patches=("$CANARIES"/*.patch)
		names=("${patches[@]##*/}")
		names=("${names[@]%.patch}")
	fi
	for name in "${names[@]}"; do
		[ -e "$CANARIES/$name.patch" ] || die "there is no $CANARIES/$name.patch"
	done
	prepare

	# Those that start a server take longest, so they come first.  A group of its own
	# for each, so that an interrupt ends all that it started.
	set -m
	for name in $(servers_first "${names[@]}"); do
		if [ "$running" -ge "$jobs" ]; then
			wait -n || true
			running=$((running - 1))
		fi
		(
			set +m
			trap - EXIT INT TERM HUP
			try "$name"
		) &
		running=$((running + 1))
	done
	set +m
	wait || true

	row canary verdict tool file 'reported first'
	for name in "${names[@]}"; do
		if [ ! -e "$work/$name.row" ]; then
			row "$name" BROKEN '' '' 'the run ended early' >"$work/$name.row"
		fi
		cat "$work/$name.row"
	done
	caught=$(cat "$work"/*.row | awk '$2 == "caught"' | wc -l)
	[ "$caught" -eq "${#names[@]}" ] ||
		die "$((${#names[@]} - caught)) of ${#names[@]} canaries were not caught"
	printf '%d canaries caught, clean build clean\n' "$caught"
}

main "$@"
