#!/usr/bin/env python3
"""test_report_chain.py - TAP: which parts fixupctl report takes for one log.

FIXUPCTL is the program. In records of the daemon itself the host is its machine, in those of mail the
mail server, as in real logs. Whatever is missing within the parts of one log has to show, as
`fixupctl verify` shows it; parts of several logs may be given in any order among each other.
"""
import hashlib
import hmac
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile

from report_log import PROGRAM, SRC, finish, ok

KEY = b"k" * 32
ZEROS = "0" * 64


def ctl(*args):
    env = dict(os.environ, FIXUP_PROFILE_PATH=os.path.join(SRC, "etc/profiles"), LC_ALL="C")
    done = subprocess.run([PROGRAM, *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          env=env)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Log:
    """What one daemon writes on `machine` for a mail server that calls itself `server`."""

    def __init__(self, machine, server, key=b""):
        self.machine, self.server, self.key = machine, server, key
        self.seq, self.last = 0, ZEROS

    def line(self, kind, **more):
        own = kind in ("start", "reload", "stop", "head")
        self.seq += 1
        r = {"v": 1, "time": f"2026-11-21T10:{self.seq // 60:02}:{self.seq % 60:02}.000000Z"}
        r.update({} if own or kind == "later" else {"elapsed": 0.1})
        r.update(host=self.machine if own else self.server, seq=self.seq, type=kind)
        if own and kind != "stop":
            name = hmac.new(self.key, b"fixup-milter key", "sha256").hexdigest()[:16]
            r["chain"] = {"algorithm": "hmac-sha256" if self.key else "sha256",
                          "key": name if self.key else None}
        if not own:
            r.update(client={"addr": "192.0.2.1"}, verdict="pass", would="pass", findings=[])
        r.update(more)
        text = json.dumps(r, separators=(",", ":"))[:-1] + f',"prev":"{self.last}"'
        self.last = (hmac.new(self.key, text.encode(), "sha256") if self.key
                     else hashlib.sha256(text.encode())).hexdigest()
        return text + f',"hash":"{self.last}"}}\n'

    def part(self, *kinds):
        return [self.line(kind) for kind in kinds]


class Folder:
    def __init__(self, path, key):
        self.path, self.number = path, itertools.count(1)
        self.options = ["--key", key] if key else []

    def write(self, lines):
        path = os.path.join(self.path, f"part-{next(self.number)}")
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join(lines))
        return path

    def state(self, parts):
        """Of parts, each a list of lines: summary of the report, its line about the chain."""
        paths = [self.write(p) for p in parts]
        _, out, _ = ctl("report", "--json", *self.options, *paths)
        _, text, _ = ctl("report", *self.options, *paths)
        summary = json.loads(out.splitlines()[0])
        return summary, re.search(r"^chain     (.*)$", text, re.M).group(1), paths

    def verify(self, paths):
        code, out, _ = ctl("verify", "--all", *self.options, *paths)
        return code, out

    def agrees(self, what, parts, intact):
        """Parts of one log: report and verify say the same, at the same place."""
        summary, text, paths = self.state(parts)
        code, out = self.verify(paths)
        chain = summary["chain"]
        first = re.match(r"(.*:\d+): ", out)
        ok((chain["state"] == "intact") == (code == 0) == intact and chain["chains"] == 1 and
           chain["state"] in ("intact", "broken") and
           (intact or (first and chain["where"] == first.group(1))) and "another daemon" not in out,
           what, chain, text, code, out)
        return chain, text


def full(machine, server, key=b""):
    """Three parts: the first two are rotated, each begins with a head or start."""
    log = Log(machine, server, key)
    return [log.part("start", "message", "message", "session", "head", "message", "message"),
            log.part("head", "message", "session", "message", "head"),
            log.part("head", "message", "later", "message", "message")]


def one_log(folder, key, how):
    a, b, c = full("vm", "mx1.example.net", key)
    folder.agrees(f"{how}: three parts", [a, b, c], True)
    chain, text = folder.agrees(f"{how}: the first was not given", [b, c], True)
    ok(chain["earlier"] == "vm from record 8" and
       text.endswith("earlier parts were not given: vm from record 8"), f"{how}: which is said", chain)
    folder.agrees(f"{how}: the one in the middle was left out", [a, c], False)
    folder.agrees(f"{how}: out of order", [a, c, b], False)
    folder.agrees(f"{how}: last first", [b, a, c], False)
    folder.agrees(f"{how}: one twice", [a, b, b, c], False)
    for end, kind in ((6, "message"), (5, "head"), (4, "session"), (3, "message"), (1, "start")):
        assert f'"type":"{kind}"' in a[end - 1]
        folder.agrees(f"{how}: cut at its end, which is a {kind}", [a[:end], b, c], False)
        folder.agrees(f"{how}: and nothing but the next part", [a[:end], b], False)
    folder.agrees(f"{how}: the second cut at its end", [a, b[:-1], c], False)
    folder.agrees(f"{how}: the beginning of the second is gone", [a, b[1:], c], False)
    folder.agrees(f"{how}: of the third too, and the first cut", [a[:6], b[1:], c[1:]], False)
    folder.agrees(f"{how}: two that begin without a head, and a cut", [b[1:-1], c], False)
    folder.agrees(f"{how}: a line that is no record before a part", [a, ["garbage\n"] + b, c], False)
    folder.agrees(f"{how}: many of them", [a, ["garbage\n"] * 200 + b, c], False)
    folder.agrees(f"{how}: an empty part between", [a, [], b, c], True)


def killed(folder, key, how):
    """kill -9, the log renamed, and a start in a new file that goes on from the head that was kept."""
    log = Log("vm", "mx1.example.net", key)
    a = log.part("start", "message", "message", "message")
    b = log.part("start", "message", "stop")
    folder.agrees(f"{how}: killed, renamed, started", [a, b], True)
    folder.agrees(f"{how}: and the last line removed", [a[:-1], b], False)
    folder.agrees(f"{how}: and torn", [a[:-1] + [a[-1][:40]], b], False)
    again = Log("vm", "mx1.example.net", key).part("start", "message", "message")
    folder.agrees(f"{how}: a start from zero, the head was removed too", [a, again], False)
    folder.agrees(f"{how}: after a part without any record of the daemon", [a[1:], again], False)


def renamed(folder, key, how):
    log = Log("vm", "mx1.example.net", key)
    a = log.part("start", "message", "stop")
    log.machine = "vm-new"
    b = log.part("start", "message", "message")
    folder.agrees(f"{how}: a machine with a new name", [a, b], True)


def two_logs(folder, key, how):
    one = full("vm", "mx1.example.net", key)
    for machine, server in (("vm2", "mx2.example.net"), ("vm2", "mx1.example.net")):
        two = full(machine, server, key)
        orders = {"one after the other": one + two,
                  "interleaved": [p for pair in zip(one, two) for p in pair],
                  "the other first": [two[0], one[0], one[1], two[1], two[2], one[2]]}
        for name, parts in orders.items():
            summary, text, _ = folder.state(parts)
            chain = summary["chain"]
            ok(chain["state"] == "intact" and chain["chains"] == 2 and chain["chained"] == 34 and
               chain["earlier"] is None and summary["hosts"] == len({"mx1.example.net", server}),
               f"{how}: two logs, {machine} for {server}, {name}", summary, text)
            for gone in (0, 1, 2, 3, 4, 5):
                cut = [p[:-1] if i == gone else p for i, p in enumerate(parts)]
                last = gone in [max(i for i, p in enumerate(parts) if p in log) for log in (one, two)]
                chain = folder.state(cut)[0]["chain"]
                ok(chain["state"] == ("intact" if last else "broken") and chain["chains"] == 2,
                   f"{how}: {name}, part {gone + 1} cut at its end: "
                   f"{'nobody can tell' if last else 'broken'}", chain)
            out = [p for p in parts if p is not one[1]]
            chain = folder.state(out)[0]["chain"]
            ok(chain["state"] == "broken" and chain["chains"] == 2, f"{how}: {name}, one left out", chain)
        chain = folder.state([one[1], two[1], one[2], two[2]])[0]["chain"]
        ok(chain["state"] == "intact" and chain["earlier"] == f"vm from record 8, {machine} from record 8",
           f"{how}: earlier parts of both were not given", chain)
        chain = folder.state([one[0][:6], two[0], one[0][6:], two[1]])[0]["chain"]
        ok(chain["state"] == "intact" and chain["chains"] == 2,
           f"{how}: a part that begins with a message goes on from its hash", chain)
        chain = folder.state([one[0], two[1][1:], one[1]])[0]["chain"]
        ok(chain["state"] == "broken", f"{how}: a part of which nothing says whose it is", chain)


def hints(folder):
    a, b, c = full("vm", "mx1.example.net")
    for name, lines in (("behind a head", a[:5] + a[6:]), ("before one", a[:3] + a[4:]),
                        ("from part to part", a[:-1] + b)):
        _, out = folder.verify([folder.write(lines)])
        ok("removed: " in out and "another daemon" not in out, f"a gap {name} is no other log", out)
    other = full("vm2", "mx2.example.net")
    for name, lines in (("messages", a[:3] + [other[2][3]] + a[3:]), ("heads", a[:6] + other[2])):
        _, out = folder.verify([folder.write(lines)])
        ok("another daemon?" in out, f"{name} of another log", out)


def counts(folder):
    path = folder.write(sum(full("vm", "mx1.example.net"), []))
    _, out, _ = ctl("report", "--json", path)
    summary, *tables = [json.loads(line) for line in out.splitlines()]
    tables = {t["table"]: t for t in tables}
    ok(summary["hosts"] == 1 and [r["label"] for r in tables["hosts"]["rows"]] == ["mx1.example.net"]
       and tables["hosts"]["rows"][0]["values"] == [9, 2, 1], "hosts are those of mail",
       tables["hosts"])
    own = Log("vm", "mx1.example.net").part("start", "head", "stop")
    _, out, _ = ctl("report", "--json", folder.write(own))
    ok(json.loads(out.splitlines()[0])["hosts"] == 1 and '"label":"vm"' in out,
       "the daemon's own where there is no mail", out)
    clients = tables["clients"]
    row = dict(zip(clients["columns"], clients["rows"][0]["values"]))
    ok(row == {"pass": 9, "flag": 0, "defer": 0, "reject": 0, "drop": 0, "sessions": 2},
       "clients: verdicts are of messages, sessions a number of its own", row)

    for since, until in (("2026-11-22", "2026-11-21"), ("2026-11-21T10:00:01Z", "2026-11-21T10:00:00Z")):
        code, out, err = ctl("report", "--since", since, "--until", until, path)
        ok(code == 64 and not out and "--since is later than --until" in err,
           f"from {since} to {until}: an error", code, out, err)
    code, out, err = ctl("report", "--since", "2027-01-01", path)
    ok(code == 0 and out.count("no record in this period\n") == 1 and "nothing:" not in out and
       "left out  17 records" in out, "a period without a record", code, out, err)
    page = os.path.join(folder.path, "page.html")
    ctl("report", "--since", "2027-01-01", "--html", page, path)
    with open(page, encoding="utf-8") as f:
        ok("No record in this period" in f.read(), "the page says so too")


def main():
    with tempfile.TemporaryDirectory(prefix="fx-report-chain.") as path:
        plain = Folder(path, None)
        key = os.path.join(path, "key")
        with open(key, "wb") as f:
            f.write(KEY + b"\n")
        os.chmod(key, 0o600)
        one_log(plain, b"", "plain")
        killed(plain, b"", "plain")
        renamed(plain, b"", "plain")
        two_logs(plain, b"", "plain")
        keyed = Folder(path, key)
        one_log(keyed, KEY, "keyed")
        killed(keyed, KEY, "keyed")
        renamed(keyed, KEY, "keyed")
        two_logs(keyed, KEY, "keyed")
        hints(plain)
        counts(plain)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
