#!/bin/sh
# figures.sh DIR - a table of what the tests counted: the lines "# figure: GROUP | WHAT | FIGURE" of the
# logs below DIR, where those of a build are in a folder of its name. What several builds counted
# alike stands there once. No line is longer than 100 columns.
set -u
cd "$1" || exit 1
find . -name '*.log' ! -name test-suite.log -exec awk '
    /^# figure: / {
        sub(/^# figure: */, "")
        gsub(/ *[|] */, "\t")
        build = FILENAME; sub(/^\.\//, "", build); sub(/(\/|\.log).*/, "", build)
        print $0 "\t" build
    }' {} + | sort -u | awk -F '\t' '
    BEGIN { count = split("kill reload stop fault soak fuzz sandbox limits coverage", order, " ")
        for (i = 1; i <= count; i++) rank[order[i]] = i }
    {
        key = $1 "\t" $2 "\t" $3
        if (key in builds) builds[key] = builds[key] " " $4; else builds[key] = $4
    }
    END { for (key in builds) { split(key, part, "\t")
        printf "%02d\t%s\t%s\n", part[1] in rank ? rank[part[1]] : 99, key, builds[key] } }' |
    sort | awk -F '\t' '
    function put(first, text,    n, word, i, line) {
        line = first
        n = split(text, word, " ")
        for (i = 1; i <= n; i++) {
            if (length(line) + 1 + length(word[i]) > 100) { print line; line = sprintf("%40s", "") }
            line = line " " word[i]
        }
        print line
    }
    NR == 1 { print "\n== what was counted" }
    $2 != group { group = $2; print group }
    {
        what = $3 == last ? "" : $3
        last = $3
        if (length(what) > 37) { print "  " what; what = "" }
        put(sprintf("  %-38s", what), $4 " (" $5 ")")
    }'
