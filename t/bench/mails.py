"""mails.py - the messages that the filters are measured with: 12 fields and a body of a given size,
with or without a signature, which is made here with openssl(1)."""
import base64
import hashlib
import os
import re
import subprocess

DOMAIN = "example.org"
SELECTOR = "bench"
LINE = "The quick brown fox jumps over the lazy dog and goes on for a while.\n"
FIELDS = """\
Received: from a.example.org (a.example.org [192.0.2.7])
 by mx.example.org with ESMTP id 4XyZ1
 for <user@example.net>; Sat, 21 Nov 2026 10:00:00 +0000
From: sender@example.org
To: user@example.net
Subject: a message of the load, of a usual length
Date: Sat, 21 Nov 2026 10:00:00 +0000
Message-ID: <20261121100000.1@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit
User-Agent: Example/1.0
X-Mailer: Example 2.0
List-Id: <list.example.org>
"""
SIGNED = ("from", "to", "subject", "date", "mime-version", "content-type")


def body(size):
    return (LINE * (size // len(LINE) + 1))[:size - 1] + "\n"


def relaxed_body(text):
    """RFC 6376 section 3.4.4, with CRLF."""
    lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return "".join(line + "\r\n" for line in lines).encode()


def relaxed_field(name, value):
    """RFC 6376 section 3.4.2, without the line's end."""
    value = re.sub(r"[ \t]+", " ", value.replace("\n", "")).strip()
    return f"{name.lower()}:{value}".encode()


def signature(key, text):
    """The field, rsa-sha256 and relaxed/relaxed, over a body of LF lines."""
    fields = dict(re.findall(r"^([^:\s]+):((?:.*\n(?:[ \t].*\n)*))", FIELDS, re.M))
    known = {name.lower(): value for name, value in fields.items()}
    digest = base64.b64encode(hashlib.sha256(relaxed_body(text)).digest()).decode()
    value = (f" v=1; a=rsa-sha256; c=relaxed/relaxed; d={DOMAIN}; s={SELECTOR};\n"
             f" h={':'.join(SIGNED)};\n bh={digest};\n b=")
    data = b"".join(relaxed_field(name, known[name]) + b"\r\n" for name in SIGNED)
    data += relaxed_field("DKIM-Signature", value)
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=data, check=True,
                          stdout=subprocess.PIPE)
    signed = base64.b64encode(done.stdout).decode()
    return "DKIM-Signature:" + value + "\n  ".join(re.findall(".{1,70}", signed)) + "\n"


class Mail:
    """One message in a file. body_hash: what has to be said of its signature; None: it has none."""

    def __init__(self, folder, name, text, key=None, tampered=False):
        self.name = name
        self.path = os.path.join(folder, name + ".eml")
        self.body_hash = None if key is None else "mismatch" if tampered else "match"
        head = FIELDS if key is None else signature(key, text) + FIELDS
        with open(self.path, "w", encoding="ascii") as f:
            f.write(head + "\n" + ("X" + text[1:] if tampered else text))

    def for_smtp(self):
        """The same without Message-ID, so that the mail server makes one for each copy."""
        path = self.path.replace(".eml", ".smtp")
        with open(self.path, encoding="ascii") as f, open(path, "w", encoding="ascii") as out:
            out.writelines(line for line in f if not line.startswith("Message-ID:"))
        return path


def make(folder, key):
    """All of them by name."""
    small, large = body(4096), body(1024 * 1024)
    mails = [Mail(folder, "4k", small), Mail(folder, "1m", large),
             Mail(folder, "4k-signed", small, key), Mail(folder, "1m-signed", large, key),
             Mail(folder, "4k-tampered", small, key, tampered=True)]
    return {mail.name: mail for mail in mails}
