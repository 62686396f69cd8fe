#!/usr/bin/env python3
"""test_log_trouble.py - a log that cannot be written: mail gets what log.on_full says, it is told
once, the next record that can be written says how many are missing, and the chain goes on whole by
itself. How many sessions share one fdatasync."""
import json
import os
import re
import resource
import shutil
import signal
import sys
import time

sys.dont_write_bytecode = True

import chain
import disk
from chained import Chained, main, shim
from load import load
from tap import Skip, check, equal, until

# nothing that comes later, of messages that are all alike
ALONE = 'rules : { duplicate-delivery = "off"; };'
# a folder that was not there at start is out of the sandbox's reach, see test_sandbox.py
FREE = 'sandbox = "off";'
TEMPFAIL, ACCEPT = 'on_full = "tempfail";', 'on_full = "accept";'


def answers(log, count, *options):
    """So many messages; how many passed, and how many were deferred."""
    report = load(log.socket, "-n", str(count), *options)
    equal(report["failed"], 0, f"failed, of {report}")
    got = report["answers"]
    equal(got["passed"] + got["deferred"], count, f"answers, of {report}")
    if got["deferred"]:
        check(report["first_reply"].startswith("451 4.3.0"), str(report))
    return got["passed"], got["deferred"]


def told(log, word):
    """In both directions, once each."""
    equal(len(re.findall("the log cannot be written: .*" + word, log.said())), 1,
          f"told, of {log.said()}")
    equal(log.said().count("the log can be written again"), 1, f"over, of {log.said()}")


def counted(log, lost, word, kind="message"):
    """The first record behind the gap says how many could not be written, and why."""
    found = [r for r in log.records() if "unwritten" in r]
    equal(len(found), 1, "records with unwritten")
    equal(found[0]["unwritten"]["records"], lost, "unwritten records")
    check(word in found[0]["unwritten"]["error"], str(found[0]["unwritten"]))
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", found[0]["unwritten"]["since"]),
          "since")
    check(found[0]["unwritten"]["since"] <= found[0]["time"], "since before it was over")
    equal(found[0]["type"], kind, "where it is told")


def through(log, breaks, mends, word, on_full, whole=True):
    """Before, while and after the log cannot be written."""
    equal(answers(log, 5), (5, 0), "answers before")
    breaks()
    before = len(log.records("message"))
    passed, deferred = answers(log, 60, "-c", "4")
    written = len(log.records("message")) - before
    if on_full == TEMPFAIL:
        equal((passed, deferred), (written, 60 - written), "answers meanwhile")
    else:
        equal((passed, deferred), (60, 0), "answers meanwhile")
    check(written < 60, "all could be written")
    mends()
    equal(answers(log, 5), (5, 0), "answers after")
    if whole:
        told(log, word)
        counted(log, 60 - written, word)
        log.whole()


def full(tap, base):
    for on_full in (TEMPFAIL, ACCEPT):
        for durability in ("write", "fsync"):
            with tap.case(f"a full disk, durability {durability}, {on_full}"):
                room = disk.Small(f"{base}/{durability}.{on_full[11:14]}")
                log = Chained(base, f"full-{durability}-{on_full[11:14]}",
                              f'{on_full} durability = "{durability}";', place=room.place,
                              policy=ALONE).start()
                through(log, room.fill, room.free, "No space left", on_full)
    with tap.case("a full disk, async: mail passes, and no record is lost while they fit the queue"):
        room = disk.Small(base + "/async", 80)
        log = Chained(base, "async", 'durability = "async";', place=room.place,
                      policy=ALONE).start()
        room.fill()
        equal(answers(log, 200, "-c", "4"), (200, 0), "answers")
        check(len(log.records("message")) < 200, "all could be written")
        room.free()
        until(lambda: len(log.records("message")) == 200, "the records come", 10)
        told(log, "No space left")
        log.whole()
    with tap.case("a full disk, async, and the end: what is lost is told"):
        room = disk.Small(base + "/end")
        log = Chained(base, "end", 'durability = "async";', place=room.place,
                      policy=ALONE).start()
        room.fill()
        answers(log, 200, "-c", "4")
        lost = 200 - len(log.records("message"))
        check(lost > 0, "all could be written")
        log.stop()
        number = re.search(r"(\d+) records could not be written and are lost", log.said())
        check(number and int(number[1]) == lost, f"{lost} are lost, and not told: {log.said()}")
        chain.intact(log.parts())


def alike(tap, base):
    with tap.case("a full disk, and records that come later: they wait, and are none of the missing"):
        room = disk.Small(base + "/later")
        log = Chained(base, "later", ACCEPT, place=room.place).start()
        room.fill()
        answers(log, 60)
        answers(log, 60)  # the same messages from the same clients again
        lost = 120 - len(log.records("message"))
        time.sleep(0.5)
        equal(log.records("later"), [], "later records, still full")
        room.free()
        until(lambda: log.records("later"), "a later record", 10)
        counted(log, lost, "No space left", "later")
        log.whole()


def limited(tap, base):
    with tap.case("a limit on the size of files: told, counted, no half line left"):
        log = Chained(base, "limited", TEMPFAIL, policy=ALONE).start()

        def limit():
            size = os.path.getsize(log.log_path)
            resource.prlimit(log.process.pid, resource.RLIMIT_FSIZE,
                             (size + 100, resource.RLIM_INFINITY))

        def lift():
            check(chain.data(log.log_path).endswith(b"\n"), "a half line")
            resource.prlimit(log.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        through(log, limit, lift, "File too large", TEMPFAIL)


def read_only(tap, base):
    with tap.case("the file system becomes read-only: told, counted, and goes on when it is back"):
        room = disk.Ext4(base + "/ro", "errors=remount-ro")
        try:
            log = Chained(base, "ro", TEMPFAIL + ' durability = "fsync";', place=room.place,
                          policy=ALONE, milter=FREE)
            log.start()
            equal(answers(log, 5), (5, 0), "answers before")
            room.fault()
            equal(answers(log, 20), (0, 20), "answers meanwhile")
            check(re.search("the log (cannot be written|is not on disk)", log.said()), log.said())
            log.signal(signal.SIGSTOP)  # it could begin a log below the mount meanwhile
            room.mend()
            log.signal(signal.SIGCONT)
            tried = []

            def passes():  # it looks each second
                tried.append(answers(log, 1))
                return tried[-1] == (1, 0)
            until(passes, "mail passes again", 10)
            equal(log.stop(), 0, "exit status")
            chain.intact(log.parts())
            trouble = [r.get("unwritten", r.get("unsynced")) for r in log.records()
                       if "unwritten" in r or "unsynced" in r]
            equal(sum(t["records"] for t in trouble), 20 + len(tried) - 1,
                  f"records told, of {trouble}")
            equal(len(log.records("message")), 6, "messages")
        finally:
            log.kill()


def places(tap, base):
    with tap.case("the folder is removed, and made again: refused meanwhile, and goes on"):
        place = base + "/folder"
        os.mkdir(place)
        log = Chained(base, "folder", TEMPFAIL, place=place, policy=ALONE, milter=FREE).start()
        equal(answers(log, 5), (5, 0), "answers before")
        shutil.rmtree(place)
        equal(answers(log, 5), (0, 5), "answers meanwhile")
        os.mkdir(place)
        equal(answers(log, 5), (5, 0), "answers after")
        told(log, "No such file")
        counted(log, 5, "No such file", "head")
        equal((log.records()[0]["type"], log.records()[0]["seq"]), ("head", 7), "the first")
        log.whole()
    with tap.case("no permission for a new file: the renamed one stays in use until there is"):
        place = base + "/denied"
        os.mkdir(place)
        shutil.chown(place, "nobody")
        log = Chained(base, "denied", place=place)
        log.set("", milter='user = "nobody";', policy=ALONE)
        log.start()
        answers(log, 3)
        os.chmod(place, 0o555)
        shutil.chown(place, "root")
        os.rename(log.log_path, log.log_path + ".2-0")
        equal(answers(log, 3), (3, 0), "answers meanwhile")
        check("the old file stays in use" in log.said(), log.said())
        check(not os.path.exists(log.log_path), "a new file")
        shutil.chown(place, "nobody")
        os.chmod(place, 0o700)
        equal(answers(log, 3), (3, 0), "answers after")
        equal(len(chain.records(log.log_path)), 3, "a head and records in the new file")
        equal(log.said().count("the old file stays in use"), 1, "told")
        log.whole()
    with tap.case("rotation by size, and no permission to rename: it grows on"):
        place = base + "/grows"
        os.mkdir(place)
        shutil.chown(place, "nobody")
        log = Chained(base, "grows", place=place)
        log.set("rotate_bytes = 5000;", milter='user = "nobody";')
        log.start()
        os.chmod(place, 0o555)
        shutil.chown(place, "root")
        equal(answers(log, 50), (50, 0), "answers")
        equal(len(log.parts()), 1, "parts")
        check(len(log.records("head")) < 5, "no head for each record")
        equal(log.said().count("it grows on"), 1, "told")
        log.whole()


def syncing(tap, base):
    count, fail = base + "/shim.count", base + "/shim.fail"
    with tap.case("fdatasync fails: 451, told, and counted as unsynced"):
        log = Chained(base, "eio", TEMPFAIL + ' durability = "fsync";')
        log.start(env=shim(base))
        equal(answers(log, 5), (5, 0), "answers before")
        open(fail, "w").close()
        equal(answers(log, 4), (0, 4), "answers meanwhile")
        os.unlink(fail)
        equal(answers(log, 5), (5, 0), "answers after")
        equal(log.said().count("the log is not on disk: Input/output error"), 1, "told")
        equal(log.said().count("the log is on disk again"), 1, "over")
        trouble = [r["unsynced"] for r in log.records() if "unsynced" in r]
        equal(sum(t["records"] for t in trouble), 4, f"records told, of {trouble}")
        equal({t["error"] for t in trouble}, {"Input/output error"}, "error")
        equal(len(log.records("message")), 14, "messages, those that were refused too")
        log.whole()
    with tap.case("fdatasync fails where a record comes later: it stands there once"):
        log = Chained(base, "once", ACCEPT + ' durability = "fsync";').start(env=shim(base))
        open(fail, "w").close()
        for _ in range(2):  # the same messages from the same clients: duplicates, told later
            equal(answers(log, 40), (40, 0), "answers")
        until(lambda: log.records("later"), "a later record, while it fails")
        time.sleep(0.3)  # it would be tried once more
        os.unlink(fail)
        equal(answers(log, 1), (1, 0), "answers after")
        equal(log.stop(), 0, "exit status")
        later = [(r["session"], r["message"], r["findings"][0]["rule"])
                 for r in log.records("later")]
        equal(len(later), len(set(later)), "later records, each once")
    with tap.case("with 64 sessions one fdatasync serves several records"):
        log = Chained(base, "group", 'durability = "fsync";').start(env=shim(base))
        os.unlink(count)
        open(base + "/shim.slow", "w").close()  # a disk; else it is over before anybody else comes
        equal(answers(log, 2000, "-c", "64"), (2000, 0), "answers")
        os.unlink(base + "/shim.slow")
        calls = os.path.getsize(count)
        check(calls < 1000, f"{calls} calls for 2000 records")
        print(f"# 2000 records, 64 sessions: {calls} calls of fdatasync, {2000 / calls:.1f} each")
        log.whole()
    with tap.case("the names of a new log, and of each new part, are synced"):
        names = base + "/shim.names"
        if os.path.exists(names):
            os.unlink(names)
        log = Chained(base, "names", 'durability = "fsync"; rotate_bytes = 5000;')
        log.start(env=shim(base))
        equal(os.path.getsize(names), 1, "syncs of the folder, a new log")
        equal(answers(log, 30), (30, 0), "answers")
        check(len(log.parts()) > 3, "parts")
        equal(os.path.getsize(names), len(log.parts()), "syncs of the folder")
        log.whole()
    with tap.case("durability write asks for none"):
        log = Chained(base, "none", 'durability = "write";').start(env=shim(base))
        os.unlink(count)
        equal(answers(log, 50), (50, 0), "answers")
        check(not os.path.exists(count), "calls of fdatasync")
        log.whole()


def emptied(pipe):
    data = b""
    try:
        while True:
            data += os.read(pipe, 65536)
    except BlockingIOError:
        return data


def stalled(tap, base):
    with tap.case("a pipe whose reader takes nothing: mail gets on_full, reload and stop do not wait"):
        folder = base + "/pipe"
        os.mkdir(folder)
        os.mkfifo(folder + "/stalled.jsonl")
        reader = os.open(folder + "/stalled.jsonl", os.O_RDONLY | os.O_NONBLOCK)
        log = Chained(base, "stalled", TEMPFAIL, place=folder, policy=ALONE).start()
        passed, deferred = answers(log, 200, "-c", "4")
        check(passed > 0 and deferred > 0, f"answers: {passed}, {deferred}")
        began = time.monotonic()
        equal(answers(log, 20), (0, 20), "answers, still stalled")
        check(time.monotonic() - began < 20, "each waits")
        log.reloads()
        lines = emptied(reader)
        equal(answers(log, 5), (5, 0), "answers after")
        lines += emptied(reader)
        told(log, "temporarily unavailable")
        found = [json.loads(line) for line in lines.splitlines()]
        equal(len([r for r in found if r["type"] == "message"]), passed + 5, "message records")
        gaps = [r["unwritten"]["records"] for r in found if "unwritten" in r]
        check(len(gaps) == 1 and gaps[0] >= deferred + 20, f"unwritten: {gaps}")
        answers(log, 200)
        log.stop(seconds=15)
        os.close(reader)


def test(tap, base):
    if not disk.enclose():
        with tap.case("a log that cannot be written"):
            raise Skip("no mount namespace can be had here")
        return
    os.chmod(base, 0o755)
    for part in (full, alike, limited, read_only, places, syncing, stalled):
        part(tap, base)


main(test, after=disk.leave)
