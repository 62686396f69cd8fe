"""clients.py - who sends what, how often, and when: threads that take turns at a given pace."""
import collections
import random
import threading
import time

import broken
import traffic
from letters import Letters

# Each beside how often it comes. Slow ones have threads of their own, and do not hold up others.
QUICK = ((traffic.observed, 30), (traffic.enforced, 22), (traffic.tagged, 6), (traffic.tls, 4),
         (traffic.filtered, 5), (traffic.pipelined, 6), (traffic.chunked, 4), (traffic.reset, 5),
         (traffic.too_many, 2),
         (traffic.nothing, 4), (broken.drops, 8), (broken.drops_envelope, 4),
         (broken.leaves_at_once, 6), (broken.half_closed, 3), (broken.long_lines, 3),
         (broken.tls_garbage, 2), (broken.wire_garbage, 4), (broken.wire_mail, 5),
         (broken.wire_crowd, 1))
SLOW = ((traffic.copies, 4), (traffic.limited, 4), (traffic.held, 3), (traffic.local, 4),
        (broken.drips, 1), (broken.never_greets, 2), (broken.wire_hangs, 3))


class Pace:
    """So many turns a second, for all who ask together; none while it is paused."""

    def __init__(self, rate, ending):
        self.step, self.ending = 1.0 / rate, ending
        self.lock = threading.Lock()
        self.next = time.monotonic()
        self.going = threading.Event()

    def turn(self):
        """Waits for one; False: it is all over."""
        self.going.wait()
        with self.lock:
            self.next = max(self.next + self.step, time.monotonic() - 1.0)
            wait = self.next - time.monotonic()
        self.ending.wait(max(wait, 0))
        return not self.ending.is_set()


class Clients:
    def __init__(self, world, rate, seed):
        self.world = world
        world.letters = Letters()
        world.retries = collections.deque()
        world.ending = threading.Event()
        # most connections carry more than one message, some none
        self.paces = (Pace(rate * 0.62, world.ending), Pace(rate * 0.09, world.ending))
        self.lock = threading.Lock()
        self.busy = 0
        self.threads = []
        for pace, table, count in ((self.paces[0], QUICK, 12), (self.paces[1], SLOW, 8)):
            for number in range(count):
                self.threads.append(threading.Thread(
                    target=self._run, args=(pace, table, random.Random(f"{seed} {count} {number}")),
                    daemon=True))
        for thread in self.threads:
            thread.start()

    def _run(self, pace, table, chance):
        kinds, often = zip(*table)
        while pace.turn():
            kind, = chance.choices(kinds, often)
            with self.lock:
                self.busy += 1
            try:
                if pace.going.is_set():
                    traffic.retried(self.world)
                    kind(self.world, chance)
                    self.world.ledger.count("session " + kind.__name__)
            except Exception as error:  # told as a fault at the end, the others go on
                self.world.ledger.fault(f"{kind.__name__}: {type(error).__name__}: {error}")
            finally:
                with self.lock:
                    self.busy -= 1

    def go(self):
        for pace in self.paces:
            pace.going.set()

    def rest(self, seconds=60.0):
        """No new turns; those under way end, and what was deferred is sent."""
        for pace in self.paces:
            pace.going.clear()
        end = time.monotonic() + seconds
        while (self.busy or self.world.retries) and time.monotonic() < end:
            if not self.busy:
                traffic.retried(self.world)
            time.sleep(0.02)
        if self.busy or self.world.retries:
            self.world.ledger.fault(f"{self.busy} clients do not come to an end")

    def end(self):
        self.world.ending.set()
        self.go()
        for thread in self.threads:
            thread.join(40)
