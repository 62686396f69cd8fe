"""sessions.py - the sessions of the quickstart: how each is sent, and what must come of it.

The dialogue is written as commands with the replies to them, "MAIL 250 2.1.0"; of a reply that
the policy gives, the text counts as well. A record is written as type, verdict, would, and its
findings as "rule@profile=action" with "observed>limit" where there are numbers.
"""
from collections import namedtuple

Session = namedtuple("Session", "title listener send dialogue records")

SENDER = "sender@example.org"
USER = "user@maildir.test"
HELLO = "220 | EHLO 250 | "
TO_DATA = "MAIL 250 2.1.0 | RCPT 250 2.1.5 | DATA 354 | "
SENT = TO_DATA + ". 250 2.0.0"
BYE = " | QUIT 221 2.0.0"
LONG_LINE = "x" * 1000
LONG_NAME = "n" * 256 + ".txt"
LONG_SENDER = "s" * 310 + "@example.org"


def swaks(*words):
    return ("swaks", ["--from", SENDER, "--to", USER, *words])


def smtp_source(*words):
    return ("smtp-source", ["-f", SENDER, "-t", USER, *words])


def lines(*words):
    return ("lines", words)


EIGHT_BIT = lines(
    "EHLO client.example.org", f"MAIL FROM:<{SENDER}> BODY=8BITMIME", f"RCPT TO:<{USER}>", "DATA",
    "From: <sender@example.org>\r\nSubject: 8bit\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
    "Message-Id: <8bit@example.org>\r\n\r\nGr\u00fc\u00dfe\r\n.", "QUIT")

HIDDEN_X = lines(
    "EHLO client.example.org", "XXXXXXXX", f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{USER}>", "DATA",
    "From: <sender@example.org>\r\nSubject: masked\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
    "Message-Id: <masked@example.org>\r\n\r\nText\r\n.", "QUIT")

SESSIONS = [
    Session("clean message", "smtpd", swaks(), HELLO + SENT + BYE,
            ["message pass would=pass:"]),
    Session("unknown verb (LHLO)", "smtpd", swaks("--protocol", "LMTP"),
            "220 | LHLO 500 5.5.2" + BYE,
            ["session flag would=flag: verb-not-allowed@asa-9=mask verb-not-allowed@pix-6.3=noop"]),
    Session("a command of X's", "smtpd", HIDDEN_X, HELLO + "XXXXXXXX 500 5.5.2 | " + SENT + BYE,
            ["message pass would=pass:", "session flag would=flag: verb-masked-upstream@asa-9=log:8"]),
    Session("STARTTLS used", "smtpd", swaks("--tls"),
            HELLO + "STARTTLS 220 2.0.0 | EHLO 250 | " + SENT + BYE,
            ["message flag would=flag: verb-not-allowed@asa-9=mask "
             "verb-not-allowed@pix-6.3=noop verb-not-allowed@pix-6.3=noop"]),
    Session("8BITMIME declared and used", "smtpd", EIGHT_BIT, HELLO + SENT + BYE,
            ["message pass would=pass: verb-not-allowed@pix-6.3=noop "
             "extension-not-allowed@pix-6.3=hide body-8bit@pix-6.3=hide:4"]),
    Session("101 recipients", "smtpd", smtp_source("-r", "101"),
            # smtp-source shows replies only
            "220 | 250 | 250 2.1.0" + " | 250 2.1.5" * 101 + " | 354 | 250 2.0.0 | 221 2.0.0",
            ["message flag would=drop: recipient-count@asa-9=drop-connection:101>100"]),
    Session("header line over 998", "smtpd", swaks("--add-header", "X-Long: " + LONG_LINE),
            HELLO + SENT + BYE,
            ["message flag would=drop: header-line-length@asa-9=drop-connection:1008>998"]),
    Session("sender over 320", "smtpd", swaks("--from", LONG_SENDER), HELLO + SENT + BYE,
            ["message flag would=drop: sender-address-length@asa-9=drop-connection:322>320"]),
    Session("attachment name over 255", "smtpd",
            swaks("--attach-name", LONG_NAME, "--attach", "text"), HELLO + SENT + BYE,
            ["message flag would=drop: mime-filename-length@asa-9=drop-connection:260>255 "
             "mime-filename-length@asa-9=drop-connection:260>255"]),
    Session("enforced: header line over 998", "staging",
            swaks("--add-header", "X-Long: " + LONG_LINE),
            HELLO + TO_DATA + ". 421 4.7.0 Connection dropped (header-line-length: 1008, limit 998; "
            "as asa-9 does) | QUIT",
            ["message drop would=drop: header-line-length@asa-9=drop-connection:1008>998!"]),
    Session("enforced: unknown verb (LHLO)", "staging", swaks("--protocol", "LMTP"),
            '220 | LHLO 500 5.5.1 Command unrecognized: "XXXX"' + BYE,
            ["session reject would=flag: verb-not-allowed@asa-9=mask! "
             "verb-not-allowed@pix-6.3=noop"]),
]
