"""messages.py - what is sent: each message, to whom, and what the firewall does about it.

A message is known by its name, its sender (the program that sends it) and the profile: they make
the Message-ID, and the token in the body by which copies in a mailbox are recognised. Nothing in
it depends on the time, so that two runs send the same. Its domain is its own, NAME.example.net.
"""
from collections import namedtuple

LIMIT = 5  # recipients of one message, where that is simulated
MANY = 12  # three times to come
HOLD_SECONDS = 5  # the answer to the final dot
PATIENCE = 3  # seconds for which senders wait for it

# `simulate` is what the configuration says for this message alone.
Message = namedtuple("Message", "name about recipients simulate make")


def _overflow(word):
    return f'recipients = {{ limit = {LIMIT}; overflow = "{word}"; }};'


def _text(token, *fields, body=b"A line.\n"):
    return ("MIME-Version: 1.0\n" + "".join(field + "\n" for field in fields) +
            f"\nstaging-token {token} end\n").encode("utf-8") + body


def plain(token):
    return _text(token, "Content-Type: text/plain; charset=us-ascii")


def eight_bit(token):
    return _text(token, "Content-Type: text/plain; charset=utf-8",
                 "Content-Transfer-Encoding: 8bit", body="Gr\u00fc\u00dfe\n".encode())


def utf8_field(token):
    return _text(token, "Content-Type: text/plain; charset=us-ascii",
                 "Comments: Gr\u00fc\u00dfe")


def long_field(token):
    return _text(token, "Content-Type: text/plain; charset=us-ascii",
                 "X-Long: " + "x" * (1200 - len("X-Long: ")))


def long_name(token):
    part = ("--part\nContent-Type: text/plain; charset=us-ascii\n"
            f"\nstaging-token {token} end\n"
            "--part\nContent-Type: application/octet-stream\n"
            f"Content-Disposition: attachment;\n filename=\"{'n' * 296}.txt\"\n"
            "\nA line.\n--part--\n")
    return ("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=part\n\n" + part).encode()


def signed(token):
    """A signature whose list of fields is folded so that a line begins with Content-Type: ; it
    need not be valid, no firewall looks."""
    return _text(token, "Content-Type: text/plain; charset=us-ascii",
                 "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel;\n"
                 "\th=From:To:Subject:Date:Message-ID:MIME-Version:\n"
                 "\tContent-Type:Content-Transfer-Encoding;\n"
                 "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n"
                 "\tb=" + "A" * 64)


MESSAGES = [
    Message("plain", "nothing to object to", 1, "", plain),
    Message("8bit", "an 8-bit body", 1, "", eight_bit),
    Message("utf8", "a header field in UTF-8", 1, "", utf8_field),
    Message("long-field", "a header line of 1,200 octets", 1, "", long_field),
    Message("long-name", "a file name of 300 characters", 1, "", long_name),
    Message("signed", "a signature with Content-Type: at the start of a line", 1, "", signed),
    Message("defer", f"{MANY} recipients, 452 from the {LIMIT + 1}th on", MANY,
            _overflow("defer"), plain),
    Message("drop", f"{MANY} recipients, 421 and closed at the {LIMIT + 1}th", MANY,
            _overflow("drop-connection"), plain),
    Message("lose", f"{MANY} recipients, 250 for all, those after the {LIMIT}th are lost", MANY,
            _overflow("lose"), plain),
    Message("fail", f"{MANY} recipients, 550 from the {LIMIT + 1}th on", MANY,
            _overflow("fail"), plain),
    Message("hold", f"the answer to the final dot comes after {HOLD_SECONDS} seconds", 1,
            f"end_of_data = {{ every = 1; hold_seconds = {HOLD_SECONDS}; max_held = 100; }};",
            plain),
]


def domain(message):
    return message.name + ".example.net"


def recipients(message):
    """One has a plain name; many are numbered as smtp-source does it."""
    if message.recipients == 1:
        return ["user@" + domain(message)]
    return [f"{n}user@{domain(message)}" for n in range(1, message.recipients + 1)]


def from_address(sender):
    return sender + "@example.org"


def token(message, sender, profile):
    return f"{message.name}.{sender}.{profile}"


def text(message, sender, profile):
    """The whole message, with LF line ends."""
    name = token(message, sender, profile)
    to = recipients(message)[0] if message.recipients == 1 else "everybody@" + domain(message)
    return (f"From: {from_address(sender)}\nTo: {to}\nSubject: {name}\n"
            f"Date: Sun, 22 Nov 2026 10:00:00 +0000\nMessage-ID: <{name}@example.org>\n"
            ).encode() + message.make(name)
