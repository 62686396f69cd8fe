"""Wire tests in tag mode: the field, and the order in which forged ones go. Each function is one
test."""

import struct

from milter import ADDHDRS, ALL_STEPS, CHGHDRS, LEADSPC

FIELD = b"X-Fixup-Policy\0"


def inserted(value):
    return (b"i", struct.pack("!I", 0) + FIELD + value + b"\0")


def deleted(n):
    return (b"m", struct.pack("!I", n) + FIELD + b"\0")


CLEAN = b"asa-9; would=pass; rules=none"


def test_the_field_is_put_on_top(w):
    mta = w.mta()
    mta.greet()
    assert mta.message() == ([inserted(b" " + CLEAN)], b"c")
    mta.quit()


def test_without_leading_blanks_the_mta_puts_one(w):
    mta = w.mta(steps=ALL_STEPS & ~LEADSPC)
    mta.greet()
    assert mta.message() == ([inserted(CLEAN)], b"c")
    mta.quit()


def test_forged_fields_go_last_first(w):
    mta = w.mta()
    mta.greet()
    forged = [("X-Fixup-Policy", " a"), ("Subject", " x"), ("x-fixup-POLICY", ""),
              ("X-Fixup-Policy", " asa-9; would=pass; rules=none"), ("X-Fixup-Policy-2", " b")]
    want = [deleted(3), deleted(2), deleted(1), inserted(b" " + CLEAN)]
    assert mta.message(*forged) == (want, b"c")
    assert mta.message() == ([inserted(b" " + CLEAN)], b"c")  # none in the next message
    mta.quit()


def test_many_forged_fields(w):
    """Up to 100 go one by one; more are an attack on the MTA that has to do it."""
    mta = w.mta()
    mta.greet()
    changes, answer = mta.message(*[("X-Fixup-Policy", " x")] * 100)
    assert answer == b"c"
    assert changes[:-1] == [deleted(n) for n in range(100, 0, -1)]
    changes, answer = mta.message(*[("X-Fixup-Policy", " x")] * 101)
    assert (changes, answer) == ([], b"y554 5.6.0 Too many X-Fixup-Policy fields")
    assert mta.message() == ([inserted(b" " + CLEAN)], b"c")
    mta.quit()
    assert [r["verdict"] for r in w.records(3)] == ["pass", "reject", "pass"]


def test_a_folded_field(w):
    mta = w.mta()
    mta.greet()
    mta.mail("<a|b@example.org>", "SMTPUTF8")
    mta.rcpt()
    mta.data()
    mta.header("X-Long", " " + "a" * 2000)
    mta.header("Content-Type", " text/plain; name=" + "n" * 300)
    mta.header("Content-Type", " text/plain")
    mta.eoh()
    mta.body(b"\xff" + b"x" * 1000)
    changes, answer = mta.eom()
    assert answer == b"c" and len(changes) == 1, changes
    value = changes[0][1][4 + len(FIELD):-1].decode()
    assert "\r" not in value
    lines = ("X-Fixup-Policy:" + value).split("\n")
    assert len(lines) > 1 and all(len(line) <= 78 for line in lines), lines
    assert all(line[0] in " \t" and line.strip() for line in lines[1:]), lines
    flat = "".join(value.split())
    assert flat == ("asa-9;would=drop;rules=extension-not-allowed,address-character,"
                    "header-line-length,mime-filename-length,body-line-length,body-8bit,"
                    "content-type-duplicate"), flat
    mta.quit()
    assert w.record()["would"] == "drop"


def test_a_new_connection_on_the_same_socket(w):
    mta = w.mta()
    for _ in range(2):
        mta.greet()
        assert mta.message() == ([inserted(b" " + CLEAN)], b"c")
        mta.new_connection()
    mta.vanish()


def test_nothing_is_refused(w):
    mta = w.mta()
    mta.greet()
    assert mta.unknown("GOODMORNING") == b"c"
    assert mta.mail("<" + "a" * 400 + "@example.org>", "MT-PRIORITY=1") == b"c"
    for n in range(120):
        assert mta.rcpt("<u%d@example.net>" % n) == b"c"
    mta.data()
    mta.eoh()
    assert mta.eom()[1] == b"c"
    mta.quit()
    message, session = w.records(2)
    assert (message["would"], message["verdict"]) == ("drop", "flag")
    assert session["type"] == "session"


def test_an_mta_that_lets_nothing_be_written(w):
    """What the filter cannot do is on_error's (reject here), and the record says so."""
    for actions in (0, ADDHDRS, CHGHDRS):
        w.mark()
        mta = w.mta(actions=actions)
        mta.greet()
        changes, answer = mta.message(("X-Fixup-Policy", " x"))
        assert answer[:1] in b"ry" and answer[:2] != b"y4", (actions, answer)
        mta.quit()
        assert w.record()["verdict"] == "reject", w.now()
