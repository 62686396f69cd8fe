#!/usr/bin/env python3
"""test_enforce.py - enforce mode: the answers of the contract's table, what becomes of the
session and of the mail, and what the record says about it."""
import sys

sys.dont_write_bytecode = True

from harness import Live, census, finding, mailbox, main, members, message
from tap import check, equal

EXPECTED = {}
DELIVERED = set()  # marks of the messages that have to be in the mailbox, and no others


def policy(live, text, more=""):
    live.milter.reload(live.configuration(live.milter, policy='mode = "enforce"; ' + text,
                                          more=more))


def refused(record, reply, rule, verdict, **expected):
    """The record says what the client was told, and for which finding."""
    equal(record["reply"], str(reply), "reply")
    members(record, verdict=verdict, mode="enforce")
    found = finding(record, rule)
    members(found, enforced=True, instead=None, **expected)
    equal([f["rule"] for f in record["findings"] if f["enforced"]], [rule], "enforced")
    return found


def still_works(session, mark=None):
    """The session goes on: the next message is delivered."""
    mark = mark or f"after{len(DELIVERED)}"
    session.mail(message(mark=mark))
    session.quit()
    DELIVERED.add(mark)


def at_command(tap, live):
    policy(live, 'profile = "asa-9";')
    with tap.case("unknown verb: 500 5.5.1 with as many X's; the session goes on"):
        session = live.hello("verb.example.org")
        reply = session.expect(500, "GOODMORNING all")
        still_works(session)
        EXPECTED["verb.example.org", "session"] = EXPECTED["verb.example.org", "message"] = 1
        record = live.log.session("verb.example.org")
        if live.mta.ways.unknown_text:
            equal(reply.enhanced, "5.5.1", "status")
            check('"' + "X" * 11 + '"' in reply.text, reply.text)
            refused(record, reply, "verb-not-allowed", "reject")
        else:  # it puts its own words in the place of ours
            members(finding(record, "verb-not-allowed"), enforced=False)
            check(finding(record, "verb-not-allowed")["instead"], "instead")
        members(live.log.message("verb.example.org"), verdict="pass", reply=None, findings=[])

    with tap.case("a verb too short: masked likewise"):
        session = live.hello("tooshort.example.org")
        reply = session.expect(500, "ABC")
        if live.mta.ways.unknown_text:
            check('"XXX"' in reply.text, reply.text)
        session.quit()
        EXPECTED["tooshort.example.org", "session"] = 1
        found = live.log.session("tooshort.example.org")["findings"]
        equal([f["rule"] for f in found], ["verb-not-allowed", "verb-too-short"], "rules")
        equal([f["enforced"] for f in found], [live.mta.ways.unknown_text, False], "enforced")

    with tap.case("commands of X's: the MTA answers, nothing is enforced"):
        session = live.hello("upstream.example.org")
        session.expect("500 " + live.mta.unknown_status, "XXXXXXXX")
        session.quit()
        EXPECTED["upstream.example.org", "session"] = 1
        record = live.log.session("upstream.example.org")
        members(record, verdict="flag", reply=None)
        members(finding(record, "verb-masked-upstream"), enforced=False)

    with tap.case("within a transaction: 500, and the transaction goes on"):
        session = live.hello("inside.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(500, "FROBNICATE")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.data(message(mark="inside"), 250)
        DELIVERED.add("inside")
        session.quit()
        EXPECTED["inside.example.org", "message"] = 1
        record = live.log.message("inside.example.org")
        members(record, verdict="flag", ended="eom", reply=None)
        equal(finding(record, "verb-not-allowed")["enforced"], live.mta.ways.unknown_text,
              "enforced")

    with tap.case("a command line too long: 421 4.7.0 and closed"):
        session = live.hello("longcmd.example.org")
        reply = session.expect("421 4.7.0", "SOML" + "L" * 600)
        check(session.closed(), "the connection is closed")
        EXPECTED["longcmd.example.org", "session"] = 1
        record = live.log.session("longcmd.example.org")
        refused(record, reply, "command-line-length", "drop", would="drop")

    if live.mta.longest_name > 600:
        with tap.case("a greeting too long: 421 at once"):
            name = "h" * 600 + ".example.org"
            session = live.connect()
            reply = session.expect("421 4.7.0", "EHLO " + name)
            check(session.closed(), "the connection is closed")
            EXPECTED[name, "session"] = 1
            refused(live.log.session(name), reply, "command-line-length", "drop", stage="command")

    policy(live, 'profile = "pix-6.3";')
    with tap.case("an action of the firewall that no milter can copy: instead"):
        session = live.hello("noop.example.org")
        session.expect("500 " + live.mta.unknown_status, "GOODMORNING")
        session.quit()
        EXPECTED["noop.example.org", "session"] = 1
        record = live.log.session("noop.example.org")
        members(record, verdict="flag", reply=None)
        found = finding(record, "verb-not-allowed")
        members(found, action="noop", enforced=False)
        check(found["instead"], "instead says what was done")


def answered(live, name, line, code, rule, verdict="reject", closes=False, **expected):
    """MAIL gets this answer; the session goes on or is closed."""
    session = live.hello(name)
    reply = session.expect(code, line)
    EXPECTED[name, "message"] = 1
    if closes:
        check(session.closed(), "the connection is closed")
    else:
        session.expect(503, "RCPT TO:<box@maildir.test>")
        still_works(session)
        EXPECTED[name, "message"] = 2
    record = live.log.message(name, number=1)
    members(record, ended="answered", size=None)
    return refused(record, reply, rule, verdict, stage="mail", **expected)


def at_mail(tap, live):
    policy(live, 'profile = "asa-9";')
    with tap.case("STARTTLS used: 500 5.5.1 with eight X's at each MAIL"):
        session = live.hello("tls.example.org")
        session.starttls()
        session.expect(250, "EHLO tls.example.org")
        for number in (1, 2):
            reply = session.expect("500 5.5.1", "MAIL FROM:<a@example.org>")
            check('"XXXXXXXX"' in reply.text, reply.text)
            record = live.log.message("tls.example.org", number=number)
            refused(record, reply, "verb-not-allowed", "reject", basis="inferred")
            members(record, ended="answered")
        session.quit()
        EXPECTED["tls.example.org", "message"] = 2

    with tap.case("a hidden parameter: 555 5.5.4"):
        answered(live, "hidden.example.org",
                 "MAIL FROM:<a@example.org>" + live.mta.hidden_parameter, "555 5.5.4",
                 "extension-not-allowed", action="hide", would="flag")

    if live.mta.longest_name > 412:
        with tap.case("a sender too long: 421 4.7.0 and closed"):
            answered(live, "sender.example.org", "MAIL FROM:<" + "s" * 400 + "@example.org>",
                     "421 4.7.0", "sender-address-length", "drop", closes=True, observed=412)

    with tap.case("a MAIL line too long: 421 4.7.0 and closed"):
        answered(live, "mailline.example.org", "MAIL FROM:<a@example.org> ENVID=" + "e" * 600,
                 "421 4.7.0", "command-line-length", "drop", closes=True)

    with tap.case("a pipe in an address: found, and let through"):
        session = live.hello("pipe.example.org")
        session.mail(message(mark="pipe"), sender="a|b@example.org")
        session.quit()
        DELIVERED.add("pipe")
        EXPECTED["pipe.example.org", "message"] = 1
        record = live.log.message("pipe.example.org")
        members(record, verdict="flag", ended="eom", reply=None)
        members(finding(record, "address-character"), enforced=False, action="blank")

    policy(live, 'profile = "pix-6.3";')
    with tap.case("BODY=8BITMIME where it is hidden: 554 5.6.1"):
        answered(live, "body8.example.org", "MAIL FROM:<a@example.org> BODY=8BITMIME",
                 "554 5.6.1", "extension-not-allowed", basis="assumed")
    with tap.case("SIZE= where it is hidden: 555 5.5.4"):
        answered(live, "size.example.org", "MAIL FROM:<a@example.org> SIZE=99", "555 5.5.4",
                 "extension-not-allowed")
    with tap.case("AUTH used where it becomes NOOP: the session stands, instead"):
        session = live.hello("auth.example.org")
        session.auth()
        still_works(session)
        EXPECTED["auth.example.org", "message"] = 1
        record = live.log.message("auth.example.org")
        members(record, verdict="flag", ended="eom", reply=None)
        found = finding(record, "verb-not-allowed")
        members(found, action="noop", enforced=False, basis="inferred")
        check(found["instead"], "instead says what was done")

    policy(live, 'profile = "asa-9"; require = [ "STARTTLS" ];')
    with tap.case("a required extension that is not used: 530 5.7.0"):
        session = live.hello("require.example.org")
        reply = session.expect("530 5.7.0", "MAIL FROM:<a@example.org>")
        session.quit()
        EXPECTED["require.example.org", "message"] = 1
        refused(live.log.message("require.example.org"), reply, "extension-required", "reject",
                evidence="STARTTLS")


def overflow(live, name, code, overflow_word, mark=None, closes=False):
    """A limit of two recipients, and a third."""
    policy(live, 'profile = "asa-9";', more="simulate : { recipients = { limit = 2; overflow = "
                                            f'"{overflow_word}"; }}; }};')
    session = live.hello(name)
    session.expect(250, "MAIL FROM:<a@example.org>")
    session.expect(250, "RCPT TO:<one@discard.test>")
    session.expect(250, "RCPT TO:<two@discard.test>")
    reply = session.expect(code, "RCPT TO:<box@maildir.test>")
    EXPECTED[name, "message"] = 1
    if closes:
        check(session.closed(), "the connection is closed")
    else:
        session.data(message(mark=mark), 250)
        session.quit()
    record = live.log.message(name)
    found = finding(record, "recipient-count")
    members(found, action="truncate", overflow=overflow_word, observed=3, limit=2, stage="rcpt")
    equal(record["recipients"]["accepted"], 2, "accepted")
    return reply, record, found


def at_rcpt(tap, live):
    with tap.case("a recipient too many, defer: 452 4.5.3, the others get the mail"):
        reply, record, found = overflow(live, "defer.example.org", "452 4.5.3", "defer", "defer")
        members(found, enforced=True, would="defer")
        equal(record["to"][2], {"address": "box@maildir.test", "result": "deferred"}, "third")
        members(record, would="defer", verdict="flag", ended="eom")
        check(str(reply).endswith(record["reply"][10:]), "the answer stands in the record")

    with tap.case("a recipient too many, fail: 550 5.5.3"):
        _, record, found = overflow(live, "fail.example.org", "550 5.5.3", "fail", "fail")
        members(found, enforced=True, would="reject")
        equal(record["to"][2], {"address": "box@maildir.test", "result": "rejected"}, "third")

    with tap.case("a recipient too many, drop-connection: 421 4.7.0 and closed"):
        reply, record, _ = overflow(live, "cut.example.org", "421 4.7.0", "drop-connection",
                                    closes=True)
        members(record, ended="answered")
        refused(record, reply, "recipient-count", "drop", would="drop")

    with tap.case("a recipient too many, lose: 250, and the mail does not reach it"):
        _, record, found = overflow(live, "lose.example.org", 250, "lose", "lose")
        equal(record["to"][2], {"address": "box@maildir.test", "result": "lost"}, "third")
        equal(record["recipients"]["lost"], 1, "lost")
        members(record, ended="eom", reply=None, verdict="flag", would="flag")

    policy(live, 'profile = "asa-9";')
    with tap.case("the 101st recipient behind asa-9: 421 4.7.0 and closed"):
        session = live.hello("hundred.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        for n in range(100):
            session.expect(250, f"RCPT TO:<r{n}@discard.test>")
        reply = session.expect("421 4.7.0", "RCPT TO:<box@maildir.test>")
        check(session.closed(), "the connection is closed")
        EXPECTED["hundred.example.org", "message"] = 1
        record = live.log.message("hundred.example.org")
        members(record, ended="answered", size=None)
        equal(record["recipients"]["accepted"], 100, "accepted")
        refused(record, reply, "recipient-count", "drop", observed=101)

    policy(live, 'profile = "pix-6.3";')
    with tap.case("a hidden parameter at RCPT: 555 5.5.4 for that recipient only"):
        session = live.hello("notify.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        reply = session.expect("555 5.5.4", "RCPT TO:<box@maildir.test> NOTIFY=NEVER")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.data(message(mark="notify"), 250)
        session.quit()
        EXPECTED["notify.example.org", "message"] = 1
        record = live.log.message("notify.example.org")
        members(record, verdict="flag", ended="eom")
        check(str(reply).endswith(record["reply"][10:]), "the answer stands in the record")
        equal([r["result"] for r in record["to"]], ["rejected", "accepted"], "results")
        members(finding(record, "extension-not-allowed"), enforced=True, stage="rcpt")

    with tap.case("the only recipient refused: the verdict is that of the answer"):
        session = live.hello("alone.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect("555 5.5.4", "RCPT TO:<box@maildir.test> NOTIFY=NEVER")
        session.expect(live.mta.no_recipients, "DATA")
        session.quit()
        EXPECTED["alone.example.org", "message"] = 1
        record = live.log.message("alone.example.org")
        members(record, verdict="reject")
        equal(record["recipients"]["rejected"], 1, "rejected")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='mode = "enforce";')
        live.log = live.milter.log
        at_command(tap, live)
        at_mail(tap, live)
        at_rcpt(tap, live)
        mailbox(tap, live, DELIVERED)
        census(tap, live.milter, EXPECTED)


main(test)
