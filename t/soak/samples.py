"""samples.py - what the daemon's process takes, every second, and how that grows."""
import collections
import os
import threading
import time

FIELDS = ("at", "mails", "rss", "pss", "private", "descriptors", "threads")
Sample = collections.namedtuple("Sample", FIELDS)


def _numbers(path, *names):
    """Of lines "NAME: NUMBER kB", by name."""
    found = dict.fromkeys(names, 0)
    with open(path) as f:
        for line in f:
            name = line.split(":")[0]
            if name in found:
                found[name] = int(line.split()[1])
    return found


def take(pid, began, mails):
    memory = _numbers(f"/proc/{pid}/smaps_rollup", "Rss", "Pss", "Private_Dirty", "Private_Clean")
    return Sample(time.monotonic() - began, mails, memory["Rss"], memory["Pss"],
                  memory["Private_Dirty"] + memory["Private_Clean"],
                  len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")))


def slope(points):
    """By least squares: of y for each x."""
    count = len(points)
    if count < 2:
        return 0.0
    x_mean = sum(x for x, _ in points) / count
    y_mean = sum(y for _, y in points) / count
    square = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / square if square else 0.0


class Sampler:
    """In a thread; `place`, if there is one, gets each as a line of CSV."""

    def __init__(self, world, place=None):
        self.world, self.began = world, time.monotonic()
        self.samples = []
        self.ending = threading.Event()
        self.file = open(place, "w", buffering=1) if place else None
        if self.file:
            self.file.write(",".join(FIELDS) + "\n")
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def now(self):
        return take(self.world.pid(), self.began, self.world.ledger.attempts)

    def _run(self):
        while not self.ending.wait(1.0):
            try:
                sample = self.now()
            except (OSError, AttributeError):  # it has ended, which others find out
                return
            self.samples.append(sample)
            if self.file:
                self.file.write(",".join(f"{value:.1f}" if name == "at" else str(value)
                                         for name, value in zip(FIELDS, sample)) + "\n")
            try:
                self.world.carry()
            except Exception as error:
                self.world.ledger.fault(f"what was delivered cannot be counted: {error}")

    def settled(self, seconds=25.0, like=None):
        """At rest: the least descriptors and threads that are seen within a time, which ends when
        nothing has changed for a while, or as soon as it is like another one."""
        end, quiet = time.monotonic() + seconds, 0
        best = self.now()
        while time.monotonic() < end and quiet < 20:
            if like and (best.descriptors, best.threads) <= (like.descriptors, like.threads):
                break
            time.sleep(0.25)
            sample = self.now()
            if (sample.descriptors, sample.threads) < (best.descriptors, best.threads):
                best, quiet = sample, 0
            else:
                quiet += 1
        return best

    def end(self):
        self.ending.set()
        self.thread.join(30)
        if self.file:
            self.file.close()

    def growth(self, since):
        """kB an hour, and kB for 1,000 mails, of private memory, since that time of the run."""
        later = [s for s in self.samples if s.at >= since]
        return (slope([(s.at / 3600, s.private) for s in later]),
                slope([(s.mails / 1000, s.private) for s in later]))
