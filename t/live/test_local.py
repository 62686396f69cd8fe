#!/usr/bin/env python3
"""test_local.py - mail that is submitted on the host by sendmail(1), which Postfix shows to the
filter through non_smtpd_milters with a made-up connection. It must never be refused at RCPT:
cleanup(8) would bounce or lose it."""
import sys

sys.dont_write_bytecode = True

from harness import Live, finding, findings, main, members, message
from tap import check, equal


def submit(live, text, *recipients, sender="local@example.org"):
    result = live.postfix.command("/usr/sbin/sendmail", "-i", "-f", sender, *recipients,
                                  input=text.replace(b"\r\n", b"\n"))
    equal((result.returncode, result.stderr), (0, b""), "sendmail")


def record_of(live, mark):
    return live.log.wait(type="message", message_id=f"<{mark}@example.org>")[0]


def observed(tap, live):
    with tap.case("a local message leaves one record, and is delivered"):
        submit(live, message(mark="local1"), "box@maildir.test", "b@discard.test")
        record = record_of(live, "local1")
        members(record, verdict="pass", ended="eom", **{"from": "local@example.org"})
        equal([r["address"] for r in record["to"]], ["box@maildir.test", "b@discard.test"], "to")
        check(record["queue_id"], "queue id")
        live.postfix.delivery("<local1@example.org>")
    with tap.case("what it was shown as"):
        members(record["client"], addr="127.0.0.1", name="localhost",
                helo="localhost", port=None)
        members(record, listener="mx.example.net")
        equal(record["extensions"], [], "extensions")
    with tap.case("header and body are judged"):
        submit(live, message("X-Long: " + "x" * 999, mark="local2", body="x" * 999 + "\n"),
               "box@maildir.test")
        equal(sorted(r for r, _ in findings(record_of(live, "local2"))),
              ["body-line-length", "header-line-length"], "findings")


def enforced(tap, live):
    live.milter.reload(live.configuration(
        live.milter, policy='mode = "enforce";',
        more='simulate : { recipients = { limit = 1; overflow = "defer"; }; };'))
    with tap.case("over SMTP the second recipient is refused"):
        session = live.hello("remote.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.expect("452 4.5.3", "RCPT TO:<c@discard.test>")
        session.quit()
        check("instead" not in finding(live.log.message("remote.example.org"),
                                       "recipient-count"), "instead")

    with tap.case("a session that XCLIENT begins after a message is not taken for a local one"):
        session = live.hello("before.example.org")
        session.mail(message(mark="before"), to=("b@discard.test",), code=250)
        session.xclient(addr="127.0.0.1", name="localhost")
        session.expect(250, "EHLO localhost")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.expect("452 4.5.3", "RCPT TO:<c@discard.test>")
        session.quit()

    for overflow in ("defer", "fail", "drop-connection"):
        live.milter.reload(live.configuration(
            live.milter, policy='mode = "enforce";',
            more=f'simulate : {{ recipients = {{ limit = 1; overflow = "{overflow}"; }}; }};'))
        with tap.case(f"submitted locally it is not, with overflow {overflow}: instead"):
            mark = f"many-{overflow}"
            submit(live, message(mark=mark), "a@discard.test", "b@discard.test",
                   "box@maildir.test")
            record = record_of(live, mark)
            members(record, ended="eom", reply=None, verdict="flag")
            equal(record["recipients"]["accepted"], 3, "accepted")
            found = finding(record, "recipient-count")
            members(found, observed=3, limit=1, enforced=False)
            check(found["instead"], "instead says what was done")
            live.postfix.delivery(f"<{mark}@example.org>")

    live.milter.reload(live.configuration(
        live.milter, policy='mode = "enforce";',
        more='simulate : { recipients = { limit = 1; overflow = "lose"; }; };'))
    with tap.case("lose refuses nobody, and takes recipients out here, too"):
        submit(live, message(mark="lost"), "box@maildir.test", "b@discard.test")
        record = record_of(live, "lost")
        equal([r["result"] for r in record["to"]], ["accepted", "lost"], "results")
        live.postfix.delivery("<lost@example.org>")

    live.milter.reload(live.configuration(live.milter, policy='mode = "enforce"; '
                                                              'profile = "pix-6.3";'))
    with tap.case("8 bits in local mail are refused at the end: it comes back to the sender"):
        submit(live, message(mark="eight", body=b"\xe4\n"), "box@maildir.test",
               sender="box@maildir.test")
        record = record_of(live, "eight")
        members(record, ended="answered", verdict="reject")
        check(record["reply"].startswith("554 5.6.1 "), record["reply"])
        bounce = live.postfix.delivery("Undelivered Mail Returned to Sender")
        check(b"Body type not supported" in bounce, "the reason stands in the bounce")
    with tap.case("the bounce itself was not shown, and nothing is stuck"):
        live.postfix.settle()
        equal(live.milter.stop(), 0, "exit status")
        kinds = [r["type"] for r in live.log.read() if r["type"] != "reload"]
        equal(kinds, ["start"] + ["message"] * (len(kinds) - 2) + ["stop"], "records")


def test(tap):
    with Live() as live:
        live.milter = live.start()
        live.log = live.milter.log
        observed(tap, live)
        enforced(tap, live)


main(test)
