#!/usr/bin/env bash
#
# ci/lint.sh [CHECK...]
#
# Everything about the sources that can be said without running them.  All
# checks run, even after one has failed.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
cd "$here/.."

readonly CHECKS=(layout cppcheck clang_tidy shellcheck versions hosts paths)

# What the analysers read: what is built against an installed server, which the
# sources of fuzz/ are not.
readonly ANALYSED=('src/*.c' 'test/*.c')

# The files of the repository, those not yet committed included.
files() {
	git ls-files -co --exclude-standard -- "$@" |
		while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
}

check_layout() {
	"$here/indent.sh" --check
}

check_cppcheck() {
	local sources
	mapfile -t sources < <(files "${ANALYSED[@]}")
	# PostgreSQL's headers stay out: cppcheck would look at each of their
	# configurations.  ElfW is of the C library.
	cppcheck --quiet --std=c99 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingInclude --suppress=missingIncludeSystem \
		-D'ElfW(type)=Elf64_##type' -I src --error-exitcode=1 "${sources[@]}"
}

# The checks are listed, with reasons, in .clang-tidy.
check_clang_tidy() {
	local pg_config include
	pg_config=$("$here/postgres.sh" 18 assert)
	include=$("$pg_config" --includedir-server)
	files "${ANALYSED[@]}" | xargs -P "$(nproc)" -I '{}' \
		clang-tidy --quiet '{}' -- -std=gnu99 -D_GNU_SOURCE -Wall -Wextra \
		-DJBI_VERSION='"lint"' -isystem "$include" -I src 2>&1 |
		{ grep -vE '^[0-9]+ warnings? generated' || true; }
}

check_shellcheck() {
	local scripts
	mapfile -t scripts < <(files '*.sh' .ci/run)
	shellcheck -x "${scripts[@]}"
}

# absent WHY PATTERN PATHSPEC...: no line may match.
absent() {
	local why=$1 pattern=$2
	shift 2
	if git grep --untracked -nIE -e "$pattern" -- "$@"; then
		say "$why"
		return 1
	fi
}

check_versions() {
	absent 'differences between versions belong into compat.h' \
		'PG_VERSION_NUM|PG_MAJORVERSION_NUM|CATALOG_VERSION_NO' \
		'*.[ch]' ':!src/compat.h' ':!test/modules/*/compat.h'
}

# Which mirror or registry to ask is a machine's business, not a repository's.
check_hosts() {
	absent 'no mirror or registry may be named' \
		'\<(deb|ftp[0-9]*|security|snapshot|apt|mirrors?|registry|packages|pypi|proxy)\.[a-z0-9-]+\.(org|com|net|io|dev)\>' .
}

check_paths() {
	absent 'a path of somebody'\''s machine' \
		"(^|[[:space:]\"'=:(\`])/(work|root|home|Users)/" .
}

main() {
	local check failures=0 start status
	need cppcheck clang-tidy shellcheck git perl
	[ $# -gt 0 ] || set -- "${CHECKS[@]}"
	for check in "$@"; do
		declare -F "check_$check" >/dev/null || die "no check $check; there are: ${CHECKS[*]}"
		start=$SECONDS status=0
		# In the background, because errexit would be off in a condition.
		"check_$check" &
		wait $! || status=$?
		if [ "$status" -eq 0 ]; then
			say "$check: ok, $((SECONDS - start)) s"
		else
			say "$check: FAILED"
			failures=$((failures + 1))
		fi
	done
	[ "$failures" -eq 0 ]
}

main "$@"
