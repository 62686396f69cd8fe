#!/usr/bin/env python3
"""make_seeds.py corpora|tree FROM FOLDER - seeds for the fuzz targets: FOLDER/TARGET/*, each in the
form that its target reads. Out of messages, or of the files of the source tree. Nothing is done
where FOLDER is there."""
import glob
import hashlib
import os
import re
import sys

MOST = 12000  # octets of a seed; long ones are slow, and teach no more
KINDS = {b"dkim-signature": 0, b"domainkey-signature": 1, b"arc-message-signature": 2,
         b"arc-seal": 3}
# as fuzz_signature.c numbers the names of a header
NAMES = {b"dkim-signature": 0, b"domainkey-signature": 2, b"arc-seal": 3,
         b"arc-message-signature": 4, b"arc-authentication-results": 5, b"from": 6, b"to": 7,
         b"subject": 8, b"date": 9, b"content-type": 10, b"mime-version": 11, b"received": 12,
         b"message-id": 13}
TIME = 4 << 2  # a time after all of them
# as fuzz_body.c reads them: the number less one, three octets each; repetitions and chunks
WANTS = (bytes([0, 1, 0, 0]), bytes([1, 0, 0, 0, 6, 0, 99]),
         bytes([3, 3, 0, 0, 5, 0, 100, 4, 1, 0, 7, 0, 1]))
CHUNKS = bytes([0, 2, 1, 96, 17])


def messages(corpora):
    for folder, folders, names in os.walk(corpora):
        folders.sort()
        for name in sorted(names):
            with open(os.path.join(folder, name), "rb") as f:
                yield f.read()


def seeds(message):
    """TARGET, seed."""
    lines = message.replace(b"\r\n", b"\n")
    header, _, body = lines.partition(b"\n\n")
    if len(message) <= MOST:
        yield "header", message
    fields = []
    for field in re.sub(rb"\A(From [^\n]*\n)?", b"", header).split(b"\n"):
        if field[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\n" + field
        else:
            fields.append(field)
    listed = bytes([32 | TIME])
    for field in fields:
        name, colon, value = field.partition(b":")
        name = name.strip().lower()
        if not colon or len(value) > MOST:
            continue
        listed += bytes([NAMES.get(name, 14)]) + value.replace(b"\0", b"") + b"\0"
        if name in KINDS:
            yield "taglist", value
            yield "signature", bytes([KINDS[name] | TIME]) + value
    if len(listed) <= MOST:
        yield "signature", listed
    body = body.replace(b"\n", b"\r\n")
    for field in fields:
        name, _, value = field.partition(b":")
        if name.lower() in (b"content-type", b"content-disposition") and len(value) < 2048:
            yield "parameter", b"\0" + value
            yield "parameter", b"\x08" + value
        if name.lower() == b"content-type" and b"multipart" in value.lower():
            yield "mime", b"\x10" + value.replace(b"\0", b"") + b"\0" + body[:7000]
    for number, want in enumerate(WANTS):
        yield "body", want + CHUNKS + body[:1500 * (number + 1)]


def from_corpora(corpora):
    for message in messages(corpora):
        yield from seeds(message)


def from_tree(tree):
    """Files with which the readers are tested anyway."""
    for target, first, pattern in (("config", b"\0", "etc/fixup-milter.conf"),
                                   ("config", b"\0", "t/config-bad/*.conf"),
                                   ("config", b"\0", "t/cases/*.conf"),
                                   ("profile", b"\0", "etc/profiles/*.conf"),
                                   ("transcript", b"", "t/cases/*.smtp")):
        for path in sorted(glob.glob(os.path.join(tree, pattern))):
            with open(path, "rb") as f:
                yield target, first + f.read(8000)
    yield from words(tree)


def netstring(text):
    return b"%d:%s," % (len(text), text)


def words(tree):
    """Every verb, keyword and parameter of the vocabulary; questions about each verb, and for
    each thing that the profile may do with them (fuzz_smtp.c)."""
    with open(os.path.join(tree, "common/vocab.c"), "rb") as f:
        source = f.read()
    verbs = re.findall(rb'\[FX_VERB_\w+\] = \{"(\w+)"', source)
    for word in sorted(set(re.findall(rb'"([A-Z0-9-]{2,})"', source))):
        yield "smtp", word
        yield "smtp", word + b"=x"
    asked = b"".join(netstring(b"verbs " + verb + argument) for verb in verbs
                     for argument in (b"", b" mail.example.org", b"\tx"))
    asked += b"".join(netstring(b"verbs " + line) for line in (
        b"", b" ", b"A", b"QU", b"xxx", b"XXXX", b"XXXXXXXX x", b"ehlo ehlo.a.example.org",
        b"helo  a ", b"GOODMORNING", b"\xff\xfe", b"STARTTLS" * 20))
    long = netstring(b"verbs EHLO " + b"a" * 4200)
    for what in range(36):
        for flag in (0, 128):
            yield "socketmap", bytes([what + flag, what]) + asked + long
    for fault in (b"01:a,", b"100001:", b"99999999999999999999:", b"3:a b;", b"2:ab,", b"x", b":,",
                  b"100000:a b"):
        yield "socketmap", b"\0\0" + netstring(b"verbs QUIT") + fault


def main():
    kind, source, out = sys.argv[1:]
    if os.path.isdir(out):
        return
    count = {}
    for target, seed in from_tree(source) if kind == "tree" else from_corpora(source):
        os.makedirs(f"{out}/{target}", exist_ok=True)
        path = f"{out}/{target}/{hashlib.sha256(seed).hexdigest()[:32]}"
        if not os.path.exists(path):
            count[target] = count.get(target, 0) + 1
            with open(path, "wb") as f:
                f.write(seed)
    print("seeds: " + ", ".join(f"{t} {n}" for t, n in sorted(count.items())))


main()
