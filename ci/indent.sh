#!/usr/bin/env bash
#
# ci/indent.sh [--check]
#
# Lay out the C files as PostgreSQL does, with PostgreSQL's own pgindent and
# pg_bsd_indent, or with --check only show what would change and fail.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
cd "$here/.."

# The release that the tools are taken from: another one may lay out otherwise.
readonly TOOLS_OF=18

# pg_bsd_indent parses no C and has to be told which names are types.  Those of
# PostgreSQL come with it; these are ours.
our_types() {
	sed -nE -e 's/^} ([A-Za-z_]+);.*/\1/p' \
		-e 's/^typedef .*[ *]([A-Za-z_]+);.*/\1/p' "$@" | sort -u | paste -sd ' '
}

main() {
	local check=no tools files file different=0
	case ${1-} in
		--check) check=yes ;;
		'') ;;
		*) die "usage: ci/indent.sh [--check]" ;;
	esac
	tools=$("$here/postgres.sh" "$TOOLS_OF" assert)
	tools=${tools%/bin/pg_config}/tools

	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	mapfile -t files < <(git ls-files -co --exclude-standard '*.[ch]')
	cp --parents "${files[@]}" "$work"
	(
		cd "$work"
		perl "$tools/pgindent" --indent="$tools/pg_bsd_indent" \
			--typedefs="$tools/typedefs.list" \
			--list-of-typedefs="$(our_types "${files[@]}")" "${files[@]}"
		# It takes the dot of a designated initializer for an operator.
		sed -i -E 's/,(\.[a-z_]+ = )/, \1/g' "${files[@]}"
	)
	for file in "${files[@]}"; do
		if ! cmp -s "$file" "$work/$file"; then
			different=1
			if [ "$check" = yes ]; then
				diff -u --label "$file" --label "$file (make indent)" "$file" "$work/$file" || true
			else
				cat "$work/$file" >"$file"
				say "$file"
			fi
		fi
	done
	if [ "$check" = yes ] && [ "$different" -eq 1 ]; then
		die "run: make indent"
	fi
}

main "$@"
