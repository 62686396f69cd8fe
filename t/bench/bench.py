#!/usr/bin/env python3
"""bench.py [filters] [scale] [mta] - what fixup-milter costs, beside filters that do nothing and
beside opendkim: `make bench`, `make bench-scale`, `make bench-mta`.

A round runs each filter once; each round begins with another one, and a round that does not count
comes first. Nothing is asserted about times. What the filters answer and what is in the records is
looked at, and a run in which something is wrong there ends with 1.

    BENCH_ROUNDS    rounds (11); many that are short, so that what else the machine does for a
                    second falls on all filters alike
    BENCH_MESSAGES  messages of 4 kB of one filter in a round (1500)
    BENCH_IDLE      connections that are held, and the most of `scale` (1000)
    BENCH_FILE      results as JSON (bench-PARTS.json in the directory of the build)
    TMPDIR          where logs and state stores lie meanwhile

FX_BUILDDIR and FX_SRCDIR are the build and the source. FX_OPENDKIM_ROOT and FX_POSTFIX_ROOT may
name unpacked packages; what is not there is left out, and said.
"""
import os
import resource
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import mails
from command import die_once, end_children, number
from filters import NOTHING, Nothing, Ours, Verifier, good, milter_load, others

import opendkim
from daemon import BUILD
from figures import NEW, Result, open_result
from load import LOAD
from tap import Failure

LARGE = 15  # so many messages of 4 kB stand for one of 1 MB
EVERY, SAME, OURS, ENFORCE = "every callback", "same negotiation", "ours", "ours, enforce"


class Bench:
    """A folder with messages, the filters that run, and the result."""

    def __init__(self, folder, rounds, messages, idle):
        self.folder, self.rounds, self.messages, self.idle = folder, rounds, messages, idle
        key = folder + "/key.pem"
        record = opendkim.make_key(key)
        self.public = folder + "/public"
        with open(self.public, "w", encoding="ascii") as f:
            f.write(f"{mails.SELECTOR}._domainkey.{mails.DOMAIN} {record}\n")
        self.mails = mails.make(folder, key)
        self.running = []
        self.result = Result(rounds, messages)
        self.negotiated = None

    def start(self, filter_):
        self.running.append(filter_)
        return filter_.start()

    def ours(self, name, title, **kept):
        return self.start(Ours(self.folder, name, title, **kept))

    def nothing(self, name, title, negotiated=None):
        return self.start(Nothing(self.folder, name, title, negotiated))

    def three(self, suffix=""):
        """Both that do nothing, and ours, as tables call them."""
        ours = self.ours("ours" + suffix, OURS)
        if self.negotiated is None:
            self.negotiated = milter_load(ours.place, "-n", "1", "-f", self.mails["4k"].path)
            ours.sent(self.mails["4k"], 1)
            self.negotiated = good(self.negotiated, 1, OURS)["negotiated"]
        return [self.nothing("every" + suffix, EVERY),
                self.nothing("same" + suffix, SAME, self.negotiated), ours]

    def alternate(self, work, filters, mail, count, connections=1, each=None):
        """each: messages of one connection; None: all of them."""
        found = {f.title: [] for f in filters}
        print(f"{work} ...", flush=True)
        for f in filters:
            f.run(self.mails[mail], max(connections, count // 5), connections, each)
        for number in range(self.rounds):
            turn = number % len(filters)
            for f in filters[turn:] + filters[:turn]:
                found[f.title].append(f.run(self.mails[mail], count, connections, each))
        for f in filters:
            self.result.measured(work, f.title, found[f.title])

    def end(self, filters):
        """Ends them, each after a look at what it did."""
        for f in filters:
            count = f.stop()
            if count is not None:
                print(f"{f.title}: {count} records are right, the chain is whole", flush=True)
            self.running.remove(f)

    def kill(self):
        for f in self.running:
            f.kill()


def tampering_is_seen(bench, ours):
    """A body that was changed: else "match" would prove nothing."""
    ours.run(bench.mails["4k-tampered"], 1)


def filters(bench):
    """What one connection sees, rates at 4 and 64, memory, and opendkim."""
    three = bench.three()
    enforce = bench.ours("enforce", ENFORCE, mode="enforce")
    large = max(bench.messages // LARGE, 10)
    bench.alternate("4 kB", three + [enforce], "4k", bench.messages)
    bench.alternate("4 kB, a connection each", three, "4k", bench.messages, each=1)
    bench.alternate("1 MB", three, "1m", large)
    bench.alternate("1 MB, signed", three, "1m-signed", large)
    for connections in (4, 64):
        bench.alternate(f"4 kB, {connections} connections", three + [enforce], "4k",
                        max(bench.messages, 10 * connections), connections)
    verifying(bench, three[2])
    tampering_is_seen(bench, three[2])
    bench.end(three + [enforce])
    memory(bench)
    of = bench.result.ratio
    every, same, ours = [("4 kB", name) for name in (EVERY, SAME, OURS)]
    of("observe, time / every callback answered", "ms", ours, every)
    of("observe, time / same negotiation", "ms", ours, same)
    of("enforce, time / every callback answered", "ms", ("4 kB", ENFORCE), every)
    of("observe, CPU / every callback answered", "cpu_us", ours, every)
    of("observe, CPU / same negotiation", "cpu_us", ours, same)
    for work in ("4 kB, a connection each", "1 MB", "1 MB, signed"):
        of(f"{work}, time / every callback answered", "ms", (work, OURS), (work, EVERY))
        of(f"{work}, time / same negotiation", "ms", (work, OURS), (work, SAME))
    for connections in (4, 64):
        work = f"4 kB, {connections} connections"
        of(f"{work}, rate / every callback answered", "rate", (work, OURS), (work, EVERY))
        of(f"{work}, rate / same negotiation", "rate", (work, OURS), (work, SAME))
    for work in ("4 kB, signed", "1 MB, signed, opendkim"):
        of(f"{work}: time / opendkim verifying", "ms", (work, OURS), (work, "opendkim"))
        of(f"{work}: CPU / opendkim verifying", "cpu_us", (work, OURS), (work, "opendkim"))


def verifying(bench, ours):
    why = opendkim.missing()
    if why is not None:
        bench.result.left_out("opendkim", why)
        return
    verifier = bench.start(Verifier(bench.folder, bench.public))
    verifier.verifies(bench.mails["4k-tampered"])
    bench.alternate("4 kB, signed", [verifier, ours], "4k-signed", max(bench.messages // 3, 10))
    bench.alternate("1 MB, signed, opendkim", [verifier, ours], "1m-signed",
                    max(bench.messages // LARGE, 10))
    bench.end([verifier])


def memory(bench):
    """Resident memory of fresh processes, from a few messages over one connection to `idle`
    connections in each state."""
    for where in ("greeted", "answered", "content"):
        work = f"{bench.idle} connections {where}"
        print(f"{work} ...", flush=True)
        found = {}
        for number in range(min(bench.rounds, 3)):
            three = bench.three(f"-{where}{number}")
            for f in three:
                f.run(bench.mails["4k"], 20)
                before = f.resident()
                held = f.held(where, bench.mails["4k"], bench.idle)
                found.setdefault(f.title, []).append(
                    {"from_kb": before, "growth_kb": held - before,
                     "each_kb": (held - before) / bench.idle})
            for f in three:
                f.kill()
                bench.running.remove(f)
        for title, rounds in found.items():
            bench.result.measured(work, title, rounds)
        bench.result.difference(f"{work}: growth in kB, less every callback's", "growth_kb",
                                (work, OURS), (work, EVERY))


def scale(bench):
    """From 1 to `idle` connections, and from none to all other profiles compared."""
    three = bench.three("-scale")
    steps = [n for n in (1, 4, 16, 64, 256) if n < bench.idle] + [bench.idle]
    for connections in steps:
        work = f"scale, {connections} connections"
        bench.alternate(work, three, "4k", max(bench.messages, 3 * connections), connections)
        bench.result.ratio(f"{work}: rate / every callback answered", "rate", (work, OURS),
                           (work, EVERY))
    bench.end(three)
    compared(bench)


def compared(bench):
    names, work = others(), "profiles compared"
    counts = (0, 1, 5, len(names))
    ours = [bench.ours(f"compare{n}", f"ours, {n} compared", compare=names[:n]) for n in counts]
    bench.alternate(work, ours, "4k", bench.messages)
    bench.end(ours)
    for n in counts[:-1]:
        for member, name in (("ms", "time"), ("cpu_us", "CPU")):
            bench.result.ratio(f"{len(names)} profiles compared / {n}, {name}", member,
                               (work, ours[-1].title), (work, f"ours, {n} compared"))


def mta(bench):
    import through_mta
    through_mta.run(bench)


PARTS = {"filters": filters, "scale": scale, "mta": mta}


def descriptors(idle):
    """As many as are allowed; each process needs one for a connection, and some besides."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < max(idle, 64) + 64:
        sys.exit(f"BENCH_IDLE={idle} needs {max(idle, 64) + 64} open files, and {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def measure(parts, numbers):
    with tempfile.TemporaryDirectory(prefix="fixup-bench.") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(folder, *numbers)
        try:
            for part in parts:
                PARTS[part](bench)
        finally:
            bench.kill()
            end_children()
    return bench.result


def main():
    parts = sys.argv[1:] or ["filters"]
    if set(parts) - set(PARTS):
        sys.exit(f"usage: bench.py [{'] ['.join(PARTS)}]")
    for program in (LOAD, NOTHING):
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is not built")
    numbers = [number("BENCH_ROUNDS", 11), number("BENCH_MESSAGES", 1500),
               number("BENCH_IDLE", 1000)]
    descriptors(numbers[-1])
    die_once("bench")
    out = os.environ.get("BENCH_FILE") or os.path.join(BUILD, "-".join(["bench", *parts]) + ".json")
    try:
        open_result(out).close()  # not after an hour of measuring
        result = measure(parts, numbers)
        if not result.data["measured"]:
            sys.exit("bench: nothing was measured")  # and the file of an earlier run stays
        result.show()
        result.write(out)
    except (Failure, OSError, subprocess.SubprocessError) as wrong:
        sys.exit(f"bench: {wrong}")
    finally:
        if os.path.exists(out + NEW):
            os.unlink(out + NEW)


if __name__ == "__main__":
    main()
