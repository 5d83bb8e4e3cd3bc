#!/usr/bin/env bash
#
# ci/with_cluster.sh [-o NAME=VALUE]... COMMAND [ARGUMENT...]
#
# Run COMMAND against a private cluster that has the extension installed, and
# return its exit status.  Nothing outside one temporary directory is touched:
# no installed PostgreSQL, no running server, no build result in the checkout.
#
#   -o NAME=VALUE   a server setting.  Without any, the server runs with the
#                   settings that suit tests (fsync off); with one or more it
#                   has PostgreSQL's defaults and these, so that whoever
#                   measures knows what is measured.
#
# From the environment:
#   PG_CONFIG       the PostgreSQL to take (default: pg_config)
#   CC, COPT        compiler and extra flags for the extension
#   KEEP=1          leave the directory behind
#   JBI_SOURCE      the source tree (default: the one this script is in)
#   JBI_SERVER_WRAPPER
#                   a script to start the server with: it gets the server's
#                   command line as arguments, and JBI_PRIVATE_ROOT
#   TMPDIR          where the directory is made (default: /tmp)
#
# COMMAND finds PG_CONFIG, PATH, PGHOST, PGPORT, PGUSER (a superuser) and
# PGDATABASE set, and in JBI_PRIVATE_ROOT the directory: a copy of the
# PostgreSQL installation, and in build/ the sources and what was made of them.

set -euo pipefail
shopt -s extglob

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/lib.sh
. "$here/lib.sh"

root=
child=
options=()

usage() {
	sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

# The usual way to fill a gap, for a PostgreSQL of the distribution.
advise() {
	local version=$1
	printf 'on Debian: apt-get install -y postgresql-%s postgresql-server-dev-%s make gcc' \
		"$version" "$version"
}

# Debian's pg_config in /usr/bin is a wrapper; the real one knows its own place.
find_postgres() {
	local given=${PG_CONFIG:-pg_config} bindir version file
	have "$given" || die "no $given; $(advise 15)"
	bindir=$("$given" --bindir)
	version=$(pg_version "$given")
	for file in "$bindir"/{pg_config,postgres,initdb,pg_ctl,psql} \
		"$("$given" --includedir-server)/postgres.h" \
		"$("$given" --pgxs)"; do
		[ -e "$file" ] ||
			die "PostgreSQL $version lacks $file; $(advise "$version")"
	done
	have make || die "no make; $(advise "$version")"
	printf '%s\n' "$bindir/pg_config"
}

# PostgreSQL finds its files relative to its own binary, symbolic links
# resolved.  So a copy that keeps the layout works wherever it stands, and
# installing into it leaves the original alone.  Real copies and not links: the
# server's user may be unable to follow them (a build below /root).
copy_postgres() {
	local pg_config=$1 libdir dir what
	for what in bindir sharedir pkglibdir includedir-server; do
		dir=$("$pg_config" "--$what")
		mkdir -p "$root$dir"
		cp -a "$dir/." "$root$dir/"
	done
	# What our own builds keep for checks.
	dir=$(dirname "$("$pg_config" --bindir)")/tools
	if [ -d "$dir" ]; then
		cp -a "$dir" "$root$dir"
	fi
	# The rest of libdir may be all of the system's libraries.
	libdir=$("$pg_config" --libdir)
	mkdir -p "$root$libdir"
	find "$libdir" -maxdepth 1 \( -name 'libpq.*' -o -name 'libpg*' \) \
		-exec cp -a -t "$root$libdir" {} +
	export LD_LIBRARY_PATH="$root$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
}

check_copy() {
	local pg_config=$1 what path
	for what in bindir sharedir pkglibdir includedir-server pgxs; do
		path=$("$pg_config" "--$what")
		[[ "$path" == "$root"/* && -e "$path" ]] ||
			die "the copy of PostgreSQL does not stand alone: --$what is $path"
	done
}

# Bitcode for the JIT would take longer than the rest of the build.
quiet_make() {
	COPT="$(copt "${CC-}" "${COPT-}")" \
		own_make -s -C "$1" -j "$(nproc)" PG_CONFIG="$PG_CONFIG" ${CC:+CC="$CC"} with_llvm=no "${@:2}"
}

build_and_install() {
	local dir log=$root/build.log
	for dir in "$root/build" "$root"/build/test/modules/*/; do
		[ -f "$dir/Makefile" ] || continue
		if ! quiet_make "$dir" all >"$log" 2>&1 ||
			! quiet_make "$dir" install >>"$log" 2>&1; then
			cat "$log" >&2
			die "building ${dir#"$root/build"} failed"
		fi
		grep -A5 'warning:' "$log" >&2 || true
	done
}

write_settings() {
	local conf=$1 option value
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$root/socket'"
		echo "unix_socket_permissions = 0700"
		if [ "${#options[@]}" -eq 0 ]; then
			echo "fsync = off"
			echo "synchronous_commit = off"
			echo "max_wal_size = 4GB"
		fi
		for option in ${options[@]+"${options[@]}"}; do
			value=${option#*=}
			printf "%s = '%s'\n" "${option%%=*}" "${value//"'"/"''"}"
		done
	} | as_server_user tee -a "$conf" >/dev/null
}

# pg_ctl starts what is named postgres beside it.  It also asks that for its
# version, which is not worth the wrapper.
wrap_server() {
	local bindir=$1
	cp "$JBI_SERVER_WRAPPER" "$root/wrapper"
	chmod 755 "$root/wrapper"
	mv "$bindir/postgres" "$bindir/postgres.wrapped"
	cat >"$bindir/postgres" <<-EOF
		#!/bin/sh
		[ "\${1-}" != -V ] || exec "$bindir/postgres.wrapped" -V
		export JBI_PRIVATE_ROOT="$root"
		exec "$root/wrapper" "$bindir/postgres.wrapped" "\$@"
	EOF
	chmod 755 "$bindir/postgres"
}

start_server() {
	local bindir=$1 log=$root/log/server.log
	mkdir "$root/data" "$root/socket" "$root/log"
	chmod 700 "$root/data" "$root/socket"
	if is_root; then
		chown "$(server_user):" "$root/data" "$root/socket" "$root/log"
	fi
	# The caller's directory may be closed to the server's user.
	cd "$root"
	as_server_user "$bindir/initdb" -D "$root/data" -U postgres -A trust -N \
		--encoding=UTF8 --no-locale >"$root/initdb.log" 2>&1 || {
		cat "$root/initdb.log" >&2
		die "initdb failed"
	}
	write_settings "$root/data/postgresql.conf"
	if [ -n "${JBI_SERVER_WRAPPER:-}" ]; then
		wrap_server "$bindir"
	fi
	as_server_user "$bindir/pg_ctl" -D "$root/data" -l "$log" -w -t 300 start \
		>/dev/null 2>&1 </dev/null || {
		cat "$log" >&2 || true
		die "the server did not start"
	}
	cd "$OLDPWD"
}

# shellcheck disable=SC2317 # called by trap
clean_up() {
	local status=$?
	trap - EXIT
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM "$child" 2>/dev/null || true
	fi
	if [ -f "$root/data/postmaster.pid" ]; then
		(cd "$root" && as_server_user "$PG_BINDIR/pg_ctl" -D "$root/data" \
			-m immediate -w stop >/dev/null 2>&1) || true
	fi
	if [ "${KEEP:-0}" = 1 ]; then
		say "kept $root"
	else
		rm -rf "$root"
	fi
	exit "$status"
}

make_root() {
	root=$(mktemp -d "${TMPDIR:-/tmp}/jbi.XXXXXX")
	root=$(cd "$root" && pwd -P)
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	chmod 755 "$root"
	# A socket's name holds 107 bytes.
	[ "${#root}" -le 80 ] || die "$root is too long for a socket; set TMPDIR=/tmp"
	(cd / && as_server_user test -x "$root") ||
		die "user $(server_user) cannot enter $root; set TMPDIR=/tmp"
}

# A shell runs its traps only after a foreground command has ended, so COMMAND
# runs in the background.  It gets back what a background command loses: its
# standard input and the interrupt of the keyboard.
run_command() {
	local status
	(
		trap - INT
		exec "$@"
	) <&0 &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	return "$status"
}

while getopts 'o:h' opt; do
	case $opt in
		o)
			[[ "$OPTARG" == *=* ]] || usage
			options+=("$OPTARG")
			;;
		*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage

installed=$(find_postgres)
# The server's user has to be able to read what we make, whatever our own habits.
mask=$(umask)
umask 022
make_root
copy_postgres "$installed"
export PG_CONFIG="$root$installed"
PG_BINDIR=${PG_CONFIG%/*}
check_copy "$PG_CONFIG"
# The build happens on a copy as well: objects made for one version must never
# be met by the next.
copy_source "${JBI_SOURCE:-$here/..}" "$root/build"
build_and_install
start_server "$PG_BINDIR"
umask "$mask"

# Nothing of the caller's own connection settings may lead elsewhere, and an
# outer make's PG_CONFIG would override ours in an inner one.
unset PGHOSTADDR PGSERVICE PGSERVICEFILE PGPASSWORD PGDATA PGSSLMODE
export PATH="$PG_BINDIR:$PATH"
export PGHOST="$root/socket" PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
export JBI_PRIVATE_ROOT="$root"
if [ -n "${MAKEFLAGS-}" ]; then
	export MAKEFLAGS="${MAKEFLAGS//PG_CONFIG=*([^ ])/}"
fi

run_command "$@"
