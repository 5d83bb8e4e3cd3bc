# shellcheck shell=bash disable=SC2034,SC2154 # whoever sources this uses and sets the rest
# What demo and benchmark share: how a cascade is run in several ways.  Source it, with
# $here the directory of this file; it runs nothing.

# The full rebuild, re-aggregation, native SQL that searches and that knows the place, and ours.
cascade_ways=(rebuild reaggregation jsonb_set position jsonb_ivm)

# cascade_script WAY: the file with its statements.
cascade_script() {
	case $1 in
		jsonb_ivm*) echo "$here/cascade_$1.sql" ;;
		*) echo "$here/native/cascade_$1.sql" ;;
	esac
}

# cascade_way WAY ROUND: the variables of one run.
cascade_way() {
	printf '%s\n' "\\set way $1" "\\set round $2" "\\set script $(cascade_script "$1")"
}

# cascade_rounds FANOUT STEPS ROUNDS WAY...: what psql has to run.  One session runs
# everything, so that no way pays for a cold cache of the catalog.  Each round begins
# with another way.
cascade_rounds() {
	local fanout=$1 steps=$2 rounds=$3 round i
	shift 3
	printf '%s\n' "\\set fanout '$fanout'" "\\set cache warm" "\\set steps $steps" \
		"\\ir $here/cascade_expect.sql"
	for ((round = 1; round <= rounds; round++)); do
		for ((i = 0; i < $#; i++)); do
			cascade_way "${@:(i + round - 1) % $# + 1:1}" "$round"
			printf '%s\n' "\\ir $here/cascade_reset.sql" "\\ir $here/cascade_time.sql"
		done
	done
}
