#!/usr/bin/env python3
"""test_command_filter.py - the daemon as smtpd_command_filter of a real Postfix, by socketmap
over inet, unix and proxy, with its milter attached: dialogue, records, counts, reload, the end of
the daemon, and peers that do not keep to the protocol."""
import os
import signal
import socket
import stat
import sys
import time

sys.dont_write_bytecode = True

from harness import Live, finding, findings, main, members, message
from postfix import free_port, has_ipv6
from tap import Skip, check, equal, fail, until

PORT = free_port()
PATIENCE = 20  # seconds for what a peer waits for
MAP = f"socketmap:inet:127.0.0.1:{PORT}:verbs"
NAMED = 'rules = { verb-not-allowed = "enforce"; };'
OFF = '{ networks = [ "127.0.0.0/8" ]; mode = "off"; }'
PROFILE = """title = "pix-6.3 with another action"; applies = "a test"; inherit = "pix-6.3";
rules : {{ verb-not-allowed : {{ action = "{action}"; confidence = "assumed"; source = "a test"; }};
           verb-too-short : {{ action = "{action}"; limit = 4;
                               confidence = "documented"; source = "a test"; }}; }};
"""


def text(live, daemon, policy, listen=f"inet:{PORT}@127.0.0.1", more="", **groups):
    return live.configuration(daemon, policy=policy,
                              more=f'command_filter : {{ listen = "{listen}"; {more} }};'
                                   + groups.pop("limits", ""), **groups)


def policy(live, words, more="", **groups):
    live.milter.reload(text(live, live.milter, words, more=more, **groups))


def counts(live):
    """What was counted since the last call, as (seen, rewritten)."""
    before = len(live.log.find(type="reload"))
    live.milter.signal(signal.SIGHUP)
    until(lambda: len(live.log.find(type="reload")) > before, "the reload record")
    record = live.log.find(type="reload")[-1]
    now = [record["commands"], record["rewritten"]]
    result = [{verb: n - was.get(verb, 0) for verb, n in counted.items() if n > was.get(verb, 0)}
              for counted, was in zip(now, live.counted)]
    live.counted = now
    return tuple(result)


def masked(live, name, evidence, reply, verdict="reject", action="mask"):
    """The record of a session in which one command was taken out by the filter."""
    record = live.log.session(name)
    equal(findings(record), [("verb-not-allowed", action)], "findings")
    found = finding(record, "verb-not-allowed")
    members(found, evidence=evidence)
    if verdict == "drop" or live.mta.ways.unknown_text:
        members(found, enforced=True)
        members(record, verdict=verdict, reply=str(reply))
    return record


def observe(tap, live):
    with tap.case("observe: nothing is rewritten, every command is counted"):
        counts(live)
        session = live.hello("observe.example.org")
        session.expect(250, "NOOP")
        session.expect(252, "VRFY box@maildir.test")
        session.expect(459, "ETRN nowhere.example.org")
        session.expect(500, "GOODMORNING all")
        session.expect(500, "XXXX")
        session.mail(message(mark="observe"))
        session.expect(250, "rset")
        session.starttls()
        session.expect(250, "EHLO observe.example.org")
        equal(session.auth().code, 235, "AUTH")
        session.quit()
        seen, rewritten = counts(live)
        equal(seen, {"EHLO": 2, "NOOP": 1, "VRFY": 1, "ETRN": 1, "MAIL": 1, "RCPT": 1, "DATA": 1,
                     "RSET": 1, "STARTTLS": 1, "AUTH": 1, "QUIT": 1, "unknown": 2}, "commands")
        equal(rewritten, {}, "rewritten")
    with tap.case("observe: the records are those of a daemon without the filter"):
        record = live.log.session("observe.example.org")
        equal(sorted(findings(record)), [("verb-masked-upstream", "log"),
                                         ("verb-not-allowed", "mask")], "findings")
        members(live.log.message("observe.example.org"), verdict="pass")


def noop(tap, live):
    policy(live, 'mode = "enforce"; profile = "pix-6.3";')
    counts(live)
    with tap.case("enforce pix-6.3: what it does not let through is NOOP, answered 250"):
        session = live.connect()
        for line in ("EHLO noop.example.org", "STARTTLS", "GOODMORNING all", "VRFY box", "ABC",
                     "BDAT 5", "GET / HTTP/1.0", "Subject: x"):
            equal(session.expect(250, line).text, "250 2.0.0 Ok", line)
        equal(session.expect("500 5.5.2", "XXXXXXXX").enhanced, "5.5.2", "X's")
        session.expect(250, "HELO noop.example.org")
        session.mail(message(mark="noop"))
        session.quit()
        record = live.log.message("noop.example.org")
        members(record, verdict="pass", findings=[])
        seen, rewritten = counts(live)
        equal(rewritten, {"EHLO": 1, "STARTTLS": 1, "VRFY": 1, "BDAT": 1, "unknown": 4},
              "rewritten")
        equal(seen["unknown"], 5, "unknown")
        equal(findings(live.log.session("noop.example.org")), [("verb-masked-upstream", "log")],
              "findings outside the message")


def mask(tap, live, listener="smtpd"):
    policy(live, 'mode = "enforce"; profile = "asa-9";')
    with tap.case(f"enforce asa-9 on {listener}: STARTTLS gets 500 with eight X's, and a record"):
        session = live.hello(f"tls.{listener}.example.org", listener)
        reply = session.expect(500, "STARTTLS")
        if live.mta.ways.unknown_text:
            equal(reply.text, '500 5.5.1 Command unrecognized: "XXXXXXXX"', "reply")
        session.expect(252, "VRFY box@maildir.test")
        session.quit()
        masked(live, f"tls.{listener}.example.org", "STARTTLS", reply)


def mask_all(tap, live):
    policy(live, 'mode = "enforce"; profile = "masks";' + NAMED)
    for line, verb in (("VRFY box@maildir.test", "VRFY"), ("etrn nowhere.example.org", "etrn"),
                       ("STARTTLS", "STARTTLS"), ("GOODMORNING all", "GOODMORNING")):
        with tap.case(f"enforce with mask: {verb}"):
            name = verb.lower() + ".masks.example.org"
            session = live.connect()
            session.expect(250, "HELO " + name)
            reply = session.expect(500, line)
            if live.mta.ways.unknown_text:
                equal(reply.text, f'500 5.5.1 Command unrecognized: "{"X" * len(verb)}"', "reply")
            session.quit()
            masked(live, name, verb, reply)
    policy(live, 'mode = "enforce"; profile = "masks";')
    with tap.case("an action that is only assumed counts where policy.rules names the rule"):
        session = live.connect()
        session.expect(250, "HELO assumed.example.org")
        session.expect(252, "VRFY box@maildir.test")
        equal(session.expect(500, "ABC").code, 500, "too short, which is documented")
        session.quit()
        equal(findings(live.log.session("assumed.example.org")), [("verb-too-short", "mask")],
              "findings")
    policy(live, 'mode = "enforce"; profile = "drops";' + NAMED)
    with tap.case("enforce with drop-connection: 421 and closed"):
        session = live.connect()
        session.expect(250, "HELO drops.example.org")
        reply = session.expect("421 4.7.0", "VRFY box@maildir.test")
        check(session.closed(), "the connection is closed")
        masked(live, "drops.example.org", "VRFY", reply, "drop", "drop-connection")


def marks(tap, live):
    policy(live, 'mode = "observe"; profile = "pix-6.3";', more="mark_ehlo = true;")
    counts(live)
    with tap.case("mark_ehlo: EHLO is known as such, and the record has the client's own name"):
        session = live.connect()
        session.expect(250, "EHLO marked.example.org")
        session.mail(message(mark="marked"))
        session.quit()
        record = live.log.session("marked.example.org")
        equal(findings(record), [("verb-not-allowed", "noop")], "findings")
        members(finding(record, "verb-not-allowed"), evidence="EHLO")
        members(live.log.message("marked.example.org"), verdict="pass")
        check(b"from ehlo.marked.example.org" in live.postfix.delivery("marked"),
              "the price: Postfix writes the mark into Received")
        equal(counts(live), ({"EHLO": 1, "MAIL": 1, "RCPT": 1, "DATA": 1, "QUIT": 1}, {}),
              "a marked greeting is not rewritten")
    for greeting, name in (("HELO", "helo.marked.example.org"), ("HELO", "ehlo.h.example.org")):
        with tap.case(f"mark_ehlo: {greeting} {name} is HELO, with that name"):
            session = live.connect()
            session.expect(250, f"{greeting} {name}")
            session.quit()
            members(live.log.session(name), findings=[])
    for name in ("ehlo.e.example.org", "helo.e.example.org", "[192.0.2.1]"):
        with tap.case(f"mark_ehlo: EHLO {name} is EHLO, with that name"):
            session = live.connect()
            session.expect(250, f"EHLO {name}")
            session.quit()
            members(finding(live.log.session(name), "verb-not-allowed"), evidence="EHLO")
    with tap.case("mark_ehlo: no argument is still refused"):
        session = live.connect()
        session.expect(501, "EHLO")
        session.quit()
    with tap.case("mark_ehlo: a listener without the filter is not told which it was"):
        session = live.connect("plain")
        session.expect(250, "EHLO plain.example.org")
        session.quit()
        members(live.log.session("plain.example.org"), findings=[])


def switch(tap, live):
    policy(live, 'mode = "observe"; profile = "masks";')
    with tap.case("a reload counts for the next command of a session that is open"):
        session = live.hello("switch.example.org")
        session.expect(250, "NOOP")
        session.expect(252, "VRFY box@maildir.test")
        policy(live, 'mode = "enforce"; profile = "masks";' + NAMED)
        session.expect(500, "VRFY box@maildir.test")
        policy(live, 'mode = "observe"; profile = "masks";')
        session.expect(252, "VRFY box@maildir.test")
        session.quit()
    with tap.case("a reload with another socket is told to need a restart"):
        live.milter.reload(text(live, live.milter, "", listen="inet:1@127.0.0.1"))
        check("reload: command_filter.listen is used at start only" in live.milter.said(),
              live.milter.said())
        session = live.hello("stays.example.org")
        session.quit()
    with tap.case("clients blocks: it is said that they do not apply"):
        check("clients blocks" not in live.milter.said(), live.milter.said())
        policy(live, 'mode = "enforce";', clients=OFF)
        check("it knows no client address, so clients blocks do not apply" in live.milter.said(),
              live.milter.said())
        session = live.hello("off.example.org")
        session.expect("500 5.5.2", "STARTTLS")
        session.quit()
        policy(live, 'mode = "observe"; profile = "asa-9";')


# ---- peers that do not keep to the protocol ----


class Peer:
    """A raw connection to the command filter."""

    def __init__(self, data=b"", host="127.0.0.1"):
        self.socket = socket.create_connection((host, PORT), timeout=PATIENCE)
        self.send(data)

    def send(self, data):
        """As much as it takes; a peer that hangs up is noticed when it is read."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def flood(self, most):
        """Requests, and no answer is read, until no more are taken; how many octets that were. It
        has to last: what a busy daemon has not come to yet is still taken, and answered."""
        requests, sent = request("NOOP") * 1000, 0
        self.socket.settimeout(2)
        try:
            while sent < most:
                sent += self.socket.send(requests)
        except TimeoutError:
            pass
        self.socket.settimeout(PATIENCE)
        return sent

    def read(self):
        """All until the end."""
        data = b""
        while True:
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                return data
            if not more:
                return data
            data += more

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            check(more, "closed before the answer")
            data += more
        return data

    def close(self):
        self.socket.close()


def frame(words):
    return b"%d:%s," % (len(words), words.encode())


def request(key, name="verbs"):
    return frame(f"{name} {key}")


NOTFOUND = frame("NOTFOUND ")


def unharmed(live, name):
    """A session meanwhile goes through, and quickly."""
    began = time.monotonic()
    session = live.hello(name + ".example.org")
    session.mail(message(), to=("b@discard.test",))
    session.quit()
    check(time.monotonic() - began < 8, f"{name}: {time.monotonic() - began:.1f} seconds")


def hostile(tap, live):
    for what, data, answer in (
            ("a netstring of 1 MB", b"1000000:" + b"x" * 1000000,
             frame("PERM the request is too long")),
            ("garbage", bytes(range(256)) * 16,
             frame("PERM the request is not a netstring")),
            ("HTTP", b"GET / HTTP/1.0\r\n\r\n", frame("PERM the request is not a netstring")),
            ("no comma", b"10:verbs NOOP;", frame("PERM the request does not end with a comma")),
            ("a leading zero", b"010:verbs NOOP,",
             frame("PERM the length of the request begins with 0")),
            ("no blank", b"5:verbs,",
             frame("PERM the request has no blank after the name of a map")),
            ("good, then bad", request("NOOP") + b"x",
             NOTFOUND + frame("PERM the request is not a netstring"))):
        with tap.case(f"{what}: the protocol's error, and closed"):
            peer = Peer(data)
            equal(peer.read(), answer, "answer")
            peer.close()
            unharmed(live, "after")
    with tap.case("another map's name: an error, and the connection goes on"):
        peer = Peer(request("NOOP", "other") + request("NOOP"))
        wanted = frame("PERM there is no such map here, only verbs") + NOTFOUND
        equal(peer.exactly(len(wanted)), wanted, "answers")
        peer.close()
    with tap.case("half a request, then the end: the protocol's error"):
        peer = Peer(b"10:verbs N")
        peer.socket.shutdown(socket.SHUT_WR)
        equal(peer.read(), frame("PERM the request was cut off"), "answer")
        peer.close()
    with tap.case("half a request, then gone; a hundred times"):
        for _ in range(100):
            Peer(b"10:verbs N").close()
        unharmed(live, "gone")
    with tap.case("5,000 requests in one write: 5,000 answers"):
        peer = Peer()
        peer.send(request("NOOP") * 5000)
        equal(peer.exactly(5000 * len(NOTFOUND)), NOTFOUND * 5000, "answers")
        peer.send(request("QUIT"))
        equal(peer.exactly(len(NOTFOUND)), NOTFOUND, "the next")
        peer.close()
    with tap.case("a request of 100,000 octets, the most there may be"):
        peer = Peer(request("NOOP " + "x" * (100000 - 11)))
        equal(peer.exactly(len(NOTFOUND)), NOTFOUND, "answer")
        peer.close()


def slow(tap, live):
    policy(live, 'mode = "observe";', limits="limits : { command_filter_connections = 50; };")
    with tap.case("300 idle connections where 50 are allowed: the oldest make room"):
        crowd = []
        for _ in range(300):
            crowd.append(Peer(request("NOOP")))
            equal(crowd[-1].exactly(len(NOTFOUND)), NOTFOUND, "answer")
        unharmed(live, "crowd")
        ends = sum(peer.socket.recv(1) == b"" for peer in crowd[:240])
        equal(ends, 240, "closed")
        crowd[-1].send(request("NOOP"))
        equal(crowd[-1].exactly(len(NOTFOUND)), NOTFOUND, "the youngest")
        for peer in crowd:
            peer.close()
    with tap.case("200 that come and ask at once: each has its answer"):
        crowd = [Peer(request("NOOP")) for _ in range(200)]
        for peer in crowd:
            equal(peer.exactly(len(NOTFOUND)), NOTFOUND, "answer")
    with tap.case("a lower limit by reload: idle ones make room"):
        policy(live, 'mode = "observe";', limits="limits : { command_filter_connections = 5; };")
        peer = Peer(request("NOOP"))
        equal(peer.exactly(len(NOTFOUND)), NOTFOUND, "answer")
        policy(live, 'mode = "observe";', limits="limits : { command_filter_connections = 50; };")
        for other in crowd + [peer]:
            other.close()
    with tap.case("slow ones, one that never reads: nobody else waits, and their time ends"):
        deaf = Peer()
        sent = deaf.flood(1 << 26)
        check(sent < 1 << 26, "it is read from without end")
        crowd = [Peer() for _ in range(30)]
        slowly = request("NOOP " + "x" * 100)
        began, at = time.monotonic(), 0
        while time.monotonic() - began < 9:
            for peer in crowd:
                peer.send(slowly[at:at + 1])
            at += 1
            unharmed(live, "slow")
            time.sleep(0.3)
        for peer in crowd:
            equal(peer.read(), frame("TIMEOUT the request was not finished in time"), "answer")
        check(9.5 < time.monotonic() - began < 18, f"closed after {time.monotonic() - began:.1f} s")
        answers = len(deaf.read()) // len(NOTFOUND)
        check(answers < sent // len(request("NOOP")), "not all was answered")
        unharmed(live, "later")
        for peer in crowd + [deaf]:
            peer.close()
    with tap.case("50 that are all within a request: one more is refused"):
        crowd = [Peer(b"1") for _ in range(50)]
        time.sleep(0.2)
        peer = Peer()
        equal(peer.read(), frame("TEMP too many connections"), "answer")
        until(lambda: "too many connections" in live.milter.said(), "it is said")
        for other in crowd + [peer]:
            other.close()
        unharmed(live, "refused")


# ---- start and end ----


def end(tap, live):
    policy(live, 'mode = "enforce"; profile = "asa-9";')
    with tap.case("SIGUSR1: a line with the counts"):
        before = live.milter.said().count("commands seen/rewritten:")
        live.milter.signal(signal.SIGUSR1)
        until(lambda: live.milter.said().count("commands seen/rewritten:") > before, "the line")
    with tap.case("SIGTERM: the filter answers as long as sessions are open"):
        session = live.hello("drain.example.org")
        live.milter.signal(signal.SIGTERM)
        until(lambda: "come back" in live.milter.said(), "the word about stopping")
        session.expect(500, "STARTTLS")
        session.mail(message(mark="drain"))
        session.expect(252, "VRFY box@maildir.test")
        session.quit()
        equal(live.milter.ended(), 0, "exit status")
        record = live.log.read()[-1]
        members(record, type="stop")
        check(record["commands"]["VRFY"] > 3 and record["rewritten"]["STARTTLS"] > 0, str(record))
        check(" STARTTLS " in live.milter.said().splitlines()[-2], live.milter.said()[-500:])
    with tap.case("with the daemon gone Postfix answers 421 4.3.0 and closes"):
        session = live.connect()
        session.expect("421 4.3.0", "NOOP")
        check(session.closed(), "the connection is closed")
        try:
            fail(f"somebody answers: {Peer(request('NOOP')).read()}")
        except ConnectionRefusedError:
            pass


def unix(tap, live):
    path = live.postfix.base + "/queue/filter.sock"
    daemon = live.daemon("unix")
    live.milter, live.log, live.counted = daemon, daemon.log, [{}, {}]
    daemon.start(text(live, daemon, "", listen="unix:" + path, clients=OFF))
    with tap.case("at start, too, it is said that clients blocks do not apply"):
        until(lambda: "clients blocks do not apply" in daemon.said(), "the line")
    with tap.case("a unix socket: mode, and the same answers"):
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o666, "mode")
        daemon.reload(text(live, daemon, 'mode = "enforce";', listen="unix:" + path))
        session = live.hello("unix.example.org", "unix")
        reply = session.expect(500, "STARTTLS")
        session.mail(message(mark="unix"))
        session.quit()
        masked(live, "unix.example.org", "STARTTLS", reply)
    with tap.case("a second daemon leaves the first its socket"):
        other = live.daemon("second", alone=False)
        other.write(live.configuration(other, socket=f"unix:{live.base}/second.sock",
                                       more=f'command_filter : {{ listen = "unix:{path}"; }};'))
        other.spawn()
        equal(other.ended(10), 69, "exit status")
        check(path + ": the socket cannot be opened" in other.said(), other.said())
        check(not os.path.exists(live.base + "/second.sock"), "its milter socket is gone")
        live.hello("still.example.org", "unix").quit()
    with tap.case("a stale socket is taken over, and gone at the end"):
        daemon.kill()
        check(os.path.exists(path), "it is there")
        daemon.start()
        live.hello("stale.example.org", "unix").quit()
        equal(daemon.stop(), 0, "exit status")
        check(not os.path.exists(path), "it is gone")
    with tap.case("a file of that name is no socket: not removed, and no start"):
        open(path, "w").close()
        daemon.spawn()
        equal(daemon.ended(10), 69, "exit status")
        check(os.path.isfile(path), "it is there")
        os.unlink(path)
    with tap.case("without command_filter.listen nothing is counted, and no mark taken off"):
        daemon.start(live.configuration(daemon, more="command_filter : { mark_ehlo = true; };"))
        live.hello("ehlo.unlistened.example.org", "plain").quit()
        members(daemon.log.session("ehlo.unlistened.example.org"), findings=[])
        equal(daemon.stop(), 0, "exit status")
        members(daemon.log.read()[-1], type="stop", commands=None, rewritten=None)
    with tap.case("another user: the socket is the daemon's, and gone at the end"):
        place = live.base + "/owned"
        path = place + "/filter.sock"
        os.mkdir(place)
        os.chown(place, 65534, -1)
        daemon = live.daemon("user")
        daemon.log_path = daemon.log.path = place + "/user.jsonl"
        daemon.start(text(live, daemon, "", listen="unix:" + path, milter='user = "nobody";'))
        equal(os.stat(path).st_uid, 65534, "owner")
        equal(daemon.stop(), 0, "exit status")
        check(not os.path.exists(path), "it is gone")


def inet(tap, live):
    for listen, host in ((f"inet6:{PORT}@::1", "::1"), (f"inet6:{PORT}@[::1]", "::1"),
                         (f"inet:{PORT}@localhost", "127.0.0.1")):
        with tap.case(f"{listen}: the same answers"):
            if host == "::1" and not has_ipv6():
                raise Skip("no IPv6")
            daemon = live.daemon("inet")
            daemon.start(text(live, daemon, 'mode = "enforce";', listen=listen))
            peer = Peer(request("STARTTLS"), host=host)
            wanted = frame("OK XXXXXXXX-STARTTLS")
            equal(peer.exactly(len(wanted)), wanted, "answer")
            other = live.daemon("taken", alone=False)
            other.write(text(live, other, "", listen=listen, socket=f"unix:{live.base}/o.sock"))
            other.spawn()
            equal(other.ended(10), 69, "exit status of a second one")
            equal(daemon.stop(), 0, "exit status")
            peer.close()


def test(tap):
    live = Live({"proxy_read_maps": "proxy:" + MAP},
                {"smtpd": {"smtpd_command_filter": MAP},
                 "proxy": {"smtpd_command_filter": "proxy:" + MAP},
                 "unix": {"smtpd_command_filter": "socketmap:unix:filter.sock:verbs"},
                 "plain": {}})
    for name, action in (("masks", "mask"), ("drops", "drop-connection")):
        with open(f"{live.base}/profiles/{name}.conf", "w") as f:
            f.write(PROFILE.format(action=action))
    with live:
        live.milter = live.daemon()
        live.log, live.counted = live.milter.log, [{}, {}]
        live.milter.start(text(live, live.milter, 'mode = "observe";'))
        observe(tap, live)
        noop(tap, live)
        mask(tap, live)
        mask(tap, live, "proxy")
        mask_all(tap, live)
        marks(tap, live)
        switch(tap, live)
        hostile(tap, live)
        slow(tap, live)
        end(tap, live)
        unix(tap, live)
        inet(tap, live)


main(test)
