#!/bin/sh
# run-tests.sh - installs what the tests need, builds, and runs all of them.
#
# Four builds in a temporary directory, the quick one first: gcc with every warning an error; the
# same with -DNDEBUG; gcc with AddressSanitizer and UndefinedBehaviorSanitizer; clang, without Redis
# and libpsl, which alone fuzzes, for seconds.
# The first and the third run the whole suite, the others what needs no mail server; the first also
# runs the live tests with the Postfix of the next Debian, where that can be fetched. Then make
# distcheck and the quickstart. At the end a table of what was counted, and the last line: "N passed,
# N failed", with ", N skipped" where some were.
set -u
SRCDIR=$(cd "$(dirname "$0")/.." && pwd)
. "$SRCDIR/contrib/lib.sh"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-tests.XXXXXX") || exit 73
chmod 755 "$WORK"
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
LIB_LOG=$WORK/install.log
passed=0 failed=0 skipped=0

# shellcheck disable=SC2086
need $BUILD_PACKAGES $MAIL_PACKAGES $TEST_PACKAGES
# shellcheck disable=SC2086
want $WANTED_PACKAGES
find_postfix "$WORK/postfix"
find_sendmail "$WORK/sendmail"
find_redis "$WORK/redis"
find_opendkim "$WORK/opendkim"
find_program FX_LOGROTATE_ROOT /usr/sbin/logrotate "$WORK/logrotate" logrotate
find_program FX_RSYSLOG_ROOT /usr/sbin/rsyslogd "$WORK/rsyslog" rsyslog
# The tests use Debian's python3 with Debian's modules, whatever else is first in the path.
[ -x /usr/bin/python3 ] && PYTHON3=/usr/bin/python3 && export PYTHON3
export PYTHONDONTWRITEBYTECODE=1

# A step that is one test: count NAME COMMAND...
count()
{
    name=$1
    shift
    if "$@" >"$WORK/step.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok - $name"
    else
        failed=$((failed + 1))
        echo "not ok - $name"
        tail -n 60 "$WORK/step.log"
    fi
}

# The suite of one build: suite NAME DIR
suite()
{
    say "tests of the build: $1"
    start=$(date +%s)
    make -C "$2" -k -j3 check >"$2.check" 2>&1
    set -- "$1" "$2" $(awk '/^# (PASS|FAIL|XPASS|ERROR|SKIP):/ { n[$2] += $3 }
        END { print n["PASS:"] + 0, n["FAIL:"] + n["XPASS:"] + n["ERROR:"], n["SKIP:"] + 0 }' "$2.check")
    if [ "$3" -eq 0 ]; then
        tail -n 40 "$2.check"
        failed=$((failed + 1))
    fi
    if [ "$4" -gt 0 ]; then
        find "$2" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + |
            while read -r trs; do
                echo "--- ${trs%.trs}"
                grep -E '^:test-result: (FAIL|ERROR|XPASS)' "$trs"
                grep -vE '^ok|^PASS|^:|^# figure' "${trs%.trs}.log" | tail -n 60
            done
    fi
    passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
    echo "$1: $3 passed, $4 failed, $5 skipped, $(($(date +%s) - start)) s"
}

# The live tests against the next version of Postfix, with the build DIR: next_postfix DIR
next_postfix()
{
    say "live tests with the Postfix of the next Debian"
    start=$(date +%s)
    command -v debootstrap >/dev/null 2>&1 || install_packages debootstrap
    as_root env FX_SRCDIR="$SRCDIR" FX_BUILDDIR="$1" TMPDIR="$WORK" \
        PYTHON3="${PYTHON3:-python3}" sh "$SRCDIR/t/fresh/postfix-next.sh" >"$WORK/next.tap" 2>&1
    grep -E '^# Postfix [0-9]|^ok .*# SKIP' "$WORK/next.tap"
    grep -A 40 '^not ok' "$WORK/next.tap" | head -n 120
    # shellcheck disable=SC2046
    set -- $(awk '/^ok .*# SKIP/ { s++; next } /^ok/ { p++ } /^not ok/ { f++ } /^1\.\./ { plan = 1 }
        END { print p + 0, f + !plan, s + 0 }' "$WORK/next.tap")
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    echo "next Postfix: $1 passed, $2 failed, $3 skipped, $(($(date +%s) - start)) s"
}

for kind in gcc ndebug sanitizers clang; do
    unset FX_SKIP_LIVE
    say "building: $kind"
    case $kind in
    gcc) build "$WORK/gcc" --enable-werror --disable-fuzzers ;;
    ndebug) build "$WORK/ndebug" --enable-werror --disable-fuzzers --disable-sse2 CPPFLAGS=-DNDEBUG ;;
    sanitizers) build "$WORK/sanitizers" --enable-werror --disable-fuzzers --enable-sanitizers CFLAGS="-g -O1" ;;
    clang) build "$WORK/clang" --enable-werror --enable-fuzzers --without-redis --without-libpsl CC=clang ;;
    esac
    case $kind in ndebug | clang) export FX_SKIP_LIVE=1 ;; esac
    suite "$kind" "$WORK/$kind"
    [ "$kind" != gcc ] || next_postfix "$WORK/gcc"
done
say "make distcheck, make install, quickstart"
count "make distcheck" make -C "$WORK/gcc" -s distcheck
count "make install with DESTDIR" sh "$SRCDIR/t/lint/install.sh" "$WORK/gcc" "$WORK/installed"
count "the quickstart" sh "$SRCDIR/contrib/quickstart.sh"

sh "$SRCDIR/contrib/figures.sh" "$WORK"
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
