#!/usr/bin/env python3
"""test_soak.py - two minutes of the soak (soak.py), or as many seconds as FX_SOAK_SECONDS says;
half a minute where the build has a sanitizer."""
import os
import sys

sys.dont_write_bytecode = True

import soak  # before what it finds for us
from daemon import sanitizer
from harness import main
from tap import note


def test(tap):
    seconds = int(os.environ.get("FX_SOAK_SECONDS") or (30 if sanitizer() else 120))
    run = soak.Soak(seconds, int(os.environ.get("FX_SOAK_RATE") or 40))
    with tap.case(f"{seconds} seconds of mail, and of trouble"):
        run.run(lambda line: print("# " + line, flush=True))
        for line in run.head():
            print("# " + line)
    for name, holds in run.checks() if tap.failed == 0 else ():
        with tap.case(name):
            why = holds()
            if why:
                note(why)
    for line in run.figures:
        print("# figure: " + line)


main(test, missing=lambda: soak.missing())
