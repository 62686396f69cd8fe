"""state_store.py - daemons with a state store, what is sent to them and asked of them, and what
every kind of store has to do."""
import glob
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

from daemon import Daemon, configuration  # noqa: E402
from harness import keep_records  # noqa: E402
from milter import Mta  # noqa: E402
from redis_server import Redis  # noqa: E402
from tap import check, equal, note, until  # noqa: E402

# The second recipient gets 452, and is lost when it does not come within a second.
POLICY = 'profile = "asa-9"; mode = "enforce";'
MORE = 'simulate : { recipients = { limit = 1; overflow = "defer"; }; };'
SOON = "lost_after_seconds = 1;"
AT_LEISURE = "lost_after_seconds = 600;"
# What a message may take, from MAIL to the answer to its end; it takes a millisecond. Waits for a
# processor do not count.
AT_ONCE = 0.4


class Place:
    """A directory for daemons, one at a time unless it is said otherwise."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="fixup-state.")
        self.daemons = []
        self.servers = []

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for daemon in self.daemons:
            daemon.kill()
        for server in self.servers:
            server.kill()
        keep_records(self.daemons)
        shutil.rmtree(self.base, ignore_errors=True)

    def daemon(self, name, state=SOON, alone=True, start=True, **groups):
        for other in self.daemons if alone else ():
            other.kill()
        daemon = Daemon(self.base, name)
        self.daemons.append(daemon)
        daemon.socket = f"unix:{self.base}/{name}.sock"
        daemon.state = f"{self.base}/{name}.db"
        daemon.write(self.text(daemon, state, **groups))
        note(daemon.said)
        return daemon.start() if start else daemon

    def text(self, daemon, state, more=MORE, **groups):
        return configuration(daemon.socket, daemon.log_path, policy=POLICY, state=state, more=more,
                             **groups)

    def redis(self, name, **options):
        server = Redis(self.base, name, **options)
        self.servers.append(server)
        return server.start()


def queued(*processes):
    """The seconds that each thread of the processes has waited for a processor so far."""
    seconds = {}
    for process in processes:
        for path in glob.glob(f"/proc/{process}/task/*/schedstat"):
            try:
                with open(path, encoding="ascii") as file:
                    seconds[path] = int(file.read().split()[1]) / 1e9
            except OSError:
                pass  # the thread has ended
    return seconds


class Session:
    """One session of the wire client. Each message has two recipients, of which the second gets
    452, or just those that are given."""

    def __init__(self, daemon):
        self.mta = Mta(daemon.socket)
        self.mta.greet()
        self.slowest = 0.0
        self.processes = (os.getpid(), daemon.process.pid)

    def message(self, mark, to=("<u1@example.net>", "<u2@example.net>")):
        before = queued(*self.processes)
        began = time.monotonic()
        self.mta.mail(f"<{mark}@example.org>")
        answers = [self.mta.rcpt(address)[:4] for address in to]
        self.mta.data()
        self.mta.header("Message-ID", f" <{mark}@example.org>")
        self.mta.eoh()
        self.mta.body()
        _, answer = self.mta.eom()
        took = time.monotonic() - began
        if took > self.slowest:
            # where others have the processors, that is no delay of the daemon's
            took -= sum(seconds - before.get(path, 0.0)
                        for path, seconds in queued(*self.processes).items())
            self.slowest = max(self.slowest, took)
        equal(answer, b"c", "the answer to the message")
        equal(answers, [b"c", b"y452"][:len(to)], "the answers to the recipients")

    def messages(self, mark, count):
        for n in range(count):
            self.message(f"{mark}{n}")
        return self

    def quit(self):
        self.mta.quit()
        check(self.slowest < AT_ONCE, f"a message took {self.slowest:.3f} s")


def send(daemon, mark, count=1, **to):
    session = Session(daemon)
    if to:
        session.message(mark, **to)
    else:
        session.messages(mark, count)
    session.quit()


def said(daemon, word, count=1):
    """So often it was said of the store."""
    lines = [line for line in daemon.said().splitlines()
             if "state store:" in line and re.search(word, line)]
    equal(len(lines), count, f"lines with {word!r} in: {daemon.said()}")
    return lines


def nothing_said(daemon):
    equal([line for line in daemon.said().splitlines() if "state store" in line], [],
          "what was said of the store")


def answers(daemon, count, seconds=15.0):
    """So many `later` records, each of another message, and no more."""
    found = daemon.log.wait(count, seconds, type="later")
    equal(len(found), count, "later records")
    messages = {(r["session"], r["message"]) for r in found}
    equal(len(messages), count, "messages of later records")
    known = {(r["session"], r["message"]) for r in daemon.log.find(type="message")}
    equal(messages - known, set(), "later records of messages that have no record")
    return found


def details(found):
    return sorted({f["detail"] for r in found for f in r["findings"]})


def works_again(daemon, lost=0, seconds=15.0):
    until(lambda: "works again" in daemon.said(), "the end of the fault to be said", seconds)
    said(daemon, f"works again; {lost} messages" if lost else "works again$")


def ends(daemon, seconds=6.0):
    began = time.monotonic()
    equal(daemon.stop(seconds), 0, "exit status")
    equal(daemon.log.read()[-1]["type"], "stop", "the last record")
    return time.monotonic() - began


def outage(daemon, breaks, mends, fault):
    """The store fails while mail comes, and works again."""
    send(daemon, "before")
    answers(daemon, 1)
    breaks()
    send(daemon, "broken", 200)
    until(lambda: "state store" in daemon.said(), "the fault to be said")
    time.sleep(2.5)
    send(daemon, "still", 100)
    said(daemon, f"{fault}; mail goes on")
    mends()
    works_again(daemon)
    answers(daemon, 301, seconds=30)
    said(daemon, ".", 2)
    ends(daemon)


def stored(daemon):
    """Waits until the store of SQLite has something; each message is seen to in its turn."""
    def some():
        try:
            with sqlite3.connect(f"file:{daemon.state}?mode=ro", uri=True) as db:
                return db.execute("SELECT count(*) FROM state").fetchone()[0]
        except sqlite3.Error:
            return 0
    return until(some, "something in the store")


def usual(tap, place, kind, state):
    name = kind.replace(", ", "-").replace(" ", "-")
    with tap.case(f"{kind}: recipients that do not come again are told of as lost"):
        daemon = place.daemon(name + "-lost", SOON + state)
        send(daemon, name, 3)
        equal(details(answers(daemon, 3)), ["lost"], "details")
        nothing_said(daemon)
        ends(daemon)
    with tap.case(f"{kind}: those that do as respected"):
        daemon = place.daemon(name + "-respected", AT_LEISURE + state)
        send(daemon, name + "-again")
        send(daemon, name + "-again0", to=("<u2@example.net>",))
        equal(details(answers(daemon, 1)), ["respected"], "details")
        nothing_said(daemon)
        ends(daemon)
    with tap.case(f"{kind}: at the end, what is queued is seen to before the stop record"):
        daemon = place.daemon(name + "-end", AT_LEISURE + state)
        send(daemon, name + "-end", 300)
        began = time.monotonic()
        for n in range(300):
            if time.monotonic() - began < 1:
                send(daemon, f"{name}-end{n}", to=("<u2@example.net>",))
            else:
                break
        ends(daemon)
        answers(daemon, n + 1 if n == 299 else n)
        nothing_said(daemon)


def restarted(tap, place, kind, state):
    name = kind
    with tap.case(f"{kind}: what is open at the end is answered after the next start"):
        daemon = place.daemon(name + "-restart", AT_LEISURE + state)
        send(daemon, name + "-restart", 5)
        ends(daemon)
        equal(daemon.log.find(type="later"), [], "later records before the restart")
        daemon.write(place.text(daemon, AT_LEISURE + state))
        daemon.start()
        send(daemon, name + "-restart3", to=("<u2@example.net>",))
        equal(details(answers(daemon, 1)), ["respected"], "details")
        ends(daemon)
    with tap.case(f"{kind}: and what is due by then is told without another message"):
        daemon = place.daemon(name + "-due", SOON + state)
        send(daemon, name + "-due", 5)
        ends(daemon)
        time.sleep(1.2)
        daemon.start()
        equal(details(answers(daemon, 5)), ["lost"], "details")
        nothing_said(daemon)
        ends(daemon)
