#!/usr/bin/env python3
"""test_chain.py - the chain goes on across whatever happens to daemon and file, and where it cannot,
the break is told and stays visible. Rules of the chain: chain.py, and both verifiers."""
import json
import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True

import chain
from chained import Chained, hex_key, main, secret
from load import Load
from tap import check, equal, until


def goes_on(tap, base):
    log = Chained(base, "goes-on")
    with tap.case("the first record: seq 1, a prev of zeros, and how the chain is computed"):
        log.start()
        log.mail()
        first = log.records()[0]
        equal((first["type"], first["seq"], first["prev"], first["chain"]),
              ("start", 1, chain.ZEROS, {"algorithm": "sha256", "key": None}), "start")
        equal(list(first)[-2:], ["prev", "hash"], "the last members")
        equal(log.mark(), {"seq": 4, "hash": log.records()[-1]["hash"]}, "FILE.head")
    with tap.case("the chain goes on over restart, SIGHUP and SIGUSR1"):
        log.again()
        log.mail()
        log.reloads()
        log.mail()
        log.signal(signal.SIGUSR1)  # the name still leads to the same file
        log.rotated()
        log.mail()
        log.again()
        log.mail()
        records = log.whole()
        equal([r["type"] for r in records if r["type"] not in ("message", "later")],
              ["start", "stop", "head", "start", "head", "reload", "head", "head", "stop", "head",
               "start", "stop", "head"], "records of the daemon")
        equal(len(log.parts()), 2, "parts")
    with tap.case("renamed without a signal: the next record goes to the new file"):
        log.start()
        os.rename(log.log_path, log.log_path + ".2-2")
        log.mail(1)
        equal(chain.records(log.log_path)[0]["type"], "head", "the first in the new file")
        equal(len(log.whole()), len(records) + 6, "records")
    with tap.case("renamed while nothing is written: seen, too"):
        log.start()
        os.rename(log.log_path, log.log_path + ".2-3")
        until(lambda: os.path.exists(log.log_path), "a new log", 10)
        log.mail(1)
        log.whole()
    with tap.case("renamed and made anew by somebody else: it goes on in that file"):
        log.start()
        os.rename(log.log_path, log.log_path + ".2-4")
        open(log.log_path, "w").close()
        log.mail(1)
        check(os.path.getsize(log.log_path) > 0, "the new file is used")
        log.whole()


def by_size(tap, base):
    with tap.case("rotation by size under load: many parts, each between two heads, all whole"):
        log = Chained(base, "by-size", "rotate_bytes = 20000;").start()
        log.mail(1000, "-c", "16")
        records = log.whole()
        parts = log.parts()
        check(len(parts) > 20, f"{len(parts)} parts")
        equal(len([r for r in records if r["type"] == "message"]), 1000, "messages")
        for part in parts[:-1]:
            last = chain.records(part)[-1]
            name = re.fullmatch(r".*\.jsonl\.\d{8}T\d{6}Z-(\d{12})", part)
            check(name and int(name[1]) == last["seq"], f"{part} ends with {last['seq']}")
            equal(last["type"], "head", f"the last of {part}")
            check(os.path.getsize(part) <= 20000 + 1000, "size")
        equal({chain.records(p)[0]["type"] for p in parts[1:]}, {"head"}, "each first one")
    with tap.case("rotation by size where each record has its head"):
        log = Chained(base, "each", "rotate_bytes = 20000; head_records = 1;").start()
        log.mail(200)
        log.whole()
        parts = log.parts()
        check(len(parts) > 5, f"{len(parts)} parts")
        check(max(map(os.path.getsize, parts)) <= 20000 + 1000, "size")
    with tap.case("rotation by size and SIGUSR1, SIGHUP at the same time"):
        log = Chained(base, "both", "rotate_bytes = 10000;").start()
        load = Load(log.socket, base + "/both.load", "-n", "1500", "-c", "8")
        turn = 0
        while load.process.poll() is None:
            turn += 1
            log.signal(signal.SIGHUP if turn % 2 else signal.SIGUSR1)
            time.sleep(0.01)
        equal(load.last()["answers"]["passed"], 1500, "passed")
        equal(len([r for r in log.whole() if r["type"] == "message"]), 1500, "messages")


def keyed(tap, base):
    key = hex_key(base + "/key")
    other = hex_key(base + "/other")
    with tap.case("with a key: HMAC, and a wrong key or none does not verify"):
        log = Chained(base, "keyed", f'key_file = "{base}/key";').start()
        log.mail()
        records = log.whole("--key", base + "/key", key=key)
        equal(records[0]["chain"]["algorithm"], "hmac-sha256", "algorithm")
        check(re.fullmatch("[0-9a-f]{16}", records[0]["chain"]["key"]), "the key's id")
        check(key.decode() not in "".join(json.dumps(r) for r in records), "the key is secret")
        check(chain.faults(log.parts(), other) and chain.faults(log.parts()), "another key")
        chain.verify(log.parts(), status=1)
        chain.verify(log.parts(), "--key", base + "/other", status=1)
    with tap.case("the key changes at reload: that record and all after it are under the new one"):
        log.start()
        log.mail()
        log.set(f'key_file = "{base}/other";')
        log.reloads()
        log.mail()
        equal(log.stop(), 0, "exit status")
        lines = chain.lines(*log.parts())
        at = next(n for n, line in enumerate(lines) if b'"type":"reload"' in line)
        for n, line in enumerate(lines):
            match = chain.LINE.match(line.rstrip(b"\n"))
            equal(chain.digest(other if n >= at else key, match[1]), match[3].decode(),
                  f"the hash of line {n + 1}")
        equal(json.loads(lines[at - 1])["type"], "head", "the last one under the old key")
        chain.verify(log.parts(), "--key", base + "/key", "--key", base + "/other")
        chain.verify(log.parts(), "--key", base + "/key", status=1)
    for durability in ("write", "async"):
        with tap.case(f"the key changes while mail flows ({durability}): a record always says so"):
            both = [f'durability = "{durability}"; key_file = "{base}/{name}";'
                    for name in ("key", "other")]
            log = Chained(base, "changes-" + durability, both[0]).start()
            load = Load(log.socket, base + "/changes.load", "-n", "1500")
            turn = 0
            while load.process.poll() is None:
                turn += 1
                log.set(both[turn % 2])
                log.signal(signal.SIGHUP)
                time.sleep(0.03)
            equal(load.last()["answers"]["passed"], 1500, "passed")
            equal(log.stop(), 0, "exit status")
            check(len({r["chain"]["key"] for r in log.records("reload")}) == 2, "both keys")
            chain.verify(log.parts(), "--key", base + "/key", "--key", base + "/other")


def key_files(tap, base):
    hex_key(base + "/good")
    files = {"no/such": None, "short": ("0123\n", 0o600), "open": ("ab" * 32 + "\n", 0o644),
             "two": ("ab" * 32 + "\n" + "cd" * 32 + "\n", 0o600), "empty": ("", 0o600)}
    log = Chained(base, "key-files", f'key_file = "{base}/good";')
    for name, content in files.items():
        if content:
            secret(f"{base}/{name}", *content)
        with tap.case(f"a key file that is wrong ({name}): exit 78"):
            log.set(f'key_file = "{base}/{name}";')
            log.refused(78, "log.key_file")
            check(not os.path.exists(log.log_path), "no log is made")
    secret(base + "/pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    for setting in (f'key_file = "{base}/good"; signing_key_file = "{base}/pem";',
                    f'signing_key_file = "{base}/good";', f'signing_key_file = "{base}/none";'):
        with tap.case(f"a signing key that is wrong: exit 78 ({setting.split('/')[-1]})"):
            log.set(setting)
            log.refused(78, "log.signing_key_file")
    with tap.case("the same at reload: refused, and all stays as it was"):
        log.set(f'key_file = "{base}/good";')
        log.start()
        log.mail()
        for name in files:
            log.set(f'key_file = "{base}/{name}";')
            log.reloads(good=False)
        log.mail()
        with open(base + "/good", "rb") as f:
            log.whole("--key", base + "/good", key=f.read().strip())


def second(tap, base):
    with tap.case("a second daemon on the same log does not start, not even while it is renamed"):
        log = Chained(base, "second").start()
        another = Chained(base, "another")
        another.write(another.text.replace(another.log_path, log.log_path))
        another.refused(75, "another process writes this log")
        os.rename(log.log_path, log.log_path + ".2-0")
        another.refused(75, "another process writes this log")
        log.mail()
        log.whole()


def removed(tap, base):
    log = Chained(base, "removed").start()
    with tap.case("the log is removed in use: a new one goes on with the chain, and it is told"):
        log.mail()
        last = log.records()[-1]
        os.unlink(log.log_path)
        log.mail()
        first = log.records()[0]
        equal((first["type"], first["seq"], first["prev"]), ("head", last["seq"] + 1,
                                                             last["hash"]), "the first")
        equal(len(log.records("message")), 3, "messages")
        check("was removed while it was in use" in log.said(), log.said())
        log.whole()
    with tap.case("the log is removed while the daemon is down: it goes on from FILE.head"):
        last = log.records()[-1]
        os.unlink(log.log_path)
        log.start()
        log.mail()
        first = log.records()[0]
        equal((first["seq"], first["prev"]), (last["seq"] + 1, last["hash"]), "the first")
        log.whole()


def cut(tap, base):
    log = Chained(base, "cut").start()
    log.broken = True
    log.mail(10)
    equal(log.stop(), 0, "exit status")
    whole = chain.data(log.log_path)
    lines = whole.splitlines(keepends=True)
    with tap.case("the log is cut at its end while the daemon is down: told, and never mended"):
        with open(log.log_path, "wb") as f:
            f.write(b"".join(lines[:-4]))
        equal(chain.faults(log.parts()), [], "faults before the daemon comes")
        log.start()
        log.mail()
        equal(log.stop(), 0, "exit status")
        start = log.records("start")[-1]
        seqs = (len(lines) - 3, len(lines))
        equal(start["missing"], {"from": seqs[0], "to": seqs[1]}, "missing")
        check(f"records {seqs[0]} to {seqs[1]}" in log.said(), log.said())
        equal(len(chain.faults(log.parts())), 1, "breaks")
        chain.verify(log.parts(), status=1)
        chain.verify(log.parts(), "--head", json.loads(lines[-1])["hash"], status=1)
    with tap.case("the last record is another one: told"):
        last = json.loads(chain.lines(log.log_path)[-1])
        with open(log.log_path, "r+b") as f:
            text = f.read().replace(last["time"].encode(), b"2026-11-21T00:00:00.000000Z")
            f.seek(0)
            f.write(text)
        log.start()
        equal(log.stop(), 0, "exit status")
        check(log.records("start")[-1].get("rewritten_log") is True, "rewritten_log")
        check("is not the one that was written" in log.said(), log.said())
        chain.verify(log.parts(), status=1)


def mark(tap, base):
    log = Chained(base, "mark").start()
    log.mail()
    path = log.log_path + ".head"
    for what, damage in (("is gone", lambda: os.unlink(path)),
                         ("is empty", lambda: open(path, "w").close()),
                         ("is no mark", lambda: secret(path, "nonsense\n" * 40)),
                         ("is cut", lambda: os.truncate(path, 20)),
                         ("is a little older", lambda: older(log))):
        with tap.case(f"FILE.head {what}: the log is believed, and the chain whole"):
            if log.alive():
                equal(log.stop(), 0, "exit status")
            damage()
            log.start()
            log.mail()
            log.whole()
    with tap.case("FILE.head is removed in use: it is made again"):
        log.start()
        os.unlink(path)
        until(lambda: os.path.exists(path), "FILE.head", 10)
        log.mail()
        log.whole()
    with tap.case("FILE.head is a symbolic link: not followed"):
        os.rename(path, base + "/elsewhere")
        os.symlink(base + "/elsewhere", path)
        log.refused(73, "cannot open the log")
        os.unlink(path)


def older(log):
    seq = log.mark()["seq"]
    record = next(r for r in log.records() if r["seq"] == seq - 1)
    secret(log.log_path + ".head", '{"seq":%20d,"hash":"%s"}\n' % (seq - 1, record["hash"]))


def torn(tap, base):
    log = Chained(base, "torn").start()
    log.broken = True
    log.mail()
    equal(log.stop(), 0, "exit status")
    half = b'{"v":1,"time":"2026-11-21T10:00'
    with tap.case("a torn last line is moved aside, named in start, and the chain is whole"):
        with open(log.log_path, "ab") as f:
            f.write(half)
        chain.verify(log.parts(), status=1, says="torn")
        log.start()
        log.mail()
        start = log.whole()[-5 - 1]
        equal((start["type"], chain.data(start["torn"])), ("start", half), "torn")
        check(start["torn"].startswith(log.log_path + ".torn-"), "its name")
    with tap.case("a torn last record that FILE.head knows of: told as missing too"):
        size = os.path.getsize(log.log_path)
        os.truncate(log.log_path, size - 10)
        log.start()
        equal(log.stop(), 0, "exit status")
        start = log.records("start")[-1]
        equal(start["missing"]["from"], start["missing"]["to"], "missing")
        check("torn" in start, "torn")
        chain.verify(log.parts(), status=1)


def without(tap, base):
    with tap.case("chain = false: no prev, no hash; switched on at reload it begins there"):
        log = Chained(base, "without", "chain = false;").start()
        log.mail()
        check(not os.path.exists(log.log_path + ".head"), "no FILE.head")
        check(not any("hash" in r or "prev" in r for r in log.records()), "no hashes")
        log.set("chain = true;")
        log.reloads()
        log.mail()
        equal(log.stop(), 0, "exit status")
        records = log.records()
        equal(["hash" in r for r in records], [False] * 4 + [True] * (len(records) - 4), "hashes")
        equal([r["seq"] for r in records], list(range(1, len(records) + 1)), "seq")
        on = base + "/on.jsonl"
        with open(on, "wb") as f:
            f.writelines(chain.lines(log.log_path)[4:])
        equal(chain.faults([on]), [], "faults from there on")
        chain.verify([on])
        chain.verify(log.parts(), status=1)
    with tap.case("switched off at reload, and on again at a start: seq runs on"):
        log.start()
        log.set("chain = false;")
        log.reloads()
        log.mail()
        equal(log.stop(), 0, "exit status")
        log.set("chain = true;")
        log.start()
        equal(log.stop(), 0, "exit status")
        records = log.records()
        equal([r["seq"] for r in records], list(range(1, len(records) + 1)), "seq")
        check("hash" in records[-1] and "hash" not in records[-4], "hashes")


def standard_output(tap, base):
    with tap.case("stdout begins a chain of its own each time, without FILE.head"):
        log = Chained(base, "stdout")
        log.write(log.text.replace(f'"{log.log_path}"', '"stdout"'))
        for n in range(2):
            path = f"{base}/stdout.{n}"
            with open(path, "wb") as out:
                log.start(stdout=out)
                log.mail()
                equal(log.stop(), 0, "exit status")
            chain.intact([path])
            equal((chain.records(path)[0]["seq"], chain.records(path)[0]["prev"]),
                  (1, chain.ZEROS), "the first")


def another_file(tap, base):
    with tap.case("log.file changes at reload: both are whole, and back again it goes on"):
        log = Chained(base, "one").start()
        log.mail()
        two = log.text.replace(log.log_path, base + "/two.jsonl")
        log.write(two)
        log.reloads()
        log.mail()
        log.write(log.text)
        log.reloads()
        log.mail()
        log.whole()
        chain.intact([base + "/two.jsonl"])
        equal(len(log.records("message")), 6, "messages in the first")


def test(tap, base):
    for part in (goes_on, by_size, keyed, key_files, second, removed, cut, mark, torn, without,
                 standard_output, another_file):
        part(tap, base)


main(test)
