#!/usr/bin/env python3
"""test_enforce_content.py - enforce mode for what stands in header and body: the answer to the
final dot. Which of several refusals is given; single rules in a mode of their own."""
import sys

sys.dont_write_bytecode = True

from harness import Live, census, finding, findings, mailbox, main, members, message
from tap import check, equal

EXPECTED = {}
DELIVERED = set()
LONG = "X-Long: " + "x" * 999
FILE = 'Content-Disposition: attachment;\r\n filename="' + "f" * 300 + '"'
TYPES = ("Content-Type: text/plain", "Content-Type: text/html")
HOPS = ["Received: from h by h; Sat, 21 Nov 2026 10:00:00 +0000"] * 24
PART = ("--b\r\nContent-Disposition: attachment;\r\n filename=" + "f" * 300
        + "\r\n\r\nx\r\n--b--\r\n")


def policy(live, text, more=""):
    live.milter.reload(live.configuration(live.milter, policy='mode = "enforce"; ' + text,
                                          more=more))


def refused(live, name, code, rule, *fields, body="A line.\r\n", parameters="", stage="header"):
    """The message gets this answer at its final dot and is not delivered. A 421 closes, after
    anything else the next message on the connection passes."""
    mark = name.split(".")[0]
    session = live.hello(name)
    reply = session.mail(message(*fields, body=body, mark=mark), code=code,
                         parameters=parameters)
    EXPECTED[name, "message"] = 1
    if code.startswith("421"):
        check(session.closed(), "the connection is closed")
    else:
        session.mail(message(mark=mark + "-next"))
        session.quit()
        DELIVERED.add(mark + "-next")
        EXPECTED[name, "message"] = 2
        members(live.log.message(name, number=2), verdict="pass", findings=[], ended="eom")
    record = live.log.message(name, number=1)
    equal(record["reply"], str(reply), "reply")
    members(record, ended="answered", mode="enforce",
            verdict="drop" if code.startswith("421") else "reject")
    check(record["size"] > 0 and "partial" not in record, "the whole message was seen")
    equal([(f["rule"], f["stage"]) for f in record["findings"] if f["enforced"]],
          [(rule, stage)], "enforced")
    return record


def passes(live, name, *fields, body="A line.\r\n", parameters=""):
    """The message is delivered in spite of what is found."""
    mark = name.split(".")[0]
    session = live.hello(name)
    session.mail(message(*fields, body=body, mark=mark), code=250, parameters=parameters)
    session.quit()
    DELIVERED.add(mark)
    EXPECTED[name, "message"] = 1
    record = live.log.message(name)
    members(record, verdict="flag", ended="eom", reply=None)
    check(not any(f["enforced"] for f in record["findings"]), "nothing is enforced")
    return record


def answers(tap, live):
    policy(live, 'profile = "asa-9";')
    with tap.case("a header line too long: 421 4.7.0, closed, not delivered"):
        refused(live, "line.example.org", "421 4.7.0", "header-line-length", LONG)
    with tap.case("a file name too long in the header: 421 4.7.0"):
        refused(live, "file.example.org", "421 4.7.0", "mime-filename-length", FILE)
    with tap.case("a file name too long in a part: 421 4.7.0"):
        refused(live, "part.example.org", "421 4.7.0", "mime-filename-length",
                "Content-Type: multipart/mixed; boundary=b", body=PART, stage="body")
    with tap.case("too many hops: 554 5.4.6"):
        record = refused(live, "hops.example.org", "554 5.4.6", "received-hops", *HOPS)
        members(record, would="reject")
    with tap.case("a body line too long: never refused"):
        members(finding(passes(live, "body.example.org", body="x" * 2000 + "\r\n"),
                        "body-line-length"), would="flag", instead=None)
    with tap.case("a SIZE= that is too small: never refused"):
        finding(passes(live, "size.example.org", parameters=" SIZE=1"), "size-mismatch")
    with tap.case("8 bits undeclared, two Content-Type fields: only logged by asa-9"):
        record = passes(live, "logged.example.org", *TYPES, body=b"\xe4\r\n")
        equal([a for _, a in findings(record)], ["log", "log"], "actions")

    policy(live, 'profile = "pix-7.2.2";')
    with tap.case("two Content-Type fields before 7.2(3): 421 4.7.0"):
        refused(live, "types.example.org", "421 4.7.0", "content-type-duplicate", *TYPES,
                stage="end")
    policy(live, 'profile = "pix-6.3";')
    with tap.case("8 bits where 8BITMIME is hidden: 554 5.6.1"):
        record = refused(live, "eight.example.org", "554 5.6.1", "body-8bit", body=b"\xe4\r\n",
                         stage="body")
        members(finding(record, "body-8bit"), basis="assumed", would="reject")


def precedence(tap, live):
    policy(live, 'profile = "asa-9"; require = [ "STARTTLS" ];')
    with tap.case("at MAIL: drop (421) comes before reject (555, 530)"):
        session = live.hello("dropfirst.example.org")
        reply = session.expect("421 4.7.0", "MAIL FROM:<a@example.org>"
                               + live.mta.hidden_parameter + " ENVID=" + "e" * 500)
        EXPECTED["dropfirst.example.org", "message"] = 1
        record = live.log.message("dropfirst.example.org")
        equal({f["rule"]: f["enforced"] for f in record["findings"]},
              {"extension-not-allowed": False, "extension-required": False,
               "command-line-length": True}, "findings")
        members(record, verdict="drop", reply=str(reply), ended="answered")
    with tap.case("at MAIL: of two rejects the first rule of the table decides"):
        session = live.hello("table.example.org")
        session.expect("555 5.5.4", "MAIL FROM:<a@example.org>" + live.mta.hidden_parameter)
        session.quit()
        EXPECTED["table.example.org", "message"] = 1
        record = live.log.message("table.example.org")
        equal({f["rule"]: f["enforced"] for f in record["findings"]},
              {"extension-not-allowed": True, "extension-required": False}, "findings")
    with tap.case("at MAIL: the verb before the parameter"):
        session = live.hello("verbfirst.example.org")
        session.starttls()
        session.expect(250, "EHLO verbfirst.example.org")
        session.expect("500 5.5.1", "MAIL FROM:<a@example.org>" + live.mta.hidden_parameter)
        session.quit()
        EXPECTED["verbfirst.example.org", "message"] = 1
        EXPECTED["verbfirst.example.org", "session"] = 0
        record = live.log.message("verbfirst.example.org")
        equal({f["rule"]: f["enforced"] for f in record["findings"]},
              {"verb-not-allowed": True, "extension-not-allowed": False}, "findings")

    policy(live, 'profile = "asa-9";')
    with tap.case("in one stage drop comes before reject: a long line and too many hops"):
        record = refused(live, "stage.example.org", "421 4.7.0", "header-line-length", LONG,
                         *HOPS)
        members(finding(record, "received-hops"), enforced=False)
    with tap.case("the first refusal in time: hops in the header before a name in the body"):
        record = refused(live, "time.example.org", "554 5.4.6", "received-hops", *HOPS,
                         "Content-Type: multipart/mixed; boundary=b", body=PART)
        members(finding(record, "mime-filename-length"), enforced=False)
        members(record, would="drop", verdict="reject")
    policy(live, 'profile = "pix-6.3";')
    with tap.case("the first refusal in time: 8 bits in the body before what the end shows"):
        record = refused(live, "end.example.org", "554 5.6.1", "body-8bit", *TYPES,
                         body=b"\xe4\r\n", stage="body")
        members(finding(record, "content-type-duplicate"), enforced=False)
        members(record, would="drop", verdict="reject")


def single_rules(tap, live):
    policy(live, 'rules : { header-line-length = "observe"; mime-filename-length = "off"; };')
    with tap.case("a rule in observe while the rest is enforced"):
        record = passes(live, "mild.example.org", LONG, FILE)
        members(record, would="drop")
        equal(findings(record), [("header-line-length", "drop-connection")], "findings")
    with tap.case("the rest is enforced"):
        refused(live, "rest.example.org", "554 5.4.6", "received-hops", LONG, *HOPS)

    live.milter.reload(live.configuration(
        live.milter, policy='mode = "observe"; rules : { received-hops = "enforce"; };'))
    with tap.case("a rule in enforce while the rest is observed"):
        session = live.hello("strict.example.org")
        session.mail(message(LONG, *HOPS, mark="strict"), code="554 5.4.6")
        session.mail(message(LONG, mark="lenient"), code=250)
        session.quit()
        DELIVERED.add("lenient")
        EXPECTED["strict.example.org", "message"] = 2
        record = live.log.message("strict.example.org", number=1)
        members(record, verdict="reject", would="drop", mode="observe")
        members(finding(record, "received-hops"), enforced=True)
        record = live.log.message("strict.example.org", number=2)
        members(record, verdict="flag", would="drop", reply=None)

    live.milter.reload(live.configuration(live.milter, policy='mode = "off";'))
    with tap.case("mode off: nothing is looked at and nothing recorded"):
        session = live.hello("off.example.org")
        session.expect("500 " + live.mta.unknown_status, "GOODMORNING")
        session.mail(message(LONG, *HOPS, mark="off"), code=250)
        session.quit()
        DELIVERED.add("off")

    live.milter.reload(live.configuration(
        live.milter, policy='mode = "off"; rules : { received-hops = "observe"; };'))
    with tap.case("mode off, and one rule observed"):
        session = live.hello("almost.example.org")
        session.mail(message(LONG, *HOPS, mark="almost"), code=250)
        session.quit()
        DELIVERED.add("almost")
        EXPECTED["almost.example.org", "message"] = 1
        equal(findings(live.log.message("almost.example.org")), [("received-hops", "refuse")],
              "findings")

    live.milter.reload(live.configuration(live.milter, logging='records = "flagged";'))
    with tap.case("records = flagged: a clean message leaves none, a flagged one does"):
        session = live.hello("sieve.example.org")
        session.mail(message(mark="sieve1"), code=250)
        session.mail(message(LONG, mark="sieve2"), code=250)
        session.quit()
        DELIVERED.update({"sieve1", "sieve2"})
        EXPECTED["sieve.example.org", "message"] = 1
        members(live.log.message("sieve.example.org"), message=2, would="drop")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='mode = "enforce";')
        live.log = live.milter.log
        answers(tap, live)
        precedence(tap, live)
        single_rules(tap, live)
        mailbox(tap, live, DELIVERED)
        census(tap, live.milter, EXPECTED)


main(test)
