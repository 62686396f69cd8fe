#!/usr/bin/env python3
"""test_milter_load.py - the load client tells the truth: kinds of answers, and every way in which a
filter can fail it."""
import json
import socket
import struct
import subprocess
import sys

sys.dont_write_bytecode = True

from daemon import Daemon, configuration, run_program
from load import LOAD, load, main
from tap import check, equal, note


def options(tap):
    with tap.case("milter_load: what is no option, and a filter that is not there"):
        for words in ((), ("-s", "x"), ("-s", "unix:"), ("-s", "unix:/x", "-n", "0"),
                      ("-s", "unix:/x", "-a", "192.0.2.1/24"), ("-s", "unix:/x", "more")):
            equal(run_program(LOAD, *words).returncode, 64, f"exit status of {words}")
        for path in ("/nonexistent", "/", "/dev/zero"):
            done = run_program(LOAD, "-s", "unix:/x", "-f", path)
            equal(done.returncode, 71, f"exit status of -f {path}")
        done = run_program(LOAD, "-s", "unix:/nonexistent/socket", "-n", "3")
        report = json.loads(done.stdout)
        equal((done.returncode, report["errors"]["connect"]), (1, 3), "exit status, errors")


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
    kinds(tap, base)


main(test)
