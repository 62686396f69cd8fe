# shellcheck shell=sh disable=SC2034
# lib.sh - what quickstart.sh, run-tests.sh and staging/run.sh share. Sourced, not run.

# What the build needs, and what else the commands need (names of Debian 12).
BUILD_PACKAGES="gcc make libc6-dev autoconf automake pkg-config libmilter-dev libconfig-dev libssl-dev libsqlite3-dev libhiredis-dev libpsl-dev libseccomp-dev libjansson-dev zlib1g-dev libzstd-dev"
MAIL_PACKAGES="python3 netbase swaks libnet-ssleay-perl libio-socket-inet6-perl openssl ca-certificates"
TEST_PACKAGES="libcmocka-dev clang libclang-rt-dev python3-jsonschema miltertest mandoc nmap jq zstd binutils m4 libsasl2-modules procps e2fsprogs python3-yaml valgrind cppcheck clang-tidy gcovr"
# What single tests use, and say so where it is missing: the page of the report, the unit's score.
WANTED_PACKAGES="gnuplot-nox chromium chromium-driver fonts-dejavu-core tidy systemd"

say()
{
    printf '%s\n' "== $*"
}

# As root: the command; else through sudo, if there is one.
as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo -- "$@"
    else
        echo "This needs root: $*" >&2
        return 77
    fi
}

installed()
{
    [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# Installs those of the packages that are missing. A mail server is never among them.
need()
{
    if ! command -v apt-get >/dev/null 2>&1; then
        for tool in gcc make autoconf automake pkg-config python3; do
            command -v "$tool" >/dev/null 2>&1 || missing_tool=yes
        done
        [ -n "${missing_tool:-}" ] || return 0
        echo "There is no apt-get here. Please install what these packages of Debian hold:" >&2
        echo "  $*" >&2
        exit 69
    fi
    missing=
    for package in "$@"; do
        installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "installing:$missing"
    # shellcheck disable=SC2086
    install_packages $missing || { as_root apt-get -qq update && install_packages $missing; } || {
        echo "These packages could not be installed:$missing" >&2
        exit 69
    }
}

# Installs what is missing of the packages, where they can be had.
want()
{
    command -v apt-get >/dev/null 2>&1 || return 0
    missing=
    for package in "$@"; do
        installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "installing:$missing"
    # shellcheck disable=SC2086
    install_packages $missing || { as_root apt-get -qq update && install_packages $missing; } ||
        echo "These packages could not be installed; some tests will be skipped:$missing" >&2
}

install_packages()
{
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 "$@" >"${LIB_LOG:-/dev/null}" 2>&1
}

# find_postfix DIR: the system's Postfix programs serve where they are installed; else Debian's
# package is unpacked into DIR, and FX_POSTFIX_ROOT names it. Nothing is installed but libraries.
find_postfix()
{
    [ -x /usr/sbin/postfix ] && [ -x /usr/lib/postfix/sbin/master ] && return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "There is no Postfix here, and no apt-get to fetch its package with." >&2
        exit 69
    fi
    say "unpacking Debian's Postfix into $1 (it is not installed)"
    # shellcheck disable=SC2046
    need $(libraries_of postfix) $(libraries_of postfix-pcre)
    unpack "$1" postfix postfix-pcre || {
        echo "Debian's Postfix packages cannot be fetched." >&2
        exit 69
    }
    FX_POSTFIX_ROOT=$1
    export FX_POSTFIX_ROOT
}

# find_sendmail DIR: the same for Sendmail, FX_SENDMAIL_ROOT. Without apt-get its tests are skipped.
find_sendmail()
{
    [ -x /usr/libexec/sendmail/sendmail ] && [ -d /usr/share/sendmail/cf/m4 ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 0
    say "unpacking Debian's Sendmail into $1 (it is not installed)"
    # shellcheck disable=SC2046
    need $(libraries_of sendmail-bin)
    unpack "$1" sendmail-bin sendmail-base sendmail-cf || {
        echo "Debian's Sendmail packages cannot be fetched." >&2
        exit 69
    }
    FX_SENDMAIL_ROOT=$1
    export FX_SENDMAIL_ROOT
}

# find_redis DIR: the same for the Redis server, FX_REDIS_ROOT, its libraries with it; where there is
# none, its tests are skipped.
find_redis()
{
    [ -x /usr/bin/redis-server ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 0
    say "unpacking Debian's Redis into $1 (it is not installed)"
    # the server's program and its libraries are those of redis-tools
    # shellcheck disable=SC2046
    need $(libraries_of redis-tools)
    unpack "$1" redis-server redis-tools || {
        echo "Debian's Redis packages cannot be fetched." >&2
        exit 69
    }
    FX_REDIS_ROOT=$1
    export FX_REDIS_ROOT
}

# find_opendkim DIR: the same for OpenDKIM, FX_OPENDKIM_ROOT; its package would start a service.
find_opendkim()
{
    [ -x /usr/sbin/opendkim ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 0
    say "unpacking Debian's OpenDKIM into $1 (it is not installed)"
    # shellcheck disable=SC2046
    need $(libraries_of opendkim)
    unpack "$1" opendkim || {
        echo "Debian's OpenDKIM package cannot be fetched." >&2
        exit 69
    }
    FX_OPENDKIM_ROOT=$1
    export FX_OPENDKIM_ROOT
}

# find_program VARIABLE PROGRAM DIR PACKAGE: the same for a program of one package, which might start a
# service or a timer when it is installed; its tests are skipped where there is none.
find_program()
{
    [ -x "$2" ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 0
    say "unpacking Debian's $4 into $3 (it is not installed)"
    # shellcheck disable=SC2046
    need $(libraries_of "$4")
    unpack "$3" "$4" || {
        echo "Debian's $4 package cannot be fetched." >&2
        exit 69
    }
    export "$1=$3"
}

libraries_of()
{
    apt-cache depends "$1" | awk '$1 == "Depends:" && $2 ~ /^lib/ { print $2 }'
}

# unpack DIR PACKAGE...
unpack()
{
    mkdir -p "$1" && (
        cd "$1" || exit 1
        shift
        apt-get -qq -o APT::Sandbox::User=root download "$@" >/dev/null 2>&1 || exit 1
        for package in *.deb; do
            dpkg -x "$package" . || exit 1
        done
        rm -f ./*.deb
    )
}

# build DIR [CONFIGURE ARGUMENTS]: configures and builds out of the source tree; with LIB_NICE=nice, behind
# what else runs.
build()
{
    build_dir=$1
    shift
    [ -x "$SRCDIR/configure" ] || "$SRCDIR/bootstrap" >"$build_dir.log" 2>&1 || {
        cat "$build_dir.log" >&2
        exit 70
    }
    mkdir -p "$build_dir"
    { (cd "$build_dir" && ${LIB_NICE:-} "$SRCDIR/configure" -q "$@") &&
        ${LIB_NICE:-} make -C "$build_dir" -s -j2; } >"$build_dir.log" 2>&1 || {
        cat "$build_dir.log" >&2
        exit 70
    }
}
