#!/usr/bin/env python3
"""test_staging.py - contrib/staging/run.sh: what it says of a real Postfix as sender is what stands
in mailboxes and records; two runs leave the same records; and it copes with bad senders, bad
arguments and being stopped."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import mtaconf
import postfix
from daemon import BUILD, SOURCE
from harness import main, members
from tap import check, equal, note, until

STAGING = os.path.join(SOURCE, "contrib", "staging")
RUN = STAGING + "/run.sh"
sys.path.append(STAGING)

import messages as staging_messages  # noqa: E402
import senders  # noqa: E402

MESSAGES = ["plain", "utf8", "long-field", "long-name", "defer", "drop", "lose", "fail", "hold"]
MANY, LIMIT = 12, 5
SLEEP = f"sleep 9{os.getpid()}"  # known as of this run

SENDER = """\
import os, smtplib
with smtplib.SMTP(os.environ["FX_HOST"], int(os.environ["FX_PORT"]), "script.example.org") as s:
    with open(os.environ["FX_MESSAGE"], "rb") as f:
        s.sendmail(os.environ["FX_FROM"], os.environ["FX_TO"].split(), f.read())
"""


class Ground:
    """A folder for everything, which Postfix's users may pass."""

    def __enter__(self):
        self.base = tempfile.mkdtemp(prefix="fixup-staging-test.")
        os.chmod(self.base, 0o755)
        return self

    def __exit__(self, *unused):
        place = os.path.join(BUILD, "records")
        os.makedirs(place, exist_ok=True)
        for old in glob.glob(f"{place}/postfix.test_staging.py.*.jsonl"):
            os.unlink(old)
        for number, path in enumerate(sorted(glob.glob(self.base + "/*/*/milter.jsonl"))):
            shutil.copy(path, f"{place}/postfix.test_staging.py.{number}.jsonl")
        if not os.environ.get("FX_KEEP"):
            shutil.rmtree(self.base, ignore_errors=True)

    def spawn(self, *words, tmpdir=None, **kept):
        env = dict(os.environ, FX_BUILDDIR=BUILD, TMPDIR=tmpdir or self.base)
        return subprocess.Popen(["sh", RUN, *words], env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kept)

    def run(self, *words, **kept):
        """Its exit status, what it printed, and what it said."""
        process = self.spawn(*words, **kept)
        out, said = process.communicate(timeout=300)
        note(said.decode(errors="replace"))
        return process.returncode, out.decode(), said.decode(errors="replace")

    def rows(self, *words, status=0):
        """The rows of a run, by profile, sender and message."""
        got, out, said = self.run("--json", *words)
        equal(got, status, "exit status: " + said)
        rows = [json.loads(line) for line in out.splitlines()]
        return {(r["profile"], r["sender"], r["message"]): r for r in rows}


def records_of(folder):
    with open(folder + "/milter.jsonl") as f:
        return [json.loads(line) for line in f]


def copies(folder, message):
    """Of this message, how many copies each recipient has: read from the Maildir here, too."""
    count = {}
    for path in glob.glob(folder + "/receiver/mail/box/new/*"):
        with open(path, "rb") as f:
            mail = f.read().decode("utf-8", "replace")
        if f"\nMessage-ID: <{message}.postfix." in mail:
            to = re.search(r"^Delivered-To: (\S+)$", mail, re.M).group(1)
            count[to] = count.get(to, 0) + 1
    return count


def everybody(message):
    return [f"{n}user@{message}.example.net" for n in range(1, MANY + 1)]


def of_message(records, message):
    return [r for r in records if r.get("listener") == f"{message}.postfix"
            and r["type"] == "message"]


def later_of(records, message):
    """What was found out later about its messages: (record, finding)."""
    sessions = {r["session"] for r in of_message(records, message)}
    return [(r, f) for r in records if r["type"] == "later" and r["session"] in sessions
            for f in r["findings"]]


def statements(tap, folder, rows):
    records = records_of(folder)

    with tap.case("defer: every recipient has the message once, and the sender respected it"):
        equal(copies(folder, "defer"), {to: 1 for to in everybody("defer")}, "mailbox")
        sent = of_message(records, "defer")
        equal([r["recipients"]["deferred"] for r in sent], [7, 2, 0], "deferred")
        later = later_of(records, "defer")
        equal([(f["rule"], f.get("detail")) for _, f in later],
              [("recipient-truncation", "respected")] * 2, "later")
        equal([r["session"] for r, _ in later], [r["session"] for r in sent[:2]], "about")
        members(rows["defer"], delivered=MANY, repeated=0, lost=0, queued=0, bounced=0,
                records=[r["seq"] for r in sent])
        equal([f["seq"] for f in rows["defer"]["later"]], [r["seq"] for r, _ in later], "seq")

    with tap.case("lose: exactly the recipients beyond the limit are missing, and recorded"):
        (record,) = of_message(records, "lose")
        order = [r["address"] for r in record["to"]]  # in which Postfix named them
        equal(sorted(order), sorted(everybody("lose")), "recipients")
        equal(copies(folder, "lose"), {to: 1 for to in order[:LIMIT]}, "mailbox")
        equal([r["result"] for r in record["to"]],
              ["accepted"] * LIMIT + ["lost"] * (MANY - LIMIT), "results")
        equal(record["recipients"]["lost"], MANY - LIMIT, "lost")
        members(rows["lose"], delivered=LIMIT, lost=MANY - LIMIT, queued=0, bounced=0,
                records=[record["seq"]])
        equal(sorted(rows["lose"]["missing"]), sorted(order[LIMIT:]), "missing")

    with tap.case("end of data held: copies in the mailbox, and as many by duplicate-delivery"):
        got = copies(folder, "hold")
        equal(got, {"user@hold.example.net": 3}, "mailbox")
        last = later_of(records, "hold")[-1][1]
        members(last, rule="duplicate-delivery", observed=3)
        members(rows["hold"], repeated=1, copies=3, most_copies=3, queued=1, lost=0)
        check("timed out" in rows["hold"]["note"], rows["hold"]["note"])

    with tap.case("fail: the others bounce; drop: all of it stays in the queue"):
        (record,) = of_message(records, "fail")
        equal(copies(folder, "fail"), {r["address"]: 1 for r in record["to"][:LIMIT]}, "mailbox")
        members(rows["fail"], delivered=LIMIT, bounced=MANY - LIMIT, lost=0, queued=0)
        check(re.match(r"550 5\.5\.3 .*recipient-count: \d+, limit 5; simulated\)$",
                       rows["fail"]["note"]), rows["fail"]["note"])
        equal(copies(folder, "drop"), {}, "mailbox")
        members(rows["drop"], delivered=0, queued=MANY, lost=0, bounced=0)
        check(all(r["verdict"] == "drop" for r in of_message(records, "drop")), "dropped")
        equal(len(of_message(records, "drop")), 3, "attempts")

    with tap.case("what is said of the plain one, of UTF-8, of a long line and of a long name"):
        members(rows["plain"], delivered=1, lost=0, queued=0, repeated=0, bounced=0, note="")
        members(rows["utf8"], delivered=0, bounced=1)
        check(rows["utf8"]["note"].startswith("SMTPUTF8 is required, but was not offered"),
              rows["utf8"]["note"])
        members(rows["long-field"], delivered=1)  # Postfix folds it
        members(rows["long-name"], delivered=0, queued=1)
        check(all(r.startswith("421 4.7.0 ") for r in rows["long-name"]["replies"]), "replies")
        equal(of_message(records, "plain")[0]["verdict"], "pass", "verdict")


def comparable(record):
    """A record without times and ids, nor what could be computed from them."""
    gone = {"time", "elapsed", "session", "queue_id", "prev", "hash", "host", "interval", "port"}

    def without(value):
        if isinstance(value, dict):
            return {k: without(v) for k, v in value.items() if k not in gone}
        return [without(v) for v in value] if isinstance(value, list) else value

    return without(record)


def alike(tap, one, other):
    with tap.case("the same run again: the same records but for times and ids"):
        first, second = records_of(one), records_of(other)
        for a, b in zip(first, second):
            equal(comparable(b), comparable(a), f"record {a['seq']}")
        equal(len(second), len(first), "records")
        check(len(first) > 15, "records that say something")
        check(any(r["type"] == "later" for r in first), "some of them later")


def of_postfix(tap, ground):
    words = ["-p", "asa-9", "--sender", "postfix"]
    for name in MESSAGES:
        words += ["--message", name]
    runs = {}
    with tap.case("two runs with Postfix as sender"):
        processes = {name: ground.spawn("--json", *words, "--keep", f"{ground.base}/{name}")
                     for name in ("one", "two")}
        for name, process in processes.items():
            out, said = process.communicate(timeout=300)
            equal(process.returncode, 0, "exit status: " + said.decode(errors="replace"))
            rows = [json.loads(line) for line in out.splitlines()]
            equal([r["message"] for r in rows], MESSAGES, "messages")
            equal([r["differs"] for r in rows], [[]] * len(rows), "differences")
            runs[name] = {r["message"]: r for r in rows}
    if len(runs) == 2:
        statements(tap, ground.base + "/one/asa-9", runs["one"])
        alike(tap, ground.base + "/one/asa-9", ground.base + "/two/asa-9")


def living(word):
    """Processes that have this in their command line."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                line = f.read()
        except OSError:
            continue
        if word.encode() in line and f"/{os.getpid()}/" not in path:
            found.append(line)
    return found


def asleep():
    return living(SLEEP.replace(" ", "\0") + "\0")


def of_commands(tap, ground):
    script = ground.base + "/send"
    with open(script, "w") as f:
        f.write(f"#!{sys.executable}\n{SENDER}")
    os.chmod(script, 0o755)
    with tap.case("commands as senders: one that sends, and some that do not"):
        rows = ground.rows(
            "-p", "pix-6.3+masked-verbs", "-p", "asa-9", "--message", "plain", "--message", "lose",
            "--timeout", "2", "--sender", script, "--sender", f"setsid {SLEEP} & {SLEEP}",
            "--sender", "echo no >&2; exit 3", "--sender", "head -c 3000000 /dev/urandom",
            "--sender", "exec /dev/null",
            "--keep", ground.base + "/commands")
        equal(len(rows), 2 * 5 * 2, "rows")
        for profile in ("pix-6.3+masked-verbs", "asa-9"):
            found = {(key[1], key[2]): r for key, r in rows.items() if key[0] == profile}
            members(found["send", "plain"], delivered=1, refused=0, believed=True)
            members(found["send", "lose"], delivered=LIMIT, lost=MANY - LIMIT)
            members(found["setsid", "plain"], delivered=0, failed=1, refused=0, records=[],
                    note="ended after 2 seconds")
            members(found["echo", "lose"], failed=MANY, refused=0, lost=0,
                    note="exit status 3: no")
            members(found["exec", "plain"], failed=1, refused=0)
            check(re.match(r"exit status 126: .*ermission denied", found["exec", "plain"]["note"]),
                  found["exec", "plain"]["note"])
            members(found["head", "plain"], delivered=0, unsent=1, lost=0, believed=True)
            check(found["head", "plain"]["note"].isprintable(), "a note that can be printed")
        equal(asleep(), [], "left running")
        size = os.path.getsize(ground.base + "/commands/asa-9/plain.head.out")
        check(0 < size <= 1 << 20, f"{size} octets of its output are kept")
    with tap.case("the same in words: a line for each, why not, and where the records are"):
        status, out, said = ground.run("-p", "asa-9", "--message", "lose", "--message", "plain",
                                       "--sender", script, "--sender", "true",
                                       "--sender", "sh -c 'echo Why; exit 3'")
        equal(status, 0, "exit status: " + said)
        check(re.search(r"^lose +send +5 delivered, 7 lost #\d$", out, re.M), out)
        check(re.search(r"^ +true +12 unsent no record$", out, re.M), out)
        check(re.search(r"^ +sh +12 failed no record$", out, re.M), out)
        check(re.search(r"^asa-9 +send +13 +6 +0 +7 +0 +0 +0 +0 +0 +0$", out, re.M), out)
        check("lose sh asa-9:\n    exit status 3: Why\n" in out, out)
        head = re.search(r"^profile +sender +recipients +(.*)$", out, re.M).group(1).split()
        for word in head:
            check(re.search(rf"^{word} ", out, re.M), f"no legend for {word}")
        folder = re.search(r"^The records are in (.*)/PROFILE/milter.jsonl$", out, re.M).group(1)
        check(f"run.sh: logs, mailboxes and queues are in {folder};" in said, said)
        number = int(re.search(r"^lose .*#(\d)$", out, re.M).group(1))
        members(records_of(folder + "/asa-9")[number - 1], seq=number, listener="lose.send")
        equal(os.listdir(os.path.dirname(folder)), ["run"], "beside it")
        shutil.rmtree(os.path.dirname(folder))


FORGED = """\
dir=$(dirname "$FX_MESSAGE")/../receiver/mail/box/new
mkdir -p "$dir"
{ echo "Delivered-To: $FX_TO"; cat "$FX_MESSAGE"; } >"$dir/forged"
"""


def differing(tap, ground):
    with tap.case("a mailbox that has not what the records say: 1, named, and the folder stays"):
        status, out, said = ground.run("-p", "asa-9", "--message", "plain", "--sender", FORGED)
        equal(status, 1, "exit status")
        check("asa-9, plain by command: user@plain.example.net: 1 in the mailbox, "
              "0 by the records" in said, said)
        check("delivered no record" in out, out)
        folder = re.search(r"^run.sh: logs, mailboxes and queues are in (.*);", said, re.M).group(1)
        check(os.path.isfile(folder + "/asa-9/milter.jsonl"), folder)
        shutil.rmtree(os.path.dirname(folder))


def of_all(tap, ground):
    """Whoever uses what is offered gets through everywhere."""
    profiles, senders, rows = list(mtaconf.profiles()), set(), {}
    with tap.case("each profile, each sender that is built in: a plain message gets through"):
        words = [word for name in profiles for word in ("-p", name)]
        rows = ground.rows(*words, "--message", "plain", "--message", "8bit",
                           "--keep", ground.base + "/all")
        equal(sorted({key[0] for key in rows}), sorted(profiles), "profiles")
        senders = {key[1] for key in rows}
        check(senders >= {"postfix", "postfix-esmtp"}, senders)
        note(f"senders: {senders}")
        for key, row in rows.items():
            if key[2] == "plain":
                members(row, delivered=1, repeated=0, lost=0, unacknowledged=0, replies=[],
                        differs=[])
    for name in profiles if rows else ():
        with tap.case(f"{name}: a Postfix that uses what it is offered breaks no rule"):
            records = [r for r in records_of(f"{ground.base}/all/{name}")
                       if r.get("listener", "").endswith(".postfix-esmtp")]
            equal([(r["type"], r["verdict"], r["findings"]) for r in records],
                  [("message", "pass", [])] * 2, "records")
            members(rows[name, "postfix-esmtp", "8bit"], delivered=1)
    for sender in sorted(senders - {"postfix", "postfix-esmtp"}):
        with tap.case(f"{sender} sends 8 bits without a word: refused where 8BITMIME is hidden"):
            members(rows["asa-9", sender, "8bit"], delivered=1, refused=0)
            members(rows["pix-6.3", sender, "8bit"], delivered=0, refused=1, lost=0)


def bad_arguments(tap, ground):
    wrong = [(64, ["-p", "asa-99"], "asa-99: no such profile"),
             (64, ["-p", "asa-9+nothing"], "no such variant"),
             (64, ["-p", "asa-9", "--sender", "no-such-command-here -x"],
              "no-such-command-here: no such command"),
             (64, ["--sender", "/etc/passwd x"], "/etc/passwd cannot be executed"),
             (64, ["--sender", "A=1 ./no/such/command"], "./no/such/command: no such command"),
             (64, ["--sender", "/etc"], "/etc: no such command"),
             (64, ["--sender", ""], "an empty command"),
             (64, ["--sender", "swaks 'a"], "nterminated"),
             (64, ["--message", "nothing"], "nothing: no such message; there are plain, "),
             (64, ["--timeout", "-1"], "--timeout"),
             (64, ["--timeout", "nan"], "--timeout"),
             (64, ["--frobnicate"], "--frobnicate"),
             (64, ["-p"], "-p"),
             (73, ["--sender", "postfix", "--keep", SOURCE], "there is something in it"),
             (73, ["--sender", "postfix", "--keep", "/proc/nothing"], "/proc/nothing: "),
             (73, ["--sender", "postfix", "--keep", "/tmp/a b"], "/tmp/a b: letters, ")]
    for status, words, what in wrong:
        with tap.case(f"{' '.join(words).replace(SOURCE, 'FOLDER')}: {status}, and it says why"):
            got, out, said = ground.run(*words)
            equal((got, out), (status, ""), "exit status and output: " + said)
            check(what in said and "Traceback" not in said, said)
            equal(len(said.splitlines()), 1, "lines")
    closed = ground.base + "/closed"
    os.makedirs(closed, 0o700)
    with tap.case("a folder where Postfix's users cannot go: 73"):
        got, _, said = ground.run("--keep", closed + "/run")
        equal(got, 73, "exit status")
        check(f"{closed}: Postfix's users cannot get through" in said, said)
    odd = ground.base + "/a b"
    os.makedirs(odd)
    with tap.case("TMPDIR with a blank in it: 73, one line, and nothing is left"):
        got, out, said = ground.run(tmpdir=odd)
        equal((got, out), (73, ""), "exit status and output")
        check(said.startswith(f"run.sh: TMPDIR, {odd}: letters, "), said)
        equal(len(said.splitlines()), 1, "lines")
        equal(os.listdir(odd), [], "left")
    with tap.case("nothing of all these is left"):
        equal(glob.glob(ground.base + "/fixup-staging.*") + os.listdir(closed), [], "left")
    with tap.case("--help: 0, how it is called, the senders and the messages"):
        got, out, said = ground.run("--help")
        equal((got, said), (0, ""), "exit status and stderr")
        check("run.sh [-p PROFILE]..." in out, out)
        check(f"NAME is {', '.join(m.name for m in staging_messages.MESSAGES)}." in out, out)
        check(f"SENDER is {', '.join(senders.BUILT_IN)} (" in out, out)
        check("set -u" not in out, out)


def end_by(ground, number, process, to_group=True):
    """Everything has ended quietly, and nothing is left."""
    (os.killpg if to_group else os.kill)(process.pid, number)
    out, said = process.communicate(timeout=60)
    said = said.decode(errors="replace")
    # as a shell tells it; before its traps stand, the signal itself ends it
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    equal(status, 128 + number, "exit status: " + said)
    equal(out, b"", "output")
    equal([line for line in said.splitlines() if not line.startswith("run.sh: messages: ")], [],
          "what it says")
    equal(living(ground.base) + asleep(), [], "left running")
    equal(glob.glob(ground.base + "/fixup-staging.*"), [], "left")


def stopped(tap, ground):
    words = ["-p", "asa-9", "-p", "pix-5.1", "--sender", "postfix", "--sender", SLEEP]
    begun = "/fixup-staging.*/run/asa-9/"
    for number in (signal.SIGINT, signal.SIGHUP):  # a shell cannot catch what it is to ignore
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    for number, to_group, sign in ((signal.SIGINT, True, "receiver/maillog"),
                                   (signal.SIGINT, True, "postfix/maillog"),
                                   (signal.SIGHUP, True, "receiver/maillog"),
                                   (signal.SIGTERM, False, "mtaconf")):
        with tap.case(f"{number.name} when there is {sign}: all has ended, nothing is left"):
            process = ground.spawn(*words, start_new_session=True)
            until(lambda: glob.glob(ground.base + begun + sign), "it has begun", 60)
            end_by(ground, number, process, to_group)
    for after in (0.05, 0.2, 0.4, 0.8, 2.0):
        with tap.case(f"^C after {after:g} seconds: the same"):
            process = ground.spawn(*words, start_new_session=True)
            time.sleep(after)
            end_by(ground, signal.SIGINT, process)
    with tap.case("a sender that kills what started it: said, and nothing goes on running"):
        status, out, said = ground.run("-p", "asa-9", "--message", "plain",
                                       "--sender", "kill -9 $PPID; " + SLEEP)
        equal(status, 70, "exit status: " + said)
        check("asa-9: its process ended without a word" in said, said)
        equal(living(ground.base) + asleep(), [], "left running")


def test(tap):
    with Ground() as ground:
        bad_arguments(tap, ground)
        stopped(tap, ground)
        of_commands(tap, ground)
        differing(tap, ground)
        of_all(tap, ground)
        of_postfix(tap, ground)


def missing():
    return None if postfix.has_pcre() else "this Postfix has no tables with PCRE (postfix-pcre)"


main(test, mta=postfix, missing=missing)
