"""chain.py - the parts of a chained log: read, held against the rules of the chain by code of our
own, and given to both verifiers.
"""
import gzip
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys

from daemon import CONTROL, SOURCE, environment
from tap import check, equal

ZEROS = "0" * 64
PYTHON_VERIFIER = os.path.join(SOURCE, "contrib", "verify.py")
LINE = re.compile(rb'^(.*,"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}$')


def data(path):
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dc", path], check=True, stdout=subprocess.PIPE).stdout
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return f.read()


def lines(*paths):
    return [line for path in paths for line in data(path).splitlines(keepends=True)]


def records(*paths):
    """Of the lines that are whole."""
    return [json.loads(line) for line in lines(*paths) if line.endswith(b"\n")]


def digest(key, octets):
    if key is None:
        return hashlib.sha256(octets).hexdigest()
    return hmac.new(key, octets, hashlib.sha256).hexdigest()


def faults(paths, key=None):
    """What breaks the rules, as text; a chain that begins in the middle is whole."""
    found, last = [], None
    for number, line in enumerate(lines(*paths), 1):
        match = LINE.match(line.rstrip(b"\n"))
        if not line.endswith(b"\n"):
            found.append(f"{number}: torn")
            continue
        if not match:
            found.append(f"{number}: not chained")
            continue
        hashed, prev, own = match[1], match[2].decode(), match[3].decode()
        seq = json.loads(line)["seq"]
        if digest(key, hashed) != own:
            found.append(f"{number}: hash")
        if last is not None and (seq, prev) != (last[0] + 1, last[1]):
            found.append(f"{number}: seq {seq} after {last[0]}, or prev is another one")
        if last is None and seq == 1 and prev != ZEROS:
            found.append(f"{number}: the first record has a prev")
        last = (seq, own)
    return found


VERIFIERS = ([CONTROL, "verify"], [sys.executable, PYTHON_VERIFIER])


def verify(paths, *options, status=0, says=None):
    """Both verifiers end with this status, and say this; what they said."""
    texts = []
    for words in VERIFIERS:
        done = subprocess.run([*words, *options, *paths], stdin=subprocess.DEVNULL,
                              env=environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        text = done.stdout.decode(errors="replace")
        equal(done.returncode, status, f"{words[-1]} said: {text}")
        check(says is None or says in text, f"{words[-1]} does not say {says!r}: {text}")
        texts.append(text)
    return texts


def intact(paths, *options, key=None):
    """By the rules, and by both verifiers."""
    equal(faults(paths, key)[:5], [], "faults of the chain")
    verify(paths, *options)
