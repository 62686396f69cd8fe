"""Wire tests of clients for whom every rule is off: the MTA need not tell what they do, and is
told so as soon as nothing can change it. Each function is one test."""

LOGIN = {"auth_type": "PLAIN", "auth_authen": "user@example.org"}


def session(w, address, listener="smtpd"):
    mta = w.mta()
    mta.macros(b"C", j="mx1.example.net", daemon_name=listener, v="Postfix 3.7.11")
    return mta, mta.connect(address=address)


def test_a_client_that_nothing_is_said_of(w):
    mta, answer = session(w, "192.0.2.1")
    assert answer == b"a", answer
    mta.quit()
    w.records(0)


def test_a_listener(w):
    mta, answer = session(w, "192.0.2.1", "staging")
    assert answer == b"c", answer
    mta.helo()
    assert mta.message() == ([], b"c")
    mta.quit()
    w.records(1)


def test_until_the_client_is_authenticated(w):
    mta, answer = session(w, "198.51.100.1")
    assert answer == b"c", answer
    mta.helo()
    assert mta.message() == ([], b"c")
    mta.macros(b"M", **LOGIN)
    assert mta.mail() == b"a"
    mta.abort()
    assert mta.mail() == b"a"
    mta.quit()
    record, = w.records(1)
    assert record["auth"] is None and record["message"] == 1, record


def test_from_when_the_client_is_authenticated(w):
    mta, answer = session(w, "198.51.100.129")
    assert answer == b"c", answer
    mta.helo()
    assert mta.mail() == b"a"
    mta.macros(b"M", **LOGIN)
    assert mta.message() == ([], b"c")
    mta.quit()
    record, = w.records(1)
    assert record["auth"] is not None and record["message"] == 2, record


def test_what_was_agreed(w):
    """The union: for somebody everything is told."""
    mta = w.mta()
    assert mta.steps & 0x37F == 0, hex(mta.steps)
    assert (mta.symlists[5], mta.symlists[6]) == ("", ""), mta.symlists
    mta.vanish()
