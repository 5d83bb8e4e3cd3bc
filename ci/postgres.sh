#!/usr/bin/env bash
#
# ci/postgres.sh VERSION FLAVOUR
#
# Get PostgreSQL VERSION from Debian's source packages, build it, and print the
# path of its pg_config on stdout; everything else goes to stderr.  The result
# is kept in ${XDG_CACHE_HOME:-~/.cache}/jsonb_ivm, so only the first call takes
# minutes.
#
#   VERSION   13, 15, 17 or 18: those that a Debian suite carries
#   FLAVOUR   assert         assertions, debug information, Valgrind's hooks
#             assert-tree    the same, its tree kept (see below); of the version
#                            whose backend the checks link, assert is that, too
#             asan           assertions, clang's AddressSanitizer, which sees palloc
#             asan-noassert  the same without assertions, as users run it
#
# What an asan flavour built runs with ASAN_OPTIONS=detect_leaks=0: PostgreSQL
# leaves it to the end of a process to free what it has.  Its tree, like that of
# assert-tree, stays in src/ below the installation, for what links the backend's
# objects.
#
# Exit status: 0, or 3 where the source of VERSION cannot be had (skip it), or
# anything else for a failure.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"

readonly NO_SOURCE=3
readonly LINKED_VERSION=15

usage() {
	sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

# The suite that carries the source package postgresql-VERSION.
suite_of() {
	case $1 in
		13) echo bullseye ;;
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo sid ;;
		*) return 1 ;;
	esac
}

# What makes a flavour: the compiler, its flags, options of configure, the
# packages it needs beyond those every build does, a header of ours and its place in
# src/include/, and whether the tree it was built in stays (as src/ in the
# installation) for what links the backend.
describe_flavour() {
	packages=()
	configure=()
	keep_tree=no
	case $1 in
		assert | assert-tree)
			cc=gcc
			cflags='-O1 -g'
			cppflags='-DUSE_VALGRIND'
			configure=(--enable-cassert --enable-debug --enable-tap-tests)
			packages=(gcc valgrind libipc-run-perl)
			header=$here/../valgrind/memcheck.h
			place=valgrind/memcheck.h
			[ "$1" = assert ] || keep_tree=yes
			;;
		asan | asan-noassert)
			cc=clang
			# Stack frames on the heap would defeat the stack depth check.
			cflags='-O1 -g -fno-omit-frame-pointer -fsanitize=address -fsanitize-address-use-after-return=never'
			cppflags='-U_FORTIFY_SOURCE -DCLOBBER_FREED_MEMORY='
			configure=(--enable-debug --enable-tap-tests)
			[ "$1" = asan-noassert ] || configure+=(--enable-cassert)
			packages=(clang llvm libclang-rt-dev libipc-run-perl)
			keep_tree=yes
			header=$here/../fuzz/memdebug.h
			place=utils/memdebug.h
			;;
		*) usage ;;
	esac
	configure+=(--without-icu --without-readline)
	# 13 cannot do lz4; later versions are not worth testing without it.
	if [ "$version" -ge 14 ]; then
		configure+=(--with-lz4)
		packages+=(liblz4-dev)
	fi
}

# The modules that tests look at tables, pages and indexes with.
readonly CONTRIB='pageinspect pgstattuple amcheck pg_stat_statements'

# The key holds everything that a result depends on and this script decides.
cache_key() {
	local sum
	sum=$(printf '%s\n' "$cc" "$cflags" "$cppflags" "${configure[@]}" "$CONTRIB" \
		"$keep_tree" "$(<"$header")" | sha256sum)
	printf 'postgresql-%s-%s-%s' "$version" "$flavour" "${sum:0:8}"
}

# The mirror that this machine already uses.  Other vendors' sources are told
# apart by the release they name.
mirror() {
	local codename
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v codename="$codename" '
			$2 == "main" && ($1 == codename || $1 ~ /^((old)*stable|testing|unstable|sid)$/) {
				print $3
				exit
			}'
}

# An apt of our own: the system's sources, lists and cache stay as they are,
# and the signatures are checked with the system's keyring.
private_apt() {
	apt-get -qq -o Dir::Etc::sourcelist="$work/apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$work/apt/state" -o Dir::State::status=/var/lib/dpkg/status \
		-o Dir::Cache="$work/apt/cache" \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
		-o Acquire::Retries=3 "$@" >&2
}

fetch_source() {
	local suite uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	suite=$(suite_of "$version")
	need dpkg-dev debian-archive-keyring xz-utils bzip2
	uri=$(mirror)
	if [ -z "$uri" ]; then
		say "no Debian mirror is set up here, so no source of PostgreSQL $version"
		return "$NO_SOURCE"
	fi
	mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial"
	echo "deb-src [signed-by=$keyring] $uri $suite main" >"$work/apt/sources.list"
	say "getting the source of PostgreSQL $version ($suite)"
	# apt-get update may succeed with a warning, and leave no list.
	if ! private_apt update || ! (cd "$work" &&
		private_apt source --download-only "postgresql-$version"); then
		say "the mirror gives no source of PostgreSQL $version"
		return "$NO_SOURCE"
	fi
	mkdir "$work/src"
	tar -x -C "$work/src" --strip-components=1 \
		-f "$(find "$work" -maxdepth 1 -name "postgresql-${version}_*.orig.tar.*" ! -name '*.asc')"
}

# step NAME COMMAND...: quiet while it goes well, and then how long it took.  In
# the background, because a shell hears signals only between foreground commands
# and a build takes minutes.
step() {
	local name=$1 start=$SECONDS log=$work/build.log
	shift
	"$@" >"$log" 2>&1 </dev/null &
	if ! wait $!; then
		tail -n 40 "$log" >&2
		die "PostgreSQL $version ($flavour): $name failed"
	fi
	say "PostgreSQL $version ($flavour): $name, $((SECONDS - start)) s"
}

build() {
	local module
	cd "$work/src"
	mkdir -p "src/include/${place%/*}"
	cp "$header" "src/include/$place"
	# The build runs what it has built.
	export ASAN_OPTIONS=detect_leaks=0
	step configure ./configure --quiet --prefix="$prefix" "${configure[@]}" \
		CC="$cc" CFLAGS="$cflags" CPPFLAGS="$cppflags"
	step build make -s -j "$(nproc)" -C src all
	# With the prefix already in them, the files go where the rename below
	# takes them from.
	step install make -s -C src install DESTDIR="$work/dest"
	for module in $CONTRIB; do
		step "contrib/$module" make -s -j "$(nproc)" -C "contrib/$module" \
			install DESTDIR="$work/dest"
	done
	keep_tools
	if [ "$keep_tree" = yes ]; then
		mv "$work/src" "$work/dest$prefix/src"
	fi
}

# What checks take from the source: Valgrind's suppressions, and from 16 on the
# formatter.
keep_tools() {
	local tools=$work/dest$prefix/tools
	mkdir "$tools"
	cp src/tools/valgrind.supp "$tools/"
	if [ -d src/tools/pg_bsd_indent ]; then
		step pg_bsd_indent make -s -C src/tools/pg_bsd_indent all
		cp src/tools/pg_bsd_indent/pg_bsd_indent \
			src/tools/pgindent/{pgindent,typedefs.list} "$tools/"
	fi
}

# shellcheck disable=SC2317 # called by trap
clean_up() {
	local running
	running=$(jobs -p)
	if [ -n "$running" ]; then
		kill "$running" 2>/dev/null || true
		wait
	fi
	rm -rf "$work"
}

main() {
	[ $# -eq 2 ] || usage
	version=$1 flavour=$2
	# One build does for both.
	if [ "$version $flavour" = "$LINKED_VERSION assert" ]; then
		flavour=assert-tree
	fi
	if ! suite_of "$version" >/dev/null; then
		say "no Debian suite carries the source of PostgreSQL $version"
		exit "$NO_SOURCE"
	fi
	describe_flavour "$flavour"

	# Copies of the result are run by other users.
	umask 022
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/jsonb_ivm
	prefix=$cache/$(cache_key)
	mkdir -p "$cache"
	if [ ! -d "$prefix" ]; then
		# Two callers must not build the same thing at once: the later one
		# waits, and then finds it there.  The lock goes with the process.
		exec 9>"$prefix.lock"
		flock -n 9 || {
			say "waiting for another build of PostgreSQL $version"
			flock 9
		}
	fi
	if [ ! -d "$prefix" ]; then
		work=$(mktemp -d "$cache/tmp.XXXXXX")
		trap clean_up EXIT
		trap 'exit 130' INT
		trap 'exit 143' TERM
		trap 'exit 129' HUP
		need make bison flex perl pkg-config zlib1g-dev libc6-dev "${packages[@]}"
		fetch_source
		build
		# The rename is what makes it complete.
		mv "$work/dest$prefix" "$prefix"
	fi
	printf '%s\n' "$prefix/bin/pg_config"
}

main "$@"
