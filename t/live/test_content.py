#!/usr/bin/env python3
"""test_content.py - observe mode on the wire: the rules about header, body and end of message,
each at its limit and one over it."""
import base64
import sys

sys.dont_write_bytecode = True

from harness import Live, census, finding, findings, main, members, message
from tap import check, equal

EXPECTED = {}


def record_of(live, name, text, parameters="", addr=None):
    """Sends the message in a session of its own and gives its record."""
    session = live.client(name, addr, EXPECTED) if addr else live.hello(name)
    session.mail(text, to=("user@discard.test",), parameters=parameters)
    session.quit()
    EXPECTED[name, "message"] = 1
    return live.log.message(name)


def both(tap, live, what, rule, make, at, over=1, **expected):
    """The rule says nothing of make(at), and finds make(at + over)."""
    word = what.replace(" ", "-").replace(",", "")
    with tap.case(f"{what}: {at} is allowed"):
        record = record_of(live, f"{word}.{at}.example.org", make(at))
        equal(record["findings"], [], "findings")
        members(record, verdict="pass", would="pass")
    with tap.case(f"{what}: {at + over} is found"):
        record = record_of(live, f"{word}.{at + over}.example.org", make(at + over))
        found = finding(record, rule)
        members(found, observed=at + over, enforced=False, **expected)
        equal([f["rule"] for f in record["findings"]], [rule], "rules")
        members(record, verdict="flag", would=found["would"], ended="eom")


def header_lines(tap, live):
    drop = {"limit": 998, "action": "drop-connection", "stage": "header", "would": "drop"}

    def lines(tag, field):
        both(tap, live, f"header line {tag}", "header-line-length",
             lambda n: message(field(n), mark="x"), 998, evidence="X-Long", **drop)

    lines("with a blank after the colon", lambda n: "X-Long: " + "x" * (n - 8))
    lines("without a blank", lambda n: "X-Long:" + "x" * (n - 7))
    lines("with two blanks", lambda n: "X-Long:  " + "x" * (n - 9))
    lines("of a fold by a tab", lambda n: "X-Long: a\r\n\t" + "x" * (n - 1))
    lines("of a fold by a blank", lambda n: "X-Long:\r\n " + "x" * (n - 1) + "\r\n b")
    lines("before a fold", lambda n: "X-Long: " + "x" * (n - 8) + "\r\n\tb")
    lines("that ends in blanks", lambda n: "X-Long: " + "x" * (n - 11) + "   ")

    with tap.case("header line: each line of a folded field counts by itself"):
        fold = "X-Long: " + "\r\n ".join("x" * 900 for _ in range(5))
        record = record_of(live, "folded.example.org", message(fold))
        equal(record["findings"], [], "findings")

    with tap.case("header line: one finding a field, for its longest line"):
        fold = "X-Long: " + "x" * 999 + "\r\n " + "x" * 1500 + "\r\n " + "x" * 1200
        record = record_of(live, "longest.example.org",
                           message(fold, "X-Second: " + "y" * 1100))
        found = [(f["evidence"], f["observed"]) for f in record["findings"]]
        equal(found, [("X-Long", 1501), ("X-Second", 1110)], "findings")


def multipart(*parts, boundary="line"):
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{body}--{boundary}--\r\n"


def attachment(field, value="attachment"):
    return f"Content-Disposition: {value};\r\n {field}\r\n\r\ndata"


def with_parts(text):
    """A message whose Content-Type and body these are."""
    head, body = text.split("\r\n\r\n", 1)
    return message("MIME-Version: 1.0", head, body=body)


def quoted(n):
    return f'filename="{"f" * (n - 4)}.txt"'


def continued(n):
    name = "f" * (n - 4) + ".txt"
    cut = [name[i:i + 60] for i in range(0, n, 60)]
    return ";\r\n ".join(f'filename*{i}="{piece}"' for i, piece in enumerate(cut))


def extended(n):
    return "filename*=UTF-8''" + "%C3%A4" * (n // 2) + "f" * (n % 2)


def encoded_word(n):
    words = []
    name = "f" * n
    for i in range(0, n, 40):
        words.append("=?utf-8?B?" + base64.b64encode(name[i:i + 40].encode()).decode() + "?=")
    return 'filename="' + "\r\n ".join(words) + '"'


def mixed(n):
    """RFC 2231 section 4.1: encoded and plain pieces, not in order."""
    rest = n - 100
    return (f'filename*1="{"b" * 50}";\r\n filename*2*={"%63" * 50};\r\n '
            f"filename*0*=us-ascii'en'{'%61' * rest}")


def file_names(tap, live):
    both(tap, live, "file name, plain, in the header", "mime-filename-length",
         lambda n: message("MIME-Version: 1.0", "Content-Disposition: attachment;\r\n "
                           + quoted(n), mark="x"),
         255, limit=255, action="drop-connection", stage="header", would="drop",
         detail="filename")
    both(tap, live, "file name, name of Content-Type", "mime-filename-length",
         lambda n: message("MIME-Version: 1.0",
                           f'Content-Type: application/x-y;\r\n name="{"n" * n}"'),
         255, limit=255, stage="header", detail="name")
    for what, form in (("plain", quoted), ("continued", continued), ("percent-coded", extended),
                       ("encoded words", encoded_word), ("pieces out of order", mixed)):
        both(tap, live, f"file name of a part, {what}", "mime-filename-length",
             lambda n, form=form: with_parts(multipart(attachment(form(n)))),
             255, limit=255, action="drop-connection", stage="body", would="drop")

    def nested(n):
        inner = multipart("Content-Type: text/plain\r\n\r\nx", attachment(quoted(n)),
                          boundary="inner")
        return with_parts(multipart("\r\ntext", inner))

    both(tap, live, "file name in a nested part", "mime-filename-length", nested, 255, limit=255,
         stage="body")

    def enclosed(n):
        inner = "From: c@example.org\r\n" + multipart(attachment(quoted(n)), boundary="inner")
        return with_parts(multipart("Content-Type: message/rfc822\r\n\r\n" + inner))

    both(tap, live, "file name in an enclosed message", "mime-filename-length", enclosed, 255,
         limit=255, stage="body")

    with tap.case("text that looks like a part is no file name"):
        text = message(body='Content-Disposition: attachment; filename="' + "f" * 300 + '"\r\n')
        equal(record_of(live, "nopart.example.org", text)["findings"], [], "findings")


def bodies(tap, live):
    both(tap, live, "body line", "body-line-length",
         lambda n: message(body="first\r\n" + "x" * n + "\r\nlast\r\n"), 998, limit=998,
         action="log", stage="body", evidence="line 2", would="flag")

    with tap.case("body line: one finding, for the longest"):
        lines = "\r\n".join("x" * n for n in (1000, 70000, 1200)) + "\r\n"
        text = message(mark="longbody", body=lines)
        record = record_of(live, "longbody.example.org", text)
        members(finding(record, "body-line-length"), observed=70000, evidence="line 2")
        equal(record["size"], len(text), "size")

    with tap.case("8 bits without a declaration: logged; behind pix-6.3 the mail is lost"):
        text = message(body=b"gr\xfc\xdfe\r\n")
        record = record_of(live, "latin.example.org", text)
        members(finding(record, "body-8bit"), observed=2, action="log", stage="body")
        members(finding(record, "body-8bit", "pix-6.3"), action="hide", would="reject",
                basis="assumed")
        members(record, would="flag")
        members(record["compare"], **{"pix-6.3": "reject", "pix-7.2.2": "flag"})

    with tap.case("8 bits as declared: nothing for asa-9"):
        record = record_of(live, "declared.example.org",
                           message(body="gr\xc3\xbc\xc3\x9fe\r\n"), " BODY=8BITMIME")
        equal(findings(record), [], "asa-9")
        members(finding(record, "body-8bit", "pix-6.3"), observed=4)
        equal(record["compare"]["pix-6.3"], "reject", "pix-6.3")

    if live.mta.shows("BDAT") == "data":
        with tap.case("BDAT comes like DATA"):
            text = message(mark="bdat", body="x" * 1500 + "\r\n")
            session = live.hello("bdat.example.org")
            session.expect(250, "MAIL FROM:<a@example.org>")
            session.expect(250, "RCPT TO:<b@discard.test>")
            session.send(f"BDAT {len(text)} LAST\r\n".encode() + text)
            equal(session.read_reply().code, 250, "BDAT")
            session.quit()
            EXPECTED["bdat.example.org", "message"] = 1
            record = live.log.message("bdat.example.org")
            members(finding(record, "body-line-length"), observed=1500, evidence="line 1")
            members(record, size=len(text), message_id="<bdat@example.org>", ended="eom")

    with tap.case("dots at line starts are counted as the message has them"):
        text = message(mark="dots", body="..\r\n.x\r\n" + "." * 998 + "\r\n")
        record = record_of(live, "dots.example.org", text)
        equal((record["findings"], record["size"]), ([], len(text)), "findings and size")


def ends(tap, live):
    text = message(mark="size", body="x\r\n" * 10)
    with tap.case("SIZE= that fits exactly"):
        record = record_of(live, "fits.example.org", text, f" SIZE={len(text)}", "192.0.2.1")
        equal(findings(record), [], "findings")
    with tap.case("SIZE= that is one octet short"):
        record = record_of(live, "tight.example.org", text, f" SIZE={len(text) - 1}",
                           "192.0.2.1")
        members(finding(record, "size-mismatch"), observed=len(text), limit=len(text) - 1,
                action="log", stage="end", would="flag")
        members(record, would="flag")
    bare = message()
    with tap.case("SIZE= of a local client that is shorter by what the MTA may have added"):
        record = record_of(live, "may.example.org", bare, f" SIZE={len(bare) - 1}")
        equal([rule for rule, _ in findings(record)],
              [] if live.mta.adds_fields else ["size-mismatch"], "rules")
    with tap.case("SIZE= of a local client that is shorter than what the MTA may have added"):
        record = record_of(live, "local.example.org", text, " SIZE=9")
        members(finding(record, "size-mismatch"), observed=len(text), limit=9)

    def hops(n):
        """As many fields as make n hops with the MTA's own."""
        return message(*[f"Received: from h{i}.example.org by h{i + 1}.example.org;\r\n"
                         "\tSat, 21 Nov 2026 10:00:00 +0000" for i in range(n - 1)])

    with tap.case("24 hops are allowed"):
        equal(record_of(live, "hops24.example.org", hops(24))["findings"], [], "findings")
    with tap.case("25 hops are found"):
        record = record_of(live, "hops25.example.org", hops(25))
        members(finding(record, "received-hops"), observed=25, limit=25, action="refuse",
                stage="header", would="reject")
        members(record, would="reject", verdict="flag")

    with tap.case("two Content-Type fields: logged; before 7.2(3) the connection is cut"):
        record = record_of(live, "twotypes.example.org",
                           message("Content-Type: text/plain", "content-type: text/html"))
        members(finding(record, "content-type-duplicate"), observed=2, action="log",
                would="flag", stage="end")
        members(finding(record, "content-type-duplicate", "pix-7.2.2"),
                action="drop-connection", would="drop")
        members(record["compare"], **{"pix-6.3": "drop", "pix-7.2.2": "drop",
                                      "asa-9-allow-tls": "flag"})

    with tap.case("one Content-Type field, and one in a part, are no duplicate"):
        text = with_parts(multipart("Content-Type: text/plain\r\n\r\nx"))
        equal(record_of(live, "onetype.example.org", text)["findings"], [], "findings")

    with tap.case("several rules at once: all are found, the most severe counts"):
        text = message("X-Long: " + "x" * 999, "Content-Type: text/plain",
                       "Content-Type: text/plain", body=b"\xe4" + b"x" * 999 + b"\r\n")
        record = record_of(live, "many.example.org", text, " SIZE=5")
        equal(sorted(rule for rule, _ in findings(record)),
              ["body-8bit", "body-line-length", "content-type-duplicate", "header-line-length",
               "size-mismatch"], "rules")
        members(record, would="drop", verdict="flag")
        check("partial" not in record, "not partial")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='compare = [ "asa-9-allow-tls", "pix-6.3", '
                                        '"pix-7.2.2" ];')
        live.log = live.milter.log
        header_lines(tap, live)
        file_names(tap, live)
        bodies(tap, live)
        ends(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
