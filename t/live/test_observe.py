#!/usr/bin/env python3
"""test_observe.py - observe mode on the wire: what stands in a record, and the rules about
commands, MAIL and RCPT. Nothing may change for the client."""
import sys

sys.dont_write_bytecode = True

from harness import Live, census, finding, findings, main, members, message
from smtp import Smtp
from tap import Skip, check, equal

PASSED = {"asa-9-allow-tls": "pass", "pix-6.3": "pass", "pix-7.2.2": "pass"}
EXPECTED = {}  # (HELO, record type): how many records the session has to leave


def send(live, name, records=("message",), client=None, **mail):
    """One session with one message; gives its record."""
    session = live.client(name, expected=EXPECTED, **client) if client else live.hello(name)
    reply = session.mail(mail.pop("text", message()), **mail)
    session.quit()
    for kind in records:
        EXPECTED[name, kind] = EXPECTED.get((name, kind), 0) + 1
    return live.log.message(name)


def talk(live, name, *lines):
    """A session of commands alone, with the answers they must get; gives its record."""
    session = live.hello(name)
    for code, line in lines:
        session.expect(code, line)
    session.quit()
    EXPECTED[name, "session"] = 1
    return live.log.session(name)


def records(tap, live):
    with tap.case("a clean message: verdict pass, and every member of the record"):
        text = message(mark="clean")
        session = live.hello("clean.example.org")
        reply = session.mail(text, sender="sender@example.org",
                             to=("box@maildir.test", "second@discard.test"))
        session.quit()
        EXPECTED["clean.example.org", "message"] = 1
        record = live.log.message("clean.example.org")
        check(record["elapsed"] > 0 and len(record["session"]) == 32, "elapsed and session")
        members(record, v=1, host="mx.example.net", type="message", message=1,
                queue_id=live.mta.queue_id(reply), message_id="<clean@example.org>",
                client={"addr": "127.0.0.1", "port": session.port, "name": "[127.0.0.1]",
                        "helo": "clean.example.org"},
                listener="smtpd", extensions=[])
        check(record["tls"] is None and record["auth"] is None, "tls and auth are null")
        members(record, **{"from": "sender@example.org"})
        members(record, to=[{"address": "box@maildir.test", "result": "accepted"},
                            {"address": "second@discard.test", "result": "accepted"}],
                recipients={"accepted": 2, "deferred": 0, "rejected": 0, "lost": 0},
                size=len(text), ended="eom", profile="asa-9", mode="observe", verdict="pass",
                would="pass", findings=[], compare=PASSED)
        check("reply" in record and record["reply"] is None, "reply is null")
        check("partial" not in record and "lossy" not in record, "whole and clean")
        equal([m for m in live.mta.delivered() if b"X-Fixup" in m], [], "tags in observe")

    with tap.case("a client by name, address and port of its own"):
        record = send(live, "far.example.org",
                         client={"addr": "192.0.2.1", "name": "mail.example.org", "port": 40000})
        members(record, verdict="pass")
        if live.mta.has_xclient:
            members(record["client"], addr="192.0.2.1", port=40000, name="mail.example.org")
        else:
            members(record["client"], addr="127.0.2.1", name="[127.0.2.1]")

    if live.mta.has_xclient:
        with tap.case("an IPv6 client"):
            record = send(live, "six.example.org",
                          client={"addr": "IPV6:2001:db8::25", "name": "six.example.org",
                                  "port": 40001})
            members(record["client"], addr="2001:db8::25", port=40001)

    with tap.case("a client that comes over IPv6"):
        if live.mta.port6 is None:
            raise Skip("there is no ::1")
        session = Smtp(live.mta.port6, "::1")
        session.expect(250, "EHLO loop6.example.org")
        session.mail(message())
        session.quit()
        EXPECTED["loop6.example.org", "message"] = 1
        members(live.log.message("loop6.example.org")["client"], addr="::1")

    with tap.case("a connection without a message leaves a session record"):
        record = talk(live, "idle.example.org", (250, "NOOP"))
        members(record, messages=0, verdict="pass", would="pass", findings=[], listener="smtpd")

    with tap.case("recipients that the MTA refuses stand in the record"):
        session = live.hello("refused.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(554, "RCPT TO:<reject@discard.test>")
        session.expect(450, "RCPT TO:<defer@discard.test>")
        session.expect(250, "RCPT TO:<good@discard.test>")
        session.data(message(), 250)
        session.quit()
        EXPECTED["refused.example.org", "message"] = 1
        record = live.log.message("refused.example.org")
        told = live.mta.tells_refused_rcpt
        equal(record["to"][-1], {"address": "good@discard.test", "result": "accepted"}, "last")
        equal(record["recipients"]["accepted"], 1, "accepted")
        equal(sum(record["recipients"].values()), 3 if told else 1, "all")
        if told:
            equal(record["to"][0], {"address": "reject@discard.test", "result": "rejected"},
                  "first")
        members(record, verdict="pass", ended="eom")


def verbs(tap, live):
    with tap.case("an unknown verb"):
        record = talk(live, "unknown.example.org", (500, "GOODMORNING sunshine"))
        members(record, verdict="flag", would="flag", messages=0)
        members(finding(record, "verb-not-allowed"), stage="command", action="mask",
                evidence="GOODMORNING", would="flag", enforced=False, basis=None, instead=None)
        members(finding(record, "verb-not-allowed", "pix-6.3"), action="noop")
        equal(findings(record, "pix-7.2.2"), [], "the same is not said twice")
        equal(record["compare"], {name: "flag" for name in PASSED}, "compare")

    if live.mta.shows("EXPN"):
        with tap.case("a verb of the server that the firewall does not know"):
            record = talk(live, "expn.example.org", (500, "EXPN list"))
            members(finding(record, "verb-not-allowed"), evidence="EXPN")

    if live.mta.shows("SOML"):
        with tap.case("a verb that the firewall lets through is no finding"):
            record = talk(live, "soml.example.org", (500, "SOML FROM:<a@example.org>"))
            equal(findings(record), [], "findings of asa-9")
            members(finding(record, "verb-not-allowed", "pix-6.3"), evidence="SOML",
                    action="noop")
            members(record["compare"], **{"pix-7.2.2": "pass", "pix-6.3": "flag"})
            members(record, would="pass", verdict="pass")

    with tap.case("commands of X's: a firewall in front of the MTA"):
        record = talk(live, "masked.example.org", (500, "XXXX masked.example.org"),
                      (500, "XXXXXXXX"))
        found = [f for f in record["findings"] if f["rule"] == "verb-masked-upstream"]
        equal([f["observed"] for f in found], [4, 8], "lengths")
        members(found[0], action="log", stage="command", basis="inferred", evidence="XXXX")
        check("EHLO" in found[0]["detail"], "EHLO has four letters")
        check("STARTTLS" in found[1]["detail"], "STARTTLS has eight letters")
        equal(len(found), len(record["findings"]), "nothing else is found")

    with tap.case("a verb that is too short"):
        record = talk(live, "short.example.org", (500, "ABC"))
        members(finding(record, "verb-too-short"), observed=3, limit=4, action="mask",
                evidence="ABC", would="flag")

    with tap.case("a command within a transaction belongs to its message"):
        session = live.hello("within.example.org")
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(500, "FROBNICATE now")
        session.expect(250, "RCPT TO:<b@discard.test>")
        session.data(message(), 250)
        session.quit()
        EXPECTED["within.example.org", "message"] = 1
        record = live.log.message("within.example.org")
        members(finding(record, "verb-not-allowed"), evidence="FROBNICATE", stage="command")
        members(record, verdict="flag", would="flag", ended="eom")

    with tap.case("a command line that is too long"):
        record = talk(live, "longline.example.org", (500, "Q" * 600))
        members(finding(record, "command-line-length"), limit=512, action="drop-connection",
                observed=600, would="drop")
        members(record, verdict="flag", would="drop")

    with tap.case("a MAIL line that is too long"):
        record = send(live, "longmail.example.org", sender="a" * 200 + "@example.org",
                      parameters=" ENVID=" + "e" * 400)
        members(finding(record, "command-line-length"), limit=512, stage="mail",
                evidence="MAIL", observed=10 + 2 + 200 + 12 + 1 + 6 + 400)


def traces(tap, live):
    with tap.case("STARTTLS used: known by its traces, at MAIL"):
        session = live.hello("tls.example.org")
        version, cipher = session.starttls()
        session.expect(250, "EHLO tls.example.org")
        session.mail(message())
        session.quit()
        EXPECTED["tls.example.org", "message"] = 1
        record = live.log.message("tls.example.org")
        equal(record["tls"], {"version": version, "cipher": cipher}, "tls")
        equal(record["extensions"], ["STARTTLS"], "extensions")
        members(finding(record, "verb-not-allowed"), stage="mail", action="mask",
                basis="inferred", evidence="STARTTLS", would="flag")
        members(record, would="flag", verdict="flag")
        equal(record["compare"]["asa-9-allow-tls"], "pass", "allow-tls")

    with tap.case("after STARTTLS a firewall with allow-tls sees nothing more"):
        session = live.hello("blind.example.org")
        session.starttls()
        session.expect(250, "EHLO blind.example.org")
        session.mail(message("X-Long: " + "x" * 2000))
        session.quit()
        EXPECTED["blind.example.org", "message"] = 1
        record = live.log.message("blind.example.org")
        members(record, would="drop")
        equal(record["compare"]["asa-9-allow-tls"], "pass", "allow-tls")

    with tap.case("AUTH used: nothing for asa-9, a finding for pix-6.3"):
        session = live.hello("auth.example.org")
        session.expect(250, "NOOP")
        equal(session.auth("someone@example.org").code, 235, "AUTH")
        session.mail(message())
        session.quit()
        EXPECTED["auth.example.org", "message"] = 1
        record = live.log.message("auth.example.org")
        members(record["auth"], type="PLAIN", identity="someone@example.org")
        equal(record["extensions"], ["AUTH"], "extensions")
        equal(findings(record), [], "asa-9")
        members(finding(record, "verb-not-allowed", "pix-6.3"), stage="mail", action="noop",
                basis="inferred", evidence="AUTH")

    with tap.case("a login that failed leaves no trace"):
        session = live.hello("badauth.example.org")
        equal(session.auth(password="wrong").code, 535, "AUTH")
        session.mail(message())
        session.quit()
        EXPECTED["badauth.example.org", "message"] = 1
        record = live.log.message("badauth.example.org")
        check("auth" in record and record["auth"] is None, "auth is null")
        equal(record["findings"], [], "findings")

    with tap.case("MAIL AUTH= alone is no login"):
        record = send(live, "author.example.org", parameters=" AUTH=x@example.org")
        check(record["auth"] is None, "auth is null")
        equal(findings(record), [], "asa-9")


def parameters(tap, live):
    with tap.case("SIZE and BODY=8BITMIME: known to asa-9, hidden by pix-6.3"):
        text = message(mark="params")
        record = send(live, "params.example.org", text=text,
                         parameters=f" SIZE={len(text)} BODY=8BITMIME")
        equal(sorted(record["extensions"]), ["8BITMIME", "SIZE"], "extensions")
        equal(findings(record), [], "asa-9")
        equal(findings(record, "pix-6.3"), [("extension-not-allowed", "hide")] * 2, "pix-6.3")
        found = [f for f in record["findings"] if "8BITMIME" in f["evidence"]]
        members(found[0], basis="assumed", would="flag", stage="mail")
        equal(record["compare"]["pix-6.3"], "flag", "merely hidden: flagged")

    with tap.case("EHLO, by what it leaves behind"):
        by = {"plain.example.org": (None, "macro r"), "params.example.org": ("SIZE", "macro r"),
              "auth.example.org": ("AUTH", "macro r"), "tls.example.org": ("STARTTLS", "macro r")}
        send(live, "plain.example.org")
        for helo, details in by.items():
            found = [f for r in live.log.records if r.get("client", {}).get("helo") == helo
                     for f in r["findings"] if f.get("evidence") == "EHLO"]
            detail = details[live.mta.tells_ehlo]
            equal([(f["profile"], f["stage"], f["detail"], f["basis"]) for f in found],
                  [("pix-6.3", "mail", detail, "inferred")] if detail else [], helo)

    with tap.case("what the MTA adds to a local client's header is not in its SIZE"):
        text = message()  # without a Message-ID, which Postfix adds before a milter sees it
        record = send(live, "added.example.org", text=text, parameters=f" SIZE={len(text)}")
        equal(findings(record), [], "asa-9")

    with tap.case("the parameters of DSN, at MAIL and at RCPT"):
        session = live.hello("dsn.example.org")
        session.expect(250, "MAIL FROM:<a@example.org> RET=HDRS ENVID=QQ1")
        session.expect(250, "RCPT TO:<b@discard.test> NOTIFY=NEVER "
                            "ORCPT=rfc822;b@discard.test")
        session.data(message(), 250)
        session.quit()
        EXPECTED["dsn.example.org", "message"] = 1
        record = live.log.message("dsn.example.org")
        equal(record["extensions"], ["DSN"], "extensions")
        equal(findings(record), [], "asa-9")
        stages = [f["stage"] for f in record["findings"] if f["profile"] == "pix-6.3"]
        equal(stages, ["mail", "mail", "rcpt", "rcpt"], "stages for pix-6.3")
        check("b@discard.test" not in str(record["findings"]), "no address in the evidence")

    with tap.case("an extension that is hidden, and not needed: flagged"):
        record = send(live, "hidden.example.org", parameters=live.mta.hidden_parameter)
        members(finding(record, "extension-not-allowed"), action="hide", would="flag",
                detail=live.mta.hidden)

    if live.mta.hidden == "SMTPUTF8":
        with tap.case("SMTPUTF8 with an address that needs it: the mail would be lost"):
            record = send(live, "utf8a.example.org", sender="\xc3\xa4@example.org",
                          parameters=" SMTPUTF8")
            members(finding(record, "extension-not-allowed"), would="reject")
            members(record, would="reject", verdict="flag")
            equal(record["from"], "\u00e4@example.org", "from")

    with tap.case("a pipe in an address"):
        record = send(live, "pipe.example.org", sender="a|b@example.org",
                         to=("c||d@discard.test",))
        found = [f for f in record["findings"] if f["rule"] == "address-character"]
        equal([(f["stage"], f["observed"], f["evidence"]) for f in found],
              [("mail", 1, "a|b@example.org"), ("rcpt", 2, "c||d@discard.test")], "findings")
        members(found[0], action="blank", would="flag", detail="|")

    for length, hit in ((320, False), (321, True)):
        if length > live.mta.longest_name:
            continue
        with tap.case(f"a sender of {length} octets: {'found' if hit else 'nothing'}"):
            name = f"sender{length}.example.org"
            sender = "s" * (length - len("@example.org")) + "@example.org"
            record = send(live, name, sender=sender)
            equal(record["from"], sender, "from")
            if hit:
                members(finding(record, "sender-address-length"), stage="mail", limit=320,
                        observed=321, action="drop-connection", would="drop")
            else:
                equal(record["findings"], [], "findings")

    for count, hit in ((100, False), (101, True), (103, True)):
        with tap.case(f"{count} recipients: {'found' if hit else 'nothing'}"):
            name = f"to{count}.example.org"
            to = [f"r{n}@discard.test" for n in range(count)]
            record = send(live, name, to=to)
            equal(record["recipients"]["accepted"], count, "accepted")
            equal([r["address"] for r in record["to"]], to, "they are listed")
            if hit:
                members(finding(record, "recipient-count"), stage="rcpt", limit=100,
                        observed=count, action="drop-connection", would="drop")
            else:
                equal(record["findings"], [], "findings")

    with tap.case("the null sender"):
        record = send(live, "null.example.org", sender="")
        members(record, verdict="pass")
        equal(record["from"], "", "from")


def required(tap, live):
    """Another policy, in the same daemon."""
    live.milter.reload(live.configuration(live.milter,
                                          policy='profile = "asa-9"; require = [ "STARTTLS", '
                                                 '"SIZE" ]; rules : { body-8bit = "off"; };'))
    with tap.case("extensions that policy.require asks for and that were not used"):
        record = send(live, "require.example.org", text=message(body="\xe4\r\n"))
        found = [f for f in record["findings"] if f["rule"] == "extension-required"]
        equal(sorted(f["evidence"] for f in found), ["SIZE", "STARTTLS"], "evidence")
        members(found[0], stage="mail", action="refuse", would="reject")
        equal(len(found), len(record["findings"]), "a rule that is off finds nothing")
        check("compare" not in record, "nothing to compare")

    with tap.case("STARTTLS required and used: behind this firewall the mail cannot go"):
        session = live.hello("must.example.org")
        session.starttls()
        session.expect(250, "EHLO must.example.org")
        session.mail(message(), parameters=" SIZE=1000")
        session.quit()
        EXPECTED["must.example.org", "message"] = 1
        record = live.log.message("must.example.org")
        members(finding(record, "verb-not-allowed"), would="reject", evidence="STARTTLS")
        members(record, would="reject", verdict="flag")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='profile = "asa-9"; compare = [ "asa-9-allow-tls", '
                                        '"pix-6.3", "pix-7.2.2" ];')
        live.log = live.milter.log
        records(tap, live)
        verbs(tap, live)
        traces(tap, live)
        parameters(tap, live)
        required(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
