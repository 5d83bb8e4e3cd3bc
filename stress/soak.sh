#!/usr/bin/env bash
#
# stress/soak.sh [PIECES]     go on with the soak, by so many pieces or to its end
# stress/soak.sh status       what has been done so far
#
# Checks that take hours: 100,000 operations under Valgrind, 1,000,000 with the
# sanitizers, fuzzing for 4,800 seconds, 50 kills of a server under load.  They are
# done in pieces.  What a piece has shown is a file in results/soak/, so the soak may
# be stopped at any moment, and the next call goes on from there.  A piece takes the
# sources as they are when it begins, and the table says which they were.
#
# A piece that fails stays failed, its log in results/soak/log/; remove its file
# from results/soak/pieces/ and it is done again.
#
# From the environment:
#   SOAK_LOCK     a file that is locked (shared) while a piece runs, so that others
#                 can have the machine for themselves between two (default: none)
#   PG_CONFIG     the PostgreSQL for the kills (default: an assert build of 15)
#
# Exit status: 0 when all that was asked for has passed.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/../ci/lib.sh"

# In this order, when equal shares are done.
readonly KINDS=(crash fuzz valgrind asan)
# Pieces of a kind, and how much makes a piece: operations, seconds, kills.
declare -rA PIECES=([valgrind]=20 [asan]=20 [fuzz]=16 [crash]=5)
declare -rA AMOUNT=([valgrind]=5000 [asan]=50000 [fuzz]=300 [crash]=10)

readonly results=$here/../results/soak
child=

# The commit, and a mark of the tested sources if they are not those of it.
version_of_sources() {
	local commit
	commit=$(git -C "$here/.." rev-parse --short=10 HEAD 2>/dev/null) || commit=none
	if [ "$commit" = none ] || ! git -C "$here/.." diff --quiet HEAD -- src sql; then
		commit+=+$(cat "$here"/../src/*.[ch] "$here"/../sql/*.sql | sha256sum | cut -c1-10)
	fi
	printf '%s' "$commit"
}

done_of() {
	find "$results/pieces" -name "$1-*" | wc -l
}

# The kind of which the smallest share is done; nothing when all is.
next_kind() {
	local kind n share least=100 best=
	for kind in "${KINDS[@]}"; do
		n=$(done_of "$kind")
		share=$((100 * n / PIECES[$kind]))
		if [ "$share" -lt "$least" ]; then
			least=$share
			best=$kind
		fi
	done
	printf '%s' "$best"
}

# The first number that has no file: a failed piece may have been removed.
next_number() {
	local n
	for ((n = 1; ; n++)); do
		if [ ! -e "$results/pieces/$1-$(printf '%03d' "$n")" ]; then
			printf '%d' "$n"
			return
		fi
	done
}

# Every operation of the soak has a number of its own, all of one seed.
command_of() {
	local kind=$1 n=$2
	case $kind in
		valgrind | asan)
			command=(env STRESS_SEED="$seed" STRESS_FIRST=$(((n - 1) * AMOUNT[$kind] + 1))
				STRESS_OPS="${AMOUNT[$kind]}" "$here/run.sh" "$kind")
			;;
		fuzz)
			command=(env FUZZ_SECONDS="${AMOUNT[fuzz]}" "$here/../fuzz/run.sh")
			;;
		crash)
			command=(env PG_CONFIG="${PG_CONFIG:-$("$here/../ci/postgres.sh" 15 assert)}"
				CRASH_SEED=$((seed + 1000 * n)) CRASHES="${AMOUNT[crash]}" "$here/crash.sh")
			;;
	esac
	if [ -n "${SOAK_LOCK:-}" ]; then
		command=(flock -s "$SOAK_LOCK" "${command[@]}")
	fi
}

# What a log says, in one line.
figures() {
	local kind=$1 log=$2
	case $kind in
		valgrind | asan)
			grep -hE '^[0-9]+ operations, |^valgrind: ' "$log" | paste -sd ';'
			;;
		fuzz)
			awk '/ executions, / { for (i = 2; i <= NF; i++) if ($i == "executions,") n += $(i - 1) }
				END { printf "%.0f executions\n", n }' "$log"
			;;
		crash)
			awk '/^crash [0-9]+: / {
					kills++; committed += $3; flight += $6; wal += $9; wrong += $15 }
				END { printf "%d kills, %d transactions committed, %d in flight, %.0f bytes of WAL replayed, %d documents wrong\n",
					kills, committed, flight, wal, wrong }' "$log"
			;;
	esac
}

# The file of a piece: verdict, seconds, sources, seed, figures, by tabs.  It is
# there at once and whole, or not at all.
piece() {
	local kind=$1 n=$2 name log status=0 verdict=ok sources start=$SECONDS
	local command
	name=$kind-$(printf '%03d' "$n")
	log=$results/log/$name
	sources=$(version_of_sources)
	command_of "$kind" "$n"
	printf '%s %s, piece %d of %d: %d ' "$(date +%H:%M:%S)" "$kind" "$n" "${PIECES[$kind]}" "${AMOUNT[$kind]}"
	# In a process group of its own, so that it can be ended with all that it started.
	set -m
	nice "${command[@]}" >"$log" 2>&1 </dev/null &
	child=$!
	set +m
	wait "$child" || status=$?
	child=
	[ "$status" -eq 0 ] || verdict="FAILED ($status)"
	printf '%s\t%d\t%s\t%s\t%s\n' "$verdict" $((SECONDS - start)) "$sources" "$seed" \
		"$(figures "$kind" "$log")" >"$results/$name.new"
	mv "$results/$name.new" "$results/pieces/$name"
	printf '%s, %d s\n' "$verdict" $((SECONDS - start))
	if [ "$status" -ne 0 ]; then
		tail -n 30 "$log" >&2
	fi
}

table() {
	local kind file failed=0
	printf '%-9s %6s %6s %8s  %s\n' kind pieces failed seconds figures
	for kind in "${KINDS[@]}"; do
		find "$results/pieces" -name "$kind-*" -exec cat {} + | awk -F '\t' -v kind="$kind" -v of="${PIECES[$kind]}" '
			$1 != "ok" { failed++ }
			{ pieces++; seconds += $2 }
			# Sums of what is counted, in the order of the first line.
			{
				n = split($5, parts, /[,;] */)
				for (i = 1; i <= n; i++) {
					number = parts[i]; sub(/^valgrind: /, "", number); name = number
					sub(/ .*/, "", number); sub(/^[^ ]* /, "", name)
					if (number == "no") number = 0
					if (number !~ /^[0-9]+$/) continue
					if (!(name in sum)) order[++names] = name
					sum[name] += number
				}
			}
			END {
				for (i = 1; i <= names; i++)
					text = text sprintf("%s%.0f %s", i > 1 ? ", " : "", sum[order[i]], order[i])
				printf "%-9s %6s %6d %8d  %s\n", kind, (pieces + 0) "/" of, failed, seconds, text
			}'
	done
	printf 'seed %s; sources:' "$seed"
	find "$results/pieces" -type f -exec cut -f 3 {} + | sort | uniq -c |
		awk '{ printf " %s (%d pieces)", $2, $1 } END { print "" }'
	for file in "$results"/pieces/*; do
		case $(cut -f 1 "$file") in
			ok) ;;
			*)
				printf 'FAILED %s: see results/soak/log/%s\n' "${file##*/}" "${file##*/}"
				failed=1
				;;
		esac
	done
	return "$failed"
}

# shellcheck disable=SC2317 # called by trap
stop() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM -- "-$child" 2>/dev/null || true
		wait "$child" || true
		await_group_end "$child" 30 || true
	fi
	exit "$1"
}

main() {
	local kind limit=${1:-0} i
	shopt -s nullglob
	mkdir -p "$results/pieces" "$results/log"
	[ -s "$results/seed" ] || echo $((RANDOM * 32768 + RANDOM)) >"$results/seed"
	seed=$(cat "$results/seed")
	if [ "$limit" = status ]; then
		table
		return
	fi
	[[ "$limit" =~ ^[0-9]+$ ]] || {
		sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
		exit 2
	}
	exec 8>"$results/lock"
	flock -n 8 || die "another soak is at work in this checkout"
	trap 'stop 130' INT
	trap 'stop 143' TERM
	trap 'stop 129' HUP
	for ((i = 1; limit == 0 || i <= limit; i++)); do
		kind=$(next_kind)
		[ -n "$kind" ] || break
		piece "$kind" "$(next_number "$kind")" 8>&-
	done
	table
}

main "$@"
