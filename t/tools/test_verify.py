#!/usr/bin/env python3
"""test_verify.py - TAP: fixupctl verify and contrib/verify.py from outside.

Logs are made by t/bench/make_log with the daemon's own chain, and then tampered with; the two
verifiers, which share no code, have to agree on exit code, first place and kind. FIXUPCTL is the
program, FX_BUILDDIR the build, FX_SRCDIR the root of the source tree.
"""
import fcntl
import gzip
import hashlib
import hmac
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import termios
import time
import zlib

SRC = os.path.abspath(os.environ.get("FX_SRCDIR")
                      or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BUILD = os.path.abspath(os.environ.get("FX_BUILDDIR", "."))
PROGRAM = os.path.abspath(os.environ.get("FIXUPCTL") or os.path.join(BUILD, "fixupctl"))
SECOND = os.path.join(SRC, "contrib/verify.py")
MAKE = os.path.join(BUILD, "t/bench/make_log")
FLIP = os.path.join(BUILD, "t/tools/flip_verify")
LONG = 300  # seconds
MEMORY = 80_000  # kB: a line of 9 MB, twice as it grows, and the sanitizers' own
FLIPS = ("01", "20", "80")
count = failed = 0

spec = importlib.util.spec_from_file_location("verify", SECOND)
second = importlib.util.module_from_spec(spec)
spec.loader.exec_module(second)


def ok(good, what, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    for line in [] if good else "\n".join(str(s) for s in seen).splitlines()[:30]:
        print(f"# {line[:400]}")


def skip(what, why):
    global count
    count += 1
    print(f"ok {count} - {what} # SKIP {why}", flush=True)


def run(command, stdin=b""):
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=LONG, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def make(*args):
    done = subprocess.run([MAKE, *args], capture_output=True, timeout=LONG, check=True)
    return done.stdout.splitlines(keepends=True)


def write(name, data):
    with open(name, "wb") as f:
        f.write(data if isinstance(data, bytes) else b"".join(data))
    return name


def place(output):
    """FILE:LINE and kind of the first broken place."""
    found = re.match(r"(\S+:\d+): ([a-z-]+): ", output)
    return found.groups() if found else None


def both(what, wanted, args, code=None, says=None, breaks=1):
    """wanted: (FILE:LINE, kind), or None: intact."""
    c = run([PROGRAM, "verify", *args])
    p = run([sys.executable, SECOND, *args])
    every = run([PROGRAM, "verify", "--all", *args])
    number = re.search(r"^broken: (\d+) place", every[1], re.M)
    number = int(number[1]) if number else 0
    code = code if code is not None else 0 if wanted is None else 1
    ok(c[0] == p[0] == code and place(c[1]) == place(p[1]) == wanted
       and number == (breaks if wanted else 0) and (says is None or says in every[1] + c[2])
       and "Traceback" not in p[2], what, f"wanted {wanted} {code}", *c, *p, every[1])


def keys():
    """Files for keys, and what make_log takes."""
    for name in ("k1", "k2"):
        with open(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as f:
            f.write(hashlib.sha256(name.encode()).hexdigest() + "\n")
    for name in ("s1", "s2"):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", name],
                       check=True, capture_output=True)
        os.chmod(name, 0o600)
        subprocess.run(["openssl", "pkey", "-in", name, "-pubout", "-out", name + ".pub"],
                       check=True, capture_output=True)


def again(lines, key=None, first=0):
    """The same lines with hashes computed anew, as somebody does who can: by other code than the
    one that is tested."""
    made, prev = lines[:first], None
    for line in lines[first:]:
        body = re.sub(rb',"hash":"[0-9a-f]{64}"\}\n$', b"", line)
        if prev is None:
            prev = re.search(rb'"prev":"([0-9a-f]{64})"$', body)[1]
        body = re.sub(rb'"prev":"[0-9a-f]{64}"$', b'"prev":"' + prev + b'"', body)
        prev = (hmac.digest(key, body, "sha256").hex() if key else
                hashlib.sha256(body).hexdigest()).encode()
        made.append(body + b',"hash":"' + prev + b'"}\n')
    return made


def digest(line):
    return re.search(rb'"hash":"([0-9a-f]{64})"\}\n$', line)[1].decode()


def seq(line):
    return int(re.search(rb'"seq":(\d+)', line)[1])


def after(line):
    return f"{seq(line)}:{digest(line)}"


def tampering():
    log = make("-n", "20", "-e", "5")
    write("log", log)
    both("a whole log is intact", None, ["log"], says="intact: 27 records, 1 to 27")
    last = digest(log[-1])
    both("and has the head that was asked for", None, ["--head", last.upper(), "log"])
    both("an empty log is nothing to verify", None, [write("t", b"")], code=66)
    both("an empty log with a public key", None, ["--pubkey", "s1.pub", "t"], code=66)
    both("an empty log with a head that was asked for", ("t:0", "cut"), ["--head", last, "t"])
    both("a log that is not there, with a public key", None, ["--pubkey", "s1.pub", "none"],
         code=66)
    both("the last record cut off is not seen without --head", None, [write("t", log[:-1])])
    both("and is with it", ("t:26", "cut"), ["--head", last, "t"])
    both("a record changed", ("t:8", "changed"),
         [write("t", log[:7] + [log[7].replace(b"mx1", b"mx2")] + log[8:])])
    both("its hash changed", ("t:8", "changed"),
         [write("t", log[:7] + [log[7].replace(digest(log[7]).encode(), b"0" * 64)] + log[8:])])
    one = log[:7] + again([log[7].replace(b"mx1", b"mx2")]) + log[8:]
    both("a record changed, and its hash computed anew", ("t:9", "changed"), [write("t", one)],
         says="computed anew")
    both("all hashes after it computed anew: not seen by a plain chain",
         None, [write("t", again(one, first=7))])
    both("and seen by --head", ("t:27", "cut"), ["--head", last, "t"])
    both("a record removed", ("t:8", "removed"), [write("t", log[:7] + log[8:])],
         says="records are missing before it: 8 to 8")
    both("several removed", ("t:8", "removed"), [write("t", log[:7] + log[12:])],
         says="records are missing before it: 8 to 12")
    both("the first ones removed is a log whose earlier parts were not given", None,
         [write("t", log[3:])], says="earlier parts were not given: the first record is 4")
    both("a record twice", ("t:9", "inserted"), [write("t", log[:8] + [log[7]] + log[8:])],
         says="again")
    both("a record once more further down", ("t:13", "inserted"),
         [write("t", log[:12] + [log[3]] + log[12:])])
    both("two records in each other's place", ("t:8", "reordered"),
         [write("t", log[:7] + [log[8], log[7]] + log[9:])], says="records 8 to 8 belong before")
    both("a record moved down", ("t:8", "reordered"),
         [write("t", log[:7] + log[8:12] + [log[7]] + log[12:])], says="from line 12")
    both("a record moved up", ("t:4", "reordered"),
         [write("t", log[:3] + [log[7]] + log[3:7] + log[8:])], says="records 4 to 7 belong before")
    foreign = make("-n", "5", "-o", "mx9.example.net", "-c", f"900:{'a' * 64}")
    both("a record of another log", ("t:8", "inserted"),
         [write("t", log[:7] + [foreign[2]] + log[7:])], says="the log of another daemon?")
    both("several of them", ("t:8", "inserted"), [write("t", log[:7] + foreign[:3] + log[7:])],
         says="nor do the 2 after it")
    low = make("-n", "5", "-o", "mx9.example.net", "-c", f"1:{'a' * 64}")
    both("with lower numbers", ("t:20", "inserted"), [write("t", log[:19] + low[:3] + log[19:])],
         says="its host is mx9.example.net, and before it mx1.example.net")
    forged = again([log[7], log[7].replace(b"mx1", b"mx2"), log[8]])[1:2]
    forged[0] = again([log[7].replace(b'"mx1', b'"mx2')])[0]
    both("a record inserted with the right prev", ("t:9", "inserted"),
         [write("t", log[:7] + forged + log[7:])], says="twice")
    number = again([log[8].replace(b'"seq":9', b'"seq":7')])
    both("a number that does not follow", ("t:9", "changed"), [write("t", log[:8] + number)],
         says="prev is right")
    both("a line of something else", ("t:8", "foreign"), [write("t", log[:7] + [b"hello\n"] + log[7:])])
    both("in the place of a record", ("t:8", "foreign"), [write("t", log[:7] + [b"\n"] + log[8:])])
    both("many of them", ("t:8", "foreign"), [write("t", log[:7] + [b"\n"] * 100 + log[7:])],
         says="nor are the 99 lines after it")
    bare = [re.sub(rb',"prev".*', b"}", line) for line in log]
    both("records without a chain", ("t:8", "no-chain"), [write("t", log[:7] + bare[7:9] + log[9:])])
    both("a line end removed", ("t:8", "changed"),
         [write("t", log[:7] + [log[7][:-1]] + log[8:])])
    both("a line end more", ("t:8", "foreign"), [write("t", log[:7] + [b"\n"] + log[7:])])
    both("CRLF", ("t:1", "foreign"), [write("t", [line[:-1] + b"\r\n" for line in log])])
    both("a torn line at the end", ("t:27", "torn"), [write("t", log[:-1] + [log[-1][:50]])])
    both("the last line end missing", ("t:27", "torn"), [write("t", log[:-1] + [log[-1][:-1]])],
         says="the record is whole")
    both("a line that is too long", ("t:8", "too-long"),
         [write("t", log[:7] + [b"x" * (9 * 1024 * 1024 + 1) + b"\n"] + log[8:])])
    both("two faults are two breaks", ("t:4", "changed"),
         [write("t", log[:3] + [log[3].replace(b"mx1", b"mx2")] + log[4:10] + log[11:])], breaks=2)
    new = make("-n", "5", "-o", "mx3.example.net")
    both("a new chain in the middle", ("t:28", "restarted"), [write("t", log + new)])
    both("a chain switched on later", ("t:1", "no-chain"), [write("t", bare[:5] + new)])


def parts():
    log = make("-n", "30", "-e", "5")
    a, b, c = write("a", log[:13]), write("b", log[13:26]), write("c", log[26:])
    both("parts in order", None, [a, b, c])
    both("the last two in the wrong order", ("c:1", "reordered"), [a, c, b],
         says="in another file from line 1")
    both("the first two", ("a:1", "reordered"), [b, a, c])
    both("all of them", ("b:1", "reordered"), [c, b, a], breaks=2)
    both("a part twice", ("a:1", "inserted"), [a, a, b, c], says="with the 12 after it")
    both("and again at the end", ("b:1", "inserted"), [a, b, c, b])
    both("a part missing", ("c:1", "removed"), [a, c], says="14 to 26")
    both("a part that is not there", ("c:1", "removed"), [a, "none", c], code=66)
    both("a part torn in the middle", ("b:7", "torn"), [a, write("b", log[13:19] + [log[19][:99]]), c],
         says="records 20 to 26 are not there")
    write("b", log[13:26])
    for name in "abc":
        with open(name, "rb") as f:
            data = f.read()
        write(name + ".gz", gzip.compress(data[:999]) + gzip.compress(data[999:]))
    both("gzip, in members", None, ["a.gz", "b", "c.gz"])
    with open("b.gz", "rb") as f:
        data = f.read()
    cut = data[:600]
    line = zlib.decompressobj(31).decompress(cut).count(b"\n") + 1
    both("gzip that ends early", (f"t.gz:{line}", "damaged"), ["a", write("t.gz", cut), "c"],
         says="ends early; records ")
    bad = bytearray(data)
    for i in range(300, 340):
        bad[i] ^= 0xff
    c1 = run([PROGRAM, "verify", "a", write("t.gz", bytes(bad)), "c"])
    p1 = run([sys.executable, SECOND, "a", "t.gz", "c"])
    ok(place(c1[1]) == place(p1[1]) is not None and c1[0] == p1[0] == 1,
       "damaged gzip: both tell the same place", *c1, *p1)
    if shutil.which("zstd"):
        for name in "abc":
            subprocess.run(["zstd", "-qf", name], check=True)
        if "does not read" in run([PROGRAM, "verify", "a.zst"])[2]:
            skip("Zstandard", "not in this build")
        else:
            both("Zstandard", None, ["a.zst", "b.gz", "c.zst"])
            data = open("b.zst", "rb").read()
            both("cut", ("t.zst:1", "damaged"), ["a", write("t.zst", data[:100]), "c"])
    else:
        skip("Zstandard", "no zstd program")
    with open("a", "rb") as f:
        data = f.read()
    for name, stdin in (("text", data), ("gzip", gzip.compress(data))):
        c1 = run([PROGRAM, "verify", "-"], stdin)
        p1 = run([sys.executable, SECOND, "-"], stdin)
        ok(c1[0] == p1[0] == 0, f"standard input, {name}", *c1, *p1)


def under_keys():
    k1, k2 = ["--key", "k1"], ["--key", "k2"]
    log = make("-n", "20", "-e", "5", "-k", "k1")
    write("log", log)
    both("a keyed log", None, [*k1, "log"], says="under a key")
    both("with more keys than needed", None, [*k2, *k1, "log"])
    both("without its key", ("log:1", "key"), ["log"], says="no key was given; only the order")
    both("with another key", ("log:1", "key"), [*k2, "log"], says="which was not given")
    both("from the middle, with another key", ("t:1", "key"), [*k2, write("t", log[2:5])])
    both("from the middle", None, [*k1, write("t", log[2:])])
    both("without its key, a record missing", ("t:1", "key"), [write("t", log[:9] + log[10:])], breaks=2)
    both("a record changed", ("t:8", "changed"),
         [*k1, write("t", log[:7] + [log[7].replace(b"mx1", b"mx2")] + log[8:])])
    plain = again([re.sub(rb'"algorithm":"hmac-sha256","key":"[^"]*"', b'"algorithm":"sha256","key":null', x)
                   for x in log])
    both("the same log written anew without the key", ("t:1", "key"), [*k1, write("t", plain)],
         says="anybody")
    tail = again(log[14:])
    code, out, _ = run([PROGRAM, "verify", *k1, write("t", log[:14] + tail)])
    ok(code == 1 and place(out)[0] == "t:15", "its end written anew without the key", out)
    both("by the first verifier and the second at the same line", ("t:15", "changed"), [*k1, "t"],
         breaks=int(re.search(r"broken: (\d+)", run([PROGRAM, "verify", "--all", *k1, "t"])[1])[1]))
    both("the key's id changed in the first record", ("t:1", "changed"),
         [*k1, write("t", [log[0].replace(re.search(rb'"key":"(.)', log[0])[0], b'"key":"g')] + log[1:])])
    log = make("-n", "20", "-e", "5", "-k", "k1", "-K", "k2")
    write("log", log)
    both("a key that changes", None, [*k1, *k2, "log"])
    both("with the first key only", ("log:13", "key"), [*k1, "log"])
    both("with the second only", ("log:1", "key"), [*k2, "log"])
    both("the reload removed", ("t:13", "removed"), [*k1, *k2, write("t", log[:12] + log[13:])])
    both("and the head after it", ("t:13", "removed"), [*k1, *k2, write("t", log[:12] + log[14:])])
    log = make("-n", "20", "-k", "k1", "-K", "k2")
    both("the reload removed, a message after it", ("t:12", "removed"),
         [*k1, *k2, write("t", log[:11] + log[12:])])
    untold = again([log[5]], key=second.secret("k2"))
    both("one under a key that no record names", ("t:6", "key"), [*k1, *k2, write("t", log[:5] + untold)])
    log = make("-n", "20", "-k", "-", "-K", "k2")
    both("a key that begins later", None, [*k2, write("t", log)])
    log = make("-n", "20", "-k", "k1", "-K", "-")
    both("a key given up: nothing covers the rest", ("t:12", "key"), [*k1, write("t", log)])


def signatures():
    log = make("-n", "20", "-e", "5", "-s", "s1")
    pub = ["--pubkey", "s1.pub"]
    write("log", log)
    both("heads with good signatures", None, [*pub, "log"], says="a good signature: 5 of 5")
    both("more than one public key", None, ["--pubkey", "s2.pub", *pub, "log"])
    both("another signer", ("log:7", "signature"), ["--pubkey", "s2.pub", "log"],
         says="which was not given", breaks=5)
    both("without a public key they are only counted", None, ["log"], says="no public key")
    swapped = [line.replace(re.search(rb'"signature":"([^"]*)"', log[6])[1],
                            re.search(rb'"signature":"([^"]*)"', log[12])[1]) for line in log]
    both("the signature of another head", ("t:7", "signature"), [*pub, write("t", again(swapped))],
         says="over prev", breaks=5)
    bare = again([re.sub(rb',"signer":.*?==",', b",", line) for line in log])
    both("all written anew without signatures", ("t:7", "signature"), [*pub, write("t", bare)])
    both("no head at all", ("t:6", "signature"), [*pub, write("t", log[:6])], says="no head")
    late = make("-n", "9", "-e", "5", "-s", "s1", "-c", after(make("-n", "20", "-e", "5")[-1]))
    both("a signer that came later covers what was before", None,
         [*pub, write("t", make("-n", "20", "-e", "5") + late)])


# RFC 8032 section 7.1, TEST 1 to 3: public key, message, signature
VECTORS = (
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"))


def ed25519():
    for number, row in enumerate(VECTORS, 1):
        public, message, signature = map(bytes.fromhex, row)
        wrong = bytes([signature[0] ^ 1]) + signature[1:]
        high = signature[:32] + (int.from_bytes(signature[32:], "little") + second.L).to_bytes(32, "little")
        ok(second.signed(public, message, signature) and not second.signed(public, message + b"x", signature)
           and not any(second.signed(public, message, s) for s in (wrong, high, signature[:63], b"")),
           f"RFC 8032, TEST {number}, by the second verifier")


def odd_members():
    log = make("-n", "3", "-e", "2", "-s", "s1")
    twice = again([log[1].replace(b'"seq":2,', b'"seq":2,"seq":7,', 1)])
    both("a member twice: the first counts", None, [write("t", log[:1] + twice)])
    for what, member in (("no value", b'"x":'), ("NaN", b'"x":NaN'), ("a bare word", b"x"),
                         ("not UTF-8", b'"x":"\xff"'), ("a control character", b'"x":"\x01"'),
                         ("01", b'"x":01'), ("too many brackets", b'"x":[]]')):
        odd = again([log[1].replace(b'"seq":2,', b'"seq":2,' + member + b",", 1), *log[2:]])
        both(f"the hash is right, but the line is not JSON: {what}", ("t:2", "changed"),
             [write("t", log[:1] + odd)])
    heads = [n for n, line in enumerate(log) if b'"type":"head"' in line]
    at = heads[0]
    odd = again([re.sub(rb'"signer":"[^"]*"', b'"signer":["x"]', log[at])])
    both("a signer that is no text", (f"t:{at + 1}", "signature"),
         ["--pubkey", "s1.pub", write("t", log[:at] + odd)])
    odd = again([re.sub(rb'"chain":\{[^}]*\}', b'"chain":[]', log[at])])
    both("a chain that is no object", None, [write("t", log[:at] + odd)])


def options():
    write("log", make())
    os.mkfifo("pipe", 0o600)
    for what, args, code in (
            ("no log", [], 64), ("an unknown option", ["--what", "log"], 64),
            ("a head that is none", ["--head", "abc", "log"], 64),
            ("a file that is not there", ["none"], 66),
            ("a folder", ["."], 66), ("a key that is not there", ["--key", "none", "log"], 66),
            ("a key that is too short", ["--key", write("short", b"abc\n"), "log"], 78),
            ("a key with CR LF", ["--key", write("crlf", b"k" * 32 + b"\r\n"), "log"], 78),
            ("a key that is a folder", ["--key", ".", "log"], 78),
            ("a key that is a pipe: nobody waits", ["--key", "pipe", "log"], 78),
            ("a public key that is a pipe", ["--pubkey", "pipe", "log"], 78),
            ("a folder as a key", ["--key", ".", "log"], 78),
            ("a key in what is no folder", ["--key", "log/x", "log"], 66),
            ("a public key that is none", ["--pubkey", "log", "log"], 78)):
        c, p = run([PROGRAM, "verify", *args]), run([sys.executable, SECOND, *args])
        ok(c[0] == p[0] == code and c[2] and p[2] and "Traceback" not in p[2], f"{what}: {code}", *c, *p)
    os.chmod("k1", 0o640)
    c, p = run([PROGRAM, "verify", "--key", "k1", "log"]), run([sys.executable, SECOND, "--key", "k1", "log"])
    ok(c[0] == p[0] == 78, "a key that a group can read: 78", *c, *p)
    os.chmod("k1", 0o600)
    for program in ([PROGRAM, "verify"], [sys.executable, SECOND]):
        log = make()
        code, out, _ = run([*program, "--json", write("t", log[:3] + log[4:])])
        objects = [json.loads(line) for line in out.splitlines()]
        ok(code == 1 and objects[0]["kind"] == "removed" and objects[0]["line"] == 4
           and objects[-1]["intact"] is False and len(objects) == 2, "--json", out)
        evil = again([log[3].replace(b"mx1.example.net", b"\\u001b[2J\x1b[2J<script>").replace(b'"seq":4', b'"seq":9')])
        code, out, err = run([*program, write("t", log[:3] + evil + log[4:])])
        ok("\x1b" not in out + err and code == 1, "escapes of a terminal in a record are shown", out)
        os.makedirs("e", exist_ok=True)
        code, out, err = run([*program, write("e/\x1b[2J", b"hello\n")])
        ok("\x1b" not in out + err and code == 1, "and in the name of a file", out, err)


def flips():
    for what, options_, key, pub in (("plain", (), "-", "-"), ("keyed and signed", ("-k", "k1", "-s", "s1"), "k1", "s1.pub")):
        log = b"".join(make("-n", "3", "-e", "2", *options_))
        write("t", log)
        code, out, err = run([FLIP, "t", key, pub, *FLIPS])
        wanted = len(log) * len(FLIPS)
        rows = [row.split() for row in out.splitlines()]
        ok(code == 0 and len(rows) == wanted and not any(r[3] == "intact" for r in rows),
           f"{what} log: each of {len(log)} octets changed in {len(FLIPS)} ways is seen", code, err,
           *[r for r in rows if r[3] == "intact"][:9])
        keys_ = [second.secret(key)] if key != "-" else []
        pubs = [second.public(pub)] if pub != "-" else []
        other = []
        for offset, xor, number, kind in rows:
            data = bytearray(log)
            data[int(offset)] ^= int(xor, 16)
            walk = second.Walk(keys_, pubs)
            for n, (line_kind, line) in enumerate(second.lines([bytes(data)]), 1):
                walk.feed(0, n, line_kind, line)
            walk.end()
            first = walk.first()
            if first is None or (str(first[1]), first[2]) != (number, kind):
                other.append((offset, xor, number, kind, first))
        ok(not other, f"{what} log: and by the second verifier, at the same line, as the same", len(other), *other[:9])


def peak(args, feed):
    """Exit code, output and peak memory in kB of fixupctl verify with this on standard input.
    Its high-water mark is looked at when all is read, and before it is told so: that of wait4
    would begin with what this process has."""
    with open("out", "wb") as out, subprocess.Popen([PROGRAM, "verify", *args], stdin=subprocess.PIPE,
                                                    stdout=out) as p:
        for chunk in feed:
            p.stdin.write(chunk)
        p.stdin.flush()
        left = b"\1"
        while any(left):
            left = fcntl.ioctl(p.stdin.fileno(), termios.FIONREAD, b"\0\0\0\0")
            time.sleep(0.05)
        with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
            rss = int(re.search(r"VmHWM:\s*(\d+)", f.read())[1])
        p.stdin.close()
        code = p.wait(LONG)
    with open("out", encoding="utf-8") as f:
        return code, f.read(), rss


def hostile():
    log = make("-n", "10")
    head, tail = b"".join(log[:5]), b"".join(log[6:])
    mega = b"x" * 1_000_000
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packed.compress(head) + b"".join(packed.compress(mega) for _ in range(1000)) + packed.compress(b"\n" + tail) + packed.flush()
    deep = b'{"v":1,"x":' + b"[" * 4_000_000 + b"]" * 4_000_000 + b"}\n"
    for what, feed, kind, lines in (
            ("a line of 1 GB", [head, *[mega] * 1000, b"\n", tail], "too-long", 12),
            ("a line of 1 GB without an end", [head, *[mega] * 1000], "too-long", 6),
            ("a gzip bomb", [bomb], "too-long", 12),
            ("deep JSON", [head, deep, tail], "no-chain", 12),
            ("binary", [head, bytes(range(256)).replace(b"\n", b"") * 100, b"\n", tail], "foreign", 12),
            ("invalid UTF-8", [head, log[5].replace(b"mx1", b"\xff\xc0\x80"), tail], "changed", 12),
            ("NUL", [head, b"\0" * 100_000, b"\n", tail], "foreign", 12)):
        code, out, rss = peak(["-"], feed)
        ok(code == 1 and place(out) == ("-:6", kind) and "broken: 1 place; " in out and rss < MEMORY,
           f"{what}: told, the rest read, {rss} kB", code, out)
    code, out, rss = peak(["--all", "-"], [b"\n\0\n" * 2_000_000])
    ok(code == 1 and len(out.splitlines()) <= 3 and rss < MEMORY, f"4 million lines of nothing: {rss} kB", out[:500])


def main():
    os.umask(0o077)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        keys()
        tampering()
        parts()
        under_keys()
        signatures()
        ed25519()
        odd_members()
        options()
        flips()
        hostile()
        os.chdir("/")
    print(f"1..{count}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
