#!/usr/bin/env python3
"""test_milter_load.py - the load client tells the truth: kinds of answers, and every way in which a
filter can fail it."""
import json
import resource
import socket
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True

from daemon import Daemon, configuration, run_program
from load import LOAD, load, main
from tap import check, equal, note

NOTHING = LOAD.replace("milter_load", "filter_nothing")


def options(tap):
    with tap.case("milter_load: what is no option, and a filter that is not there"):
        for words in ((), ("-s", "x"), ("-s", "unix:"), ("-s", "unix:/x", "-n", "0"),
                      ("-s", "unix:/x", "-a", "192.0.2.1/24"), ("-s", "unix:/x", "more"), ("-s", "unix:/x", "-i", "there")):
            equal(run_program(LOAD, *words).returncode, 64, f"exit status of {words}")
        for path in ("/nonexistent", "/", "/dev/zero"):
            done = run_program(LOAD, "-s", "unix:/x", "-f", path)
            equal(done.returncode, 71, f"exit status of -f {path}")
        done = run_program(LOAD, "-s", "unix:/nonexistent/socket", "-n", "3")
        report = json.loads(done.stdout)
        equal((done.returncode, report["errors"]["connect"]), (1, 3), "exit status, errors")
    with tap.case("filter_nothing: what is no negotiation"):
        for words in ((), ("unix:/x", "1"), ("unix:/nonexistent/s", "a", "1"),
                      ("unix:/nonexistent/s", "1", "1x"), ("unix:/nonexistent/s", "-1", "1"),
                      ("unix:/nonexistent/s", "1", "4294967296"), ("unix:/nonexistent/s", "1", "1", "9=j")):
            equal(run_program(NOTHING, *words).returncode, 64, f"exit status of {words}")
        for words in ((), ("0x1ff", "1837184", "1=j v")):
            done = run_program(NOTHING, "unix:/nonexistent/s", *words)
            equal(done.returncode, 69, f"exit status of {words}")


def odd_filters(tap, base):
    """Filters that do not do what they should."""
    terms = b"\0\0\0\x0dO" + struct.pack("!III", 6, 0, 0)
    ways = (("is silent", "timeout", lambda peer: peer.recv(99)),
            ("is silent later", "timeout", lambda peer: (peer.recv(99), peer.sendall(terms))),
            ("hangs up", "closed", lambda peer: (peer.recv(99), peer.close())),
            ("talks nonsense", "protocol", lambda peer: peer.sendall(b"GET / HTTP/1.0\r\n\r\n")),
            ("wants what was not offered", "protocol",
             lambda peer: peer.sendall(terms[:9] + b"\xff" * 8)),
            ("does not know the protocol", "protocol",
             lambda peer: (peer.sendall(terms), peer.recv(99), peer.sendall(b"\0\0\0\1?"))),
            ("ends a packet nowhere", "timeout",
             lambda peer: (peer.sendall(terms), peer.recv(99), peer.sendall(b"\0\0\1\0c"))))
    for number, (what, error, way) in enumerate(ways):
        with tap.case(f"milter_load: a filter that {what}: {error}"):
            path = f"{base}/odd{number}"
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()
                listener.settimeout(10)
                process = subprocess.Popen([LOAD, "-s", "unix:" + path, "-n", "1", "-w", "1"],
                                           stdout=subprocess.PIPE)
                peer, _ = listener.accept()
                with peer:
                    way(peer)
                    report = json.loads(process.communicate(timeout=20)[0])
            equal((process.returncode, report["failed"], report["errors"][error]), (1, 1, 1),
                  "exit status, failed, errors")


class Recorder:
    """A filter that asks for these lists of macros and lets everything pass; what it was told is
    in `packets`, without the negotiation."""

    def __init__(self, path, lists=(), steps=0):
        self.packets = []
        body = struct.pack("!III", 6, 0x100 if lists else 0, steps)
        for stage, names in lists:
            body += struct.pack("!I", stage) + names.encode() + b"\0"
        self.terms = struct.pack("!I", 1 + len(body)) + b"O" + body
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        peer, _ = self.listener.accept()
        with peer, peer.makefile("rb") as come:
            while head := come.read(4):
                packet = come.read(struct.unpack("!I", head)[0])
                if packet[:1] == b"O":
                    peer.sendall(self.terms)
                    continue
                self.packets.append(packet)
                if packet[:1] not in b"DAQ":
                    peer.sendall(b"\0\0\0\1c")

    def end(self):
        self.thread.join(10)
        self.listener.close()


def like_postfix(tap, base):
    """The order in which Postfix 3.7 was seen to say it, macros of each packet included."""
    one = ["DM", "M", "DR", "R", "DT", "T", "DL", "L", "DL", "L", "DN", "N", "DB", "B", "DE", "E"]
    path = f"{base}/two"
    for number, text in enumerate(("Subject: a\nTo: b\n\nfirst\n", "Subject: c\nTo: d\n\nother\n")):
        with open(path + str(number), "w") as f:
            f.write(text)
    files = ("-n", "2", "-m", "2", "-c", "1", "-f", path + "0", "-f", path + "1")
    with tap.case("milter_load: packets as of Postfix, two files in turn"):
        filter_ = Recorder(f"{base}/recorder")
        report = load(f"unix:{base}/recorder", *files)
        filter_.end()
        kinds = [p[:1].decode() + (p[1:2].decode() if p[:1] == b"D" else "") for p in filter_.packets]
        equal(kinds, ["DC", "C", "DH", "H", *one, "A", *one, "A", "A", "Q"], "packets")
        equal([p[1:] for p in filter_.packets if p[:1] == b"B"], [b"first\r\n", b"other\r\n"],
              "bodies")
        equal(filter_.packets[2], b"DH", "no macro has a value at HELO, and that is said")
        equal(report["negotiated"], {"actions": 0, "steps": 0, "macros": {}}, "negotiated")
    with tap.case("milter_load: macros that the filter asks for, and what was negotiated"):
        filter_ = Recorder(f"{base}/asks", ((5, "i j"), (6, "j")), 0x100000)
        report = load(f"unix:{base}/asks", *files)
        filter_.end()
        equal(report["negotiated"], {"actions": 0x100, "steps": 0x100000,
                                     "macros": {"5": "i j", "6": "j"}}, "negotiated")
        told = {p[1:2]: p[2:].split(b"\0")[:-1][::2] for p in filter_.packets if p[:1] == b"D"}
        equal([told[kind] for kind in (b"L", b"N", b"B", b"E")],
              [[b"j"], [b"j"], [b"i", b"j"], [b"i", b"j"]], "names of macros")


def held(tap, base):
    daemon = Daemon(base, "held")
    place = f"unix:{base}/held"
    try:
        daemon.start(configuration(place, daemon.log_path))
        for where in ("greeted", "content", "answered"):
            with tap.case(f"milter_load: connections that are held: {where}"):
                with subprocess.Popen([LOAD, "-s", place, "-c", "20", "-i", where],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                    report = json.loads(process.stdout.readline())
                    equal((report["held"], report["failed"]), (20, 0), "held, failed")
                    time.sleep(0.2)
                    equal(process.poll(), None, "it waits")
                    process.stdin.close()
                    equal(process.wait(10), 0, "exit status")
        with tap.case("milter_load: what was held in its content is a message without an end"):
            equal(daemon.stop(), 0, "exit status")
            ended = [r["ended"] for r in daemon.log.read() if r["type"] == "message"]
            equal((len(ended), ended.count("eom")), (40, 20), "messages, those with an end")
        with tap.case("the daemon takes more connections than the soft limit of descriptors"):
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            daemon.start(configuration(place, daemon.log_path), preexec_fn=lambda:
                         resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard)))
            with subprocess.Popen([LOAD, "-s", place, "-c", "60", "-i", "greeted", "-w", "5"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                report = json.loads(process.stdout.readline())
                process.stdin.close()
                equal((report["held"], report["failed"], process.wait(10)), (60, 0, 0),
                      "held, failed, exit status")
            equal(daemon.stop(), 0, "exit status")
        with tap.case("milter_load: a filter that is gone while connections are held"):
            daemon.kill()  # where it has not stopped
            daemon.start(configuration(place, daemon.log_path))
            with subprocess.Popen([LOAD, "-s", place, "-c", "20", "-i", "greeted"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                process.stdout.readline()
                daemon.kill()
                time.sleep(0.2)
                process.stdin.close()
                report = json.loads(process.stdout.read())
                equal((process.wait(10), report["held"], report["errors"]["closed"]), (1, 0, 20),
                      "exit status, held, closed")
    finally:
        daemon.kill()


def kinds(tap, base):
    daemon = Daemon(base, "kinds")
    place = f"unix:{base}/kinds"
    clients = """{ networks = [ "192.0.2.0/24" ]; mode = "observe"; },
      { networks = [ "2001:db8::/64" ]; mode = "tag"; },
      { networks = [ "198.51.100.0/25" ]; require = [ "STARTTLS" ]; },
      { networks = [ "198.51.100.128/25" ]; }"""
    try:
        daemon.start(configuration(place, daemon.log_path, 'mode = "enforce";', clients))
        long = f"{base}/long"
        with open(long, "w") as f:
            f.write("Subject: x\nX-Long: " + "x" * 999 + "\n\ntext\n")
        for network, kind, changes, more in (
                ("192.0.2.0/24", "passed", 0, ()), ("2001:db8::/64", "passed", 50, ()),
                ("198.51.100.0/25", "rejected", 0, ()),
                ("198.51.100.128/25", "dropped", 0, ("-f", long))):
            with tap.case(f"milter_load: clients in {network}: {kind}, changes: {changes}"):
                report = load(place, "-a", network, "-n", "50", "-c", "5", *more)
                note(str(report))
                equal((report["answers"][kind], report["failed"], report["changes"]),
                      (50, 0, changes), "answers, failed, changes")
        with tap.case("milter_load: several messages on a connection, and a rate"):
            report = load(place, "-n", "100", "-c", "4", "-m", "10", "-r", "100")
            equal((report["answers"]["passed"], report["failed"]), (100, 0), "passed, failed")
            check(report["connections"] < 50, "connections are used again")
            check(report["seconds"] >= 0.98, "no sooner than the rate allows")
        with tap.case("the daemon ends, with a record for each"):
            equal(daemon.stop(), 0, "exit status")
            records = [r for r in daemon.log.read() if r["type"] == "message"]
            equal(len(records), 300, "records of messages")
            equal({r["client"]["addr"].rsplit(".", 1)[0] for r in records
                   if "." in r["client"]["addr"]}, {"192.0.2", "198.51.100"}, "addresses")
    finally:
        daemon.kill()


def test(tap, base):
    options(tap)
    odd_filters(tap, base)
    like_postfix(tap, base)
    held(tap, base)
    kinds(tap, base)


main(test)
