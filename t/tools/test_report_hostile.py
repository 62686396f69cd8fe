#!/usr/bin/env python3
"""test_report_hostile.py - TAP: fixupctl report with lines that are no records, with members of any
type, and with more names than it keeps, as report_log.py makes them.
"""
import json
import random
import re
import subprocess
import sys

from report_ecs import back, ecs_wrong
from report_log import (KEPT, LONG, PROGRAM, TYPES, as_counts, ctl, environment, finish, message, ok,
                        report)

WRONG = ((b"", "no record: an empty line"),
         (b"garbage", "no record: no JSON object"),
         (b"\x00\x01\x02\xff", "no record: no JSON object"),
         (b"{\x00\x01\x02\xff", "no record: a NUL octet"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","type":"message","reply":null\x00}',
          "no record: a NUL octet"),
         (b"{\x01\x02\xff", "no record: (no JSON|octets that are not UTF-8|cut off)"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","type":"message","from":"\xff"}',
          "no record: octets that are not UTF-8"),
         (b'{"a":' + b"[" * 100000, "no record: nested too deep"),
         (b'{"a":' * 5000 + b"1" + b"}" * 5000, "no record: nested too deep"),
         (b"{}", "no record: \"v\" is not 1"),
         (b'{"v":2,"time":"2026-11-21T10:00:00Z","type":"message"}', "no record: \"v\" is not 1"),
         (b'{"v":"1","time":"2026-11-21T10:00:00Z","type":"message"}',
          "no record: \"v\" is not 1"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z"}', "no record: no \"type\""),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","type":7}', "no record: no \"type\""),
         (b'{"v":1,"time":"yesterday","type":"message"}', "no record: no \"time\""),
         (b'{"v":1,"time":"1969-11-21T10:00:00Z","type":"message"}', "no record: no \"time\""),
         (b'{"v":1,"type":"message"}', "no record: no \"time\""),
         (b'{"v":1,"v":1,"time":"2026-11-21T10:00:00Z","type":"message"}',
          "no record: a member twice"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","type":"message","seq":' + b"9" * 40 + b"}",
          "no record: a number too large"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","type":"message","elapsed":1e999}',
          "no record: a number too large"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","type":"mess', "no record: (cut off|no JSON)"),
         (b'{"v":1,"time":"2026-11-21T10:00:00Z","x":[' + b"[]," * 3000000 + b"[]]}",
          "no record: too many parts"),
         (b'{"v":1,"x":"' + b"x" * (10 << 20) + b'"}', "no record: too long"))


def wrong_lines():
    good = json.dumps(message()).encode()
    data, wanted = b"", []
    for i, (line, what) in enumerate(WRONG):
        data += line + b"\n" + good + b"\n"
        wanted.append((2 * i + 1, what))
    bad = []
    for format_ in ((), ("--format", "ecs")):
        code, out, err = ctl("report", *format_, "-", stdin=data)
        said = dict(re.match(r"-:(\d+): (.*)", line).groups()
                    for line in err.splitlines() if re.match(r"-:\d+: ", line))
        bad += [(n, what, said.get(str(n))) for n, what in wanted[:20]
                if not re.fullmatch(what, said.get(str(n), ""))]
        if code != 66 or len(said) != 20 or f"-: {len(WRONG) - 20} more lines like these" not in err:
            bad.append((code, err))
    ok(not bad, "what is wrong with a line is said, with file and line; twenty, then a number",
       *bad)
    ok(len(out.splitlines()) == len(WRONG), "and the lines between them are converted")
    code, summary, tables, _ = report([data])
    ok(code == 66 and summary["records"] == summary["unread"] == len(WRONG) and
       as_counts(tables["verdicts"])["messages"] == {"pass": len(WRONG)}, "and counted", summary)
    code, _, err = ctl("report", "-", stdin=b"".join(w[0] + b"\n" for w in reversed(WRONG)))
    ok(code == 66 and "-:1: no record: too long\n" in err and "-:2: no record: too many parts\n"
       in err, "whatever comes first", code, err[:500])
    code, summary, _, err = report([good + b"\n" + good[:100]])
    ok(code == 66 and summary["records"] == 1 and re.match(r"-:2: no record: (cut off|no JSON)",
                                                           err), "a torn last line", code, err)
    code, summary, _, err = report([good + b"\n" + good])
    ok(code == 0 and summary["records"] == 2, "a last line that lacks nothing but its end", code,
       err)


def odd_members():
    """Members of other types, huge numbers, long and nasty texts: read for what they are."""
    rng = random.Random(4)
    values = [None, True, -1, 2**63 - 1, 1e300, "", "x" * 65536, "\0", "a\0b", "\x1b[31m\u202e",
              [], [None, 1, "x", [], {}], {}, {"a": {"b": []}}, "<script>", [{"rule": 7}], [[[[]]]]]
    whole = message(findings=[{"rule": "r", "profile": "p", "stage": "later", "action": "log",
                               "interval": 1, "would": "flag", "enforced": True,
                               "detail": "lost"}],
                    dkim=[{"kind": "dkim", "domain": "d", "selector": "s", "algorithm": "a",
                           "body_hash": "match", "content_type": "colon", "anomalies": ["x"]}],
                    tls={"version": "TLSv1.3", "cipher": "c"}, auth={"type": "t", "identity": "i"},
                    compare={"a": "b"}, unwritten={"records": 1}, missing={"from": 1, "to": 2},
                    dkim_message=["dkim-x"])
    lines = []
    for kind in TYPES:
        for name in whole:
            if name in ("v", "time", "type"):
                continue
            for value in values:
                lines.append(json.dumps({**whole, "type": kind, name: value}))
        for name in ("findings", "dkim", "client", "tls", "auth", "to", "unwritten", "missing",
                     "recipients"):
            for inner in (whole[name][0] if isinstance(whole[name], list) else whole[name]):
                value = rng.choice(values)
                changed = {**(whole[name][0] if isinstance(whole[name], list) else whole[name]),
                           inner: value}
                lines.append(json.dumps({**whole, "type": kind, name: [changed] if
                                         isinstance(whole[name], list) else changed}))
    code, summary, tables, err = report(lines)
    ok(code == 0 and summary["records"] == len(lines) and err == "",
       f"{len(lines)} records with members of any type", code, err)
    longest = max(len(row["label"]) for table in tables.values() for row in table["rows"])
    ok(longest <= 511, "labels are cut", longest)
    ok(tables["recipients"]["rows"][0]["values"][0] <= 2**64 - 1, "numbers stop at the largest")
    code, out, err = ctl("report", "-", stdin="\n".join(lines).encode() + b"\n")
    ok(code == 0 and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae", out),
       "nothing of it reaches a terminal as it is")
    code, out, err = ctl("report", "--format", "ecs", "-", stdin="\n".join(lines).encode() + b"\n")
    documents = [json.loads(line) for line in out.splitlines()]
    lost = [(line, document) for line, document in zip(lines, documents)
            if back(document) != json.loads(line)]
    ok(code == 0 and len(documents) == len(lines) and not lost,
       "documents of them lose nothing", code, err, *[x for pair in lost[:3] for x in pair])
    wrong = [w for d in documents for w in ecs_wrong(d)]
    ok(not wrong, "and fields of the schema have its types", *wrong[:10])


# ---- memory

def fed(number, lines_of, *args):
    """Runs a report on lines that are made as they are read: summary, tables, and how many kilobytes
    it has taken at most while it reads."""
    process = subprocess.Popen([PROGRAM, "report", "--json", *args, "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=environment())
    for i in range(number):
        process.stdin.write(lines_of(i))
    process.stdin.flush()
    with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1))
    out, _ = process.communicate(timeout=LONG)
    objects = [json.loads(line) for line in out.decode().splitlines()]
    return objects[0], {o["table"]: o for o in objects[1:]}, peak


def memory():
    template = json.dumps(message(
        client={"addr": "@A", "name": "@N", "helo": None}, to=[{"address": "u@@A", "result": "x"}],
        findings=[{"rule": "@A", "profile": "@A", "would": "flag", "enforced": False}],
        dkim=[{"domain": "@A", "anomalies": ["@A"]}], compare={"@A": "flag"}, extensions=["@A"],
        mta="@A", host="@A", tls={"version": "@A", "cipher": "@A"}, auth={"type": "@A"}))
    template = template.replace("sender@", "sender@@A.")

    def different(i):
        return template.replace("@A", f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}").encode() + b"\n"

    few = json.dumps(message()).encode() + b"\n"
    _, _, base = fed(1000, lambda i: few)
    _, _, half = fed(20000, different)
    summary, tables, all_ = fed(100000, different)
    bad = [name for name, table in tables.items()
           if table["approximate"] and len(table["rows"]) > 100]
    print(f"# kB: 1,000 records {base}; 20,000 that differ in all {half}; 100,000 {all_}")
    ok(all_ < half + 4096 and not bad,
       "100,000 different clients, domains, rules, ...: no more memory than 20,000", half, all_)
    clients = tables["clients"]
    ok(summary["records"] == 100000 and clients["approximate"] and clients["missed"] <= 100000 / KEPT
       and sum(r["values"][0] for r in clients["rows"]) + clients["rest"][0] == 100000
       and len(clients["rows"]) == 10 and clients["others"] <= 100000 - 10,
       "counts are marked as approximate, their sum is right", clients)

    def heavy(i):
        return few if i % 3 == 0 else different(i)

    _, tables, _ = fed(30000, heavy)
    clients = tables["clients"]
    first = clients["rows"][0]
    ok(first["label"] == "192.0.2.1" and 10000 - clients["missed"] <= first["values"][0] <= 10000,
       "who sends a third of all is on top, and counted", first, clients["missed"])
    exact, tables, _ = fed(KEPT, different)
    ok(not tables["clients"]["approximate"] and tables["clients"]["others"] == KEPT - 10
       and exact["hosts"] == KEPT, "as many as are kept: exact", tables["clients"])

    names = [chr(97 + i % 26) * 65536 for i in range(26)]
    _, tables, long_ = fed(2000, lambda i: template.replace("@A", names[i % 26]).encode() + b"\n")
    ok(long_ < base + 65536 and not tables["clients"]["approximate"]
       and len(tables["clients"]["rows"]) == 10, "labels of 64 kB: little memory", long_, base)


def main():
    wrong_lines()
    odd_members()
    memory()
    return finish()


if __name__ == "__main__":
    sys.exit(main())
