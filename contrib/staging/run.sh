#!/bin/sh
# run.sh - how do senders cope with such a firewall? A private Postfix for each profile, with the
# milter in enforce mode, takes what senders deliver, and what became of each message is printed.
#
#   sh contrib/staging/run.sh [-p PROFILE]... [--sender SENDER]... [--message NAME]...
#                             [--timeout SECONDS] [--wait SECONDS] [--keep DIR] [--json]
#
# SENDER is postfix, swaks, smtp-source, or a command; README, "Staging", says what it is given.
# Nothing of a mail server that this machine may have is read or changed. Postfix needs root.
# Exit status: 0 the run is done, however the senders did; 1 mailboxes and records disagree; 64 and
# up for trouble, as in sysexits(3).
set -u
SRCDIR=$(cd "$(dirname "$0")/../.." && pwd)
. "$SRCDIR/contrib/lib.sh"

case "${1:-}" in
-h | --help)
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
if [ "$(id -u)" -ne 0 ]; then
    echo "run.sh: Postfix needs root, even a private one: sudo sh $0 $*" >&2
    exit 77
fi

WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-staging.XXXXXX") || exit 73
chmod 755 "$WORK"
trap '[ -e "$WORK/kept" ] || rm -rf "$WORK"' EXIT
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

# It goes on until the program has ended what it started.
trap : INT TERM
FX_SRCDIR=$SRCDIR FX_BUILDDIR=$FX_BUILDDIR PYTHONDONTWRITEBYTECODE=1 \
    "${PYTHON3:-python3}" "$SRCDIR/contrib/staging/staging.py" --work "$WORK" "$@" &
program=$!
trap 'kill -INT "$program" 2>/dev/null' INT
trap 'kill -TERM "$program" 2>/dev/null' TERM
while :; do
    wait "$program"
    status=$?
    kill -0 "$program" 2>/dev/null || break
done
exit "$status"
