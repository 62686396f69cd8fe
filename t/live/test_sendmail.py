#!/usr/bin/env python3
"""test_sendmail.py - what Sendmail does in a manner of its own, and what stands in a record then.

What it has in common with Postfix is in the tests that run on both."""
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
os.environ["FX_LIVE_MTA"] = "sendmail"

from harness import Live, census, finding, findings, main, members, message
from tap import Skip, check, equal, until

EXPECTED = {}


def raw(live, helo):
    """The message records of the session as they are (Log's methods leave EHLO out)."""
    live.log.wait(helo=helo, type="message")
    return [r for r in live.log.records
            if r["type"] == "message" and r["client"]["helo"] == helo]


def ehlo_of(record):
    return [f for f in record["findings"] if f["evidence"] == "EHLO"]


def by_pipe(process, *lines):
    """A session over standard input and output; the codes of the replies."""
    codes = []
    with process:
        for line in (None, *lines):
            if line is not None:
                process.stdin.write(line.encode() + b"\r\n")
                process.stdin.flush()
            reply = process.stdout.readline()
            while reply[3:4] == b"-":
                reply = process.stdout.readline()
            codes.append(reply[:3])
    return codes


def greetings(tap, live):
    def starttls(session, name):
        session.expect(250, "EHLO before." + name)
        session.starttls()
        session.expect(250, "EHLO " + name)

    def auth(session, name):
        session.expect(250, "EHLO " + name)
        equal(session.auth().code, 235, "AUTH")

    def after_helo(session, name):
        session.expect(250, "HELO before." + name)
        session.expect(250, "EHLO " + name)

    def after_ehlo(session, name):
        session.expect(250, "EHLO before." + name)
        session.expect(250, "HELO " + name)

    ways = {
        "HELO": (lambda s, name: s.expect(250, "HELO " + name), False),
        "EHLO": (lambda s, name: s.expect(250, "EHLO " + name), True),
        "EHLO after HELO": (after_helo, True), "HELO after EHLO": (after_ehlo, False),
        "EHLO after STARTTLS": (starttls, True), "EHLO and AUTH": (auth, True),
    }
    for number, (what, (greet, found)) in enumerate(ways.items()):
        with tap.case(f"{what}: {'EHLO is known' if found else 'no EHLO'}, at each MAIL"):
            name = f"greeting{number}.example.org"
            session = live.connect()
            greet(session, name)
            session.mail(message())
            session.mail(message())
            session.quit()
            EXPECTED[name, "message"] = 2
            live.log.wait(count=2, helo=name)
            for record in raw(live, name):
                equal(len(ehlo_of(record)), int(found), "findings of EHLO")
                if found:
                    members(ehlo_of(record)[0], rule="verb-not-allowed", profile="pix-6.3",
                            stage="mail", action="noop", basis="inferred", would="flag")
                equal(record["compare"]["pix-6.3"], "pass" if what.startswith("HELO") else "flag",
                      "pix-6.3")


def told(tap, live):
    with tap.case("host, listener, server and queue id, in a message and in a session"):
        session = live.hello("told.example.org", "staging")
        reply = session.mail(message())
        session.quit()
        live.hello("idle.example.org").quit()
        EXPECTED["told.example.org", "message"] = EXPECTED["idle.example.org", "session"] = 1
        members(live.log.message("told.example.org"), host="mx.example.net", listener="staging",
                mta="Sendmail " + live.mta.version, queue_id=live.mta.queue_id(reply),
                message_id=None)
        members(live.log.session("idle.example.org"), host="mx.example.net", listener="smtpd",
                mta="Sendmail " + live.mta.version)

    with tap.case("the queue id of a transaction that came to nothing"):
        session = live.hello("nothing.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RSET")
        session.quit()
        EXPECTED["nothing.example.org", "message"] = 1
        record = live.log.message("nothing.example.org")
        members(record, ended="close", size=None)
        check(record["queue_id"], "a queue id")

    with tap.case("mail from the machine itself, sendmail -bs"):
        name = "local.example.org"
        codes = by_pipe(live.mta.spawn("-bs"), "EHLO " + name, "MAIL FROM:<root@example.org>",
                        "RCPT TO:<b@discard.test>", "DATA", "Subject: x\r\n\r\nx\r\n.", "QUIT")
        equal(codes, [b"220", b"250", b"250", b"250", b"354", b"250", b"221"], "replies")
        EXPECTED[name, "message"] = 1
        record = live.log.message(name)
        members(record, listener=None, verdict="pass", ended="eom")
        check(record["client"]["addr"] in (None, "127.0.0.1"), record["client"])


def recipients(tap, live):
    with tap.case("of recipients that it refuses, only a user it does not know is shown"):
        session = live.hello("users.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(554, "RCPT TO:<reject@discard.test>")
        session.expect("550 5.1.1", "RCPT TO:<no-such-user@local.test>")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.data(message(), 250)
        session.quit()
        EXPECTED["users.example.org", "message"] = 1
        members(live.log.message("users.example.org"), verdict="pass",
                to=[{"address": "no-such-user@local.test", "result": "rejected"},
                    {"address": "b@discard.test", "result": "accepted"}])

    for length, code in ((253, 250), (254, 553)):
        with tap.case(f"a sender of {length} octets: {code}"):
            session = live.hello(f"sender{length}.example.org")
            session.expect(code, "MAIL FROM:<" + "s" * (length - 12) + "@example.org>")
            session.quit()
            EXPECTED[f"sender{length}.example.org", "message" if code == 250 else "session"] = 1

    for what, end in (("CR", "\r"), ("LF", "\n")):
        with tap.case(f"a {what} alone within the message: Sendmail closes"):
            name = f"bare{what.lower()}.example.org"
            session = live.hello(name)
            session.expect(250, "MAIL FROM:<a@example.org>")
            session.expect(250, "RCPT TO:<b@discard.test>")
            session.expect(354, "DATA")
            session.send(f"Subject: x\r\n\r\na{end}b\r\n.\r\n")
            reply = session.read_reply()
            if reply.code == 250:
                raise Skip("this Sendmail takes it")
            equal((reply.code, reply.enhanced), (421, "4.5.0"), "answer")
            EXPECTED[name, "message"] = 1
            members(live.log.message(name), ended="close", size=None)


def commands(tap, live):
    with tap.case("between transactions unknown commands are not shown, until MAIL or EHLO"):
        name = "between.example.org"
        session = live.hello(name)
        session.expect(500, "ALPHA")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(500, "BETA")
        session.expect(250, "RSET")
        session.expect(500, "GAMMA")
        session.mail(message())
        session.expect(500, "DELTA")
        session.expect(250, "EHLO " + name)
        session.expect(500, "EPSILON")
        session.quit()
        EXPECTED[name, "message"], EXPECTED[name, "session"] = 2, 1
        shown = [f["evidence"] for f in live.log.session(name)["findings"]
                 if f["profile"] == "asa-9"]
        equal(shown, ["ALPHA", "EPSILON"], "of the session")
        equal([f["evidence"] for f in live.log.message(name, number=1)["findings"]
               if f["profile"] == "asa-9"], ["BETA"], "of the first message")
        equal(findings(live.log.message(name, number=2)), [], "of the second message")

    with tap.case("a chunk that BDAT brings is taken for commands"):
        name = "bdat.example.org"
        session = live.hello(name)
        session.send("BDAT 19 LAST\r\nSubject: x\r\nHELLO\r\n")
        for _ in range(3):
            equal(session.read_reply().code, 500, "answer")
        session.quit()
        EXPECTED[name, "session"] = 1
        shown = [f["evidence"] for f in live.log.session(name)["findings"]
                 if f["profile"] == "asa-9"]
        equal(shown, ["BDAT", "Subject:", "HELLO"], "commands")

    with tap.case("a line of 2044 octets comes whole"):
        name = "longest.example.org"
        session = live.hello(name)
        session.expect(500, "Q" * 2042)
        session.quit()
        EXPECTED[name, "session"] = 1
        members(finding(live.log.session(name), "command-line-length"), observed=2042)


def refusals(tap, live):
    live.milter.reload(live.configuration(
        live.milter, policy='mode = "enforce";',
        more='simulate : { recipients = { limit = 1; overflow = "fail"; }; };'))
    with tap.case("a refused recipient: Sendmail names it before our words"):
        session = live.hello("named.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<b@discard.test>")
        reply = session.expect("550 5.5.3", "RCPT TO:<c@discard.test>")
        check(reply.text.startswith("550 5.5.3 <c@discard.test>... "), reply.text)
        session.quit()
        EXPECTED["named.example.org", "message"] = 1
        members(live.log.message("named.example.org")["recipients"], accepted=1, rejected=1)

    with tap.case("a header beyond Sendmail's own limit: its answer, and a record without an end"):
        session = live.hello("header.example.org")
        session.mail(message(*["X-Fill: " + "x" * 900] * 40), code="552")
        time.sleep(0.3)  # at once it would look like a client that went away
        session.quit()
        EXPECTED["header.example.org", "message"] = 1
        members(live.log.message("header.example.org"), ended="close", verdict="pass",
                size=None)

    with tap.case("the unix socket and the inet socket serve the same"):
        other = live.daemon("inet", alone=False)
        other.start(live.configuration(other, f"inet:{live.inet}@127.0.0.1",
                                       policy='mode = "enforce";'))
        session = live.hello("inet.example.org", "inet")
        session.expect("500 5.5.1", "GOODMORNING")
        session.mail(message("X-Long: " + "x" * 999), code="421 4.7.0")
        members(other.log.message("inet.example.org"), listener="inet", verdict="drop",
                mta="Sendmail " + live.mta.version)
        members(other.log.session("inet.example.org"), verdict="reject")
        equal(other.stop(), 0, "exit status")

    with tap.case("a daemon that is stopping: a new client is told to come back at MAIL"):
        waiting = live.hello("open.example.org")
        waiting.expect(250, "MAIL FROM:<a@example.org>")
        live.milter.signal(signal.SIGTERM)
        until(lambda: "come back" in live.milter.said(), "the word about stopping")
        late = live.hello("late.example.org")
        late.expect("451 4.3.2", "MAIL FROM:<a@example.org>")
        late.quit()
        waiting.expect(250, "RCPT TO:<b@discard.test>")
        waiting.data(message(), 250)
        waiting.quit()
        EXPECTED["open.example.org", "message"] = 1
        members(live.log.message("open.example.org"), ended="eom")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='compare = [ "pix-6.3" ];')
        live.log = live.milter.log
        greetings(tap, live)
        told(tap, live)
        recipients(tap, live)
        commands(tap, live)
        refusals(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
