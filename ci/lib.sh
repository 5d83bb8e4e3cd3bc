# shellcheck shell=bash
# ci/lib.sh: what the scripts under ci/ share.  Source it; it runs nothing.

# Everything a person reads goes to stderr: some scripts answer on stdout.
say() {
	printf '%s\n' "${0##*/}: $*" >&2
}

die() {
	say "$@"
	exit 1
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# await_group_end GROUP SECONDS: until all processes of a group are gone; fails if
# they are not by then.  They may have servers to stop and directories to remove.
await_group_end() {
	timeout "$2" bash -c "while kill -0 -- -$1 2>/dev/null; do sleep 0.2; done"
}

# own_make ARGUMENT...: make, without what a make that has called us hands down: its
# flags and variables are not meant for this one, and its jobserver is out of reach.
own_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make "$@"
}

# packages_missing PKG...: those of them that are not installed.
packages_missing() {
	local pkg
	for pkg in "$@"; do
		if [ "$(dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null)" != installed ]; then
			printf '%s\n' "$pkg"
		fi
	done
}

# need PKG...: see to it that these Debian packages are there.  Root gets them
# installed; anybody else is told the one line that does it.
need() {
	local missing
	have dpkg-query ||
		die "this needs a Debian system, or the equivalents of: $*"
	mapfile -t missing < <(packages_missing "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	is_root ||
		die "missing packages; as root run: apt-get install -y ${missing[*]}"
	say "installing ${missing[*]}"
	apt_install "${missing[@]}" >&2 ||
		die "could not install: ${missing[*]}"
}

# has_server_headers PG_CONFIG: it may be there without the server, or without what
# builds extensions.
has_server_headers() {
	have "$1" && [ -x "$("$1" --bindir)/postgres" ] && [ -e "$("$1" --pgxs)" ] &&
		[ -e "$("$1" --includedir-server)/postgres.h" ]
}

# need_postgres PKG...: these packages, and the server that PG_CONFIG names with what
# builds extensions for it.  Debian's can be had; another installation brings what it
# needs.
need_postgres() {
	local packages=("$@")
	case ${PG_CONFIG:-pg_config} in
		pg_config | /usr/bin/pg_config | /usr/lib/postgresql/15/bin/pg_config)
			has_server_headers "${PG_CONFIG:-pg_config}" ||
				packages+=(postgresql-15 postgresql-server-dev-15)
			;;
	esac
	need "${packages[@]}"
}

# The package lists of a fresh machine are empty or stale, so they are fetched
# first.  Another apt may be at work: wait for it instead of failing.  apt itself
# does not wait for whoever fetches lists.
apt_install() (
	apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
	export DEBIAN_FRONTEND=noninteractive
	exec 7>/run/lock/jsonb_ivm-apt
	flock 7
	"${apt[@]}" update 7>&- &&
		"${apt[@]}" install --no-install-recommends "$@" 7>&-
)

# pg_version PG_CONFIG: the major version.
pg_version() {
	"$1" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
}

# The server refuses to run as root, so root needs somebody else to run it.
server_user() {
	local user
	if ! is_root; then
		id -un
		return
	fi
	for user in postgres nobody; do
		if id "$user" >/dev/null 2>&1; then
			printf '%s\n' "$user"
			return
		fi
	done
	die "root needs an unprivileged user (postgres or nobody) to run a server"
}

# as_server_user COMMAND...: run it as server_user.  The caller's directory may
# be closed to that user: change to one that is not before calling this.
as_server_user() {
	local user
	if ! is_root; then
		"$@"
		return
	fi
	user=$(server_user)
	setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
		env HOME=/nonexistent USER="$user" LOGNAME="$user" "$@"
}

# copt CC FLAG...: the flags for COPT.  PGXS repeats the flags of the compiler
# that built PostgreSQL, and clang would warn of those that only gcc has.
copt() {
	local cc=$1
	shift
	if [[ "$cc" == *clang* ]]; then
		set -- "$@" -Wno-unknown-warning-option -Wno-ignored-optimization-argument
	fi
	printf '%s' "$*"
}

# copy_source SOURCE DESTINATION: what the extension is built and tested from,
# without what an earlier build left there, and readable by the server's user.
# Not git's list, since a release archive has none.
copy_source() {
	local source=$1 item items=()
	for item in Makefile src sql test; do
		[ ! -e "$source/$item" ] || items+=("$item")
	done
	mkdir -p "$2"
	(
		cd "$source" || exit
		# A test run beside us may touch a directory meanwhile: status 1.
		tar -c --mode=a+rX --warning=no-file-changed \
			--exclude='*.o' --exclude='*.so' --exclude='*.bc' \
			--exclude=test/results --exclude=tmp_check \
			"${items[@]}" ./*.control || [ $? -eq 1 ]
	) | tar -x --no-same-owner -C "$2"
}
