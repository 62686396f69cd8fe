#!/bin/sh
# postfix-next.sh [TEST...] - the live tests of a build against the Postfix of the next Debian. TAP.
#
# FX_BUILDDIR has the build, FX_SRCDIR the sources. Packages of Debian 13, from the mirror that this
# machine uses, are unpacked into a temporary directory and none of them is configured, so nothing
# is installed and nothing started. The daemon and the tests run out here; Postfix alone runs in
# there (t/live/postfix.py, FX_POSTFIX_CHROOT). TESTs are names like "enforce"; without any, all but
# those of Sendmail and those to which the version of Postfix is nothing or that take long. The
# records that the tests leave are held against the schema.
# What cannot be had on this machine makes it one skipped test, with the reason.
set -u
FX_SRCDIR=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
FX_BUILDDIR=${FX_BUILDDIR:-$FX_SRCDIR}
PYTHON3=${PYTHON3:-python3}
PYTHONDONTWRITEBYTECODE=1
export FX_SRCDIR FX_BUILDDIR PYTHON3 PYTHONDONTWRITEBYTECODE
SUITE=trixie
PATIENCE=20 # seconds for the first answer of the mirror
LIMIT=150   # seconds for one test

WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-next.XXXXXX") || exit 73
chmod 755 "$WORK"
ROOT=$WORK/root
trap 'rm -rf --one-file-system "$WORK"' EXIT
trap 'exit 130' INT TERM

skip() # reason
{
    echo "ok 1 - the Postfix of Debian's $SUITE # SKIP $1"
    echo "1..1"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip "this needs root"
[ -x "$FX_BUILDDIR/fixup-milter" ] || skip "$FX_BUILDDIR/fixup-milter is not built"
command -v debootstrap >/dev/null 2>&1 || skip "debootstrap is missing"
unshare --mount true 2>/dev/null || skip "a mount namespace cannot be had here"
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 2>/dev/null |
    awk -v own="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" -v next_one="$SUITE" \
        '$2 == own || $2 == next_one { print $1; exit }')
[ -n "$mirror" ] || skip "apt knows no mirror of Debian"
wget -q -T "$PATIENCE" -t 1 -O "$WORK/InRelease" "${mirror%/}/dists/$SUITE/InRelease" ||
    skip "the mirror does not answer, or has no $SUITE"

# The first stage of debootstrap fetches the packages and unpacks some; nothing is configured.
debootstrap --foreign --variant=minbase --include=postfix,postfix-pcre "$SUITE" "$ROOT" "$mirror" \
    >"$WORK/log" 2>&1 || skip "debootstrap: $(tail -n 1 "$WORK/log")"
for package in "$ROOT"/var/cache/apt/archives/*.deb; do
    dpkg-deb --extract "$package" "$ROOT" || skip "$(basename "$package") cannot be unpacked"
done
# The accounts that the package base-passwd would make.
for table in passwd group; do
    cp "$ROOT/usr/share/base-passwd/$table.master" "$ROOT/etc/$table" || skip "no accounts"
done
version=$(chroot "$ROOT" /usr/sbin/postconf -d -h mail_version 2>/dev/null) ||
    skip "the unpacked Postfix does not run"
echo "# Postfix $version"

# The result lines of all tests, numbered through; one that ends before its plan has failed.
number=0
failed=0
run() # name, command
{
    name=$1
    shift
    FX_POSTFIX_CHROOT=$ROOT timeout "$LIMIT" "$@" >"$WORK/$name" 2>&1
    status=$?
    awk -v name="$name" -v number="$number" '
        /^(not )?ok / { sub(/ok [0-9]+ - /, "ok " ++number " - " name ": "); print; next }
        /^1\.\.[0-9]/ { next }
        { sub(/^(# )?/, "# "); print }' "$WORK/$name"
    number=$((number + $(grep -Ec '^(not )?ok ' "$WORK/$name")))
    if ! grep -q '^1\.\.' "$WORK/$name" ||
        { [ $status -ne 0 ] && ! grep -q '^not ok ' "$WORK/$name"; }; then
        number=$((number + 1))
        echo "not ok $number - $name: ended with exit $status"
        status=1
    fi
    [ $status -eq 0 ] || failed=1
}

if [ $# -eq 0 ]; then
    for test in "$FX_SRCDIR"/t/live/test_*.py; do
        test=${test##*/test_}
        case $test in
        # what is about the log, whatever the mail server, and what has none
        chain.py | heads.py | kill.py | log*.py | power.py | rsyslog.py) ;;
        body_memory.py | faults.py | injection.py | limits.py | manners.py | notify.py | outages.py) ;;
        sandbox.py) ;;
        bench.py | corpora.py | hold_load.py | milter_load.py | *sendmail.py | sta*.py) ;;
        *) set -- "$@" "${test%.py}" ;;
        esac
    done
fi
for test in "$@"; do
    run "$test" "$PYTHON3" "$FX_SRCDIR/t/live/test_$test.py"
done
set --
for log in "$FX_BUILDDIR"/records/postfix.test_*.jsonl; do
    [ ! -s "$log" ] || set -- "$@" "$log"
done
if "$PYTHON3" -c 'import jsonschema' 2>/dev/null; then
    run records "$PYTHON3" "$FX_SRCDIR/t/schema/validate.py" "$@"
fi
echo "1..$number"
exit $failed
