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

readonly CHECKS=(layout cppcheck clang_tidy scan_build gcc_analyzer analysers shellcheck versions install_script hosts paths)

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

# PostgreSQL's headers stay out: cppcheck would look at each of their
# configurations.  ElfW is of the C library.
run_cppcheck() {
	local sources
	mapfile -t sources
	cppcheck --quiet --std=c99 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingInclude --suppress=missingIncludeSystem \
		-D'ElfW(type)=Elf64_##type' -I src --error-exitcode=1 "${sources[@]}"
}

check_cppcheck() {
	files "${ANALYSED[@]}" | run_cppcheck
}

# What those analysers compile with that do read PostgreSQL's headers.
set_flags() {
	local pg_config
	pg_config=$("$here/postgres.sh" 18 assert)
	flags=(-std=gnu99 -D_GNU_SOURCE -O2 -Wall -Wextra -DJBI_VERSION='"lint"'
		-isystem "$("$pg_config" --includedir-server)" -I src -include "$here/palloc.h")
}

# each COMMAND...: run it for each file named on stdin, {} being the file.
each() {
	tr '\n' '\0' | xargs -0 -P "$(nproc)" -I '{}' "$@"
}

# The checks are listed, with reasons, in .clang-tidy.
run_clang_tidy() {
	each clang-tidy --quiet '{}' -- "${flags[@]}" 2>&1 |
		{ grep -vE '^[0-9]+ warnings? generated' || true; }
}

check_clang_tidy() {
	set_flags
	files "${ANALYSED[@]}" | run_clang_tidy
}

run_gcc_analyzer() {
	each gcc "${flags[@]}" -fanalyzer -Wno-analyzer-malloc-leak -Werror \
		-fdiagnostics-plain-output -c -o /dev/null '{}'
}

# src/ alone: the test module includes all of it, and its arguments are not what
# the analyser can follow.
check_gcc_analyzer() {
	set_flags
	files 'src/*.c' | run_gcc_analyzer
}

# Beyond the defaults, which clang-tidy has, too.
readonly CLANG_CHECKERS=security,nullability,alpha.core.CastSize,alpha.core.PointerSub,\
alpha.core.SizeofPtr,alpha.security.ReturnPtrRange

run_scan_build() {
	local reports=$scratch/reports
	export -f each
	# shellcheck disable=SC2016 # CC is what scan-build sets
	scan-build --status-bugs -o "$reports" -enable-checker "$CLANG_CHECKERS" \
		bash -c 'each "$CC" "$@" -c -o /dev/null {}' bash "${flags[@]}"
}

# src/ alone: what .clang-tidy excuses in the test modules cannot be said here.
check_scan_build() {
	set_flags
	files 'src/*.c' | run_scan_build
}

# planted TOOL FAULT...: TOOL complains of the file with planted faults, and of
# each FAULT (a pattern).
planted() {
	local tool=$1 fault
	shift
	if "run_$tool" >"$scratch/found" 2>&1; then
		say "$tool does not fail"
		return 1
	fi <<<"$scratch/planted.c"
	for fault in "$@"; do
		if ! grep -qE "planted\.c:.*$fault" "$scratch/found"; then
			say "$tool does not find: $fault"
			cat "$scratch/found"
			return 1
		fi
	done
}

# What has never found anything may not be looking.  cppcheck is told nothing of
# pfree().
check_analysers() {
	set_flags
	cat src/scratch.c - >"$scratch/planted.c" <<-'EOF'

		extern int	jbi_planted_null(int n);
		extern int	jbi_planted_free(int n);

		int
		jbi_planted_null(int n)
		{
			const int  *nothing = NULL;

			return n > 3 ? *nothing : 0;
		}

		int
		jbi_planted_free(int n)
		{
			int		   *number = palloc(sizeof(int));

			*number = n;
			pfree(number);
			if (n > 3)
				pfree(number);
			return n;
		}
	EOF
	planted gcc_analyzer 'dereference of NULL' 'double-.?pfree'
	planted scan_build 'Dereference of null pointer' 'Attempt to free released memory'
	planted clang_tidy 'Dereference of null pointer' 'Attempt to free released memory'
	planted cppcheck 'Null pointer dereference'
}

check_shellcheck() {
	local scripts
	mapfile -t scripts < <(files '*.sh' .ci/run ci/mutate)
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

# The install script runs as a superuser in schemas that others may write to.  What
# adopts an object that is already there makes its owner's object ours
# (CVE-2022-2625); an operator, a query or a function body in SQL means what the
# schemas of the moment make of it (CVE-2018-1058).
check_install_script() {
	local scripts
	mapfile -t scripts < <(files 'sql/*.sql')
	perl -e '
		my $status = 0;
		my %rules = (
			"adopts what is there" => qr/\bOR\s+REPLACE\b|\bIF\s+(?:NOT\s+)?EXISTS\b/i,
			"an operator that is not OPERATOR(pg_catalog.…)" => qr{[-+*/<>=~!@#%^&|`?]+},
			"more than definitions" => qr/(?:\A|;)\s*\K(?!CREATE\b|ALTER\b|COMMENT\b|GRANT\b|REVOKE\b|\z)\w+/i,
			"a body in another language than C" => qr/\bLANGUAGE\s+(?!C\b)\S+|\bBEGIN\s+ATOMIC\b/i,
			"a search_path" => qr/\bsearch_path\b/i,
			"an owner in place of the caller" => qr/\bSECURITY\s+DEFINER\b/i,
			"a claim that errors tell nothing" => qr/(?<!NOT )\bLEAKPROOF\b/i);
		for my $file (@ARGV) {
			local $/;
			open my $handle, "<", $file or die "$file: $!\n";
			my $script = <$handle>;
			# Only line ends stay of comments, strings, qualified operators and what
			# an aggregate consists of.
			$script =~ s{^\\[^\n]* | --[^\n]* | /\*.*?\*/ | (\$\w*\$).*?\1 | \x27[^\x27]*\x27 |
				OPERATOR\(pg_catalog\.[^)]+\) |
				\b(?:SFUNC|STYPE|FINALFUNC|FINALFUNC_MODIFY|PARALLEL)\s=}{$& =~ tr/\n//cdr}gsexm;
			for my $what (sort keys %rules) {
				while ($script =~ /$rules{$what}/g) {
					printf "%s:%d: %s: %s\n", $file, 1 + (substr($script, 0, $-[0]) =~ tr/\n//), $what, $&;
					$status = 1;
				}
			}
		}
		exit $status;' "${scripts[@]}"
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
	need gcc clang-tools cppcheck clang-tidy shellcheck git perl
	# Here, so that clang-tidy finds its settings.
	mkdir -p results
	scratch=$(mktemp -d "$PWD/results/lint.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
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
