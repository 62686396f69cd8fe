#!/usr/bin/env python3
"""test_clients.py - other rules for some clients: by network (IPv4 and IPv6), by authentication,
by the name of the listener; chosen at connect, and again at each MAIL."""
import sys

sys.dont_write_bytecode = True

from harness import Live, census, findings, mailbox, main, members, message
from tap import check, equal

EXPECTED = {}
DELIVERED = set()
LONG = "X-Long: " + "x" * 999
PIX = {"profile": "pix-6.3", "mode": "enforce"}
BASE = {"profile": "asa-9", "mode": "observe"}
BLOCKS = """
  { networks = [ "192.0.2.208/28" ]; authenticated = true; mode = "off"; },
  { networks = [ "192.0.2.208/28" ]; mode = "enforce"; },
  { networks = [ "192.0.2.0/25" ]; profile = "pix-6.3"; mode = "enforce"; },
  { networks = [ "192.0.2.0/24", "2001:db8:1::/48" ]; mode = "off"; },
  { networks = [ "198.51.100.7", "2001:db8::25/128" ]; mode = "enforce";
    rules : { header-line-length = "observe"; }; require = [ "SIZE" ]; },
  { authenticated = true; daemon_name = "staging"; mode = "enforce"; profile = "pix-6.3"; },
  { authenticated = true; profile = "pix-7.2.2"; compare = [ "pix-6.3" ]; },
  { daemon_name = "staging"; mode = "tag";
    simulate : { recipients = { limit = 1; }; }; }
"""


def record_for(live, name, addr):
    """One message from a client at this address; None when it leaves no record."""
    session = live.client(name, addr, EXPECTED, name="client.example.org", port=4000)
    session.mail(message(mark=name), code=250)
    session.quit()
    DELIVERED.add(name)
    EXPECTED[name, "message"] = 1
    record = live.log.message(name)
    equal(record["client"]["addr"], live.mta.at(addr), "address")
    return record


def silent_for(live, name, addr):
    """Like record_for, where nothing may be recorded; census() sees that nothing was."""
    session = live.client(name, addr, EXPECTED)
    session.expect(500, "FROBNICATE")
    session.mail(message(LONG, mark=name), code=250)
    session.quit()
    DELIVERED.add(name)


def possible(live, rows):
    """Without XCLIENT there are only clients that IPv4 loopback addresses can stand for."""
    return [row for row in rows if live.mta.has_xclient or ":" not in row[1]]


def networks(tap, live):
    cases = [("first", "192.0.2.1", PIX), ("lastin", "192.0.2.127", PIX),
             ("elsewhere", "198.51.100.8", BASE), ("v6else", "IPV6:2001:db8::26", BASE),
             ("v6next", "IPV6:2001:db8:2::1", BASE), ("neighbour", "198.51.100.6", BASE)]
    for name, addr, expected in possible(live, cases):
        with tap.case(f"{addr} gets {expected['profile']} in {expected['mode']}"):
            members(record_for(live, f"{name}.example.org", addr), **expected)
    for name, addr in possible(live, [("second", "192.0.2.128"), ("secondend", "192.0.2.255"),
                                      ("v6off", "IPV6:2001:db8:1:ffff::1")]):
        with tap.case(f"{addr} is not looked at"):
            silent_for(live, f"{name}.example.org", addr)

    for name, addr in possible(live, [("host4", "198.51.100.7"),
                                      ("host6", "IPV6:2001:db8::25")]):
        with tap.case(f"{addr}: rules and require of its own, enforced"):
            helo = f"{name}.example.org"
            session = live.client(helo, addr, EXPECTED)
            session.expect("530 5.7.0", "MAIL FROM:<a@example.org>")
            session.mail(message(LONG, mark=helo), parameters=" SIZE=2000", code=250)
            session.quit()
            DELIVERED.add(helo)
            EXPECTED[helo, "message"] = 2
            members(live.log.message(helo, number=1), verdict="reject", mode="enforce",
                    profile="asa-9")
            members(live.log.message(helo, number=2), verdict="flag", would="drop")

    with tap.case("a client over plain loopback gets what stands under policy"):
        session = live.hello("plain.example.org")
        session.mail(message(LONG, mark="plain.example.org"), code=250)
        session.quit()
        DELIVERED.add("plain.example.org")
        EXPECTED["plain.example.org", "message"] = 1
        members(live.log.message("plain.example.org"), verdict="flag", **BASE)


def authenticated(tap, live):
    with tap.case("a login changes the policy at the next MAIL, not before"):
        name = "login.example.org"
        session = live.hello(name)
        if live.mta.shows("SOML"):
            session.expect(500, "SOML FROM:<a@example.org>")  # before: asa-9 knows it
        session.mail(message("Content-Type: text/plain", "Content-Type: text/plain",
                             mark="login1"), code=250)
        equal(session.auth().code, 235, "AUTH")
        session.mail(message("Content-Type: text/plain", "Content-Type: text/plain",
                             mark="login2"), code=250)
        session.quit()
        DELIVERED.update({"login1", "login2"})
        EXPECTED[name, "message"] = 2
        first, second = (live.log.message(name, number=n) for n in (1, 2))
        members(first, would="flag", auth=None, compare=None, **BASE)
        members(second, would="drop", profile="pix-7.2.2", mode="observe",
                compare={"pix-6.3": "drop"})
        equal(second["auth"]["identity"], "someone@example.org", "identity")
        equal(findings(second), [("content-type-duplicate", "drop-connection")], "findings")

    with tap.case("from a login on nothing is looked at, until the connection ends"):
        name = "partly.example.org"
        session = live.client(name, "192.0.2.210", EXPECTED)
        session.mail(message(mark="partly1"), code=250)
        equal(session.auth().code, 235, "AUTH")
        for mark in ("partly2", "partly3"):
            session.expect("250", "MAIL FROM:<a@example.org>")
            session.expect(500, "FROBNICATE")
            session.expect("250", "RCPT TO:<box@maildir.test>")
            session.expect("250", "RSET")
            session.mail(message(LONG, mark=mark), code=250)
        session.quit()
        DELIVERED.update({"partly1", "partly2", "partly3"})
        EXPECTED[name, "message"] = 1
        members(live.log.message(name), verdict="pass", mode="enforce", auth=None)

    with tap.case("a failed login changes nothing"):
        name = "nologin.example.org"
        session = live.hello(name)
        equal(session.auth(password="no").code, 535, "AUTH")
        session.mail(message(mark="nologin"), code=250)
        session.quit()
        DELIVERED.add("nologin")
        EXPECTED[name, "message"] = 1
        members(live.log.message(name), **BASE)

    with tap.case("AUTH= at MAIL is no login"):
        name = "claims.example.org"
        session = live.hello(name)
        session.mail(message(mark="claims"), parameters=" AUTH=someone@example.org", code=250)
        session.quit()
        DELIVERED.add("claims")
        EXPECTED[name, "message"] = 1
        members(live.log.message(name), **BASE)


def listeners(tap, live):
    with tap.case("a listener by its name: tag, and a limit of its own"):
        name = "staging.example.org"
        session = live.hello(name, "staging")
        session.mail(message(mark=name), to=("box@maildir.test", "b@discard.test"), code=250)
        session.quit()
        DELIVERED.add(name)
        EXPECTED[name, "message"] = 1
        record = live.log.message(name)
        members(record, listener="staging", mode="tag", profile="asa-9", would="drop",
                verdict="flag")
        check(b"X-Fixup-Policy" in live.mta.delivery(name), "the tag")

    with tap.case("a name and a login: both criteria of a block must match"):
        name = "both.example.org"
        session = live.hello(name, "staging")
        equal(session.auth().code, 235, "AUTH")
        session.expect("555 5.5.4", "MAIL FROM:<a@example.org> SIZE=99")
        session.quit()
        EXPECTED[name, "message"] = 1
        members(live.log.message(name), listener="staging", verdict="reject", **PIX)

    with tap.case("commands before MAIL are judged by what was chosen at connect"):
        name = "early.example.org"
        session = live.client(name, "192.0.2.5", EXPECTED)
        session.expect(500, "FROBNICATE")  # a NOOP for pix-6.3, masked by asa-9
        session.quit()
        EXPECTED[name, "session"] = 1
        record = live.log.session(name)
        members(record, **PIX)
        equal(findings(record), [("verb-not-allowed", "noop")], "findings")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy="", clients=live.mta.networks(BLOCKS))
        live.log = live.milter.log
        networks(tap, live)
        authenticated(tap, live)
        listeners(tap, live)
        mailbox(tap, live, DELIVERED)
        census(tap, live.milter, EXPECTED)


main(test)
