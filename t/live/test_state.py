#!/usr/bin/env python3
"""test_state.py - the state store behind the daemon, SQLite and Redis: what is asked of it is
answered, across a restart and across two daemons; and however it fails, mail gets its answer
without delay, the fault is said once, and so is its end."""
import glob
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import types

sys.dont_write_bytecode = True

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import redis_server  # noqa: E402
from daemon import BUILD, SOURCE, Daemon, configuration  # noqa: E402
from harness import keep_records, main  # noqa: E402
from milter import Mta  # noqa: E402
from redis_server import Redis  # noqa: E402
from tap import Skip, check, equal, note, until  # noqa: E402

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


def stored(daemon):
    """Waits until the store of SQLite has something; each message is seen to in its turn."""
    def some():
        try:
            with sqlite3.connect(f"file:{daemon.state}?mode=ro", uri=True) as db:
                return db.execute("SELECT count(*) FROM state").fetchone()[0]
        except sqlite3.Error:
            return 0
    return until(some, "something in the store")


# ---- what all stores have to do

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


# ---- SQLite

def private_file(tap, place):
    with tap.case("sqlite: the file is made when the daemon starts, for nobody else to read"):
        daemon = place.daemon("private")
        until(lambda: os.path.exists(daemon.state), "the file")
        equal(os.stat(daemon.state).st_mode & 0o777, 0o600, "its mode")
        send(daemon, "private", 2)
        answers(daemon, 2)
        ends(daemon)
        content = b"".join(open(daemon.state + end, "rb").read() for end in ("", "-journal")
                           if os.path.exists(daemon.state + end))
        check(len(content) > 10000, f"{len(content)} octets")
        for word in (b"example", b"private", b"u2"):
            check(word not in content.lower(), f"{word} is in the file")


def locked(tap, place):
    with tap.case("sqlite: locked by another process: said once, mail goes on, all are answered"):
        daemon = place.daemon("locked")
        send(daemon, "before")
        answers(daemon, 1)
        other = sqlite3.connect(daemon.state, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        send(daemon, "locked", 200)
        until(lambda: "locked" in daemon.said(), "the fault to be said")
        time.sleep(2.5)
        send(daemon, "still", 100)
        said(daemon, "database is locked; mail goes on")
        other.execute("COMMIT")
        other.close()
        works_again(daemon)
        answers(daemon, 301, seconds=30)
        said(daemon, ".", 2)
        ends(daemon)


def in_turns(tap, place):
    with tap.case("sqlite: locked and free in turns: said once, and all are answered"):
        daemon = place.daemon("turns")
        for turn in range(1, 5):
            other = sqlite3.connect(daemon.state, isolation_level=None) if turn > 1 else None
            if other:
                other.execute("BEGIN EXCLUSIVE")
            send(daemon, f"turn{turn}", 5)
            time.sleep(0.7)
            if other:
                other.execute("COMMIT")
                other.close()
            answers(daemon, 5 * turn, seconds=30)
        said(daemon, "mail goes on")
        said(daemon, "works again")
        ends(daemon)


def overflow(tap, place):
    with tap.case("sqlite: locked for too long: what has no room is counted, and mail goes on"):
        daemon = place.daemon("overflow", 'lost_after_seconds = 3600;')
        send(daemon, "before")
        stored(daemon)
        other = sqlite3.connect(daemon.state, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        send(daemon, "first")
        until(lambda: "locked" in daemon.said(), "the fault to be said")
        send(daemon, "overflow", 10050)
        other.execute("COMMIT")
        other.close()
        # 10,000 wait, and one is in work
        works_again(daemon, lost=50, seconds=30)
        ends(daemon)


def stopped_while_locked(tap, place):
    with tap.case("sqlite: the end does not wait for a locked file"):
        daemon = place.daemon("stop")
        send(daemon, "before")
        stored(daemon)
        other = sqlite3.connect(daemon.state, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        send(daemon, "stop", 20)
        took = ends(daemon)
        check(took < 4, f"it took {took:.1f} s")
        said(daemon, "20 messages got no answer")
        other.close()


def stopped_behind_a_lock(tap, place):
    with tap.case("sqlite: what waited for a lock that is gone is seen to at the end"):
        daemon = place.daemon("behind", AT_LEISURE)
        send(daemon, "behind", 50)
        stored(daemon)
        time.sleep(0.5)
        other = sqlite3.connect(daemon.state, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        for n in range(50):
            send(daemon, f"behind{n}", to=("<u2@example.net>",))
        until(lambda: "locked" in daemon.said(), "the fault to be said")
        equal(daemon.log.find(type="later"), [], "later records")
        other.execute("COMMIT")
        other.close()
        ends(daemon)
        equal(details(answers(daemon, 50)), ["respected"], "details")
        said(daemon, "works again$")
        said(daemon, ".", 2)


def removed(tap, place):
    with tap.case("sqlite: a file that was removed is made anew"):
        daemon = place.daemon("removed")
        send(daemon, "before")
        answers(daemon, 1)
        for end in ("", "-journal"):
            if os.path.exists(daemon.state + end):
                os.unlink(daemon.state + end)
        send(daemon, "after", 3)
        until(lambda: os.path.exists(daemon.state), "a new file")
        answers(daemon, 4)
        nothing_said(daemon)
        ends(daemon)


def cut(tap, place):
    with tap.case("sqlite: its files are cut by somebody else: the daemon lives, and works again"):
        daemon = place.daemon("cut")
        send(daemon, "before")
        answers(daemon, 1)
        for path in glob.glob(daemon.state + "*"):
            os.truncate(path, 0)
        send(daemon, "meanwhile", 3)
        time.sleep(0.5)  # not for an answer: it uses them
        check(daemon.alive(), f"it ended with {daemon.process.returncode}")
        for path in glob.glob(daemon.state + "*"):
            os.unlink(path)
        send(daemon, "after", 3)
        until(lambda: len(daemon.log.find(type="later")) >= 4, "answers", 15)
        ends(daemon)


def faulty_at_start(tap, place):
    with tap.case("sqlite: a folder that is not there: the daemon starts, and works once it is"):
        daemon = place.daemon("folder", start=False)
        folder = place.base + "/not-yet"
        daemon.write(place.text(daemon, SOON).replace(daemon.state, folder + "/state.db"))
        daemon.start()
        until(lambda: "No such file" in daemon.said(), "the fault to be said")
        send(daemon, "folder", 3)
        time.sleep(2)
        said(daemon, re.escape(folder) + "/state.db: No such file or directory")
        os.mkdir(folder)
        works_again(daemon)
        answers(daemon, 3)
        ends(daemon)
    with tap.case("sqlite: a file of something else is said, and left as it is"):
        daemon = place.daemon("other", start=False)
        text = b"Notes that somebody keeps here.\n" * 40
        with open(daemon.state, "wb") as f:
            f.write(text)
        daemon.start()
        send(daemon, "other", 3)
        until(lambda: "not a database" in daemon.said(), "the fault to be said")
        with open(daemon.state, "rb") as f:
            equal(f.read(), text, "the file")
        os.unlink(daemon.state)
        works_again(daemon)
        answers(daemon, 3)
        ends(daemon)


def full(tap, place):
    with tap.case("sqlite: no room for the file: said once, works again when there is"):
        daemon = place.daemon("full", 'lost_after_seconds = 3600;',
                              logging="rotate_bytes = 100000;")
        send(daemon, "before")
        limit = 600000
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (limit, resource.RLIM_INFINITY))
        session = Session(daemon)
        sent = 0
        while "state store" not in daemon.said() and sent < 2000:
            session.message(f"full{sent}")
            sent += 1
            time.sleep(0.005)
        session.quit()
        check(os.path.getsize(daemon.log_path) < limit, "the log reached the limit first")
        lines = said(daemon, "mail goes on")
        check("disk I/O error" in lines[0] or "full" in lines[0], lines[0])
        time.sleep(1.5)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        works_again(daemon)
        said(daemon, ".", 2)
        ends(daemon)


def unwritten(tap, place):
    with tap.case("a later record that the log does not take is written when it does"):
        daemon = place.daemon("unwritten", 'backend = "memory";' + SOON)
        send(daemon, "unwritten", 3)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (os.path.getsize(daemon.log_path), resource.RLIM_INFINITY))
        until(lambda: "log cannot be written" in daemon.said(), "the log to be full")
        time.sleep(1.5)
        equal(daemon.log.find(type="later"), [], "later records")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        equal(details(answers(daemon, 3)), ["lost"], "details")
        ends(daemon)


def not_taken(tap, place):
    """Every second answer is held for 3 seconds here."""
    with tap.case("memory: a mail server that is gone while it waits has not taken the message"):
        more = "simulate : { end_of_data = { every = 2; hold_seconds = 3; }; };"
        daemon = place.daemon("taken", AT_LEISURE + 'backend = "memory";', more=more)
        send(daemon, "first", to=("<u1@example.net>",))
        gone = Session(daemon)
        gone.mta.mail("<copy@example.org>")
        gone.mta.rcpt("<u1@example.net>")
        gone.mta.data()
        gone.mta.header("Message-ID", " <copy@example.org>")
        gone.mta.eoh()
        gone.mta.send(b"E")
        record = daemon.log.wait(type="message", message_id="<copy@example.org>")[0]
        equal([f["rule"] for f in record["findings"]], ["end-of-data-held"], "findings")
        gone.mta.vanish()
        time.sleep(4)
        send(daemon, "copy", to=("<u1@example.net>",))
        held = Session(daemon)
        held.message("held", to=("<u1@example.net>",))
        send(daemon, "copy", to=("<u1@example.net>",))
        later = answers(daemon, 1)[0]
        equal([(f["rule"], f["observed"]) for f in later["findings"]],
              [("duplicate-delivery", 2)], "copies of which the server took two")
        held.mta.quit()
        ends(daemon)


def reloaded(tap, place):
    with tap.case("at a reload the times change, and of the place it is said that it stays"):
        daemon = place.daemon("reload", 'lost_after_seconds = 3600;')
        send(daemon, "before")
        stored(daemon)
        text = place.text(daemon, SOON + 'backend = "memory"; uri = "redis://:secret@localhost";',
                          more=MORE + "limits : { state_entries = 99; };")
        daemon.reload(text.replace(daemon.state, place.base + "/elsewhere.db"))
        for name in ("state.backend", "state.path", "state.uri", "limits.state_entries"):
            check(f"{name} is used at start only" in daemon.said(), name + ": " + daemon.said())
        check("secret" not in daemon.said(), "a password was said")
        send(daemon, "after")
        found = answers(daemon, 1)
        equal(found[0]["message"], 1, "message")
        check(not os.path.exists(place.base + "/elsewhere.db"), "the other file is there")
        ends(daemon)


# ---- Redis

def need_redis():
    if not redis_server.built_in():
        raise Skip("built without hiredis")
    if redis_server.program() is None:
        raise Skip("there is no redis-server")


def redis_state(uri):
    return f' backend = "redis"; uri = "{uri}";'


def unit_cases(tap, program, name, uri):
    """The cases of test_state.c, which has them on the other stores, too, and of
    test_state_redis.c."""
    path = f"{BUILD}/t/unit/{program}"
    if not os.access(path, os.X_OK):
        tap.skip(f"{program}, {name}", "it is not built")
        return
    env = dict(os.environ, FX_REDIS=uri, CMOCKA_MESSAGE_OUTPUT="TAP")
    done = subprocess.run([path], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    text = done.stdout.decode("latin-1")
    found = re.findall(r"^(ok|not ok) \d+ - (?:redis: )?(.*)$", text, re.M)
    if done.returncode or not found:
        tap.result(False, f"{program}, {name}", [text])
    for result, case in found:
        tap.result(result == "ok", f"redis, {name}: {case}")


def shared(tap, place, server):
    with tap.case("redis: what one daemon saw, another one answers"):
        uri = redis_state(server.uri(db=3))
        one = place.daemon("one", AT_LEISURE + uri)
        two = place.daemon("two", AT_LEISURE + uri, alone=False)
        send(one, "shared")
        time.sleep(0.3)
        send(two, "shared0", to=("<u2@example.net>",))
        later, = two.log.wait(1, type="later")
        equal(later["session"], one.log.find(type="message")[0]["session"], "session")
        equal(details([later]), ["respected"], "details")
        equal(ends(one) < 4 and ends(two) < 4, True, "the end in time")
        equal(one.log.find(type="later"), [], "later records of the first")


def killed(tap, place):
    with tap.case("redis: gone: said once, mail goes on; back: all are answered"):
        server = place.redis("killed")
        daemon = place.daemon("killed", SOON + redis_state(server.tcp_uri()))
        send(daemon, "before")
        answers(daemon, 1)
        server.kill()
        send(daemon, "killed", 100)
        until(lambda: "state store" in daemon.said(), "the fault to be said")
        time.sleep(2.5)
        send(daemon, "still", 50)
        said(daemon, f"127.0.0.1 port {server.port}: .*; mail goes on")
        server.start()
        works_again(daemon)
        answers(daemon, 151, seconds=30)
        said(daemon, ".", 2)
        ends(daemon)


def frozen(tap, place):
    with tap.case("redis: silent: said once, mail goes on without delay; back: all are answered"):
        server = place.redis("frozen")
        daemon = place.daemon("frozen", SOON + redis_state(server.uri()))
        send(daemon, "before")
        answers(daemon, 1)
        server.freeze()
        send(daemon, "frozen", 100)
        until(lambda: "state store" in daemon.said(), "the fault to be said")
        send(daemon, "still", 50)
        said(daemon, "no answer in time; mail goes on")
        server.thaw()
        works_again(daemon)
        answers(daemon, 151, seconds=30)
        ends(daemon)
    with tap.case("redis: silent at the end: that is not waited for"):
        daemon = place.daemon("frozen-end", SOON + redis_state(server.uri()))
        send(daemon, "before")
        server.freeze()
        send(daemon, "frozen-end", 50)
        took = ends(daemon)
        check(took < 5, f"it took {took:.1f} s")
        server.kill()


def least_rights(tap, place):
    """The rights that fixup-milter(8) names, taken from its text."""
    with open(os.path.join(SOURCE, "man", "fixup-milter.8")) as f:
        text = f.read()
    words = re.search(r"needs\n\.Ql (~fixup:\*.*?)\n\.Sh", text, re.S).group(1)
    words = [word for word in words.split() if word[0] in "~+"]
    server = place.redis("rights", user=["mail", "on", ">a-word", *words])
    uri = f"redis://mail:a-word@127.0.0.1:{server.port}/1"
    usual(tap, place, "redis, the rights of the manual", redis_state(uri))
    with tap.case("redis, the rights of the manual: one of them missing is said"):
        words.remove("+getrange")
        server = place.redis("fewer", user=["mail", "on", ">a-word", *words])
        daemon = place.daemon("fewer", SOON + redis_state(
            f"unix://mail:a-word@{server.socket}?db=1"))
        send(daemon, "fewer")
        until(lambda: "getrange" in daemon.said(), "the fault to be said")
        said(daemon, "mail goes on")
        ends(daemon)


def refused(tap, place, server):
    with tap.case("redis: a wrong password is said, and neither it nor the right one is shown"):
        uri = server.tcp_uri().replace(server.password, "wrong-one")
        daemon = place.daemon("refused", SOON + redis_state(uri))
        send(daemon, "refused", 2)
        until(lambda: "refuses user or password" in daemon.said(), "the fault to be said")
        check("wrong-one" not in daemon.said(), "the password was said")
        ends(daemon)


class Detour:
    """A way to a server on which every answer takes its time."""

    def __init__(self, port, seconds):
        self.target, self.seconds = port, seconds
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for ends in ((near, far, 0), (far, near, self.seconds)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    @staticmethod
    def _carry(source, target, seconds):
        try:
            while data := source.recv(65536):
                time.sleep(seconds)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.close()


def slow(tap, place, server):
    with tap.case("redis: slow: mail goes on without delay, and every message is seen to"):
        detour = Detour(server.port, 0.03)
        uri = server.tcp_uri(db=7).replace(str(server.port), str(detour.port))
        daemon = place.daemon("slow", SOON + redis_state(uri))
        send(daemon, "slow", 30)
        check(len(daemon.log.find(type="later")) < 30, "the detour makes nothing slow")
        answers(daemon, 30, seconds=30)
        nothing_said(daemon)
        send(daemon, "slow-end", 200)
        took = ends(daemon)
        check(took < 4, f"the end took {took:.1f} s")
        said(daemon, "messages got no answer")
        detour.close()


NONSENSE = {
    "the same word for everything": b"+PONG\r\n",
    "a number": b":1\r\n",
    "errors": b"-ERR no such thing\x1b[2J\r\n",
    "an endless value": b"$536870912\r\n" + b"x" * 65536,
    "an endless list": b"*1000000\r\n" + b":1\r\n" * 20000,
    "a list for which there is no memory": b"*2147483647\r\n",
    "lists in lists": b"*1\r\n" * 10000,
    "no protocol at all": b"220 mail.example.net ESMTP\r\n",
    "a length that is none": b"$99999999999999999999999\r\n",
    "a negative list": b"*-7\r\n",
    "nothing": b"",
}


class Nonsense:
    """A server that says one thing, whatever it is asked."""

    def __init__(self, what):
        self.what = what
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer:
            try:
                while peer.recv(65536):
                    if not self.what:
                        return
                    for _ in range(64 if len(self.what) > 60000 else 4):
                        peer.sendall(self.what)
            except OSError:
                return

    def close(self):
        self.socket.close()


def nonsense(tap, place):
    for name, what in NONSENSE.items():
        with tap.case(f"redis: a server that says {name}"):
            server = Nonsense(what)
            daemon = place.daemon("nonsense-" + name.replace(" ", "-"),
                                  SOON + redis_state(f"redis://127.0.0.1:{server.port}"))
            send(daemon, "nonsense", 20)
            until(lambda: "mail goes on" in daemon.said(), "the fault to be said")
            time.sleep(0.6)
            send(daemon, "still", 20)
            lines = said(daemon, "mail goes on")
            check(lines[0].isprintable(), lines[0])
            check(server.connections < 8, f"{server.connections} connections")
            check(daemon.alive(), daemon.said())
            daemon.stop(8)
            server.close()


def test(tap):
    with Place() as place:
        usual(tap, place, "memory", 'backend = "memory";')
        usual(tap, place, "sqlite", "")
        restarted(tap, place, "sqlite", "")
        private_file(tap, place)
        locked(tap, place)
        in_turns(tap, place)
        stopped_while_locked(tap, place)
        stopped_behind_a_lock(tap, place)
        overflow(tap, place)
        removed(tap, place)
        cut(tap, place)
        faulty_at_start(tap, place)
        full(tap, place)
        unwritten(tap, place)
        not_taken(tap, place)
        reloaded(tap, place)
        try:
            need_redis()
        except Skip as why:
            tap.skip("redis", why)
            return
        server = place.redis("redis", password="a-word")
        local = place.redis("local")
        for program in ("test_state", "test_state_redis"):
            unit_cases(tap, program, "by a unix socket", local.uri())
            unit_cases(tap, program, "by TCP with a password", server.tcp_uri(db=5))
        usual(tap, place, "redis", redis_state(server.tcp_uri(db=1)))
        restarted(tap, place, "redis", redis_state(local.uri(db=2)))
        shared(tap, place, local)
        killed(tap, place)
        frozen(tap, place)
        slow(tap, place, server)
        least_rights(tap, place)
        refused(tap, place, server)
        nonsense(tap, place)


main(test, mta=types.SimpleNamespace(missing=lambda: None))
