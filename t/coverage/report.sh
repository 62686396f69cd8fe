#!/bin/sh
# report.sh DIR - TAP: how many lines of common/ and of milter/ the tests of the build DIR
# (--enable-coverage) ran, of the files the fifteen lowest, and whether that is enough: 95 % and 85 %.
set -u
SRCDIR=$(cd "${FX_SRCDIR:-$(dirname "$0")/../..}" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if ! command -v gcovr >/dev/null 2>&1; then
    echo "ok 1 - coverage # SKIP there is no gcovr"
    echo "1..1"
    exit 0
fi
cd "$1" || exit 1
gcovr -j 2 -r "$SRCDIR" --object-directory . -f '.*/common/' -f '.*/milter/' --csv -o "$work/lines.csv" ||
    exit 1
awk -F, -v lowest="sort -k 5n | head -n 15" -v least='common 95 milter 85' '
    NR == 1 { next }
    {
        room = substr($1, 1, index($1, "/") - 1)
        all[room] += $2; ran[room] += $3
        if ($2)
            printf "# %-32s %5d lines %6.1f %%\n", $1, $2, 100 * $3 / $2 | lowest
    }
    END {
        close(lowest)
        count = split(least, want, " ")
        for (i = 1; i < count; i += 2) {
            room = want[i]
            part = all[room] ? 100 * ran[room] / all[room] : 0
            if (part < want[i + 1]) failed = 1
            printf "%sok %d - %s/: at least %d %% of the lines\n", part < want[i + 1] ? "not " : "", ++n, room, want[i + 1]
            printf "# figure: coverage | %s | %.1f %% of %d lines\n", room, part, all[room]
        }
        print "1.." n
        exit failed
    }' "$work/lines.csv"
