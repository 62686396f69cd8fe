#!/usr/bin/env python3
"""test_hold_load.py - five hundred answers held at once, and two hundred other messages a second
meanwhile: none of them fails. The daemon alone; milter_load is the mail server. Times are printed
and nothing is held against them."""
import signal
import sys
import time

sys.dont_write_bytecode = True

from daemon import Daemon, configuration
from load import Load, load, main
from postfix import free_port
from tap import check, equal, note, until

HELD, OTHERS, RATE = 500, 2000, 200
CLIENTS = f"""{{ networks = [ "192.0.2.0/24" ]; simulate = {{
  end_of_data = {{ every = 1; hold_seconds = 600; max_held = {HELD}; }}; }}; }}"""


def diagnose(text):
    print("# " + text, flush=True)


def size(daemon):
    """Memory and threads of the daemon."""
    with open(f"/proc/{daemon.process.pid}/status") as f:
        lines = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    return f"RSS {lines['VmRSS'].strip()}, threads {lines['Threads']}"


def milliseconds(report, name):
    t = report[name]
    return f"{name} median {t['median']:.1f}, 99% {t['p99']:.1f}, most {t['max']:.1f}"


def held_by(daemon):
    """How many message records say that the answer is held, and that it could not be."""
    findings = [f for r in daemon.log.read() if r["type"] == "message" for f in r["findings"]
                if f["rule"] == "end-of-data-held"]
    return sum(f["enforced"] for f in findings), sum(not f["enforced"] for f in findings)


def crowd(tap, place, daemon, held):
    kind = place.split(":")[0]
    with tap.case(f"{kind}: {HELD} sessions that come at once are all held"):
        diagnose("before: " + size(daemon))
        note(lambda: f"the load: {held.last()}")
        until(lambda: held.ask()["at_end"] == HELD, "all wait for their answers", 30)
        until(lambda: held_by(daemon) == (HELD, 0), f"{HELD} records")
        diagnose("held: " + size(daemon))
    with tap.case(f"{kind}: more than max_held are answered"):
        report = load(place, "-a", "192.0.2.0/24", "-n", "20", "-c", "5")
        equal(report["answers"]["passed"], 20, "answered")
        until(lambda: held_by(daemon) == (HELD, 20), "20 records more")
    with tap.case(f"{kind}: {RATE} other messages a second meanwhile, none fails"):
        report = load(place, "-a", "198.51.100.0/24", "-n", str(OTHERS), "-r", str(RATE), "-c",
                      "400", "-t", "100", "-T", "120")
        note(str(report))
        equal((report["answers"]["passed"], report["failed"]), (OTHERS, 0), "passed, failed")
        diagnose(f"{report['seconds']:.1f} seconds; " + milliseconds(report, "message_ms") + "; "
                 + milliseconds(report, "answer_ms") + f"; begun late {report['late_ms']:.1f}")
        diagnose("after: " + size(daemon))
    with tap.case(f"{kind}: all {HELD} are held still"):
        report = held.ask()
        equal((report["at_end"], report["answers"]["passed"], report["failed"]), (HELD, 0, 0),
              "waiting, answered, failed")
    with tap.case(f"{kind}: SIGTERM ends them at once, each with its answer and its record"):
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        report = held.end()
        took = time.monotonic() - began
        equal((report["answers"]["passed"], report["failed"]), (HELD, 0), "passed, failed")
        equal(daemon.ended(), 0, "exit status")
        diagnose(f"answered within {took:.2f} seconds, ended within "
                 f"{time.monotonic() - began:.2f}; progress {report['progress']}")
        check(took < 25, "it took as long as the drain")
        messages = [r for r in daemon.log.read() if r["type"] == "message"]
        equal(len(messages), HELD + 20 + OTHERS, "records of messages")
        equal({r["ended"] for r in messages}, {"eom"}, "how they ended")
        check("cannot" not in daemon.said(), daemon.said())


def test(tap, base):
    for number, place in enumerate((f"unix:{base}/socket", f"inet:{free_port()}@127.0.0.1")):
        daemon = Daemon(base, f"milter{number}")
        held = None
        try:
            daemon.start(configuration(place, daemon.log_path, 'mode = "enforce";', CLIENTS,
                                       milter="drain_seconds = 30;"))
            held = Load(place, f"{base}/held{number}", "-a", "192.0.2.0/24", "-n", str(HELD),
                        "-c", str(HELD), "-w", "60", "-T", "300")
            crowd(tap, place, daemon, held)
        finally:
            if held:
                held.kill()
            daemon.kill()


main(test, descriptors=2 * HELD + 500)
