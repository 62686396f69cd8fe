#!/bin/sh
# run.sh BUILD TEST... - TAP: the tests under valgrind's memcheck. Nothing is read that was not
# written, nothing is used after it was freed, nothing is lost. A TEST that is a program runs under it;
# one that is a script sees the build with fixup-milter, fixupctl and run_cases under it.
# The C library and OpenSSL keep what they have until the end: only what nothing points to any more is
# lost (leak kind "definite").
set -u
SRCDIR=$(cd "${FX_SRCDIR:-$(dirname "$0")/../..}" && pwd)
build=$(cd "$1" && pwd) || exit 1
shift
if ! command -v valgrind >/dev/null 2>&1; then
    echo "ok 1 - memcheck # SKIP there is no valgrind"
    echo "1..1"
    exit 0
fi
work=$(mktemp -d) || exit 1
chmod 755 "$work"
mkdir -m 1777 "$work/said"
trap 'rm -rf "$work"' EXIT
# no trace of programs that a program starts: those are others'
under="valgrind -q --vgdb=no --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite"
under="$under --error-exitcode=9 --suppressions=$SRCDIR/t/memcheck/valgrind.supp --log-file=$work/said/%p"

# The build again, of links; the three programs are scripts.
view=$work/build
mkdir -p "$view/t/cases"
ln -s "$build"/* "$view/" 2>/dev/null
rm -f "$view/t/tests.am"
for file in "$build"/t/*; do
    [ "${file##*/}" = cases ] || ln -s "$file" "$view/t/" 2>/dev/null
done
rm "$view/fixup-milter" "$view/fixupctl"
for program in fixup-milter fixupctl t/cases/run_cases; do
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$under" "$build/$program" >"$view/$program"
    chmod 755 "$view/$program"
done

n=0
failed=0
for test; do
    n=$((n + 1))
    rm -f "$work/said"/*
    case $test in
    *.sh) set -- sh "$SRCDIR/$test" ;;
    *.py) set -- "${PYTHON3:-python3}" "$SRCDIR/$test" ;;
    # shellcheck disable=SC2086
    *) set -- $under "$build/$test" ;;
    esac
    start=$(date +%s)
    FX_BUILDDIR=$view FIXUPCTL=$view/fixupctl "$@" >"$work/log" 2>&1
    status=$?
    # "--PID--": that it does not know a system call of the sandbox
    grep -al '^==' -r "$work/said" >"$work/faults"
    if [ $status -eq 0 ] && [ ! -s "$work/faults" ]; then
        echo "ok $n - $test"
    else
        failed=1
        echo "not ok $n - $test: status $status"
        grep -aE '^(not ok|Bail)' "$work/log" | sed 's/^/# /'
        xargs -r grep -h -a '^==' <"$work/faults" | head -n 200 | sed 's/^/# /'
    fi
    echo "# $(($(date +%s) - start)) s"
done
echo "1..$n"
exit $failed
