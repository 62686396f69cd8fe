#!/bin/sh
# run.sh [SECONDS [TARGET...]] - TAP: each fuzz target (all of them) for so many seconds, with
# libFuzzer; 3 when it is one test of many, and then always with the same seed.
#
# It begins with the seeds of the source tree, what was found once, what runs before have kept in
# t/fuzz/work of the build, and pieces of the messages in FX_CORPORA. An input that ends a target
# stays in t/fuzz/work/TARGET-*: mend the fault, and keep the input in t/fuzz/found/TARGET.
set -u
SRC=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/t/fuzz
BUILD=${FX_BUILDDIR:-.}/t/fuzz
SEED=
[ $# -gt 0 ] || SEED=-seed=1
SECONDS_EACH=${1:-3}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- body chain header signature taglist
n=0
failed=0

if [ ! -e "$BUILD/bin/stamp" ]; then
    echo "ok 1 - fuzz targets # SKIP no clang with libFuzzer (Debian: clang), or --disable-fuzzers"
    echo "1..1"
    exit 0
fi
mkdir -p "$BUILD/work"
[ -d "${FX_CORPORA:-}" ] &&
    "${PYTHON3:-python3}" "$SRC/make_seeds.py" "$FX_CORPORA" "$BUILD/work/corpora" | sed 's/^/# /'

for target in "$@"; do
    n=$((n + 1))
    log=$BUILD/work/$target.log
    mkdir -p "$BUILD/work/$target"
    dict=$SRC/signature.dict most=16384
    [ "$target" != body ] || { dict=$SRC/body.dict most=2048; } # bodies are repeated
    [ "$target" != chain ] || most=256                          # each octet is a record
    seeds=
    for dir in "$BUILD/work/corpora/$target" "$SRC/seeds/$target" "$SRC/found/$target"; do
        [ ! -d "$dir" ] || seeds="$seeds $dir"
    done
    # shellcheck disable=SC2086
    if "$BUILD/bin/$target" -max_total_time="$SECONDS_EACH" $SEED -max_len=$most -timeout=20 \
        -rss_limit_mb=2048 -print_final_stats=1 -dict="$dict" \
        -artifact_prefix="$BUILD/work/$target-" "$BUILD/work/$target" $seeds >"$log" 2>&1; then
        echo "ok $n - $target: $SECONDS_EACH seconds without a finding"
    else
        failed=1
        echo "not ok $n - $target: $SECONDS_EACH seconds without a finding"
        grep -vE '^#[0-9]' "$log" | tail -n 60 | sed 's/^/# /'
    fi
    awk '/ cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1)
                                               if ($i == "ft:") ft = $(i + 1) } }
        /number_of_executed_units/ { runs = $2 }
        END { print "# " runs + 0 " executions, cov " cov + 0 ", ft " ft + 0 }' "$log"
done
echo "1..$n"
exit $failed
