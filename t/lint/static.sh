#!/bin/sh
# static.sh DIR - TAP: what gcc -fanalyzer, clang-tidy and cppcheck find in common/, milter/ and tools/
# is explained where it is found, and nothing else is explained:
#     /* no fault: KIND[, KIND...]: REASON */
# at the end of the line of the finding, or alone on the line before it. KIND is the tool's own name of
# it, for gcc without -Wanalyzer-. DIR has compile_flags.txt, one argument in a line; `make static`
# writes it. Whole kinds of findings that clang-tidy leaves out: .clang-tidy.
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

# TOOL FILE:LINE KIND of each comment. A kind tells its tool: cppcheck's have no hyphen, those of
# clang-tidy begin with the name of their group. A comment in another form is a fault with every tool.
(cd "$SRCDIR" && find common milter tools -name '*.[ch]' | sort | xargs awk '
    function tool(kind) {
        if (kind !~ /-/)
            return "cppcheck"
        return kind ~ /^(bugprone|cert|clang|concurrency|misc|performance|portability)-/ ? "clang-tidy" : "gcc"
    }
    /\/\* no fault:/ {
        line = FNR + ($0 ~ /^[ \t]*\/\*/)
        if (match($0, /\/\* no fault: [A-Za-z0-9.,-][A-Za-z0-9., -]*: .*[^ ].* \*\/$/)) {
            kinds = substr($0, RSTART + 13)
            sub(/: .*/, "", kinds)
            n = split(kinds, kind, ", ")
            for (i = 1; i <= n; i++)
                print tool(kind[i]), FILENAME ":" line, kind[i]
        } else
            print "any", FILENAME ":" FNR, "(a comment in another form)"
    }') >"$work/comments"

n=0
failed=0
# Two at a time, one file for each, so that no file's findings hang on those beside it:
# look TOOL COMMAND...
look()
{
    n=$((n + 1))
    tool=$1
    shift
    if ! command -v "$1" >/dev/null 2>&1; then
        echo "ok $n - $tool # SKIP there is no $1"
        return
    fi
    start=$(date +%s)
    # the largest first, so that both end at about the same time
    find "$SRCDIR/common" "$SRCDIR/milter" "$SRCDIR/tools" -name '*.c' -exec wc -c {} + |
        awk '$2 != "total" { print $1, $2 }' | sort -rn | cut -d' ' -f2- |
        xargs -P 2 -n 1 "$@" >"$work/all" 2>&1
    status=$?
    sed "s|$SRCDIR/||g" "$work/all" >"$work/said"
    # FILE:LINE:COLUMN: KIND: TEXT [NAME]; a header's finding is told for each source that includes it
    sed -nE 's/^([a-z]+\/[a-z0-9_]+\.[ch]:[0-9]+):[0-9]+: (warning|error|style|portability|performance|information): .*\[([^]]*)\]$/\1 \3/p' \
        "$work/said" | sed 's/ -Wanalyzer-/ /' | sort -u >"$work/found"
    awk -v tool="$tool" '$1 == tool || $1 == "any" { sub(/^[a-z-]+ /, ""); print }' "$work/comments" |
        sort -u >"$work/explained"
    diff "$work/explained" "$work/found" >"$work/diff"
    differs=$?
    # a tool that has failed has not done its work; findings are no failure
    if [ $differs -eq 0 ] && [ $status -eq 0 ]; then
        echo "ok $n - $tool: $(awk 'END { print NR }' "$work/found") findings, all explained"
    else
        failed=1
        echo "not ok $n - $tool (status $status): < explained, but not found; > found, but not explained"
        { cat "$work/diff"; sed -n '1,400p' "$work/said"; } | sed 's/^/# /'
    fi
    echo "# $tool: $(($(date +%s) - start)) s"
}

look gcc gcc "$@" -fanalyzer -S -o /dev/null
# Nearly all of its time is the analyzer's, which looks at 225,000 states of a function by default: that
# takes more than twice as long, and found one thing more, in common/text.h, that gcc finds too.
look clang-tidy clang-tidy --quiet -p "$dir" --extra-arg=-Xclang --extra-arg=-analyzer-config \
    --extra-arg=-Xclang --extra-arg=max-nodes=75000
for flag; do
    shift
    case $flag in -[DI]*) set -- "$@" "$flag" ;; esac
done
look cppcheck cppcheck -q --std=c11 --enable=warning,portability,performance \
    --template='{file}:{line}:{column}: {severity}: {message} [{id}]' "$@"
echo "1..$n"
exit $failed
