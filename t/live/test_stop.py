#!/usr/bin/env python3
"""test_stop.py - SIGTERM while sessions are anywhere: before MAIL, in the header, in the body, at
an end that waits for the disk, held, within a reload, before it is ready, with a log that cannot
be written. What runs finishes and is recorded once; what is new is told to come back; what is left
is cut at the end of milter.drain_seconds, and recorded. FX_STOP_ROUNDS makes it longer."""
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import chain  # noqa: E402
import disk  # noqa: E402
from chained import Chained, shim  # noqa: E402
from harness import Live, main  # noqa: E402
from load import LOAD  # noqa: E402
from mailers import Mailers, missing  # noqa: E402
from milter import Mta  # noqa: E402
from tap import check, equal, until  # noqa: E402

ROUNDS = int(os.environ.get("FX_STOP_ROUNDS", "5"))
HOLD = "simulate : { end_of_data = { every = 1; hold_seconds = 600; }; };"
# where a session can be, and what is left to do
STAGES = ("greeted", "mail", "rcpt", "header", "body")


def at(log, name, stage):
    mta = Mta(log.socket)
    mta.sock.settimeout(30)
    mta.connect()
    mta.helo(name)
    steps = {"mail": mta.mail, "rcpt": mta.rcpt,
             "header": lambda: (mta.data(), mta.header()),
             "body": lambda: (mta.eoh(), mta.body())}
    for step in STAGES[1:STAGES.index(stage) + 1]:
        steps[step]()
    return mta


def finish(mta, stage):
    """The rest of a message; the answer to it."""
    steps = {"mail": mta.mail, "rcpt": mta.rcpt,
             "header": lambda: (mta.data(), mta.header()),
             "body": lambda: (mta.eoh(), mta.body())}
    for step in STAGES[STAGES.index(stage) + 1:]:
        steps[step]()
    answer = mta.eom()[1]
    mta.quit()
    return answer


def began(log):
    until(lambda: "come back" in log.said(), "the word about stopping", 20)


def new(base, name, logging="", seconds=20, **groups):
    log = Chained(base, name, logging)
    log.set(logging, milter=f"drain_seconds = {seconds};", **groups)
    return log


def of(log, name):
    return [r for r in log.records("message") if r["client"]["helo"] == name]


def last(log):
    """But for the head that ends a log."""
    return [r["type"] for r in log.records() if r["type"] != "head"][-1]


def everywhere(tap, base):
    with tap.case("SIGTERM with sessions at each stage: all finish, new ones come back later"):
        log = new(base, "stages", 'durability = "fsync";').start()
        running = {f"{stage}{n}": (at(log, f"{stage}{n}", stage), stage)
                   for stage in STAGES for n in range(4)}
        log.signal(signal.SIGTERM)
        began(log)
        late = Mta(log.socket)
        check(late.connect()[:1] in b"ty", "a late session is told to come back")
        late.sock.close()
        answers = {name: finish(*where) for name, where in running.items()}
        equal(set(answers.values()), {b"c"}, "answers")
        equal(log.ended(20), 0, "exit status")
        for name in running:
            equal([r["ended"] for r in of(log, name)], ["eom"], f"records of {name}")
        equal(last(log), "stop", "the last record")
        chain.intact(log.parts())
        print(f"# figure: stop | SIGTERM with {len(running)} sessions at {len(STAGES)} stages | "
              f"{len(answers)} finished and recorded once, 0 cut")


def syncing(tap, base):
    with tap.case("SIGTERM while ends of messages wait for a slow disk: each is answered"):
        log = new(base, "slow", 'durability = "fsync";').start(env=shim(base))
        open(base + "/shim.slow", "w").close()
        running = [at(log, f"slow{n}", "body") for n in range(30)]
        for mta in running:
            mta.send(b"E")
        log.signal(signal.SIGTERM)
        for mta in running:
            while (answer := mta.receive()[0]) not in b"acrty":
                pass
            equal(answer, b"c", "the answer")
            mta.quit()
        equal(log.ended(20), 0, "exit status")
        os.unlink(base + "/shim.slow")
        equal(len(log.records("message")), 30, "records")
        chain.intact(log.parts())


def held(tap, base):
    with tap.case("SIGTERM while answers are held: they are given at once, as recorded"):
        log = new(base, "held", more=HOLD).start()
        running = [at(log, f"held{n}", "body") for n in range(5)]
        for mta in running:
            mta.send(b"E")
        until(lambda: len(log.records("message")) == 5, "the records")
        log.signal(signal.SIGTERM)
        for mta in running:
            while (answer := mta.receive()[0]) == b"p":
                pass
            equal(answer, b"c", "the answer")
            mta.quit()
        equal(log.ended(10), 0, "exit status")
        equal(len(log.records("message")), 5, "records, each once")


def left(tap, base):
    with tap.case("the end of drain_seconds: what is left is cut and recorded"):
        log = new(base, "left", seconds=1).start()
        running = {stage: at(log, stage, stage) for stage in STAGES}
        began_at = time.monotonic()
        log.signal(signal.SIGTERM)
        equal(log.ended(20), 0, "exit status")
        check(0.9 < time.monotonic() - began_at < 15, "the time")
        for stage, mta in running.items():
            check(mta.closed(), f"{stage}: still open")
            equal([r["ended"] for r in of(log, stage)],
                  [] if stage == "greeted" else ["close"], f"records of {stage}")
        chain.intact(log.parts())
    with tap.case("a second SIGTERM ends the waiting"):
        log = new(base, "second", seconds=600).start()
        at(log, "body", "body")
        log.signal(signal.SIGTERM)
        began(log)
        log.signal(signal.SIGTERM)
        equal(log.ended(20), 0, "exit status")
        equal([r["ended"] for r in of(log, "body")], ["close"], "the record")


def reloading(tap, base):
    with tap.case(f"SIGTERM right behind SIGHUPs, {ROUNDS} rounds: it ends, with a whole log"):
        log = new(base, "reloading")
        for _ in range(ROUNDS):
            log.start()
            for _ in range(random.randint(1, 5)):
                log.signal(signal.SIGHUP)
                time.sleep(random.choice((0, 0.001, 0.005)))
            log.signal(signal.SIGTERM)
            log.signal(signal.SIGHUP)
            log.signal(signal.SIGUSR1)
            equal(log.ended(20), 0, "exit status")
            equal(last(log), "stop", "the last record")
            check(not os.path.exists(log.socket[5:]), "a socket is left")
        chain.intact(log.parts())


def starting(tap, base):
    rounds = ROUNDS * 6
    with tap.case(f"SIGTERM at any moment of the start, {rounds} rounds: it ends, and starts again"):
        log = new(base, "starting")
        began_at = time.monotonic()
        log.start()
        takes = 1.2 * (time.monotonic() - began_at)
        equal(log.stop(), 0, "exit status")
        by_signal = 0
        for n in range(rounds):
            log.spawn()
            time.sleep(takes * n / rounds)
            log.signal(signal.SIGTERM)
            status = log.ended(20)
            check(status in (0, -signal.SIGTERM), f"status {status}: {log.said()[-300:]}")
            by_signal += status != 0
        log.start()
        log.whole()
        print(f"# figure: stop | SIGTERM at the start | {rounds} rounds, {by_signal} before "
              "signals are ours, 0 hung, log whole")


def full(tap, base):
    with tap.case("SIGTERM while the log cannot be written: mail is deferred, and it ends"):
        room = disk.Small(base + "/full")
        log = Chained(base, "full", place=room.place)
        log.set('on_full = "tempfail";', milter="drain_seconds = 20;")
        log.start()
        running = [at(log, f"full{n}", "body") for n in range(3)]
        room.fill()
        log.signal(signal.SIGTERM)
        began(log)
        for mta in running:
            # the rest of a page may take one more
            check(finish(mta, "body")[:1] in b"cy", "the answer")
        equal(log.ended(30), 0, "exit status")
        room.free()
        equal(len([1 for n in range(3) for _ in of(log, f"full{n}")]) <= 3, True, "records")
        log.start()
        log.whole()


def through_postfix(tap, live):
    with tap.case(f"SIGTERM under mail through the mail server, {ROUNDS} rounds: nothing is lost"):
        log = Chained(live.base, "mta")
        log.socket = "unix:" + live.unix
        log.set('durability = "fsync";', milter="drain_seconds = 10;")
        live.daemons.append(log)
        count = 0
        for n in range(ROUNDS):
            log.start()
            with Mailers(live.postfix.ports["smtpd"], 6, f"stop{n}", each=2) as mailers:
                until(lambda: len(mailers.acknowledged) > 5, "mail")
                time.sleep(random.uniform(0, 0.2))
                log.signal(signal.SIGTERM)
                equal(log.ended(30), 0, "exit status")
            records = log.records("message")
            equal(missing(mailers.acknowledged, records), [], "acknowledged without a record")
            ids = [r["message_id"] for r in records if r["message_id"] and r["ended"] == "eom"]
            equal(len(ids), len(set(ids)), "messages, each recorded once")
            count += len(mailers.acknowledged)
        chain.intact(log.parts())
        print(f"# figure: stop | SIGTERM through Postfix | {ROUNDS} rounds, {count} acknowledged, "
              "0 lost, 0 recorded twice")


def test(tap):
    enclosed = disk.enclose()
    try:
        with Live() as live:
            for part in (everywhere, syncing, held, left, reloading, starting,
                         *([full] if enclosed else [])):
                place = f"{live.base}/{part.__name__}"
                os.mkdir(place)
                part(tap, place)
                for other in Chained.all:
                    other.kill()
            through_postfix(tap, live)
    finally:
        disk.leave()


main(test, missing=lambda: None if os.access(LOAD, os.X_OK) else f"{LOAD} is not built")
