#!/bin/sh
# replay.sh - TAP: the seeds of the fuzz targets, and every input that once ended one.
set -u
SRC=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}/t/fuzz
BUILD=${FX_BUILDDIR:-.}/t/fuzz
n=0
failed=0
targets=$(sed -n 's/^FUZZ(\([a-z]*\),.*/\1/p' "$SRC/targets.def")
for target in $targets; do
    for kind in seeds found; do
        files=$(find "$SRC/$kind/$target" -type f 2>/dev/null | LC_ALL=C sort)
        [ -n "$files" ] || continue
        n=$((n + 1))
        # shellcheck disable=SC2086
        if out=$("$BUILD/replay" "$target" $files 2>&1); then
            echo "ok $n - $target: $kind ($(echo "$files" | grep -c .))"
        else
            failed=1
            echo "not ok $n - $target: $kind"
            printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
        fi
    done
done
echo "1..$n"
exit $failed
