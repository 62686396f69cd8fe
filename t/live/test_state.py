#!/usr/bin/env python3
"""test_state.py - the state store behind the daemon, in memory and SQLite: what is asked of it is
answered, across a restart, too; and however it fails, mail gets its answer without delay, the fault
is said once, and so is its end."""
import glob
import os
import re
import resource
import sqlite3
import sys
import time
import types

sys.dont_write_bytecode = True

from harness import main  # noqa: E402
from state_store import (AT_LEISURE, MORE, SOON, Place, Session, answers, details,  # noqa: E402
                         ends, nothing_said, outage, restarted, said, send, stored, usual,
                         works_again)
from tap import check, equal, until  # noqa: E402


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


def lock(daemon):
    """The connection that holds the file, until it is closed."""
    other = sqlite3.connect(daemon.state, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


def locked(tap, place):
    with tap.case("sqlite: locked by another process: said once, mail goes on, all are answered"):
        daemon = place.daemon("locked")
        held = []
        outage(daemon, lambda: held.append(lock(daemon)), lambda: held.pop().close(),
               "database is locked")


def in_turns(tap, place):
    with tap.case("sqlite: locked and free in turns: said once, and all are answered"):
        daemon = place.daemon("turns")
        for turn in range(1, 5):
            other = lock(daemon) if turn > 1 else None
            send(daemon, f"turn{turn}", 5)
            time.sleep(0.7)
            if other:
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
        other = lock(daemon)
        send(daemon, "first")
        until(lambda: "locked" in daemon.said(), "the fault to be said")
        send(daemon, "overflow", 10050)
        other.close()
        # 10,000 wait, and one is in work
        works_again(daemon, lost=50, seconds=30)
        ends(daemon)


def stopped_while_locked(tap, place):
    with tap.case("sqlite: the end does not wait for a locked file"):
        daemon = place.daemon("stop")
        send(daemon, "before")
        stored(daemon)
        other = lock(daemon)
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
        other = lock(daemon)
        for n in range(50):
            send(daemon, f"behind{n}", to=("<u2@example.net>",))
        until(lambda: "locked" in daemon.said(), "the fault to be said")
        equal(daemon.log.find(type="later"), [], "later records")
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


main(test, mta=types.SimpleNamespace(missing=lambda: None))
