#!/usr/bin/env python3
"""test_faults.py - one call after the other fails: an allocation, a read, a write, whatever the
daemon and its libraries ask of the system, with mail, reload and rotation, and while it starts. It
lives on; no message is answered without the record that log.durability promises; the log is whole.
Then those fail that one caller makes: OpenSSL for a first session, libmilter to its own pipe.

FX_FAULT_ROUNDS says how many calls of a kind fail in each case, 0 for each of them, and then every
durability meets every state store; FX_FAULT_KINDS are the kinds, where not all, and
FX_FAULT_PAIR a durability and a store."""
import collections
import json
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import chain  # noqa: E402
import redis_server  # noqa: E402
from chained import Chained, main  # noqa: E402
from daemon import configuration  # noqa: E402
from faults import ERRORS, Faults  # noqa: E402
from milter import Closed, Mta  # noqa: E402
from tap import Failure, check, equal, until  # noqa: E402

ROUNDS = int(os.environ.get("FX_FAULT_ROUNDS", "4"))
ONLY = os.environ.get("FX_FAULT_KINDS", " ".join(ERRORS)).split()
IS_FULL = "FX_FAULT_ROUNDS" in os.environ
EX_UNAVAILABLE = 69  # libmilter gave up
DURABILITIES, STORES = ("write", "fsync", "async"), ("sqlite", "redis", "memory")
# what a message is found guilty of, by one profile or the other
BAD = (("Subject", " x"), ("X-Long", " " + "x" * 1100),
       ("Content-Type", ' multipart/mixed; boundary="b"'),
       ("DKIM-Signature", " v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=s1; l=3;\r\n"
        "\th=from:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"),
       ("X-Fixup-Policy", " forged"))
# 192.0.2.2 is refused what is found
CLIENTS = '{ networks = ["192.0.2.2"]; mode = "enforce"; profile = "pix-6.3"; }'


class Followed(Chained):
    """Its records by the name that HELO and MAIL had, as they come."""

    def __init__(self, base, name, logging, state, more=""):
        super().__init__(base, name)
        self.text = configuration(
            self.socket, self.log_path, policy='mode = "tag"; profile = "asa-9";',
            clients=CLIENTS, logging=logging + ' on_full = "tempfail"; head_records = 7; '
            "rotate_bytes = 100000;",
            state=state, more=more)
        self.write(self.text)
        self.by_name = collections.defaultdict(list)
        self.read_to = {}  # of each part, by its inode
        self.seq = self.heard = 0

    def _new(self, parts):
        """Of all parts: one that has its successor already may still be written to, where that
        cannot be opened or locked."""
        for path in parts:
            with open(path, "rb") as f:
                inode = os.fstat(f.fileno()).st_ino
                f.seek(self.read_to.get(inode, 0))
                data = f.read()
            data = data[:data.rfind(b"\n") + 1]
            self.read_to[inode] = self.read_to.get(inode, 0) + len(data)
            yield from map(json.loads, data.splitlines())

    def _take(self, record):
        self.seq = max(self.seq, record["seq"])
        if record["type"] == "message":  # either may have been lost for want of memory
            names = {record["client"]["helo"], (record["from"] or "").partition("@")[0]}
            for name in names - {None, ""}:
                self.by_name[name].append(record)

    def follow(self):
        """Once more where the daemon began another part meanwhile, which was not listed."""
        parts = None
        while parts != self.parts():
            parts = self.parts()
            try:
                for record in self._new(parts):
                    self._take(record)
            except FileNotFoundError:
                parts = None
        return self.by_name

    def hears(self, *words):
        """Does it say one of them, beyond what was heard before?"""
        with open(self.stderr_path, errors="replace") as f:
            f.seek(self.heard)
            text = f.read()
        if any(word in text for word in words):
            self.heard += len(text.encode(errors="replace"))
            return True
        return False

    def settle(self):
        self.heard = os.path.getsize(self.stderr_path)


class Ended(Exception):
    """The session, or this message, by an answer."""


def step(answer):
    if answer[:1] in b"tyr" and answer:
        raise Ended(answer.decode())


def message(mta, name, fields):
    """What became of it: the answer's first letter, with the code where there is one."""
    at = "MAIL"
    try:
        step(mta.mail(f"<{name}@example.org>", "SIZE=99"))
        at = "RCPT"
        step(mta.rcpt("<user@example.net>"))
        at = "DATA"
        step(mta.data())
        for field in fields:
            step(mta.header(*field))
        step(mta.eoh())
        step(mta.body(b"text\r\n--b\r\nContent-Disposition: attachment; filename=" + b"n" * 300 +
                      b"\r\n\r\nx\r\n--b--\r\n"))
        answer = mta.eom()[1]
        step(answer)
        return "passed" if answer in (b"c", b"a") else repr(answer)
    except Ended as end:
        if not str(end).startswith(("t", "y4")) and str(end) != "r":
            return "refused at RCPT" if at == "RCPT" else "refused"
        return "deferred"


def session(log, name, address="192.0.2.1", messages=((("Subject", " x"),), BAD), pause=0.0):
    """One outcome for each message; those of a session that libmilter closes are "closed". With a
    pause before each of them libmilter leaves the session alone until it hears from it."""
    outcomes = []
    try:
        mta = Mta(log.socket, negotiate=False)
        mta.sock.settimeout(20)
        try:
            mta.negotiate()
            step(mta.connect(address=address))
            step(mta.helo(name))
            for fields in messages:
                time.sleep(pause)
                outcomes.append(message(mta, name, fields))
            mta.quit()
        finally:
            mta.sock.close()
    except Ended:
        outcomes += ["deferred"] * (len(messages) - len(outcomes))
    except (Closed, BrokenPipeError, ConnectionError):
        outcomes += ["closed"] * (len(messages) - len(outcomes))
    return outcomes


class Unrecorded(Failure):
    """An answer without the record that durability promises."""


class Count(collections.Counter):
    """What rounds came to: what went wrong in them, too, and from whom the calls came after which
    libmilter closed."""

    def __init__(self):
        super().__init__()
        self.closers = collections.Counter()
        self.failures = []

    def wrong(self, failure, crashed):
        self["crashes"] += crashed
        self["unrecorded"] += isinstance(failure, Unrecorded)
        self.failures.append(str(failure))

    def figures(self, what):
        line(what, f"{self['rounds']} rounds, {self['hit']} faults: {self['crashes']} crashes, "
             f"{self['unrecorded']} unrecorded answers")
        own = sum(n for who, n in self.closers.items() if who.startswith("libmilter."))
        line(f"{what}: mail", f"{self['passed']} passed, {self['refused']} refused, "
             f"{self['deferred']} tempfail, {self['closed']} closed by libmilter, {own} of these "
             "rounds by a fault of its own")


def line(what, figure):
    print(f"# figure: fault | {what} | {figure}", flush=True)


def promised(condition, what, seconds=0.0):
    try:
        until(condition, what, seconds)
    except Failure as failure:
        raise Unrecorded(str(failure)) from None


def recorded(log, faults, name, outcomes, durability):
    """No answer that lets a message go, one way or the other, without its record."""
    want = [n for n, outcome in enumerate(outcomes, 1) if outcome in ("passed", "refused")]

    def there():
        return set(want) <= {r["message"] for r in log.follow()[name]}
    promised(there, f"records {want} of {name}: {outcomes}, {log.by_name[name]}",
             5 if durability == "async" else 0)
    if "refused at RCPT" in outcomes:  # of one recipient; the session's end ends the message
        promised(lambda: log.follow()[name], f"the record of {name}", 5)
    numbers = [r["message"] for r in log.by_name[name]]
    equal(len(numbers), len(set(numbers)), f"records of {name}, each once")
    if durability == "fsync" and outcomes and outcomes[-1] in ("passed", "refused"):
        written, synced = faults.written()
        promised(lambda: synced == written, f"{synced} records on disk, of {written}")


def mail(log, faults, name, durability, count=None):
    outcomes = session(log, name)
    recorded(log, faults, name, outcomes, durability)
    refused = session(log, "e" + name, "192.0.2.2", (BAD,))
    recorded(log, faults, "e" + name, refused, durability)
    return outcomes + refused


def reload(log, faults, name, durability):
    log.settle()
    log.signal(signal.SIGHUP)
    until(lambda: not log._alive() or log.hears("reload: done", "stays"), "the end of a reload")
    outcomes = session(log, name, messages=((("Subject", " x"),),))
    recorded(log, faults, name, outcomes, durability)
    return outcomes


def renamed(log, faults, name, durability, told=False):
    """By whoever does not tell the daemon: the next record finds it out, once it is written."""
    log.follow()
    if os.path.exists(log.log_path):  # by the daemon's own names, in whose order they are read
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        part = f"{log.log_path}.{now}-{log.seq:012d}"
        if not os.path.exists(part):  # nothing was written since
            os.rename(log.log_path, part)
    if told:
        log.signal(signal.SIGUSR1)
    outcomes = session(log, name, messages=((("Subject", " x"),),))
    recorded(log, faults, name, outcomes, durability)
    return outcomes


def rotate(log, faults, name, durability):
    return renamed(log, faults, name, durability, told=True)


def chosen(total):
    """Of so many calls, those that fail, one in a round; and one that is never made."""
    step_width = max(1, total // ROUNDS) if ROUNDS else 1
    return [*range(1, total + 1, step_width), total + 1]


def one(log, faults, durability, what, kind, n, error, count):
    """One round. Whatever goes wrong is counted, and the daemon is started again if need be."""
    faults.arm(kind, n, error)
    outcomes, failure = [], None
    try:
        outcomes = SCENARIOS[what](log, faults, f"{kind}.{error}.{what}.{n}", durability)
    except Failure as found:
        failure = found
    hits, who = faults.disarm(kind)
    count["rounds"] += 1
    count["hit"] += hits
    for outcome in outcomes:
        count[outcome] += 1
    if "closed" in outcomes:
        count.closers[who] += 1
    crashed = not log.alive()
    if crashed:
        failure = failure or Failure(f"the daemon ended with {log.process.returncode}")
    if failure is not None:
        place = f"{what}, {kind} {n}, {error}, called by {who}: "
        count.wrong(type(failure)(place + str(failure)), crashed)
    if crashed:
        log.start(env=faults.environment())


def rounds(log, faults, durability, what, kind, error, count):
    faults.arm(kind, 0, error)
    equal(set(SCENARIOS[what](log, faults, f"{kind}.{error}.{what}.0", durability)) - {"refused"},
          {"passed"}, "without a fault")
    for n in chosen(faults.calls(kind)):
        one(log, faults, durability, what, kind, n, error, count)
        if len(count.failures) > 9:
            break


SCENARIOS = {"mail": mail, "renamed": renamed, "rotate": rotate, "reload": reload}


def state_of(store, base, redis):
    if store == "redis":
        return f'backend = "redis"; uri = "{redis.uri()}"; lost_after_seconds = 1;'
    return f'backend = "{store}"; lost_after_seconds = 1;'


def running(tap, base, faults, redis, durability, store):
    log, sum_of_all = None, Count()
    for kind in (k for k in ERRORS if k in ONLY):
        with tap.case(f"{kind} fails, durability {durability}, {store}"):
            if log is None or not log.alive():
                log = Followed(base, f"{durability}-{store}-{kind}",
                               f'durability = "{durability}";', state_of(store, base, redis))
                log.start(env=faults.environment())
            if kind not in faults.kinds():
                continue
            count = Count()
            for what in SCENARIOS:
                for error in ERRORS[kind]:
                    rounds(log, faults, durability, what, kind, error, count)
            sum_of_all.update(count)
            sum_of_all.closers.update(count.closers)
            faults.clear()
            equal(count.failures, [], "what went wrong")
            until(lambda: mail(log, faults, f"after.{kind}.{time.monotonic()}", durability)
                  == ["passed", "passed", "refused"], "mail passes again", 5)
    sum_of_all.figures(f"{durability}, {store}")
    with tap.case(f"the log of that is whole, durability {durability}, {store}"):
        log.whole()


def faults_known(base, faults):
    """A first process fills in the names of the kinds."""
    log = Followed(base, "first", "", 'backend = "memory";').start(env=faults.environment())
    equal(log.stop(), 0, "exit status")


def starting(tap, base, faults):
    """It ends with a word and a status of sysexits.h, and leaves no socket; or it starts all right,
    and what it answers has its record."""
    with tap.case("one call after the other fails while it starts"):
        count = Count()
        for kind in (k for k in ERRORS if k in ONLY and k in faults.kinds()):
            for error in ERRORS[kind]:
                total = start_once(base, faults, kind, 0, error, count)
                for n in chosen(total):
                    start_once(base, faults, kind, n, error, count)
        line("start", f"{count['rounds']} starts, {count['hit']} faults: "
             f"{count['crashes']} crashes, {count['hung']} hung, {count['refused']} ended with a status, "
             f"{count['started']} started all the same")
        equal(count.failures, [], "what went wrong")
        check(count["started"] > 0 and count["refused"] > 0, str(count))


def start_once(base, faults, kind, n, error, count):
    """How many calls of this kind there were until it had started, or ended."""
    log = Followed(base, f"start-{kind}", 'durability = "fsync";', 'backend = "memory";')
    log.broken = True
    if os.path.exists(log.stderr_path):
        os.unlink(log.stderr_path)
    faults.arm(kind, n, error)
    log.spawn(env=faults.environment())
    try:
        until(lambda: log.process.poll() is not None or "started, version" in log.said(),
              "its start or end", 20)
        calls = faults.calls(kind)
        started(log, faults, kind, n, error, count)
    except Failure as failure:
        status = None if log.process is None else log.process.poll()
        count["hung"] += log.process is not None and status is None
        count.wrong(Failure(f"start, {kind} {n}, {error}: {failure}"), (status or 0) < 0)
        log.kill()
        calls = 0
    count["rounds"] += 1
    return calls


def started(log, faults, kind, n, error, count):
    hits, who = faults.disarm(kind)
    count["hit"] += hits
    outcomes = None
    if log.process.poll() is None:
        try:
            outcomes = session(log, f"{kind}.{n}.{error}", messages=((("Subject", " x"),),))
        except (FileNotFoundError, ConnectionRefusedError):
            pass  # libmilter gave up once it had begun
    if outcomes is not None:
        check(outcomes in (["passed"], ["closed"], ["deferred"]), f"{outcomes}, {log.said()}")
        if outcomes == ["passed"]:
            recorded(log, faults, f"{kind}.{n}.{error}", outcomes, "write")
        status = log.stop()
        check(status in (0, EX_UNAVAILABLE), f"by {who}: it ended with {status}")
        count["started"] += 1
        return
    status = log.process.wait(20)
    check(64 <= status <= 78, f"by {who}: it ended with {status}: {log.said()}")
    log.ended()
    check(hits > 0 and log.said().strip(), "it says nothing")
    check(not os.path.exists(log.socket[5:]), f"by {who}: a socket is left")
    count["refused"] += 1


def first_session(tap, base, faults):
    """OpenSSL gets its memory from the program, where it sets itself up only while that starts;
    that takes thousands of allocations, of which one that failed in a session would be a crash."""
    with tap.case("a first session finds OpenSSL set up; one allocation after the other fails in it"):
        faults.clear()
        log = Followed(base, "first-session", 'durability = "write";', 'backend = "memory";')
        log.start(env=faults.environment())
        faults.only("fixup-milter")
        faults.arm("malloc", 0, "ENOMEM")
        equal(mail(log, faults, "first.0", "write"), ["passed", "passed", "refused"], "no fault")
        total, count = faults.calls("malloc"), Count()
        check(total < 250, f"{total} allocations for a first session")
        for n in chosen(total):
            log.stop()
            log.start(env=faults.environment())
            one(log, faults, "write", "mail", "malloc", n, "ENOMEM", count)
        faults.only()
        count.figures("first session of a process")
        equal(count.failures, [], "what went wrong")
        equal(log.stop(), 0, "exit status")


def own_pipe(tap, base, faults):
    """libmilter wakes itself by a pipe, whose end is its own: nothing in a system lets a write to it
    fail. If it did, a session that is left alone would sleep until another one wakes it."""
    log = Followed(base, "pipe", 'durability = "write";', 'backend = "memory";')
    log.start(env=faults.environment())
    with tap.case("libmilter cannot read, from its own pipe either: closed, or with a record"):
        faults.clear()
        faults.only("libmilter.")
        count = Count()
        for error in ERRORS["read"]:
            faults.arm("read", 0, error)
            equal(session(log, f"pipe.{error}", pause=0.02), ["passed"] * 2, "without a fault")
            for n in chosen(faults.calls("read")):
                faults.arm("read", n, error)
                outcomes = session(log, f"pipe.{error}.{n}", pause=0.02)
                count["hit"] += faults.disarm("read")[0]
                check(set(outcomes) <= {"passed", "closed"}, f"{n}: {outcomes}")
                recorded(log, faults, f"pipe.{error}.{n}", outcomes, "write")
        check(count["hit"] > 1, "no fault")
    with tap.case("libmilter cannot write to its own pipe: sessions sleep, and go on with the next"):
        slept = []
        faults.arm("write", 1, "EIO", lasting=True)
        sleeper = threading.Thread(
            target=lambda: slept.extend(session(log, "pipe.sleeper", pause=0.1)))
        sleeper.start()
        until(lambda: faults.hits("write") > 0, "a fault")
        sleeper.join(0.5)
        equal(slept, [], "outcomes while it sleeps")
        faults.clear()
        until(lambda: session(log, f"pipe.{time.monotonic()}", pause=0.1) and not
              sleeper.is_alive(), "it goes on", 15)
        equal(slept, ["passed", "passed"], "outcomes")
        recorded(log, faults, "pipe.sleeper", slept, "write")
        faults.only()
        equal(log.stop(), 0, "exit status")


def test(tap, base):
    redis = redis_server.Redis(base).start() if redis_server.usable() else None
    try:
        faults = Faults(base)
        pairs = [(d, s) for d in DURABILITIES for s in STORES] if IS_FULL else \
            list(zip(DURABILITIES, STORES))
        if "FX_FAULT_PAIR" in os.environ:
            pairs = [os.environ["FX_FAULT_PAIR"].split()]
        faults_known(base, faults)
        if "FX_FAULT_PAIR" not in os.environ:
            starting(tap, base, faults)
            if "malloc" in faults.kinds():
                first_session(tap, base, faults)
            own_pipe(tap, base, faults)
        for durability, store in pairs:
            if store != "redis" or redis is not None:
                running(tap, base, faults, redis, durability, store)
    finally:
        if redis is not None:
            redis.kill()


main(test)
