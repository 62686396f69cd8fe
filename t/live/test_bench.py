#!/usr/bin/env python3
"""test_bench.py - the bench runs, says all that it is to say, and does not take wrong work for good.
Nothing is said of times."""
import json
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "bench"))

import mails
import opendkim
import postfix
from daemon import SOURCE, Log
from filters import Ours, others
from load import main
from tap import Failure, check, equal, fail, note

BENCH = os.path.join(SOURCE, "t", "bench", "bench.py")
FILTERS = ["every callback", "same negotiation", "ours"]


def runs(tap, base):
    out = base + "/results.json"
    with tap.case("bench: a short run of everything"):
        done = subprocess.run(
            [sys.executable, BENCH, "filters", "scale", "mta"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False,
            env=dict(os.environ, BENCH_ROUNDS="1", BENCH_MESSAGES="20", BENCH_IDLE="20",
                     BENCH_FILE=out))
        note(done.stdout.decode(errors="replace"))
        equal(done.returncode, 0, "exit status")
    with tap.case("bench: what it measured"):
        with open(out, encoding="utf-8") as f:
            data = json.load(f)
        known = {(m["work"], m["filter"]): m for m in data["measured"]}
        works = ["4 kB", "1 MB", "1 MB, signed", "4 kB, 4 connections", "4 kB, 64 connections",
                 "scale, 1 connections", "scale, 20 connections"]
        works += [f"20 connections {where}" for where in ("greeted", "answered", "content")]
        works += ["Postfix, 4 kB"] if postfix.missing() is None else []
        for work in works:
            for name in FILTERS:
                check((work, name) in known, f"{work}, {name}")
        check(("4 kB", "ours, enforce") in known, "enforce")
        for count in (0, 1, 5, len(others())):
            check(("profiles compared", f"ours, {count} compared") in known, f"{count} compared")
        equal(("4 kB, signed", "opendkim") in known, opendkim.missing() is None, "opendkim")
        for m in known.values():
            equal(list(m["median"]), list(m["rounds"][0]), "members")
        for r in data["ratios"]:
            check(r["ratio"] > 0 and r["least"] <= r["ratio"] <= r["most"], r["what"])
        check(len(data["differences"]) == 3, "differences")
        for name in ("machine", "versions"):
            check(data[name], name)


def ends(tap, base):
    """What ends it early is said in one line, and nothing is left."""
    place = base + "/ends"
    os.mkdir(place, 0o755)

    def bench(**more):
        return subprocess.Popen([sys.executable, BENCH, "filters"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                                env={**os.environ, "TMPDIR": place, "BENCH_IDLE": "20",
                                     "BENCH_FILE": place + "/results.json", **more})
    for sign in (signal.SIGINT, signal.SIGTERM):
        with tap.case(f"bench: ended by {sign.name}"), bench(BENCH_MESSAGES="100000") as process:
            process.stdout.readline()  # filters run
            process.send_signal(sign)
            said = process.communicate(timeout=60)[1]
            equal((process.returncode, said), (1, f"bench: ended by {sign.name}\n"), "status, text")
            equal(os.listdir(place), [], "left")
    with tap.case("bench: a file that cannot be written is said before anything is measured"):
        with bench(BENCH_FILE=place + "/none/results.json") as process:
            out, said = process.communicate(timeout=60)
            equal((process.returncode, out, said.count("\n")), (1, "", 1), "status, texts")


def looks(tap, base, sent):
    """What is wrong in a log is found: wrong is told what was sent, and changes the log."""
    def case(name, said, change=lambda text: text, told="4k-signed", **kept):
        with tap.case(f"bench: {name}"):
            filter_ = Ours(base, f"wrong{tap.count}", "ours", **kept).start()
            try:
                filter_.run(sent["4k-signed"], 3)
                filter_.batches = [(sent[told], 3)]
                filter_.daemon.stop()
                with open(filter_.daemon.log_path, encoding="utf-8") as f:
                    text = f.read()
                with open(filter_.daemon.log_path, "w", encoding="utf-8") as f:
                    f.write(change(text))
                filter_.daemon.stop = lambda: 0
                filter_.daemon.log = Log(filter_.daemon.log_path)  # what was read of it is no more
                filter_.stop()
            except Failure as failure:
                check(said is not None and said in str(failure), f"{failure}")
                return
            finally:
                filter_.kill()
            if said is not None:
                fail("nothing was found")

    def without(kind):
        def change(text):
            lines = text.splitlines(keepends=True)
            at = max(i for i, line in enumerate(lines) if f'"type":"{kind}"' in line)
            return "".join(lines[:at] + lines[at + 1:])
        return change

    case("a good log", None)
    case("a record is missing", "records", without("message"))
    case("another body was sent", "4k-tampered", told="4k-tampered")
    case("no signature was sent", "4k", told="4k")
    case("a profile is not compared", "compare", lambda text: text.replace('"zorp":"pass"', '"z":""'))
    case("the chain is broken", "verify", lambda text: text.replace("client.example", "c.example"))
    case("not what was asked for", "mode", lambda text: text.replace(
        '"mode":"observe"', '"mode":"tag"'))


def test(tap, base):
    runs(tap, base)
    ends(tap, base)
    os.chmod(base, 0o755)
    opendkim.make_key(base + "/key.pem")
    looks(tap, base, mails.make(base, base + "/key.pem"))


main(test, descriptors=512)
