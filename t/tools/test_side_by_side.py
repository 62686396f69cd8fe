#!/usr/bin/env python3
"""test_side_by_side.py - TAP: fixupctl check --side-by-side from outside.

FIXUPCTL is the program, FX_SRCDIR the root of the source tree. t/tools/side-by-side has
transcripts, profiles of its own, and NAME.out, the output wanted for NAME.smtp (GOLDEN says with
which options and how wide). What the view says of a profile is compared with the records of a
check for this profile alone, over all transcripts of t/cases.
"""
import glob
import json
import os
import pty
import re
import resource
import subprocess
import sys
import tempfile

SRC = os.path.abspath(os.environ.get("FX_SRCDIR")
                      or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
PROGRAM = os.path.abspath(os.environ.get("FIXUPCTL")
                          or os.path.join(os.environ.get("FX_BUILDDIR", "."), "fixupctl"))
HERE = os.path.join(SRC, "t/tools/side-by-side")
SHIPPED = os.path.join(SRC, "etc/profiles")
OWN = os.path.join(HERE, "profiles")
NAMED = ("asa-9", "asa-9-allow-tls", "pix-6.3", "pix-7.2.2")
GOLDEN = (("firewalls", SHIPPED, "80", ("-p", "asa-9", "-p", "pix-6.3")),
          ("rules", OWN, "60", ("-p", "one", "-p", "one-more", "-p", "two")),
          ("clients", OWN, "100", ("-c", "clients.conf")))
MEMBERS = ["rule", "stage", "action", "observed", "limit", "evidence", "detail", "basis",
           "confidence", "source"]
SIZE = 50_000_000
MEMORY = 16384  # kB that findings may take; AddressSanitizer needs some of its own
LONG = 300  # seconds
count = failed = 0


def ok(good, what, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    for line in [] if good else "\n".join(str(s) for s in seen).splitlines()[:30]:
        print(f"# {line[:300]}")


def check(*args, profiles=SHIPPED, columns=None, cwd=HERE, stdin=b""):
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    env.update(FIXUP_PROFILE_PATH=profiles, LC_ALL="C")
    if columns:
        env["COLUMNS"] = columns
    done = subprocess.run([PROGRAM, "check", *args], input=stdin, capture_output=True, env=env,
                          cwd=cwd, timeout=LONG)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def side(*args, **more):
    return check("--side-by-side", *args, **more)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def options(names):
    return [word for name in names for word in ("-p", name)]


def write(name, content):
    with open(name, "wb") as f:
        f.write(content)
    return os.path.abspath(name)


def transcript(*between):
    """A session with the lines of the client, each answered."""
    out = ["S: 220 mx.example.net ESMTP"]
    for line in between:
        out += [f"C: {line}", "S: 250 Ok"]
    return ("\n".join(out) + "\n").encode("latin-1")


def golden():
    for name, profiles, columns, args in GOLDEN:
        with open(os.path.join(HERE, name + ".out"), encoding="ascii") as f:
            wanted = f.read()
        code, out, err = side(*args, name + ".smtp", profiles=profiles, columns=columns)
        ok(code == 1 and err == "" and out == wanted, f"{name}: as in {name}.out", code, err, out)
        ok("\033" not in out, f"{name}: no colour without a terminal")
    words = re.sub(r"\s+", " ", out)
    for columns in ("20", "200"):
        out = side(*args, name + ".smtp", profiles=profiles, columns=columns)[1]
        ok(re.sub(r"\s+", " ", out) == words, f"{columns} columns: the same words", out)
    plain = side(*args, name + ".smtp", profiles=profiles)[1]
    ok(plain == wanted, "no terminal: 100 columns", plain)


def whole():
    """The table of whatever profiles are shipped, and exit codes."""
    names = sorted(f[:-5] for f in os.listdir(SHIPPED) if f.endswith(".conf"))
    names.insert(0, names.pop(names.index("asa-9")))
    code, out, _ = side("firewalls.smtp")
    for record in out.split("\n\n"):
        rows = re.findall(r"^  (\S+) +(pass|flag|defer|reject|drop)"
                          r"(?:  \(\d+ rules? only assumed, and off\))?$", record, re.M)
        ok([row[0] for row in rows] == names, "a row for each profile, asa-9 first", record)
    rows = re.findall(r"^    (.*?): (?:[a-z-]+)", out, re.M)
    ok(rows and all(set(row.split(", ")) <= set(names) for row in rows), "rows name profiles", rows)
    titles = re.findall(r"^\S.*", out, re.M)
    ok(titles == [f"firewalls.smtp ({n})" for n in ("message 1", "message 2", "session")],
       "a title for each record", titles)
    code_json, out, _ = side("--json", "firewalls.smtp")
    ok([[p["name"] for p in r["profiles"]] for r in lines(out)] == [names] * 3, "the same as JSON")
    ok(code == code_json == 1, "exit code 1: something found", code, code_json)
    code, out, _ = side("-", stdin=b"From: a@example.org\n\nhello\n")
    ok(code == 0 and out.splitlines()[0] == "-" and len(out.splitlines()) == len(names) + 2,
       "nothing found: the table alone, exit code 0", code, out)
    ok(side("missing.smtp")[0] == 66, "a missing file")
    ok(side("-p", "nonsense", "rules.smtp")[0] == 64, "a profile that does not exist")


def on_terminal(**more):
    """The table on a terminal of 60 columns."""
    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    env.update(FIXUP_PROFILE_PATH=OWN, TERM="xterm", **more)
    with subprocess.Popen([PROGRAM, "check", "--side-by-side", "-p", "one", "-p", "two",
                           "firewalls.smtp"], stdout=theirs, env=env, cwd=HERE):
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:  # the other side is closed
            pass
    os.close(ours)
    return text.decode()


def colours():
    out = on_terminal()
    ok("  one      \033[33mflag\033[0m  (1 rule" in out, "colour for the outcome on a terminal", out)
    ok("\033" not in on_terminal(NO_COLOR="1"), "none with NO_COLOR")


def key(finding):
    told = {"basis": "observed", **finding}
    return json.dumps([told.get(m) for m in MEMBERS[:8]])


def of_one(records, profile):
    """What a check for one profile alone recorded."""
    return [(r["type"], r["session"], r.get("message"), r["would"],
             sorted(key(f) for f in r["findings"])) for r in records if r["profile"] == profile]


def of_all(records, at):
    out = []
    for r in records:
        mine = r["profiles"][at]
        # a session with messages has a record only where something was found
        empty = r["type"] == "session" and not mine["findings"] and any(
            q["type"] == "message" and q["session"] == r["session"] for q in records)
        if not empty:
            out.append((r["type"], r["session"], r["message"], mine["would"],
                        sorted(key(f) for f in mine["findings"])))
    return out


def agreement(folder):
    """Whoever is the main one: each profile says what it says alone."""
    sources = sorted(glob.glob(os.path.join(SRC, "t/cases/*.smtp"))) + [
        os.path.join(HERE, f"{g[0]}.smtp") for g in GOLDEN]
    alone, findings = {}, 0
    for name in NAMED:
        alone[name] = of_one(lines(check("--json", "-p", name, *sources)[1]), name)
        findings += sum(len(r[4]) for r in alone[name])
    ok(findings > 500, f"{findings} findings to compare")
    for order in (NAMED, NAMED[::-1]):
        records = lines(side("--json", *options(order), *sources)[1])
        for at, name in enumerate(order):
            got = of_all(records, at)
            wrong = [f"{a}\n{b}" for a, b in zip(got, alone[name]) if a != b]
            ok(got == alone[name], f"{name} beside {order[0]} as alone", *wrong)
    # twice the same in one command; the same seen at another time by others
    twice = write(os.path.join(folder, "twice.smtp"), transcript(
        "EHLO a", "MAIL FROM:<a@example.org> X-A X-A", "RCPT TO:<b@example.net>", "RSET",
        "WIZ", "ETRN x", "WIZ", "ETRN x"))
    out = side("-p", "asa-9", "-p", "pix-6.3", "-p", "pix-7.2.2", twice)[1]
    ok(len(re.findall(r'^  extension-not-allowed \[mail\] "X-A"\n    asa-9.*(?:\n      .*)*'
                      r'\n    pix-6.3', out, re.M)) == 2, "one parameter twice: two findings", out)
    ok(len(re.findall(r'^  verb-not-allowed \[command\] "WIZ"\n(?:    .*\n)*?    pix-6.3', out,
                      re.M)) == 2, "one verb twice: two findings", out)
    order = re.findall(r'^  verb-not-allowed \[command\] "(\w+)"', out, re.M)
    ok(order == ["EHLO", "WIZ", "ETRN", "WIZ", "ETRN"], "in the order of time", order)


def as_json():
    source = os.path.join(HERE, "rules.smtp")
    code, out, err = side("--json", *options(("one", "one-more", "two")), source, profiles=OWN)
    records = lines(out)
    ok(code == 1 and err == "" and [r["type"] for r in records] == ["message", "session"],
       "a line for each record", out)
    ok(all(list(r) == ["source", "type", "session", "message", "profiles"]
           + (["dkim"] if r["type"] == "message" else []) for r in records)
       and [r["message"] for r in records] == [1, None] and records[0]["source"] == source
       and re.fullmatch("[0-9a-f]{32}", records[0]["session"]), "with these members", out)
    ok(all(list(p) == ["name", "would", "assumed_off", "findings"] and
           all(list(f)[:10] == MEMBERS for f in p["findings"])
           for r in records for p in r["profiles"]), "and those of profiles and findings", out)
    found = {(p["name"], f["rule"]): f for p in records[0]["profiles"] for f in p["findings"]}
    wanted = dict(zip(MEMBERS, ("recipient-count", "rcpt", "truncate", 4, 2, None, None,
                                "observed", "inferred", "guide of one, p. 3")), overflow="fail")
    ok(found["one", "recipient-count"] == wanted, "a finding", found["one", "recipient-count"])
    ok(found["one-more", "recipient-count"] == wanted, "of a profile that inherits it")
    server = found["two", "content-type-duplicate"]
    ok(server["source"] is None and server["confidence"] is None, "no source: the server's own rule")
    hidden = found["two", "body-8bit"]
    ok((hidden["action"], hidden["basis"], hidden["confidence"], hidden["source"]) ==
       ("hide", "assumed", "inferred", "guide of two, extensions"),
       "no rule but the list of keywords", hidden)
    verbs = [p["findings"][0]["source"] for p in records[1]["profiles"]]
    ok(verbs == ["guide of one, p. 1", "a weblog", "guide of two, p. 1"], "each its own source", verbs)


def modes(folder):
    """What decides about findings counts; what decides about answers and the log does not."""
    for mode in ("observe", "tag", "enforce"):
        path = write(os.path.join(folder, mode + ".conf"), f"""policy : {{ profile = "one";
            compare = [ "two" ]; mode = "{mode}"; }};
            log : {{ records = "flagged"; }};""".encode())
        out = side("-c", path, "rules.smtp", profiles=OWN)[1]
        if mode == "observe":
            wanted = out
        ok(out == wanted and out.count("\n\n") == 1, f"{mode}: the same", out)
        out = side("-c", path, "-", profiles=OWN, stdin=transcript("EHLO a", "QUIT"))[1]
        ok(re.findall(r"^  (?:one|two) .*", out, re.M) == ["  one      pass  (1 rule only assumed, and off)",
                                                       "  two      pass"],
           "what is not flagged is shown", out)
    write(path, b'policy : { compare = "all"; mode = "off"; profile = "one"; };')
    code, out, _ = side("-c", path, "rules.smtp", profiles=OWN)
    ok(code == 0 and out == "", "off: nothing", code, out)
    records = lines(side("--json", "-c", "clients.conf", "clients.smtp", profiles=OWN)[1])
    names = [[p["name"] for p in r["profiles"]] for r in records]
    ok(names == [["two", "one"], ["one", "two"]], "clients have profiles of their own", names)
    rcpt = [f for p in records[1]["profiles"] for f in p["findings"] if f["rule"] == "recipient-count"]
    ok([f["source"] for f in rcpt] == ["simulate.recipients of the configuration"],
       "a simulation is the main profile's alone", rcpt)


def hostile(folder):
    bad = "\x1b[31mWIZ\\x1b]0;x\\x07\\x9b1m \xe2\x80\xae"
    path = write(os.path.join(folder, "a\x1b[31m.smtp"), transcript("EHLO a", bad, "a\\x00b"))
    _, out, _ = side(*options(NAMED), path)
    odd = [c for c in out if ord(c) < 32 and c != "\n" or ord(c) > 126]
    ok(not odd and "\\x1b" in out, "nothing from mail or a name acts upon the terminal", odd, out)
    code, out, _ = side("--json", *options(NAMED), path)
    ok(code == 1 and "\x1b" not in out and len(lines(out)) == 1, "nor from JSON", out)
    raw = write(os.path.join(folder, "raw.smtp"), b"C: \xff\xfe\x80\nS: 500 what\n")
    code, out, _ = side("--json", *options(NAMED), raw)
    ok(lines(out)[0].get("lossy") is True, "what is not UTF-8 is replaced, and it says so", out)
    noise = bytes(i * i * 7919 % 251 for i in range(100000))
    code = side("--json", write(os.path.join(folder, "noise.smtp"), noise))[0]
    ok(code < 70, "random bytes", code)


def many(folder):
    session = b"".join(transcript("EHLO a")[:-1] + b"\nC: MAIL FROM:<a|b@example.org>\nS: 250 Ok\n"
                       b"C: RCPT TO:<c@example.net>\nS: 250 Ok\nC: DATA\nS: 354 go\nC| A: b\nC|\n"
                       b"C| .\nS: 250 Ok\n" if n == 0 else
                       b"C: MAIL FROM:<a|b@example.org>\nS: 250 Ok\nC: RSET\nS: 250 Ok\n"
                       for n in range(2000))
    path = write(os.path.join(folder, "many.smtp"), session)
    code, out, err = side(*options(NAMED), path)
    numbers = re.findall(r"\(message (\d+)\)$", out, re.M)
    ok(numbers == [str(n) for n in range(1, 2001)], "2000 messages of one session", len(numbers), err)
    records = lines(side("--json", *options(NAMED), path)[1])
    ok([r["message"] for r in records] == [*range(1, 2001), None], "as JSON, and the session")
    ok(all(len(p["findings"]) == 1 for r in records[:-1] for p in r["profiles"]),
       "no finding goes over to the next message")
    box = b"From a@example.org Sat Jan  3 01:05:34 1996\nFrom: a@example.org\n" \
          b"X: " + 1000 * b"x" + b"\n\nhello\n\n"
    path = write(os.path.join(folder, "box"), 3 * box)
    out = side("-p", "asa-9", "-p", "pix-6.3", path, cwd=folder)[1]
    ok(re.findall(r"^\S*/(box.*)", out, re.M) == ["box#1", "box#2", "box#3"] and
       out.count("header-line-length") == 3, "an mbox", out)


def full(folder):
    """More findings than are kept; then as many as 50 MB have room for."""
    path = write(os.path.join(folder, "full.smtp"), transcript(*300 * ["WIZ"]))
    records = lines(side("--json", *options(NAMED), path)[1])
    kept = [len(p["findings"]) for p in records[0]["profiles"]]
    ok(min(kept) >= 64 and records[0]["findings_omitted"] > 0, "limits.findings for each", kept)
    text = side(*options(NAMED), path)[1]
    ok(text.endswith(f"  and {records[0]['findings_omitted']} more\n"), "the others are counted")
    conf = write(os.path.join(folder, "1000.conf"),
                 b'policy : { compare = "all"; }; limits : { findings = 1000; };')
    kept = lines(side("--json", "-c", conf, path)[1])[0]["profiles"]
    ok(all(len(p["findings"]) <= 1000 for p in kept) and any(p["findings"] for p in kept),
       "never more than the setting allows")


def peak(*args):
    """kB that a run takes at most, by a process between that has no other child."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], "
            "stdout=subprocess.DEVNULL, check=False); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    out = subprocess.run([sys.executable, "-c", code, PROGRAM, "check", *args], timeout=LONG,
                         env={**os.environ, "FIXUP_PROFILE_PATH": SHIPPED}, capture_output=True,
                         check=True)
    return int(out.stdout)


def memory(folder):
    calm, wild = transcript("EHLO a", "NOOP 2345"), transcript("EHLO a", "WIZ 345678")
    step = [b"C: NOOP 34\nS: 250 Ok\n", b"C: WIZ 456\nS: 500 Ok\n"]
    paths = [write(os.path.join(folder, name), start + lines_of * (SIZE // len(lines_of)))
             for name, start, lines_of in (("calm.smtp", calm, step[0]), ("wild.smtp", wild, step[1]))]
    for form in ([], ["--json"]):
        quiet, loud = (peak("--side-by-side", *form, "-p", "asa-9", "-p", "pix-6.3", p) for p in paths)
        ok(loud - quiet < MEMORY, f"50 MB of findings take no more memory than none {' '.join(form)}".rstrip(),
           quiet, loud)
    for path in paths:
        os.remove(path)


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        golden()
        whole()
        colours()
        agreement(folder)
        as_json()
        modes(folder)
        hostile(folder)
        many(folder)
        full(folder)
        memory(folder)
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
