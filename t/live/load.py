"""load.py - milter_load, which pretends to be a mail server with many sessions: for tests."""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

from daemon import BUILD
from tap import Tap, skip_all, until

LOAD = os.path.join(BUILD, "t", "bench", "milter_load")


class Load:
    """milter_load in the background."""

    def __init__(self, place, out, *options):
        self.path = out
        with open(out, "wb") as f:
            self.process = subprocess.Popen(  # the signal may come before it is prepared
                [LOAD, "-s", place, *options], stdout=f,
                preexec_fn=lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN))

    def last(self):
        """The last report that is whole: it may be about to write another."""
        with open(self.path) as f:
            text = f.read()
        lines = text[:text.rfind("\n") + 1].splitlines()
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


def load(place, *options):
    """milter_load to its end; its report."""
    done = subprocess.run([LOAD, "-s", place, *options], stdout=subprocess.PIPE, timeout=150)
    return json.loads(done.stdout)


def main(test, descriptors=256):
    """Runs test(tap, base) with a temporary directory, and so many descriptors."""
    if not os.access(LOAD, os.X_OK):
        skip_all(f"{LOAD} is not built")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < descriptors:
        skip_all(f"{hard} descriptors are too few")
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, descriptors), hard))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *unused: sys.exit(1))
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="fixup-live.") as base:
        test(tap, base)
    sys.exit(tap.finish())
