#!/bin/sh
# words.sh - TAP: rules of the house that a compiler does not know. Functions that are never
# called, sizes of files and functions, a comment at the head of each file, and which room may
# include what.
set -u
SRCDIR=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$SRCDIR" || exit 1

FORBIDDEN="strcpy strcat sprintf vsprintf strtok gets setlocale alloca assert"
FILE_LINES=500
FUNCTION_LINES=60

n=0
failed=0
result() # name, faults
{
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        failed=1
        echo "not ok $n - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}

files=$(find common milter tools -name '*.[ch]' | LC_ALL=C sort)
if [ -z "$files" ]; then
    echo "not ok 1 - there are sources"
    echo "1..1"
    exit 1
fi

# Comments, strings and characters are blanked first; what they say is nobody's call.
# shellcheck disable=SC2086
faults=$(awk -v words="$FORBIDDEN" '
    FNR == 1 { comment = 0 }
    {
        code = ""; line = $0; quote = ""
        while (line != "") {
            two = substr(line, 1, 2); c = substr(line, 1, 1); step = 1
            if (comment) { if (two == "*/") { comment = 0; step = 2 } }
            else if (quote != "") {
                if (c == "\\") step = 2
                else if (c == quote) quote = ""
            }
            else if (two == "/*") { comment = 1; step = 2 }
            else if (two == "//") break
            else if (c == "\"" || c == "\047") { quote = c; code = code " " }
            else code = code c
            line = substr(line, step + 1)
        }
        count = split(words, word, " ")
        for (i = 1; i <= count; i++)
            if (code ~ ("(^|[^A-Za-z0-9_])" word[i] "[ \t]*\\("))
                print FILENAME ":" FNR ": " word[i] "("
    }' $files)
result "no forbidden function" "$faults"

# shellcheck disable=SC2086
faults=$(awk -v most="$FILE_LINES" '
    FNR == 1 && NR > 1 && lines > most { print name ": " lines " lines" }
    { name = FILENAME; lines = FNR }
    END { if (lines > most) print name ": " lines " lines" }' $files)
result "no file over $FILE_LINES lines" "$faults"

# A function begins with a brace in the first column and ends with the next one there; its lines
# are those from its name on.
# shellcheck disable=SC2086
faults=$(awk -v most="$FUNCTION_LINES" '
    FNR == 1 { head = 0; open = 0 }
    /^[A-Za-z_]/ { head = FNR; what = $0 }
    /^{/ { open = head > 0 }
    /^}/ {
        if (open && FNR - head + 1 > most)
            print FILENAME ":" head ": " FNR - head + 1 " lines: " what
        open = 0; head = 0
    }' $files)
result "no function over $FUNCTION_LINES lines" "$faults"

# shellcheck disable=SC2086
faults=$(awk 'FNR == 1 && !/^\/\*/ { print FILENAME ": does not begin with a comment" }' $files)
result "every file begins with a comment" "$faults"

# includes ROOM: "FILE:LINE HEADER" for each #include "HEADER"
includes()
{
    find "$1" -name '*.[ch]' -exec awk '
        match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]*"/) {
            split($0, part, "\""); print FILENAME ":" FNR, part[2] }' {} +
}

# outside ROOM OTHER...: includes of ROOM that are found in none of the rooms named
outside()
{
    room=$1
    includes "$room" | LC_ALL=C sort | while read -r place header; do
        for in in "$@"; do
            [ -f "$in/$header" ] && continue 2
        done
        echo "$place: \"$header\""
    done
}
result "common includes only its own" "$(outside common)"
result "milter includes only its own and common's" "$(outside milter common)"
result "tools includes only its own and common's" "$(outside tools common)"

faults=$(find common tools -name '*.[ch]' -exec grep -Hn -E '^[[:space:]]*#[[:space:]]*include[[:space:]]*<libmilter/' {} +)
result "only milter includes libmilter" "$faults"

faults=$(find common -name '*.[ch]' -exec grep -Hn -E '^[[:space:]]*#[[:space:]]*include[[:space:]]*<(syslog|pthread|sys/socket|time)\.h>' {} +)
result "common includes no clock, thread, socket or syslog header" "$faults"

echo "1..$n"
exit $failed
