#!/bin/sh
# run.sh - how do senders cope with such a firewall? A private Postfix for each profile, with the
# milter in enforce mode, takes what senders deliver, and what became of each message is printed.
#
#   sh contrib/staging/run.sh [-p PROFILE]... [--sender SENDER]... [--message NAME]...
#                             [--timeout SECONDS] [--wait SECONDS] [--keep DIR] [--json]
#
# SENDER is postfix, postfix-esmtp, swaks, smtp-source (these four are the default), or a command.
# NAME is plain, 8bit, utf8, long-field, long-name, signed, defer, drop, lose, fail, hold.
# PROFILE is one that fixupctl profiles lists, also with +VARIANT.
# contrib/staging/README says what they do, and what a command is given.
# Nothing of a mail server that this machine may have is read or changed. Postfix needs root.
# The run's folder stays: DIR, or one in TMPDIR, which is named at the end.
# Exit status: 0 the run is done, however the senders did; 1 mailboxes and records disagree; 64 and
# up for trouble, as in sysexits(3); 128 and the number of the signal that ended it.
set -u
SRCDIR=$(cd "$(dirname "$0")/../.." && pwd)
. "$SRCDIR/contrib/lib.sh"

case "${1:-}" in
-h | --help)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
if [ "$(id -u)" -ne 0 ]; then
    echo "run.sh: Postfix needs root, even a private one: sudo sh $0 $*" >&2
    exit 77
fi

# The folder stays, with what the run left in it, when the program says so by the file "kept".
clean()
{
    if [ -e "$WORK/kept" ]; then
        rm -rf "$WORK/kept" "$WORK/build" "$WORK/build.log" "$WORK/postfix" "$WORK/install.log"
    else
        rm -rf "$WORK"
    fi
}

# A signal is handed on, as SIGTERM: what runs beside a shell ignores SIGINT until it knows better.
# The program ends what it has started, and then so does this.
stop()
{
    signaled=$1
    [ -n "${!:-}" ] || exit "$1"
    kill -TERM "$!" 2>/dev/null
}

signaled=
WORK=
trap '[ -z "$WORK" ] || clean' EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM
case ${TMPDIR:=/tmp} in
*[!A-Za-z0-9./_+@-]*)
    echo "run.sh: TMPDIR, $TMPDIR: letters, digits and . / _ + @ - are all that its name may have" >&2
    exit 73
    ;;
esac
WORK=$(mktemp -d "$TMPDIR/fixup-staging.XXXXXX") || exit 73
chmod 755 "$WORK"
# shellcheck disable=SC2034
LIB_LOG=$WORK/install.log
if [ -z "${FX_BUILDDIR:-}" ] && [ -x "$SRCDIR/build/fixup-milter" ]; then
    FX_BUILDDIR=$SRCDIR/build
fi
{
    if [ -z "${FX_BUILDDIR:-}" ]; then
        # shellcheck disable=SC2086
        need $BUILD_PACKAGES $MAIL_PACKAGES
        say "building (some ten seconds)"
        build "$WORK/build"
        FX_BUILDDIR=$WORK/build
    fi
    command -v python3 >/dev/null 2>&1 || need python3
    [ -n "${FX_POSTFIX_ROOT:-}${FX_POSTFIX_CHROOT:-}" ] || find_postfix "$WORK/postfix"
} >&2

FX_SRCDIR=$SRCDIR FX_BUILDDIR=$FX_BUILDDIR PYTHONDONTWRITEBYTECODE=1 \
    "${PYTHON3:-python3}" "$SRCDIR/contrib/staging/staging.py" --work "$WORK" "$@" &
program=$!
while :; do
    wait "$program" 2>/dev/null
    status=$?
    kill -0 "$program" 2>/dev/null || break
done
exit "${signaled:-$status}"
