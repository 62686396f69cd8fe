#!/bin/sh
# run-tests.sh - installs what the tests need, builds, and runs all of them.
#
# Five builds in a temporary directory: gcc with every warning an error; gcc with -DNDEBUG, without
# SSE2, which counts the lines that run; gcc with ThreadSanitizer; gcc with AddressSanitizer and
# UndefinedBehaviorSanitizer; clang, without Redis and libpsl, which alone fuzzes, for seconds.
# The first runs the whole suite and the live tests with the Postfix of the next Debian, where that can
# be fetched. Those mostly wait for mail servers and clocks; behind them (nice) the other four are
# built, and the static checks, some tests under valgrind and make distcheck run, then the tests of the
# second build. After that the other builds run what they can tell more of (t/checks.am). At the end the
# quickstart, a table of what was counted, and the last line: "N passed, N failed", with ", N skipped"
# where some were.
set -u
SRCDIR=$(cd "$(dirname "$0")/.." && pwd)
. "$SRCDIR/contrib/lib.sh"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-tests.XXXXXX") || exit 73
chmod 755 "$WORK"
running='' beside=''
leave()
{
    for pid in $running $beside; do
        kill "$pid" 2>/dev/null
        wait "$pid"
    done
    rm -rf "$WORK"
}
trap leave EXIT
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
    step "$name" "$@"
    counted "$name"
}

# What a command says and how it ends is kept, for counted and tapped; with LIB_NICE as build:
# step NAME COMMAND...
step()
{
    log=$WORK/$(echo "$1" | tr ' ' -).log
    shift
    start=$(date +%s)
    ${LIB_NICE:-} "$@" >"$log" 2>&1 &
    running=$!
    wait "$running"
    status=$?
    running=
    echo "$status $(($(date +%s) - start))" >"${log%.log}.ended"
}

# Where the step NAME said what it said; sets status and seconds: ended NAME
ended()
{
    log=$WORK/$(echo "$1" | tr ' ' -).log
    read -r status seconds <"${log%.log}.ended"
}

counted()
{
    ended "$1"
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok - $1, $seconds s"
    else
        failed=$((failed + 1))
        echo "not ok - $1, $seconds s"
        tail -n 60 "$log"
    fi
}

# The suite of one build, or a part of it: suite NAME [TARGET]
suite()
{
    say "tests of the build: $1"
    run_suite "$@"
    told "$1"
}

run_suite()
{
    step "$1" make -C "$WORK/$1" -k -j4 "${2:-check}"
}

# What run_suite gave: told NAME
told()
{
    ended "$1"
    add "$1" "$(awk '/^# (PASS|FAIL|XPASS|ERROR|SKIP):/ { n[$2] += $3 }
        END { print n["PASS:"] + 0, n["FAIL:"] + n["XPASS:"] + n["ERROR:"], n["SKIP:"] + 0 }' "$log")"
    if [ "$p" -eq 0 ]; then
        tail -n 40 "$log"
        failed=$((failed + 1))
    fi
    [ "$f" -eq 0 ] || find "$WORK/$1" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + |
        while read -r trs; do
            echo "--- ${trs%.trs}"
            grep -E '^:test-result: (FAIL|ERROR|XPASS)' "$trs"
            grep -vE '^ok|^PASS|^:|^# figure' "${trs%.trs}.log" | tail -n 60
        done
}

# Adds up and says what a step of $seconds gave: add NAME "PASSED FAILED SKIPPED"
add()
{
    read -r p f s <<EOF
$2
EOF
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    echo "$1: $p passed, $f failed, $s skipped, $seconds s"
}

# A step that printed TAP: tapped NAME
tapped()
{
    ended "$1"
    grep -E '^# Postfix [0-9]|^# (common|milter)/|^ok .*# SKIP' "$log"
    grep -A 40 '^not ok' "$log" | head -n 120
    add "$1" "$(awk '/^ok .*# SKIP/ { s++; next } /^ok/ { p++ } /^not ok/ { f++ } /^1\.\./ { plan = 1 }
        END { print p + 0, f + !plan, s + 0 }' "$log")"
    grep -q '^1\.\.' "$log" || tail -n 40 "$log"
}

tap()
{
    say "$1"
    step "$@"
    tapped "$1"
}

# The live tests with the Postfix of the next Debian and the build DIR: next_postfix DIR
next_postfix()
{
    command -v debootstrap >/dev/null 2>&1 || install_packages debootstrap
    tap "next Postfix" as_root env FX_SRCDIR="$SRCDIR" \
        FX_BUILDDIR="$1" TMPDIR="$WORK" PYTHON3="${PYTHON3:-python3}" sh "$SRCDIR/t/fresh/postfix-next.sh"
}

build_kind()
{
    say "building: $1"
    case $1 in
    gcc) build "$WORK/gcc" --enable-werror --disable-fuzzers ;;
    lines) build "$WORK/lines" --enable-werror --disable-fuzzers --disable-sse2 --enable-coverage CPPFLAGS=-DNDEBUG ;;
    threads) build "$WORK/threads" --enable-werror --disable-fuzzers --enable-sanitizers=thread CFLAGS="-g -O1" ;;
    sanitizers) build "$WORK/sanitizers" --enable-werror --disable-fuzzers --enable-sanitizers CFLAGS="-g -O1" ;;
    clang) build "$WORK/clang" --enable-werror --enable-fuzzers --without-redis --without-libpsl CC=clang ;;
    esac
}

# What is done beside the tests of the first build.
aside()
{
    trap '[ -z "$running" ] || kill "$running"; exit 130' TERM
    LIB_NICE='nice'
    for kind in lines threads sanitizers clang; do
        build_kind "$kind"
    done
    step "static checks" make -C "$WORK/gcc" -s static
    step "memcheck" make -C "$WORK/gcc" -s memcheck MEMCHECK=short
    step "make distcheck" make -C "$WORK/lines" -s -j2 check-packed
    LIB_NICE='' # tests look at the clock, too
    run_suite lines check-coverage
}

build_kind gcc
# so that nothing more is built there while two look at it
make -C "$WORK/gcc" -s -j3 check TESTS= >"$WORK/gcc.log" 2>&1 || { cat "$WORK/gcc.log"; exit 70; }
aside &
beside=$!
suite gcc
next_postfix "$WORK/gcc"
wait "$beside" || exit 70
beside=
tapped "static checks"
tapped "memcheck"
told lines
tap "coverage" make -C "$WORK/lines" -s coverage
suite threads check-threads
suite sanitizers check-sanitizers
suite clang check-compiler
say "make distcheck, make install, quickstart"
counted "make distcheck"
count "make install with DESTDIR" sh "$SRCDIR/t/lint/install.sh" "$WORK/gcc" "$WORK/installed"
count "the quickstart" sh "$SRCDIR/contrib/quickstart.sh"

sh "$SRCDIR/contrib/figures.sh" "$WORK"
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
