#!/usr/bin/env python3
"""test_privacy.py - log.addresses = "hash" on the wire: no local part in log or syslog, the
records of a person found by fixupctl hash, and keys that change while mail flows."""
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import threading

sys.dont_write_bytecode = True

from daemon import CONTROL, environment, run_program
from harness import Live, census, finding, findings, main, members, message
from tap import check, equal, until

PERSON = "qxzvkjwq"  # no four letters of it stand anywhere else
EXPECTED = {}
KEYS = ["0123456789abcdef0123456789abcdef", "another key, used later on",
        "a third one, with ü"]
LONG = "x" * 1200


def hashed(address, key=KEYS[0], domain=None):
    """Of a plain address, by other code."""
    local, _, of = address.rpartition("@")
    digest = hmac.new(key.encode(), f"{local}@{of}".lower().encode(), hashlib.sha256)
    return f"#{digest.hexdigest()[:32]}@{domain or of}"


def write_keys(live, keys, mode=0o600):
    """As the man page says: beside the file, then in its place."""
    path = live.base + "/keys"
    with open(path + ".new", "w") as f:
        f.write("".join(key + "\n" for key in keys))
    os.chmod(path + ".new", mode)
    os.rename(path + ".new", path)
    return path


def text_of(live, daemon, addresses="hash", **groups):
    text = live.configuration(
        daemon, logging=f'addresses = "{addresses}"; address_key_file = "keys";',
        policy='mode = "observe"; compare = [ "pix-6.3" ]; dkim_severity = "note";', **groups)
    return text.replace("syslog = false", "syslog = true")


def hash_of(daemon, address, *options):
    done = run_program(CONTROL, "hash", "-c", daemon.conf, *options, "--", address)
    equal(done.returncode, 0, done.stderr)
    return done.stdout.decode().splitlines()


def plain_in(text):
    text = text.lower()
    return [PERSON[n:n + 4] for n in range(len(PERSON) - 3) if PERSON[n:n + 4] in text]


def everywhere(tap, live, daemon):
    with tap.case("an address in every place of a session: none is left in log and syslog"):
        who = PERSON + "@example.org"
        session = live.hello("everywhere.example.org")
        for line in (f"VRFY <{who}>", f"EXPN {who}", who, "a" * 900 + who, f"XFOO {who}",
                     f"ETRN {who}"):
            session.cmd(line)
        session.expect(250, f"MAIL FROM:<{who}> AUTH={who} RET=HDRS ENVID={PERSON}")
        session.expect(250, "RCPT TO:<b@discard.test> ORCPT=rfc822;" + who)
        session.cmd(f'RCPT TO:<"{PERSON}"@discard.test>')
        session.cmd(f"RCPT TO:<{PERSON}@discard.test>")
        session.cmd(f"RCPT TO:<a|{PERSON}@discard.test>")
        session.cmd(f"RCPT TO:<{PERSON}>")
        session.data(message(
            f"Received: from a.example.org by b.example.org for <{who}>; now",
            f"X-Long: <{who}> {LONG}", f"Subject: {who}", f"Reply-To: {PERSON} <{who}>",
            f"{who}: {LONG}", f"{'x' * 58}{who}: x\r\n Content-Type: x",
            f"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h=from; bh=YQ==; b=YQ==;"
            f"\r\n\ti={who[:5]}\r\n\t{who[5:]}; t={who}; z=From:{who}",
            f"DKIM-Signature: v=1; a=rsa-sha256; d={who}; s={who}; h=from; bh=YQ==; b=YQ==; i==zz{PERSON}",
            f'Content-Type: text/plain; name="{"n" * 230} {who} {who}.txt"', mark="plain"), 250)
        session.quit()
        EXPECTED["everywhere.example.org", "message"] = 1
        EXPECTED["everywhere.example.org", "session"] = 1
        record = daemon.log.message("everywhere.example.org")
        outside = daemon.log.session("everywhere.example.org")
        members(record, message_id="<plain@example.org>", **{"from": hashed(who)})
        equal({r["address"] for r in record["to"] if PERSON in r["address"]}, set(), "to")
        check(hashed(PERSON + "@discard.test") in [r["address"] for r in record["to"]],
              "a quoted local part is hashed without its quotes")
        evidence = {f.get("evidence") for r in (record, outside) for f in r["findings"]}
        check(hashed(who) in evidence, f"the hash stands in evidence: {evidence}")
        check("#" in evidence, "and where it is not known whole, a mark")
        log = open(daemon.log_path).read()
        equal(plain_in(log), [], "the log")
        until(lambda: 'message=1' in daemon.said(), "the line for syslog")
        check(f'from="{hashed(who)}"' in daemon.said(), daemon.said())
        equal(plain_in(daemon.said()), [], "syslog")

    with tap.case("hostile local parts"):
        session = live.hello("hostile.example.org")
        session.cmd(b"MAIL FROM:<" + b"\xff\xfe" + PERSON.encode() + b"@example.org>")
        session.cmd("RSET")
        session.cmd(b"MAIL FROM:<" + PERSON.encode() + b"\0x@example.org>")
        session.cmd("RSET")
        session.cmd(f'MAIL FROM:<"{PERSON}\\"@x"@example.org>')
        session.cmd("RSET")
        session.cmd(f"MAIL FROM:<{PERSON * 120}@example.org>")
        session.cmd("RSET")
        session.cmd("MAIL FROM:<" + PERSON * 7500 + "@example.org>")
        session.cmd(PERSON * 7500 + "@example.org")
        session.close()
        until(lambda: daemon.log.find("hostile.example.org"), "a record")
        equal(plain_in(open(daemon.log_path).read()), [], "the log")
        equal(plain_in(daemon.said()), [], "syslog")


def person(tap, live, daemon):
    with tap.case("fixupctl hash finds the records of a person, and no others"):
        names = []
        for n, sender in enumerate(("Alice@Example.ORG", '"alice"@example.org',
                                    "bob@example.org", "alice@example.org")):
            names.append(f"p{n}.example.org")
            session = live.hello(names[-1])
            session.mail(message(mark=f"p{n}"), sender=sender)
            session.quit()
            EXPECTED[names[-1], "message"] = 1
            daemon.log.message(names[-1])
        wanted = {line.split("@")[0] for line in hash_of(daemon, "<alice@example.org>")}
        equal(wanted, {hashed("alice@example.org").split("@")[0]}, "the hash")
        found = [json.loads(line) for line in open(daemon.log_path)
                 if any(digits in line for digits in wanted)]
        equal([r["client"]["helo"] for r in found], [names[0], names[1], names[3]], "who")
        members(found[0], **{"from": hashed("alice@example.org", domain="Example.ORG")})

    with tap.case("a login is hashed, too"):
        session = live.hello("login.example.org")
        session.auth("someone@example.org")
        session.mail(message(mark="login"))
        session.quit()
        EXPECTED["login.example.org", "message"] = 1
        record = daemon.log.message("login.example.org")
        equal(record["auth"]["identity"], hashed("someone@example.org"), "identity")


class Flow:
    """Mail of one person, one message after the other, until told to stop."""

    def __init__(self, live):
        self.live = live
        self.sent = 0
        self.wrong = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.over.is_set():
                session = self.live.hello("flow.example.org")
                session.mail(message(), sender="carol@example.org", to=("c@discard.test",))
                session.quit()
                self.sent += 1
        except Exception as error:  # told by the case
            self.wrong = error

    def stop(self):
        self.over.set()
        self.thread.join(30)
        if self.wrong is not None:
            raise self.wrong
        return self.sent


def rotation(tap, live, daemon, text):
    with tap.case("the key changes by SIGHUP while mail flows: nothing is lost, both are found"):
        old, new = (hashed("carol@example.org", key) for key in KEYS[:2])
        flow = Flow(live)
        until(lambda: flow.sent >= 5 or flow.wrong, "mail")
        session = live.hello("long.example.org")
        write_keys(live, [KEYS[1], KEYS[0]])
        daemon.reload(text)
        session.mail(message(mark="long"), sender="carol@example.org")
        session.quit()
        EXPECTED["long.example.org", "message"] = 1
        equal(daemon.log.message("long.example.org")["from"], old, "a session that was open")
        then = flow.sent
        until(lambda: flow.sent >= then + 5 or flow.wrong, "mail")
        sent = flow.stop()
        EXPECTED["flow.example.org", "message"] = sent
        records = daemon.log.wait(sent, helo="flow.example.org", type="message")
        senders = [r["from"] for r in records]
        first = senders.index(new)
        check(first >= 5 and set(senders[:first]) == {old} and set(senders[first:]) == {new},
              "the old hash, then the new one")
        equal(hash_of(daemon, "carol@example.org"), [new, old], "both, the one in use first")
        equal([json.loads(line) for line in hash_of(daemon, "carol@example.org", "--json")],
              [{"hash": new, "in_use": True}, {"hash": old, "in_use": False}], "--json")

    with tap.case("a former key that is thrown away makes its addresses unfindable"):
        write_keys(live, [KEYS[2], KEYS[1]])
        daemon.reload(text)
        equal(hash_of(daemon, "carol@example.org"),
              [hashed("carol@example.org", key) for key in (KEYS[2], KEYS[1])], "hashes")

    faults = (("a key for a group", [KEYS[2]], 0o640,
               "by others than its owner (mode 0640); allowed: 0600, 0400"),
              ("a short key", ["too short"], 0o600, "line 1 is a key of 9 octets"),
              ("an empty line", [KEYS[2], "", KEYS[1]], 0o600, "line 2 is a key of 0 octets"))
    for what, keys, mode, said in faults:
        with tap.case(f"SIGHUP with {what}: it is told, and the old keys stay"):
            write_keys(live, keys, mode)
            daemon.reload(text, good=False)
            line = 1 + text.split("address_key_file")[0].count("\n")
            check(re.search(rf"milter\.conf:{line}: log\.address_key_file: .*{re.escape(said)}",
                            daemon.said()), daemon.said())
            name = what.replace(" ", "-") + ".example.org"
            session = live.hello(name)
            session.mail(message(), sender="carol@example.org")
            session.quit()
            EXPECTED[name, "message"] = 1
            equal(daemon.log.message(name)["from"], hashed("carol@example.org", KEYS[2]), "from")

    with tap.case("addresses = \"plain\" by SIGHUP, and back"):
        write_keys(live, KEYS)
        for addresses, sender in (("plain", "carol@example.org"),
                                  ("hash", hashed("carol@example.org"))):
            daemon.reload(text.replace('"hash"', f'"{addresses}"'))
            session = live.hello(addresses + ".example.org")
            session.mail(message(), sender="carol@example.org")
            session.quit()
            EXPECTED[addresses + ".example.org", "message"] = 1
            equal(daemon.log.message(addresses + ".example.org")["from"], sender, addresses)


def start(tap, live):
    daemon = live.daemon("start")
    text = text_of(live, daemon).replace('"keys"', '"start.keys"')
    path = live.base + "/start.keys"
    line = 1 + text.split("address_key_file")[0].count("\n")
    daemon.write(text)

    with tap.case("a start, and -n, without the key: exit status 78, with file and line"):
        for options in ((), ("-n",)):
            daemon.spawn(*options)
            equal(daemon.ended(), 78, options)
        said = f'start.conf:{line}: log.address_key_file: "{path}" cannot be read: No such file'
        equal(daemon.said().count(said), 2, daemon.said())

    with tap.case("a FIFO keeps nobody waiting"):
        os.mkfifo(path, 0o600)
        daemon.spawn("-n")
        equal(daemon.ended(5), 78, "exit status")
        check("is not a regular file" in daemon.said(), daemon.said())
        os.unlink(path)

    with tap.case("a key that milter.user cannot read: told at the start, not at a reload"):
        with open(path, "w") as f:
            f.write(KEYS[0] + "\n")
        os.chmod(path, 0o600)
        daemon.write(text.replace('mode = "0666";', 'mode = "0666"; user = "nobody";'))
        daemon.spawn()
        equal(daemon.ended(), 78, daemon.said())
        check("cannot be read by milter.user, nobody: Permission denied" in daemon.said(),
              daemon.said())

    with tap.case("fixupctl check hashes nothing, and needs no key"):
        os.unlink(path)
        mail = live.base + "/session.smtp"
        with open(mail, "w") as f:
            f.write("S: 220 mx ESMTP\nC: EHLO a\nS: 250 mx\nC: MAIL FROM:<a|b@example.org>\n"
                    "S: 250 ok\nC: QUIT\nS: 221 bye\n")
        done = subprocess.run([CONTROL, "check", "-c", daemon.conf, "--json", mail],
                              env=environment(), stdout=subprocess.PIPE, check=False, timeout=60)
        equal(done.returncode, 1, "exit status")
        check(b'"from":"a|b@example.org"' in done.stdout, done.stdout)


def test(tap):
    with Live() as live:
        daemon = live.daemon("milter")
        live.log = daemon.log
        write_keys(live, KEYS[:1])
        text = text_of(live, daemon)
        daemon.start(text)
        everywhere(tap, live, daemon)
        person(tap, live, daemon)
        rotation(tap, live, daemon, text)
        for kind in ("message", "session"):  # as many as the MTA lets through
            EXPECTED["hostile.example.org", kind] = len(
                daemon.log.find("hostile.example.org", type=kind))
        with tap.case("at the end, too, nothing is plain"):
            log = "".join(line for line in open(daemon.log_path))
            equal(plain_in(log), [], "the log")
        census(tap, daemon, EXPECTED)
        start(tap, live)


main(test)
