#!/usr/bin/env python3
"""test_hostile.py - bad input on the wire: a record or a finding, never a crash, an unbounded
buffer or a lost record."""
import json
import sys
import threading

sys.dont_write_bytecode = True

from harness import Live, census, finding, findings, main, members, message
from nasty import nasty_messages
from smtp import Smtp
from tap import check, equal

EXPECTED = {}
OPTIONAL = set()  # sessions whose commands Postfix may or may not have shown


def one(live, name, text, **mail):
    """A session with one message; gives its record."""
    session = live.hello(name)
    session.mail(text, to=mail.pop("to", ("b@discard.test",)), code=250, **mail)
    session.quit()
    EXPECTED[name, "message"] = 1
    return live.log.message(name)


def many(tap, live):
    with tap.case("10,000 recipients"):
        name = "crowd.example.org"
        session = live.hello(name)
        session.expect(250, "MAIL FROM:<a@example.org>")
        addresses = [f"r{n}@discard.test" for n in range(10000)]
        for start in range(0, 10000, 250):
            session.send("".join(f"RCPT TO:<{a}>\r\n" for a in addresses[start:start + 250]),
                         log=False)
            for _ in range(250):
                equal(session.read_reply().code, 250, "RCPT")
        session.dialogue.clear()
        session.data(message(mark="crowd"), 250)
        session.quit()
        EXPECTED[name, "message"] = 1
        record = live.log.message(name)
        equal(record["recipients"]["accepted"], 10000, "accepted")
        equal([r["address"] for r in record["to"]], addresses[:1000], "the listed ones")
        members(finding(record, "recipient-count"), observed=10000)
        check(len(json.dumps(record)) < 100000, "the record is bounded")

    with tap.case("2,000 header fields that are too long: what is kept is bounded, all is counted"):
        record = one(live, "fields.example.org",
                     message(*[f"X-{n}: " + "x" * 1000 for n in range(2000)]))
        judged = [f for f in record["findings"] if f["rule"] != "limit-exceeded"]
        equal(sorted(f["evidence"] for f in record["findings"] if f not in judged),
              ["limits.findings", "limits.header_fields", "limits.header_octets"], "limits")
        equal(len(judged), 64, "findings")
        equal(record["findings_omitted"], 2000 - 64, "omitted")
        members(record, would="drop", verdict="flag")

    with tap.case("500 parts with names that are too long"):
        part = "--b\r\nContent-Disposition: attachment; filename=" + "f" * 500 + "\r\n\r\nx\r\n"
        record = one(live, "parts.example.org",
                     message("Content-Type: multipart/mixed; boundary=b", body=part * 500))
        equal((len(record["findings"]), record["findings_omitted"]), (65, 436), "findings")
        equal(record["findings"][-1]["evidence"], "limits.findings", "the last one")

    with tap.case("5,000 unknown commands in one session"):
        name = "babble.example.org"
        session = live.hello(name)
        for _ in range(20):
            session.send("".join(f"WORD{n}\r\n" for n in range(250)), log=False)
            for _ in range(250):
                equal(session.read_reply().code, 500, "answer")
        session.dialogue.clear()
        session.quit()
        EXPECTED[name, "session"] = 1
        record = live.log.session(name)
        equal((len(record["findings"]), record["findings_omitted"]), (65, 4936), "findings")

    with tap.case("300 messages on one connection"):
        name = "steady.example.org"
        session = live.hello(name)
        for _ in range(300):
            session.mail(message(), to=("b@discard.test",), code=250)
            session.dialogue.clear()
        session.quit()
        EXPECTED[name, "message"] = 300
        found = live.log.wait(count=300, type="message", helo=name)
        equal([r["message"] for r in found], list(range(1, 301)), "numbers")

    with tap.case("60 sessions at once, ten messages each"):
        faults = []

        def client(number):
            try:
                session = Smtp(live.postfix.ports["smtpd"])
                session.expect(250, f"EHLO many{number}.example.org")
                for _ in range(10):
                    session.mail(message("X-Long: " + "x" * 999), to=("b@discard.test",),
                                 code=250)
                session.quit()
            except Exception as error:
                faults.append(f"{number}: {error}")

        threads = [threading.Thread(target=client, args=(n,)) for n in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        equal(faults, [], "faults")
        for number in range(60):
            name = f"many{number}.example.org"
            EXPECTED[name, "message"] = 10
            found = live.log.wait(count=10, type="message", helo=name)
            equal([(r["message"], len(r["findings"])) for r in found],
                  [(n, 1) for n in range(1, 11)], name)


GARBAGE = (b"G" * 2000, b"G" * 3000, b"\xff\xfe\x80 \x00\x01", b"A\0B", b"\x1b[31mRED", b'"\\\\"',
           b'{"v"}', b"WORD\tTAB", b"X" * 1500, b"x" * 60, b"%s%n%s%n", b"a" * 511, b"\xc3\x28",
           b"MAIL", b"RCPT TO:<x@discard.test>", b"DATA", b"AUTH", b"*")


def commands(tap, live):
    for number, line in enumerate(GARBAGE):
        with tap.case(f"garbage command {number}: {line[:20]!r}"):
            name = f"garbage{number}.example.org"
            session = live.hello(name)
            reply = session.cmd(line)
            check(reply is not None and reply.code >= 500, f"answer: {reply}")
            session.mail(message(), to=("b@discard.test",), code=250)
            session.quit()
            EXPECTED[name, "message"] = 1
            members(live.log.message(name), verdict="pass", findings=[])
            OPTIONAL.add((name, "session"))

    with tap.case("evidence is bounded"):
        live.log.session("garbage8.example.org")
        check(all(len(f.get("evidence", "")) <= 512 for r in live.log.find(type="session")
                  for f in r["findings"]), "evidence")

    with tap.case("a command of 2,000 octets: found, its evidence cut"):
        record = live.log.session("garbage0.example.org")
        found = finding(record, "verb-not-allowed")
        equal((found["evidence"], found["evidence_cut"]), ("G" * 512, True), "evidence")
        members(finding(record, "command-line-length"), observed=2000)

    with tap.case("bytes that are not UTF-8 in a record: replaced, and said so"):
        record = live.log.session("garbage2.example.org")
        check(record["lossy"] and "\ufffd" in record["findings"][0]["evidence"], "lossy")

    with tap.case("empty lines and blank lines"):
        name = "empty.example.org"
        session = live.hello(name)
        for line in ("", " ", "\t", "   \t "):
            session.expect(500, line)
        session.mail(message(), to=("b@discard.test",), code=250)
        session.quit()
        EXPECTED[name, "message"] = 1
        members(live.log.message(name), verdict="pass")
        OPTIONAL.add((name, "session"))

    with tap.case("no HELO at all"):
        session = live.connect()
        session.mail(message(mark="nohelo"), to=("b@discard.test",), code=250)
        session.quit()
        EXPECTED[None, "message"] = 1
        record = live.log.wait(message_id="<nohelo@example.org>")[0]
        members(record, verdict="pass", ended="eom")
        check("helo" in record["client"] and record["client"]["helo"] is None, "helo is null")

    with tap.case("strange HELO names"):
        for name in ("x" * 400, "[192.0.2.1]", "a\\\"b", "tab\tbed", "\xe4.example.org"):
            session = live.connect()
            reply = session.cmd("HELO " + name)
            session.mail(message("X-Odd: 1"), to=("b@discard.test",))
            session.quit()
            check(reply.code in (250, 501), str(reply))
        found = live.log.wait(count=1, type="message", helo="x" * 400)
        equal(found[0]["verdict"], "pass", "verdict")
        for record in live.log.find(type="message"):
            helo = record["client"]["helo"]
            if helo is not None and "example.org" not in helo or helo == "\ufffd.example.org":
                EXPECTED[helo, "message"] = EXPECTED.get((helo, "message"), 0) + 1

    with tap.case("a client without a name"):
        name = "noname.example.org"
        session = live.hello("before." + name)
        session.xclient(addr="192.0.2.77", name="[UNAVAILABLE]")
        session.expect(250, "EHLO " + name)
        session.mail(message(), to=("b@discard.test",), code=250)
        session.quit()
        EXPECTED["before." + name, "session"] = EXPECTED[name, "message"] = 1
        members(live.log.message(name)["client"], addr="192.0.2.77")

    with tap.case("a client without an address: libmilter itself hangs up, the daemon lives"):
        # Postfix says "IPv4, unknown"; that is no address for libmilter, which ends the
        # connection before any callback. Postfix's milter_default_action follows.
        name = "noaddress.example.org"
        session = live.hello("before." + name)
        session.xclient(addr="[UNAVAILABLE]", name="[UNAVAILABLE]")
        EXPECTED["before." + name, "session"] = 1
        session.expect(250, "EHLO " + name)
        session.expect(451, "MAIL FROM:<a@example.org>")
        session.quit()
        equal(one(live, "next.example.org", message())["verdict"], "pass", "the next session")


def parameters(tap, live):
    with tap.case("parameters without a value, and others that are none: no record is lost"):
        name = "values.example.org"
        session = live.hello(name)
        taken = 0
        for words in ("SIZE", "SIZE=", "SIZE=x", "SIZE=-1", "SIZE=99999999999999999999", "BODY",
                      "BODY=", "BODY=9BIT", "RET=", "ENVID=", "AUTH", "AUTH=", "SMTPUTF8=",
                      "SMTPUTF8=1", "=", "=x", "NOTIFY=NEVER", "X=" + "x" * 900, "\xff=\xfe"):
            reply = session.cmd("MAIL FROM:<a@example.org> " + words)
            check(reply is not None, f"closed after {words!r}")
            if reply.code == 250:
                taken += 1
                for more in ("NOTIFY", "NOTIFY=", "ORCPT=", "ORCPT=x", "RRVS=1", "=y"):
                    check(session.cmd("RCPT TO:<b@discard.test> " + more) is not None, more)
                session.expect(250, "RSET")
        session.mail(message(), to=("b@discard.test",), code=250)
        session.quit()
        EXPECTED[name, "message"] = taken + 1
        found = live.log.wait(count=taken + 1, type="message", helo=name)
        equal([r["ended"] for r in found], ["abort"] * taken + ["eom"], "ended")

    with tap.case("more parameters than are kept"):
        record = one(live, "hundred.example.org", message(),
                     parameters=" BODY=7BIT" * 150)
        equal(record["extensions"], ["8BITMIME"] if record["extensions"] else [], "extensions")
        check(findings(record) == [("extension-not-allowed", "hide"),
                                   ("command-line-length", "drop-connection"),
                                   ("limit-exceeded", "log")], str(record))
        equal(record["findings"][1]["observed"], len("MAIL FROM:<a@example.org>") + 10 * 150,
              "octets of the command, all parameters counted")

    with tap.case("strange addresses"):
        name = "odd.example.org"
        session = live.hello(name)
        taken = 0
        for path in ("<>", "<@a,@b:c@example.org>", '<"a b"@example.org>', '<"<>|"@example.org>',
                     "<a@[192.0.2.1]>", "<a@[IPv6:2001:db8::1]>", "a@example.org", "<<a>>", "<",
                     ">", "<a", "a>", '<"\\"">', "<\xff@example.org>", "<a\0b@example.org>",
                     "<" + "a" * 1500 + "@example.org>", "<a@" + "b" * 1200 + ".example.org>"):
            if session.cmd("MAIL FROM:" + path).code == 250:
                taken += 1
                session.cmd("RCPT TO:" + path)
                session.expect(250, "RSET")
        session.mail(message(), to=("b@discard.test",), code=250)
        session.quit()
        check(taken > 5, "some were taken")
        EXPECTED[name, "message"] = taken + 1
        found = live.log.wait(count=taken + 1, type="message", helo=name)
        check(all(len(json.dumps(r)) < 20000 for r in found), "the records are bounded")


def contents(tap, live):
    with tap.case("NULs in header and body, bytes of all values"):
        record = one(live, "nul.example.org",
                     message(b"X-Nul: a\0b", body=bytes(b for b in range(256) if b not in (10, 13))
                             * 20 + b"\r\n" + b"\0" * 2000 + b"\r\n"))
        members(finding(record, "body-8bit"), observed=128 * 20)
        finding(record, "body-line-length")

    with tap.case("header lines without a colon: the body begins there"):
        record = one(live, "nocolon.example.org",
                     "Message-ID: <nocolon@example.org>\r\nno colon here\r\n"
                     + "X-Long: " + "x" * 2000 + "\r\n\r\nbody\r\n")
        equal([r for r, _ in findings(record)], ["body-line-length"], "rules")
        members(record, message_id="<nocolon@example.org>")

    with tap.case("a header line of 60 kB and more: as far as the MTA hands it over"):
        for octets in (59000, 70000, 300000):
            record = one(live, f"huge{octets}.example.org", message("X-Huge: " + "x" * octets))
            found = finding(record, "header-line-length")
            if octets < 59900:
                members(found, observed=octets + 8, at_least=None)
            else:
                members(found, at_least=True)
                check(59000 <= found["observed"] <= 65000, str(found))

    with tap.case("a body line of 5 MB"):
        record = one(live, "line.example.org", message(mark="line", body=b"x" * 5000000 + b"\r\n"))
        members(finding(record, "body-line-length"), observed=5000000, evidence="line 1")

    for name, text in (("onlydot", ""), ("crlf", "\r\n"), ("nohead", "\r\nbody\r\n"),
                       ("nobody", "Subject: x\r\n"), ("dots", "..\r\n.\r\n")):
        with tap.case(f"a message of almost nothing: {name}"):
            session = live.hello(name + ".example.org")
            session.expect(250, "MAIL FROM:<a@example.org>")
            session.expect(250, "RCPT TO:<b@discard.test>")
            session.expect(354, "DATA")
            session.send(text.replace("\r\n.", "\r\n..") + ".\r\n")
            equal(session.read_reply().code, 250, "answer")
            session.quit()
            EXPECTED[name + ".example.org", "message"] = 1
            members(live.log.message(name + ".example.org"), ended="eom", verdict="pass")

    with tap.case("hundreds of malformed messages on one connection"):
        name = "nasty.example.org"
        session = live.hello(name)
        count = 0
        for _, data in nasty_messages():
            session.mail(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
                         to=("b@discard.test",))
            session.dialogue.clear()
            count += 1
        session.quit()
        EXPECTED[name, "message"] = count
        live.log.wait(count=count, type="message", helo=name, seconds=20)


def large_record(tap, live):
    with tap.case("all recipients listed, with long addresses: the record is not lost"):
        live.milter.reload(live.configuration(live.milter,
                                              more="limits : { recipients = 100000; };"))
        name = "large.example.org"
        session = live.hello(name)
        session.expect(250, "MAIL FROM:<a@example.org>")
        for n in range(6000):
            session.send(f"RCPT TO:<{'r' * 250}{n}@discard.test>\r\n", log=False)
            if n % 200 == 199:
                for _ in range(200):
                    equal(session.read_reply().code, 250, "RCPT")
        session.dialogue.clear()
        session.data(message(mark="large"), 250)
        session.quit()
        EXPECTED[name, "message"] = 1
        equal(live.log.message(name)["recipients"]["accepted"], 6000, "accepted")


def test(tap):
    settings = {"smtpd_recipient_limit": "20000", "hopcount_limit": "1000",
                "message_size_limit": "0", "smtpd_hard_error_limit": "100000",
                "smtpd_soft_error_limit": "99999", "smtpd_junk_command_limit": "100000",
                # without these, Postfix turns much of it away itself
                "smtpd_forbidden_commands": "", "smtputf8_enable": "no",
                "smtpd_recipient_overshoot_limit": "20000"}
    with Live(settings) as live:
        live.milter = live.start()
        live.log = live.milter.log
        many(tap, live)
        commands(tap, live)
        parameters(tap, live)
        contents(tap, live)
        large_record(tap, live)
        census(tap, live.milter, EXPECTED, OPTIONAL)


main(test)
