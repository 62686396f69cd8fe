#!/usr/bin/env python3
"""records.py LOG OFFSET SCRIPT - do the records from OFFSET on fulfil the lines "--: EXPRESSION" of
the script? r is their list. Waits for them, since nobody is told of a close. Exit 0 or 1."""

import json
import sys
import time


def load(name, offset):
    with open(name, "rb") as stream:
        stream.seek(offset)
        lines = stream.read().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def main():
    log, offset, script = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(script, encoding="utf-8") as stream:
        wanted = [line[3:].strip() for line in stream if line.startswith("--:")]
    for _ in range(60):
        r = load(log, offset)
        # the expressions are the tests' own
        failed = [w for w in wanted if not (len(r) or "== 0" in w) or not test(w, r)]
        if not failed:
            time.sleep(0.1)  # and nothing follows
            failed = [w for w in wanted if not test(w, load(log, offset))]
            sys.exit(1 if failed else 0)
        time.sleep(0.05)
    for line in failed:
        print("# not fulfilled: " + line)
    for record in r:
        print("# " + json.dumps(record)[:700])
    sys.exit(1)


def test(expression, r):
    try:
        return eval(expression, {"r": r})
    except (IndexError, KeyError):
        return False


main()
