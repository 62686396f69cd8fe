#!/usr/bin/env python3
"""test_versions.py - what depends on the version of Postfix (versions.py): unknown commands, HELP,
and what a server refuses before the milter hears of it."""
import sys

sys.dont_write_bytecode = True

from harness import Live, census, finding, findings, main, members, message
from tap import check, equal, until

EXPECTED = {}
MASKED = '500 5.5.1 Command unrecognized: "{}"'
OWN = "500 5.5.2 Error: command not recognized"
CUT = 2048  # line_length_limit


def talk(live, name, line, listener="smtpd"):
    """One command; its answer, and the record of its session."""
    session = live.hello(name, listener)
    reply = session.cmd(line)
    if not session.gone:
        session.quit()
    EXPECTED[name, "session"] = 1
    return reply, live.log.session(name)


def length(record):
    """What stands in a record about the length of the line, or None."""
    return next((f for f in record["findings"] if f["rule"] == "command-line-length"), None)


def exact(found, octets):
    members(found, observed=octets, at_least=None, basis=None)


def lower_bound(found, octets):
    members(found, observed=octets, at_least=True, basis="inferred")


def lines(tap, live):
    ways = live.mta.ways
    for number, (what, line) in enumerate((
            ("arguments", "NOSUCH " + "x" * 505), ("blanks before", " " * 506 + "NOSUCH"),
            ("blanks behind", "NOSUCH" + " " * 506), ("tabs", "\tNOSUCH\t" + "x" * 504))):
        with tap.case(f"a line of 512 and of 513 octets, {what}"):
            _, record = talk(live, f"at.{number}.example.org", line)
            equal(length(record), None, "at 512")
            _, record = talk(live, f"over.{number}.example.org", line + " ")
            if ways.unknown_line:
                exact(length(record), 513)
            else:
                equal(length(record), None, "above 512")
            members(finding(record, "verb-not-allowed"), evidence="NOSUCH")

    for octets in (CUT - 1, CUT, CUT + 1, 3000):
        with tap.case(f"a line of {octets} octets"):
            _, record = talk(live, f"cut.{octets}.example.org", "N" * octets)
            whole = ways.unknown_line and octets < CUT
            (exact if whole else lower_bound)(length(record), min(octets, CUT))

    with tap.case("a bare CR ends the verb"):
        _, record = talk(live, "cr.example.org", "FOOBAR\rBAZ qux")
        members(finding(record, "verb-not-allowed"), evidence="FOOBAR")
    with tap.case("a NUL ends the line"):
        _, record = talk(live, "nul.example.org", "FOOBAR\0" + "x" * 600)
        equal(length(record), None, "length")
        members(finding(record, "verb-not-allowed"), evidence="FOOBAR")


def commands(tap, live):
    with tap.case("HELP is answered, or unknown"):
        reply, record = talk(live, "help.example.org", "HELP me")
        equal(reply.code, 214 if live.mta.ways.help else 500, "answer")
        equal(findings(record), [], "asa-9 knows it")
        equal(findings(record, "pix-6.3"),
              [] if live.mta.ways.help else [("verb-not-allowed", "noop")], "pix-6.3")

    for number, verb in enumerate(("EXPN", "TURN", "SEND", "SOML", "SAML", "BURL", "ATRN", "LHLO")):
        with tap.case(f"{verb} is unknown to every version"):
            reply, record = talk(live, f"verb.{number}.example.org", verb + " x")
            equal(str(reply), OWN, "answer")
            members(finding(record, "verb-not-allowed", "pix-6.3"), evidence=verb)

    for number, line in enumerate(("NOOP x", "VRFY x", "ETRN x", "STARTTLS x", "AUTH x",
                                   "XFORWARD x", "GET / HTTP/1.1", "Subject: x", "", " ")):
        with tap.case(f"{line!r} is shown by none"):
            _, record = talk(live, f"hidden.{number}.example.org", line)
            equal(record["findings"], [], "findings")


def before_the_milter(tap, live):
    ways = live.mta.ways
    for what, line in (("EHLO", "EHLO early.example.org"), ("HELO", "HELO early.example.org"),
                       ("NOOP", "NOOP")):
        with tap.case(f"a client that does not wait for the answer to {what}"):
            session = live.connect()
            session.send(line + "\r\nMAIL FROM:<a@example.org>\r\n")
            first = session.read_reply()
            if ways.talks_early:
                equal(first.code, 250, "the first answer")
                equal(session.read_reply().code, 250, "the answer to MAIL")
            else:
                equal(str(first), "554 5.5.0 Error: SMTP protocol synchronization", "answer")
                check(session.closed(), "the connection is closed")
            session.close()
            record = until(lambda: [r for r in live.log.find() if
                                    r.get("client", {}).get("port") == session.port],
                           "its record")[0]
            helo = "early.example.org" if ways.talks_early and what != "NOOP" else None
            kind = "message" if ways.talks_early else "session"
            equal((record["client"]["helo"], record["type"]), (helo, kind), "record")
            EXPECTED[helo, kind] = EXPECTED.get((helo, kind), 0) + 1

    with tap.case("a dot between bare line feeds"):
        name = "bare.example.org"
        session = live.hello(name, "strict")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.expect(354, "DATA")
        text = message(mark="bare")
        session.send(text + b"\n.\r\nRSET\r\n.\r\n")
        equal(session.read_reply().code, 250, "the end of the message")
        if ways.lf_ends_data:
            equal(session.read_reply().code, 250, "RSET, a command of its own")
        session.close()
        EXPECTED[name, "message"] = 1
        # The bare LF becomes CRLF; a line that is nothing but the dot is left out.
        members(live.log.message(name), ended="eom", verdict="pass",
                size=len(text) + (2 if ways.lf_ends_data else 8))


def enforced(tap, live):
    live.milter.reload(live.configuration(live.milter, policy='mode = "enforce";'))
    ways = live.mta.ways
    for number, line in enumerate(("GOODMORNING", "GOODMORNING all", "  GOODMORNING  ")):
        with tap.case(f"{line!r} refused: whose words the client gets, and what is recorded"):
            reply, record = talk(live, f"mask.{number}.example.org", line)
            found = finding(record, "verb-not-allowed")
            members(found, evidence="GOODMORNING", enforced=ways.unknown_text)
            if ways.unknown_text:
                equal(str(reply), MASKED.format("X" * 11), "answer")
                members(record, reply=str(reply), verdict="reject")
                members(found, instead=None)
            else:
                equal(str(reply), OWN, "answer")
                members(record, reply=None, verdict="flag")
                members(found, instead="500 5.5.2 in the words of the MTA")

    with tap.case("421 reaches the client of every version, with our text"):
        session = live.hello("drop.example.org")
        reply = session.expect("421 4.7.0", "N" * 513)
        check(session.closed(), "the connection is closed")
        EXPECTED["drop.example.org", "session"] = 1
        record = live.log.session("drop.example.org")
        members(record, reply=str(reply), verdict="drop")
        members(length(record), enforced=True, observed=513)
        members(finding(record, "verb-not-allowed"), enforced=False, instead=None)

    with tap.case("after a refused command a message goes its way"):
        name = "goes.example.org"
        session = live.hello(name)
        session.expect(500, "GOODMORNING")
        session.mail(message(mark="goes"), code=250)
        session.quit()
        EXPECTED[name, "message"] = EXPECTED[name, "session"] = 1
        members(live.log.message(name), verdict="pass", ended="eom", reply=None, findings=[])


def test(tap):
    # Postfix lets local clients send bare line feeds as they like, but for this listener.
    with Live(listeners={"smtpd": {"milter_macro_daemon_name": "smtpd"},
                         "strict": {"smtpd_forbid_bare_newline_exclusions": ""}}) as live:
        print(f"# Postfix {live.postfix.version}")
        live.milter = live.start(policy='compare = [ "pix-6.3" ];')
        live.log = live.milter.log
        lines(tap, live)
        commands(tap, live)
        before_the_milter(tap, live)
        enforced(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
