#!/usr/bin/env python3
"""test_signals.py - SIGHUP, SIGUSR1 and SIGTERM under running sessions: nobody is cut off, no
record is lost, and a faulty configuration changes nothing."""
import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True

from harness import Live, findings, main, members, message
from tap import check, equal, until

LONG = "X-Long: " + "x" * 999


def reload(tap, live):
    daemon = live.daemon("reload")
    observe = live.configuration(daemon, policy='mode = "observe";')
    enforce = live.configuration(daemon, policy='mode = "enforce"; profile = "pix-6.3";')
    daemon.start(observe)
    with tap.case("SIGHUP: a running session keeps its policy, a new one gets the new"):
        old = live.hello("old.example.org")
        old.expect(250, "MAIL FROM:<a@example.org> SIZE=9999")
        daemon.reload(enforce)
        old.expect(250, "RCPT TO:<b@discard.test>")
        old.data(message(mark="old"), 250)
        old.mail(message(mark="old2"), parameters=" SIZE=9999", code=250)
        new = live.hello("new.example.org")
        new.expect("555 5.5.4", "MAIL FROM:<a@example.org> SIZE=9999")
        old.mail(message(mark="old3"), parameters=" SIZE=9999", code=250)
        old.quit()
        new.quit()
        for number in (1, 2, 3):
            members(daemon.log.message("old.example.org", number=number), mode="observe",
                    profile="asa-9", verdict="pass")
        members(daemon.log.message("new.example.org"), mode="enforce", verdict="reject")

    for what, fault, said in (
            ("a syntax fault", "policy : { mode = ; };\n", r"reload\.conf:1: "),
            ("a wrong word", live.configuration(daemon, policy='mode = "loud";'),
             r"reload\.conf:2: policy\.mode: "),
            ("an unknown setting", live.configuration(daemon, policy="colour = 1;"),
             r"reload\.conf:2: policy\.colour: "),
            ("an unknown profile", live.configuration(daemon, policy='profile = "x";'),
             r"reload\.conf:2: policy\.profile: ")):
        with tap.case(f"SIGHUP with {what}: it is told, and the old policy stays"):
            before = len(daemon.log.find(type="reload"))
            daemon.reload(fault, good=False)
            check(re.search(said, daemon.said()), daemon.said())
            name = what.replace(" ", "-") + ".example.org"
            session = live.hello(name)
            session.expect("555 5.5.4", "MAIL FROM:<a@example.org> SIZE=9999")
            session.quit()
            members(daemon.log.message(name), mode="enforce")
            *_, record = daemon.log.wait(before + 1, type="reload")
            check(re.search(said, record["fault"]), record)
            check(re.search("configuration in force stays: .*" + said, daemon.said()),
                  daemon.said())
            equal(record["mode"], "enforce", "the policy that stays")

    with tap.case("SIGHUP with no configuration file at all: the old policy stays"):
        before = daemon.said().count("stays")
        os.unlink(daemon.conf)
        daemon.signal(signal.SIGHUP)
        until(lambda: daemon.said().count("stays") > before, "the refusal")
        session = live.hello("nofile.example.org")
        session.expect(555, "MAIL FROM:<a@example.org> SIZE=9999")
        session.quit()

    with tap.case("what is used at start only is compared with the start, not the last reload"):
        told = "milter.sandbox is used at start only"
        daemon.reload(live.configuration(daemon, milter='sandbox = "off";'))
        equal(daemon.said().count(told), 1, "the first reload")
        daemon.reload(live.configuration(daemon, milter='sandbox = "off";', policy='mode = "tag";'))
        equal(daemon.said().count(told), 2, "a second one, still another value")
        check("warning: reload: " + told in daemon.said(), daemon.said())
        daemon.reload(observe)
        equal(daemon.said().count(told), 2, "back as it was at start")

    with tap.case("two hundred SIGHUP and SIGUSR1 while mail runs: nothing is lost"):
        daemon.write(observe)
        session = live.hello("storm.example.org")
        for n in range(100):
            daemon.signal(signal.SIGHUP)
            session.mail(message(mark=f"storm{n}"), to=("b@discard.test",), code=250)
            daemon.signal(signal.SIGUSR1)
        session.quit()
        found = daemon.log.wait(count=100, type="message", helo="storm.example.org")
        equal([r["message"] for r in found], list(range(1, 101)), "messages")
        check(daemon.alive(), "the daemon runs")
    with tap.case("the log of that is whole"):
        equal(daemon.stop(), 0, "exit status")
        seqs = daemon.log.numbers()
        equal(seqs, list(range(1, len(seqs) + 1)), "seq")


def reopen(tap, live):
    daemon = live.daemon("reopen")
    daemon.start(live.configuration(daemon))
    with tap.case("SIGUSR1 after a rename: the old file keeps what it has, the new one goes on"):
        session = live.hello("rotate.example.org")
        session.mail(message(mark="r1"), code=250)
        session.expect(250, "MAIL FROM:<a@example.org>")
        daemon.log.wait(type="message", helo="rotate.example.org")
        os.rename(daemon.log_path, daemon.log_path + ".1")
        session.expect(250, "RCPT TO:<b@discard.test>")
        daemon.signal(signal.SIGUSR1)
        until(lambda: os.path.exists(daemon.log_path), "the new file")
        session.data(message(mark="r2"), 250)
        session.mail(message(mark="r3"), code=250)
        session.quit()
        daemon.log.wait(type="message", message=3, helo="rotate.example.org")
        with open(daemon.log_path) as new:
            lines = new.read()
        check("<r3@" in lines and "<r2@" in lines and "<r1@" not in lines, lines)
        equal(os.stat(daemon.log_path).st_mode & 0o777, 0o640, "mode of the log")
    with tap.case("SIGUSR1 without a rename changes nothing"):
        daemon.signal(signal.SIGUSR1)
        session = live.hello("same.example.org")
        session.mail(message(), code=250)
        session.quit()
        daemon.log.message("same.example.org")
    with tap.case("SIGUSR1 where the new file cannot be made: the old one goes on"):
        os.rename(daemon.log_path, daemon.log_path + ".2")
        os.mkdir(daemon.log_path)
        before = daemon.said()
        daemon.signal(signal.SIGUSR1)
        until(lambda: daemon.said() != before, "a word about it")
        session = live.hello("kept.example.org")
        session.mail(message(mark="kept"), code=250)
        session.quit()
        with open(daemon.log_path + ".2") as old:
            until(lambda: "<kept@" in old.read(), "the record in the old file")
        os.rmdir(daemon.log_path)
        equal(daemon.stop(), 0, "exit status")


def drain(tap, live):
    daemon = live.daemon("drain")
    daemon.start(live.configuration(daemon, milter="drain_seconds = 20;"))
    with tap.case("SIGTERM: the running message finishes, a new session is told to come back"):
        session = live.hello("running.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.expect(354, "DATA")
        session.send("Subject: half\r\nMessage-ID: <half@example.org>\r\n")
        daemon.signal(signal.SIGTERM)
        until(lambda: "come back" in daemon.said(), "the word about stopping")
        late = live.connect()
        late.expect(250, "EHLO late.example.org")
        reply = late.cmd("MAIL FROM:<a@example.org>")
        check(reply is not None and reply.code in (421, 450, 451), f"the late session: {reply}")
        late.quit()
        check(daemon.alive(), "it waits")
        session.send("\r\nbody\r\n.\r\n")
        equal(session.read_reply().code, 250, "the running message")
        members(daemon.log.message("running.example.org"), verdict="pass", ended="eom",
                message_id="<half@example.org>")
        check(daemon.alive(), "it waits for the session, too")
        session.mail(message(LONG, mark="second"), code=250)
        session.quit()
        began = time.monotonic()
        equal(daemon.ended(), 0, "exit status")
        check(time.monotonic() - began < 10, "it ends with the last session")
        members(daemon.log.message("running.example.org", number=2), would="drop")
        equal(daemon.log.read()[-1]["type"], "stop", "the last record")
        equal(daemon.log.find(helo="late.example.org"), [], "records of the late session")

    with tap.case("SIGTERM without any session: it ends at once"):
        daemon = live.daemon("idle")
        daemon.start(live.configuration(daemon, milter="drain_seconds = 20;"))
        began = time.monotonic()
        equal(daemon.stop(), 0, "exit status")
        check(time.monotonic() - began < 10, f"{time.monotonic() - began} seconds")

    for number in (signal.SIGTERM, signal.SIGINT):
        with tap.case(f"{number.name}: a session that does not end is waited for drain_seconds"):
            name = number.name.lower()
            daemon = live.daemon(name)
            daemon.start(live.configuration(daemon, milter="drain_seconds = 1;"))
            session = live.hello(f"{name}.example.org")
            session.expect(250, "MAIL FROM:<a@example.org>")
            began = time.monotonic()
            daemon.signal(number)
            equal(daemon.ended(15), 0, "exit status")
            took = time.monotonic() - began
            check(0.9 < took < 8, f"it took {took:.1f} seconds")
            equal(daemon.log.read()[-1]["type"], "stop", "the last record")
            record = daemon.log.find(helo=f"{name}.example.org", type="message")
            equal([r["ended"] for r in record], ["close"], "the cut message's record")
            session.close()

    with tap.case("drain_seconds = 0: it does not wait"):
        daemon = live.daemon("zero")
        daemon.start(live.configuration(daemon, milter="drain_seconds = 0;"))
        session = live.hello("zero.example.org")
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        equal(daemon.ended(15), 0, "exit status")
        check(time.monotonic() - began < 10, f"{time.monotonic() - began} seconds")
        session.close()

    with tap.case("SIGHUP during the drain does not bring it back or down"):
        daemon = live.daemon("hup")
        daemon.start(live.configuration(daemon, milter="drain_seconds = 10;"))
        session = live.hello("hup.example.org")
        daemon.signal(signal.SIGTERM)
        until(lambda: "come back" in daemon.said(), "the word about stopping")
        daemon.signal(signal.SIGHUP)
        daemon.signal(signal.SIGUSR1)
        session.mail(message(LONG), code=250)
        session.quit()
        equal(daemon.ended(15), 0, "exit status")
        equal(findings(daemon.log.message("hup.example.org")),
              [("header-line-length", "drop-connection")], "findings")

    with tap.case("thirty sessions at once when SIGTERM comes: all finish"):
        daemon = live.daemon("crowd")
        daemon.start(live.configuration(daemon, milter="drain_seconds = 30;"))
        crowd = [live.hello("crowd.example.org") for _ in range(30)]
        for session in crowd:
            session.expect(250, "MAIL FROM:<a@example.org>")
        daemon.signal(signal.SIGTERM)
        until(lambda: "come back" in daemon.said(), "the word about stopping")
        for session in crowd:
            session.expect(250, "RCPT TO:<b@discard.test>")
            session.data(message(), 250)
            session.quit()
        equal(daemon.ended(30), 0, "exit status")
        equal(len(daemon.log.find(helo="crowd.example.org", type="message", ended="eom")), 30,
              "records")


def test(tap):
    with Live() as live:
        reload(tap, live)
        reopen(tap, live)
        drain(tap, live)


main(test)
