#!/bin/sh
# run.sh [SECONDS [TARGET...]] - TAP: each fuzz target (all of them) for so many seconds, with
# libFuzzer; 2 when it is one test of many, and then always with the same seed. FUZZ_STREAM_SECONDS:
# so many for `stream`.
#
# It begins with the seeds of the source tree, what was found once, what runs before have kept in
# t/fuzz/work of the build, files of the source tree, and pieces of the messages in FX_CORPORA. An
# input that ends a target stays in t/fuzz/work/TARGET-*: mend the fault, and keep the input in
# t/fuzz/found/TARGET.
set -u
TREE=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
SRC=$TREE/t/fuzz
BUILD=${FX_BUILDDIR:-.}/t/fuzz
SEED=
[ $# -gt 0 ] || SEED=-seed=1
SECONDS_EACH=${1:-2}
[ $# -eq 0 ] || shift
rows() { # NAME MOST DICTIONARY MUTATOR
    sed -n 's/^FUZZ(\([a-z]*\), \([0-9]*\), \([a-z]*\), \([a-z]*\)).*/\1 \2 \3 \4/p' "$SRC/targets.def"
}
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(rows | cut -d ' ' -f 1)
n=0
failed=0

if [ ! -e "$BUILD/bin/stamp" ]; then
    echo "ok 1 - fuzz targets # SKIP no clang with libFuzzer (Debian: clang), or --disable-fuzzers"
    echo "1..1"
    exit 0
fi
mkdir -p "$BUILD/work"
seeds() {
    "${PYTHON3:-python3}" "$SRC/make_seeds.py" "$@" | sed 's/^/# /'
}
seeds tree "$TREE" "$BUILD/work/tree"
[ -d "${FX_CORPORA:-}" ] && seeds corpora "$FX_CORPORA" "$BUILD/work/corpora"

figure() { # TARGET SECONDS LOG: only of what found nothing, since no more than that was run
    awk -v target="$1" -v seconds="$2" '
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1)
                                              if ($i == "ft:") ft = $(i + 1) } }
        /number_of_executed_units/ { runs = $2 }
        END { printf "# figure: fuzz | %s | %d executions, cov %d, ft %d in %d s\n",
                     target, runs, cov, ft, seconds }' "$3"
}

for target in "$@"; do
    n=$((n + 1))
    log=$BUILD/work/$target.log
    seconds=$SECONDS_EACH
    # shellcheck disable=SC2046
    set -- $(rows | grep "^$target ")
    options="-max_len=$2 -dict=$SRC/$3.dict"
    if [ "$target" = stream ]; then
        seconds=${FUZZ_STREAM_SECONDS:-$seconds}
        options="$options -detect_leaks=0" # after each input: it has threads; at the end it is asked
    fi
    mkdir -p "$BUILD/work/$target"
    for dir in "$BUILD/work/tree/$target" "$BUILD/work/corpora/$target" "$SRC/seeds/$target" \
        "$SRC/found/$target"; do
        [ ! -d "$dir" ] || options="$options $dir"
    done
    # shellcheck disable=SC2086
    if "$BUILD/bin/$target" -max_total_time="$seconds" $SEED -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$BUILD/work/$target-" "$BUILD/work/$target" \
        $options >"$log" 2>&1; then
        echo "ok $n - $target: $seconds seconds without a finding"
        figure "$target" "$seconds" "$log"
    else
        failed=1
        echo "not ok $n - $target: $seconds seconds without a finding"
        grep -avE '^#[0-9]' "$log" | tail -n 60 | sed 's/^/# /'
    fi
done
echo "1..$n"
exit $failed
