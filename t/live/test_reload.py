#!/usr/bin/env python3
"""test_reload.py - SIGHUP a thousand times while sessions run, with good and bad configurations in
turn, with rotations and another log in between: no session fails, and each is judged by one policy
from start to end. FX_RELOADS=5000 makes it longer."""
import collections
import json
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import chain  # noqa: E402
from chained import Chained  # noqa: E402
from daemon import configuration  # noqa: E402
from harness import Live, main as through_postfix, message  # noqa: E402
from load import LOAD, load  # noqa: E402
from mailers import Mailers, missing  # noqa: E402
from milter import Mta  # noqa: E402
from tap import check, equal, note, until  # noqa: E402

RELOADS = int(os.environ.get("FX_RELOADS", "1000"))
PROFILES = ("asa-9", "pix-6.3")
EACH = 3  # messages of a session
MAIL = ("From: <a@example.org>\r\nTo: <b@example.net>\r\nSubject: x\r\n"
        "Message-ID: <x@example.org>\r\nX-Long: " + "x" * 1100 + "\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Disposition: attachment;'
        " filename=" + "n" * 300 + "\r\n\r\n" + "y" * 1200 + "\r\n--b--\r\n")


def seen(record):
    """What a policy makes of a message, without what differs from one to the next."""
    return (record["mode"], record["would"], record["verdict"], tuple(sorted(
        (f["rule"], f["stage"], f["action"], f["profile"]) for f in record["findings"])))


class Storm(Chained):
    """Two logs, two policies, and configurations that are none."""

    def __init__(self, base, name, socket):
        super().__init__(base, name)
        self.socket = socket
        self.logs = [self.log_path, f"{base}/{name}-other.jsonl"]
        self.good = [self.policy(PROFILES[0]), self.policy(PROFILES[1]),
                     self.policy(PROFILES[0], 1), self.policy(PROFILES[1], 1)]
        self.bad = ["policy : { mode = ; };\n", self.policy("no-such-profile"),
                    self.policy(PROFILES[1]).replace("rotate_bytes", "rotate_octets"), None]
        self.done = collections.Counter()
        self.at = 0

    def write(self, text):
        """At once: half a file, or none yet, may be a configuration, too."""
        with open(self.conf + ".new", "w") as f:
            f.write(text)
        os.rename(self.conf + ".new", self.conf)

    def policy(self, profile, log=0):
        return configuration(
            self.socket, self.logs[log], policy=f'mode = "tag"; profile = "{profile}";',
            logging="rotate_bytes = 500000; head_records = 100;", state='backend = "memory";',
            milter="drain_seconds = 10;")

    def every_part(self, log):
        self.log_path = self.logs[log]
        return self.parts()

    def rotated(self):
        return len(self.every_part(0)) + len(self.every_part(1)) > 2

    def all_records(self):
        return [r for n in (0, 1) for r in chain.records(*self.every_part(n))]

    def turn(self, n):
        """The nth configuration, and what comes between; waits for the reload to be over."""
        good = n % 2 == 0
        if good:
            half = n // 2
            text = self.good[half % 2 + (2 if half // 40 % 2 else 0)]
        else:
            text = self.bad[n // 2 % len(self.bad)]
        if text is None:
            os.unlink(self.conf)
        else:
            self.write(text)
        self.done["good" if good else "bad"] += 1
        self.signal(signal.SIGHUP)
        word = b"reload: done" if good else b"stays"
        until(lambda: self.heard(word), word.decode())
        if n % 50 == 0:
            self.signal(signal.SIGUSR1)

    def heard(self, word):
        with open(self.stderr_path, "rb") as f:
            f.seek(self.at)
            text = f.read()
        if word in text:
            self.at += len(text)
            return True
        check(self._alive(), "it runs")
        return False

    def burst(self, count):
        """As many as the kernel makes of them; then one that is waited for."""
        for n in range(count):
            self.write(self.good[n % 4])
            self.signal(signal.SIGHUP)
        time.sleep(0.3)
        self.at = os.path.getsize(self.stderr_path)
        self.turn(0)
        self.done["good"] -= 1
        self.done["burst"] = count


def one_policy(records, expected):
    """Each session has one profile, and each message what that profile finds."""
    sessions = collections.defaultdict(list)
    for record in records:
        if record["type"] == "message":
            sessions[record["session"]].append(record)
    count = collections.Counter()
    for found in sessions.values():
        profiles = {r["profile"] for r in found}
        equal(len(profiles), 1, f"profiles of the session {found[0]['session']}")
        profile = profiles.pop()
        count[profile] += 1
        for record in found:
            equal(seen(record), expected[profile], f"what {profile} finds")
        equal(sorted(r["message"] for r in found), list(range(1, len(found) + 1)), "messages")
    equal(set(count), set(PROFILES), "policies that sessions had")
    return count


def learn(log, mail, profile):
    """What this policy alone makes of the message, at several stages."""
    before = len(log.all_records())
    log.write(log.policy(profile))
    log.reloads()
    report = load(log.socket, "-n", str(EACH), "-m", str(EACH), "-c", "1", "-f", mail)
    equal(report["answers"]["passed"], EACH, "messages")
    found = {seen(r) for r in log.all_records()[before:] if r["type"] == "message"}
    equal(len(found), 1, "what is found in the same message")
    return found.pop()


class Stream:
    """milter_load, again and again; each time it is let come to its end."""
    portion = 300

    def __init__(self, place, mail):
        self.words = ("-n", str(self.portion), "-m", str(EACH), "-c", "8", "-f", mail, "-r", "800")
        self.place, self.reports, self.enough = place, [], threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.enough.is_set():
            self.reports.append(load(self.place, *self.words))

    def end(self):
        self.enough.set()
        self.thread.join(120)


def long_session(log, run):
    """One session over all of them, whose policy stays; *run does the rest between messages."""
    mta = Mta(log.socket)
    mta.sock.settimeout(60)
    mta.connect(address="192.0.2.99")
    mta.helo("long.example.org")
    for part in run:
        mta.mail("<a@example.org>", "SIZE=99")
        mta.rcpt()
        mta.data()
        mta.header("X-Long", " " + "x" * 1100)
        part()
        mta.header()
        mta.eoh()
        mta.body()
        equal(mta.eom()[1], b"c", "the answer in the long session")
    mta.quit()


def by_load(tap, base):
    mail = base + "/mail.eml"
    with open(mail, "w") as f:
        f.write(MAIL)
    with tap.case(f"{RELOADS} SIGHUPs under load: no session fails, and each has one policy"):
        log = Storm(base, "storm", f"unix:{base}/storm.sock")
        log.write(log.good[0])
        log.start()
        expected = {profile: learn(log, mail, profile) for profile in PROFILES}
        check(expected[PROFILES[0]] != expected[PROFILES[1]], "the policies find the same")
        stages = {stage for _, _, _, found in expected.values() for _, stage, _, _ in found}
        check(len(stages) > 1, f"stages {stages}")
        log.at = os.path.getsize(log.stderr_path)
        learned = len([r for r in log.all_records() if r["type"] == "reload"])
        stream = Stream(log.socket, mail)
        began = time.monotonic()
        try:
            step = RELOADS // 20

            def turns(first):
                for n in range(first, first + step):
                    log.turn(n)
                if first == RELOADS // 2:  # however few the messages are by then
                    until(log.rotated, "a rotation amid the reloads")
            long_session(log, [lambda first=first: turns(first)
                               for first in range(0, RELOADS, step)] + [lambda: log.burst(200)])
            took = time.monotonic() - began
        finally:
            stream.end()
        equal(sum(r["failed"] for r in stream.reports), 0, f"failed, of {stream.reports}")
        passed = sum(r["answers"]["passed"] for r in stream.reports)
        equal(passed, len(stream.reports) * stream.portion, "messages that passed")
        equal(log.stop(), 0, "exit status")
        records = log.all_records()
        ours = [r for r in records if r.get("client", {}).get("helo") == "long.example.org"]
        equal(len([r for r in ours if r["type"] == "message"]), 21, "messages of the long session")
        equal(len({r["profile"] for r in ours}), 1, "policies of the long session")
        count = one_policy([r for r in records if r not in ours], expected)
        reloads = len([r for r in records
                       if r["type"] == "reload" and "fault" not in r]) - learned
        refused = len([r for r in records if "fault" in r])
        check(log.done["bad"] <= refused <= log.done["bad"] + log.done["burst"] + 1,
              f"{refused} records of refused reloads, of {log.done}")
        check(log.done["good"] < reloads <= log.done["good"] + log.done["burst"] + 1,
              f"{reloads} reload records, of {log.done}")
        for n in (0, 1):
            chain.intact(log.every_part(n))
        print(f"# figure: reload | milter_load, 8 connections | {log.done['good']} good and "
              f"{log.done['bad']} bad in {took:.1f} s, {log.done['burst']} at once; "
              f"{passed} messages, {sum(count.values())} sessions, 0 failed, "
              f"0 of two policies")


def by_postfix(tap, live):
    with tap.case("200 SIGHUPs under mail through the mail server: all of it goes on"):
        log = Storm(live.base, "mta", "unix:" + live.unix)
        live.daemons.append(log)
        log.write(log.good[0])
        log.start()
        began = time.monotonic()
        with Mailers(live.postfix.ports["smtpd"], 6, "reload", to="b@discard.test") as mailers:
            note(lambda: "\n".join(live.mta.complaints()[-10:]))
            until(lambda: mailers.acknowledged, "mail")
            for n in range(200):
                log.turn(n)
            log.turn(0)
            until(lambda: len(mailers.acknowledged) > 20, "mail")
        took = time.monotonic() - began
        equal(log.stop(), 0, "exit status")
        records = [r for r in log.all_records() if r["type"] == "message"]
        equal(missing(mailers.acknowledged, records), [], "acknowledged without a record")
        equal([c for c in live.mta.complaints() if "milter" in c], [], "what the server says")
        policies = collections.defaultdict(set)
        for record in records:
            policies[record["session"]].add(record["profile"])
        equal([p for p in policies.values() if len(p) > 1], [], "sessions of two policies")
        for n in (0, 1):
            chain.intact(log.every_part(n))
        print(f"# figure: reload | through Postfix | 201 in {took:.1f} s, "
              f"{len(mailers.acknowledged)} messages, 0 lost, 0 sessions of two policies")


def test(tap):
    with Live() as live:
        os.mkdir(live.base + "/storm")
        by_load(tap, live.base + "/storm")
        for other in Chained.all:
            other.kill()
        by_postfix(tap, live)


through_postfix(test, missing=lambda: None if os.access(LOAD, os.X_OK) else f"{LOAD} is not built")
