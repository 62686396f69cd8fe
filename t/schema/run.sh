#!/bin/sh
# run.sh - validates every record that the tests of this build have produced: those the cases
# expect, and the logs that the live and wire tests have left in FX_BUILDDIR/records.
set -u
PYTHON3=${PYTHON3:-python3}
SRCDIR=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
if ! "$PYTHON3" -c 'import jsonschema' 2>/dev/null; then
    echo "ok 1 - records # SKIP python3-jsonschema is missing"
    echo "1..1"
    exit 0
fi
set -- "$SRCDIR"/t/cases/*.ref
for log in "${FX_BUILDDIR:-.}"/records/*.jsonl; do
    [ -s "$log" ] && set -- "$@" "$log"
done
exec "$PYTHON3" "$SRCDIR/t/schema/validate.py" "$@"
