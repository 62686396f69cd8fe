"""visibility.py - which callback of a milter each command causes, on each MTA.

The table of fixup-mta(7), which t/lint/man_mta.py compares with that page, and which
test_visibility.py holds against a real MTA. "-": the milter hears nothing. Of an unknown command it
hears the first word alone ("verb") or all of it ("line").
"""

MTAS = ("postfix37", "postfix310", "sendmail")

# verb: (what is sent, Postfix before 3.10, Postfix from 3.10 on, Sendmail 8.17 and 8.18)
TABLE = {
    "HELO": ("HELO again.example.org", "helo", "helo", "helo"),
    "EHLO": ("EHLO again.example.org", "helo", "helo", "helo"),
    "MAIL": ("MAIL FROM:<a@example.org>", "mail", "mail", "mail"),
    "RCPT": ("RCPT TO:<b@discard.test>", "rcpt", "rcpt", "rcpt"),
    "DATA": ("DATA", "data", "data", "data"),
    "BDAT": ("BDAT 000000000002 LAST\r\nx", "data", "data", "line"),
    "RSET": ("RSET", "-", "-", "-"),
    "NOOP": ("NOOP", "-", "-", "-"),
    "QUIT": ("QUIT", "-", "-", "-"),
    "VRFY": ("VRFY root", "-", "-", "-"),
    "EXPN": ("EXPN some-list@example.org", "verb", "line", "-"),
    "HELP": ("HELP with anything at all", "verb", "-", "-"),
    "ETRN": ("ETRN example.org", "-", "-", "-"),
    "TURN": ("TURN the connection around", "verb", "line", "-"),
    "SEND": ("SEND FROM:<a@example.org>", "verb", "line", "-"),
    "SOML": ("SOML FROM:<a@example.org>", "verb", "line", "-"),
    "SAML": ("SAML FROM:<a@example.org>", "verb", "line", "-"),
    "STARTTLS": ("STARTTLS", "-", "-", "-"),
    "AUTH": ("AUTH PLAIN AGEAYg==", "-", "-", "-"),
    "XCLIENT": ("XCLIENT NAME=x.example.org", "-", "-", "line"),
    "XFORWARD": ("XFORWARD NAME=x.example.org", "-", "-", "line"),
    "BURL": ("BURL imap://example.org LAST", "verb", "line", "line"),
    "X-LINK2STATE": ("X-LINK2STATE FIRST CHUNK=0", "verb", "line", "line"),
    "XXXXXXXX": ("XXXXXXXX mx.example.org", "verb", "line", "line"),
    "GOODMORNING": ("GOODMORNING to everybody", "verb", "line", "line"),
}


def visible(mta, verb):
    """What the milter hears of it, or None."""
    what = TABLE[verb][1 + MTAS.index(mta)]
    return None if what == "-" else what
