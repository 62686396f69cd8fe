#!/bin/sh
# run-tests.sh - installs what the tests need, builds, and runs all of them.
#
# Five builds in a temporary directory: gcc with every warning an error; gcc with -DNDEBUG, without
# SSE2, which counts the lines that run; gcc with ThreadSanitizer; gcc with AddressSanitizer and
# UndefinedBehaviorSanitizer; clang, without Redis and libpsl, which alone fuzzes, for seconds.
# The first runs the whole suite, the static checks, some tests under valgrind, and the live tests
# with the Postfix of the next Debian, where that can be fetched; the others run what they can tell
# more of (t/checks.am). Then make distcheck and the quickstart. At the end a table of what was counted,
# and the last line: "N passed, N failed", with ", N skipped" where some were.
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

# The suite of one build, or a part of it: suite NAME DIR [TARGET]
suite()
{
    say "tests of the build: $1"
    start=$(date +%s)
    make -C "$2" -k -j3 "${3:-check}" >"$2.check" 2>&1
    add "$1" "$(awk '/^# (PASS|FAIL|XPASS|ERROR|SKIP):/ { n[$2] += $3 }
        END { print n["PASS:"] + 0, n["FAIL:"] + n["XPASS:"] + n["ERROR:"], n["SKIP:"] + 0 }' "$2.check")"
    if [ "$p" -eq 0 ]; then
        tail -n 40 "$2.check"
        failed=$((failed + 1))
    fi
    [ "$f" -eq 0 ] || find "$2" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + |
        while read -r trs; do
            echo "--- ${trs%.trs}"
            grep -E '^:test-result: (FAIL|ERROR|XPASS)' "$trs"
            grep -vE '^ok|^PASS|^:|^# figure' "${trs%.trs}.log" | tail -n 60
        done
}

# Adds up and says what a step that began at $start gave: add NAME "PASSED FAILED SKIPPED"
add()
{
    read -r p f s <<EOF
$2
EOF
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    echo "$1: $p passed, $f failed, $s skipped, $(($(date +%s) - start)) s"
}

# A step that prints TAP: tap NAME COMMAND...
tap()
{
    name=$1 said=$WORK/$(echo "$1" | tr ' ' -).log
    shift
    say "$name"
    start=$(date +%s)
    "$@" >"$said" 2>&1
    grep -E '^# Postfix [0-9]|^# (common|milter)/|^ok .*# SKIP' "$said"
    grep -A 40 '^not ok' "$said" | head -n 120
    add "$name" "$(awk '/^ok .*# SKIP/ { s++; next } /^ok/ { p++ } /^not ok/ { f++ } /^1\.\./ { plan = 1 }
        END { print p + 0, f + !plan, s + 0 }' "$said")"
    grep -q '^1\.\.' "$said" || tail -n 40 "$said"
}

# The live tests against the next version of Postfix, with the build DIR: next_postfix DIR
next_postfix()
{
    command -v debootstrap >/dev/null 2>&1 || install_packages debootstrap
    tap "live tests with the Postfix of the next Debian" as_root env FX_SRCDIR="$SRCDIR" \
        FX_BUILDDIR="$1" TMPDIR="$WORK" PYTHON3="${PYTHON3:-python3}" sh "$SRCDIR/t/fresh/postfix-next.sh"
}

for kind in gcc lines threads sanitizers clang; do
    unset FX_SKIP_LIVE
    dir=$WORK/$kind
    say "building: $kind"
    case $kind in
    gcc) build "$dir" --enable-werror --disable-fuzzers ;;
    lines) build "$dir" --enable-werror --disable-fuzzers --disable-sse2 --enable-coverage CPPFLAGS=-DNDEBUG ;;
    threads) build "$dir" --enable-werror --disable-fuzzers --enable-sanitizers=thread CFLAGS="-g -O1" ;;
    sanitizers) build "$dir" --enable-werror --disable-fuzzers --enable-sanitizers CFLAGS="-g -O1" ;;
    clang) build "$dir" --enable-werror --enable-fuzzers --without-redis --without-libpsl CC=clang ;;
    esac
    case $kind in
    gcc)
        suite "$kind" "$dir"
        tap "static checks" make -C "$dir" -s static
        tap "memcheck" make -C "$dir" -s memcheck MEMCHECK=short
        next_postfix "$dir"
        ;;
    lines)
        suite "$kind" "$dir" check-coverage
        tap "coverage" make -C "$dir" -s coverage
        ;;
    threads) suite "$kind" "$dir" check-threads ;;
    sanitizers) suite "$kind" "$dir" check-sanitizers ;;
    clang) FX_SKIP_LIVE=1 suite "$kind" "$dir" ;;
    esac
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
