#!/bin/sh
# figures.sh DIR - a table of what the tests counted: the lines "# figure: GROUP | WHAT | FIGURE" of the
# logs below DIR, with the build that each is from.
set -u
cd "$1" || exit 1
find . -name '*.log' ! -name test-suite.log -exec awk -F ' *[|] *' '
    BEGIN { count = split("kill reload stop fault soak fuzz sandbox limits coverage", order, " ")
        for (i = 1; i <= count; i++) rank[order[i]] = i }
    /^# figure: / {
        sub(/^# figure: */, "")
        build = FILENAME; sub(/^\.\//, "", build); sub(/(\/|\.log).*/, "", build)
        printf "%02d\t%-8s  %-52s  %s  (%s)\n", $1 in rank ? rank[$1] : 99, $1, $2, $3, build
    }' {} + | sort -u | cut -f 2- |
    awk '{ print (NR == 1 ? "\n== what was counted\n" : "") $0 }'
