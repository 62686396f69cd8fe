#!/usr/bin/env python3
"""profiles_page.py - TAP: man/fixup-profiles.7 is what contrib/profiles-page.py makes of the profiles
that ship. FX_SRCDIR names the source tree, FIXUPCTL the program.
"""
import difflib
import os
import subprocess
import sys

SRC = os.environ.get("FX_SRCDIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAGE = "man/fixup-profiles.7"
SCRIPT = "contrib/profiles-page.py"


def main():
    fixupctl = os.environ.get("FIXUPCTL") or os.path.join(os.environ.get("FX_BUILDDIR", "."), "fixupctl")
    if not os.access(fixupctl, os.X_OK):
        print(f"not ok 1 - {PAGE}\n# there is no {fixupctl}: it comes from the build\n1..1")
        return 1
    made = subprocess.run([sys.executable, os.path.join(SRC, SCRIPT), fixupctl],
                          stdout=subprocess.PIPE, check=True).stdout.decode("utf-8").splitlines()
    with open(os.path.join(SRC, PAGE), encoding="utf-8") as file:
        there = file.read().splitlines()
    same = made == there
    print(f"{'ok' if same else 'not ok'} 1 - {PAGE} says what the profiles say")
    for line in [] if same else list(difflib.unified_diff(there, made, PAGE, "the profiles", lineterm="", n=1))[:40]:
        print(f"# {line}")
    if not same:
        print(f"# to renew it: python3 {SCRIPT} {fixupctl} >{PAGE}")
    wide = [line for line in there if len(line) > 80]
    print(f"{'not ok' if wide else 'ok'} 2 - no line of it is longer than 80")
    for line in wide[:5]:
        print(f"# {line}")
    print("1..2")
    return 0 if same and not wide else 1


sys.exit(main())
