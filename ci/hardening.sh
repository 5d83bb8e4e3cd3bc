#!/usr/bin/env bash
#
# ci/hardening.sh [CC...]
#
# Build the extension as users do, with each compiler (gcc and clang), and look
# at what came out: whether the module has what the Makefile means to give it.
# PG_CONFIG chooses the PostgreSQL (default: Debian's 15).

# Of the flags that the OpenSSF's compiler options hardening guide recommends, a
# module that a server loads cannot carry, or does not:
#
#   -fPIE -pie             are for programs; a module is -fPIC -shared, which is
#                          checked by there being no text relocation
#   -z nodlopen            forbids what the server does to load it
#   -fexceptions           is for programs that cancel threads
#   -D_GLIBCXX_ASSERTIONS  is for C++
#   -ftrivial-auto-var-init=zero
#                          clears the kilobyte of scratch memory on every call's
#                          stack, and makes Valgrind blind to what it is run for
#   -Wconversion           PostgreSQL's own macros do not survive it; lint.sh's
#                          analysers and UndefinedBehaviorSanitizer's
#                          implicit-conversion look for the same
#
# PostgreSQL itself gives -fwrapv and -fno-strict-aliasing, which are more than
# the guide's -fno-strict-overflow.  The compilers of Debian 12 lack
# -fstrict-flex-arrays (gcc 13, clang 16), which is taken where it is, and
# -fzero-init-padding-bits (gcc 15), which would do for padding what the writer
# does itself.  -mbranch-protection is for ARM.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"
cd "$here/.."

pg_config=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
failures=0

# no WHAT: a finding.
no() {
	say "$cc: $*"
	failures=$((failures + 1))
}

# The names that fmgr looks up: the magic block, the function that defines settings and, for each function that the
# SQL script declares, itself and its description.
wanted_symbols() {
	printf '%s\n' Pg_magic_func _PG_init
	sed -nE "s/^AS 'MODULE_PATHNAME', '([a-z0-9_]+)'.*/\1\npg_finfo_\1/p" "$tree"/sql/*.sql
}

check_symbols() {
	local difference
	difference=$(diff <(wanted_symbols | sort -u) \
		<(nm -D --defined-only --format=posix "$module" | cut -d ' ' -f 1 | sort)) ||
		no "what is exported is not what the SQL script wants (<) and no more (>):"$'\n'"$difference"
}

# Segments and the dynamic section.
check_layout() {
	local segments dynamic
	segments=$(readelf -lW "$module")
	dynamic=$(readelf -dW "$module")
	grep -q ' GNU_RELRO ' <<<"$segments" || no 'no GNU_RELRO segment (-z relro)'
	grep -qE '\(FLAGS_1\).* NOW\b' <<<"$dynamic" || no 'symbols are not resolved at once (-z now)'
	grep -qE '^ +GNU_STACK .* RW +0x' <<<"$segments" || no 'the stack is executable, or nothing is said of it (-z noexecstack)'
	! grep -qE '^ +[A-Z_]+ +0x.* RWE +0x' <<<"$segments" || no 'a segment is writable and executable'
	! grep -qE '\(FLAGS\).*TEXTREL|\(TEXTREL\)' <<<"$dynamic" || no 'there are text relocations'
	! grep -qE '\((RPATH|RUNPATH)\)' <<<"$dynamic" || no 'libraries are searched for along a path of its own'
	! grep -E '\(NEEDED\)' <<<"$dynamic" | grep -qv '\[libc\.so' ||
		no 'it needs other libraries than that of C'
}

# Functions with arrays on the stack check their guard.
check_stack_protector() {
	grep -q ' __stack_chk_fail\b' <<<"$(nm -D --undefined-only "$module")" ||
		no 'no stack guard is checked (-fstack-protector-strong)'
}

# The linker keeps the property only if the C library's start files have it,
# too, and Debian's have not.  So each object is asked.
check_cf_protection() {
	local object
	[ "$(uname -m)" = x86_64 ] || return 0
	for object in "$tree"/src/*.o; do
		grep -q 'x86 feature: IBT, SHSTK' <<<"$(readelf -nW "$object")" ||
			no "${object#"$tree/"} has no targets for indirect branches (-fcf-protection)"
	done
}

takes() {
	"$cc" -Werror "$1" -x c -c -o /dev/null - 2>/dev/null <<<'int x;'
}

# What leaves no trace in the module, or only where the code gives reason to.
# Each command that compiled something of src/ must have it.
check_flags() {
	local flag command commands
	local flags=(-O2 -Wall -Wextra -Wformat -Werror=format-security -fPIC -fvisibility=hidden -fwrapv
		-fno-strict-aliasing -fstack-protector-strong -fstack-clash-protection
		-fno-delete-null-pointer-checks)
	for flag in -fstrict-flex-arrays=3 -mbranch-protection=standard; do
		if takes "$flag"; then
			flags+=("$flag")
		else
			say "$cc does not take $flag"
		fi
	done
	commands=$(grep -E -- '-c -o src/[a-z0-9_]+\.o ' "$tree/log" || true)
	[ "$(grep -c . <<<"$commands")" -eq "$(find "$tree/src" -name '*.o' | wc -l)" ] ||
		no 'not every object was seen to be compiled'
	for flag in "${flags[@]}"; do
		while read -r command; do
			[[ " $command " == *" $flag "* ]] || {
				no "without $flag: ${command##* }"
				break
			}
		done <<<"$commands"
	done
}

# Fortification: the same command, given a source that has reason to be checked
# at run time, and none that level 2 would see.
check_fortification() {
	local command wanted=__memcpy_chk
	cat >"$tree/src/probe.c" <<-'END'
		#include <stdlib.h>
		#include <string.h>
		extern void *probe(const void *from, size_t room, size_t length);
		void *
		probe(const void *from, size_t room, size_t length)
		{
			char *to = malloc(room);
			return memcpy(to, from, length);
		}
	END
	command=$(grep -E -m 1 -- '-c -o src/layout\.o ' "$tree/log")
	(cd "$tree" && eval "${command//layout/probe}") >"$tree/probe.log" 2>&1 || {
		cat "$tree/probe.log" >&2
		no 'the probe for fortification does not compile'
		return
	}
	grep -q " $wanted\$" <<<"$(nm --undefined-only "$tree/src/probe.o")" ||
		no 'copies to memory of known size are not checked (-D_FORTIFY_SOURCE=3)'
	rm "$tree/src/probe.o"
}

# check CC: build and look.
check() {
	local before=$failures module
	cc=$1
	module=$tree/jsonb_ivm.so
	rm -rf "$tree"
	copy_source . "$tree"
	# One at a time, so that the commands in the log stay whole.
	own_make -C "$tree" PG_CONFIG="$pg_config" CC="$cc" with_llvm=no >"$tree/log" 2>&1 || {
		tail -n 40 "$tree/log" >&2
		die "building with $cc failed"
	}
	check_symbols
	check_layout
	check_stack_protector
	check_cf_protection
	check_fortification
	check_flags
	say "$cc: $([ "$failures" -eq "$before" ] && echo ok || echo FAILED)"
}

main() {
	local compiler
	need make gcc clang binutils
	if [ -z "${PG_CONFIG-}" ]; then
		need postgresql-15 postgresql-server-dev-15
	fi
	work=$(mktemp -d)
	tree=$work/tree
	trap 'rm -rf "$work"' EXIT
	[ $# -gt 0 ] || set -- gcc clang
	for compiler in "$@"; do
		check "$compiler"
	done
	[ "$failures" -eq 0 ] || die "$failures findings"
	say "$(wanted_symbols | wc -l) symbols exported and no more, all protections there ($*)"
}

main "$@"
