#!/usr/bin/env python3
"""verify.py - is a compliance log of fixup-milter complete and unchanged?

usage: verify.py [--key FILE]... [--pubkey FILE]... [--head HASH]... [--json] LOG...

A second verifier beside `fixupctl verify`, by other code: Python's standard library and this file,
to be read before it is trusted. Same options, same exit codes (0 intact, 1 broken, 64 and up
trouble), same first broken place; it tells no further ones. Logs are plain, gzip or, where the
zstd program is installed, Zstandard; - is standard input. What is proved: fixup-log(7).
"""
import argparse
import base64
import functools
import hashlib
import hmac
import json
import os
import re
import stat
import subprocess
import sys
import zlib

LONGEST = 9 * 1024 * 1024  # octets of a line
ZEROS = "0" * 64
RECORD = re.compile(rb'(\{"v":.*,"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}', re.DOTALL)

# ---- Ed25519, RFC 8032 section 5.1: points are (X, Y, Z, T), x = X/Z, y = Y/Z, xy = T/Z
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        q, p, n = (add(q, p) if n & 1 else q), add(p, p), n >> 1
    return q


def point(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - xx) % P or (x == 0 and sign):
        raise ValueError("not a point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def encoded(p):
    x, y = (c * pow(p[2], P - 2, P) % P for c in p[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")


@functools.lru_cache(maxsize=64)
def signed(public, message, signature):
    try:
        a, s = point(public), int.from_bytes(signature[32:], "little")
    except ValueError:
        return False
    if len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return encoded(add(times(s, BASE), times(h, (P - a[0], a[1], 1, P - a[3])))) == signature[:32]


# ---- files
class Trouble(Exception):
    """Cannot be read: exit code, and why."""


def gunzip(data, chunks):
    """All members (RFC 1952). Of damaged data everything that comes before the damage."""
    while True:
        z = zlib.decompressobj(31)
        while not z.eof:
            if not data and not (data := next(chunks, b"")):
                raise ValueError("the compressed data ends early")
            before = z.copy()
            try:
                out = z.decompress(data)
            except zlib.error:
                for i in range(len(data)):
                    try:
                        out = before.decompress(data[i:i + 1])
                    except zlib.error:
                        raise ValueError("the compressed data is damaged") from None
                    yield out
            yield out
            data = z.unused_data
        while len(data) < 2 and (more := next(chunks, b"")):
            data += more
        if data[:2] == b"\x1f\x8b":
            continue
        while not data.strip(b"\0"):
            if not (data := next(chunks, b"")):
                return
        raise ValueError("something else follows the compressed data")


def unzstd(f):
    try:
        f.seek(0)
        with subprocess.Popen(["zstd", "-dcq"], stdin=f, stdout=subprocess.PIPE) as p:
            yield from iter(lambda: p.stdout.read1(65536), b"")
    except (OSError, ValueError) as e:
        raise Trouble(74, f"{e}; unpack it with zstd -dc, and pipe it in") from e
    if p.returncode:
        raise ValueError("the compressed data is damaged")


def octets(path):
    with (os.fdopen(0, "rb", 0, closefd=False) if path == "-" else open(path, "rb", 0)) as f:
        chunks = iter(lambda: f.read(65536), b"")
        first = b""
        while len(first) < 4 and (more := next(chunks, b"")):
            first += more
        if first[:2] == b"\x1f\x8b":
            yield from gunzip(first, chunks)
        elif first[:4] == b"\x28\xb5\x2f\xfd" or first[1:4] == b"*M\x18" and first[0] >> 4 == 5:
            yield from unzstd(f)
        else:
            yield first
            yield from chunks


def lines(chunks):
    """(kind, line): whole, torn, too-long, damaged (the line says why)."""
    text, skipping = b"", False
    try:
        for chunk in chunks:
            *whole, text = (text + chunk).split(b"\n") if b"\n" in chunk else (text + chunk,)
            for line in whole:
                yield "too-long" if skipping or len(line) > LONGEST else "whole", line
                skipping = False
            if len(text) > LONGEST or skipping:
                text, skipping = b"", True
    except ValueError as e:
        yield "damaged", str(e)
        return
    if text or skipping:
        yield "too-long" if skipping else "torn", text


# ---- the chain
class Walk:
    """feed() it each line, then end(); first() is what is broken: (file, line, kind, text)."""

    def __init__(self, keys=(), publics=(), heads=()):
        self.keys = {hmac.digest(k, b"fixup-milter key", "sha256").hex()[:16]: k for k in keys}
        self.publics = {hashlib.sha256(p).hexdigest()[:16]: p for p in publics}
        self.missing = {h.lower() for h in heads}
        self.key = self.wanted = None  # the id of the key in use ("": plain); of one not given
        self.breaks = []  # [file, line, kind, text, may it be taken back?]
        self.unknown = self.plain = self.unsigned = self.gap = None
        self.unknown_records = 0
        self.last = self.before = (0, "")
        self.first_seq = self.first_prev = None
        self.parts = {}  # the first record of each file
        self.records = self.good = 0
        self.place = 0, 0  # which file, and the line in it

    def broken(self, kind, text, takes_back=False):
        entry = [*self.place, kind, text, takes_back]
        if not self.breaks or self.breaks[-1][4]:
            self.breaks.append(entry)
        return entry

    def first(self):
        return next((b[:4] for b in self.breaks if b[2]), None)

    def fits(self, key, found):
        if key == "":
            return hashlib.sha256(found[1]).hexdigest().encode() == found[3]
        return hmac.digest(self.keys[key], found[1], "sha256").hex().encode() == found[3]

    def use(self, key, announced):
        if self.unknown and self.unknown_records == 1 and not announced:
            self.unknown[2:4] = "changed", "the hash is not that of the line"
        self.key, self.wanted, self.unknown = key, None, None

    def hash_state(self, record, found):
        """good, bad, or unknown: the key is."""
        chain = record.get("chain")
        if record.get("type") in ("start", "reload", "head") and isinstance(chain, dict) and \
                isinstance(chain.get("algorithm"), str):
            plain = chain["algorithm"] == "sha256"
            key = "" if plain else str(chain.get("key"))
            if chain["algorithm"] != "hmac-sha256" and not plain or not plain and len(key) != 16:
                return "bad"
            if not plain and key not in self.keys:
                return self.cannot_tell(key)
            if not self.fits(key, found):
                return "bad"
            self.use(key, True)
            return "good"
        if self.key is not None and self.fits(self.key, found):
            return "good"
        fitting = [k for k in self.keys if self.fits(k, found)]
        if self.key is not None:
            if fitting:
                self.key = fitting[0]
            return "untold" if fitting else "bad"
        if not fitting and self.wanted is None and self.fits("", found):
            fitting = [""]
        if not fitting:
            return self.cannot_tell(None)
        self.use(fitting[0], False)
        return "good"

    def cannot_tell(self, wanted):
        if self.unknown is None or wanted not in (None, self.wanted):
            self.unknown_records = 0
            self.unknown = self.broken("key", f"the hashes are under key {wanted}, which was not "
                                       "given" if wanted else "no key that was given fits")
        self.unknown_records += 1
        self.key, self.wanted = None, wanted or self.wanted
        return "unknown"

    def follow(self, seq, prev, digest):
        if self.gap:  # what was missing may stand behind it
            front, end, entry, _ = self.gap
            on = (seq, prev) == (front[0] + 1, front[1])
            self.gap = ((seq, digest) if on else front, end, entry, on)
            if on and (seq, digest) == end:
                entry[2:4] = "reordered", "records stand elsewhere than they were written"
                self.gap = None
        if self.first_seq is None:
            self.first_seq, self.first_prev = seq, prev
            if seq == 1 and prev != ZEROS and not self.unknown:
                self.broken("changed", "seq is 1, and yet prev names a record before it")
        elif (seq, prev) != (self.last[0] + 1, self.last[1]):
            self.judge(seq, prev, digest)
        self.parts.setdefault(self.place[0], digest)
        self.before, self.last = self.last, (seq, digest)

    def judge(self, seq, prev, digest):
        last = self.last
        if digest == last[1] or digest in self.parts.values():
            self.broken("inserted", f"record {seq} stands here again")
        elif prev == ZEROS:
            entry = self.broken("restarted", f"a new chain begins after record {last[0]}")
            if seq < self.first_seq and self.breaks[-1] is entry:
                self.gap = (seq, digest), (self.first_seq - 1, self.first_prev), entry, False
        elif prev == last[1]:
            self.broken("changed", f"prev is right, but seq is {seq} after {last[0]}")
        elif seq == last[0] and prev == self.before[1]:
            self.broken("inserted", f"record {seq} is there twice, and not the same")
        elif seq == last[0] + 1:
            self.broken("changed", f"record {seq}: prev is not the hash of the record before it")
        elif seq > last[0]:
            entry = self.broken("removed", f"between records {last[0]} and {seq}")
            if self.breaks[-1] is entry:
                self.gap = last, (seq - 1, prev), entry, False
        elif seq < self.first_seq:
            self.broken("reordered", f"record {seq} after record {last[0]}")
        else:
            self.broken("inserted", f"record {seq} does not belong here, after record {last[0]}")

    def head(self, record, prev):
        signature, signer = record.get("signature"), record.get("signer")
        if not self.publics:
            return
        if not isinstance(signature, str):
            self.unsigned = self.unsigned or self.broken(
                "signature", "a head without a signature, and no good one follows", True)
            return
        try:
            raw = base64.b64decode(signature, validate=True)
        except ValueError:
            raw = b""
        if not isinstance(signer, str) or signer not in self.publics:
            self.broken("signature", f"signed by key {signer}, which was not given")
        elif not signed(self.publics[signer], prev.encode(), raw):
            self.broken("signature", f"the signature is not that of key {signer} over prev")
        else:
            self.good += 1
            if self.unsigned:
                self.unsigned[2] = self.unsigned = None

    def feed(self, file, number, kind, line):
        self.place = file, number
        if kind in ("too-long", "damaged"):
            self.broken(kind, line if kind == "damaged" else "longer than any record")
            return
        ours = line.startswith(b'{"v":') and line.endswith(b"}")
        found = RECORD.fullmatch(line)
        self.records += ours
        if kind == "torn":
            self.broken("torn", "the line has no line end")
        if not ours or not found:
            self.broken("no-chain" if ours else "foreign", "not a record with prev and hash")
            return
        try:
            record = json.loads(line, object_pairs_hook=lambda pairs: dict(reversed(pairs)),
                                parse_constant=int)  # NaN is no JSON
            state = self.hash_state(record, found)
        except (ValueError, RecursionError):
            state = "bad"
        if state == "bad":
            self.broken("changed", "the hash is not that of the line")
            return
        if state == "good" and self.keys and self.key == "":
            self.plain = self.plain or self.broken(
                "key", "from here on hashes are plain, and none under a key follows", True)
        elif state != "unknown" and self.plain:
            self.plain[2] = self.plain = None
        prev, digest, seq = found[2].decode(), found[3].decode(), record.get("seq")
        self.follow(seq if type(seq) is int and 0 <= seq < 2**64 else 0, prev, digest)
        if state == "untold":
            self.broken("key", "from here on another key fits, and no record says so")
        if record.get("type") == "head":
            self.head(record, prev)
        self.missing.discard(digest)

    def end(self):
        if self.gap and self.gap[2][2] == "removed" and (
                self.gap[3] or self.gap[0][0] >= self.gap[1][0]):
            self.gap[2][2:4] = "inserted", "the log goes on behind it"
        if self.publics and self.records and not self.good and not self.unsigned and not any(
                b[2] == "signature" for b in self.breaks):
            self.broken("signature", "there is no head with a good signature")
        for digest in self.missing:
            self.broken("cut", f"no record has the hash {digest}: cut at the end, or written anew")


# ---- the command
def key_octets(path, forbidden):
    """Of a file that is judged by what was opened; a pipe would keep us waiting."""
    if os.path.isdir(path):
        raise Trouble(78, "a folder")
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as f:
        info = os.fstat(f.fileno())
        if not stat.S_ISREG(info.st_mode) or info.st_mode & forbidden:
            raise Trouble(78, "not a file, or others may read or write it")
        return f.read(65537)


def secret(path):
    """The key in a file: one line, which nobody else may read."""
    key = key_octets(path, 0o077).removesuffix(b"\n")
    if not 16 <= len(key) <= 4096 or b"\n" in key or key.endswith(b"\r"):
        raise Trouble(78, "not one line of 16 to 4096 octets that ends with LF")
    return key


def public(path):
    """The 32 octets of a public key (RFC 8410)."""
    pem = re.search(rb"-----BEGIN PUBLIC KEY-----([^-]*)-----END", key_octets(path, 0o002))
    der = base64.b64decode(pem[1]) if pem else b""
    if len(der) != 44 or not der.startswith(bytes.fromhex("302a300506032b6570032100")):
        raise Trouble(78, "not an Ed25519 public key in PEM")
    return der[12:]


def tell(as_json, path, number, kind, text):
    if as_json:
        print(json.dumps({"file": path, "line": number, "kind": kind, "detail": text}))
    else:
        print("".join(c if c.isprintable() else f"\\x{ord(c):02x}"
                      for c in f"{path}:{number}: {kind}: {text}"))


def main():
    def usage(message):
        sys.stderr.write(f"verify.py: {message}\n{parser.format_usage()}")
        sys.exit(64)

    parser = argparse.ArgumentParser(description="Is a log complete and unchanged?")
    parser.error = usage
    for name in ("key", "pubkey"):
        parser.add_argument("--" + name, action="append", default=[], metavar="FILE")
    parser.add_argument("--head", action="append", default=[], metavar="HASH")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("logs", nargs="+", metavar="LOG")
    args = parser.parse_args()
    for head in args.head:
        if not re.fullmatch("[0-9a-fA-F]{64}", head):
            usage(f"{head}: --head takes a hash: 64 hex digits")
    code = 0

    def attempt(function, path):
        nonlocal code
        try:
            return function(path)
        except Trouble as e:
            number, why = e.args
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as e:
            number, why = 66, e.strerror
        except OSError as e:
            number = 77 if isinstance(e, PermissionError) else 74
            why = e.strerror
        code = code or number
        sys.stderr.write(f"verify.py: {path!r}: {why}\n")
        return None

    keys = [attempt(secret, path) for path in args.key]
    publics = [attempt(public, path) for path in args.pubkey]
    if code:
        return code
    walk = Walk(keys, publics, args.head)

    def read(path):
        for number, (kind, line) in enumerate(lines(octets(path)), 1):
            walk.feed(file, number, kind, line)

    for file, path in enumerate(args.logs):
        attempt(read, path)
    walk.end()
    first = walk.first()
    if not first and not walk.records:
        code = code or 66  # an emptied log is not to be called intact
    if first:
        tell(args.json, args.logs[first[0]], *first[1:])
    result = {"intact": not first and not code, "records": walk.records, "first": walk.first_seq,
              "last": walk.last[0], "hash": walk.last[1], "good": walk.good}
    span = f", {walk.first_seq} to {walk.last[0]}; head {walk.last[1]}" if walk.last[1] else ""
    print(json.dumps(result) if args.json else
          f"{'broken' if first else 'not verified' if code else 'intact'}: {walk.records} records"
          f"{span}; good signatures: {walk.good}")
    return code or (1 if first else 0)


if __name__ == "__main__":
    sys.exit(main())
