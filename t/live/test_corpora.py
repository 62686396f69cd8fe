#!/usr/bin/env python3
"""test_corpora.py - the daemon and `fixupctl check` say the same of the same message, byte for
byte: every message of the corpora goes through the MTA and the filter, and through check, which
reads messages as Postfix does.

Compared are the findings of the stages header, body and end, for the main profile and the
compared ones, and all that the record says of signatures (`dkim`). A file that check does not take for mail is no message and is not sent. The
messages come from a client at a foreign address, since Postfix adds fields to the header of
local ones, and declare BODY=8BITMIME, which says as little about the body as check knows."""
import json
import os
import re
import sys
import time

sys.dont_write_bytecode = True

from daemon import CONTROL, MTA, SOURCE, run_program
from harness import Live, main
from nasty import nasty_messages
from tap import check, equal

# every shape of a Content-Type within a field, and every anomaly, so that all are compared
POLICY = 'profile = "asa-9"; compare = [ "pix-6.3", "pix-7.2.2" ]; ' \
         'content_type_grade = "listed"; dkim_severity = "note";'
STAGES = ("header", "body", "end")
FOLDERS = ("arc_test_suite", "dkim_verifier", "dkimpy", "mail-dkim", "misc-testdata",
           "spamassassin")

# Messages that the MTA changes on their way to the filter in a manner that check does not copy:
# path, and what the MTA does. Each has to differ; one that does not has no business here.
CHANGED = {
    "postfix": {
        "made/part-nul": "a NUL in the header of a part is taken out",
        "made/enclosed-nul": "a NUL in the header of an enclosed message is taken out",
    },
    "sendmail": {
        "spamassassin/spam__015#1": "a line that begins with -- ends the header",
        "spamassassin/spam__016#1": "a line that begins with -- ends the header",
    },
}[MTA]
# Nothing needs to be delivered.
MC = """define(`confMAX_HOP', `1000')dnl
define(`confDELIVERY_MODE', `queue')dnl
"""
FROM_LINE = re.compile(rb"From .*(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+\w{3}\s+\d{1,2}\s+"
                       rb"\d{1,2}:\d\d(:\d\d)?\s.*\d{4}", re.IGNORECASE)
DECODER = json.JSONDecoder()


def corpora():
    return os.environ.get("FX_CORPORA") or os.path.join(SOURCE, "..", "shared", "corpora")


def findings(line):
    """The findings of the compared stages, each as the bytes that stand in the record."""
    at = line.index('"findings":[') + len('"findings":[')
    found = []
    while line[at] != "]":
        value, end = DECODER.raw_decode(line, at)
        if value["stage"] in STAGES:
            found.append(line[at:end])
        at = end + (line[end] == ",")
    return found


def signatures(line):
    """What the record says of signatures, as the bytes that stand there."""
    at = line.find('"dkim":[')
    check(at >= 0, f"no member dkim: {line}")
    return line[at + 7:DECODER.raw_decode(line, at + 7)[1]]


def checked(live, paths):
    """source -> its record's line, by fixupctl check."""
    with open(live.base + "/check.conf", "w") as f:
        f.write(f"policy : {{ {POLICY} }};\n")
    result = run_program(CONTROL, "check", "--json", "-c", f.name, "--", *paths)
    check(result.returncode in (0, 1, 66), f"check: {result.returncode}: {result.stderr}")
    for line in result.stderr.decode().splitlines():
        print("# " + line)
    lines = result.stdout.decode().splitlines()
    return {json.loads(line)["source"]: line for line in lines}


def lines_of(data):
    return re.split(rb"\r?\n", data)


def mbox_messages(data):
    """The messages of an mbox, From lines and quoting taken off."""
    messages, empty = [], True
    for line in lines_of(data):
        if empty and FROM_LINE.match(line):
            messages.append([])
        elif messages:
            messages[-1].append(line[1:] if re.match(rb">+From ", line) else line)
        empty = line == b""
    for lines in messages:
        while lines and lines[-1] == b"":
            lines.pop()
    return [b"\r\n".join(lines) + b"\r\n" for lines in messages]


def wire(source):
    """What to send for one of check's sources: the message with CRLF line ends."""
    path, _, number = source.partition("#") if "#" in source else (source, "", "")
    with open(path, "rb") as f:
        data = f.read()
    if number:
        return mbox_messages(data)[int(number) - 1]
    # any CRs before the LF belong to the line end; the last line is ended
    data = re.sub(rb"\r*\n", b"\r\n", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def stuffed(data):
    return re.sub(rb"(^|\n)\.", rb"\1..", data)


class Sender:
    """One foreign client; each message names itself in its sender."""

    def __init__(self, live):
        self.session = live.client("corpora.example.org", "192.0.2.1", {})

    def send(self, number, data):
        self.session.dialogue.clear()
        self.session.expect(250, f"MAIL FROM:<n{number}@example.org> BODY=8BITMIME")
        self.session.expect(250, "RCPT TO:<b@discard.test>")
        self.session.expect(354, "DATA")
        self.session.send(stuffed(data) + b".\r\n", log=False)
        reply = self.session.read_reply()
        equal(None if reply is None else reply.code, 250, "answer to the message")


def through_postfix(live, sources):
    """source -> the daemon's record line."""
    sender = Sender(live)
    for number, source in enumerate(sources):
        try:
            sender.send(number, wire(source))
        except Exception as error:
            raise type(error)(f"{source}: {error}") from None
    sender.session.quit()
    live.log.wait(count=len(sources), type="message")
    lines = {}
    for raw in live.log.lines:
        record = json.loads(raw)
        if record["type"] == "message":
            number = int(record["from"][1:].split("@")[0])
            check(sources[number] not in lines, "one record a message")
            lines[sources[number]] = raw.decode()
    return lines


def agree(tap, live, folder, path, base):
    """Each message under `path` on both ways."""
    with tap.case(f"{folder}: check and daemon agree"):
        known = checked(live, [path])
        check(known, "messages are found")
        sources = sorted(known)
        live.log = live.start(policy=POLICY, name=folder,
                              more="limits : { findings = 1000; };").log
        seen = through_postfix(live, sources)
        differ, count, signed = {}, 0, 0
        for source in sources:
            mine, theirs = [findings(line) + [signatures(line)]
                            for line in (seen[source], known[source])]
            count += len(theirs) - 1
            signed += theirs[-1] != "[]"
            if mine != theirs:
                differ[os.path.relpath(source, base)] = (mine, theirs)
        expected = {name for name in CHANGED if name.startswith(folder + "/")}
        text = [f"{name}:\n  daemon {mine}\n  check  {theirs}"
                for name, (mine, theirs) in differ.items() if name not in expected]
        check(not text, f"{len(text)} of {len(sources)} messages differ\n" + "\n".join(text))
        equal(sorted(expected - set(differ)), [], "messages listed as changed that do not differ")
        equal(live.daemons[-1].stop(), 0, "exit status")
        print(f"# {folder}: {len(sources)} messages, {signed} signed, {count} findings, "
              f"{len(expected)} changed by the MTA")
    live.daemons[-1].kill()


def made(tap, live):
    """Messages of our own: what the corpora have too little of."""
    folder = live.base + "/made"
    os.mkdir(folder)
    for name, data in nasty_messages():
        with open(f"{folder}/{name}", "wb") as f:
            f.write(data)
    agree(tap, live, "made", folder, live.base)


def test(tap):
    began = time.monotonic()
    settings = {"hopcount_limit": "1000", "message_size_limit": "0",
                "local_header_rewrite_clients": ""}
    with Live(settings, mc=MC) as live:
        if MTA == "postfix":  # what is no header field, each MTA decides in its own way
            made(tap, live)
        if os.path.isdir(corpora()):
            for folder in FOLDERS:
                agree(tap, live, folder, os.path.join(corpora(), folder), corpora())
        else:
            tap.skip("check and daemon agree over all corpora", "their folder is missing")
    print(f"# {time.monotonic() - began:.1f} seconds")
    for name, why in CHANGED.items():
        print(f"# changed by the MTA: {name}: {why}")


main(test)
