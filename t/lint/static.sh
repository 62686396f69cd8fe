#!/bin/sh
# static.sh DIR - TAP: what gcc -fanalyzer, clang-tidy and cppcheck find in common/, milter/ and tools/
# is what t/lint/static.txt explains: no more, and no less. DIR has compile_flags.txt, one argument in a
# line; `make static` writes it. Whole kinds of findings that clang-tidy leaves out: .clang-tidy.
set -u
LC_ALL=C
export LC_ALL
SRCDIR=$(cd "${FX_SRCDIR:-$(dirname "$0")/../..}" && pwd)
dir=$(cd "$1" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$dir" || exit 1 # flags may have paths from here
set --
while IFS= read -r flag; do
    set -- "$@" "$flag"
done <compile_flags.txt

n=0
failed=0
# Two at a time, FILES for each command: look TOOL FILES COMMAND...
look()
{
    n=$((n + 1))
    tool=$1 files=$2
    shift 2
    if ! command -v "$1" >/dev/null 2>&1; then
        echo "ok $n - $tool # SKIP there is no $1"
        return
    fi
    start=$(date +%s)
    find "$SRCDIR/common" "$SRCDIR/milter" "$SRCDIR/tools" -name '*.c' | sort |
        xargs -P 2 -n "$files" "$@" >"$work/all" 2>&1
    status=$?
    sed "s|$SRCDIR/||g" "$work/all" >"$work/said"
    # FILE:LINE:COLUMN: KIND: TEXT [NAME]; a header's finding is told for each source that includes it
    sed -nE 's/^([a-z]+\/[a-z0-9_]+\.[ch]):([0-9:]+) (warning|error|style|portability|performance|information): .*\[([^]]*)\]$/\1 \4 \2/p' \
        "$work/said" | sort -u | awk '{ print $1, $2 }' | uniq -c | awk '{ print $2, $3, $1 }' |
        sed 's/ -Wanalyzer-/ /' | sort >"$work/found"
    awk -v tool="$tool" '$1 == tool { print $2, $3, $4 }' "$SRCDIR/t/lint/static.txt" |
        sort >"$work/explained"
    diff "$work/explained" "$work/found" >"$work/diff"
    differs=$?
    # a tool that fails without a finding has not done its work
    [ $status -eq 0 ] || [ -s "$work/found" ] || differs=1
    if [ $differs -eq 0 ]; then
        echo "ok $n - $tool: $(awk '{ s += $3 } END { print s + 0 }' "$work/found") findings, all explained"
    else
        failed=1
        echo "not ok $n - $tool: < explained, but not found; > found (file, what, how often)"
        { cat "$work/diff"; sed -n '1,400p' "$work/said"; } | sed 's/^/# /'
    fi
    echo "# $tool: $(($(date +%s) - start)) s"
}

look analyzer 1 gcc "$@" -fanalyzer -c -o /dev/null
look clang-tidy 6 clang-tidy --quiet -p "$dir"
for flag; do
    shift
    case $flag in -[DI]*) set -- "$@" "$flag" ;; esac
done
look cppcheck 40 cppcheck -q --std=c11 --enable=warning,portability,performance \
    --template='{file}:{line}:{column}: {severity}: {message} [{id}]' "$@"
echo "1..$n"
exit $failed
