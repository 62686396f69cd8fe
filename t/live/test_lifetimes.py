#!/usr/bin/env python3
"""test_lifetimes.py - every fact dies with what it belongs to: connection, message, recipient.

The main test asks no fact by name. The record that a message leaves on a connection of its own
must be the record that it leaves after and before any other message on one connection, whatever
that other message was and however it ended."""
import copy
import sys

sys.dont_write_bytecode = True

from harness import Live, census, finding, findings, main, members, message
from tap import check, equal

EXPECTED = {}
OWN = ("time", "elapsed", "seq", "session", "message", "queue_id")  # differ by their nature


def send(session, text, sender="a@example.org", parameters="", to=("b@discard.test",),
         rcpt_parameters="", command=None):
    session.expect(250, f"MAIL FROM:<{sender}>{parameters}")
    if command:
        session.expect(500, command)
    for address in to:
        session.expect(250, f"RCPT TO:<{address}>{rcpt_parameters}")
    session.data(text, 250)


def part(name, boundary="b"):
    return (f"--{boundary}\r\nContent-Disposition: attachment;\r\n filename={name}\r\n\r\nx\r\n")


CLEAN = {"text": message(mark="clean")}
MULTI = "Content-Type: multipart/mixed; boundary=b"
SIGNED = ("DKIM-Signature: v=1; a=rsa-sha256; c={}/{}; d=example.org; s=x; h=from:to:content-type;"
          " bh=AAAA; l=2; b=AAAA; z=x")
# every kind of fact that a message can leave behind
KINDS = {
    "a header line": {"text": message("X-Long: " + "x" * 2000, mark="kind")},
    "hops": {"text": message(*["Received: from h by h; x"] * 30, mark="kind")},
    "Content-Type fields": {"text": message("Content-Type: text/plain",
                                            "Content-Type: text/html", mark="kind")},
    "a file name": {"text": message('Content-Disposition: attachment; filename="' + "f" * 300
                                    + '"', mark="kind")},
    "a part that does not end": {"text": message(MULTI, mark="kind",
                                                 body=part("f" * 300) + part("short"))},
    "a part that ends within its header": {
        "text": message(MULTI, mark="kind",
                        body="--b\r\nContent-Disposition: attachment;\r\n filename=" + "f" * 280)},
    "a boundary": {"text": message(MULTI, mark="kind", body="preamble\r\n")},
    "a body line": {"text": message(mark="kind", body="short\r\n" + "x" * 5000 + "\r\nend\r\n")},
    "8 bits": {"text": message(mark="kind", body=b"\xe4\xf6\xfc\r\n")},
    "a size": {"text": message(mark="kind", body="x" * 500 + "\r\n"), "parameters": " SIZE=10"},
    "a body type": {"text": message(mark="kind", body=b"\xe4\r\n"),
                    "parameters": " BODY=8BITMIME"},
    "DSN parameters": {"text": message(mark="kind"), "parameters": " RET=FULL ENVID=x",
                       "rcpt_parameters": " NOTIFY=NEVER"},
    "AUTH=": {"text": message(mark="kind"), "parameters": " AUTH=<>"},
    "no sender": {"text": message(mark="kind"), "sender": ""},
    "a pipe": {"text": message(mark="kind"), "sender": "x|y@example.org",
               "to": ("p|q@discard.test",)},
    "many recipients": {"text": message(mark="kind"),
                        "to": tuple(f"r{n}@discard.test" for n in range(102))},
    "an unknown command": {"text": message(mark="kind"), "command": "FROBNICATE"},
    "forged tags": {"text": message(*["X-Fixup-Policy: fake"] * 3, mark="kind")},
    "signatures": {"text": message(SIGNED.format("simple", "simple"), "Content-Type: text/plain",
                                   SIGNED.format("relaxed", "relaxed"), "ARC-Seal: i=1; cv=none",
                                   "DomainKey-Signature: a=rsa-sha1; s=x; d=example.org; b=AAAA",
                                   mark="kind")},
    "a signature of a large body": {"text": message(SIGNED.format("relaxed", "simple"), mark="kind",
                                                    body="x\r\n" * 30000)},
    "no header at all": {"text": "\r\nbody\r\n"},
    "bytes that are not UTF-8": {"text": message(b"Message-ID: <\xff@example.org>")},
    "an empty message": {"text": "\r\n"},
}


def kinds(mta):
    """These and what this MTA does not refuse by itself."""
    more = {"a hidden extension": {"text": message(mark="kind"),
                                   "parameters": mta.hidden_parameter}}
    if mta.longest_name > 412:
        more["a long sender"] = {"text": message(mark="kind"),
                                 "sender": "s" * 400 + "@example.org"}
    if mta.longest_header > 73000:
        more["a cut field"] = {"text": message("X-Huge: " + "\r\n ".join(["x" * 900] * 80),
                                               mark="kind")}
    return {**KINDS, **more}


def essence(record):
    """A record without what differs by its nature."""
    record = {k: v for k, v in copy.deepcopy(record).items() if k not in OWN}
    del record["client"]["helo"], record["client"]["port"]
    if record["message_id"] and "@mx." in record["message_id"]:
        record["message_id"] = "(of the MTA)"
    return record


def session_of(live, name, *steps):
    """A session of these steps; gives its message records, in order."""
    session = live.hello(name)
    for step in steps:
        if isinstance(step, dict):
            send(session, **step)
        elif isinstance(step, tuple):
            session.expect(*step)
        else:
            step(session)
    session.quit()
    count = EXPECTED[name, "message"] = sum(isinstance(s, dict) or getattr(s, "counts", False)
                                            for s in steps)
    return live.log.wait(count=count, type="message", helo=name)


def compare(got, expected, what):
    got, expected = essence(got), essence(expected)
    for key in expected.keys() | got.keys():
        equal(got.get(key), expected.get(key), f"{what}: {key}")


def whole_messages(tap, live):
    alone = {}
    with tap.case("each kind of message alone"):
        clean = session_of(live, "alone.clean.example.org", CLEAN)[0]
        members(clean, verdict="pass", would="pass", findings=[])
        for number, (kind, mail) in enumerate(kinds(live.mta).items()):
            alone[kind] = session_of(live, f"alone.{number}.example.org", mail)[0]
    for number, (kind, mail) in enumerate(kinds(live.mta).items()):
        with tap.case(f"{kind}: after it, before it and with it between"):
            got = session_of(live, f"kind.{number}.example.org", CLEAN, mail, CLEAN, mail, mail,
                             CLEAN)
            equal([r["message"] for r in got], [1, 2, 3, 4, 5, 6], "numbers")
            equal(len({r["session"] for r in got}), 1, "sessions")
            for record, wanted in zip(got, [clean, alone[kind], clean] + [alone[kind]] * 2
                                      + [clean]):
                compare(record, wanted, f"message {record['message']}")
        with tap.case(f"{kind}: with RSET and a new EHLO between"):
            name = f"rset.{number}.example.org"
            got = session_of(live, name, mail, (250, "RSET"), CLEAN, (250, "EHLO " + name), mail,
                             (250, "NOOP"), CLEAN)
            for record, wanted in zip(got, [alone[kind], clean] * 2):
                compare(record, wanted, f"message {record['message']}")
    return clean


def given_up(mta, ender, counts=True):
    """A transaction full of facts that the client gives up."""
    sender = "s" * min(350, mta.longest_name - 20) + "|@example.org"

    def step(session):
        session.expect(250, f"MAIL FROM:<{sender}> SIZE=9 BODY=8BITMIME RET=FULL ENVID=x"
                       + mta.hidden_parameter)
        session.expect(500, "FROBNICATE")
        for n in range(3):
            session.expect(250, f"RCPT TO:<x|{n}@discard.test> NOTIFY=NEVER")
        session.expect(554, "RCPT TO:<reject@discard.test>")
        ender(session)
    step.counts = counts
    return step


def transactions(tap, live, clean):
    enders = {"RSET": lambda s: s.expect(250, "RSET"),
              "EHLO": lambda s: s.expect(250, "EHLO again.example.org"),
              "HELO": lambda s: s.expect(250, "HELO again.example.org")}
    for what, ender in enders.items():
        with tap.case(f"a transaction that {what} ends leaves its own record, and nothing else"):
            name = f"giveup.{what.lower()}.example.org"
            session = live.hello(name)
            given_up(live.mta, ender)(session)
            send(session, **CLEAN)
            session.quit()
            later = name if what == "RSET" else "again.example.org"
            EXPECTED[name, "message"] = 2 if what == "RSET" else 1
            if what != "RSET":
                EXPECTED[later, "message"] = EXPECTED.get((later, "message"), 0) + 1
            first = live.log.message(name, number=1)
            members(first, ended="abort", size=None, queue_id=first["queue_id"], verdict="flag",
                    partial=True, reply=None,
                    recipients={"accepted": 3, "deferred": 0, "lost": 0,
                                "rejected": int(live.mta.tells_refused_rcpt)})
            second = live.log.wait(type="message", session=first["session"], message=2)[0]
            compare(second, clean, "the next message")

    with tap.case("a second MAIL in one transaction is the MTA's to refuse"):
        session = live.hello("nested.example.org")
        session.expect(250, "MAIL FROM:<first@example.org>")
        session.expect(503, "MAIL FROM:<second@example.org> SMTPUTF8")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.data(message(), 250)
        session.quit()
        EXPECTED["nested.example.org", "message"] = 1
        members(live.log.message("nested.example.org"), extensions=[], findings=[],
                **{"from": "first@example.org"})

    with tap.case("a message after ten that were given up"):
        got = session_of(live, "tries.example.org",
                         *[given_up(live.mta, enders["RSET"])] * 10, CLEAN)
        equal([r["ended"] for r in got], ["abort"] * 10 + ["eom"], "ended")
        compare(got[-1], clean, "the last message")


def connections(tap, live, clean):
    with tap.case("STARTTLS between two messages: the first had none"):
        name = "midtls.example.org"
        session = live.hello(name)
        send(session, **CLEAN)
        version, cipher = session.starttls()
        session.expect(250, "EHLO " + name)
        send(session, **CLEAN)
        send(session, **CLEAN)
        session.quit()
        EXPECTED[name, "message"] = 3
        compare(live.log.message(name, number=1), clean, "the first")
        for number in (2, 3):
            record = live.log.message(name, number=number)
            equal(record["tls"], {"version": version, "cipher": cipher}, "tls")
            equal(findings(record), [("verb-not-allowed", "mask")], "findings")
            equal(record["extensions"], ["STARTTLS"], "extensions")

    with tap.case("AUTH between two messages: the first had none, all later ones have"):
        name = "midauth.example.org"
        session = live.hello(name)
        send(session, **CLEAN)
        equal(session.auth().code, 235, "AUTH")
        send(session, **CLEAN)
        session.expect(250, "RSET")
        send(session, **CLEAN)
        session.quit()
        EXPECTED[name, "message"] = 3
        compare(live.log.message(name, number=1), clean, "the first")
        for number in (2, 3):
            members(live.log.message(name, number=number)["auth"], type="PLAIN")

    with tap.case("a second HELO name: each message has the one that was said before it"):
        session = live.hello("name.one.example.org")
        send(session, **CLEAN)
        session.expect(250, "EHLO name.two.example.org")
        send(session, **CLEAN)
        session.quit()
        for n, name in enumerate(("name.one.example.org", "name.two.example.org"), 1):
            EXPECTED[name, "message"] = 1
            members(live.log.message(name), message=n)

    with tap.case("commands outside messages belong to the session, those within to a message"):
        name = "outside.example.org"
        session = live.hello(name)
        session.expect(500, "ALPHA")
        send(session, **CLEAN)
        session.expect(500, "BETA")
        send(session, CLEAN["text"], command="GAMMA")
        session.expect(500, "DELTA")
        session.quit()
        EXPECTED[name, "message"], EXPECTED[name, "session"] = 2, 1
        compare(live.log.message(name, number=1), clean, "the first")
        members(finding(live.log.message(name, number=2), "verb-not-allowed"), evidence="GAMMA")
        record = live.log.session(name)
        members(record, messages=2)
        equal([f["evidence"] for f in record["findings"] if f["profile"] == "asa-9"],
              ["ALPHA", "BETA", "DELTA"] if live.mta.shows_between else ["ALPHA"],
              "of the session")

    if not live.mta.has_xclient:
        return
    with tap.case("XCLIENT makes a new session: nothing of the old one is left"):
        name = "xclient.example.org"
        session = live.hello(name)
        session.expect(500, "ALPHA")
        send(session, **CLEAN)
        session.xclient(addr="192.0.2.9", name="new.example.org")
        session.expect(250, "EHLO new.example.org")
        send(session, **CLEAN)
        session.quit()
        EXPECTED[name, "message"] = EXPECTED[name, "session"] = 1
        EXPECTED["new.example.org", "message"] = 1
        new = live.log.message("new.example.org")
        members(new, message=1, findings=[], verdict="pass")
        check(new["session"] != live.log.message(name)["session"], "another session id")


def refusals(tap, live):
    live.milter.reload(live.configuration(
        live.milter, policy='mode = "enforce"; compare = [ "pix-6.3", "pix-7.2.2" ];',
        more='simulate : { recipients = { limit = 2; overflow = "defer"; }; };'))
    with tap.case("enforce: the clean message alone"):
        clean = session_of(live, "enforce.clean.example.org", CLEAN)[0]
        members(clean, verdict="pass", mode="enforce")

    def mail_refused(session):
        session.expect(555, "MAIL FROM:<x@example.org> SIZE=1 BODY=8BITMIME"
                       + live.mta.hidden_parameter)

    def recipient_refused(session):
        session.expect(250, "MAIL FROM:<x@example.org> SIZE=9999")
        for n, code in enumerate((250, 250, 452, 452)):
            session.expect(code, f"RCPT TO:<r{n}@discard.test>")
        session.data(message(mark="deferred"), 250)

    def end_refused(session):
        session.mail(message(*["Received: x"] * 30, mark="hops"), code="554 5.4.6")

    def command_refused(session):
        send(session, message(mark="command"), command="FROBNICATE")

    def refused_and_reset(session):
        session.expect(555, "MAIL FROM:<x@example.org>" + live.mta.hidden_parameter)
        session.expect(250, "RSET")

    steps = (mail_refused, recipient_refused, end_refused, command_refused, refused_and_reset)
    for step in steps:
        step.counts = True
    for number, step in enumerate(steps):
        with tap.case(f"enforce: {step.__name__.replace('_', ' ')}, the next message is clean"):
            got = session_of(live, f"enforce.{number}.example.org", step, CLEAN, step, step, CLEAN)
            for place in (1, 4):
                compare(got[place], clean, f"message {place + 1}")
            compare(got[2], got[0], "the refused one again")
            compare(got[3], got[0], "and again")

    for first, what in ((True, "before"), (False, "after")):
        with tap.case(f"enforce: a command refused {what} a message is: each its own reply"):
            name = f"replies.{what}.example.org"
            session = live.hello(name)
            if first:
                unknown = session.expect(500, "FROBNICATE")
            refused = session.expect("555 5.5.4", "MAIL FROM:<a@example.org>"
                                     + live.mta.hidden_parameter)
            if not first:
                unknown = session.expect(500, "FROBNICATE")
            session.quit()
            EXPECTED[name, "message"] = EXPECTED[name, "session"] = 1
            equal(live.log.message(name)["reply"], str(refused), "the message's reply")
            record = live.log.session(name)
            if live.mta.ways.unknown_text:
                equal(record["reply"], str(unknown), "the session's reply")
                members(record, verdict="reject")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='compare = [ "pix-6.3", "pix-7.2.2" ]; '
                                        'content_type_grade = "listed";')
        live.log = live.milter.log
        clean = whole_messages(tap, live)
        transactions(tap, live, clean)
        connections(tap, live, clean)
        refusals(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
