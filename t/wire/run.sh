#!/bin/sh
# run.sh [NAME...] - wire tests: a real daemon, and a pretended MTA on its socket. TAP.
#
# NAME-*.lua are scripts for miltertest(8), under NAME.conf; wire_NAME.py are tests octet by octet.
# Everything runs over a unix and an inet socket. FX_BUILDDIR has fixup-milter, FX_SRCDIR the
# sources; both default to the folder two above this one.
set -u
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd) || exit 1
FX_SRCDIR=${FX_SRCDIR:-$here/../..}
FX_BUILDDIR=${FX_BUILDDIR:-$FX_SRCDIR}
PYTHON3=${PYTHON3:-python3}
daemon=$FX_BUILDDIR/fixup-milter
FIXUP_PROFILE_PATH=$FX_SRCDIR/etc/profiles
PYTHONDONTWRITEBYTECODE=1
export FIXUP_PROFILE_PATH PYTHONDONTWRITEBYTECODE

work=$(mktemp -d) || exit 1
pid=
number=0
failed=0

cleanup()
{
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

result() # ok|not ok, name
{
    number=$((number + 1))
    echo "$1 $number - $2"
    [ "$1" = ok ] || failed=1
}

free_port()
{
    "$PYTHON3" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

start() # configuration
{
    log=$work/$kind-$1.jsonl
    rm -f "$log"
    sed "s#@LOG@#$log#" "$here/$1.conf" >"$work/$1.conf"
    case $kind in
    unix) socket=unix:$work/socket ;;
    inet) socket=inet:$(free_port)@127.0.0.1 ;;
    esac
    "$daemon" -f -c "$work/$1.conf" -p "$socket" 2>"$work/stderr" &
    pid=$!
    waited=0
    while ! grep -q '"type":"start"' "$log" 2>/dev/null; do
        waited=$((waited + 1))
        if [ $waited -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
            result "not ok" "$kind $1: the daemon starts"
            sed 's/^/# /' "$work/stderr"
            kill "$pid" 2>/dev/null
            pid=
            return 1
        fi
        sleep 0.05
    done
}

stop() # configuration
{
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
    status=$?
    pid=
    if [ $status -eq 0 ] && ! grep -Eq 'ERROR|runtime error|did not end' "$work/stderr"; then
        result ok "$kind $1: the daemon ends with exit 0"
    else
        result "not ok" "$kind $1: the daemon ends with exit $status"
        sed 's/^/# /' "$work/stderr"
    fi
    if [ -f "$FX_SRCDIR/etc/record.schema.json" ]; then
        if "$PYTHON3" "$here/../schema/validate.py" "$log" >"$work/valid"; then
            result ok "$kind $1: $(wc -l <"$log") records are valid"
        else
            result "not ok" "$kind $1: records are valid"
            grep '^#' "$work/valid" | cut -c1-600
        fi
    fi
}

run_lua() # script
{
    name=$(basename "$1" .lua)
    offset=$(wc -c <"$log")
    cat "$here/prelude.lua" "$1" >"$work/script.lua"
    if miltertest -D "socket=$socket" -s "$work/script.lua" >"$work/out" 2>&1 &&
        "$PYTHON3" "$here/records.py" "$log" "$offset" "$1" >>"$work/out" 2>&1; then
        result ok "$kind $name"
    else
        result "not ok" "$kind $name"
        sed 's/^/# /' "$work/out"
    fi
}

run_raw() # group
{
    "$PYTHON3" "$here/raw.py" "$1" "$socket" "$log" "$pid" "$work/$1.conf" >"$work/raw" 2>&1
    grep -Eq '^(not )?ok ' "$work/raw" || result "not ok" "$kind $1: no tests"
    while IFS= read -r line; do
        case $line in
        "ok "*) result ok "$kind $1: ${line#ok }" ;;
        "not ok "*) result "not ok" "$kind $1: ${line#not ok }" ;;
        *) echo "# ${line#\# }" ;;
        esac
    done <"$work/raw"
}

run_group() # name
{
    start "$1" || return
    for script in "$here/$1"-*.lua; do
        [ ! -f "$script" ] || run_lua "$script"
    done
    run_raw "$1"
    stop "$1"
}

if [ ! -x "$daemon" ]; then
    echo "Bail out! no $daemon"
    exit 1
fi
for tool in miltertest "$PYTHON3"; do
    if ! command -v "$tool" >/dev/null; then
        echo "1..0 # SKIP $tool is missing"
        exit 0
    fi
done
[ $# -gt 0 ] || set -- observe enforce mta tag off none stop
for kind in unix inet; do
    for group in "$@"; do
        if [ "$group" = stop ]; then # ends the daemon by itself
            start enforce || continue
            run_raw stop
            stop stop
        else
            run_group "$group"
        fi
    done
done
echo "1..$number"
exit $failed
