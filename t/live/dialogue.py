"""dialogue.py - a fixed list of SMTP sessions as text, and the golden files they are held
against.

    sessions = Sessions(port)
    sessions.run(recipients=3)
    golden("postfix-asa-9", sessions.text())

With the argument --update a test writes its golden files instead, into the source tree."""
import base64
import os
import re
import sys

from daemon import SOURCE
from sasl import PASSWORD
from smtp import Smtp
from tap import Failure, Skip, equal

TOKEN = base64.b64encode(f"\0someone@example.org\0{PASSWORD}".encode()).decode()
GOLDEN = os.path.join(SOURCE, "t", "live", "golden")
UPDATE = "--update" in sys.argv[1:]

# What differs from one run to the next: queue ids, and Sendmail's dates.
CHANGING = [
    (re.compile(r"queued as \w+"), "queued as ID"),
    (re.compile(r"(2\.0\.0 )\w{14} (Message accepted)"), r"\1ID \2"),
    (re.compile(r"\w{3}, +\d+ \w{3} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|[A-Z]+)"), "DATE"),
    (re.compile(r"Sendmail [\w./+-]+"), "Sendmail VERSION"),
]

COMMANDS = ["HELO client.example.org", "NOOP", "noop with words", "HELP", "VRFY box@maildir.test",
            "EXPN list", "ETRN example.org", "SAML FROM:<a@example.org>", "TURN", "VERB",
            "X-LINK2STATE FIRST CHUNK={x}", "GOODMORNING world", "goodmorning", "ABC", "Q",
            "\xe4bc", "XXXX", "XXXX-EHLO", "RSET", "QUIT"]


class Sessions:
    def __init__(self, port):
        self.port = port
        self.lines = []
        self.session = None

    def open(self, title):
        self.lines += ["", "# " + title] if self.lines else ["# " + title]
        self.session = Smtp(self.port)
        self.reply(self.session.banner)

    def reply(self, reply):
        """False: the server has hung up."""
        lines = reply.lines if reply else ["(closed)"]
        if lines[0].startswith("214-"):
            lines = ["214 ..."]  # each version has another text
        for line in lines:
            for pattern, text in CHANGING:
                line = pattern.sub(text, line)
            self.lines.append("S: " + line)
        return reply is not None

    def say(self, *commands):
        """Each command and its reply; the last reply, or None when the connection is closed."""
        reply = None
        for command in commands:
            self.lines.append("C: " + command.encode("ascii", "backslashreplace").decode())
            reply = self.session.cmd(command)
            if not self.reply(reply):
                return None
        return reply

    def at_once(self, *commands):
        """All commands in one piece, then the replies."""
        self.lines += ["C: " + command for command in commands]
        self.session.send("".join(command + "\r\n" for command in commands))
        for _ in commands:
            if not self.reply(self.session.read_reply()):
                return

    def close(self):
        self.session.close()

    def recipients(self, count):
        """So many RCPTs; a run of the same reply is written once."""
        runs = []
        for n in range(1, count + 1):
            reply = self.session.cmd(f"RCPT TO:<r{n}@discard.test>")
            text = str(reply).replace(f"r{n}@", "rN@") if reply else None
            if not runs or runs[-1][0] != text:
                runs.append([text, reply, n, n])
            runs[-1][3] = n
            if reply is None:
                break
        for text, _, first, last in runs:
            self.lines.append(f"C: RCPT TO:<rN@discard.test> for N from {first} to {last}")
            self.lines += ["S: " + line for line in (text or "(closed)").split("\n")]

    def message(self, recipients):
        self.open("a message")
        self.say("HELO client.example.org", "MAIL FROM:<a@example.org>")
        self.recipients(recipients)
        if self.say("DATA").code == 354:
            self.lines += ["C| Subject: x", "C| ", "C| A line.", "C| ."]
            self.reply(self.session.cmd("Subject: x\r\n\r\nA line.\r\n."))
        self.say("MAIL FROM:<b@example.org> SIZE=1000 BODY=8BITMIME",
                 "RCPT TO:<r@discard.test> NOTIFY=NEVER", "RSET", "QUIT")
        self.close()

    def starttls(self):
        self.open("STARTTLS")
        self.say("EHLO client.example.org")
        reply = self.say("STARTTLS")
        if reply.code == 220:
            self.session.wrap()
            self.lines.append("(TLS)")
        self.say("EHLO client.example.org", "GOODMORNING", "QUIT")
        self.close()

    def run(self, recipients):
        self.open("commands")
        self.say(*COMMANDS)
        self.close()
        self.starttls()
        self.open("AUTH")
        self.say("EHLO client.example.org", "AUTH PLAIN " + TOKEN,
                 "QUIT")
        self.close()
        self.message(recipients)
        self.open("BDAT")
        self.say("EHLO client.example.org", "MAIL FROM:<a@example.org>",
                 "RCPT TO:<r@discard.test>", "BDAT 0 LAST")
        self.close()
        for greeting in ("HELO", "EHLO"):
            self.open(f"pipelined after {greeting}")
            self.say(greeting + " client.example.org")
            self.at_once("MAIL FROM:<a@example.org>", "RCPT TO:<r@discard.test>", "RSET", "QUIT")
            self.close()

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def golden(name, text, head=""):
    """The text is that of the golden file; `head` are lines on top of the file that say where it
    comes from, and are not compared."""
    path = os.path.join(GOLDEN, name + ".txt")
    if UPDATE:
        os.makedirs(GOLDEN, exist_ok=True)
        with open(path, "w") as f:
            f.write(head + text)
        raise Skip("written to " + path)
    if not os.path.exists(path):
        raise Failure("there is no " + path)
    with open(path) as f:
        expected = [line for line in f.read().splitlines() if not line.startswith("## ")]
    got = text.splitlines()
    for number, (one, other) in enumerate(zip(got, expected)):
        equal(one, other, f"line {number + 1} of the dialogue, after {got[max(0, number - 1)]!r}")
    equal(len(got), len(expected), "lines of the dialogue")
