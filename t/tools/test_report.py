#!/usr/bin/env python3
"""test_report.py - TAP: fixupctl report from outside.

FIXUPCTL is the program, FX_SRCDIR the root of the source tree. Logs are the records of t/cases, those
of `fixupctl check --json` over the same transcripts, and made-up ones. Every number of the report is
compared with a count by code of its own (count_all); documents of the Elastic Common Schema with its
field types, and put together again into the record that they come from.
"""
import collections
import datetime
import glob
import gzip
import hashlib
import hmac
import ipaddress
import json
import os
import pty
import random
import re
import subprocess
import sys
import tempfile

SRC = os.path.abspath(os.environ.get("FX_SRCDIR")
                      or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
PROGRAM = os.path.abspath(os.environ.get("FIXUPCTL")
                          or os.path.join(os.environ.get("FX_BUILDDIR", "."), "fixupctl"))
OUTCOMES = ["pass", "flag", "defer", "reject", "drop"]
TYPES = ["message", "session", "later", "start", "reload", "stop", "head", "other"]
KEPT = 8192  # labels of a table
LONG = 300   # seconds
count = failed = 0


def ok(good, what, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    for line in [] if good else "\n".join(str(s) for s in seen).splitlines()[:30]:
        print(f"# {line[:300]}")


def environment(**more):
    env = {k: v for k, v in os.environ.items()
           if k not in ("COLUMNS", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TERM")}
    env.update(FIXUP_PROFILE_PATH=os.path.join(SRC, "etc/profiles"), LC_ALL="C")
    env.update(more)
    return env


def ctl(*args, stdin=b"", **env):
    done = subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, timeout=LONG,
                          env=environment(**env))
    return done.returncode, done.stdout, done.stderr.decode()


def report(lines, *args):
    """Of these lines, through standard input: exit code, summary, tables by id, stderr."""
    data = b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in lines)
    code, out, err = ctl("report", "--json", *args, "-", stdin=data)
    objects = [json.loads(line) for line in out.decode().splitlines()]
    tables = {o["table"]: o for o in objects[1:]}
    return code, objects[0] if objects else None, tables, err


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


# ---- the same counts, by other code

def severities():
    """Of each anomaly, as fixup-milter(8) lists it."""
    found = {}
    with open(os.path.join(SRC, "man/fixup-milter.8"), encoding="utf-8") as f:
        page = f.read()
    for name, severity in re.findall(r"^\.It Sy (dkim-[a-z0-9-]+) Pq (fault|weak|note)", page,
                                     re.M):
        found[name] = severity
    return found


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def domain(address):
    if address is None:
        return "(not told)"
    if address == "":
        return "<>"
    return address.rsplit("@", 1)[1].lower() if "@" in address else "(no domain)"


def used(record, name, word):
    if name not in record:
        return "(not told)"
    if record[name] is None:
        return "(none)"
    value = record[name].get(word)
    return value if value is not None else "(not told)"


INTERVALS = ((60, "under 1 minute"), (600, "1 to 10 minutes"), (3600, "10 to 60 minutes"),
             (14400, "1 to 4 hours"), (float("inf"), "4 hours or more"))


def count_all(records, severity):
    """{table: {label: {column: count}}}, zeros left out."""
    tables = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for r in records:
        kind = r["type"]
        of = {"message": "messages", "session": "sessions"}.get(kind)
        if kind not in ("start", "reload", "stop", "head"):
            tables["hosts"][r["host"] or "(not told)"][of or "other"] += 1
        daemon = tables["daemon"]
        if kind in ("start", "reload", "stop", "head"):
            daemon[kind]["events"] += 1
        if "torn" in r:
            daemon["torn line"]["events"] += 1
        if "unwritten" in r:
            daemon["unwritten"]["events"] += 1
            daemon["unwritten"]["records"] += r["unwritten"]["records"]
        if "missing" in r:
            daemon["missing"]["events"] += 1
            daemon["missing"]["records"] += r["missing"]["to"] - r["missing"]["from"] + 1
        if r.get("rewritten_log"):
            daemon["rewritten log"]["events"] += 1
        if of:
            tables["verdicts"][of][r["verdict"]] += 1
            tables["verdicts"][of + ", would"][r["would"]] += 1
            addr = r["client"]["addr"] or "(not told)"
            tables["clients"][addr]["sessions" if of == "sessions" else r["verdict"]] += 1
            tables["tls"][used(r, "tls", "version")][of] += 1
            if (r.get("tls") or {}).get("cipher"):
                tables["ciphers"][r["tls"]["cipher"]][of] += 1
            tables["authentication"][used(r, "auth", "type")][of] += 1
            tables["mta"][r.get("mta", "(not told)")][of] += 1
        for rule in {f["rule"] for f in r.get("findings", [])}:
            tables["rules"][rule]["records"] += 1
            if rule == "recipient-count":
                tables["truncation"]["over the limit"]["messages"] += 1
        for f in r.get("findings", []):
            tables["rules"][f["rule"]]["enforced" if f["enforced"] else "noted"] += 1
            tables["rules-modes"][f["rule"]][r["mode"]] += 1
            row = tables["rules-profiles"][f["profile"] + " " + f["rule"]]
            row[f["would"]] += 1
            if f["enforced"]:
                row["enforced"] += 1
            if f["rule"] == "recipient-truncation":
                row = tables["truncation"][f["detail"]]
                row["messages"] += 1
                for name in ("refused", "returned", "lost"):
                    row[name] += r["recipients"][name]
            if f["rule"] == "duplicate-delivery":
                tables["duplicates"][next(name for below, name in INTERVALS
                                          if f["interval"] < below)]["repeats"] += 1
        if kind != "message":
            continue
        tables["sender-domains"][domain(r["from"])][r["verdict"]] += 1
        for there in {domain(to["address"]) for to in r["to"]}:
            tables["recipient-domains"][there][r["verdict"]] += 1
        for to in r["to"]:
            tables["recipient-domains"][domain(to["address"])]["recipients"] += 1
        for name, n in r["recipients"].items():
            tables["recipients"][name]["recipients"] += n
        for name in r["extensions"]:
            tables["extensions"][name]["messages"] += 1
        tables["profiles"][r["profile"]][r["would"]] += 1
        tables["profiles"][r["profile"]]["in force"] += 1
        for name, outcome in r.get("compare", {}).items():
            tables["profiles"][name][outcome] += 1
        for s in r.get("dkim", []):
            row = tables["dkim"][(s["domain"] or "(none)").lower()]
            for a in s["anomalies"]:
                row[severity[a]] += 1
                tables["dkim-anomalies"][a][severity[a]] += 1
            if s.get("field") != "ARC-Seal":
                row[s["content_type"]] += 1
                row["mismatch"] += s["body_hash"] == "mismatch"
        for a in r.get("dkim_message", []):
            tables["dkim-anomalies"][a][severity[a]] += 1
    return tables


def as_counts(table):
    """The same of a table of the report, zeros left out."""
    return {row["label"]: {c: v for c, v in zip(table["columns"], row["values"]) if v}
            for row in table["rows"] if any(row["values"])}


def same_counts(tables, wanted):
    """[] or what differs: all tables but that of times."""
    wrong = []
    for name, table in tables.items():
        if name == "verdicts-time":
            continue
        got = as_counts(table)
        want = {label: {c: v for c, v in row.items() if v}
                for label, row in wanted.get(name, {}).items() if any(row.values())}
        if got != want or table["others"] or any(table["rest"]) or table["approximate"]:
            wrong.append((name, {k: (got.get(k), want.get(k)) for k in set(got) | set(want)
                                 if got.get(k) != want.get(k)}))
    return wrong + [name for name in wanted if name not in tables]


def same_times(table, records):
    """Each step has what ended within it, and no step between is left out."""
    wrong, before = [], None
    step = datetime.timedelta(seconds=table["step"])
    for row in table["rows"]:
        begins = instant(row["label"])
        if before is not None and begins - before != step:
            wrong.append(("gap before", row["label"]))
        before = begins
        want = collections.Counter(r["verdict"] for r in records if r["type"] == "message"
                                   and begins <= instant(r["time"]) < begins + step)
        if row["values"] != [want[c] for c in table["columns"]]:
            wrong.append((row, want))
    total = sum(sum(row["values"]) for row in table["rows"])
    if total != sum(r["type"] == "message" for r in records) or len(table["rows"]) > 96:
        wrong.append(("sum", total, len(table["rows"])))
    return wrong


# ---- logs

def of_cases():
    found = []
    for path in sorted(glob.glob(os.path.join(SRC, "t/cases/*.ref"))):
        with open(path, encoding="utf-8") as f:
            found += [m.group(1) for m in (re.match(r"R: (\{.*\})", line) for line in f) if m]
    return found


def of_check():
    paths = sorted(glob.glob(os.path.join(SRC, "t/cases/*.smtp")))
    _, out, _ = ctl("check", "--json", "--at", "2026-11-21T10:00:00Z", *paths)
    return out.decode().splitlines()


def daemon_records():
    head = {"v": 1, "time": "2026-11-21T09:00:00.000000Z", "host": "mx1.example.net"}
    policy = {"policy": "0" * 64, "profile": "asa-9", "mode": "observe"}
    return [{**head, "seq": 1, "type": "start", **policy},
            {**head, "seq": 2, "type": "start", **policy, "torn": "log.torn-1",
             "missing": {"from": 12, "to": 14}},
            {**head, "seq": 3, "type": "start", **policy, "rewritten_log": True},
            {**head, "seq": 4, "type": "reload", **policy},
            {**head, "seq": 5, "type": "stop", **policy,
             "unwritten": {"records": 17, "since": head["time"], "error": "No space left"}},
            {**head, "seq": 6, "type": "head", "signature": "AAAA",
             "unwritten": {"records": 3, "since": head["time"], "error": "No space left"}},
            {**head, "seq": 7, "type": "tomorrow"}]


def synthetic(lines, number, seed, hosts=3):
    """Records of the cases at other times, of other hosts, clients and domains."""
    rng = random.Random(seed)
    messages = [json.loads(line) for line in lines if '"type":"message"' in line]
    found = []
    for i in range(number):
        r = json.loads(json.dumps(rng.choice(messages)))
        seconds = rng.randrange(40 * 86400)
        time = datetime.datetime(2026, 10, 1) + datetime.timedelta(seconds=seconds)
        r["time"] = time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{rng.randrange(10**6):06}Z"
        r["host"] = f"mx{rng.randrange(hosts)}.example.net"
        r["seq"] = i + 1
        r["client"]["addr"] = f"192.0.2.{min(rng.randrange(256), rng.randrange(256))}"
        r["from"] = rng.choice(["", f"A@D{rng.randrange(30)}.example.org", "local"])
        r["to"] = [{"address": f"u{k}@{rng.choice('abc')}.example.net", "result": "accepted"}
                   for k in range(rng.randrange(5))]
        if rng.random() < 0.3:
            r["compare"] = {"pix-6.3": rng.choice(OUTCOMES), "zorp": rng.choice(OUTCOMES)}
        if rng.random() < 0.2:
            r["tls"] = {"version": "TLSv1.2", "cipher": "ECDHE-RSA-AES256-GCM-SHA384"}
        if rng.random() < 0.2:
            r["dkim"] = [{"kind": "arc", "field": field, "instance": 1, "selector": "s",
                          "domain": rng.choice([None, "Example.org", "example.net"]),
                          "algorithm": "rsa-sha256", "content_type": rng.choice(["none", "colon"]),
                          "body_hash": rng.choice(["match", "mismatch", "unchecked"]),
                          "anomalies": rng.choice([[], ["dkim-arc-cv", "dkim-key-small"]])}
                         for field in ("ARC-Message-Signature", "ARC-Seal")]
        found.append(r)
    return found


def message(**changes):
    r = {"v": 1, "time": "2026-11-21T10:00:00.000000Z", "elapsed": 0.084123,
         "host": "mx1.example.net", "seq": 1, "type": "message", "session": "0" * 32, "message": 1,
         "queue_id": "4XyZ", "message_id": "<1@example.org>",
         "client": {"addr": "192.0.2.1", "port": 40000, "name": "mail.example.org",
                    "helo": "mail.example.org"},
         "listener": "smtpd", "mta": "Postfix 3.7.11", "tls": None, "auth": None,
         "extensions": [], "from": "sender@example.org",
         "to": [{"address": "user@example.net", "result": "accepted"}],
         "recipients": {"accepted": 1, "deferred": 0, "rejected": 0, "lost": 0},
         "size": 1, "ended": "eom", "profile": "asa-9", "mode": "observe", "verdict": "pass",
         "would": "pass", "reply": None, "findings": [], "dkim": []}
    r.update(changes)
    return r


# ---- tests

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


WRONG = ((b"", "no record: an empty line"),
         (b"garbage", "no record: no JSON object"),
         (b"\x00\x01\x02\xff", "no record: no JSON object"),
         (b"{\x00\x01\x02\xff", "no record: (no JSON|octets that are not UTF-8|cut off)"),
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


# ---- the Elastic Common Schema

def keyword(v):
    return isinstance(v, str)


def keywords(v):
    return isinstance(v, list) and v != [] and all(isinstance(x, str) for x in v)


def one_of(*words):
    return lambda v: v in words


def some_of(*words):
    return lambda v: keywords(v) and set(v) <= set(words)


def long(v):
    return isinstance(v, int) and not isinstance(v, bool) and -2**63 <= v < 2**63


def is_ip(v):
    try:
        return bool(ipaddress.ip_address(v))
    except ValueError:
        return False


# Field types and allowed values: Elastic Common Schema 8.11, field reference (elastic.co/guide/en/ecs).
FIELDS = {
    "@timestamp": lambda v: bool(instant(v)),
    "ecs.version": keyword,
    "event.kind": one_of("alert", "asset", "enrichment", "event", "metric", "state",
                         "pipeline_error", "signal"),
    "event.category": some_of("configuration", "email", "network", "process"),
    "event.type": some_of("allowed", "change", "connection", "denied", "end", "info", "start"),
    "event.outcome": one_of("failure", "success", "unknown"),
    "event.action": keyword, "event.module": keyword, "event.dataset": keyword,
    "event.duration": long, "event.sequence": long, "event.hash": keyword,
    "network.protocol": lambda v: keyword(v) and v == v.lower(),
    "host.name": keyword, "service.type": keyword,
    "source.ip": is_ip, "source.port": long, "source.domain": keyword,
    "tls.established": lambda v: isinstance(v, bool),
    "tls.version": keyword, "tls.version_protocol": lambda v: keyword(v) and v == v.lower(),
    "tls.cipher": keyword, "user.name": keyword,
    "email.local_id": keyword, "email.message_id": keyword,
    "email.from.address": keywords, "email.to.address": keywords,
    "rule.name": keywords, "rule.ruleset": keyword,
}
# Which types a category may have: the same, "ECS categorization field: event.category".
EXPECTED = {"email": {"info"},
            "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol",
                        "start"},
            "process": {"access", "change", "end", "info", "start"},
            "configuration": {"access", "change", "creation", "deletion", "info"}}


def leaves(value, name=""):
    if isinstance(value, dict) and not name.startswith("fixup"):
        for k, v in value.items():
            yield from leaves(v, f"{name}.{k}" if name else k)
    else:
        yield name, value


def ecs_wrong(document):
    wrong = [(name, value) for name, value in leaves(document)
             if name != "fixup" and not (name in FIELDS and FIELDS[name](value))]
    event = document["event"]
    allowed = set().union(*(EXPECTED[c] for c in event.get("category", [])))
    if not set(event.get("type", [])) <= allowed or "kind" not in event:
        wrong.append(("event", event))
    return wrong


def back(document):
    """The record that a document was made of."""
    r = dict(document["fixup"])
    r["time"] = document["@timestamp"]
    event, email = document["event"], document.get("email", {})
    moved = (("seq", event, "sequence"), ("hash", event, "hash"), ("host",
             document.get("host", {}), "name"), ("queue_id", email, "local_id"),
             ("message_id", email, "message_id"), ("profile", document.get("rule", {}), "ruleset"))
    for name, where, field in moved:
        if field in where:
            r[name] = where[field]
    if "verdict" not in r and event["action"] != r["type"]:
        r["verdict"] = event["action"]
    if "duration" in event:
        r["elapsed"] = event["duration"] / 1e9
    if "address" in email.get("from", {}):
        r["from"] = email["from"]["address"][0]
    if "address" in email.get("to", {}):
        r["to"] = [{"address": a, "result": x}
                   for a, x in zip(email["to"]["address"], r["to"]["result"], strict=True)]
    client = {k: document["source"][f] for k, f in (("addr", "ip"), ("port", "port"),
                                                    ("name", "domain"))
              if f in document.get("source", {})}
    if client:
        r["client"] = {**r.get("client", {}), **client}
    tls = document.get("tls", {})
    if tls.get("established") is False:
        r["tls"] = None
    elif tls:
        r["tls"] = dict(r.get("tls", {}))
        if "version" in tls:
            r["tls"]["version"] = tls["version_protocol"].upper() + "v" + tls["version"]
        if "cipher" in tls:
            r["tls"]["cipher"] = tls["cipher"]
    if "name" in document.get("user", {}):
        r["auth"] = {**r.get("auth", {}), "identity": document["user"]["name"]}
    return r


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
       text.startswith("not checked: keyed, no key given"), "a key is missing", chain, text, err)
    chain, text, _, err = state("--key", key + "2", "--key", key, keyed)
    ok(chain["state"] == "intact" and chain["keyed"], "with it", chain, text, err)
    ok(state("--key", key + "2", keyed)[0]["state"] == "broken", "with another")
    for args, want in ((("--key", folder + "/none"), 66), (("--pubkey", key), 78)):
        code, out, err = ctl("report", *args, whole)
        ok(code == want and err and not out, f"{args[0]} with no key in it: {want}", code, err)
    ok(state(write("none", [json.dumps(message())]))[:2] ==
       ({"state": "none", "where": None, "what": None, "keyed": False, "chains": 0, "earlier": None, "breaks": 0,
         "chained": 0, "heads": 0, "heads_good": 0, "first": 0, "last": 0}, "no chain"),
       "no chain")


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
    cases, checked, severity = of_cases(), of_check(), severities()
    ok(len(cases) > 100 and len(checked) > 100 and len(severity) > 30,
       "there is something to report on", len(cases), len(checked), len(severity))
    with tempfile.TemporaryDirectory() as folder:
        counts(cases, checked, severity)
        top_rows(cases, severity)
        periods(cases)
        files(folder, cases)
        wrong_lines()
        odd_members()
        documents(cases, checked)
        views(folder, cases)
        command_line(folder)
        chains(folder)
    memory()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
