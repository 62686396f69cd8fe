#!/usr/bin/env python3
"""test_durability.py - the record is with the kernel before the answer is with the client; a log
that cannot be written, by a full disk and by a limit on the file's size."""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True

from daemon import PROGRAM, environment
from harness import Live, main, members, message
from tap import Skip, check, equal, note, until

STRICT = 'mode = "enforce";'


def count(log, **wanted):
    return len(log.find(**wanted))


def before_the_answer(tap, live, durability):
    """No waiting here: the record is there when the answer is."""
    daemon = live.daemon(durability)
    daemon.start(live.configuration(daemon, policy=STRICT,
                                    logging=f'durability = "{durability}";'))
    name = f"{durability}.example.org"
    with tap.case(f"durability {durability}: a record before each answer to a message"):
        session = live.hello(name)
        for n in range(1, 51):
            session.mail(message(mark=f"{durability}{n}"), to=("b@discard.test",), code=250)
            equal(count(daemon.log, type="message", helo=name), n, "records at the answer")
    with tap.case(f"durability {durability}: before a refusal of MAIL"):
        session.expect(555, "MAIL FROM:<a@example.org> SMTPUTF8")
        equal(count(daemon.log, type="message", helo=name), 51, "records at the answer")
    with tap.case(f"durability {durability}: before a refusal of the message"):
        session.mail(message(*["Received: x"] * 30), code=554)
        equal(count(daemon.log, type="message", helo=name), 52, "records at the answer")
    with tap.case(f"durability {durability}: before 421"):
        session.expect(421, "MAIL FROM:<" + "s" * 400 + "@example.org>")
        equal(count(daemon.log, type="message", helo=name), 53, "records at the answer")
    with tap.case(f"durability {durability}: it ends with 0"):
        equal(daemon.stop(), 0, "exit status")


class SmallDisk:
    """The daemon in a mount namespace of its own, its log on a file system of a few pages. Nothing
    outside that namespace sees the mount, and it goes when the daemon ends."""

    def __init__(self, live, name, pages=16):
        if not shutil.which("unshare"):
            raise Skip("there is no unshare(1)")
        self.live = live
        self.daemon = live.daemon(name)
        self.place = f"{live.base}/{name}.disk"
        os.mkdir(self.place)
        self.daemon.log_path = self.place + "/log.jsonl"
        self.pages = pages

    def start(self, logging, policy=""):
        daemon = self.daemon
        daemon.write(self.live.configuration(daemon, policy=policy, logging=logging,
                                             state='backend = "memory";'))
        script = (f'mount -t tmpfs -o size={self.pages * 4096} none "$1" || exit 97; '
                  'shift; exec "$@"')
        with open(daemon.stderr_path, "ab") as errors:
            daemon.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", script, "sh", self.place, PROGRAM, "-f", "-c",
                 daemon.conf], env=environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=errors)
        until(lambda: daemon.process.poll() is not None or self.started(), "the daemon's start")
        if daemon.process.poll() == 97 or "unshare:" in daemon.said():
            raise Skip("no file system can be mounted here: " + daemon.said().strip())
        check(daemon.alive(), f"the daemon ended: {daemon.said()}")
        # seen from here; unshare and sh became the daemon by exec
        daemon.log.path = f"/proc/{daemon.process.pid}/root{self.place}/log.jsonl"

    def started(self):
        try:
            with open(f"/proc/{self.daemon.process.pid}/root{self.place}/log.jsonl") as f:
                return '"type":"start"' in f.read()
        except OSError:
            return False

    def fill(self):
        """Takes all the room that is left, to the last page; the log's own page stays."""
        with open(self.filler(), "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass

    def filler(self):
        return os.path.join(os.path.dirname(self.daemon.log.path), "filler")

    def free(self):
        os.unlink(self.filler())

    def whole(self):
        """Every line of the log is a record, and the last one is ended."""
        with open(self.daemon.log.path, "rb") as f:
            data = f.read()
        check(data.endswith(b"\n"), "the last line is whole")
        seqs = [json.loads(line)["seq"] for line in data.splitlines()]
        equal(seqs, list(range(1, len(seqs) + 1)), "seq")


def full_disk(tap, live):
    with tap.case("a full disk, on_full tempfail: 451, and no mail without its record"):
        disk = SmallDisk(live, "tempfail")
        disk.start('on_full = "tempfail";')
        note(disk.daemon.said)
        session = live.hello("full.example.org")
        session.mail(message(mark="room"), code=250)
        disk.fill()
        kept, refused = ["room"], []
        for n in range(12):
            reply = session.mail(message(mark=f"full{n}"), code=None)
            (kept if reply.code == 250 else refused).append(f"full{n}")
            if reply.code != 250:
                equal((reply.code, reply.enhanced), (451, "4.3.0"), "the answer")
        check(refused, "the disk is full at last")
        check(not [m for m in kept if m > refused[0] and len(m) >= len(refused[0])],
              "once full, it stays full")
        disk.whole()
        got = [r["message_id"] for r in disk.daemon.log.find(type="message")]
        equal(got, [f"<{mark}@example.org>" for mark in kept], "records")
        check("cannot be written" in disk.daemon.said(), "it is told")
        equal(disk.daemon.said().count("cannot be written"), 1, "it is told once")

        disk.free()
        session.mail(message(mark="again"), code=250)
        members(disk.daemon.log.find(type="message")[-1], message_id="<again@example.org>")
        session.quit()
        disk.whole()
        live.postfix.settle()
        marks = [m for m in refused if any(f"<{m}@".encode() in d
                                           for d in live.postfix.delivered())]
        equal(marks, [], "delivered although refused")
        live.postfix.delivery("<again@example.org>")
        equal(disk.daemon.stop(), 0, "exit status")

    with tap.case("a full disk, on_full tempfail: local mail waits and is delivered later"):
        disk = SmallDisk(live, "wait")
        disk.start('on_full = "tempfail";')
        disk.fill()
        with live.hello("filling.example.org") as session:
            codes = {session.mail(message(), code=None).code for _ in range(12)}
        check(451 in codes, "the disk is full at last")
        text = message(mark="patient").replace(b"\r\n", b"\n")
        result = live.postfix.command("/usr/sbin/sendmail", "-i", "box@maildir.test", input=text)
        equal(result.returncode, 0, "sendmail")
        until(lambda: "milter-reject: END-OF-MESSAGE from localhost" in live.postfix.said(),
              "a refusal")
        check(not any(b"patient" in m for m in live.postfix.delivered()), "not yet")
        disk.free()
        live.postfix.delivery("<patient@example.org>", seconds=20)
        equal(disk.daemon.stop(), 0, "exit status")

    with tap.case("a full disk, enforce: 451 in the place of a refusal that cannot be recorded"):
        disk = SmallDisk(live, "strict")
        disk.start('on_full = "tempfail";', STRICT)
        disk.fill()
        session = live.hello("strict.example.org")
        codes = [session.cmd("MAIL FROM:<a@example.org> SMTPUTF8").code for _ in range(12)]
        session.quit()
        check(codes == sorted(codes, reverse=True) and set(codes) <= {555, 451}, str(codes))
        equal(count(disk.daemon.log, type="message"), codes.count(555), "records")
        check(451 in codes, "the disk is full at last")
        disk.free()
        equal(disk.daemon.stop(), 0, "exit status")

    with tap.case("a full disk, on_full accept: mail goes on, records are lost"):
        disk = SmallDisk(live, "accept")
        disk.start('on_full = "accept";')
        disk.fill()
        session = live.hello("accept.example.org")
        for n in range(12):
            session.mail(message(mark=f"accept{n}"), code=250)
        missing = 12 - count(disk.daemon.log, type="message")
        check(missing > 0, "the disk is full at last")
        disk.whole()
        disk.free()
        session.mail(message(mark="accept-again"), code=250)
        session.quit()
        equal(count(disk.daemon.log, type="message"), 13 - missing, "records")
        disk.whole()
        live.postfix.delivery("<accept11@example.org>")
        equal(disk.daemon.stop(), 0, "exit status")

    with tap.case("a full disk, enforce and on_full accept: the refusal stands"):
        disk = SmallDisk(live, "both")
        disk.start('on_full = "accept";', STRICT)
        disk.fill()
        session = live.hello("both.example.org")
        for _ in range(12):
            session.expect(555, "MAIL FROM:<a@example.org> SMTPUTF8")
        session.mail(message(*["Received: x"] * 30), code=554)
        session.quit()
        disk.free()
        equal(disk.daemon.stop(), 0, "exit status")


def limited_file(tap, live):
    with tap.case("a limit on the size of files: the same, and the daemon lives"):
        daemon = live.daemon("limit")
        daemon.start(live.configuration(daemon, logging='on_full = "tempfail";'))
        note(daemon.said)
        pid = daemon.process.pid
        session = live.hello("limit.example.org")
        session.mail(message(mark="limit1"), code=250)
        size = os.path.getsize(daemon.log_path)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
        reply = session.mail(message(mark="limit2"), code=None)
        check(daemon.alive(), f"the daemon was ended by {daemon.process.poll()}")
        equal(reply.code, 451, "the answer")
        equal(os.path.getsize(daemon.log_path), size, "no half record is left")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        session.mail(message(mark="limit3"), code=250)
        session.quit()
        equal([r["message_id"] for r in daemon.log.find(type="message")],
              ["<limit1@example.org>", "<limit3@example.org>"], "records")
        equal(daemon.stop(), 0, "exit status")


def gone(tap, live):
    with tap.case("the log is removed: the next record makes a new one, without a signal"):
        daemon = live.daemon("gone")
        daemon.start(live.configuration(daemon))
        os.unlink(daemon.log_path)
        session = live.hello("gone.example.org")
        session.mail(message(), code=250)
        with open(daemon.log_path) as log:
            equal([json.loads(line)["type"] for line in log], ["head", "message"],
                  "records at the answer")
        session.quit()
        check("was removed while it was in use" in daemon.said(), daemon.said())
        equal(daemon.stop(), 0, "exit status")


def test(tap):
    with Live() as live:
        before_the_answer(tap, live, "write")
        before_the_answer(tap, live, "fsync")
        full_disk(tap, live)
        limited_file(tap, live)
        gone(tap, live)


main(test)
