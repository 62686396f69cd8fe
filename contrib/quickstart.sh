#!/bin/sh
# quickstart.sh [--keep] - builds fixup-milter, attaches it to a private Postfix in a temporary
# directory, sends mail through it and shows what it found.
#
# Nothing of a mail server that this machine may have is read or changed. --keep leaves Postfix and
# the milter running, says how to send to them, and names the command that stops and removes them.
set -eu
SRCDIR=$(cd "$(dirname "$0")/.." && pwd)
. "$SRCDIR/contrib/lib.sh"

KEEP=
[ $# -le 1 ] || set -- "$*"
case "${1:-}" in
"") ;;
--keep) KEEP=--keep ;;
-h | --help)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
*)
    echo "quickstart.sh: $1: not an option" >&2
    echo "usage: quickstart.sh [--keep]" >&2
    exit 64
    ;;
esac

WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-quickstart.XXXXXX")
chmod 755 "$WORK"
trap '[ -e "$WORK/kept" ] || rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
LIB_LOG=$WORK/install.log
# shellcheck disable=SC2086
need $BUILD_PACKAGES $MAIL_PACKAGES
find_postfix "$WORK/postfix"
say "building (some ten seconds)"
build "$WORK/build"
say "starting Postfix and the milter in $WORK"
# Postfix's master needs root.
as_root env FX_SRCDIR="$SRCDIR" FX_BUILDDIR="$WORK/build" \
    FX_POSTFIX_ROOT="${FX_POSTFIX_ROOT:-}" PYTHONDONTWRITEBYTECODE=1 \
    "$(command -v python3)" "$SRCDIR/contrib/quickstart/run.py" $KEEP "$WORK"
