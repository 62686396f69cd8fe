"""ledger.py - what the clients did, and what they were told.

Each mail has an envelope sender of its own, its mark, which stands in its record and in its
Return-Path; so nothing has to be guessed from times or addresses, whatever the message is. One mark
may be tried several times: it was deferred, or its copies are sent on purpose.
"""
import collections
import contextlib
import threading
import time

import legend
from legend import TOLD

DOMAIN = "soak.example.org"


def told_by(reply):
    """The word of TOLD for a reply that ends a transaction; None: hung up on, which nobody may."""
    if reply is None:
        return "hung up on"
    if reply.code == 421:
        return "dropped"
    return {2: "accepted", 4: "deferred"}.get(reply.code // 100, "refused")


# Their records are made when the session goes on, or has ended; these seconds later at most.
RECORDED_LATER = ("reset", "gone", "unsure")
GRACE = 10.0


class Mail:
    """All attempts under one mark; `spans` are the times within which their records were made."""

    def __init__(self, kind):
        self.kind = kind
        self.told = collections.Counter()
        self.recipients = 0  # accepted ones, of attempts that were accepted
        self.delivered = 0
        self.spans = []

    def first(self):
        return min(began for began, _ in self.spans)

    def last(self):
        return max(ended for _, ended in self.spans)


class Attempt:
    def __init__(self, mark):
        self.mark = mark
        self.word = None
        self.recipients = 0

    def told(self, word, recipients=0):
        self.word, self.recipients = word, recipients


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.mails = {}
        self.attempts = 0
        self.faults = []
        self.counts = collections.Counter()  # what else was done, by name
        self.unwritable = []  # [began, ended]: no record could be written

    def new(self, kind):
        """A mark, for mail of this kind, which legend.py explains."""
        if kind not in legend.KINDS:
            self.fault(f"{kind} is no kind of mail")
        with self.lock:
            mark = f"{kind}-{len(self.mails)}@{DOMAIN}"
            self.mails[mark] = Mail(kind)
        return mark

    @contextlib.contextmanager
    def attempt(self, mark):
        """Within it the mail is tried once; it is told() how that ended."""
        attempt, mail = Attempt(mark), self.mails[mark]
        began = time.monotonic()
        try:
            yield attempt
        except Exception as error:
            self.fault(f"{mark}: {type(error).__name__}: {error}")
            attempt.told("unsure")
        with self.lock:
            self.attempts += 1
            mail.spans.append((began, time.monotonic() + GRACE * (attempt.word in RECORDED_LATER)))
            mail.told[attempt.word] += 1
            if attempt.word == "accepted":
                mail.recipients += attempt.recipients
        if attempt.word not in TOLD:
            self.fault(f"{mark}: was told {attempt.word!r}")

    def fault(self, text):
        with self.lock:
            self.faults.append(text)

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] += number

    @contextlib.contextmanager
    def no_records(self):
        """Within it the log cannot be written."""
        span = [time.monotonic(), float("inf")]
        self.unwritable.append(span)
        try:
            yield
        finally:
            span[1] = time.monotonic()

    def excused(self, mail):
        """How many attempts may be without a record: the daemon says how many are missing, not
        which."""
        return sum(any(began <= end and start <= ended for start, end in self.unwritable)
                   for began, ended in mail.spans)
