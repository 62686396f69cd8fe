#!/usr/bin/env python3
"""test_visibility.py - the table of fixup-mta(7): what a milter hears of each command.

Heard is what leaves a trace in the record: a profile that lets through the verbs of a transaction
alone, and 20 octets of a line, finds every unknown command, and tells whether it came whole."""
import sys

sys.dont_write_bytecode = True

from harness import Live, main
from tap import equal
from visibility import TABLE, visible

PROFILE = """title = "for test_visibility.py";  applies = "nothing";  remedy = [ "none" ];
verbs = { value = [ "HELO", "EHLO", "MAIL", "RCPT", "DATA", "QUIT" ];
          confidence = "assumed"; source = "this test"; };
rules = {
  verb-not-allowed = { action = "log"; confidence = "assumed"; source = "this test"; };
  command-line-length = { action = "log"; limit = 20; confidence = "assumed";
                          source = "this test"; };
};
"""
BEFORE = {"RCPT": ["MAIL"], "DATA": ["MAIL", "RCPT"], "BDAT": ["MAIL", "RCPT"]}


def say(session, verb, name):
    """Sends the command of the table and reads what comes of it."""
    line = TABLE[verb][0].replace("again.example.org", "again." + name)
    reply = session.cmd(line)
    if verb == "BDAT" and reply.code == 500:
        session.read_reply()  # the chunk, taken for a command
    if reply.code == 354:
        session.cmd("Subject: x\r\n\r\nx\r\n.")


def heard(live, verb, name):
    """What the records of this session show of the command."""
    again = "again." + name
    records = live.log.wait(type="session", helo=again) if verb in ("HELO", "EHLO") else \
        live.log.wait(helo=name)
    record = records[0]
    if record["client"]["helo"] == again:
        return "helo"
    rules = [f["rule"] for f in record["findings"] if f["evidence"] == verb]
    if {"verb-not-allowed", "verb-masked-upstream"} & set(rules):
        return "line" if "command-line-length" in rules else "verb"
    if record["type"] == "session":
        return "-"
    if record["ended"] == "eom":
        return "data" if verb in ("DATA", "BDAT") else "-"
    if record["to"]:
        return "rcpt" if verb == "RCPT" else "-"
    return "mail" if verb == "MAIL" else "-"


def test(tap):
    with Live(settings={"smtpd_authorized_xclient_hosts": ""}) as live:
        with open(live.base + "/profiles/visibility.conf", "w") as f:
            f.write(PROFILE)
        live.milter = live.start(policy='profile = "visibility"; rules : { verb-not-allowed = '
                                        '"observe"; command-line-length = "observe"; };')
        live.log = live.milter.log
        mta = live.mta.table
        for number, verb in enumerate(TABLE):
            wanted = visible(mta, verb) or "-"
            with tap.case(f"{verb}: {wanted}"):
                name = f"v{number}.example.org"
                session = live.hello(name)
                for earlier in BEFORE.get(verb, ()):
                    session.expect(250, TABLE[earlier][0])
                say(session, verb, name)
                session.vanish()
                equal(heard(live, verb, name), wanted, "heard")


main(test)
