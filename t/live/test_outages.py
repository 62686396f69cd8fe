#!/usr/bin/env python3
"""test_outages.py - eight connections send mail all the time, and meanwhile the log's disk is full,
the log becomes read-only, the store of what outlives a session is gone, locked or full, and each
comes back. Nobody is let go without the record that log.durability promises, whoever has none gets
what log.on_full says, what is missing is told to the number, and the store goes on."""
import os
import sqlite3
import sys
import time

sys.dont_write_bytecode = True

import disk
import redis_server
from chained import Chained, main
from daemon import configuration
from faults import Faults
from load import Load, load
from tap import check, equal, until

SECONDS = 0.4  # of each outage
RATE = 400  # messages a second


class Filled:
    """A disk without room: a small file system of our own, or else what the system says of one."""

    def __init__(self, place, faults, kind):
        self.faults, self.kind = faults, kind
        self.small = disk.Small(place, 2048) if ENCLOSED else None
        os.makedirs(place, exist_ok=True)

    def begin(self):
        if self.small is not None:
            self.small.fill()
        else:
            self.faults.arm(self.kind, 1, "ENOSPC", lasting=True)

    def end(self):
        if self.small is not None:
            self.small.free()
        self.faults.clear()


class ReadOnly:
    """Nothing can be written or begun anew."""

    def __init__(self, faults):
        self.faults = faults

    def begin(self):
        for kind in ("write", "ftruncate"):
            self.faults.arm(kind, 1, "EROFS", lasting=True)

    def end(self):
        self.faults.clear()


class Locked:
    """By another process that has SQLite's file."""

    def __init__(self, path):
        self.path = path

    def begin(self):
        self.other = sqlite3.connect(self.path, isolation_level=None, timeout=5)
        self.other.execute("BEGIN EXCLUSIVE")

    def end(self):
        self.other.execute("COMMIT")
        self.other.close()


class Gone:
    """A Redis server that ends, and begins again with nothing."""

    def __init__(self, redis):
        self.begin, self.end = redis.kill, redis.start


class Busy:
    """A daemon and its mail. The places of log and state are file systems of their own."""

    def __init__(self, base, durability, store, faults, redis):
        self.name, self.durability, self.base = f"{durability}, {store}", durability, base
        name = f"{durability}-{store}"
        room, state = (f"{base}/{name}.{what}" for what in ("log", "state"))
        self.log_outages = {"log full": Filled(room, faults, "write"),
                            "log read-only": ReadOnly(faults)}
        if store == "redis":
            where = f'backend = "redis"; uri = "{redis.uri()}";'
            self.outages = {"redis gone": Gone(redis)}
        else:
            where = f'backend = "sqlite"; path = "{state}/state.db";'
            self.outages = {"sqlite full": Filled(state, faults, "pwrite"),
                            "sqlite locked": Locked(state + "/state.db")}
        self.log = Chained(base, name, place=room)
        text = configuration(self.log.socket, self.log.log_path,
                             logging=f'durability = "{durability}"; on_full = "tempfail";')
        self.log.write(text[:text.index("state :")] + f"state : {{ {where} }};\n")
        self.log.start(env=faults.environment())
        self.passed = self.deferred = 0

    def count(self, report):
        answers = report["answers"]
        equal(report["failed"], 0, f"failed, of {report}")
        equal(answers["passed"] + answers["deferred"], report["messages"], f"answers, of {report}")
        if answers["deferred"]:
            check(report["first_reply"].startswith("451 4.3.0"), str(report))
        self.passed += answers["passed"]
        self.deferred += answers["deferred"]
        return answers["passed"], answers["deferred"]

    def mail(self, count):
        """All pass."""
        equal(self.count(load(self.log.socket, "-n", str(count))), (count, 0), "passed, deferred")

    def outage(self, what, by):
        """In the midst of mail; gives how much of it passed, and how much was deferred."""
        busy = Load(self.log.socket, self.base + "/load", "-c", "8", "-n", "1000000", "-m", "5",
                    "-r", str(RATE), "-t", "1", "-u")
        try:
            until(lambda: busy.ask()["answers"]["passed"] > 20, f"{what}: mail before")
            by.begin()
            time.sleep(SECONDS)
            by.end()
            report = busy.end()
            check(self.log.alive(), f"{what}: the daemon ended: {self.log.said()[-4000:]}")
            answers = self.count(report)
        finally:
            busy.kill()
        self.mail(5)
        return answers

    def accounted(self):
        """Each answer with its record, and what is missing told to the number."""
        told = {what: sum(r[what]["records"] for r in self.log.records() if what in r)
                for what in ("unwritten", "unsynced")}
        equal(len(self.log.records("message")), self.passed + told["unsynced"], "messages recorded")
        equal(sum(told.values()), self.deferred, f"deferred, of {told}")
        print(f"# figure: fault | outages under load, {self.name} | {self.passed} passed = "
              f"recorded, {self.deferred} tempfail = told as missing", flush=True)


def outages(tap, busy):
    for what, by in busy.log_outages.items():
        with tap.case(f"{what}, {busy.name}: no answer without a record, and on it goes"):
            passed, deferred = busy.outage(what, by)
            waits = busy.durability == "async"
            check(deferred == 0 if waits else deferred > 20,
                  f"{passed} passed, {deferred} deferred")
    for what, by in busy.outages.items():
        with tap.case(f"{what}, {busy.name}: mail goes on"):
            passed, deferred = busy.outage(what, by)
            equal(deferred, 0, "deferred")
            check("mail goes on" in busy.log.said(), "it is not said")
    with tap.case(f"{busy.name}: the store works again, and all that was answered is recorded"):
        for _ in range(2):  # the same messages from the same clients
            busy.mail(10)
        until(lambda: busy.log.records("later"), "what is found with the store's help", 15)
        until(lambda: "works again" in busy.log.said(), "it is said", 15)
        busy.log.whole()
        busy.accounted()


def test(tap, base):
    os.chmod(base, 0o755)
    redis = redis_server.Redis(base).start() if redis_server.usable() else None
    try:
        faults = Faults(base)
        for durability, store in (("write", "sqlite"), ("fsync", "redis"), ("async", "sqlite")):
            if store != "redis" or redis is not None:
                outages(tap, Busy(base, durability, store, faults, redis))
    finally:
        if redis is not None:
            redis.kill()


ENCLOSED = disk.enclose()
main(test, after=disk.leave)
