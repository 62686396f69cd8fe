#!/usr/bin/env python3
"""man_limits.py [--update] [PRINT_LIMITS] - TAP: LIMITS in fixup-milter(8) has every limit of the
table in the code (common/limit.c), in its order and its words; --update writes the list there.

The table speaks through print_limits.c: the argument, or t/lint/print_limits below FX_BUILDDIR, or
compiled here. FX_SRCDIR names the source tree.
"""
import os
import sys

from printed import SRC, table

PAGE = os.path.join(SRC, "man/fixup-milter.8")
BEGIN, END = '.\\" the limits: t/lint/man_limits.py --update\n', '.\\" end of the limits\n'


def listed(rows):
    lines = [".Bl -tag -width Ds\n"]
    for name, told, beyond, unjudged in rows:
        mark = "; would is flag" if unjudged == "yes" and told != "syslog" else ""
        lines.append(f".It Ql {name}\n{beyond}\n.Pq {told}{mark}\n")
    return "".join(lines) + ".El\n"


def main():
    args = [a for a in sys.argv[1:] if a != "--update"]
    rows = table("print_limits", ("limit", "settings", "slice", "text", "terms"),
                 "limits in the documentation", args[0] if args else None)
    page = open(PAGE, encoding="utf-8").read()
    before, _, rest = page.partition(BEGIN)
    there, _, after = rest.partition(END)
    if "--update" in sys.argv:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(before + BEGIN + listed(rows) + END + after)
        return 0
    good = [len(rows) > 15, there == listed(rows)]
    for number, (one, name) in enumerate(zip(good, (
            "the table has limits", "fixup-milter(8) has them all")), 1):
        print(f"{'ok' if one else 'not ok'} {number} - {name}")
    if not good[1]:
        print("# run t/lint/man_limits.py --update, and read what it wrote")
    print("1..2")
    return 0 if all(good) else 1


sys.exit(main())
