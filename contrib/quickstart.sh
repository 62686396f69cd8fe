#!/bin/sh
# quickstart.sh [--keep] - builds fixup-milter, attaches it to a private Postfix in a temporary
# directory, sends mail through it and shows what it found.
#
# Nothing of a mail server that this machine may have is read or changed. --keep leaves Postfix and
# the milter running until Enter is pressed (or the command is interrupted).
set -eu
SRCDIR=$(cd "$(dirname "$0")/.." && pwd)
. "$SRCDIR/contrib/lib.sh"

KEEP=
case "${1:-}" in
"") ;;
--keep) KEEP=--keep ;;
-h | --help)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
*)
    echo "usage: quickstart.sh [--keep]" >&2
    exit 64
    ;;
esac

WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-quickstart.XXXXXX")
chmod 755 "$WORK"
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
LIB_LOG=$WORK/install.log
# shellcheck disable=SC2086
need $BUILD_PACKAGES $MAIL_PACKAGES
find_postfix "$WORK/postfix"
say "building"
build "$WORK/build"
say "starting Postfix and the milter in $WORK"
# Postfix's master needs root.
set -- env FX_SRCDIR="$SRCDIR" FX_BUILDDIR="$WORK/build" \
    FX_POSTFIX_ROOT="${FX_POSTFIX_ROOT:-}" PYTHONDONTWRITEBYTECODE=1 \
    python3 "$SRCDIR/contrib/quickstart/run.py" $KEEP "$WORK/run"
as_root "$@"
