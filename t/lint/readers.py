#!/usr/bin/env python3
"""readers.py - TAP: the files of contrib/readers that no test can start are at least written in
their languages, name each other's parts, and name members that records have.
"""
import json
import os
import re
import sys
import tomllib

SOURCE = os.environ.get("FX_SRCDIR", os.path.join(os.path.dirname(__file__), "..", ".."))
PLACE = os.path.join(SOURCE, "contrib", "readers")
count = failed = 0


def result(name, fault):
    global count, failed
    count += 1
    failed += bool(fault)
    print(f"{'not ok' if fault else 'ok'} {count} - {name}")
    if fault:
        print(f"# {fault}")


def text_of(name):
    with open(os.path.join(PLACE, name)) as f:
        return f.read()


def toml(name):
    try:
        tree = tomllib.loads(text_of(name))
    except tomllib.TOMLDecodeError as error:
        result(f"{name} is TOML", str(error))
        return {}
    result(f"{name} is TOML", None)
    known = {part for kind in ("sources", "transforms") for part in tree.get(kind, {})}
    unknown = [given for kind in ("transforms", "sinks") for part in tree.get(kind, {}).values()
               for given in part["inputs"] if given not in known]
    result(f"{name}: every input is a part of it", unknown)
    return tree


def yaml(name):
    try:
        import yaml as reader
    except ImportError:
        print(f"ok {count + 1} - {name} is YAML # SKIP python3-yaml is missing")
        return 1
    try:
        tree = reader.safe_load(text_of(name))
    except reader.YAMLError as error:
        result(f"{name} is YAML", str(error))
        return 0
    result(f"{name} is YAML", None)
    tags = {part["tag"] for part in tree["pipeline"]["inputs"]}
    result(f"{name}: every output matches an input",
           [part for part in tree["pipeline"]["outputs"] if part["match"] not in tags])
    parsers = {parser["name"] for parser in tree["parsers"]}
    result(f"{name}: every parser is there",
           [part for part in tree["pipeline"]["inputs"] if part["parser"] not in parsers])
    return 0


def columns():
    """Those of the table, and those of the rows that Vector makes, by name."""
    table = re.search(r"fixup\.records\n\((.*?)\n\)", text_of("clickhouse.sql"), re.S)
    return re.findall(r"^ +`(\w+)`", table[1], re.M)


def main():
    tree = toml("vector.toml")
    toml("vector-ecs.toml")
    source = tree.get("transforms", {}).get("row", {}).get("source", "")
    row = re.findall(r'^ +"(\w+)":', source, re.M)
    result("the row of vector.toml has the columns of clickhouse.sql",
           None if row and row == columns() else f"{row} and {columns()}")
    with open(os.path.join(SOURCE, "etc", "record.schema.json")) as f:
        schema = f.read()
    json.loads(schema)
    used = set(re.findall(r"\br\.(\w+)", "".join(
        part.get("source", "") for part in tree.get("transforms", {}).values())))
    result("every member that vector.toml asks for is one of records",
           sorted(m for m in used if f'"{m}":' not in schema) if used else "none is asked for")
    skipped = yaml("fluent-bit.yaml")
    readme = text_of("README")
    result("the README names every file",
           [name for name in sorted(os.listdir(PLACE)) if name != "README" and name not in readme])
    print(f"1..{count + skipped}")
    return bool(failed)


sys.exit(main())
