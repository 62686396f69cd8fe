"""Wire tests in observe mode: what is negotiated, what is missing, bytes of any kind, and how
sessions end. Each function is one test."""

import milter
from milter import (ADDHDRS, CHGHDRS, DELRCPT, LEADSPC, NR_BODY, NR_EOH, NR_HDR,
                    RCPT_REJ, SETSYMLIST, Closed)
from wire_log import rules


def test_negotiation_of_a_modern_mta(w):
    mta = w.mta()
    assert mta.version == 6
    assert mta.actions == ADDHDRS | CHGHDRS | DELRCPT | SETSYMLIST, hex(mta.actions)
    # no reply only where end of message can answer as well; nothing is hidden
    assert mta.steps == NR_HDR | NR_EOH | NR_BODY | RCPT_REJ | LEADSPC, hex(mta.steps)
    wanted = {0: "v {daemon_name}", 1: "{tls_version}", 2: "r {auth_type} {auth_authen}",
              3: "{rcpt_mailer}"}
    for stage, names in wanted.items():
        assert set(names.split()) <= set(mta.symlists[stage].split()), mta.symlists
    mta.vanish()
    w.records(0)


def test_nothing_is_asked_that_was_not_offered(w):
    for actions in (ADDHDRS, SETSYMLIST):
        for steps in (0, NR_HDR, LEADSPC, NR_EOH | NR_BODY):
            mta = w.mta(actions=actions, steps=steps)
            assert mta.actions & ~actions == 0, hex(mta.actions)
            assert mta.steps & ~steps == 0, (hex(steps), hex(mta.steps))
            assert bool(mta.symlists) == bool(actions & SETSYMLIST), mta.symlists
            mta.vanish()


def test_silence_where_no_reply_is_owed(w):
    mta = w.mta()
    mta.greet()
    mta.mail()
    mta.rcpt()
    assert mta.data() == b"c"  # a command: Postfix loses one that is owed no reply
    for command, data in ((b"L", b"Subject\0 x\0"), (b"N", b""), (b"B", b"x\r\n")):
        mta.send(command, data)
        assert mta.silent(), command
    assert mta.eom() == ([], b"c")
    mta.quit()


def test_replies_where_they_are_owed(w):
    mta = w.mta(steps=0)
    assert mta.connect() == b"c" and mta.helo() == b"c"
    assert mta.mail() == b"c" and mta.rcpt() == b"c" and mta.data() == b"c"
    assert mta.header() == b"c" and mta.eoh() == b"c" and mta.body() == b"c"
    assert mta.eom() == ([], b"c")
    mta.quit()


def test_protocols_of_old(w):
    for version, steps in ((2, 0x7F), (3, 0x1FF), (4, 0x3FF)):
        mta = w.mta(version=version, actions=0x3F, steps=steps)
        assert not mta.symlists
        mta.greet()
        assert mta.message()[1] == b"c"
        mta.quit()
    for record in w.records(3):
        # without asking for macros nothing is known of TLS and AUTH
        assert "tls" not in record and "auth" not in record, record
        assert record["verdict"] == "pass"


def test_without_negotiation(w):
    """libmilter lets such an MTA wait; the daemon must not mind."""
    mta = w.mta(negotiate=False)
    mta.send(b"C", b"mail.example.org\0U")
    assert mta.silent(0.3)
    mta.vanish()
    w.records(0)
    w.alive()


def test_missing_macros(w):
    mta = w.mta()
    mta.greet()
    assert mta.message()[1] == b"c"
    mta.quit()
    record = w.record()
    assert record["queue_id"] is None and record["listener"] is None
    assert record["host"], record  # the machine's own name
    assert record["tls"] is None and record["auth"] is None


def test_macros(w):
    mta = w.mta()
    mta.macros(b"C", j="mx9.example.net", v="Postfix 3.7.11", daemon_name="submission")
    mta.connect()
    mta.macros(b"H", tls_version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384")
    mta.helo()
    mta.macros(b"M", tls_version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384",
               auth_type="PLAIN", auth_authen="user")
    mta.mail()
    mta.macros(b"R", i="4XyZ1k2Lq9z1", rcpt_mailer="smtp")
    mta.rcpt()
    mta.macros(b"R", i="4XyZ1k2Lq9z1", rcpt_mailer="error", rcpt_host="5.7.1")
    mta.rcpt("<nobody@example.net>")
    mta.data()
    mta.eoh()
    assert mta.eom()[1] == b"c"
    mta.quit()
    r = w.record()
    assert r["host"] == "mx9.example.net" and r["listener"] == "submission"
    assert r["tls"] == {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
    assert r["auth"] == {"type": "PLAIN", "identity": "user"}
    assert r["queue_id"] == "4XyZ1k2Lq9z1"
    assert [to["result"] for to in r["to"]] == ["accepted", "rejected"]
    assert set(r["extensions"]) == {"AUTH", "STARTTLS"}


def test_macros_of_one_message_are_not_the_next_ones(w):
    mta = w.mta()
    mta.greet()
    mta.mail()
    mta.macros(b"R", i="FIRST")
    mta.rcpt()
    mta.data()
    mta.eoh()
    mta.eom()
    mta.mail()
    mta.abort()
    mta.quit()
    first, second = w.records(2)
    assert first["queue_id"] == "FIRST" and second["queue_id"] is None, second


def test_client_addresses(w):
    rows = [(None, 0, None), ("/run/socket", 0, "unix"), ("192.0.2.7", 25, "192.0.2.7"),
            ("2001:db8:0:0:0:0:0:7", 25, "2001:db8::7"),
            ("::ffff:192.0.2.7", 25, "192.0.2.7")]
    for number, (address, port, want) in enumerate(rows):
        mta = w.mta()
        mta.connect(address=address, port=port)
        mta.quit()
        record = w.records(number + 1)[-1]
        assert record["client"]["addr"] == want, record["client"]
        assert record["client"].get("port") == (port or None), record["client"]
        assert record["type"] == "session"


def test_malformed_connect(w):
    for data in (b"", b"x", b"x\0", b"x\0Z\0\0y\0", b"x\0" + b"4", b"x\0" + b"4\0\0nonsense\0"):
        mta = w.mta()
        mta.sock.settimeout(0.2)
        try:
            mta.ask(b"C", data)
            mta.quit()
        except (Closed, TimeoutError):
            mta.vanish()
    w.alive()


def test_no_helo_and_no_words(w):
    mta = w.mta()
    mta.connect()
    assert mta.mail("<>") == b"c"
    assert mta.rcpt("<user@example.net>", "", "=", "NOTIFY", "=x=") == b"c"
    mta.data()
    mta.eoh()
    assert mta.eom()[1] == b"c"
    mta.quit()
    record = w.record()
    assert record["client"]["helo"] is None and record["from"] == ""


def test_envelopes_without_words(w):
    for command in (b"M", b"R", b"H", b"U", b"L"):
        for data in (b"", b"\0", b"\0\0\0", b"no end", b"\xff\xfe\0\x80\0"):
            mta = w.mta()
            mta.greet()
            if command in b"RL":
                mta.mail()
            mta.sock.settimeout(0.2)  # libmilter leaves some of them without an answer
            if command == b"U" and not data.endswith(b"\0"):
                continue  # and reads on past the end of this one (8.17): it is its fault
            try:
                mta.ask(command, data)
                mta.quit()
            except (Closed, TimeoutError):
                mta.vanish()
    w.alive()


def limits(record):
    return [f["evidence"] for f in record["findings"] if f["rule"] == "limit-exceeded"]


def test_ten_thousand_recipients(w):
    mta = w.mta()
    mta.greet()
    mta.mail()
    for n in range(10000):
        assert mta.rcpt("<u%d@example.net>" % n) == b"c"
    mta.data()
    mta.eoh()
    assert mta.eom()[1] == b"c"
    mta.quit()
    r = w.record()
    assert r["recipients"] == {"accepted": 10000, "deferred": 0, "rejected": 0, "lost": 0}
    assert len(r["to"]) == 1000 and r["would"] == "drop"
    assert [(f["rule"], f["observed"]) for f in r["findings"]] == [
        ("recipient-count", 10000), ("limit-exceeded", 10000), ("limit-exceeded", 10000)], r
    assert limits(r) == ["limits.recipients", "1000 recipients followed"], r


def test_many_parameters(w):
    mta = w.mta()
    mta.greet()
    assert mta.mail("<a@example.org>", *["P%d=%d" % (n, n) for n in range(5000)]) == b"c"
    mta.quit()
    r = w.record()
    assert limits(r) == ["limits.findings", "limits.parameters"], r
    assert len(r["findings"]) == 64 + 2


def header_of(w, size):
    mta = w.mta()
    mta.greet()
    mta.envelope()
    mta.header("X-Long", b" " + b"a" * (size - 1))
    mta.eoh()
    return mta


def test_huge_headers(w):
    for size in (991, 992, 60000, 65535, 65536, 300000, 1000000):
        w.mark()
        mta = header_of(w, size)
        assert mta.eom()[1] == b"c", size
        mta.quit()
        r = w.record()
        if size == 991:
            assert rules(r) == [], r
        else:
            assert r["findings"][0]["observed"] == size + 7, r
            assert r["findings"][0].get("at_least", False) == (size + 7 >= 60000), r
        assert r["size"] == size + 7 + 2 + 2


def test_headers_over_the_packet_limit(w):
    mta = w.mta()
    mta.greet()
    mta.envelope()
    try:
        mta.header("X-Long", b" " + b"a" * 1100000)
        mta.eoh()
        mta.eom()
        raise AssertionError("taken")
    except (Closed, BrokenPipeError, ConnectionResetError):
        mta.vanish()
    assert w.record()["ended"] == "close"  # the session is lost, its record is not
    w.alive()


def test_nul_and_other_octets(w):
    mta = w.mta()
    mta.connect("na\xffme")
    mta.helo(b"\x01\x02\xff")
    mta.mail(b"<\xff\xfe\"\\\n@example.org>")
    mta.rcpt(b"<\x80@example.net>")
    mta.data()
    mta.header(b"X-\xff", b" \x01\x7f\xc3\xbc")
    mta.header(b"X-Nul", b" before\0after")
    mta.eoh()
    mta.body(b"\0\0\0")
    assert mta.eom()[1] == b"c"
    mta.quit()
    r = w.record()
    assert r["lossy"] is True and r["from"] == "\ufffd\ufffd\"\\\n@example.org"


def test_a_header_without_a_name(w):
    mta = w.mta()
    mta.greet()
    mta.envelope()
    try:
        mta.header("", " x")  # libmilter ends the session
        mta.eoh()
        mta.eom()
    except (Closed, BrokenPipeError, ConnectionResetError):
        pass
    mta.vanish()
    assert w.record()["from"] == "sender@example.org"
    w.alive()


def cut(data, sizes):
    at = n = 0
    while at < len(data):
        size = sizes[n % len(sizes)]
        yield data[at:at + size]
        at, n = at + size, n + 1


def test_bodies_in_odd_chunks(w):
    body = bytes(range(256)) * 3 + b"\r\n" + b"x" * 1500 + b"\r\n\r\n--b\r\n.\r\n" + b"\r\n" * 3
    seen = []
    for sizes in ((len(body),), (1,), (2, 3), (767, 3, 1), (770, 1)):
        mta = w.mta()
        mta.greet()
        mta.envelope()
        mta.eoh()
        for chunk in cut(body, sizes):
            mta.body(chunk)
        assert mta.eom()[1] == b"c"
        mta.quit()
        seen.append(w.records(len(seen) + 1)[-1])
    for r in seen:
        assert r["size"] == len(body) + 2, r
        assert r["findings"] == seen[0]["findings"], r
    assert set(rules(seen[0])) == {"body-line-length", "body-8bit"}
    assert seen[0]["findings"][0]["observed"] == 1500 or seen[0]["findings"][1]["observed"] == 1500


STEPS = [lambda m: m.connect(), lambda m: m.helo(), lambda m: m.mail(), lambda m: m.rcpt(),
         lambda m: m.data(), lambda m: m.header(), lambda m: m.eoh(), lambda m: m.body()]


def walked(w, count):
    mta = w.mta()
    for step in STEPS[:count]:
        step(mta)
    return mta


def test_end_in_every_state(w):
    for count in range(len(STEPS) + 1):
        for end in ("quit", "vanish", "abort", "abort_vanish"):
            w.mark()
            mta = walked(w, count)
            if end.startswith("abort"):
                mta.abort()
            if end in ("quit", "abort"):
                mta.quit()
            else:
                mta.vanish()
            if count == 0:
                continue
            r = w.record()
            assert r["type"] == ("session" if count < 3 else "message"), (count, end, r)
            assert r.get("ended", "close") == "close", (count, end, r)
    w.alive()


def test_abort_in_every_state_and_on(w):
    for count in range(3, len(STEPS) + 1):
        w.mark()
        mta = walked(w, count)
        mta.abort()
        assert mta.message()[1] == b"c", count
        mta.quit()
        first, second = w.records(2)
        assert (first["ended"], second["ended"]) == ("abort", "eom"), count
        assert (first["message"], second["message"]) == (1, 2)


def test_unknown_in_every_state(w):
    """Never ACCEPT or DISCARD: that crashes Postfix at the next MAIL."""
    for count in range(1, 6):
        for line in ("GOODMORNING", "XXXXXXXX", "", " ", "A", "\xff", "x" * 3000):
            mta = walked(w, count)
            answer = mta.unknown(line)
            assert answer == b"c", (count, line, answer)
            mta.quit()
    w.alive()


def test_steps_out_of_order(w):
    for count in range(len(STEPS) + 1):
        for step in STEPS + [lambda m: m.eom()]:
            mta = walked(w, count)
            try:
                mta.sock.settimeout(0.2)
                step(mta)
                mta.quit()
            except (Closed, TimeoutError, BrokenPipeError, ConnectionResetError):
                mta.vanish()
    w.alive()


def test_new_connection_on_the_same_socket(w):
    """SMFIC_QUIT_NC: what was negotiated holds on for the next connection."""
    mta = w.mta()
    mta.greet()
    mta.message(("X-Long", " " + "a" * 992))
    mta.new_connection()
    mta.macros(b"C", v="Postfix 3.7.11", j="mx9.example.net")
    mta.greet(address="192.0.2.99")
    mta.macros(b"M", tls_version="TLSv1.3", cipher="x")
    mta.mail()
    mta.rcpt()
    assert mta.data() == b"c"
    mta.send(b"N")
    assert mta.silent()
    assert mta.eom()[1] == b"c"
    mta.quit()
    first, second = w.records(2)
    assert first["session"] != second["session"]
    assert (second["message"], second["findings"][1:]) == (1, [])
    assert second["client"]["addr"] == "192.0.2.99"
    assert second["tls"] and second["auth"] is None, second


def test_the_record_is_there_before_the_answer(w):
    mta = w.mta()
    mta.greet()
    for n in range(20):
        assert mta.message()[1] == b"c"
        assert len(w.now()) == n + 1
    mta.quit()


def test_sessions_at_the_same_time(w):
    count = 30
    many = [w.mta() for _ in range(count)]
    for n, mta in enumerate(many):
        mta.connect(address="192.0.2.%d" % n)
    for step in STEPS[1:2]:
        for mta in many:
            step(mta)
    for n, mta in enumerate(many):
        mta.mail("<from%d@example.org>" % n)
    for mta in many:
        mta.rcpt()
        mta.data()
    for n, mta in enumerate(many):
        mta.header("Message-ID", " <%d@example.org>" % n)
    for mta in reversed(many):
        mta.eoh()
        assert mta.eom()[1] == b"c"
    for mta in many:
        mta.quit()
    records = w.records(count)
    assert len({r["session"] for r in records}) == count
    for r in records:
        n = int(r["client"]["addr"].rsplit(".", 1)[1])
        assert r["from"] == "from%d@example.org" % n and r["message_id"] == "<%d@example.org>" % n
    assert [r["seq"] for r in records] == sorted(r["seq"] for r in records)


def test_garbage(w):
    for data in (b"", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1Z", b"GET / HTTP/1.0\r\n\r\n",
                 b"\0\0\0\x0dO" + b"\xff" * 12):
        mta = w.mta(negotiate=False)
        mta.sock.sendall(data)
        mta.vanish()
    mta = w.mta()
    mta.greet()
    mta.send(b"Z", b"what is this")
    mta.vanish()
    assert w.record()["type"] == "session"
    w.alive()


assert milter
