#!/usr/bin/env python3
"""test_logrotate.py - etc/fixup-milter.logrotate as it ships, with the real logrotate, while mail
flows: no record is lost, and the chain goes on from part to part.

Nothing is substituted: in a mount namespace of the daemon the machine has an account fixup-milter
and an empty /var/log, and in its PID namespace there is one process of that name.
FX_ROTATIONS=100 makes it longer.
"""
import glob
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True

import chain
from daemon import SOURCE
from enclosure import Enclosed, account
from harness import Live, main
from mailers import Mailers, missing
from tap import check, equal, note, until
from unpacked import libraries, program

CONF = os.path.join(SOURCE, "etc", "fixup-milter.logrotate")
INSIDE = "/var/log/fixup-milter/compliance.jsonl"
LOGROTATE = program("FX_LOGROTATE_ROOT", "/usr/sbin/logrotate")
NUMBER = 64321
SCRIPT = account("fixup-milter", NUMBER) + """
mkdir -p /var/log $1/log
chown %d:%d $1/log
mount -t tmpfs -o mode=755 none /var/log
mkdir /var/log/fixup-milter
mount --bind $1/log /var/log/fixup-milter""" % (NUMBER, NUMBER)


def missing_program():
    if not shutil.which("pkill"):
        return "there is no pkill"
    return None if LOGROTATE else "there is no logrotate"


class Rotated:
    """A daemon whose log is rotated in its namespace."""

    def __init__(self, live, name, logging=""):
        self.live = live
        self.daemon = Enclosed(live.base, name, SCRIPT, inside=INSIDE)
        live.daemons.append(self.daemon)
        self.place = live.base + "/log"
        shutil.rmtree(self.place, ignore_errors=True)
        self.daemon.log.path = self.place + "/compliance.jsonl"
        self.conf = live.base + "/logrotate.conf"
        shutil.copy(CONF, self.conf)
        os.chmod(self.conf, 0o644)
        self.daemon.start(live.configuration(
            self.daemon, milter='user = "fixup-milter";', logging=logging,
            state='backend = "memory";'))
        note(self.daemon.said)

    def rotate(self):
        """One rotation; names are by the second."""
        before = len(self.parts())
        text = self.daemon.done(LOGROTATE, "-v", "-f", "-s", self.live.base + "/status", self.conf,
                                env=libraries("FX_LOGROTATE_ROOT"))
        check("error" not in text, text)
        until(lambda: len(self.parts()) > before, "a new log")
        time.sleep(1.05 - time.time() % 1)
        return text

    def parts(self):
        """As the manual names them: compliance.jsonl-* compliance.jsonl"""
        current = [self.daemon.log.path] if os.path.exists(self.daemon.log.path) else []
        return sorted(glob.glob(self.daemon.log.path + "-*")) + current

    def finish(self):
        equal(self.daemon.stop(), 0, "exit status")


def busy(tap, live):
    rounds = int(os.environ.get("FX_ROTATIONS", "5"))
    for durability in ("write", "fsync"):
        with tap.case(f"logrotate while mail flows, durability {durability}: no record is lost, "
                      "and the chain is whole"):
            log = Rotated(live, f"busy-{durability}", f'durability = "{durability}";')
            with Mailers(live.postfix.ports["smtpd"], 8, f"busy-{durability}") as mailers:
                for _ in range(rounds):
                    before = len(mailers.acknowledged)
                    until(lambda: len(mailers.acknowledged) > before, "mail in each part")
                    log.rotate()
            log.finish()
            parts = log.parts()
            equal(len(parts), rounds + 1, "parts")
            equal([p.endswith(".gz") for p in parts], [True] * (rounds - 1) + [False] * 2,
                  "compressed but the last two")
            records = chain.records(*parts)
            check(len(mailers.acknowledged) > rounds, "mail was acknowledged")
            equal(missing(mailers.acknowledged, records), [], "acknowledged without a record")
            print(f"# {len(mailers.acknowledged)} messages acknowledged, {len(records)} records, "
                  f"{len(parts)} parts")
            chain.intact(parts)
        with tap.case(f"durability {durability}: a head ends each part, and begins the next"):
            for part in parts[:-1]:
                equal(chain.records(part)[-1]["type"], "head", f"the last of {part}")
            for part in parts[1:]:
                equal(chain.records(part)[0]["type"], "head", f"the first of {part}")
            equal({os.stat(p).st_uid for p in parts}, {NUMBER}, "owner")
            equal({os.stat(p).st_mode & 0o777 for p in parts}, {0o640}, "mode")


def down(tap, live):
    with tap.case("logrotate while the daemon is down: no error, and the chain goes on"):
        log = Rotated(live, "down")
        with live.hello("down.example.org") as session:
            session.mail(b"Subject: x\r\n\r\nx\r\n")
        # the namespace goes with the daemon: renamed by hand, as logrotate does
        log.finish()
        os.rename(log.daemon.log.path, log.daemon.log.path + "-20261121-1")
        log.daemon.start()
        log.finish()
        equal([chain.records(p)[0]["seq"] == 1 for p in log.parts()], [True, False], "begins")
        chain.intact(log.parts())


def test(tap):
    with Live() as live:
        busy(tap, live)
        down(tap, live)


main(test, missing=missing_program)
