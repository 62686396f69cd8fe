#!/usr/bin/env python3
"""test_hidden.py - extensions that the firewall hides, used all the same, in enforce mode: each
answer of the contract's table of actions; each left to observe by `rules`. And a modern sender, a
real Postfix that does whatever it is offered: refused while the server offers what the firewall
would hide, and through once the server has the settings of `fixupctl mtaconf`."""
import os
import sys

sys.dont_write_bytecode = True

import postfix
from daemon import MTA
from harness import Live, census, finding, mailbox, main, members, message
from mtaconf import main_cf, written
from postfix import Postfix
from smtp import Smtp
from tap import Skip, check, equal, note, until

EXPECTED = {}
DELIVERED = set()
EIGHT = b"\xe4\r\n"
POSTFIX_ONLY = {"smtputf8", "smtputf8-address"}  # Debian's Sendmail has none of it
TLS, AUTH = "tls", "auth"

# name: profile, what is used before MAIL, parameters of MAIL and RCPT, body, where it is answered
# and how, rule, evidence
HIDDEN = {
    "body-8bitmime": ("pix-6.3", None, " BODY=8BITMIME", "", None, "mail", "554 5.6.1",
                      "extension-not-allowed", "BODY=8BITMIME"),
    "body-7bit": ("pix-6.3", None, " BODY=7BIT", "", None, "mail", "554 5.6.1",
                  "extension-not-allowed", "BODY=7BIT"),
    "8bit-needed": ("pix-6.3", None, "", "", EIGHT, "end", "554 5.6.1", "body-8bit", None),
    "size": ("pix-6.3", None, " SIZE=99", "", None, "mail", "555 5.5.4",
             "extension-not-allowed", "SIZE"),
    "ret": ("pix-6.3", None, " RET=HDRS", "", None, "mail", "555 5.5.4",
            "extension-not-allowed", "RET"),
    "envid": ("pix-6.3", None, " ENVID=e1", "", None, "mail", "555 5.5.4",
              "extension-not-allowed", "ENVID"),
    "auth-parameter": ("pix-6.3", None, " AUTH=<>", "", None, "mail", "555 5.5.4",
                       "extension-not-allowed", "AUTH"),
    "notify": ("pix-6.3", None, "", " NOTIFY=NEVER", None, "rcpt", "555 5.5.4",
               "extension-not-allowed", "NOTIFY"),
    "orcpt": ("pix-6.3", None, "", " ORCPT=rfc822;a@example.org", None, "rcpt", "555 5.5.4",
              "extension-not-allowed", "ORCPT"),
    "smtputf8": ("asa-9", None, " SMTPUTF8", "", None, "mail", "555 5.5.4",
                 "extension-not-allowed", "SMTPUTF8"),
    "starttls-used": ("asa-9", TLS, "", "", None, "mail", "500 5.5.1", "verb-not-allowed",
                      "STARTTLS"),
    "auth-used": ("site-noauth", AUTH, "", "", None, "mail", "500 5.5.1",
                  "verb-not-allowed", "AUTH"),
}
SITE = """inherit = "asa-9";
verbs : { value = [ "EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT" ];
          confidence = "documented"; source = "x"; };
"""
# What the firewall turns into NOOP the MTA answers by itself, whatever the milter would say.
STANDS = {
    "starttls-noop": ("pix-6.3", TLS, "STARTTLS"),
    "auth-noop": ("pix-6.3", AUTH, "AUTH"),
}


def policy(live, text):
    live.milter.reload(live.configuration(live.milter, policy='mode = "enforce"; ' + text))


def opened(live, name, used):
    helo = name + ".example.org"
    session = live.hello(helo)
    if used == TLS:
        session.starttls()
        session.expect(250, "EHLO " + helo)
    elif used == AUTH:
        equal(session.auth().code, 235, "AUTH")
    return session


def refused(live, name):
    profile, used, mail, rcpt, body, stage, code, rule, evidence = HIDDEN[name]
    session = opened(live, name, used)
    helo = name + ".example.org"
    text = message(body=body or "A line.\r\n", mark=name)
    EXPECTED[helo, "message"] = 1
    if stage == "mail":
        reply = session.expect(code, "MAIL FROM:<a@example.org>" + mail)
    elif stage == "rcpt":
        session.expect(250, "MAIL FROM:<a@example.org>")
        reply = session.expect(code, "RCPT TO:<box@maildir.test>" + rcpt)
        session.expect(250, "RCPT TO:<b@discard.test>")  # the others get it
        session.data(text, 250)
    else:
        reply = session.mail(text, code=code)
    session.quit()
    record = live.log.message(helo)
    found = [f for f in record["findings"] if f["enforced"]]
    equal([(f["rule"], f.get("evidence")) for f in found], [(rule, evidence)], "enforced")
    if stage == "rcpt":
        members(record, ended="eom", verdict="flag")
        check(str(reply).endswith(record["reply"][10:]), "the answer stands in the record")
        equal([r["result"] for r in record["to"]], ["rejected", "accepted"], "results")
    else:
        members(record, ended="answered", verdict="reject", reply=str(reply))
    if code.startswith("500"):
        check('"' + "X" * len(evidence) + '"' in str(reply), str(reply))
    return record


def let_through(live, name, rule, row):
    """The rule is left to observe: found, and delivered."""
    profile, used, mail, rcpt, body = row[:5]
    name = "lenient-" + name
    session = opened(live, name, used)
    session.expect(250, "MAIL FROM:<a@example.org>" + mail)
    session.expect(250, "RCPT TO:<box@maildir.test>" + rcpt)
    session.data(message(body=body or "A line.\r\n", mark=name), 250)
    session.quit()
    DELIVERED.add(name)
    EXPECTED[name + ".example.org", "message"] = 1
    record = live.log.message(name + ".example.org")
    members(record, ended="eom", verdict="flag", reply=None)
    check(rule in [f["rule"] for f in record["findings"]], "found")
    check(not any(f["enforced"] for f in record["findings"]), "nothing is enforced")


def table(tap, live):
    for name, row in HIDDEN.items():
        profile, stage, code, rule = row[0], row[5], row[6], row[7]
        if name in POSTFIX_ONLY and MTA != "postfix":
            tap.skip(f"{name} behind {profile}: {code}", "this MTA does not know it")
            continue
        with tap.case(f"{name} behind {profile}: {code} at {stage}"):
            policy(live, f'profile = "{profile}";')
            refused(live, name)
        with tap.case(f"{name} behind {profile}, {rule} left to observe: delivered"):
            policy(live, f'profile = "{profile}"; rules : {{ {rule} = "observe"; }};')
            let_through(live, name, rule, row)
    policy(live, 'profile = "pix-6.3";')
    for name, (_, used, verb) in STANDS.items():
        with tap.case(f"{name}: the MTA's own answer stands"):
            session = opened(live, name, used)
            session.mail(message(mark=name), code=250)
            session.quit()
            DELIVERED.add(name)
            EXPECTED[name + ".example.org", "message"] = 1
            record = live.log.message(name + ".example.org")
            found = [f for f in record["findings"] if f.get("evidence") == verb]
            equal(len(found), 1, "findings of it")
            members(found[0], action="noop", enforced=False)
            check(found[0]["instead"], "instead says so")
    if MTA == "postfix":
        smtputf8_address(tap, live)


def smtputf8_address(tap, live):
    with tap.case("an address that only SMTPUTF8 can carry: refused, and no mail without it"):
        policy(live, 'profile = "asa-9";')
        session = live.hello("utf8.example.org")
        session.expect("555 5.5.4", "MAIL FROM:<\xc3\xa4@example.org> SMTPUTF8")
        session.quit()
        EXPECTED["utf8.example.org", "message"] = 1
        record = live.log.message("utf8.example.org")
        members(record, verdict="reject", would="reject")
        members(finding(record, "extension-not-allowed"), enforced=True)


class Sender:
    """A Postfix with a queue of its own, which sends to the receiver and to nobody else."""

    def __init__(self, live):
        there = f"smtp:[127.0.0.1]:{live.mta.ports['smtpd']}"
        self.mta = Postfix(live.base + "/sender", {
            "myhostname": "sender.example.org", "virtual_mailbox_domains": "",
            "transport_maps": f"inline:{{ {{ maildir.test = {there} }} }}",
            "smtp_tls_security_level": "may", "smtp_host_lookup": "native"})
        self.mta.start()

    def send(self, mark):
        session = Smtp(self.mta.ports["smtpd"])
        session.expect(250, "EHLO author.example.org")
        session.mail(message("MIME-Version: 1.0", "Content-Type: text/plain; charset=iso-8859-1",
                             "Content-Transfer-Encoding: 8bit", body=EIGHT, mark=mark),
                     parameters=" BODY=8BITMIME", code=250)
        session.quit()
        line = until(lambda: [text for text in self.mta.said().splitlines()
                              if "to=<box@maildir.test>" in text and "status=" in text],
                     "the sender has tried")[-1]
        note(line)
        return line

    def stop(self):
        self.mta.stop()


def modern(tap, profile, configured, refusal):
    what = "with the settings of mtaconf it gets through" if configured else \
        f"without the settings of mtaconf it is refused ({refusal})"
    with tap.case(f"a modern sender and {profile}: {what}"):
        live = Live()
        if configured:
            configure(live, profile)
        with live:
            milter = live.start(policy=f'mode = "enforce"; profile = "{profile}";')
            sender = Sender(live)
            try:
                said = sender.send("modern")
            finally:
                sender.stop()
            record = milter.log.message("sender.example.org")
            if configured:
                check("status=sent" in said, said)
                members(record, ended="eom", reply=None)
                check(not any(f["enforced"] for f in record["findings"]), "nothing is enforced")
                live.mta.delivery("modern")
            else:
                check("status=bounced" in said and refusal in said, said)
                members(record, ended="answered", verdict="reject")
                equal(live.mta.delivered(), [], "delivered")
            equal(milter.stop(), 0, "exit status")


def configure(live, profile):
    """The receiver gets what mtaconf writes for it, from a folder that it sees wherever it runs."""
    if MTA == "postfix" and not postfix.has_pcre():
        live.__exit__()
        raise Skip("this Postfix has no tables with PCRE (postfix-pcre)")
    files = written(MTA, profile, live.base + "/mtaconf")
    if MTA == "sendmail":
        live.mta.mc += files["fixup-sendmail.mc"]
        live.mta.access += files.get("fixup-access", "")
    else:
        live.mta.settings.update(main_cf(files["fixup-main.cf"]))


def senders(tap):
    if postfix.missing():
        tap.skip("a modern sender", postfix.missing())
        return
    for profile, refusal in (("asa-9", "500 5.5.1"), ("pix-6.3", "55")):
        if profile == "pix-6.3" and MTA == "sendmail":
            continue  # nothing takes EHLO from Sendmail
        modern(tap, profile, False, refusal)
        modern(tap, profile, True, None)


def test(tap):
    with Live() as live:
        with open(os.environ["FX_LIVE_PROFILES"] + "/site-noauth.conf", "w") as f:
            f.write(SITE)
        live.milter = live.start(policy='mode = "enforce";')
        live.log = live.milter.log
        table(tap, live)
        mailbox(tap, live, DELIVERED)
        census(tap, live.milter, EXPECTED)
    senders(tap)


main(test)
