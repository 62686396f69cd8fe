#!/usr/bin/env python3
"""test_drops.py - connections that the firewall cuts, in enforce mode: for each reason the first
length or count that is too much gets 421 4.7.0 and the connection is closed, and the one before it
goes through. Where there are several reasons, the first in the order in which the firewall would
see them is the one that is carried out."""
import os
import sys

sys.dont_write_bytecode = True

from harness import Live, census, mailbox, main, members, message
from tap import check, equal

EXPECTED = {}
DELIVERED = set()
SITE = {  # profiles of the site's own
    "site-characters": 'inherit = "asa-9"; rules : { address-character : { action = '
                       '"drop-connection"; confidence = "documented"; source = "x"; }; };',
    "site-all": 'inherit = "pix-7.2.2"; rules : {'
                ' header-line-length : { action = "reset"; limit = 998; confidence = '
                '"documented"; source = "x"; };'
                ' mime-filename-length : { action = "drop-connection"; limit = 255; confidence = '
                '"documented"; source = "x"; }; };',
}
TYPE = "Content-Type: text/plain"
MIXED = "Content-Type: multipart/mixed; boundary=b"
SIGNED = "DKIM-Signature: v=1; d=example.org; h=From:To:\r\n\tContent-Type:Date; b=x"
DOMAINKEY = "DomainKey-Signature: d=example.org; h=from:content-type:date; b=x"
SEALED = "ARC-Message-Signature: i=1; d=example.org;\r\n h=From:Content-Type\r\n :To; b=x"


def long_line(n):
    return "X-Long: ".ljust(n, "x")


def long_name(n):
    return 'Content-Disposition: attachment;\r\n filename="' + "f" * n + '"'


def part(n):
    return f"--b\r\nContent-Disposition: attachment; filename={'f' * n}\r\n\r\nx\r\n--b--\r\n"


# What is said to reach a stage, and the reply to the last of it. Those of later stages go through
# those before.

def greeting(session, n, mark):
    return session.cmd("EHLO ".ljust(n - 12, "h") + ".example.org")


def command(session, n, mark):
    return session.cmd("FROBNICATE".ljust(n, "E"))


def mail_line(session, n, mark):
    return session.cmd("MAIL FROM:<a@example.org> ENVID=".ljust(n, "e"))


def sender(session, n, mark):
    return session.cmd("MAIL FROM:<" + "@example.org>".rjust(n + 1, "s"))


def pipe_sender(session, n, mark):
    return session.cmd(f"MAIL FROM:<a{'|' * n}@example.org>")


def rcpt_line(session, n, mark):
    session.expect(250, "MAIL FROM:<a@example.org>")
    return session.cmd("RCPT TO:<box@maildir.test> ORCPT=rfc822;".ljust(n, "o"))


def pipe_recipient(session, n, mark):
    session.expect(250, "MAIL FROM:<a@example.org>")
    return session.cmd(f"RCPT TO:<box{'|' * n}@maildir.test>")


def recipients(session, n, mark):
    session.expect(250, "MAIL FROM:<a@example.org>")
    for i in range(n - 1):
        session.expect(250, f"RCPT TO:<r{i}@discard.test>")
    return session.cmd("RCPT TO:<box@maildir.test>")


def content(*fields, body=lambda n: "A line.\r\n"):
    """A message with these fields, each a text or a function of the length."""
    def talk(session, n, mark):
        return session.mail(message(*(f(n) if callable(f) else f for f in fields), body=body(n),
                                    mark=mark), code=None)
    return talk


def types(n):
    return "\r\n".join([TYPE] * n)


def signature(n):
    return SIGNED if n else DOMAINKEY


# name: profile, what is said, the first number that is too much, rule, stage, and how far the
# session has come when it passes
DROPS = {
    "greeting": ("asa-9", greeting, 513, "command-line-length", "command", "greeting"),
    "command": ("asa-9", command, 513, "command-line-length", "command", "command"),
    "mail-line": ("asa-9", mail_line, 513, "command-line-length", "mail", "mail"),
    "rcpt-line": ("asa-9", rcpt_line, 513, "command-line-length", "rcpt", "rcpt"),
    "sender": ("asa-9", sender, 321, "sender-address-length", "mail", "mail"),
    "recipients": ("asa-9", recipients, 101, "recipient-count", "rcpt", "rcpt"),
    "header-line": ("asa-9", content(long_line), 999, "header-line-length", "header", "end"),
    "file-name": ("asa-9", content(long_name), 256, "mime-filename-length", "header", "end"),
    "part-name": ("asa-9", content(MIXED, body=part), 256, "mime-filename-length", "body", "end"),
    "pipe-sender": ("site-characters", pipe_sender, 1, "address-character", "mail", "mail"),
    "pipe-rcpt": ("site-characters", pipe_recipient, 1, "address-character", "rcpt", "rcpt"),
    "types": ("pix-7.2.2", content(types), 2, "content-type-duplicate", "end", "end"),
    "signature": ("pix-7.2.2", content(signature, TYPE), 1, "content-type-embedded", "end",
                  "end"),
}
COUNTED = {"types", *(name for name in DROPS if DROPS[name][2] > 2)}

# Several reasons in one session: profile, what is said, the rule and stage that are carried out,
# and what is found besides by then.
ORDER = {
    "mail-both": ("site-characters",
                  lambda s, n, mark: s.cmd("MAIL FROM:<a|b@example.org> ENVID=".ljust(600, "e")),
                  ("command-line-length", "mail"), {"address-character"}),
    "rcpt-before-header": ("site-characters",
                           lambda s, n, mark: pipe_recipient(s, 1, mark),
                           ("address-character", "rcpt"), set()),
    "name-then-line": ("asa-9", content(long_name(300), long_line(1200)),
                       ("mime-filename-length", "header"), {"header-line-length"}),
    "line-then-name": ("asa-9", content(long_line(1200), long_name(300)),
                       ("header-line-length", "header"), {"mime-filename-length"}),
    "header-then-end": ("site-all", content(SIGNED, TYPE, long_line(1200)),
                        ("header-line-length", "header"), {"content-type-embedded"}),
    "body-then-end": ("site-all", content(SIGNED, MIXED, body=lambda n: part(300)),
                      ("mime-filename-length", "body"), {"content-type-embedded"}),
    "end-both": ("site-all", content(SIGNED, TYPE, TYPE),
                 ("content-type-duplicate", "end"), {"content-type-embedded"}),
    "all-of-them": ("site-all", content(SIGNED, TYPE, TYPE, long_line(1200), long_name(300)),
                    ("header-line-length", "header"),
                    {"mime-filename-length", "content-type-duplicate", "content-type-embedded"}),
}


def possible(live, name):
    """What the MTA refuses by itself no milter hears of."""
    profile, _, n, _, _, _ = DROPS[name]
    return n <= live.mta.longest_name if name in ("greeting", "sender") else True


def opened(live, name, talk):
    session = live.connect()
    if talk is not greeting:
        session.expect(250, f"EHLO {name}.example.org")
    return session


def helo_of(name, talk, n):
    return "EHLO ".ljust(n - 12, "h")[5:] + ".example.org" if talk is greeting \
        else f"{name}.example.org"


def dropped(live, name, talk, n, rule, stage, before):
    """Said, refused, closed, recorded; gives the record."""
    session = opened(live, name, talk)
    reply = talk(session, n, name)
    check(reply is not None, "there is a reply")
    equal((reply.code, reply.enhanced), (421, "4.7.0"), "reply")
    check(session.closed(), "the connection is closed")
    helo = helo_of(name, talk, n)
    kind = "session" if before else "message"
    EXPECTED[helo, kind] = 1
    record = live.log.session(helo) if before else live.log.message(helo)
    members(record, verdict="drop", would="drop", mode="enforce", reply=str(reply),
            ended=None if before else "answered")
    equal([(f["rule"], f["stage"]) for f in record["findings"] if f["enforced"]],
          [(rule, stage)], "enforced")
    check(f"({rule}" in str(reply), "the reply says why")
    return record


def passes(live, name, talk, n, rule, stage):
    """One less: the session goes on, and the message is delivered."""
    name = "fits-" + name
    session = opened(live, name, talk)
    reply = talk(session, n, name)
    equal(reply.code, 500 if stage == "command" else 250, "reply")
    if stage in ("greeting", "command"):
        session.mail(message(mark=name), code=250)
    if stage == "mail":
        session.expect(250, "RCPT TO:<box@maildir.test>")
    if stage in ("mail", "rcpt"):
        session.data(message(mark=name), 250)
    session.quit()
    DELIVERED.add(name)
    helo = helo_of(name, talk, n)
    EXPECTED[helo, "message"] = 1
    record = live.log.message(helo)
    members(record, ended="eom", reply=None)
    check(rule not in [f["rule"] for f in record["findings"]], "not found")
    if stage == "command":
        EXPECTED[helo, "session"] = 1
        check(rule not in str(live.log.session(helo)), "not found outside a message either")


def policy(live, profile):
    live.milter.reload(live.configuration(
        live.milter, policy=f'mode = "enforce"; profile = "{profile}";'))


def each(tap, live):
    for name, (profile, talk, n, rule, stage, until) in DROPS.items():
        if not possible(live, name):
            tap.skip(f"{name}: {rule} at {stage}", "the MTA refuses it by itself")
            continue
        with tap.case(f"{name}: {n} gets 421 for {rule} at {stage}, {n - 1} passes ({profile})"):
            policy(live, profile)
            record = dropped(live, name, talk, n, rule, stage, until in ("greeting", "command"))
            if name in COUNTED:
                observed = [f["observed"] for f in record["findings"] if f["enforced"]]
                equal(observed, [n], "observed")
            passes(live, name, talk, n - 1, rule, until)


def several(tap, live):
    for name, (profile, talk, (rule, stage), others) in ORDER.items():
        with tap.case(f"{name}: {rule} at {stage} comes first"):
            policy(live, profile)
            record = dropped(live, name, talk, 0, rule, stage, False)
            found = {f["rule"] for f in record["findings"] if not f["enforced"]}
            equal({rule for rule in found if not rule.startswith("dkim-")}, others,
                  "found besides")


def within(tap, live):
    with tap.case("within a transaction: an unknown command too long ends it"):
        policy(live, "asa-9")
        session = live.hello("within.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.expect("421 4.7.0", "FROBNICATE".ljust(600, "E"))
        check(session.closed(), "the connection is closed")
        EXPECTED["within.example.org", "message"] = 1
        record = live.log.message("within.example.org")
        members(record, verdict="drop", ended="answered")
        equal([f["stage"] for f in record["findings"] if f["enforced"]], ["command"], "stage")
    with tap.case("after a whole message: it is delivered, the next one is not"):
        session = live.hello("second.example.org")
        session.mail(message(mark="second-1"), code=250)
        session.mail(message(long_line(1200), mark="second-2"), code="421 4.7.0")
        check(session.closed(), "the connection is closed")
        DELIVERED.add("second-1")
        EXPECTED["second.example.org", "message"] = 2
        members(live.log.message("second.example.org", number=1), verdict="pass")
        members(live.log.message("second.example.org", number=2), verdict="drop")


def graded(tap, live):
    """policy.content_type_grade: from which shape on."""
    shapes = {"folded": ("DKIM-Signature", SIGNED), "colon": ("DomainKey-Signature", DOMAINKEY),
              "colon-folded": ("ARC-Message-Signature", SEALED),
              "listed": ("X-Any", "X-Any: Content-Type"), "none": ("X-No", "X-No: X-Content-Type:")}
    counts = {"folded": {"folded"}, "colon": {"folded", "colon"},
              "listed": {"folded", "colon", "listed"}}
    for grade, which in counts.items():
        live.milter.reload(live.configuration(
            live.milter, policy='mode = "enforce"; profile = "pix-7.2.2"; '
                                f'content_type_grade = "{grade}";'))
        for shape, (field, text) in shapes.items():
            name = f"{grade}-{shape}"
            word = {"colon-folded": "colon"}.get(shape, shape)
            if word not in which:
                with tap.case(f"grade {grade}: {shape} passes"):
                    passes(live, name, content(text, TYPE), 0, "content-type-embedded", "end")
                continue
            with tap.case(f"grade {grade}: {shape} is cut, and reply and record say why"):
                record = dropped(live, name, content(text, TYPE), 0, "content-type-embedded",
                                 "end", False)
                check(f"content-type-embedded: {word} in {field};" in record["reply"],
                      record["reply"])
                found = record["findings"][0]
                detail = word + (", in a field that is no signature" if field == "X-Any" else "")
                members(found, grade=word, detail=detail, evidence=field)
    with tap.case("no Content-Type of its own: no second one either"):
        passes(live, "alone", content(SIGNED), 0, "content-type-embedded", "end")
    with tap.case("a profile without the fault: nothing is found"):
        policy(live, "asa-9")
        passes(live, "asa", content(SIGNED, TYPE), 0, "content-type-embedded", "end")


def test(tap):
    with Live() as live:
        for name, text in SITE.items():
            with open(f"{os.environ['FX_LIVE_PROFILES']}/{name}.conf", "w") as f:
                f.write(text)
        live.milter = live.start(policy='mode = "enforce";')
        live.log = live.milter.log
        each(tap, live)
        several(tap, live)
        within(tap, live)
        graded(tap, live)
        mailbox(tap, live, DELIVERED)
        census(tap, live.milter, EXPECTED)


main(test)
