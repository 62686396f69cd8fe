#!/usr/bin/env python3
"""man_mta.py - TAP: the table of commands in fixup-mta(7) is that of t/live/visibility.py, which
the live tests hold against the mail servers."""
import os
import re
import sys

sys.dont_write_bytecode = True

SRC = os.environ.get("FX_SRCDIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                  "../..")
sys.path.insert(0, os.path.join(SRC, "t/live"))

from visibility import TABLE

with open(os.path.join(SRC, "man/fixup-mta.7"), encoding="ascii") as page:
    section = page.read().split(".Sh COMMANDS THAT ARE SEEN\n")[1].split("\n.Sh ")[0]
rows = dict(re.findall(r"^\.It ([A-Z0-9-]+) Ta (.*)$", section, re.MULTILINE))
wanted = {verb: " Ta ".join(row[1:]) for verb, row in TABLE.items()}
faults = [f"{verb}: the page has {rows.get(verb)}, the tests {wanted.get(verb)}"
          for verb in {**wanted, **rows} if rows.get(verb) != wanted.get(verb)]
if list(rows) != list(wanted):
    faults.append("the order of the rows differs")
print(f"{'not ok' if faults else 'ok'} 1 - the table of commands is the tested one")
for fault in faults:
    print("# " + fault)
print("1..1")
sys.exit(bool(faults))
