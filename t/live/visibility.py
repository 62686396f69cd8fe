"""visibility.py - which callback of a milter each command causes, on each MTA.

The table of fixup-mta(7), which t/lint/man_mta.py compares, and what test_visibility.py sends to a
real MTA. One row a command: the line that is sent, what Postfix before 3.10, Postfix from 3.10 on
and Sendmail let the milter hear of it ("-": nothing). In `line` of an unknown command, "verb" is its
first word alone and "line" the whole of it.
"""

MTAS = ("postfix37", "postfix310", "sendmail")

# verb: (what is sent after EHLO, Postfix < 3.10, Postfix >= 3.10, Sendmail)
TABLE = {
    "HELO": ("HELO again.example.org", "helo", "helo", "helo"),
    "EHLO": ("EHLO again.example.org", "helo", "helo", "helo"),
    "MAIL": ("MAIL FROM:<a@example.org>", "mail", "mail", "mail"),
    "RCPT": ("RCPT TO:<b@discard.test>", "rcpt", "rcpt", "rcpt"),
    "DATA": ("DATA", "data", "data", "data"),
    "BDAT": ("BDAT 2 LAST\r\nx", "data", "data", "line"),
    "RSET": ("RSET", "-", "-", "-"),
    "NOOP": ("NOOP", "-", "-", "-"),
    "QUIT": ("QUIT", "-", "-", "-"),
    "VRFY": ("VRFY root", "-", "-", "-"),
    "EXPN": ("EXPN list", "verb", "line", "-"),
    "HELP": ("HELP", "verb", "-", "-"),
    "ETRN": ("ETRN example.org", "-", "-", "-"),
    "TURN": ("TURN", "verb", "line", "-"),
    "SEND": ("SEND FROM:<a@example.org>", "verb", "line", "-"),
    "SOML": ("SOML FROM:<a@example.org>", "verb", "line", "-"),
    "SAML": ("SAML FROM:<a@example.org>", "verb", "line", "-"),
    "STARTTLS": ("STARTTLS", "-", "-", "-"),
    "AUTH": ("AUTH PLAIN AGEAYg==", "-", "-", "-"),
    "XCLIENT": ("XCLIENT NAME=x.example.org", "-", "-", "line"),
    "XFORWARD": ("XFORWARD NAME=x.example.org", "-", "-", "line"),
    "BURL": ("BURL imap://example.org LAST", "verb", "line", "line"),
    "X-LINK2STATE": ("X-LINK2STATE FIRST CHUNK={0}", "verb", "line", "line"),
    "XXXXXXXX": ("XXXXXXXX", "verb", "line", "line"),
    "GOODMORNING": ("GOODMORNING to all", "verb", "line", "line"),
}


def visible(mta, verb):
    """What the milter hears of it, or None."""
    what = TABLE[verb][1 + MTAS.index(mta)]
    return None if what == "-" else what
