"""report_log.py - common ground of the tests of fixupctl report: the program, logs, counts.

FIXUPCTL is the program, FX_SRCDIR the root of the source tree. Logs are the records of t/cases, those
of `fixupctl check --json` over the same transcripts, and made-up ones; count_all counts what the
report counts, by other code.
"""
import collections
import datetime
import glob
import json
import os
import random
import re
import subprocess

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


def finish():
    """The exit code."""
    print(f"1..{count}")
    return 1 if failed else 0


def environment(**more):
    env = {k: v for k, v in os.environ.items()
           if k not in ("COLUMNS", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TERM")}
    env.update(FIXUP_PROFILE_PATH=os.path.join(SRC, "etc/profiles"), LC_ALL="C")
    # what was freed is no memory that is needed: AddressSanitizer would keep 256 MB of it
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "exitcode=99") + ":quarantine_size_mb=1"
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
