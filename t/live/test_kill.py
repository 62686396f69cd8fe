#!/usr/bin/env python3
"""test_kill.py - kill -9 under load: every message that a client saw acknowledged is in the log,
which is intact apart from at most one torn line. FX_KILL_ROUNDS=20 makes it longer."""
import os
import random
import sys
import time

sys.dont_write_bytecode = True

import chain
from chained import Chained
from harness import Live, main
from load import LOAD, Load
from mailers import Mailers, missing
from tap import check, equal, until

ROUNDS = int(os.environ.get("FX_KILL_ROUNDS", "3"))
# records of several pages, so that a write can be cut in two
LONG = tuple(f"{n:02d}.{'x' * 60}@{('d' * 60 + '.') * 3}discard.test" for n in range(40))


def start(live, name, logging):
    log = Chained(live.base, name, logging)
    log.socket = "unix:" + live.unix
    log.set(logging)
    for other in live.daemons:
        other.kill()
    live.daemons.append(log)
    return log.start()


def killed(log):
    log.process.kill()
    log.process.wait()
    log.process = None


def sound(log):
    """Intact, but for one torn line at the end at most; whether there was one."""
    faults = chain.faults(log.parts())
    is_torn = bool(faults) and faults[-1].endswith("torn")
    equal(faults[:-1] if is_torn else faults, [], "faults")
    chain.verify(log.parts(), status=1 if is_torn else 0, says="torn" if is_torn else None)
    return is_torn


def through_postfix(tap, live, durability):
    with tap.case(f"durability {durability}, {ROUNDS} rounds of kill -9 through the mail server"):
        log = start(live, f"kill-{durability}", f'durability = "{durability}"; '
                                                "rotate_bytes = 200000; head_records = 20;")
        torn = lost = acknowledged = 0
        for n in range(ROUNDS):
            with Mailers(live.postfix.ports["smtpd"], 12, f"{durability}{n}",
                         to=LONG if n % 2 else "b@discard.test") as mailers:
                until(lambda: mailers.acknowledged, "mail")
                time.sleep(random.uniform(0.05, 0.4))
                killed(log)
            torn += sound(log)
            gone = missing(mailers.acknowledged, log.records("message"))
            acknowledged += len(mailers.acknowledged)
            lost += len(gone)
            if durability != "async":
                equal(gone, [], "acknowledged without a record")
            log.start()
        equal(log.stop(), 0, "exit status")
        equal(sound(log), False, "a torn line at last")
        equal(len([r for r in log.records("start") if "torn" in r]), torn, "torn lines told")
        equal([r for r in log.records("start") if "missing" in r or "rewritten_log" in r], [],
              "told as missing")
        print(f"# figure: kill | through the mail server, {durability} | {ROUNDS} rounds of kill -9, "
              f"{acknowledged} acknowledged, {lost} of them lost, {torn} torn lines, "
              f"{len(log.parts())} parts")


def many_sessions(tap, live, durability):
    with tap.case(f"durability {durability}, {ROUNDS} rounds with 100 sessions at once"):
        log = start(live, f"many-{durability}", f'durability = "{durability}"; '
                                                "rotate_bytes = 500000;")
        passed, torn, before = 0, 0, 0
        for n in range(ROUNDS):
            load = Load(log.socket, f"{live.base}/load.{durability}{n}", "-n", "3000", "-c",
                        "100", "-w", "5", "-T", "20")
            try:
                until(lambda: len(log.records("message")) > before + 100, "mail")
                time.sleep(random.uniform(0, 0.3))
                killed(log)
                answered = load.end()["answers"]["passed"]
            finally:
                load.kill()
            torn += sound(log)
            records = len(log.records("message"))
            check(answered > 0, "mail passed")
            check(records - before >= answered, f"{answered} passed, {records - before} records")
            before, passed = records, passed + answered
            log.start()
        equal(log.stop(), 0, "exit status")
        sound(log)
        print(f"# figure: kill | 100 sessions at once, {durability} | {ROUNDS} rounds of kill -9, "
              f"{passed} passed, {before} records, {torn} torn lines")


def test(tap):
    with Live() as live:
        for durability in ("write", "fsync", "async"):
            through_postfix(tap, live, durability)
        for durability in ("write", "fsync"):
            many_sessions(tap, live, durability)


main(test, missing=lambda: None if os.access(LOAD, os.X_OK) else f"{LOAD} is not built")
