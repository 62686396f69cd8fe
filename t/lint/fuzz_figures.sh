#!/bin/sh
# fuzz_figures.sh - TAP: t/fuzz/run.sh prints a figure of a target that found nothing, and none of one that
# failed. The targets are two scripts in the place of programs.
set -u
TREE=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/t/fuzz/bin"
: >"$work/t/fuzz/bin/stamp"
for target in mime smtp; do
    cat >"$work/t/fuzz/bin/$target" <<'END'
#!/bin/sh
echo '#4 DONE cov: 10 ft: 20 corp: 1/1b'
echo 'stat::number_of_executed_units: 4'
case $0 in */smtp) exit 77 ;; esac
END
    chmod +x "$work/t/fuzz/bin/$target"
done
# a source tree of its own, so that no seeds are made of the whole one
mkdir -p "$work/src/t"
ln -s "$TREE/t/fuzz" "$work/src/t/fuzz"
FX_SRCDIR=$work/src FX_BUILDDIR=$work FX_CORPORA='' sh "$TREE/t/fuzz/run.sh" 1 mime smtp >"$work/out" 2>&1
status=$?
n=0
failed=0
result() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        failed=1
        echo "not ok $n - $2"
        sed 's/^/# said: /' "$work/out"
    fi
}
grep -q '^# figure: fuzz | mime | 4 executions, cov 10, ft 20 in 1 s$' "$work/out"
result $? "a target without a finding has a figure"
grep -q '^not ok 2 - smtp' "$work/out" && [ "$status" -ne 0 ]
result $? "one that failed is told as a fault"
! grep -q '^# figure: fuzz | smtp' "$work/out"
result $? "and has none"
echo "1..$n"
exit $failed
