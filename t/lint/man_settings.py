#!/usr/bin/env python3
"""man_settings.py [PRINT_SETTINGS] - TAP: fixup-milter.conf(5) and etc/fixup-milter.conf say of
every setting what the table in the code (common/settings.c) says.

The table speaks through print_settings.c: the argument, or t/lint/print_settings below
FX_BUILDDIR, or compiled here. FX_SRCDIR names the source tree.
"""
import os
import re
import sys

from printed import SRC, table as printed_table

COLUMNS = ("name", "type", "default", "range", "effect")
count = failed = 0


def result(name, faults):
    global count, failed
    count += 1
    failed += bool(faults)
    print(f"{'not ok' if faults else 'ok'} {count} - {name}")
    for fault in faults:
        print(f"# {fault}")


def read_man(path):
    """name -> type line, default line, the text after them; and the names in their order."""
    items, order, name = {}, [], None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        item = re.fullmatch(r"\.It Va ([a-z_0-9.]+)", line)
        if item:
            name = item[1]
            order.append(name)
            items[name] = {"type": "", "default": "", "text": ""}
        elif re.match(r"\.(Sh|Ss|El)\b", line):
            name = None
        elif name and line.startswith("Type: "):
            items[name]["type"] = line
        elif name and line.startswith("default: "):
            items[name]["default"] = line
        elif name:
            items[name]["text"] += line + " "
    return items, order


def man_faults(row, item):
    if item is None:
        return ["is not in the man page"]
    scope = f" ({row['range']})" if row["range"] else ""
    faults = []
    for member, wanted in (("type", f"Type: {row['type']}{scope};"),
                           ("default", f"default: {row['default']}.")):
        if item[member] != wanted:
            faults.append(f"the man page has {item[member]!r}, the table {wanted!r}")
    inert = "Has no effect yet." in item["text"]
    if inert != (row["effect"] == "no"):
        faults.append("'Has no effect yet.' " + ("is not true" if inert else "is missing"))
    if len(item["text"].replace(".Pp", "").strip()) < 10:
        faults.append("the man page says nothing of its meaning")
    return faults


TOKEN = re.compile(r'\s+|#[^\n]*|//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\])*"|[A-Za-z*][\w*.-]*|[-+0-9][\w.+-]*|[{}()\[\]=:;,])',
                   re.S)


def tokens(text):
    at, found = 0, []
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"cannot be read at: {text[at:at + 30]!r}")
        at = match.end()
        if match[1]:
            found.append(match[1])
    return found


def read_group(words, prefix, values):
    """Settings up to the closing brace; what is not a group with members is kept as written."""
    while words and words[0] != "}":
        name, _ = prefix + words.pop(0), words.pop(0)
        if words[0] == "{" and words[1] != "}":
            words.pop(0)
            read_group(words, name + ".", values)
            words.pop(0)
        else:
            value, depth = [], 0
            while depth > 0 or words[0] not in ";,}":
                depth += (words[0] in "{([") - (words[0] in "})]")
                value.append(words.pop(0))
            values[name] = " ".join(value)
        while words and words[0] in ";,":
            words.pop(0)


def example_faults(row, values, text):
    if row["default"] == "unset":
        word = row["name"].split(".")[-1]
        return [] if re.search(rf"^\s*#.*\b{word}\b", text, re.M) else ["is not in any comment"]
    got = values.get(row["name"])
    if got is None:
        return ["is not in the example"]
    return [] if got == row["default"] else [f"the example has {got}, the table {row['default']}"]


def main():
    rows = printed_table("print_settings", ("settings", "slice", "text", "terms"),
                         "settings in the documentation", sys.argv[1] if len(sys.argv) > 1 else None)
    table = [dict(zip(COLUMNS, row)) for row in rows]
    names = [row["name"] for row in table]
    items, order = read_man(os.path.join(SRC, "man/fixup-milter.conf.5"))
    text = open(os.path.join(SRC, "etc/fixup-milter.conf"), encoding="utf-8").read()
    values = {}
    read_group(tokens(text), "", values)

    result("the table has settings", [] if len(table) > 20 else [f"only {len(table)}"])
    for row in table:
        result(f"fixup-milter.conf(5): {row['name']}", man_faults(row, items.get(row["name"])))
    result("fixup-milter.conf(5) has no other settings, and each once, in the order of the table",
           [f"{a} stands where {b} does in the table"
            for a, b in zip(order + ["nothing"], names + ["nothing"]) if a != b][:3]
           + [f"there are {len(order)}, not {len(names)}"] * (len(order) != len(names)))
    for row in table:
        result(f"etc/fixup-milter.conf: {row['name']}", example_faults(row, values, text))
    result("etc/fixup-milter.conf has no other settings",
           [n for n in values if n not in names])
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
