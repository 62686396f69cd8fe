#!/usr/bin/env python3
"""validate.py FILE... - every compliance record in the files is one by the schema, and keeps what
a schema cannot say: order of members, times, sums, and verdicts that agree with their findings.

FILE holds records, one a line ("-": standard input). In a .ref of t/cases the records are the lines
that begin with "R: ". TAP, one test a file; exit 0 or 1. FX_SCHEMA names another schema."""

import datetime
import json
import os
import re
import sys

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.environ.get("FX_SCHEMA", os.path.join(HERE, "../../etc/record.schema.json"))

ORDER = [
    "v", "time", "elapsed", "host", "seq", "type", "session", "message", "messages", "queue_id",
    "message_id", "client", "listener", "tls", "auth", "extensions", "from", "to", "recipients",
    "size", "ended", "profile", "mode", "verdict", "would", "reply", "findings",
    "findings_omitted", "dkim", "signatures_omitted", "dkim_message",
    "compare", "partial", "source", "lossy", "unwritten", "unsynced", "prev", "hash",
]
SEVERITY = ["pass", "flag", "defer", "reject", "drop"]
MODES = ["off", "observe", "tag", "enforce"]
NEVER = ("size-mismatch", "body-line-length", "duplicate-delivery", "recipient-truncation",
         "message-ended-early")


# Values that are another in each record and that the schema asks nothing of but this form: records
# that differ in them alone are alike to it. (Thousands of them come from tests under load, and it
# takes milliseconds for each.)
ALIKE = [(re.compile(form), instead) for form, instead in (
    (r'"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"', '"time":"T"'),
    (r'"(elapsed|interval)":[0-9]+\.[0-9]{6}', r'"\1":0.0'),
    (r'"(seq|message|messages|size)":[1-9][0-9]*', r'"\1":1'),
    (r'"port":([1-5][0-9]{4}|[1-9][0-9]{0,3})\b', '"port":1'),
    (r'"session":"[0-9a-f]{32}"', '"session":"S"'),
    (r'"signature":"[A-Za-z0-9+/]{86}=="', '"signature":"' + 86 * "A" + '=="'),
    (r'"(policy|prev|hash)":"[0-9a-f]{64}"', r'"\1":"D"'),
    (r'"(queue_id|message_id|from|helo|name|address|addr)":"[ !#-\[\]-~]*"', r'"\1":"W"'),
)]


def alike(text):
    for form, instead in ALIKE:
        text = form.sub(instead, text)
    return text


def no_doubles(pairs):
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError("the member %s stands twice" % name)
    return dict(pairs)


def worst(outcomes):
    return max(outcomes, key=SEVERITY.index, default="pass")


def check_order(record):
    names = list(record)
    if record.get("type") in ("start", "reload", "stop"):
        if names[:2] != ["v", "time"]:
            yield "the members do not begin with v, time"
    else:
        known = [name for name in names if name in ORDER]
        if known != sorted(known, key=ORDER.index):
            yield "members out of order: " + ", ".join(names)
    if "hash" in names and names[-2:] != ["prev", "hash"]:
        yield "prev and hash are not the last two members"


def check_time(record):
    try:
        datetime.datetime.strptime(record["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        yield "%s is no time" % record["time"]


def check_recipients(record):
    if record["type"] == "later":
        yield from check_returned(record)
    if "to" not in record:
        return
    listed = [to["result"] for to in record["to"]]
    for result, count in record["recipients"].items():
        if listed.count(result) > count:
            yield "more recipients %s in `to` than in `recipients`" % result


def check_returned(record):
    """The one finding of a `later` record, and the recipients it speaks of."""
    finding = record["findings"][0]
    counts = record.get("recipients")
    if (finding["rule"] == "recipient-truncation") != (counts is not None):
        yield "recipients belong to recipient-truncation, and to nothing else"
    if (finding["rule"] == "duplicate-delivery") != ("interval" in finding):
        yield "an interval belongs to duplicate-delivery, and to nothing else"
    if counts is None:
        return
    if counts["refused"] != counts["returned"] + counts["lost"]:
        yield "recipients that came again and lost ones are not those refused"
    respected = finding["detail"] == "respected"
    if respected != (counts["lost"] == 0):
        yield "%s, and %d lost" % (finding["detail"], counts["lost"])
    if finding["observed"] != (counts["refused"] if respected else counts["lost"]):
        yield "observed is %d" % finding["observed"]


def check_would(record):
    """Each profile's outcome is the worst of its findings, as far as they are listed."""
    compare = record.get("compare", {})
    own = record["profile"]
    if own in compare:
        yield "the enforced profile is compared with itself"
    found = worst(f["would"] for f in record["findings"] if f["profile"] == own)
    if SEVERITY.index(found) > SEVERITY.index(record["would"]):
        yield "would is %s, less than a finding's %s" % (record["would"], found)
    if "findings_omitted" not in record and found != record["would"]:
        yield "would is %s, and the findings say %s" % (record["would"], found)
    for f in record["findings"]:
        if f["profile"] != own and f["profile"] not in compare:
            yield "a finding of %s, which is not compared" % f["profile"]
        elif f["profile"] != own:
            if SEVERITY.index(f["would"]) > SEVERITY.index(compare[f["profile"]]):
                yield "compare says less of %s than a finding" % f["profile"]


def check_verdict(record):
    own = [f for f in record["findings"] if f["profile"] == record["profile"]]
    reply, verdict = record["reply"], record["verdict"]
    if reply is not None:
        want = "drop" if reply.startswith("421 ") else "defer" if reply[0] == "4" else "reject"
        to_recipient = record.get("ended", "answered") != "answered"
        if verdict != want and not (to_recipient and verdict == "flag"):
            yield "verdict %s with the reply %s" % (verdict, reply)
        if to_recipient and not any(f["enforced"] and f["stage"] == "rcpt" for f in own):
            yield "a reply to a recipient, for which no finding stands"
        if to_recipient and not (record["recipients"]["deferred"]
                                 or record["recipients"]["rejected"]):
            yield "a reply, and ended %s" % record["ended"]
    elif record.get("ended") == "answered":
        yield "answered without a reply"
    elif verdict == "pass" and (own or "findings_omitted" in record):
        yield "verdict pass with findings"
    elif verdict == "flag" and not own and "findings_omitted" not in record:
        yield "verdict flag without a finding"
    elif verdict == "drop":
        yield "verdict drop without a reply"
    for f in record["findings"]:
        if f["rule"] == "end-of-data-held" and record.get("ended") != "eom":
            yield "an answer is held that is a refusal"
        if f["enforced"] and (f["profile"] != record["profile"] or "instead" in f):
            yield "a finding of %s enforced that cannot be" % f["profile"]
        if f["enforced"] and (f["rule"] in NEVER or f["rule"].startswith("dkim-")):
            yield "%s never refuses mail" % f["rule"]


def check_signatures(record):
    """What findings say of a signature is what its own entry says."""
    signatures = record.get("dkim", [])
    if "dkim" in record and record["size"] is None:
        yield "signatures of a header that was not seen"
    if "signatures_omitted" in record and "dkim" not in record:
        yield "signatures omitted of none"
    for f in record["findings"]:
        number, of_dkim = f.get("signature", 0), f["rule"].startswith("dkim-")
        if of_dkim != ("severity" in f):
            yield "%s: a severity belongs to dkim-* and to nothing else" % f["rule"]
        embedded = f["rule"] == "content-type-embedded"
        if embedded != ("grade" in f) or embedded != ("firewalls" in f):
            yield "%s: grade and firewalls belong to content-type-embedded" % f["rule"]
        if embedded and not f["detail"].startswith(f["grade"]):
            yield "grade %s, and the detail %s" % (f["grade"], f["detail"])
        if "tag" in f and not (embedded and number):
            yield "%s: a tag is of a signature" % f["rule"]
        if number == 0:
            if of_dkim and f["rule"] not in record.get("dkim_message", []):
                yield "%s is neither of a signature nor of the message" % f["rule"]
            continue
        if not of_dkim and not embedded:
            yield "%s is about no signature" % f["rule"]
        if number > len(signatures):
            if "signatures_omitted" not in record:
                yield "a finding of signature %d of %d" % (number, len(signatures))
        elif of_dkim and f["rule"] not in signatures[number - 1]["anomalies"]:
            yield "signature %d has no %s" % (number, f["rule"])


CHECKS = [check_order, check_time, check_recipients]
JUDGED = [check_would, check_verdict, check_signatures]


def check_line(validator, text):
    try:
        record = json.loads(text, object_pairs_hook=no_doubles)
    except ValueError as error:
        yield "no JSON object: %s" % error
        return
    kind = alike(text)
    if kind not in validator.passed:
        faults = [error.message for error in validator.iter_errors(record)]
        yield from faults
        if faults:
            return
        validator.passed.add(kind)
    for check in CHECKS + (JUDGED if "verdict" in record else []):
        yield from check(record)


def records_of(name):
    """Number and text of each line that is a record."""
    stream = sys.stdin.buffer if name == "-" else open(name, "rb")
    with stream:
        for number, line in enumerate(stream, 1):
            if name.endswith(".ref"):
                if not line.startswith((b"R: ", b"R! ")):
                    continue
                line = line[3:].rstrip(b"\n")
                if line.endswith(b" flagged"):
                    line = line[:-8]
            elif not line.endswith(b"\n"):
                yield number, None
                continue
            yield number, line


def check_file(validator, name):
    seq, count = None, 0
    for number, line in records_of(name):
        if line is None:
            yield number, "the line has no end"
            continue
        count += 1
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            yield number, "is not UTF-8"
            continue
        for fault in check_line(validator, text):
            yield number, fault
        record = json.loads(text) if text.startswith("{") and text.rstrip().endswith("}") else {}
        if seq is not None and record.get("seq") != seq + 1:
            yield number, "seq %s after %s" % (record.get("seq"), seq)
        seq = record.get("seq")
    if count == 0 and not name.endswith(".ref"):
        yield 0, "no record at all"


class Validator:
    """The schema, and what has passed it."""

    def __init__(self, schema):
        self.iter_errors = jsonschema.Draft202012Validator(schema).iter_errors
        self.passed = set()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with open(SCHEMA, encoding="utf-8") as stream:
        schema = json.load(stream)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = Validator(schema)
    failed = 0
    for number, name in enumerate(sys.argv[1:], 1):
        faults = list(check_file(validator, name))
        failed += bool(faults)
        print("%s %d - %s" % ("not ok" if faults else "ok", number, name))
        for line, fault in faults[:20]:
            print("#   %s:%d: %s" % (name, line, fault[:500]))
    print("1..%d" % (len(sys.argv) - 1))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
