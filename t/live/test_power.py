#!/usr/bin/env python3
"""test_power.py - the power is cut: with durability fsync every message that a client saw
acknowledged is on the disk, also right after the log was made and at each rotation.

The disk is a file with ext4 on it; cutting means that nothing more is written to it, be it data or
journal (EXT4_IOC_SHUTDOWN). That this takes away what nobody synced is seen with durability write.
FX_POWER_ROUNDS=20 makes it longer.
"""
import os
import random
import shutil
import sys
import time

sys.dont_write_bytecode = True

import chain
import disk
from chained import Chained
from harness import Live, main
from mailers import Mailers, missing
from tap import Skip, check, equal, until

ROUNDS = int(os.environ.get("FX_POWER_ROUNDS", "3"))


class Machine:
    """A daemon with its log on a disk whose power can be cut."""

    def __init__(self, live, name, logging):
        self.live = live
        self.disk = disk.Ext4(f"{live.base}/{name}.disk")
        self.log = Chained(live.base, name, place=self.disk.place)
        self.log.socket = "unix:" + live.unix
        self.log.set(logging)
        for other in live.daemons:
            other.kill()
        live.daemons.append(self.log)

    def cut(self):
        self.disk.cut_power()
        self.log.process.kill()
        self.log.process.wait()
        self.log.process = None
        self.disk.again()

    def mailers(self, mark):
        return Mailers(self.live.postfix.ports["smtpd"], 12, mark)

    def on_disk(self):
        """What is left is whole, but for a torn line at its end at most."""
        parts = [p for p in self.log.parts() if os.path.getsize(p) > 0]
        faults = chain.faults(parts)
        equal([f for f in faults if not f.endswith("torn")], [], f"faults in {parts}")
        check(len(faults) <= 1, f"faults: {faults}")
        return chain.records(*parts)


def under_load(tap, live):
    with tap.case(f"fsync: the power is cut under load, {ROUNDS} times: all acknowledged is there"):
        acknowledged = told = 0
        for n in range(ROUNDS):
            machine = Machine(live, f"load{n}", 'durability = "fsync"; rotate_bytes = 10000;')
            machine.log.start()
            with machine.mailers(f"load{n}") as mailers:
                until(lambda: len(mailers.acknowledged) > 20, "mail")
                time.sleep(random.uniform(0, 0.3))
                # What comes after it, a machine without power would not have answered: there the
                # kernel may say of an aborted journal that all is written.
                before = set(mailers.acknowledged)
                machine.cut()
            check(len(machine.log.parts()) > 1, "parts")
            equal(missing(before, machine.on_disk()), [], "acknowledged and not on disk")
            acknowledged += len(before)
            machine.log.start()
            equal(machine.log.stop(), 0, "exit status")
            told += sum("missing" in r for r in machine.log.records("start"))
            machine.disk.finish()
        equal(told, 0, "starts at which FILE.head knew of more than the disk")
        print(f"# {acknowledged} acknowledged, none lost")


def beginnings(tap, live):
    with tap.case("fsync: cut right after the first answer of a new log"):
        for n in range(ROUNDS):
            machine = Machine(live, f"new{n}", 'durability = "fsync";')
            machine.log.start()
            with live.hello("new.example.org") as session:
                session.mail(b"Message-ID: <first@example.org>\r\n\r\n", code=250)
            machine.cut()
            equal(missing(["first"], machine.on_disk()), [], "not on disk")
            machine.disk.finish()
    with tap.case("fsync: cut right after the first answer behind a rotation, and a rename"):
        for n, rename in enumerate([False, True] * ROUNDS):
            machine = Machine(live, f"part{n}", 'durability = "fsync"; rotate_bytes = '
                                                f'{0 if rename else 3000};')
            machine.log.start()
            with live.hello("part.example.org") as session:
                marks = []
                while len(machine.log.parts()) < 2:
                    if rename and len(marks) == 3:
                        os.rename(machine.log.log_path, machine.log.log_path + ".2-0")
                    marks.append(f"m{len(marks)}")
                    session.mail(f"Message-ID: <{marks[-1]}@example.org>\r\n\r\n", code=250)
            machine.cut()
            equal(missing(marks, machine.on_disk()), [], "not on disk")
            machine.disk.finish()


def unsynced(tap, live):
    with tap.case("write: the same cut takes records away, so it is one"):
        machine = Machine(live, "write", 'durability = "write";')
        machine.log.start()
        with machine.mailers("write") as mailers:
            until(lambda: len(mailers.acknowledged) > 20, "mail")
            machine.cut()
        gone = missing(mailers.acknowledged, machine.on_disk())
        check(gone, "nothing was lost")
        print(f"# {len(gone)} of {len(mailers.acknowledged)} acknowledged were lost")
        machine.disk.finish()


def possible():
    if not shutil.which("mkfs.ext4"):
        return "there is no mkfs.ext4"
    return None if disk.enclose() else "no mount namespace can be had here"


def test(tap):
    with Live() as live:
        try:
            disk.Ext4(live.base + "/try").finish()
        except Skip as why:
            with tap.case("the power is cut"):
                raise why
            return
        try:
            under_load(tap, live)
            beginnings(tap, live)
            unsynced(tap, live)
        finally:
            for daemon in live.daemons:
                daemon.kill()
            disk.leave()


main(test, missing=possible)
