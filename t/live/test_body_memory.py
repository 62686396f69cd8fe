#!/usr/bin/env python3
"""test_body_memory.py - a body of 100 MB with signatures of every kind: the hashes are right, and the
daemon is no larger for it. The daemon alone; the mail server's side is t/wire/milter.py. Times are
printed and nothing is held against them."""
import base64
import hashlib
import os
import re
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from daemon import SOURCE, Daemon, configuration, sanitizer
from tap import Tap, check, equal

sys.path.insert(0, os.path.join(SOURCE, "t", "wire"))
from milter import Mta  # noqa: E402

SIZE = 100 * 1000 * 1000
CHUNK = 65535  # what Postfix and Sendmail hand over at once
MOST_KB = 1024
# Lines with blanks to reduce, blanks at the end, nothing; a CR and an LF by themselves.
UNIT = (b"A line of text, as long as lines in mail are, with nothing to reduce in it\r\n"
        b"  two  blanks\tand a tab, some at the end \t \r\n\r\n \t\r\na\rb\nc \r d\r\n" +
        b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==\r\n" * 9)
END = b"\r\n \r\n\t\r\n\r\n"


def relaxed(body):
    return re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))


def limited(size, piece, length):
    """Of `size` pieces, as many octets: whole pieces, and the rest of one."""
    return min(size, length // len(piece)), piece[:length % len(piece)]


def body_hash(name, piece, count, length=None, end=b""):
    """bh= of a canonical body that is a piece many times."""
    digest = hashlib.new(name)
    rest = end
    if length is not None:
        count, rest = limited(count, piece, length)
    for _ in range(count):
        digest.update(piece)
    digest.update(rest)
    return base64.b64encode(digest.digest()).decode()


def signatures(count):
    """Values of the field: c=, a=, l= and a right bh=, of a body of UNIT many times and END."""
    simple_end = b"\r\n \r\n\t\r\n"
    kinds = (("relaxed", "sha256", None), ("relaxed", "sha1", None), ("simple", "sha256", None),
             ("simple", "sha1", None), ("relaxed", "sha256", count * len(relaxed(UNIT)) - 1),
             ("simple", "sha256", count * len(UNIT) // 2))
    for canon, name, length in kinds:
        piece = relaxed(UNIT) if canon == "relaxed" else UNIT
        value = body_hash(name, piece, count, length, simple_end if canon == "simple" else b"")
        yield (f" v=1; a=rsa-{name}; c=relaxed/{canon}; d=example.org; s=sel;\n h=from:subject; "
               f"bh={value};\n" + (f" l={length};" if length is not None else "") +
               " b=" + "A" * 170 + "AA==")


def chunks(whole):
    for at in range(0, len(whole), CHUNK):
        yield whole[at:at + CHUNK]


def send(mta, fields, body):
    mta.envelope()
    mta.header("From", " a@example.org")
    for value in fields:
        mta.header("DKIM-Signature", value)
    mta.eoh()
    began = time.monotonic()
    for chunk in chunks(memoryview(body)):
        mta.body(bytes(chunk))
    mta.sock.settimeout(60)
    equal(mta.eom(), ([], b"c"), "answer")
    return time.monotonic() - began


def kilobytes(daemon, name):
    with open(f"/proc/{daemon.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(name + ":"))


def results(record):
    return [s["body_hash"] for s in record["dkim"]]


def measured(daemon, mta, fields, body):
    """kB by which the daemon was larger than before, at most, and seconds."""
    before = kilobytes(daemon, "VmRSS")
    with open(f"/proc/{daemon.process.pid}/clear_refs", "w") as f:
        f.write("5")  # the highest so far is what it is now
    took = send(mta, fields, body)
    return kilobytes(daemon, "VmHWM") - before, took


def test(tap, daemon, mta):
    count = SIZE // len(UNIT)
    fields = list(signatures(count))
    with tap.case("a small message with the same kinds of signature"):
        send(mta, signatures(3), UNIT * 3 + END)
        record = daemon.log.wait(type="message", helo="mail.example.org")[0]
        equal(results(record), ["match"] * 6, "body_hash")
    with tap.case("one octet changed in a small message"):
        send(mta, signatures(3), UNIT * 2 + UNIT[:-3] + b"+\r\n" + END)
        record = daemon.log.wait(2, type="message", helo="mail.example.org")[1]
        equal(results(record), ["mismatch"] * 5 + ["match"], "body_hash")
    with tap.case("100 MB: every bh= matches"):
        grown, took = measured(daemon, mta, fields, UNIT * count + END)
        record = daemon.log.wait(3, type="message", helo="mail.example.org")[2]
        equal(results(record), ["match"] * 6, "body_hash")
    room = f"100 MB: the daemon grows by less than {MOST_KB} kB"
    if sanitizer():
        tap.skip(room, "a build with sanitizers keeps what was freed")
    else:
        with tap.case(room):
            print(f"# {grown} kB, {took:.1f} s", flush=True)
            check(grown < MOST_KB, f"grown by {grown} kB")
    with tap.case("10 MB of nothing but ends of lines, and something behind them"):
        lines = b"\r\n" * (SIZE // 20)
        fields = [f" v=1; a=rsa-sha256; c=relaxed/{canon}; d=example.org; s=sel; h=from; "
                  f"bh={body_hash('sha256', lines, 1, end=b'.' + bytes((13, 10)))}; b=AAAA"
                  for canon in ("relaxed", "simple")]
        grown, took = measured(daemon, mta, fields, lines + b".")
        record = daemon.log.wait(4, type="message", helo="mail.example.org")[3]
        equal(results(record), ["match"] * 2, "body_hash")
        print(f"# {grown} kB, {took:.1f} s", flush=True)
        check(grown < MOST_KB or sanitizer(), f"grown by {grown} kB")
    with tap.case("the daemon ends"):
        mta.quit()
        equal(daemon.stop(), 0, "exit status")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="fixup-live.") as base:
        daemon = Daemon(base)
        place = f"unix:{base}/socket"
        try:
            daemon.start(configuration(place, daemon.log_path, 'mode = "observe";'))
            test(tap, daemon, Mta(place).greet())
        finally:
            daemon.kill()
    sys.exit(tap.finish())


main()
