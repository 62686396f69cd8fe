"""oracle.py - messages of a file, and whether the body of each is the one that its signatures
were made for: the body hash once more, in as few lines as RFC 6376 section 3.7 allows, from no
code of the project.

    for name, fields, body in messages(path): ...
    verdict(field_name, field_value, body)     "match", "mismatch", "unchecked" or None

Messages are read as Postfix takes them over SMTP (the tool does the same): any line end becomes
CRLF, a CR elsewhere a blank, and whatever is no field ends the header.
"""
import base64
import binascii
import hashlib
import re

FROM_LINE = re.compile(rb"From .*(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+\w{3}\s+\d{1,2}\s+"
                       rb"\d{1,2}:\d\d(:\d\d)?\s.*\d{4}", re.IGNORECASE)
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)\Z", re.DOTALL)
SIGNATURES = (b"dkim-signature", b"domainkey-signature", b"arc-message-signature", b"arc-seal")
DIGESTS = {"rsa-sha1": "sha1", "rsa-sha256": "sha256", "ed25519-sha256": "sha256"}
WHITE = " \t\r\n"


def _lines(data):
    lines = re.split(rb"\r*\n", data)
    return [line.replace(b"\r", b" ") for line in (lines if lines[-1] else lines[:-1])]


def _mbox(lines):
    """The lines of each message, "From " lines and their quoting taken off."""
    found, empty = [], True
    for line in lines:
        if empty and FROM_LINE.match(line):
            found.append([])
        elif found:
            found[-1].append(line[1:] if re.match(rb">+From ", line) else line)
        empty = line == b""
    for message in found:
        if message and message[-1] == b"":
            message.pop()
    return found


def _split(lines):
    """The fields, each as name and value with its folds, and the body."""
    fields, at = [], 0
    while at < len(lines):
        line = lines[at]
        match = FIELD.match(line)
        if fields and line[:1] in (b" ", b"\t"):
            fields[-1][1] += b"\n" + line
        elif match:
            fields.append([match.group(1), match.group(2)])
        elif fields or not re.match(rb">?From ", line):
            break
        at += 1
    if at < len(lines) and lines[at] == b"":
        at += 1
    return fields, b"".join(line + b"\r\n" for line in lines[at:])


def messages(path):
    """Each message of the file: what the tool calls it, its fields, its body."""
    with open(path, "rb") as f:
        lines = _lines(f.read())
    if lines and FROM_LINE.match(lines[0]):
        for number, message in enumerate(_mbox(lines), 1):
            yield f"{path}#{number}", *_split(message)
    else:
        yield path, *_split(lines)


def tags(value):
    """The first of each name."""
    found = {}
    for part in value.decode("latin-1").split(";"):
        name, equals, text = part.partition("=")
        if equals:
            found.setdefault(name.strip(WHITE), text.strip(WHITE))
    return found


def simple(body):
    return re.sub(rb"(\r\n)*\Z", b"", body, count=1) + b"\r\n"


def relaxed(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def verdict(name, value, body):
    """None: no signature at all. "unchecked": nothing to compare, or nothing to compare with."""
    if name.lower() not in SIGNATURES:
        return None
    tag = tags(value)
    canon = re.fullmatch(r"(?:simple|relaxed)(?:/(simple|relaxed))?", tag.get("c", "simple"))
    digest = DIGESTS.get(tag.get("a"))
    if name.lower() not in SIGNATURES[::2] or not canon or not digest or "bh" not in tag:
        return "unchecked"
    text = relaxed(body) if canon.group(1) == "relaxed" else simple(body)
    if "l" in tag:
        if not re.fullmatch(r"[0-9]{1,76}", tag["l"]) or int(tag["l"]) > len(text):
            return "unchecked"
        text = text[:int(tag["l"])]
    try:
        wanted = base64.b64decode(re.sub(r"\s", "", tag["bh"]), validate=True)
    except (binascii.Error, ValueError):
        return "unchecked"
    got = hashlib.new(digest, text).digest()
    if len(wanted) != len(got):
        return "unchecked"
    return "match" if wanted == got else "mismatch"
