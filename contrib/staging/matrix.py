"""matrix.py - what became of each message, and how it is shown.

A row is one message by one sender behind one profile. Who got how many copies is counted in the
mailbox; what waits in the sender's queue and what bounced is read there; and the records have to
say the same as the mailbox.
"""
import json

FATES = ("delivered", "repeated", "lost", "unsent", "queued", "bounced", "refused", "failed",
         "unacknowledged")

LEGEND = """
Numbers of recipients. One may count in several columns: that of hold, to whom the message is sent
again because no answer came in time, is delivered, repeated and queued.

delivered       there is at least one copy in the mailbox
repeated        there are more; x3: 3 copies, of many recipients the most that one has
lost            not delivered, and the sender does not know: the exit status of a command was 0,
                whatever answers it got
unsent          the same, and there is no record: nothing came. Where a command queues its mail
                elsewhere, --wait gives that the time
queued          still in the queue of the sending Postfix after {attempts} attempts
bounced         not delivered, and the sending Postfix has told the author
refused         not delivered, and the exit status of the command says so
failed          not delivered, and the command could not be run, was ended, or said so and there
                is no record
unacknowledged  delivered, and the exit status of the command says that it is not
#               numbers (seq) of its records; then what was found out later: what the sender
                did with recipients that got 452, or how many copies the milter counted"""


def row(bench, sender, job, sent):
    """The facts as a dictionary, which is also the line that --json prints."""
    copies = bench.copies(job)
    now, later = bench.records(job.message, sender.name)
    missing = [to for to in job.to if not copies[to]]
    unknown = [to for to in missing if to not in sent.queued and to not in sent.bounced]
    told = sent.believed is False
    fate = "failed" if sent.failed or (told and not now) else \
        "refused" if told else "lost" if now else "unsent"
    fine = not (missing or told or sent.queued or max(copies.values(), default=0) > 1)
    return {
        "profile": bench.profile, "sender": sender.name, "message": job.message.name,
        "recipients": len(job.to),
        "delivered": len(job.to) - len(missing),
        "repeated": sum(copies[to] > 1 for to in job.to),
        "copies": sum(copies.values()),
        "most_copies": max(copies.values(), default=0),
        **{name: len(unknown) if name == fate else 0
           for name in ("lost", "unsent", "refused", "failed")},
        "queued": len(sent.queued),
        "bounced": len(sent.bounced),
        "unacknowledged": len(job.to) if told and not missing else 0,
        "missing": missing,
        "believed": sent.believed, "note": "" if fine else sent.note,
        "records": [r["seq"] for r in now],
        "later": [{"seq": r["seq"], **_finding(f)} for r in later for f in r["findings"]],
        "replies": sorted({r["reply"] for r in now if r["reply"]}),
        "differs": differences(job, copies, now),
        "log": bench.daemon.log_path,
    }


def _finding(finding):
    return {name: finding[name] for name in ("rule", "detail", "observed") if name in finding}


def _taken(record):
    """The MTA was allowed to deliver it."""
    return record["type"] == "message" and record["ended"] == "eom" and \
        record["verdict"] in ("pass", "flag")


def differences(job, copies, records):
    """Where the mailbox has not what the records say, in words."""
    expected = {to: 0 for to in job.to}
    for record in filter(_taken, records):
        for recipient in record["to"]:
            if recipient["result"] == "accepted":
                to = recipient["address"]
                expected[to] = expected.get(to, 0) + 1
    return [f"{to}: {copies[to]} in the mailbox, {expected.get(to, 0)} by the records"
            for to in sorted({*expected, *copies}) if copies[to] != expected.get(to, 0)]


def outcome(r):
    """A row in words: those of FATES. Delivered goes without saying where all is repeated."""
    parts = []
    for name in FATES:
        if r[name] and not (name == "delivered" and r["repeated"] == r["delivered"]):
            parts.append((f"{r[name]} " if r["recipients"] > 1 else "") + name +
                         (f" x{r['most_copies']}" if name == "repeated" else ""))
    return ", ".join(parts)


def _ranges(numbers):
    """1,2,3,7 as 1-3,7."""
    text, at = [], 0
    while at < len(numbers):
        last = at
        while last + 1 < len(numbers) and numbers[last + 1] == numbers[last] + 1:
            last += 1
        text.append(str(numbers[at]) if at == last else f"{numbers[at]}-{numbers[last]}")
        at = last + 1
    return ",".join(text)


def proof(r):
    numbers = sorted({*r["records"], *(f["seq"] for f in r["later"])})
    text = "#" + _ranges(numbers) if numbers else "no record"
    if r["later"]:
        last = r["later"][-1]
        text += " " + (last.get("detail") or f"{last.get('observed', '?')} counted")
    return text


WIDTH = 108  # of what is printed, while one profile fits


def _table(lines, fixed=None):
    """Columns side by side. The first `fixed` are repeated for as many of the others as fit."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    left = list(range(fixed or 0, len(widths)))
    begin = list(range(fixed or 0))
    while left:
        now = [left.pop(0)]
        while left and (fixed is None or
                        sum(widths[i] + 2 for i in begin + now + left[:1]) <= WIDTH + 2):
            now.append(left.pop(0))
        for line in lines:
            print("  ".join(line[i].ljust(widths[i]) for i in begin + now).rstrip())
        if left:
            print()


def show(rows, messages, attempts):
    """The matrix: for each message, senders below each other and profiles beside each other."""
    profiles = list(dict.fromkeys(r["profile"] for r in rows))
    senders = list(dict.fromkeys(r["sender"] for r in rows))
    found = {(r["message"], r["sender"], r["profile"]): r for r in rows}
    lines = [["message", "sender", *profiles]]
    for message in messages:
        for number, sender in enumerate(senders):
            cells = [found[message.name, sender, profile] for profile in profiles]
            lines.append([message.name if number == 0 else "", sender,
                          *(f"{outcome(r)} {proof(r)}" for r in cells)])
    _table(lines, fixed=2)
    show_notes(rows, messages)
    print("\nIn all, recipients:\n")
    counts = ("recipients", *FATES)
    lines = [["profile", "sender", *counts]]
    for profile in profiles:
        for sender in senders:
            mine = [r for r in rows if (r["profile"], r["sender"]) == (profile, sender)]
            lines.append([profile, sender, *(str(sum(r[name] for r in mine)) for name in counts)])
    _table(lines)
    print("\nThe messages:\n")
    _table([[m.name, m.about] for m in messages])
    print(LEGEND.format(attempts=attempts))


def show_notes(rows, messages):
    """Why, as far as senders say; what several profiles have in common once."""
    order = [m.name for m in messages]
    found = {}
    for r in rows:
        if r["note"]:
            text = r["note"].replace(f"; as {r['profile']} does", "")
            found.setdefault((r["message"], r["sender"], text), []).append(r["profile"])
    if found:
        print("\nWhat the senders say of it:\n")
    for (message, sender, text), profiles in sorted(found.items(),
                                                    key=lambda item: order.index(item[0][0])):
        print(f"{message} {sender} {', '.join(profiles)}:\n    {text}")


def show_where(folder):
    print(f"\nThe records are in {folder}/PROFILE/milter.jsonl")


def show_json(rows):
    for r in rows:
        print(json.dumps(r))
