#!/bin/sh
# man.sh - TAP: the man pages are clean mdoc, and all that belong to the project are there.
set -u
SRCDIR=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
PAGES="fixup-milter.8 fixup-milter.conf.5 fixup-log.7 fixup-mta.7 fixup-profile.5 fixup-profiles.7 fixupctl.1"

if ! command -v mandoc >/dev/null 2>&1; then
    echo "ok 1 - man pages # SKIP there is no mandoc"
    echo "1..1"
    exit 0
fi

n=0
failed=0
result() # 0 or 1, name, what to say
{
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        failed=1
        echo "not ok $n - $2"
        printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

for page in $PAGES; do
    file=$SRCDIR/man/$page
    # A page of ours that is not installed yet is no fault; a section that ours alone has is none, and
    # that the machine's list of pages is older than a page is not ours.
    said=$(mandoc -T lint -W style "$file" 2>&1 |
        grep -v -e 'outdated mandoc.db lacks' -e 'STYLE: referenced manual not found' \
            -e 'STYLE: possible typo in section name')
    [ -z "$said" ]
    result $? "$page: mandoc -T lint" "$said"
    said=$(LC_ALL=C grep -n '[^ -~]' "$file")
    [ -z "$said" ]
    result $? "$page: ASCII, no tabs" "$said"
    # Each page of ours that is referred to exists.
    said=
    for other in $(sed -n 's/^\.Xr \(fixup[a-z.-]*\) \([1-8]\).*/\1.\2/p' "$file" | sort -u); do
        [ -f "$SRCDIR/man/$other" ] || said="$said $other"
    done
    [ -z "$said" ]
    result $? "$page: refers to pages that exist" "missing:$said"
done
echo "1..$n"
exit $failed
