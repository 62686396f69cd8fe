#!/usr/bin/env python3
"""soak.py - a private Postfix and the milter for a set time, under a mix of mail, broken clients,
reloads, rotations and outages; what was sent, recorded and delivered is compared at the end, and
what the daemon took is measured. `make soak` runs it, and t/soak/test_soak.py for two minutes.

    SOAK_SECONDS   how long mail is sent: 3600; the first part of it, a fifth, but five minutes at
                   most, is the warm-up
    SOAK_RATE      mails a second: 40
    SOAK_SEED      of the choice of what is sent: 1
    SOAK_FILE      a file for the samples, as CSV
    FX_CORPORA, FX_REDIS_ROOT   as in t/live/harness.py; without Redis the store is SQLite

It ends by itself, with 0 or 1; a signal ends it and leaves nothing.
"""
import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "..", place) for place in ("live", "wire", "bench")]

import command  # noqa: E402
import postfix  # noqa: E402
from chain import VERIFIERS  # noqa: E402
from clients import Clients  # noqa: E402
from daemon import PROGRAM, sanitizer  # noqa: E402
from events import Events  # noqa: E402
from ledger import Ledger  # noqa: E402
import legend  # noqa: E402
from reckoning import Reckoning  # noqa: E402
from samples import Sampler  # noqa: E402
from tap import Failure, check, equal  # noqa: E402
from world import World  # noqa: E402

# What memory may grow by after the warm-up, in kB: the allocator fills its arenas, to a size that
# many mails take to reach; and so much for 1,000 mails, which a leak in each of them exceeds.
ARENAS, GROWTH = 2500, 100
TELLING = 1200  # seconds after the warm-up, from which on a slope is more than the allocator's
SHOWN = 12  # faults of a kind


class Soak:
    """One run; afterwards each of `checks` is a name and a function that fails or gives a text."""

    def __init__(self, seconds, rate, seed=1, samples=None):
        self.seconds, self.rate, self.seed, self.place = seconds, rate, seed, samples
        self.warm_up = min(seconds / 5, 300)
        self.ledger = Ledger()
        self.figures = []

    def run(self, tell=lambda line: print(line, flush=True)):
        """tell is given what is done and where, before it begins."""
        self.world = World(self.ledger)
        minutes = f"{self.seconds / 60:.0f} minutes" if self.seconds >= 120 else \
            f"{self.seconds:.0f} seconds"
        tell(f"soak: {minutes} of mail at {self.rate} a second, seed {self.seed}, the first "
             f"{self.warm_up:.0f} s as warm-up; then it is all counted")
        tell(f"soak: works in {self.world.base}, which goes at the end (FX_KEEP=1 keeps it); "
             f"samples: {self.place or 'nowhere (SOAK_FILE)'}")
        try:
            self._run()
        finally:
            self.world.close()

    def _run(self):
        self.world.start()
        self.sampler = Sampler(self.world, self.place)
        self.clients = Clients(self.world, self.rate, self.seed)
        # a round is half as long as a warm-up, so that all was seen by its end
        self.events = Events(self.world, *((0.8, 1.2) if self.seconds <= 300 else (3.0, 5.0)))
        self._mail(self.warm_up)
        self.warm = self._rest()
        self._mail(self.seconds - self.warm_up)
        self.cool = self._rest(self.warm)
        self.clients.end()
        self.sampler.end()
        self.store = self.world.store.kind
        try:
            self.status = self.world.daemon.stop(60)
        except Failure as error:  # too late, or with what a sanitizer has to say
            self.status = str(error)
        self.said = self.world.said_since(0)
        self.mta = self._mta()
        self.reckoning = Reckoning(self.ledger, self.world.parts())
        self.verified = self._verified()

    def _mail(self, seconds):
        self.clients.go()
        self.events.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(0.5, max(0.0, end - time.monotonic())))
            check(self.world.daemon.alive(),
                  "the daemon ended: " + self.world.said_since(0)[-3000:])
            check(self.world.postfix.master.poll() is None, "Postfix's master ended")
        self.events.stop()

    def _rest(self, like=None):
        self.clients.rest()
        self.world.quiet()
        return self.sampler.settled(like=like)

    def _mta(self):
        """What Postfix says that it never should."""
        words = ("panic:", "fatal:", "warning: milter")
        with open(self.world.postfix.log, errors="replace") as f:
            return [line.rstrip() for line in f if any(word in line for word in words)]

    def _verified(self):
        try:
            for words in VERIFIERS:
                self.world.verify(*words)
        except Failure as error:
            return str(error)
        return None

    # ---- what has to hold

    @staticmethod
    def none(faults):
        if faults:
            raise Failure(f"{len(faults)} faults:\n" + "\n".join(map(str, faults[:SHOWN])))

    def checks(self):
        return (
            ("every client came to its end as it should", lambda: self.none(self.ledger.faults)),
            ("each mail has the records that fit what its client was told", self._records),
            ("each accepted recipient got it once, and nobody anything else", self._deliveries),
            ("what was deferred was accepted in the end",
             lambda: self.none(self.reckoning.never_sent())),
            ("copies of a message are told of, once", self._copies),
            ("the log is whole: chain, numbers, and what could not be written", self._log),
            ("reloads: each good one took place, no faulty one did", self._reloads),
            ("outages of store and log: noticed, and over", self._outages),
            ("memory does not grow with mail", self._memory),
            ("no descriptor is left open", lambda: self._like("descriptors")),
            ("no thread is left", lambda: self._like("threads")),
            ("Postfix had nothing to complain of", lambda: self.none(self.mta)),
            ("the daemon ended with 0", lambda: equal(self.status, 0, "exit status")),
        )

    def _figure(self, what, figure):
        self.figures.append(f"soak | {what} | {figure}")

    def _records(self):
        self.none(self.reckoning.records())
        total = self.reckoning.table()[1]
        self._figure("tries of clients + of Postfix itself = records of messages + those of a full log",
                     f"{self.ledger.attempts} + {self.reckoning.tried_by_postfix()} = "
                     f"{total['records']} + {self.reckoning.missing()}")

    def _deliveries(self):
        self.none(self.reckoning.deliveries() + list(self.world.strangers))
        total = self.reckoning.table()[1]
        self._figure("recipients recorded as accepted, of Postfix = deliveries",
                     f"{total['recipients'] - self._wire()} = {total['delivered']}")

    def _wire(self):
        return sum(self.reckoning.seen[mark].recipients
                   for mark, mail in self.ledger.mails.items() if mail.kind == "wire")

    def _copies(self):
        faults, told = self.reckoning.copies(self.events.outside)
        self.none(faults)
        check(told > 0, "no copy was told of")
        self._figure("copies told of", told)

    def _log(self):
        self.none(self.reckoning.log_faults + ([self.verified] if self.verified else []))
        types, missing = self.reckoning.types, self.reckoning.missing()
        equal((types["start"], types["stop"]), (1, 1), "start and stop records")
        check(missing <= self.reckoning.unwritten,
              f"{missing} records are missing, {self.reckoning.unwritten} are told of")
        self._figure("parts of the log, records of all types, chain",
                     f"{len(self.reckoning.paths)}, {sum(types.values())}, whole")

    def _reloads(self):
        counts, types = self.ledger.counts, self.reckoning.types
        equal(types["reload"], counts["reload, good"] + counts["reload, faulty"],
              "reload records")
        equal(self.said.count("the configuration in force stays"), counts["reload, faulty"],
              "refusals to reload")
        check(counts["reload, good"] and counts["reload, faulty"], "there were none")
        self._figure("reloads: good, faulty",
                     f"{counts['reload, good']}, {counts['reload, faulty']}")

    def _outages(self):
        counts, figures = self.ledger.counts, []
        for what, began, over, done in (
                ("store", "recipient-truncation and duplicate-delivery wait",
                 "state store: works again", sum(counts[n] for n in counts if n[:5] == "store")),
                ("log", "the log cannot be written:", "the log can be written again",
                 counts["log full"])):
            told = self.said.count(began)
            equal(told, self.said.count(over), f"outages of the {what} told, and told as over")
            check(told or not done, f"no outage of the {what} was told")
            figures.append(f"{what} {done}")
        self._figure("outages", ", ".join(figures))

    def _memory(self):
        hour, thousand = self.sampler.growth(self.warm.at)
        self._figure("memory at rest, after the warm-up and at the end",
                     f"{self.warm.private} kB, {self.cool.private} kB")
        self._figure("memory, slope after the warm-up",
                     f"{hour:+.0f} kB an hour, {thousand:+.1f} kB per 1,000 mails"
                     if self.seconds - self.warm_up >= TELLING else
                     f"not told: less than {TELLING // 60} minutes are too short for one")
        if sanitizer():
            return f"not judged, it is that of the {sanitizer()} sanitizer"
        mails = (self.cool.mails - self.warm.mails) / 1000
        check(thousand * mails < ARENAS + GROWTH * mails,
              f"{thousand:.1f} kB per 1,000 mails, for {mails:.1f} thousand")
        return None

    def _like(self, name):
        before, after = getattr(self.warm, name), getattr(self.cool, name)
        most = max(getattr(s, name) for s in self.sampler.samples)
        self._figure(f"{name} at rest, after the warm-up and at the end; most",
                     f"{before}, {after}; {most}")
        check(after <= before, f"{after} {name} at rest, {before} after the warm-up")

    def head(self):
        counts = self.ledger.counts
        self.figures.insert(0, f"soak | seconds, tries a second, store | {self.seconds:.0f}, "
                               f"{self.ledger.attempts / self.seconds:.1f}, {self.store}")
        yield from self.reckoning.table()[0]
        yield ""
        yield from legend.lines()
        yield ""
        yield "sessions  " + ", ".join(f"{name[8:]} {counts[name]}" for name in sorted(counts)
                                       if name.startswith("session "))
        yield "events    " + ", ".join(f"{name} {counts[name]}" for name in sorted(counts)
                                       if not name.startswith("session "))
        yield "records   " + ", ".join(f"{name} {count}" for name, count
                                       in sorted(self.reckoning.types.items()))
        yield "later     " + ", ".join(f"{name} {count}" for name, count
                                       in sorted(self.reckoning.later.items()))
        yield ""


def missing():
    """Why it cannot run here, or None."""
    if not os.access(PROGRAM, os.X_OK):
        return f"{PROGRAM} is not built"
    return postfix.missing()


def main():
    why = missing()
    if why:
        sys.exit(f"soak: {why}")
    command.die_once("soak")
    soak = Soak(command.number("SOAK_SECONDS", 3600), command.number("SOAK_RATE", 40),
                command.number("SOAK_SEED", 1), os.environ.get("SOAK_FILE"))
    soak.run()
    for line in soak.head():
        print(line)
    failed = 0
    for name, holds in soak.checks():
        try:
            holds()
            print(f"ok      {name}")
        except Failure as error:
            failed = 1
            print(f"FAULT   {name}: {error}")
    print()
    for line in soak.figures:
        print(line)
    sys.exit(failed)


if __name__ == "__main__":
    main()
