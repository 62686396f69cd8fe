"""reckoning.py - what was told, what was recorded and what was delivered, held against each other
mail by mail; and all that the log has to be besides."""
import collections
import json

from legend import COLUMNS

# What a record says became of a message -> the words of the ledger that fit it.
FITS = {
    "taken": ("accepted", "unsure"),
    "refused": ("refused",),
    "deferred": ("deferred",),
    "dropped": ("dropped",),
    "abort": ("reset",),
    "close": ("gone", "unsure"),
}
NO_DELIVERY = ("wire",)  # to the milter itself, which delivers nothing
TRIED_BY_POSTFIX = ("local",)  # again and again, by pickup(8)


def became(record):
    if record["verdict"] in ("reject", "defer", "drop"):
        return {"reject": "refused", "defer": "deferred", "drop": "dropped"}[record["verdict"]]
    return "taken" if record["ended"] == "eom" else record["ended"]


class Seen:
    """What the log has about one mark."""

    def __init__(self):
        self.became = collections.Counter()
        self.recipients = 0
        self.later = collections.Counter()


class Reckoning:
    def __init__(self, ledger, paths):
        self.ledger, self.paths = ledger, paths
        self.seen = collections.defaultdict(Seen)
        self.types = collections.Counter()
        self.unwritten = 0
        self.later = collections.Counter()
        self.log_faults = []
        self.strangers = collections.Counter()
        self._read()

    def _lines(self):
        for path in self.paths:
            with open(path, "rb") as f:
                yield from f

    def _read(self):
        """Once through, in memory that grows with the number of mails alone."""
        expected, whose = 1, {}
        for line in self._lines():
            record = json.loads(line)
            if record["seq"] != expected:
                self.log_faults.append(f"seq {record['seq']} where {expected} was expected")
            expected = record["seq"] + 1
            self.types[record["type"]] += 1
            self.unwritten += record.get("unwritten", {}).get("records", 0)
            if record["type"] == "message":
                self._message(record, whose)
            elif record["type"] == "later":
                self._later(record, whose)

    def _message(self, record, whose):
        mark = record["from"]
        if mark not in self.ledger.mails:
            self.strangers[mark] += 1
            return
        seen = self.seen[mark]
        seen.became[became(record)] += 1
        if became(record) == "taken":
            seen.recipients += record["recipients"]["accepted"]
        if self.ledger.mails[mark].kind in ("copies", "limited"):
            whose[record["session"], record["message"]] = mark

    def _later(self, record, whose):
        mark = whose.get((record["session"], record["message"]))
        for found in record["findings"]:
            what = found["rule"] + " " + (found.get("detail") or "")
            self.later[what.strip()] += 1
            if mark:
                self.seen[mark].later[found["rule"]] += 1

    # ---- faults, as text

    def records(self):
        """Of each mail as many records as it was told, each of what it was told."""
        faults = [f"a record of {mark!r}, which nobody sent" for mark in self.strangers]
        for mark, mail in self.ledger.mails.items():
            seen = self.seen[mark]
            if mail.kind in TRIED_BY_POSTFIX:
                good = seen.became["taken"] == mail.told["accepted"]
            else:
                good = self._records_of(mail, seen)
            if not good:
                faults.append(f"{mark}: told {dict(mail.told)}, recorded {dict(seen.became)}, "
                              f"{self.ledger.excused(mail)} excused")
        return faults

    def _records_of(self, mail, seen):
        told, got = mail.told, seen.became
        unsure = got["taken"] - told["accepted"]  # taken, and the client did not wait to hear it
        if not 0 <= unsure <= told["unsure"] or set(got) - set(FITS):
            return False
        missing = 0
        for what, word in (("refused", "refused"), ("deferred", "deferred"),
                           ("dropped", "dropped"), ("abort", "reset")):
            if got[what] > told[word]:
                return False
            missing += told[word] - got[what]
        lost = told["gone"] + told["unsure"] - unsure - got["close"]
        # exactly one record, unless none could be written
        if lost < 0 or missing + lost == 0:
            return lost == 0
        return missing + lost <= self.ledger.excused(mail)

    def missing(self):
        """Records that are not there, because the log could not be written."""
        return sum(sum(mail.told.values()) - sum(self.seen[mark].became.values())
                   for mark, mail in self.ledger.mails.items()
                   if mail.kind not in TRIED_BY_POSTFIX)

    def tried_by_postfix(self):
        """Records of mail that Postfix itself tried again, which the ledger knows nothing of."""
        return sum(sum(self.seen[mark].became.values()) - sum(mail.told.values())
                   for mark, mail in self.ledger.mails.items() if mail.kind in TRIED_BY_POSTFIX)

    def deliveries(self):
        """Each recipient that was accepted has it, once; nobody else has anything."""
        faults = []
        for mark, mail in self.ledger.mails.items():
            seen = self.seen[mark]
            wanted = 0 if mail.kind in NO_DELIVERY else seen.recipients
            told = 0 if mail.kind in NO_DELIVERY else mail.recipients
            if mail.delivered != wanted or (not mail.told["unsure"] and told != wanted):
                faults.append(f"{mark}: {told} recipients told, {seen.recipients} recorded, "
                              f"{mail.delivered} delivered")
        return faults

    def never_sent(self):
        """Mail that was deferred and is not sent at last, of clients that try again."""
        return [f"{mark}: told {dict(mail.told)}" for mark, mail in self.ledger.mails.items()
                if mail.told["deferred"] and not mail.told["accepted"]
                and mail.kind not in ("enforced", "wire", "limited", "held", "tagged", "drips",
                                      "half-closed")]

    def copies(self, outside):
        """A copy is told of once, at any rate when the store was there all the time."""
        faults, told = [], 0
        for mark, mail in self.ledger.mails.items():
            if mail.kind != "copies":
                continue
            count = self.seen[mark].later["duplicate-delivery"]
            wanted = mail.told["accepted"] - 1
            if count > wanted or (count < wanted and outside(mail.first(), mail.last())):
                faults.append(f"{mark}: {mail.told['accepted']} copies, {count} told")
            told += count
        return faults, told

    def table(self):
        """By kind: what was told, recorded and delivered."""
        rows = collections.defaultdict(collections.Counter)
        for mark, mail in self.ledger.mails.items():
            row, seen = rows[mail.kind], self.seen[mark]
            row.update(mail.told)
            row["mails"] += 1
            row["tries"] += sum(mail.told.values())
            row["records"] += sum(seen.became.values())
            row["taken"] += seen.became["taken"]
            row["recipients"] += seen.recipients
            row["delivered"] += mail.delivered
        lines = [f"{'kind':16}" + "".join(f"{name:>11}" for name in COLUMNS)]
        total = collections.Counter()
        for kind in sorted(rows):
            total.update(rows[kind])
            lines.append(f"{kind:16}" + "".join(f"{rows[kind][name]:11}" for name in COLUMNS))
        lines.append(f"{'all':16}" + "".join(f"{total[name]:11}" for name in COLUMNS))
        return lines, total
