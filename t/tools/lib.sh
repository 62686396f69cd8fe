# shellcheck shell=sh
# lib.sh - what the tests of fixupctl share: a folder to work in, and lines of TAP. Sourced.
#
# FIXUPCTL is the program, SRCDIR the root of the source tree. `subcommand`, where it is set, comes
# before the arguments of each run. LC_ALL is fixed so that sort and messages are the same
# everywhere.

: "${FIXUPCTL:?the program to test}" "${SRCDIR:?the root of the source tree}"
case $FIXUPCTL in /*) ;; *) FIXUPCTL=$PWD/$FIXUPCTL ;; esac
SRCDIR=$(cd "$SRCDIR" && pwd) || exit 1
LC_ALL=C
FIXUP_PROFILE_PATH=$SRCDIR/etc/profiles
export LC_ALL FIXUP_PROFILE_PATH

work=$(mktemp -d "${TMPDIR:-/tmp}/fixupctl.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

count=0
failed=0
report() { # CODE WHAT
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=$((failed + 1))
        sed 's/^/# out: /' out | cut -c 1-200 | head -n 20
        sed 's/^/# err: /' err | cut -c 1-200 | head -n 20
    fi
}
run() { # CODE WHAT ARGUMENT...: stdout in out, stderr in err, exit code compared
    want=$1
    what=$2
    shift 2
    # shellcheck disable=SC2086 # one word or none
    "$FIXUPCTL" ${subcommand:-} "$@" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$want" ]
    report $? "$what (exit $want, got $got)"
}
is() { # VALUE WANTED WHAT
    [ "$1" = "$2" ]
    report $? "$3: $1"
}
has() { # FILE PATTERN WHAT
    grep -q -- "$2" "$1"
    report $? "$3"
}
hasnt() {
    ! grep -q -- "$2" "$1"
    report $? "$3"
}
