#!/usr/bin/env python3
"""test_report.py - TAP: fixupctl report from outside.

Logs are those of report_log.py. Every number of the report is compared with a count by code of its
own (count_all); documents of the Elastic Common Schema with its field types, and put together again
into the record that they come from (report_ecs.py).
"""
import collections
import gzip
import hashlib
import hmac
import json
import os
import pty
import re
import subprocess
import sys
import tempfile

from report_ecs import back, ecs_wrong
from report_log import (LONG, PROGRAM, TYPES, as_counts, count_all, ctl, daemon_records, environment,
                        finish, instant, message, of_cases, of_check, ok, report, same_counts,
                        same_times, severities, synthetic)


def counts(cases, checked, severity):
    for name, lines in (("the cases", cases), ("check --json", checked),
                        ("records of the daemon", [json.dumps(r) for r in daemon_records()]),
                        ("made-up records",
                         [json.dumps(r) for r in synthetic(cases, 3000, 1)])):
        records = [json.loads(line) for line in lines]
        code, summary, tables, err = report(lines, "--top", "1000")
        wrong = same_counts(tables, count_all(records, severity))
        ok(code == 0 and err == "" and not wrong, f"{name}: every count is right", code, err, *wrong)
        wrong = same_times(tables["verdicts-time"], records)
        ok(not wrong, f"{name}: and over time", *wrong)
        types = collections.Counter(r["type"] if r["type"] in TYPES else "other"
                                    for r in records)
        times = sorted(r["time"] for r in records)
        ok(summary["records"] == len(records) and summary["unread"] == summary["outside"] == 0
           and summary["types"] == {t: types[t] for t in TYPES}
           and summary["first"] == times[0] and summary["last"] == times[-1]
           and summary["hosts"] == len({r["host"] for r in records})
           and summary["parts"] == [{"name": "-", "records": len(records), "unread": 0}],
           f"{name}: the summary", summary)


def top_rows(cases, severity):
    records = synthetic(cases, 2000, 2)
    lines = [json.dumps(r) for r in records]
    wanted = count_all(records, severity)
    _, _, tables, _ = report(lines, "--top", "7")
    for name in ("clients", "sender-domains", "dkim"):
        table = tables[name]
        rows = as_counts(table)
        want = {label: sum(n for c, n in row.items() if c in table["columns"][:table["shares"]])
                for label, row in wanted[name].items()}
        best = sorted(want.values(), reverse=True)[:7]
        got = [sum(row["values"][:table["shares"]]) for row in table["rows"]]
        whole = [sum(row["values"][c] for row in table["rows"]) + table["rest"][c]
                 for c in range(len(table["columns"]))]
        ok(got == best or name == "dkim" and len(got) == min(7, len(want)),
           f"{name}: the first seven", got, best)
        ok(all(rows[label] == {c: v for c, v in wanted[name][label].items() if v}
               for label in rows)
           and table["others"] == len(want) - len(rows) and not table["approximate"]
           and whole == [sum(row[c] for row in wanted[name].values())
                         for c in table["columns"]],
           f"{name}: rows, others and their sum", table)
    profiles = [(row["values"][-1], sum(row["values"][:5])) for row in tables["profiles"]["rows"]]
    ok(profiles == sorted(profiles, reverse=True), "profiles in force come first", profiles)
    notes = {row["label"]: row.get("note") for row in tables["clients"]["rows"]}
    names = collections.defaultdict(set)
    for r in records:
        names[r["client"]["addr"]].add(r["client"]["name"])
    ok(all(note in names[addr] for addr, note in notes.items()), "clients have their names", notes)


def periods(cases):
    records = synthetic(cases, 1000, 3)
    lines = [json.dumps(r) for r in records]
    since, until = "2026-10-08T12:30:00Z", "2026-10-20"
    inside = [r for r in records if instant(since) <= instant(r["time"])
              < instant("2026-10-20T00:00:00Z")]
    code, summary, tables, _ = report(lines, "--since", since, "--until", until)
    ok(code == 0 and 0 < summary["records"] == len(inside) and
       summary["outside"] == len(records) - len(inside) and
       sum(sum(r["values"]) for r in tables["verdicts-time"]["rows"]) == len(inside),
       "--since and --until", summary)
    edge = [json.dumps(message(time=t)) for t in ("2026-11-21T09:59:59.999999Z",
                                                  "2026-11-21T10:00:00.000000Z",
                                                  "2026-11-21T10:59:59.999999Z",
                                                  "2026-11-21T11:00:00.000000Z")]
    _, summary, _, _ = report(edge, "--since", "2026-11-21T10:00:00Z",
                              "--until", "2026-11-21T11:00:00Z")
    ok(summary["records"] == 2 and summary["outside"] == 2 and
       (summary["since"], summary["until"]) == ("2026-11-21T10:00:00.000000Z",
                                                "2026-11-21T11:00:00.000000Z"),
       "since is within, until is not", summary)
    code, out, _ = ctl("report", "--format", "ecs", "--since", since, "--until", until, "-",
                       stdin="\n".join(lines).encode() + b"\n")
    got = [json.loads(line)["@timestamp"] for line in out.splitlines()]
    ok(code == 0 and got == [r["time"] for r in inside],
       "--format ecs keeps to them, and to the order", len(got), len(inside))


def files(folder, cases):
    half = len(cases) // 2
    one, two, none = (os.path.join(folder, n) for n in ("one.jsonl", "two.jsonl.gz", "none"))
    with open(one, "w", encoding="utf-8") as f:
        f.write("\n".join(cases[:half]) + "\nno record\n")
    with gzip.open(two, "wt", encoding="utf-8") as f:
        f.write("\n".join(cases[half:]) + "\n")
    code, out, err = ctl("report", "--json", one, none, two)
    summary = json.loads(out.splitlines()[0])
    ok(code == 66 and f"{one}:{half + 1}: no record: no JSON object\n" in err and f"{none}: " in err
       and summary["parts"] == [{"name": one, "records": half, "unread": 1},
                                {"name": none, "records": 0, "unread": 0},
                                {"name": two, "records": len(cases) - half, "unread": 0}]
       and summary["records"] == len(cases) and summary["unread"] == 1,
       "several files, one of them packed, one missing, one with a line that is no record",
       code, err, summary)
    _, both, _ = ctl("report", "--json", "-", stdin="\n".join(cases).encode() + b"\n")
    ok(out.splitlines()[1:] == both.splitlines()[1:], "they say what they say in one")
    with open(two, "rb") as f:
        packed = f.read()
    with open(two, "wb") as f:
        f.write(packed[:len(packed) // 2])
    code, out, err = ctl("report", "--json", two, one)
    ok(code == 66 and re.search(re.escape(two) + r":\d+: the compressed data", err)
       and json.loads(out.splitlines()[0])["records"] > half, "a packed file that ends early",
       code, err)


def documents(cases, checked):
    lines = cases + checked + [json.dumps(r) for r in daemon_records()]
    lines.append(json.dumps(message(elapsed=123456.000001, prev="1" * 64, hash="2" * 64,
                                    auth={"type": "PLAIN", "identity": "u"},
                                    tls={"version": "TLSv1.3", "cipher": "X"},
                                    client={"addr": "2001:db8::1", "port": 1, "name": "n",
                                            "helo": None})))
    code, out, err = ctl("report", "--format", "ecs", "-", stdin="\n".join(lines).encode())
    got = [json.loads(line) for line in out.splitlines()]
    ok(code == 0 and len(got) == len(lines), "one document for each record", code, err)
    wrong = [w for d in got for w in ecs_wrong(d)]
    ok(not wrong, "fields, types and categories are those of the schema", *wrong[:10])
    lost = [(line, d) for line, d in zip(lines, got) if back(d) != json.loads(line)]
    ok(not lost, "nothing is lost: each gives its record again", *[x for p in lost[:3] for x in p])
    last = got[-1]
    ok(last["event"]["duration"] == 123456000001000 and last["event"]["hash"] == "2" * 64
       and last["tls"] == {"established": True, "version_protocol": "tls", "version": "1.3",
                           "cipher": "X"}
       and last["source"] == {"ip": "2001:db8::1", "port": 1, "domain": "n"}
       and last["user"] == {"name": "u"} and last["fixup"]["client"] == {"helo": None}
       and last["event"]["type"] == ["info", "allowed"] and last["event"]["outcome"] == "success"
       and "original" not in last["event"], "one in full", json.dumps(last))
    outcomes = {d["event"]["outcome"] for d in got if d["event"]["action"] in ("reject", "drop")}
    ok(outcomes == {"failure"}, "refused mail is a failure", outcomes)


# ---- views

def on_terminal(*args, **env):
    """What the program writes where stdout is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([PROGRAM, "report", *args], stdin=subprocess.DEVNULL,
                               stdout=slave, stderr=subprocess.PIPE, env=environment(**env))
    os.close(slave)
    out = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    process.communicate(timeout=LONG)
    os.close(master)
    return out.decode().replace("\r\n", "\n")


def views(folder, cases):
    path = os.path.join(folder, "view.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(cases) + "\n")
    _, plain, _ = ctl("report", path)
    plain = plain.decode()
    _, _, tables, _ = report(cases)
    missing = []
    for table in tables.values():
        if table["table"] == "verdicts-time" or not any(any(row["values"])
                                                        for row in table["rows"]):
            continue
        for row in table["rows"]:
            pattern = (re.escape((row["label"] + " " + row.get("note", "")).strip()) + r"\s+" +
                       r"\s+".join(map(str, row["values"])) + r"\n")
            if not re.search(pattern, plain[plain.index("\n" + table["title"] + "\n"):]):
                missing.append((table["table"], row))
    ok(not missing and "#" not in plain and "\x1b" not in plain and "\u2588" not in plain,
       "redirected: every row, without bars and colours", *missing[:5])
    steps = [json.dumps(r) for r in synthetic(cases, 300, 6)]
    _, out, _ = ctl("report", "-", stdin="\n".join(steps).encode() + b"\n")
    rows = re.findall(r"^(\d{4}-\S+)((?: +\d+){5})$", out.decode(), re.M)
    ok(2 < len(rows) <= 24 and sum(int(n) for row in rows for n in row[1].split()) ==
       sum('"message"' in line for line in steps), "times: no more than 24 steps", *rows)
    for columns in ("60", "100"):
        seen = on_terminal(path, COLUMNS=columns, TERM="xterm", NO_COLOR="1")
        wide = [line for line in seen.splitlines() if len(line) > int(columns)
                and path not in line]
        ok(not wide and "##" in seen and "\u2588" not in seen and "\x1b" not in seen,
           f"a terminal of {columns} columns: nothing is wider, bars of #, no colours", *wide)
    utf8 = on_terminal(path, COLUMNS="60", TERM="xterm", LC_ALL="", LC_CTYPE="C.UTF-8")
    ok("\u2588\u2588" in utf8 and "##" not in utf8 and "\x1b[32m\u2588" in utf8,
       "one of UTF-8 and colours: bars of blocks, in colours")
    bare = re.sub(r"\x1b\[\d*m", "", utf8)
    wide = [line for line in bare.splitlines() if len(line) > 60 and path not in line]
    longest = re.search(r"^messages .*?(\u2588+)", bare, re.M)
    sessions = re.search(r"^sessions .*?(\u2588+)", bare, re.M)
    sums = [sum(row["values"]) for row in tables["verdicts"]["rows"]]
    ok(not wide and longest and sessions and
       abs(len(sessions.group(1)) / len(longest.group(1)) - sums[2] / sums[0]) < 0.1,
       "bars are as long as their numbers say", *wide, longest, sessions)
    dumb = on_terminal(path, COLUMNS="60", TERM="dumb", LC_ALL="de_DE.utf8@euro")
    ok("\x1b" not in dumb and "\u2588" in dumb, "a dumb terminal has no colours")


def command_line(folder):
    path = os.path.join(folder, "empty")
    with open(path, "w", encoding="utf-8"):
        pass
    for args, code in (((), 64), (("--top", "0", path), 64), (("--top", "x", path), 64),
                       (("--top", "1001", path), 64), (("--since", "yesterday", path), 64),
                       (("--until", "2026-13-01", path), 64), (("--format", "xml", path), 64),
                       (("--format", "ecs", "--json", path), 64), (("--help",), 0),
                       (("--version",), 0), ((folder + "/none",), 66), ((folder,), 66)):
        got, out, err = ctl("report", *args)
        ok(got == code and (err == "") == (code == 0), f"report {' '.join(args[:2])}: {code}", got,
           err)
    code, out, err = ctl("report", path)
    ok(code == 0 and b"records   0\n" in out, "an empty log", code, out, err)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, "report", path], stdout=full, stderr=subprocess.PIPE,
                              env=environment(), timeout=LONG)
    ok(done.returncode == 74, "a full disk: 74", done)


# ---- the chain

def chained(records, key=b"", last="0" * 64):
    """Lines with prev and hash: SHA-256 or HMAC-SHA-256 over the line before its hash."""
    lines = []
    for r in records:
        text = json.dumps({k: v for k, v in r.items() if k not in ("prev", "hash")},
                          separators=(",", ":"))[:-1] + f',"prev":"{last}"'
        octets = text.encode()
        last = (hmac.new(key, octets, "sha256") if key else hashlib.sha256(octets)).hexdigest()
        lines.append(text + f',"hash":"{last}"}}')
    return lines


def numbered(count_, host, first=1):
    head = {"chain": {"algorithm": "sha256", "key": None}, "policy": "0" * 64, "profile": "asa-9",
            "mode": "observe"}
    found = [message(seq=i, host=host) for i in range(first, first + count_)]
    if first == 1:
        found[0] = {k: found[0][k] for k in ("v", "time", "host", "seq")}
        found[0].update(type="start", **head)
    return found


def chains(folder):
    def write(name, lines):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
        return path

    def state(*args):
        code, out, err = ctl("report", "--json", *args)
        _, text, _ = ctl("report", *args)
        chain = json.loads(out.splitlines()[0])["chain"]
        return chain, re.search(r"^chain     (.*)$", text.decode(), re.M).group(1), code, err

    lines = chained(numbered(9, "mx1"))
    whole = write("whole", lines)
    chain, text, code, _ = state(whole)
    ok(code == 0 and chain["state"] == "intact" and chain["chained"] == 9 and chain["chains"] == 1
       and (chain["first"], chain["last"]) == (1, 9) and text.startswith("intact; 9 records"),
       "a whole chain is intact", chain, text)
    changed = write("changed", lines[:4] + [lines[4].replace("192.0.2.1", "192.0.2.2")] + lines[5:])
    chain, text, code, _ = state(changed)
    ok(code == 0 and chain["state"] == "broken" and chain["where"] == f"{changed}:5"
       and chain["what"].startswith("changed: ") and
       text.startswith(f"broken at {changed}:5: changed: "), "a changed one is not", chain, text)
    gone = write("gone", lines[:4] + lines[5:])
    chain, text, _, _ = state(gone)
    ok(chain["state"] == "broken" and chain["where"] == f"{gone}:5", "nor one with a gap", chain)
    parts = write("part1", lines[:5]), write("part2", lines[5:])
    ok(state(*parts)[0]["state"] == "intact", "parts in order", state(*parts))
    ok(state(parts[1], parts[0])[0]["state"] == "broken", "parts out of order")
    ok(state(parts[1])[0]["state"] == "intact", "the last part alone")
    other = chained(numbered(6, "mx2"))
    others = write("other1", other[:3]), write("other2", other[3:])
    chain, text, _, _ = state(parts[0], others[0], parts[1], others[1])
    ok(chain["state"] == "intact" and chain["chains"] == 2 and chain["chained"] == 15
       and "2 chains of 15 records" in text, "parts of two hosts", chain, text)
    chain, _, _, _ = state(parts[0], others[1], parts[1], others[0])
    ok(chain["state"] == "broken" and chain["where"].startswith(others[1]),
       "of one of them out of order", chain)
    ok(state(whole, "--since", "2027-01-01")[0]["state"] == "intact",
       "the period does not matter to it")

    key = os.path.join(folder, "key")
    for name, octets in ((key, b"k" * 32), (key + "2", b"x" * 32)):
        with open(name, "wb") as f:
            f.write(octets + b"\n")
        os.chmod(name, 0o600)
    keyed = write("keyed", chained([r for r in numbered(9, "mx1", 5)], b"k" * 32))
    chain, text, code, err = state(keyed)
    ok(code == 0 and chain["state"] == "unchecked" and chain["keyed"] and
       chain["what"] == "the log is keyed and no key was given: name it with --key" and
       text.startswith("not checked: the log is keyed and no key was given"), "a key is missing", chain, text, err)
    chain, text, _, err = state("--key", key + "2", "--key", key, keyed)
    ok(chain["state"] == "intact" and chain["keyed"], "with it", chain, text, err)
    ok(state("--key", key + "2", keyed)[0]["state"] == "broken", "with another")
    for args, want in ((("--key", folder + "/none"), 66), (("--pubkey", key), 78)):
        code, out, err = ctl("report", *args, whole)
        ok(code == want and err and not out, f"{args[0]} with no key in it: {want}", code, err)
    ok(state(write("none", [json.dumps(message())]))[:2] ==
       ({"state": "none", "where": None, "what": None, "keyed": False, "chains": 0, "earlier": None,
         "breaks": 0,
         "chained": 0, "heads": 0, "heads_good": 0, "first": 0, "last": 0}, "no chain"),
       "no chain")


def main():
    cases, checked, severity = of_cases(), of_check(), severities()
    ok(len(cases) > 100 and len(checked) > 100 and len(severity) > 30,
       "there is something to report on", len(cases), len(checked), len(severity))
    with tempfile.TemporaryDirectory() as folder:
        counts(cases, checked, severity)
        top_rows(cases, severity)
        periods(cases)
        files(folder, cases)
        documents(cases, checked)
        views(folder, cases)
        command_line(folder)
        chains(folder)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
