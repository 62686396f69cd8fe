#!/usr/bin/env python3
"""raw.py GROUP ADDRESS LOG [PID [CONFIGURATION]] - wire tests of one group (observe, enforce, mta...) against a
running daemon. One line a test, "ok NAME" or "not ok NAME"; run.sh numbers them."""

import importlib
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire_log  # noqa: E402


def main():
    group, address, log = sys.argv[1:4]
    module = importlib.import_module("wire_" + group)
    world = wire_log.World(address, log, int(sys.argv[4]) if len(sys.argv) > 4 else 0,
                           sys.argv[5] if len(sys.argv) > 5 else None)
    for name, test in list(vars(module).items()):
        if not name.startswith("test_"):
            continue
        world.mark()
        try:
            test(world)
            print("ok %s" % name[5:].replace("_", " "), flush=True)
        except Exception:  # every kind of failure is one of the test
            print("not ok %s" % name[5:].replace("_", " "))
            for line in traceback.format_exc().splitlines():
                print("# " + line[:600])
            sys.stdout.flush()


main()
