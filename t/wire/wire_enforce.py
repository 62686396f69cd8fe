"""Wire tests in enforce mode: the exact answers. Each function is one test."""

from wire_log import rules

DROPPED = b"y421 4.7.0 Connection dropped (%s; as asa-9 does)"


def postfix(w, version="3.7.11", **connect):
    mta = w.mta()
    mta.macros(b"C", v="Postfix " + version, j="mx1.example.net", daemon_name="smtpd")
    mta.greet(**connect)
    return mta


def test_unknown_verbs(w):
    for sessions, (version, answer) in enumerate((
            ("3.7.11", b"y500 5.5.1 Command unrecognized: \"XXXXXXXXXXX\""), ("3.10.1", b"c")), 1):
        mta = postfix(w, version)
        for _ in range(2):
            assert mta.unknown("GOODMORNING") == answer, version
        assert mta.unknown("XXXXXXXX") == b"c"
        assert mta.message()[1] == b"c"  # a message goes on as ever
        assert mta.unknown("GOODMORNING") == answer
        mta.quit()
        records = w.records(2 * sessions)  # the next session may be faster than this one's close
    assert [r["type"] for r in records] == ["message", "session"] * 2
    assert records[1]["verdict"] == "reject" and records[3]["verdict"] == "flag"
    assert all("instead" in f for f in records[3]["findings"] if f["rule"] == "verb-not-allowed")


def test_unknown_verbs_on_sendmail(w):
    mta = w.mta()
    mta.macros(b"C", v="8.17.1.9/8.17.1.9", j="mx1.example.net", daemon_name="MTA")
    mta.greet()
    assert mta.unknown("ABC def") == b"y500 5.5.1 Command unrecognized: \"XXX\""
    mta.quit()
    assert rules(w.record()) == ["verb-not-allowed", "verb-too-short"]


def test_never_accept_or_discard_for_unknown(w):
    for prepare in (lambda m: 0, lambda m: m.mail(), lambda m: (m.mail(), m.rcpt())):
        for line in ("", " ", "A", "GOODMORNING", "X" * 600, "\xff" * 600, "EHLO x", "MAIL"):
            mta = postfix(w)
            prepare(mta)
            answer = mta.unknown(line)
            assert answer[:1] in b"crty", answer
            mta.quit()
    w.alive()


def test_a_command_line_too_long_closes(w):
    mta = postfix(w, "3.10.1")
    answer = mta.unknown("NOSUCH " + "x" * 506)
    assert answer == DROPPED % b"command-line-length: 513, limit 512", answer
    assert w.record()["type"] == "session"  # before the answer, not at close
    mta.quit()
    assert w.record()["verdict"] == "drop"


def test_mail_refused_then_a_good_one(w):
    mta = postfix(w)
    want = b"y555 5.5.4 Parameter not recognized (extension-not-allowed; as asa-9 does)"
    assert mta.mail("<a@example.org>", "MT-PRIORITY=3") == want
    assert len(w.now()) == 1
    mta.abort()  # some MTAs send one, some do not
    changes, answer = mta.message()
    assert (changes, answer) == ([], b"c")
    mta.quit()
    first, second = w.records(2)
    assert (first["ended"], first["verdict"], first["reply"]) == ("answered", "reject",
                                                                  want[1:].decode())
    assert (second["ended"], second["verdict"], second["message"]) == ("eom", "pass", 2)


def test_sender_too_long(w):
    mta = postfix(w)
    path = "<" + "a" * 309 + "@example.org>"
    assert mta.mail(path) == DROPPED % b"sender-address-length: 321, limit 320"
    assert w.record()["verdict"] == "drop"
    mta.quit()


def test_required_extension(w):
    mta = postfix(w, address="192.0.2.200")
    want = b"y530 5.7.0 8BITMIME is required here, and was not used (extension-required)"
    assert mta.mail() == want
    assert mta.mail("<a@example.org>", "BODY=8BITMIME") == b"c"
    mta.quit()


def test_a_parameter_behind_many_others(w):
    """A client must not be able to hide it behind harmless ones."""
    mta = postfix(w)
    assert mta.mail("<a@example.org>", *["SIZE=1"] * 64, "MT-PRIORITY=3")[:4] == b"y555"
    mta.quit()


def test_tls_that_would_be_masked(w):
    mta = postfix(w)
    mta.macros(b"H", tls_version="TLSv1.3", cipher="x")
    mta.helo()
    mta.macros(b"M", tls_version="TLSv1.3", cipher="x")
    assert mta.mail() == b"y500 5.5.1 Command unrecognized: \"XXXXXXXX\""
    mta.quit()


def test_recipients_over_the_limit(w):
    mta = postfix(w)
    mta.mail()
    for n in range(100):
        assert mta.rcpt("<u%d@example.net>" % n) == b"c"
    assert mta.rcpt() == DROPPED % b"recipient-count: 101, limit 100"
    assert w.record()["verdict"] == "drop"
    mta.quit()


def test_recipients_deferred(w):
    mta = postfix(w, address="2001:db8:2::1")
    mta.mail()
    assert mta.rcpt("<one@example.net>") == b"c"
    for n in (2, 3):
        assert mta.rcpt("<more@example.net>") == (
            b"y452 4.5.3 Too many recipients (recipient-count: %d, limit 1; simulated)" % n)
    mta.data()
    mta.eoh()
    assert mta.eom() == ([], b"c")
    mta.quit()
    assert w.record()["recipients"]["deferred"] == 2


def test_recipients_lost(w):
    mta = postfix(w, address="2001:db8:1::1")
    mta.mail()
    for path in ("<one@example.net>", "<two@example.net>", "<three@example.net>"):
        assert mta.rcpt(path) == b"c"
    mta.data()
    mta.eoh()
    changes, answer = mta.eom()
    assert answer == b"c"
    assert changes == [(b"-", b"<two@example.net>\0"), (b"-", b"<three@example.net>\0")], changes
    # of the next message nobody is lost
    assert mta.message() == ([], b"c")
    mta.quit()
    assert [r["recipients"]["lost"] for r in w.records(2)] == [2, 0]


def test_the_first_refusal_waits_for_the_end(w):
    mta = postfix(w)
    mta.envelope()
    for _ in range(3):
        mta.header("X-Long", " " + "a" * 991)
    mta.eoh()
    mta.body(b"x" * 2000)
    assert mta.silent()
    changes, answer = mta.eom()
    assert changes == [] and answer == DROPPED % b"header-line-length: 999, limit 998", answer
    mta.quit()
    r = w.records(1)[0]
    assert sum(f["enforced"] for f in r["findings"]) == 1


def test_header_of_998_without_the_blank(w):
    """Without SMFIP_HDR_LEADSPC one blank is gone: 998 cannot be told from 999."""
    mta = w.mta(steps=0)
    mta.greet()
    mta.envelope()
    mta.header("X-Long", "a" * 990)
    mta.eoh()
    assert mta.eom()[1] == b"c"
    mta.quit()
    w.record()


def test_hops_then_go_on(w):
    mta = postfix(w)
    changes, answer = mta.message(*[("Received", " from a by b")] * 24)
    assert answer == b"y554 5.4.6 Too many hops, mail loop (received-hops: 25, limit 25)", answer
    assert mta.message() == ([], b"c")
    mta.quit()


def test_an_8bit_body_that_has_no_way(w):
    mta = postfix(w, address="2001:db8:3::1")
    changes, answer = mta.message(body=b"\xff\r\n")
    assert answer == b"y554 5.6.1 Body type not supported (body-8bit: 1; as pix-6.3 does)", answer
    assert mta.message()[1] == b"c"
    mta.quit()


def test_per_cent_signs_survive(w):
    mta = postfix(w)
    assert mta.mail("<%s%n@example.org>", "%d=%s") == (
        b"y555 5.5.4 Parameter not recognized (extension-not-allowed; as asa-9 does)")
    mta.quit()


def test_new_connection_has_its_own_rules(w):
    mta = postfix(w, address="192.0.2.200")
    assert mta.mail()[:4] == b"y530"
    mta.mail("<a@example.org>", "BODY=8BITMIME")
    mta.rcpt()
    mta.data()
    mta.eoh()
    assert mta.eom() == ([], b"c")
    mta.new_connection()
    mta.greet(address="192.0.2.1")
    assert mta.message() == ([], b"c")
    mta.quit()
    w.records(3)
