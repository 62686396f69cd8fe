"""events.py - what happens to the daemon while mail goes through it. Each is done, or begun and
mended, and waited for, so that what was done can be counted."""
import os
import threading
import time

from tap import until

# What is written instead of what; each makes another fault, none of which may take the place of
# what is in force.
BAD = (("policy : {", "policy : { {"),
       ('profile = "asa-9"', 'profile = "no-such-profile"'),
       ("clients = (", "no_such_setting = 1;\nclients = ("),
       ("rotate_bytes = 1048576", "rotate_bytes = -1"),
       ("policy : {", '@include "no-such-file.conf"\npolicy : {'),
       ('on_full = "tempfail"', 'on_full = "perhaps"'),
       ("log : {", 'log : { key_file = "no-such-key";'),
       ("state : {", "state : { \0"))


class Events:
    """One after the other, in a thread, with `pause` seconds in between."""

    def __init__(self, world, pause, hold):
        self.world, self.pause, self.hold = world, pause, hold
        self.number = 0
        self.rounds = 0
        self.outages = []  # of the store: [began, ended]
        self.idle = threading.Event()
        self.stopping = threading.Event()
        self.thread = None

    def table(self):
        """A round. What takes a while comes between reloads, which are quick and the likeliest to
        leak."""
        stores = [lambda name=name: self.outage(name) for name in self.world.store.outages]
        return [self.reload, self.faulty, self.rotate, stores[0], self.reload, self.reopen,
                self.faulty, self.postfix_reload, self.reload, *stores[1:2], self.rename,
                self.faulty, self.reload, self.full, *stores[2:]]

    def start(self):
        """Goes on until pause() or end()."""
        self.stopping.clear()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        """Waits for what is under way."""
        self.stopping.set()
        if self.thread:
            self.thread.join(90)

    def _run(self):
        while True:
            for event in self.table():
                if self.stopping.wait(self.pause):
                    return
                try:
                    event()
                except Exception as error:
                    self.world.ledger.fault(f"event {self.number}: {type(error).__name__}: {error}")
                self.number += 1
            self.rounds += 1

    def reload(self):
        self.world.reload(self.world.configuration(self.number), True)
        self.world.ledger.count("reload, good")

    def faulty(self):
        good = self.world.configuration(self.number)
        self.world.reload(good.replace(*BAD[self.world.ledger.counts["reload, faulty"] % len(BAD)]),
                          False)
        self.world.ledger.count("reload, faulty")

    def _renamed(self):
        path = self.world.daemon.log_path
        os.rename(path, f"{path}.2-renamed-{self.number}")

    def rotate(self):
        """As logrotate does."""
        at = self.world.said_size()
        self._renamed()
        self.world.daemon.signal(10)
        until(lambda: "log reopened" in self.world.said_since(at), "the log is opened again", 20)
        self.world.ledger.count("log renamed and reopened")

    def rename(self):
        """Without a word: the daemon finds out by itself."""
        self._renamed()
        until(lambda: os.path.exists(self.world.daemon.log_path), "a new log", 20)
        self.world.ledger.count("log renamed, not told")

    def reopen(self):
        at = self.world.said_size()
        self.world.daemon.signal(10)
        until(lambda: "log reopened" in self.world.said_since(at), "the log is opened again", 20)
        self.world.ledger.count("log reopened")

    def outage(self, name):
        """Of the store; it is over when the store is used again."""
        broken, mended = self.world.store.outages[name]
        began = [time.monotonic() - 2.0, float("inf")]
        self.outages.append(began)
        broken()
        try:
            self.stopping.wait(self.hold)
        finally:
            mended()
        began[1] = time.monotonic() + 6.0
        self.world.ledger.count("store: " + name)

    def postfix_reload(self):
        self.world.postfix.master.send_signal(1)
        self.world.ledger.count("Postfix reloaded")

    def full(self):
        """No room for the log, for a moment: mail gets 451 and is sent again."""
        if self.world.room is None:
            return
        with self.world.harvest:
            with self.world.ledger.no_records():
                self.world.room.fill()
                self.stopping.wait(min(self.hold, 1.5))
                self.world.room.free()
                time.sleep(0.3)
        self.world.ledger.count("log full")

    def outside(self, first, last):
        """Was the store there from then till then?"""
        return all(last < began or first > ended for began, ended in self.outages)
