#!/usr/bin/env python3
"""test_vanish.py - the client goes away, at every stage: exactly one right record for each, and
the daemon lives on. Sessions are told apart by the client's port, since some never say HELO."""
import concurrent.futures
import errno
import itertools
import sys
import time

sys.dont_write_bytecode = True

from harness import Live, finding, main, members, message
from tap import check, equal, note, until

# Small enough to be reached.
POSTFIX = {"message_size_limit": "30000", "smtpd_timeout": "3", "virtual_mailbox_limit": "0",
           "mailbox_size_limit": "0"}
SENDMAIL = "define(`confMAX_MESSAGE_SIZE', `30000')dnl\ndefine(`confTO_DATABLOCK', `3s')dnl\n"
DRAIN = "drain_seconds = 1;"

EXPECTED = {}  # client port: the types of its records, in order
PORTS = itertools.count(20000)  # below those that the system gives to others


def connect(live):
    """From a port that no session had before: the system gives one again as soon as it is free."""
    while True:
        try:
            return live.connect(source_port=next(PORTS))
        except OSError as e:
            if e.errno != errno.EADDRINUSE:
                raise


def say_hello(session):
    session.expect(250, "EHLO vanish.example.org")


def say_unknown(session):
    say_hello(session)
    session.expect(500, "FROBNICATE")


def say_mail(session):
    say_hello(session)
    session.expect(250, "MAIL FROM:<a@example.org> SIZE=500")


def say_rcpt(session):
    say_mail(session)
    session.expect(250, "RCPT TO:<box@maildir.test>")


def say_data(session):
    say_rcpt(session)
    session.expect(354, "DATA")


def say_header(session):
    say_data(session)
    session.send("From: a@example.org\r\nMessage-ID: <half@example.org>\r\n")


def say_body(session):
    say_data(session)
    session.send(message("X-Long: " + "x" * 2000, mark="half", body="x" * 5000 + "\r\n"))


def say_almost_dot(session):
    say_body(session)
    session.send("\r\n.")


def say_reset(session):
    say_rcpt(session)
    session.expect(250, "RSET")


def say_again(session):
    """A whole message, and the beginning of another."""
    say_hello(session)
    session.mail(message(mark="first"), code=250)
    session.expect(250, "MAIL FROM:<b@example.org>")


def say_message(session):
    say_hello(session)
    session.mail(message(mark="alone"), code=250)


def say_tls(session):
    say_hello(session)
    session.starttls()
    say_mail(session)


def all_at_once(session):
    say_hello(session)
    session.send("MAIL FROM:<a@example.org>\r\nRCPT TO:<box@maildir.test>\r\nDATA\r\n")
    equal([session.read_reply().code for _ in range(3)], [250, 250, 354], "replies")


CLOSED = {"type": "message", "ended": "close", "size": None, "message_id": None, "partial": True}
# DATA was begun: inferred, for a milter hears of an abort and a close, and not who caused them
EARLY = {**CLOSED, "would": "flag", "verdict": "flag", "early": "inferred"}
# what is said before, and the records it must leave
STAGES = [
    ("after connect", lambda session: None, [{"type": "session", "messages": 0}]),
    ("after HELO", say_hello, [{"type": "session", "messages": 0, "verdict": "pass"}]),
    ("after an unknown command", say_unknown,
     [{"type": "session", "messages": 0, "verdict": "flag"}]),
    ("after MAIL", say_mail, [{**CLOSED, "to": [], "extensions": ["SIZE"], "message": 1}]),
    ("after RCPT", say_rcpt, [{**CLOSED, "recipients":
                               {"accepted": 1, "deferred": 0, "rejected": 0, "lost": 0}}]),
    ("after DATA", say_data, [EARLY]),
    ("within the header", say_header, [EARLY]),
    ("within the body", say_body, [EARLY]),
    ("between the dot and its CRLF", say_almost_dot, [EARLY]),
    ("after RSET", say_reset, [{"type": "message", "ended": "close", "message": 1}]),
    ("after the second MAIL", say_again,
     [{"type": "message", "ended": "eom", "message": 1, "partial": None},
      {**CLOSED, "message": 2, "from": "b@example.org"}]),
    ("after a whole message", say_message,
     [{"type": "message", "ended": "eom", "message_id": "<alone@example.org>"}]),
    ("within TLS, after MAIL", say_tls, [CLOSED]),
    ("with MAIL, RCPT and DATA in one packet", all_at_once, [EARLY]),
]


def ended_early(record):
    return [f for f in record["findings"] if f["rule"] == "message-ended-early"]


def as_expected(record, early=None, **wanted):
    """Has these members, and a finding of message-ended-early with this basis or none."""
    members(record, **wanted)
    basis = [f.get("basis", "observed") for f in ended_early(record)]
    equal(basis, [early] if early else [], "message-ended-early")


def records_of(live, port):
    return [r for r in live.log.read() if r.get("client", {}).get("port") == port]


def vanished(live, how, talk, expected):
    """The records of a session that ends so."""
    session = connect(live)
    talk(session)
    session.vanish(reset=how != "hangs up")
    EXPECTED[session.port] = [e["type"] for e in expected]
    found = until(lambda: (lambda f: f if len(f) >= len(expected) else None)
                  (records_of(live, session.port)), "the session's records")
    note(lambda: str(found))
    return found


def hasty(live):
    session = connect(live)
    all_at_once(session)
    session.vanish()
    return session.port


def observed(tap, live):
    for how in ("hangs up", "loses the connection"):
        for stage, talk, expected in STAGES:
            if how != "hangs up" and "TLS" in stage or "packet" in stage and how != "hangs up":
                continue
            with tap.case(f"the client {how} {stage}"):
                found = vanished(live, how, talk, expected)
                # Sendmail's haste is what tells such a client: on a busy machine it may lack
                for _ in range(4 if live.mta.aborts_at_once and "early" in expected[0] else 0):
                    if ended_early(found[0]):
                        break
                    found = vanished(live, how, talk, expected)
                equal(len(found), len(expected), "records")
                for record, wanted in zip(found, expected):
                    as_expected(record, reply=None, **wanted)

    with tap.case("eight clients at a time hang up within DATA: each is told of"):
        with concurrent.futures.ThreadPoolExecutor(8) as crew:
            ports = list(crew.map(lambda _: hasty(live), range(64)))
        for port in ports:
            EXPECTED[port] = ["message"]
        found = until(lambda: (lambda f: f if len(f) == len(ports) else None)
                      ([r for port in ports for r in records_of(live, port)]), "their records")
        equal([r["client"]["port"] for r in found], ports, "ports")
        if not live.mta.aborts_at_once:
            equal(sum(bool(ended_early(r)) for r in found), len(ports), "message-ended-early")

    with tap.case("the client hangs up after the dot, before the answer: a whole message"):
        session = connect(live)
        say_data(session)
        session.send(message("X-Long: " + "x" * 1500, mark="nobody-listens") + b".\r\n")
        session.vanish()
        EXPECTED[session.port] = ["message"]
        record = until(lambda: records_of(live, session.port), "the record")[0]
        members(record, ended="eom", message_id="<nobody-listens@example.org>", verdict="flag")
        finding(record, "header-line-length")
        live.mta.delivery("nobody-listens")


def by_the_mta(tap, live):
    """What looks like a client that went away, and what can be told from it."""
    big = message(mark="too-big", body=("x" * 70 + "\r\n") * 1000)
    told = live.mta.aborts_at_once
    for what, then in (("QUIT after a while", "QUIT"), ("another message", None)):
        with tap.case(f"a message too big for the MTA, refused at its end, then {what}"):
            session = connect(live)
            say_hello(session)
            session.mail(big, code=552)
            time.sleep(0.5)
            if then is None:
                session.mail(message(mark="after-big"), code=250)
            session.quit()
            EXPECTED[session.port] = ["message"] * (2 if then is None else 1)
            found = until(lambda: (lambda f: f if len(f) == len(EXPECTED[session.port]) else None)
                          (records_of(live, session.port)), "the session's records")
            note(lambda: str(found))
            gone = then is not None
            as_expected(found[0], early="inferred" if gone and not told else None,
                        ended="close" if gone else "abort")
    with tap.case("a message with SIZE= too big is refused at MAIL: nothing is seen of it"):
        session = connect(live)
        say_hello(session)
        session.expect(552, "MAIL FROM:<a@example.org> SIZE=70000")
        session.quit()
        EXPECTED[session.port] = ["session"]
    with tap.case("the MTA's time is over within DATA: the client has not come to the end"):
        session = connect(live)
        say_body(session)
        reply = session.read_reply()
        equal(reply.code, 421, "the MTA's own answer")
        check(session.closed(), "closed")
        EXPECTED[session.port] = ["message"]
        record = until(lambda: records_of(live, session.port), "the record")[0]
        as_expected(record, **EARLY)
    with tap.case("DATA without a recipient: not begun"):
        session = connect(live)
        say_mail(session)
        session.expect(live.mta.no_recipients, "DATA")
        session.vanish()
        EXPECTED[session.port] = ["message"]
        as_expected(until(lambda: records_of(live, session.port), "the record")[0], **CLOSED)


def enforced(tap, live):
    live.milter.reload(live.configuration(
        live.milter, policy='mode = "enforce"; compare = [ "pix-6.3" ];', milter=DRAIN,
        more='simulate : { recipients = { limit = 1; overflow = "defer"; }; };'))
    cases = [
        ("after its MAIL was refused",
         [(555, "MAIL FROM:<a@example.org>" + live.mta.hidden_parameter)],
         [{"type": "message", "ended": "answered", "verdict": "reject"}]),
        ("after an unknown command was refused", [(500, "FROBNICATE")],
         [{"type": "session", "verdict": "reject" if live.mta.ways.unknown_text else "flag"}]),
        ("after one recipient was refused",
         [(250, "MAIL FROM:<a@example.org>"), (250, "RCPT TO:<a@discard.test>"),
          (452, "RCPT TO:<b@discard.test>")],
         [{"type": "message", "ended": "close", "verdict": "flag", "partial": True}]),
        ("after 421", [(421, "MAIL FROM:<a@example.org> ENVID=" + "e" * 500)],
         [{"type": "message", "ended": "answered", "verdict": "drop"}]),
    ]
    for stage, lines, expected in cases:
        with tap.case(f"enforce: the client hangs up {stage}"):
            session = connect(live)
            say_hello(session)
            for code, line in lines:
                session.expect(code, line)
            session.vanish()
            EXPECTED[session.port] = [e["type"] for e in expected]
            found = until(lambda: records_of(live, session.port), "the session's records")
            note(lambda: str(found))
            for record, wanted in zip(found, expected):
                members(record, **wanted)

    with tap.case("enforce: the client hangs up after the dot of a message to be refused"):
        session = connect(live)
        say_hello(session)
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.expect(354, "DATA")
        session.send(message("X-Long: " + "x" * 1500, mark="refused-unheard") + b".\r\n")
        session.vanish()
        EXPECTED[session.port] = ["message"]
        record = until(lambda: records_of(live, session.port), "the record")[0]
        members(record, ended="answered", verdict="drop")
        check(record["reply"].startswith("421 4.7.0 "), record["reply"])

    with tap.case("enforce: the client hangs up within DATA: nobody is refused for it"):
        session = connect(live)
        say_hello(session)
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.expect(354, "DATA")
        session.send("From: half@example.org\r\n")
        session.vanish()
        EXPECTED[session.port] = ["message"]
        record = until(lambda: records_of(live, session.port), "the record")[0]
        as_expected(record, **{**EARLY, "reply": None})
        check(not any(f["enforced"] for f in record["findings"]), "nothing is enforced")


def stopped(tap, live):
    with tap.case("the daemon stops within DATA: it was not the client who went away"):
        session = connect(live)
        say_data(session)
        EXPECTED[session.port] = ["message"]
        equal(live.milter.stop(), 0, "exit status")
        as_expected(records_of(live, session.port)[0], **{**CLOSED, "verdict": "pass"})
        session.vanish()


def last(tap, live):
    with tap.case("the daemon still serves"):
        session = connect(live)
        say_message(session)
        session.quit()
        EXPECTED[session.port] = ["message"]
        check(live.milter.alive(), "the daemon runs")
    with tap.case("nothing that was cut off was delivered"):
        live.mta.settle()
        check(not any(mark in m for m in live.mta.delivered()
                      for mark in (b"half", b"too-big", b"refused-unheard")), "the mailbox")


def left(tap, live):
    with tap.case("each session has left exactly its records"):
        got = {}
        for record in live.log.read():
            if "client" in record:
                got.setdefault(record["client"]["port"], []).append(record["type"])
        equal(got, EXPECTED, "records by client port")


def test(tap):
    with Live(POSTFIX, mc=SENDMAIL) as live:
        live.milter = live.start(policy='compare = [ "pix-6.3" ];', milter=DRAIN)
        live.log = live.milter.log
        observed(tap, live)
        by_the_mta(tap, live)
        enforced(tap, live)
        last(tap, live)
        stopped(tap, live)
        left(tap, live)


main(test)
