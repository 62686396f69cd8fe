"""nasty.py - made-up messages for test_corpora.py: each limit and each thing that Postfix does to
a message on its way to a filter, by hand, and many random mixtures (always the same ones)."""
import base64
import hashlib
import random
import re

HEAD = b"From: a@example.org\nTo: b@example.net\nMessage-ID: <n@example.org>\n"
LONG_NAME = b"f" * 300


def field(name, octets, fill=b"x"):
    """A field of one line with so many octets."""
    return name + b": " + fill * (octets - len(name) - 2) + b"\n"


def by_hand():
    for octets in (997, 998, 999, 2046, 2047, 2048, 2049, 2050, 4095, 4096, 4097, 59999, 60000,
                   60001, 65534, 65535, 65536, 102399, 102400, 102401, 130000):
        yield HEAD + field(b"X-Line", octets) + b"\nbody\n"
        yield HEAD + b"\n" + b"x" * octets + b"\nend\n"
        yield HEAD + b"X-Fold: a\n " + b"x" * (octets - 1) + b"\n\tb\n\nbody\n"
    for lines in (59, 60, 61, 62, 66, 67, 68, 110, 130):
        yield HEAD + b"X-Many: " + b"\n ".join([b"x" * 998] * lines) + b"\n\nbody\n"
        yield HEAD + b"X-Many: " + b"\n ".join([b"x" * 1100] * lines) + b"\nX-Next: y\n\nbody\n"
    for stray in (b"no colon here", b"", b" begins with a blank", b"\ttab", b": no name",
                  b"Na me: blank within", b"Name : blank before", b"Name\t: tab before",
                  b"N\xe4me: 8 bits", b"Name: \xe4\xf6", b"Name:", b"Name: ", b"Name\0: nul",
                  b"Name: a\0b", b"Name: a\n \0b", b"Name: a\rb", b"Na\rme: x", b"Name: a\r",
                  b"From someone Sat Nov 21 10:00:00 2026", b">From: quoted", b"=?utf-8?q?x?=: y",
                  b"Bcc: c@example.net", b"Return-Path: <d@example.net>", b"Content-Length: 5",
                  b"Resent-Bcc: e@example.net", b"Received: from x", b"X-Fixup-Policy: x",
                  b"(" * 500 + b": comment", b"N" * 3000 + b": long name"):
        yield HEAD + stray + b"\n" + field(b"X-After", 1200) + b"\nbody\n"
        yield stray + b"\n" + HEAD + field(b"X-After", 1200) + b"\nbody\n"
        yield HEAD + field(b"X-Before", 1200) + stray + b"\n more\n\nbody\n"
    yield HEAD
    yield HEAD + b"\n"
    yield HEAD + b"\n" + bytes(range(256)) * 8 + b"\n"
    yield HEAD + b"\n" + b"\r".join([b"x" * 500] * 9) + b"\n"
    yield HEAD + b"\n" + b"\0" * 3000 + b"\n"
    yield HEAD + b"\n.\n..\n.x\n" + b"." * 1200 + b"\n"
    yield HEAD + b"Content-Type: a/b\nContent-type: c/d\nCONTENT-TYPE: e/f\n\nbody\n"
    yield HEAD + b"Received: x\n" * 30 + b"\nbody\n"


NAMES = {
    "quoted": b'filename="' + LONG_NAME + b'"',
    "token": b"filename=" + LONG_NAME,
    "percent": b"filename*=utf-8''" + b"%41" * 300,
    "pieces": b"filename*0=" + b"a" * 200 + b";\n filename*1=" + b"b" * 200,
    "words": b'filename="=?utf-8?q?' + b"=41" * 300 + b'?="',
    "folded": b'filename="a\n ' + LONG_NAME + b'"',
    "blanks": b'filename = "' + LONG_NAME + b'"',
    "backslashes": b'FileName="' + b"\\x" * 300 + b'"',
    "nul": b'filename="' + LONG_NAME + b"\0" + b'"',
    "eight": b'filename="' + b"\xe4" * 300 + b'"',
    "open": b'filename="' + LONG_NAME,
    "mixed": b"filename*0*=us-ascii'en'" + b"%61" * 200 + b";\n filename*1=" + LONG_NAME,
    "late": b"a=b; " * 300 + b"filename=" + LONG_NAME,
}
MULTI = b"Content-Type: multipart/mixed; boundary=b\n"


def with_names():
    """(name, message): names of files in every place and form."""
    for label, form in NAMES.items():
        part = b"Content-Disposition: attachment;\n " + form + b"\n"
        yield "top-" + label, HEAD + part + b"\nbody\n"
        yield "part-" + label, HEAD + MULTI + b"\n--b\n" + part + b"\nx\n--b--\n"
        yield "enclosed-" + label, (HEAD + MULTI + b"\n--b\nContent-Type: message/rfc822\n\n"
                                    + HEAD + part + b"\nx\n--b--\n")
    part = b"Content-Disposition: attachment; filename=" + LONG_NAME + b"\n"
    yield "blank-colon", HEAD + MULTI + b"\n--b\n" + part.replace(b":", b" :") + b"\nx\n--b--\n"
    yield "no-field", HEAD + MULTI + b"\n--b\nno field\n" + part + b"\nx\n"
    yield "no-body", HEAD + MULTI + b"\n--b\n" + part
    long = b"b" * 300
    yield "boundary", (HEAD + b"Content-Type: multipart/mixed; boundary=" + long + b"\n\n--"
                       + long + b"\n" + part + b"\nx\n")
    for depth in (2, 20, 100, 200):
        text = part + b"\nx\n"
        for level in range(depth):
            text = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%b" % (level, level,
                                                                                 text)
        yield f"depth-{depth}", HEAD + text


PIECES = (b"\n", b"\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b": ", b";", b"=", b'"', b"\\",
          b"--b", b"\n--b\n", b"\n--b--\n", b"\n\n", b"\xe4", b"x", b"x" * 997, b"x" * 1050,
          b"x" * 2048, b"Content-Type", b"\nContent-Type: multipart/mixed; boundary=b\n",
          b"\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\n",
          b"\nContent-Disposition: attachment;\n filename=", b" filename*0=", b" filename*1*=",
          b"%41%42", b"=?utf-8?q?a=41?=", b"\nContent-Type: message/rfc822\n\n", b"\nX-A: y\n",
          b"\nReceived: x\n", b"f" * 250, b".", b"\n.\n", b"\nFrom x\n", b"(", b")", b"'")


def at_random(count, seed=20261121):
    chance = random.Random(seed)
    for _ in range(count):
        pieces = [chance.choice(PIECES) for _ in range(chance.randrange(1, 60))]
        start = chance.choice((HEAD, HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n",
                               HEAD[:-1], HEAD + b"\n", HEAD + b"X-B: "))
        yield start + b"".join(pieces) + b"\n"


SIGNED = (b"v=1", b"v=2", b"a=rsa-sha256", b"a=rsa-sha1", b"a=ed25519-sha256", b"c=relaxed/relaxed",
          b"c=simple", b"c=x", b"d=example.org", b"d=\xe4", b"s=x", b"s=", b"h=from:to:content-type",
          b"h=from:\n content-type:to", b"h=From :\n\tContent-Type \n :x", b"h=", b"h=from:from::",
          b"b=AA==", b"b=" + b"A" * 1200, b"b=A*", b"bh=", b"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3h"
          b"SuFU=", b"i=@example.org", b"i=a=40\n b@x.example.org", b"l=0", b"l=3", b"l=99999999999",
          b"l=x", b"t=1", b"x=1", b"t=x", b"q=dns/txt", b"q=y", b"z=From:a|Content-Type: =\n b",
          b"i=1", b"cv=none", b"", b"=", b"x", b"\n ", b"\0", b"\r", b"u=" + b"x" * 1100)
FIELDS = (b"DKIM-Signature:", b"dkim-signature :", b"DKIM-Signature: ", b"DKIM-Signature:\n ",
          b"DomainKey-Signature: ", b"ARC-Seal: ", b"ARC-Message-Signature: ",
          b"ARC-Authentication-Results: i=1; ")


def hashes(body):
    """Fields with the hashes of a body, as it goes over the wire."""
    body = re.sub(rb"\r*\n", b"\r\n", body)
    plain = re.sub(rb"(\r\n)*\Z", b"", body) + b"\r\n"
    short = re.sub(rb" (?=\r\n|\Z)", b"", re.sub(rb"[ \t]+", b" ", body))
    short = re.sub(rb"(\r\n)*\Z", b"", short)
    for canon, data in ((b"simple", plain), (b"relaxed", short + b"\r\n" if short else b"")):
        digest = base64.b64encode(hashlib.sha256(data).digest())
        yield (b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/" + canon + b"; d=example.org; s=x;\n"
               b"\th=from:content-type; bh=" + digest + b";\n\tb=" + b"A" * 344 + b"\n")


def with_signatures(count, seed=20261122):
    """Fields of signatures put together at random, and bodies with their hashes."""
    chance = random.Random(seed)
    for _ in range(count):
        made = [chance.choice(FIELDS) + chance.choice((b"; ", b";", b";\n\t", b" ;\n ")).join(
            chance.choices(SIGNED, k=chance.randrange(1, 14))) + b"\n"
            for _ in range(chance.randrange(1, 5))]
        made.insert(chance.randrange(len(made) + 1), chance.choice((b"", b"Content-Type: a/b\n")))
        body = b"".join(chance.choices(PIECES, k=chance.randrange(40))) + b"\n"
        yield b"".join(made) + HEAD + b"".join(hashes(body)) + b"\n" + body


def nasty_messages():
    """(name, message) of each; names are unique and do not change when others are added."""
    for number, data in enumerate(by_hand()):
        yield f"hand-{number:03}", data
    yield from with_names()
    for number, data in enumerate(at_random(600)):
        yield f"random-{number:03}", data
    for number, data in enumerate(with_signatures(400)):
        yield f"signed-{number:03}", data
