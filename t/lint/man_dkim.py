#!/usr/bin/env python3
"""man_dkim.py [--update] [PRINT_DKIM] - TAP: the list of signature anomalies in fixup-milter(8) is
that of the table in the code (common/dkim_anomaly.c), between the comments BEGIN and END there.

The table speaks through print_dkim.c: the argument, or t/lint/print_dkim below FX_BUILDDIR, or
compiled here. FX_SRCDIR names the source tree. --update writes the list instead.
"""
import os
import sys
import textwrap

from printed import SRC, table

PAGE = os.path.join(SRC, "man/fixup-milter.8")
BEGIN, END = '.\\" BEGIN of the anomalies\n', '.\\" END of the anomalies\n'
SEVERITIES = ("fault", "weak", "note")


def item(rule, severity, means, source):
    lines = [f".It Sy {rule} Pq {severity}"]
    lines += textwrap.wrap(means, 80, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines + [f".Pq {source}", ""])


def main():
    args = [arg for arg in sys.argv[1:] if arg != "--update"]
    rows = table("print_dkim", ("dkim_anomaly", "slice", "terms"),
                 "signature anomalies in fixup-milter(8)", args[0] if args else None)
    with open(PAGE, encoding="utf-8") as stream:
        before, _, rest = stream.read().partition(BEGIN)
        there, _, after = rest.partition(END)
    if "--update" in sys.argv[1:]:
        with open(PAGE, "w", encoding="utf-8") as stream:
            stream.write(before + BEGIN + "".join(item(*row) for row in rows) + END + after)
        return
    items = {part.split()[1]: ".It" + part for part in there.split(".It")[1:]}
    failed = 0
    for number, row in enumerate(rows, 1):
        good = (row[1] in SEVERITIES and all(row) and items.get(row[0]) == item(*row))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {row[0]}")
        if not good:
            print(f"# {items.get(row[0])!r}\n# and wanted is\n# {item(*row)!r}")
    good = list(items) == [row[0] for row in rows]
    print(f"{'ok' if good else 'not ok'} {len(rows) + 1} - no others, and in the order of the table")
    print(f"1..{len(rows) + 1}")
    sys.exit(1 if failed or not good else 0)


if __name__ == "__main__":
    main()
