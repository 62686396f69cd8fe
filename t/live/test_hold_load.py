#!/usr/bin/env python3
"""test_hold_load.py - five hundred answers held at once, and two hundred other messages a second
meanwhile: none of them fails. The daemon alone; milter_load is the mail server. Times are printed
and nothing is held against them."""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from daemon import BUILD, Daemon, configuration, run_program
from postfix import free_port
from tap import Tap, check, equal, note, skip_all, until

LOAD = os.path.join(BUILD, "t", "bench", "milter_load")
HELD, OTHERS, RATE = 500, 2000, 200
CLIENTS = f"""{{ networks = [ "192.0.2.0/24" ]; simulate = {{
  end_of_data = {{ every = 1; hold_seconds = 600; max_held = {HELD}; }}; }}; }}"""


class Load:
    """milter_load in the background."""

    def __init__(self, socket, out, *options):
        self.path = out
        with open(out, "wb") as f:
            self.process = subprocess.Popen(  # the signal may come before it is prepared
                [LOAD, "-s", socket, *options], stdout=f,
                preexec_fn=lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN))

    def last(self):
        with open(self.path) as f:
            lines = f.read().splitlines()
        return json.loads(lines[-1]) if lines else None

    def ask(self):
        """What it would report now."""
        with open(self.path) as f:
            before = f.read().count("\n")

        def answered():
            self.process.send_signal(signal.SIGUSR1)
            with open(self.path) as f:
                return f.read().count("\n") > before
        until(answered, "the load's answer")
        return self.last()

    def end(self, seconds=60):
        self.process.wait(seconds)
        return self.last()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def load(socket, *options):
    """milter_load to its end; its report."""
    done = subprocess.run([LOAD, "-s", socket, *options], stdout=subprocess.PIPE, timeout=150)
    return json.loads(done.stdout)


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


def crowd(tap, socket, daemon, held):
    kind = socket.split(":")[0]
    with tap.case(f"{kind}: {HELD} sessions that come at once are all held"):
        diagnose("before: " + size(daemon))
        note(lambda: f"the load: {held.last()}")
        until(lambda: held.ask()["at_end"] == HELD, "all wait for their answers", 30)
        until(lambda: held_by(daemon) == (HELD, 0), f"{HELD} records")
        diagnose("held: " + size(daemon))
    with tap.case(f"{kind}: more than max_held are answered"):
        report = load(socket, "-a", "192.0.2.0/24", "-n", "20", "-c", "5")
        equal(report["answers"]["passed"], 20, "answered")
        until(lambda: held_by(daemon) == (HELD, 20), "20 records more")
    with tap.case(f"{kind}: {RATE} other messages a second meanwhile, none fails"):
        report = load(socket, "-a", "198.51.100.0/24", "-n", str(OTHERS), "-r", str(RATE), "-c",
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
    for number, socket in enumerate((f"unix:{base}/socket", f"inet:{free_port()}@127.0.0.1")):
        daemon = Daemon(base, f"milter{number}")
        held = None
        try:
            daemon.start(configuration(socket, daemon.log_path, 'mode = "enforce";', CLIENTS,
                                       milter="drain_seconds = 30;"))
            held = Load(socket, f"{base}/held{number}", "-a", "192.0.2.0/24", "-n", str(HELD),
                        "-c", str(HELD), "-w", "60", "-T", "300")
            crowd(tap, socket, daemon, held)
        finally:
            if held:
                held.kill()
            daemon.kill()


def options(tap):
    with tap.case("milter_load: what is no option, and a filter that is not there"):
        for words in ((), ("-s", "x"), ("-s", "unix:"), ("-s", "unix:/x", "-n", "0"),
                      ("-s", "unix:/x", "-a", "192.0.2.1/24"), ("-s", "unix:/x", "more")):
            equal(run_program(LOAD, *words).returncode, 64, f"exit status of {words}")
        done = run_program(LOAD, "-s", "unix:/nonexistent/socket", "-n", "3")
        report = json.loads(done.stdout)
        equal((done.returncode, report["errors"]["connect"]), (1, 3), "exit status, errors")


def main():
    if not os.access(LOAD, os.X_OK):
        skip_all(f"{LOAD} is not built")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * HELD:
        skip_all(f"{hard} descriptors are too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * HELD + 500), hard)
                       if hard == resource.RLIM_INFINITY or hard >= 2 * HELD + 500
                       else (hard, hard))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *unused: sys.exit(1))
    tap = Tap()
    options(tap)
    with tempfile.TemporaryDirectory(prefix="fixup-live.") as base:
        test(tap, base)
    sys.exit(tap.finish())


main()
