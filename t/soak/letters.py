"""letters.py - the messages that are sent: those of the corpora, and made ones of every size and
shape. Lines end with CRLF, unless that is the point."""
import base64
import os

from harness import message

FOLDERS = ("arc_test_suite", "dkim_verifier", "dkimpy", "mail-dkim", "misc-testdata",
           "spamassassin")
LARGEST = 2 << 20  # octets of a message taken from a corpus


def of_corpora():
    """Every file that is one message, as it goes over the wire; nothing without FX_CORPORA."""
    found = []
    top = os.environ.get("FX_CORPORA", "")
    for folder in FOLDERS if top else ():
        place = os.path.join(top, folder)
        for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
            path = os.path.join(place, name)
            if os.path.isfile(path) and os.path.getsize(path) <= LARGEST:
                with open(path, "rb") as f:
                    data = f.read()
                if not data.startswith(b"From "):
                    found.append(b"\r\n".join(line.rstrip(b"\r") for line in data.split(b"\n")))
    return found


def _multipart(chance):
    parts = []
    for number in range(chance.randrange(1, 9)):
        name = "n" * chance.choice((5, 80, 260))
        inside = base64.encodebytes(chance.randbytes(chance.randrange(4000)))
        parts.append(b"--part\r\nContent-Type: application/octet-stream;\r\n"
                     b"\tname=\"" + f"{name}{number}".encode() + b"\"\r\n"
                     b"Content-Transfer-Encoding: base64\r\n\r\n" +
                     inside.replace(b"\n", b"\r\n"))
    return message("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=part",
                   body=b"".join(parts) + b"--part--\r\n")


def _signed(chance):
    field = (f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/{chance.choice(('simple', 'relaxed'))};"
             f" d=example.org;\r\n\ts=sel; h=from:to:\r\n\tcontent-type:subject; "
             f"bh={'A' * 43}=;\r\n\tb={'B' * 342}==")
    return message(*[field] * chance.randrange(1, 4), "Content-Type: text/plain",
                   body="A line.\r\n" * chance.randrange(1, 200))


def _eight_bit(chance):
    return message("Content-Type: text/plain; charset=utf-8",
                   body=("gr\u00fc\u00dfe \u20ac".encode() + b"\r\n") * chance.randrange(1, 50))


def _long_lines(chance):
    return message("X-Long: " + "x" * chance.choice((990, 1200, 9000, 70000)),
                   body="y" * chance.choice((998, 1001, 20000)) + "\r\n")


def _many_fields(chance):
    return message(*(f"X-Field-{n}: {'v' * chance.randrange(60)}"
                     for n in range(chance.choice((20, 200, 1500)))))


def _zeros(chance):
    return message(b"X-Zero: a\0b", body=b"a\0b\r\n" * chance.randrange(1, 20))


def _bare(chance):
    return message(body=b"bare\nline feeds\n" * chance.randrange(1, 20) + b"\r\n")


def _large(chance):
    line = ("z" * 70 + "\r\n") * 14000  # a megabyte
    return message(f"X-Size: {chance.random()}", body=line)


def _small(chance):
    return message(f"Subject: {chance.random()}")


# How often, beside the others, and who makes it.
MADE = ((40, _small), (12, _multipart), (16, _signed), (8, _eight_bit), (8, _long_lines),
        (6, _many_fields), (4, _zeros), (4, _bare), (1, _large))


class Letters:
    def __init__(self):
        self.known = of_corpora()

    def one(self, chance):
        """Any of them: one of the corpora in two cases of three, where there are any."""
        if self.known and chance.random() < 0.67:
            return chance.choice(self.known)
        return self.made(chance)

    @staticmethod
    def made(chance):
        often, makers = zip(*MADE)
        make, = chance.choices(makers, often)
        return make(chance)

    @staticmethod
    def small(chance):
        return _small(chance)
