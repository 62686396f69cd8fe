"""run.py [--keep] DIRECTORY - the running part of quickstart.sh: sends the sessions, compares, shows.

A private Postfix and the milter as the live tests use them (t/live); every session's dialogue and
records are compared with sessions.py, and a difference makes the exit status 1.
"""
import json
import os
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "t", "live"))

import postfix  # noqa: E402
from harness import Live  # noqa: E402
from sessions import SESSIONS  # noqa: E402
from smtp import Smtp  # noqa: E402
from tap import Failure, until  # noqa: E402

CONFIGURATION = '''\
milter : {{ socket = "unix:{socket}"; socket_mode = "0666"; }};
policy : {{ profile = "asa-9"; compare = [ "asa-9-allow-tls", "pix-7.2.2", "pix-6.3" ]; mode = "observe"; }};
clients = ( {{ daemon_name = "staging"; mode = "enforce"; }} );
log : {{ file = "{log}"; syslog = false; }};
state : {{ path = "{state}"; }};
'''


def run(words, env=None):
    done = subprocess.run(words, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.stdout.decode("latin-1").splitlines()


def send_swaks(words, live, port):
    """swaks marks what it sends by -> (~> in TLS) and what it hears by <-, <** or <~."""
    said = run(["swaks", "--server", "127.0.0.1", "--port", str(port), "--helo",
                "client.example.org", "--h-Message-Id", f"<swaks.{port}@example.org>", *words])
    for line in said:
        if re.match(r" [-~]> ", line):
            yield "C", line[4:]
        elif re.match(r"<[-~*]", line):
            yield "S", line[4:]


def send_smtp_source(words, live, port):
    program = postfix.root() + "/usr/sbin/smtp-source"
    for line in run([program, "-v", *words, f"127.0.0.1:{port}"],
                    dict(os.environ, **live.postfix.environment())):
        found = re.search(r"(<<<|>>>) (.*)$", line)
        if found:
            yield "S" if found.group(1) == "<<<" else "C", found.group(2)


def send_lines(words, _live, port):
    """What no program at hand sends: the lines themselves."""
    client = Smtp(port)
    yield "S", client.banner.lines[-1]
    for words_of_line in words:
        client.send(words_of_line.encode("utf-8") + b"\r\n")
        yield "C", words_of_line.rsplit("\r\n", 1)[-1]
        yield "S", client.read_reply().lines[-1]
    client.close()


ENFORCED = "enforced: header line over 998"

NEXT = """
Next: README, "Attach it to Postfix", and fixup-milter.conf(5); a message of your own:
  fixupctl check FILE"""

SENDERS = {"swaks": send_swaks, "smtp-source": send_smtp_source, "lines": send_lines}


def dialogue(said):
    """Commands and the replies to them, in the words of sessions.py."""
    parts = []
    data = False
    for who, text in said:
        if who == "C":
            if data and text != ".":
                continue
            data = False
            parts.append(text.split(" ")[0] if text != "." else ".")
        elif not text[3:4] == "-":
            status = re.match(r"\d{3}( \d\.\d+\.\d+)?", text).group()
            words = text if " does)" in text or "XX" in text else status
            parts.append((parts.pop() + " " if parts and not parts[-1][-1:].isdigit()
                          and " " not in parts[-1] else "") + words)
            data = text.startswith("354")
    return " | ".join(parts)


def finding(found):
    text = f"{found['rule']}@{found['profile']}={found['action']}"
    if "observed" in found:
        text += f":{found['observed']}" + (f">{found['limit']}" if "limit" in found else "")
    return text + ("!" if found["enforced"] else "")


def summary(record):
    found = " ".join(finding(f) for f in record["findings"])
    return f"{record['type']} {record['verdict']} would={record['would']}: {found}".rstrip()


def spoken(daemon):
    """The records but those of connections that said nothing: whether a port answers is asked by
    connecting to it."""
    return [r for r in daemon.log.read()
            if r["type"] == "message" or (r["type"] == "session" and
                                          (r["findings"] or r["client"]["helo"]))]


def play(session, live, daemon):
    """Sends one session; gives what differs from what is expected, and its records."""
    before = len(spoken(daemon))
    sender, words = session.send
    said = dialogue(SENDERS[sender](words, live, live.postfix.ports[session.listener]))
    until(lambda: len(spoken(daemon)) >= before + len(session.records),
          f"{len(session.records)} records of the session {session.title!r} by {sender}, "
          f"whose dialogue was: {said or 'none'}")
    live.postfix.settle()
    records = spoken(daemon)[before:]
    wrong = []
    if said != session.dialogue:
        wrong += ["the dialogue was   " + said, "expected           " + session.dialogue]
    got = [summary(r) for r in records]
    if got != session.records:
        wrong += ["the records were   " + "; ".join(got),
                  "expected           " + "; ".join(session.records)]
    return wrong, records


SEVERITY = ["pass", "flag", "defer", "reject", "drop"]

LEGEND = """
findings  the rules of asa-9 that the session broke ("-": none)
verdict   what happened here: pass, flag (noted, delivered), defer, reject, drop.
          The staging listener enforces, the other one observes
would     what the mail would have met behind the firewall of the profile
others    firewalls that were only compared, where they would do otherwise"""


def row(session, records):
    """Findings of the enforced profile, and what the compared ones would do otherwise."""
    rules = [f["rule"] for r in records for f in r["findings"] if f["profile"] == r["profile"]]
    worst = {name: max((r[name] for r in records), key=SEVERITY.index)
             for name in ("verdict", "would")}
    others = sorted({f"{name}: {outcome}" for r in records
                     for name, outcome in r.get("compare", {}).items() if outcome != r["would"]})
    return [session.title, ", ".join(dict.fromkeys(rules)) or "-", worst["verdict"],
            worst["would"], ", ".join(others) or "the same"]


def table(rows):
    heads = ["session", "findings", "verdict", "would", "others"]
    widths = [max(len(r[i]) for r in [heads] + rows) for i in range(4)] + [0]
    for r in [heads, ["-" * w for w in widths[:4]] + ["-" * len(heads[4])]] + rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(r, widths)).rstrip())


def folded(line):
    """A record on several lines, broken between members only, so that it is still JSON."""
    record = json.loads(line)
    members = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":"))
               for k, v in record.items()]
    text, lines = "{" + members[0], []
    for member in members[1:]:
        if len(text) + len(member) > 92:
            lines.append(text + ",")
            text = " " + member
        else:
            text += "," + member
    return "\n".join(lines + [text + "}"])


def show(log):
    line = next(text for text, r in zip(log.lines, log.records)
                if r["type"] == "message" and r["verdict"] == "drop")
    record = json.loads(line)
    print(f"\nThe client of '{ENFORCED}' was told, after its final dot:\n\n  {record['reply']}"
          "\n\nThe record of that message (one line of the log, folded here):\n")
    print(folded(line))


def leave_running(live, daemon, directory):
    stop = directory + "/stop"
    with open(stop, "w") as script:
        script.write("#!/bin/sh\n"
                     f"kill {daemon.process.pid} {live.postfix.master.pid}\n"
                     f"sleep 1\nrm -rf '{live.base}' '{directory}'\n")
    open(directory + "/kept", "w").close()
    ports = live.postfix.ports
    to = "--from a@example.org --to user@maildir.test"
    print(f"""
Postfix and the milter go on running.
  observed:  swaks --server 127.0.0.1 --port {ports['smtpd']} {to}
  enforced:  swaks --server 127.0.0.1 --port {ports['staging']} {to}
  the log:   tail -f {daemon.log_path}
  the mail:  {live.postfix.inbox}
  to stop:   sh {stop}""")


def main():
    why = postfix.missing()
    if why:
        print("quickstart: " + why, file=sys.stderr)
        return 69
    keep = "--keep" in sys.argv[1:]
    live = Live(settings={"smtpd_sasl_auth_enable": "no"},
                listeners={"smtpd": {}, "staging": {"milter_macro_daemon_name": "staging"}})
    differences = 0
    try:
        daemon = live.daemon()
        daemon.start(CONFIGURATION.format(socket=live.unix, log=daemon.log_path,
                                          state=live.base + "/state.db"))
        live.postfix.start()
        rows, notes = [], []
        for session in SESSIONS:
            wrong, records = play(session, live, daemon)
            print(".", end="", file=sys.stderr, flush=True)
            rows.append(row(session, records))
            if wrong:
                differences += 1
                notes += [f"'{session.title}' differs:"] + ["  " + text for text in wrong]
        print(file=sys.stderr)
        table(rows)
        print(LEGEND)
        show(daemon.log)
        print(f"\nThe log: {daemon.log_path}" + ("" if keep else " (removed now; --keep leaves it)"))
        print("\n".join(notes))
        if keep:
            leave_running(live, daemon, sys.argv[-1])
            return 1 if differences else 0
        if daemon.stop() != 0:
            differences += 1
            print("the milter did not end well")
        if not differences:
            print("Every session went as expected.")
        print(NEXT)
    except Failure as failure:
        print(f"quickstart: {failure}", file=sys.stderr)
        differences += 1
    finally:
        if not keep or differences:
            live.__exit__()
    return 1 if differences else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(130))
    sys.exit(main())
