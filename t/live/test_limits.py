#!/usr/bin/env python3
"""test_limits.py - what a peer can make large: header fields by the 100,000, a header of 100 MB, 100,000
recipients, connections by the thousand. Each is told as limit-exceeded, no mail is refused for it,
and the daemon is hardly larger for it. The daemon alone; the mail server's side is
t/wire/milter.py. FX_LIMIT_CONNECTIONS (200), FX_LIMIT_FIELDS (100000) and FX_LIMIT_MESSAGES
(1000) for more of them."""
import os
import resource
import select
import socket
import struct
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from daemon import SOURCE, Daemon, configuration, sanitizer
from tap import Tap, check, equal, until

sys.path.insert(0, os.path.join(SOURCE, "t", "wire"))
from milter import Closed, QUIET, Mta  # noqa: E402

# What one hostile session may add: a packet of 1 MB in libmilter, lists of findings, a record.
MOST_KB = 12 * 1024
CONNECTIONS = int(os.environ.get("FX_LIMIT_CONNECTIONS", "200"))
FIELDS = int(os.environ.get("FX_LIMIT_FIELDS", "100000"))
MESSAGES = int(os.environ.get("FX_LIMIT_MESSAGES", "1000"))
FILES = 256  # of a daemon that has few
SAID = "limits.connections: "


def figure(what, number):
    print(f"# figure: limits | {what} | {number}", flush=True)


def packet(command, data):
    return struct.pack("!I", len(data) + 1) + command + data


def field(name, value):
    return packet(b"L", name + b"\0 " + value + b"\0")


def kilobytes(daemon, name):
    with open(f"/proc/{daemon.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(name + ":"))


def exceeded(record):
    return {f["evidence"]: (f.get("observed"), f["limit"]) for f in record["findings"]
            if f["rule"] == "limit-exceeded"}


class World:
    def __init__(self, daemon, place):
        self.daemon, self.place, self.name = daemon, place, None
        self.number = 0

    def case(self, tap, name):
        self.name = name
        return tap.case(name)

    def session(self):
        self.number += 1
        mta = Mta(self.place)
        mta.sock.settimeout(60)
        self.helo = f"h{self.number}.example.org"
        equal(mta.connect(), b"c", "connect")
        equal(mta.helo(self.helo), b"c", "helo")
        return mta

    def record(self, kind="message", count=1):
        def found():
            got = [r for r in self.daemon.log.read()
                   if r["type"] == kind and r["client"]["helo"] == self.helo]
            return got[-1] if len(got) >= count else None
        return until(found, f"{count} records of {self.helo}", 60)

    def measured(self, what):
        """Runs it; says by how much the daemon was larger meanwhile, a figure of the case."""
        before = kilobytes(self.daemon, "VmRSS")
        with open(f"/proc/{self.daemon.process.pid}/clear_refs", "w") as f:
            f.write("5")  # the highest so far is what it is now
        began = time.monotonic()
        what()
        grown = kilobytes(self.daemon, "VmHWM") - before
        took = time.monotonic() - began
        allowed = "with a sanitizer" if sanitizer() else f"of {MOST_KB} that may be"
        figure(self.name, f"{grown} kB more, {allowed}, in {took:.1f} s")
        check(grown < MOST_KB or sanitizer(), f"grown by {grown} kB")


def message(world, fields=(), recipients=1, mail=(), body=b"text\r\n"):
    """Sends one with these fields, packets as they are; gives its record."""
    def send():
        mta = world.session()
        equal(mta.mail("<sender@example.org>", *mail), b"c", "mail")
        ask_many(mta, [packet(b"R", b"<u%d@example.net>\0" % n) for n in range(recipients)])
        mta.data()
        for part in fields:
            mta.sock.sendall(part)
        mta.eoh()
        mta.body(body)
        equal(mta.eom(), ([], b"c"), "answer")
        mta.quit()
    world.measured(send)
    return world.record()


def ask_many(mta, packets):
    """Each is answered by "go on"."""
    for at in range(0, len(packets), 1000):
        part = packets[at:at + 1000]
        mta.sock.sendall(b"".join(part))
        equal(mta.exactly(5 * len(part)), b"\0\0\0\1c" * len(part), "answers")


def test_header(tap, world):
    with world.case(tap, f"{FIELDS} header fields, names all different"):
        fields = (b"".join(field(b"X-%d" % (n + i), b"v") for i in range(10000))
                  for n in range(0, FIELDS, 10000))
        told = exceeded(message(world, fields))
        equal(told["limits.header_fields"], (FIELDS, 1000), "limits.header_fields")
        check("4096 field names" in told and "limits.header_octets" in told, str(told))
    with world.case(tap, "a header of 100 MB, and a field of 1 MB"):
        one = field(b"X-Long", b"a" * 99990)
        told = exceeded(message(world, [one] * 1000 + [field(b"X-One", b"b" * 1000000)]))
        equal(told["limits.line"], (1000007, 65536), "limits.line")
        check(told["limits.header_octets"][0] > 100000000, str(told))
        equal(told["limits.findings"][1], 64, "limits.findings")
    with world.case(tap, "100,000 file names in the header, and as many parts in the body"):
        names = field(b"Content-Disposition", b"attachment; filename=" + b"n" * 300)
        body = b"".join(b"--b\r\nContent-Type: text/plain; name=" + b"n" * 300 + b"\r\n\r\n"
                        for _ in range(150))
        kind = field(b"Content-Type", b"multipart/mixed; boundary=b")
        told = exceeded(message(world, [kind] + [names * 1000] * 100, body=body[:65000]))
        equal(told["limits.header_fields"], (100001, 1000), "limits.header_fields")
        check("limits.findings" in told, str(told))
    with world.case(tap, "1,000 signatures"):
        one = field(b"DKIM-Signature", b"v=1; a=rsa-sha256; d=example.org; s=s; h=from; "
                    b"bh=" + b"A" * 43 + b"=; b=" + b"B" * 50000)
        told = exceeded(message(world, [one] * 1000))
        equal(told["limits.signatures"], (1000, 32), "limits.signatures")


def test_envelope(tap, world):
    with world.case(tap, "100,000 recipients"):
        record = message(world, recipients=100000)
        told = exceeded(record)
        equal(told["limits.recipients"], (100000, 1000), "limits.recipients")
        equal(record["recipients"]["accepted"], 100000, "accepted")
        check("1000 recipients followed" in told, str(told))
    with world.case(tap, "10,000 parameters"):
        told = exceeded(message(world, mail=[f"P{n}=x" for n in range(10000)]))
        equal(told["limits.parameters"], (10000, 64), "limits.parameters")
    with world.case(tap, "a sender of 900,000 octets"):
        told = exceeded(message(world, mail=["x" * 900000]))
        equal(told["limits.line"][1], 65536, "limits.line")


def test_session(tap, world):
    with world.case(tap, "100,000 unknown commands in one session"):
        def send():
            mta = world.session()
            ask_many(mta, [packet(b"U", b"JUMP %d\0" % n) for n in range(100000)])
            mta.quit()
        world.measured(send)
        record = world.record("session")
        found, limit = exceeded(record)["limits.findings"]
        check(found >= 100000 and limit == 64, f"{found} findings, limit {limit}")
        equal(record["findings_omitted"], found - 64, "findings_omitted")
    with world.case(tap, f"{MESSAGES} messages in one session"):
        def send():
            mta = world.session()
            owed = 3 + sum(not mta.steps & quiet for quiet in QUIET.values())
            for _ in range(MESSAGES):
                mta.sock.sendall(packet(b"M", b"<a@example.org>\0") + packet(b"R", b"<b@x>\0") +
                                 packet(b"T", b"") + field(b"Subject", b"x") +
                                 packet(b"N", b"") + packet(b"B", b"text\r\n") +
                                 packet(b"E", b""))
                equal(mta.exactly(5 * owed), b"\0\0\0\1c" * owed, "answers")
            mta.quit()
        world.measured(send)
        record = world.record(count=MESSAGES)
        equal((record["message"], record["verdict"]), (MESSAGES, "pass"), "the last record")


def fill(place, count):
    """So many sessions; each with the answer to its connect."""
    sessions = []
    for n in range(count):
        mta = Mta(place)
        sessions.append((mta, mta.connect(name=f"c{n}.example.org")))
    return sessions


def test_connections(tap, daemon, place):
    most, over = 50, CONNECTIONS
    with tap.case(f"{over} more connections than there may be"):
        before = kilobytes(daemon, "VmRSS")
        held = fill(place, most)
        filled = kilobytes(daemon, "VmRSS")
        more = fill(place, over)
        equal([a for _, a in held], [b"c"] * most, "those that there may be")
        equal([a for _, a in more], [b"t"] * over, "those beyond")
        grown = kilobytes(daemon, "VmRSS") - filled
        figure("connections turned away", f"{sum(a == b't' for _, a in more)} of {over} beyond "
               f"{most}; {most} take {filled - before} kB, these {grown} kB")
        check(grown < 1024 + over or sanitizer(), f"{over} beyond it take {grown} kB")
        records = daemon.log.wait(over, type="session", seconds=30)
        told = [exceeded(r) for r in records]
        equal(told, [{"limits.connections": (most + 1, most)}] * over, "records")
        equal({(r["verdict"], r["would"]) for r in records}, {("defer", "flag")}, "verdicts")
        equal(daemon.said().count(SAID), 1, "times that it was said")
    with tap.case("there is room again when one of them goes"):
        held[0][0].quit()
        again = welcome(place)
    with tap.case("a reload with more room is followed at once"):
        daemon.reload(limited(daemon, place, most + 10))
        late = fill(place, 10)
        equal([a for _, a in late], [b"c"] * 10, "answers")
        for mta in [again] + [mta for mta, _ in held[1:] + more + late]:
            mta.quit()
    with tap.case("on_error = accept lets mail through, on_error = reject none"):
        for word, answer in (("accept", b"a"), ("reject", b"r")):
            daemon.reload(limited(daemon, place, 1, f'on_error = "{word}";'))
            first = welcome(place)
            more = fill(place, 1)
            equal([a for _, a in more], [answer], "answer")
            for mta in (first, more[0][0]):
                mta.quit()
    with tap.case("the word about them says what becomes of them"):
        check("warning: " + SAID + f"{most} are open; further ones deferred: 1\n" in daemon.said(),
              daemon.said())
    with tap.case("with the rule off they are turned away all the same, and nothing is told"):
        daemon.reload(limited(daemon, place, 1, policy='rules : { limit-exceeded = "off"; };'))
        first = welcome(place)
        more = fill(place, 1)
        equal([a for _, a in more], [b"t"], "answer")
        record = daemon.log.find(type="session")[-1]
        equal(exceeded(record), {}, "findings")
        for mta in (first, more[0][0]):
            mta.quit()


def test_accepted(tap, daemon, place):
    with tap.case("on_error = accept: nobody is said to be turned away"):
        first = welcome(place)
        more = fill(place, 1)
        equal([a for _, a in more], [b"a"], "answer")
        until(lambda: SAID in daemon.said(), "the word about it")
        check("1 are open; further ones let through, not judged: 1\n" in daemon.said(),
              daemon.said())
        for mta in (first, more[0][0]):
            mta.quit()


def welcome(place):
    """A session that was let in, as soon as those that have gone have left room for it."""
    def let_in():
        try:
            mta = Mta(place)
            if mta.connect() == b"c":
                return mta
            mta.quit()
        except (Closed, OSError):
            pass
        return None
    return until(let_in, "room for a session")


def limited(daemon, place, most, milter="", policy=""):
    return configuration(place, daemon.log_path, 'mode = "observe"; ' + policy, milter=milter,
                         more=f"limits : {{ connections = {most}; }};")


def test_silent(tap, daemon, place):
    """Whoever may connect, and holds connections without a word, gets seven eighths of the files."""
    silent = []
    files = f"/proc/{daemon.process.pid}/fd"
    with tap.case("connections without a word do not take the last descriptors"):
        before, = fill(place, 1)
        for _ in range(FILES + 100):
            silent.append(socket.socket(socket.AF_UNIX))
            silent[-1].settimeout(5)
            silent[-1].connect(place[5:])
        until(lambda: "newcomers are turned away" in daemon.said(), "the word about it")
        until(lambda: len([s for s in silent if select.select([s], [], [], 0)[0]]) > 100,
              "the end of those that are too many")
        check(len(os.listdir(files)) <= FILES // 8 * 7, f"open files {len(os.listdir(files))}")
    with tap.case("who comes then is told at once, who was there is served, and files can be opened"):
        def turned_away():  # a file that was open for a moment may have left its place
            silent.append(socket.socket(socket.AF_UNIX))
            silent[-1].connect(place[5:])
            return select.select([silent[-1]], [], [], 0.2)[0]
        until(turned_away, "a newcomer's end")
        equal(before[0].mail("<user@example.org>"), b"c", "answer to MAIL")
        daemon.reload(plain(daemon, place))
        used = processor_time(daemon)
        time.sleep(0.5)
        check(processor_time(daemon) - used < 0.2, "it is busy with nothing")
        equal(daemon.said().count("newcomers are"), 1, "times that it was said")
    with tap.case("there is room again when they are gone"):
        for peer in silent:
            peer.close()
        welcome(place).quit()


def processor_time(daemon):
    with open(f"/proc/{daemon.process.pid}/stat") as f:
        after = f.read().rpartition(")")[2].split()
    return (int(after[11]) + int(after[12])) / os.sysconf("SC_CLK_TCK")


def test_store(tap, daemon, place):
    """The store has room for ten: one later record, though forty messages find it full."""
    with tap.case("a full state store is told once"):
        world = World(daemon, place)
        for n in range(40):
            mta = world.session()
            mta.mail(f"<s{n}@example.org>")
            mta.rcpt()
            mta.data()
            mta.eoh()
            mta.eom()
            mta.quit()
            time.sleep(0.01)
        daemon.log.wait(type="later", seconds=15)
        time.sleep(1.5)
        later = daemon.log.find(type="later")
        equal(len(later), 1, "later records")
        finding, = later[0]["findings"]
        equal((finding["rule"], finding["evidence"], finding["limit"]),
              ("limit-exceeded", "limits.state_entries", 10), "finding")
        check(finding["observed"] > 10, finding)
        equal(daemon.said().count("limits.state_entries"), 1, "times that it was said")


def with_daemon(tap, test, text, **kept):
    with tempfile.TemporaryDirectory(prefix="fixup-live.") as base:
        daemon = Daemon(base)
        place = f"unix:{base}/socket"
        try:
            daemon.start(text(daemon, place), **kept)
            test(tap, daemon, place)
            with tap.case("the daemon ends"):
                equal(daemon.stop(), 0, "exit status")
        finally:
            daemon.kill()


def plain(daemon, place):
    return configuration(place, daemon.log_path, 'mode = "observe"; compare = "all";')


def sizes(tap, daemon, place):
    world = World(daemon, place)
    test_header(tap, world)
    test_envelope(tap, world)
    test_session(tap, world)


def main():
    tap = Tap()
    want = CONNECTIONS + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < want:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(want, hard), hard))
    with_daemon(tap, sizes, plain)
    with_daemon(tap, test_connections, lambda d, p: limited(d, p, 50))
    with_daemon(tap, test_accepted, lambda d, p: limited(d, p, 1, 'on_error = "accept";'))
    with_daemon(tap, test_silent, plain, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (FILES, FILES)))
    with_daemon(tap, test_store, lambda d, p: configuration(
        p, d.log_path, 'mode = "observe";', more="limits : { state_entries = 10; };"))
    sys.exit(tap.finish())


main()
