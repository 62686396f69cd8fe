"""Wire tests of unknown commands by the MTA and version that the macro v tells: the answer on the
wire, and what the record makes of it. Each function is one test."""

import itertools

from wire_log import rules

MASKED = b"y500 5.5.1 Command unrecognized: \"%s\""
DROPPED = b"y421 4.7.0 Connection dropped (command-line-length: %d, limit 512; as asa-9 does)"
INSTEAD = "500 5.5.2 in the words of the MTA"
CUT = 2048  # Postfix's line_length_limit

# (what v says, our 5xx reaches the client, the line comes whole). None: nobody can say; then our
# answer is given in hope, and a line is whole that has more than a verb.
VERSIONS = (
    ("Postfix 2.11.3", True, False),
    ("Postfix 3.7.11", True, False),
    ("Postfix 3.9.9", True, False),
    ("Postfix 3.9", True, False),
    ("Postfix 3.10.0", False, True),
    ("Postfix 3.10", False, True),
    ("Postfix 3.12-20260821", False, True),
    ("Postfix 4.0", False, True),
    ("Postfix 10.1", False, True),
    ("8.18.1", True, True),
    ("Postfix", None, None),
    ("Exim 4.98", None, None),
    ("Postfix3.10.0", None, None),
    (b"\xff\xfe 3.10 \x01", None, None),
    ("", None, None),
    (None, None, None),
)


names = ("n%d.example.org" % n for n in itertools.count())


def session(w, v, name="mail.example.org"):
    mta = w.mta()
    told = {} if v is None else {"v": v}
    mta.macros(b"C", j="mx1.example.net", daemon_name="smtpd", **told)
    mta.connect()
    mta.helo(name)
    return mta


def ask(w, v, line):
    """The answer to this unknown command, and the record that its session leaves."""
    name = next(names)
    mta = session(w, v, name)
    answer = mta.unknown(line)
    mta.quit()
    record = w.record_of(name)
    assert record["type"] == "session", record
    return answer, record


def found(record, rule):
    finding, = [f for f in record["findings"] if f["rule"] == rule]
    return finding


def is_whole(whole, line):
    return whole if whole is not None else any(blank in line for blank in " \t\r")


def test_a_masked_verb(w):
    for v, text, _ in VERSIONS:
        answer, record = ask(w, v, "GOODMORNING")
        verb = found(record, "verb-not-allowed")
        assert rules(record) == ["verb-not-allowed"] and verb["evidence"] == "GOODMORNING", v
        if text is False:
            assert answer == b"c", (v, answer)
            assert record["reply"] is None and record["verdict"] == "flag", (v, record)
            assert verb["enforced"] is False and verb["instead"] == INSTEAD, (v, verb)
        else:
            assert answer == MASKED % (b"X" * 11), (v, answer)
            assert record["reply"] == answer[1:].decode(), (v, record)
            assert record["verdict"] == "reject", (v, record)
            assert verb["enforced"] is True and "instead" not in verb, (v, verb)


def test_a_masked_verb_with_blanks_and_arguments(w):
    """As long as the verb, whatever stands around it; from 3.10 on that is handed over."""
    for v, text, whole in VERSIONS:
        if whole is False:
            continue
        for line in ("  GOODMORNING sunshine  ", "\tGOODMORNING\tx", "GOODMORNING\rx y"):
            answer, record = ask(w, v, line)
            assert answer == (b"c" if text is False else MASKED % (b"X" * 11)), (v, answer)
            assert found(record, "verb-not-allowed")["evidence"] == "GOODMORNING", (v, record)


def test_a_connection_dropped(w):
    """4xx reaches the client of every version, and 421 closes."""
    for v, _, whole in VERSIONS:
        answer, record = ask(w, v, "x" * 513)
        assert answer == DROPPED % 513, (v, answer)
        assert record["reply"] == answer[1:].decode() and record["verdict"] == "drop", (v, record)
        line = found(record, "command-line-length")
        assert line["enforced"] is True and "instead" not in line, (v, line)
        verb = found(record, "verb-not-allowed")
        assert verb["enforced"] is False and "instead" not in verb, (v, verb)
        exact(line, 513, is_whole(whole, "x"), v)


def exact(line, octets, whole, v):
    assert line["observed"] == octets and line["limit"] == 512, (v, line)
    assert line.get("at_least", False) is not whole, (v, line)
    assert line.get("basis") == (None if whole else "inferred"), (v, line)


def test_the_length_counts_the_blanks_around(w):
    for v, text, whole in VERSIONS:
        if whole is False:
            continue
        for line in ("   NOSUCH " + "x" * 502, "NOSUCH" + " " * 506, "NOSUCH " + "x" * 505):
            assert len(line) == 512
            answer, record = ask(w, v, line)
            assert answer[:1] == (b"c" if text is False else b"y"), (v, answer)
            assert rules(record) == ["verb-not-allowed"], (v, record)
            answer, record = ask(w, v, line + " ")
            assert answer == DROPPED % 513, (v, answer)
            exact(found(record, "command-line-length"), 513, True, v)


def test_a_line_as_long_as_postfix_hands_over(w):
    """It may have been cut there."""
    for v, _, whole in VERSIONS:
        for line in ("x" * (CUT - 1), "NOSUCH " + "x" * (CUT - 8)):
            answer, record = ask(w, v, line)
            assert answer == DROPPED % (CUT - 1), (v, answer)
            exact(found(record, "command-line-length"), CUT - 1, is_whole(whole, line), v)
        answer, record = ask(w, v, "NOSUCH " + "x" * (CUT - 7))
        assert answer == DROPPED % CUT, (v, answer)
        exact(found(record, "command-line-length"), CUT, v == "8.18.1", v)


def test_within_a_transaction(w):
    """It is an answer to the command alone: the transaction goes on."""
    for v, text, _ in VERSIONS:
        name = next(names)
        mta = session(w, v, name)
        mta.mail()
        assert mta.unknown("FROBNICATE")[:1] == (b"c" if text is False else b"y"), v
        mta.rcpt()
        mta.data()
        mta.header()
        mta.eoh()
        assert mta.eom() == ([], b"c"), v
        mta.quit()
        record = w.record_of(name)
        assert record["type"] == "message" and record["ended"] == "eom", (v, record)
        assert record["reply"] is None and record["verdict"] == "flag", (v, record)
        verb = found(record, "verb-not-allowed")
        assert verb["enforced"] is (text is not False), (v, verb)
        assert verb.get("instead") == (INSTEAD if text is False else None), (v, verb)


def test_the_version_is_each_connection_s_own(w):
    old, new = session(w, "Postfix 3.9.9"), session(w, "Postfix 3.10.0")
    for mta, start in ((old, b"y"), (new, b"c"), (old, b"y")):
        assert mta.unknown("GOODMORNING")[:1] == start
    old.quit()
    new.quit()
    w.records(2)
