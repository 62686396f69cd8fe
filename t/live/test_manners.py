#!/usr/bin/env python3
"""test_manners.py - what the daemon says to whoever starts it: to the journal with priorities, where
it runs and as whom, and what of files and settings it warns of or refuses."""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True

from chained import Chained, main
from daemon import Daemon, PROGRAM, configuration, environment, run_program
from tap import check, equal, until


class Journal(Chained):
    """Its stderr is what JOURNAL_STREAM names, or `stream`."""

    def __init__(self, base, name, stream=None, **groups):
        super().__init__(base, name, **groups)
        self.stream = stream

    def spawn(self, *options, **kept):
        open(self.stderr_path, "ab").close()
        there = os.stat(self.stderr_path)
        stream = self.stream or f"{there.st_dev}:{there.st_ino}"
        return Daemon.spawn(self, *options, env=dict(environment(), JOURNAL_STREAM=stream), **kept)


def journal(tap, base):
    there = Journal(base, "journal", logging="head_records = 1;")
    with tap.case("stderr is the journal: each line begins with its priority, and not with a name"):
        there.start()
        there.mail(2)
        there.signal(signal.SIGHUP)
        until(lambda: "reload: done" in there.said(), "the reload")
        equal(there.stop(), 0, "exit status")
        lines = there.said().splitlines()
        check(all(re.match(r"<[3-6]>(?!fixup-milter)", line) for line in lines), there.said())
    with tap.case("so a head is found by how its message begins"):
        check(any(re.match(r"<[56]>head seq=\d+ ", line) for line in lines), there.said())
        check(any(line.startswith("<5>started, version") for line in lines), there.said())
    with tap.case("a fault in the configuration has the priority of an error, -n or not"):
        there.write(there.text + 'policy = "loud";\n')
        for options in ((), ("-n",)):
            open(there.stderr_path, "w").close()
            there.spawn(*options)
            equal(there.ended(10), 78, "exit status")
            check(re.match(r"<3>\S+/journal\.conf:\d+: ", there.said()), there.said())
    for what, stream in (("another stream", "1:2"), ("no stream", "x"), ("more", "0:0:0")):
        other = Journal(base, "other", stream)
        with tap.case(f"JOURNAL_STREAM names {what}: a name and no priority"):
            other.start()
            equal(other.stop(), 0, "exit status")
            check(all(line.startswith("fixup-milter: ") for line in other.said().splitlines()),
                  other.said())
            os.unlink(other.stderr_path)


def test(tap, base):
    journal(tap, base)


main(test)
