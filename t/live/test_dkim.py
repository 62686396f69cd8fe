#!/usr/bin/env python3
"""test_dkim.py - signatures: what opendkim, and rspamd where there is one, put on mail before it
comes to us, held against the field that arrives; that the tag in front of a signature does not
break it, says opendkim's verifier; body hashes of mail that comes in; what belongs to which
message; and which policy asks for what."""
import base64
import hashlib
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import opendkim
import rspamd
from daemon import MTA, SOURCE
from harness import Live, census, finding, findings, main, members, message
from opendkim import Opendkim
from tap import check, equal

EXPECTED = {}
TEXT = "Content-Type: text/plain; charset=utf-8"
# Everything is told, the notes too, and every shape of the name counts.
TELL = 'profile = "pix-7.2.2"; dkim_severity = "note"; content_type_grade = "listed";'
ALL_RULES = """bh-mismatch l-large tag-syntax tag-dup tag-missing tag-empty v-unknown a-unknown a-sha1
 key-small b-bad64 b-length bh-bad64 bh-length c-unknown d-bad i-not-under-d h-no-from h-empty
 h-syntax h-dkim-sig h-absent h-oversign h-partial hdr-count l-present l-syntax t-future x-past
 x-le-t q-unknown s-bad z-present multi-sig dk-present dk-q-empty dk-tags pre-rfc arc-instance
 arc-duplicate arc-seal-h arc-cv pix-mime-listed sig-long""".split()
# opendkim 2.11 signs with no RSA key below 1024 bits, whatever MinimumKeyBits says, and what it
# signs with Ed25519 and the header as it is ("simple") its own verifier refuses.
KEYS = {"rsa": ("rsa", 2048), "small": ("rsa", 1024), "ed": ("ed25519", 0)}
LONGER = "*,+Content-Type,+MIME-Version,+Message-ID"  # SignHeaders
CHAINS = {"after": ["opendkim/socket", "milter.sock"], "before": ["milter.sock", "opendkim/socket"],
          "rspamd": ["rspamd/socket", "milter.sock"]}
# A body that a mail server and a signer could disagree about.
NASTY = (b"Gr\xc3\xbc\xc3\x9fe\r\n.\r\n..dots\r\n" + b"x" * 3000 + b"\r\nblanks \t \r\n"
         b"a  b\t\tc\r\n \t\r\n\r\n\r\n")


def policy(live, text, **groups):
    live.milter.reload(live.configuration(live.milter, policy=text, **groups))


def send(live, name, text, listener="smtpd", code=250):
    """A message in a session of this name; its record."""
    session = live.hello(name, listener)
    session.mail(text, code=code, parameters=" BODY=8BITMIME")
    session.quit()
    EXPECTED[name, "message"] = EXPECTED.get((name, "message"), 0) + 1
    return live.log.message(name)


def arrived(live, name):
    return live.mta.delivery(f"Subject: {name}\n")


def fields(mail, wanted):
    """The values of these fields as a milter sees them: from the colon on, folds as LF."""
    found = []
    for line in mail.split(b"\n\n", 1)[0].split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            found[-1] += b"\n" + line
        else:
            found.append(line)
    return [f.split(b":", 1)[1].decode("latin-1") for f in found
            if f.split(b":", 1)[0].lower() == wanted.lower().encode()]


def tags_of(value):
    """name=value; of a signature, all white space out."""
    pairs = [t.split("=", 1) for t in re.sub(r"\s", "", value).split(";") if t]
    return dict(pairs)


def signed(live, name, text, listener="after"):
    """Sends it through the signer, and gives its record, what it says of the signature, and the
    tags of the signature that arrives: both must say the same, and the signature must hold."""
    record = send(live, name, text, listener)
    mail = arrived(live, name)
    values = fields(mail, "DKIM-Signature")
    equal(len(values), 1, "signatures that arrive")
    tags = tags_of(values[0])
    equal(len(record["dkim"]), 1, "signatures in the record")
    own = record["dkim"][0]
    members(own, kind="dkim", domain=tags["d"], selector=tags["s"], algorithm=tags["a"],
            body_hash="match")
    for found in record["findings"]:
        if found["rule"] == "content-type-embedded":
            place = values[0][found["offset"]:]
            equal(place[:12].lower(), "content-type", "what stands at the offset")
    equal(len(fields(mail, "X-Fixup-Policy")), 1, "tags of ours")
    live.opendkim.verifies(mail)
    return record, own, tags


def embedded(record):
    """The shape in which the record has Content-Type within the signature, and the outcome."""
    return [f["detail"] for f in record["findings"] if f["rule"] == "content-type-embedded"]


def settings_of_opendkim(tap, live):
    """What a setting of opendkim.conf makes of a signature: name, key, settings, more fields,
    tags that have to be so, anomalies, shape of Content-Type."""
    rows = (
        ("opendkim's defaults", "rsa", {}, [TEXT],
         {"c": "simple/simple", "h": "From:To:Date:Subject"}, [], "none"),
        ("the opendkim.conf of Debian oversigns From", "rsa",
         {"Canonicalization": "relaxed/simple", "OversignHeaders": "From"}, [TEXT],
         {"h": "From:To:Date:Subject:From"}, ["dkim-h-oversign"], "none"),
        ("Content-Type signed at the end of the list", "rsa", {"SignHeaders": LONGER}, [TEXT],
         {"h": "From:To:Date:Message-ID:Subject:Content-Type"}, [], "listed"),
        ("Content-Type signed, others after it", "rsa", {"SignHeaders": LONGER},
         [TEXT, "MIME-Version: 1.0"],
         {"h": "From:To:Date:Message-ID:Subject:Content-Type:MIME-Version"},
         ["dkim-pix-mime-listed"], "colon"),
        ("Content-Type where opendkim folds the list", "rsa",
         {"SignHeaders": LONGER + ",+X-" + "y" * 27}, ["X-" + "y" * 27 + ": 1", TEXT,
                                                      "MIME-Version: 1.0"],
         {}, ["dkim-pix-mime-listed"], "folded"),
        ("Content-Type signed, and none there", "rsa",
         {"SignHeaders": LONGER, "OversignHeaders": "Content-Type,From"}, [],
         {}, ["dkim-h-absent", "dkim-h-oversign"], "none"),
        ("BodyLengths", "rsa", {"BodyLengthDB": "csl:box@maildir.test"}, [TEXT],
         {"l": "9"}, ["dkim-h-partial", "dkim-l-present"], "none"),
        ("a part of the body", "rsa", {"MaximumSignedBytes": "3"}, [TEXT],
         {"l": "3"}, ["dkim-h-partial", "dkim-l-present"], "none"),
        ("SignatureTTL", "rsa", {"SignatureTTL": "60"}, [TEXT], {}, [], "none"),
        ("Diagnostics: Content-Type stands in z=", "rsa", {"Diagnostics": "yes"}, [TEXT],
         {"h": "From:To:Date:Subject"}, ["dkim-z-present"], "none"),
        ("Ed25519", "ed", {"SignatureAlgorithm": "ed25519-sha256",
                           "Canonicalization": "relaxed/simple"}, [TEXT],
         {"a": "ed25519-sha256"}, [], "none"),
        ("SHA-1", "rsa", {"SignatureAlgorithm": "rsa-sha1"}, [TEXT],
         {"a": "rsa-sha1"}, ["dkim-a-sha1"], "none"),
        ("a key of 1024 bits", "small", {}, [TEXT], {}, [], "none"),
    )
    for number, (what, key, settings, more, wanted, anomalies, shape) in enumerate(rows):
        with tap.case(what):
            live.opendkim.sign(key, **settings)
            name = f"set{number}.example.org"
            record, own, tags = signed(live, name, message(*more, mark=name, body="A line.\r\n"))
            members(tags, **wanted)
            members(own, content_type=shape)
            equal(sorted(own["anomalies"]), anomalies, "anomalies")
            equal(embedded(record), [] if shape == "none" else [shape], "content-type-embedded")
            equal(record["would"], "drop" if embedded(record) else "flag" if anomalies else "pass",
                  "would")


def canonicalisation(tap, live):
    for canon in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"):
        with tap.case(f"{canon}: signed, tagged, delivered, verified, of a nasty body"):
            live.opendkim.sign("rsa", Canonicalization=canon)
            name = canon.replace("/", ".") + ".example.org"
            _, _, tags = signed(live, name, message(TEXT, mark=name, body=NASTY))
            members(tags, c=canon)
    with tap.case("forged tags are taken out below a signature, and it holds"):
        name = "forged.example.org"
        text = message("X-Fixup-Policy: one", TEXT, "X-Fixup-Policy: two", mark=name)
        signed(live, name, text)


    with tap.case("a signer that lists our field makes signatures that do not outlive it"):
        live.opendkim.sign("rsa", SignHeaders="*,+X-Fixup-Policy", OversignHeaders="X-Fixup-Policy")
        name = "listed.example.org"
        send(live, name, message(TEXT, mark=name), "after")
        check("failed" in live.opendkim.verify(arrived(live, name)), "it does")
        live.opendkim.sign("rsa")


def order(tap, live):
    with tap.case("asked before the signer we see no signature, and break none"):
        name = "before.example.org"
        record = send(live, name, message(TEXT, mark=name), "before")
        equal(record["dkim"], [], "dkim")
        mail = arrived(live, name)
        equal(len(fields(mail, "X-Fixup-Policy")), 1, "tags")
        live.opendkim.verifies(mail)
    with tap.case("mail that was signed elsewhere comes in: the hash is right here, too"):
        mail = arrived(live, "relaxed.relaxed.example.org")
        names = ("return-path", "x-original-to", "delivered-to")
        lines = mail.split(b"\n")
        while lines[0].split(b":")[0].decode().lower() in names:
            lines.pop(0)
        data = b"\r\n".join(lines)
        record = send(live, "again.example.org", data)
        members(record["dkim"][0], selector="rsa", body_hash="match")
    with tap.case("a verifier before us changes nothing"):
        live.opendkim.sign("rsa", Mode="v", TestPublicKeys=live.opendkim.public,
                           InternalHosts="198.51.100.1")
        name = "verifier.example.org"
        record = send(live, name, data, "after")
        equal(len(record["dkim"]), 1, "signatures")
        members(record["dkim"][0], selector="rsa", body_hash="match")
        said = fields(live.mta.delivery("from " + name), "Authentication-Results")
        check("dkim=pass" in "".join(said), f"the verifier: {said}")
    with tap.case("a change to the body on the way shows"):
        record = send(live, "changed.example.org", data + b"-- \r\nfooter\r\n")
        members(record["dkim"][0], selector="rsa", body_hash="mismatch")
        check("dkim-bh-mismatch" in record["dkim"][0]["anomalies"], "anomaly")
        members(finding(record, "dkim-bh-mismatch"), action="log", severity="fault",
                enforced=False, signature=1)


def whose_mail(tap, live):
    """Which mail opendkim signs at all, as fixup-milter(8) has it."""
    below = message(TEXT, mark="below").replace(b"a@example.org", b"MAILER-DAEMON@host.example.org")
    for name, settings, text, domain in (
            ("plain", {}, message(TEXT, mark="plain"), "example.org"),
            ("foreign", {"InternalHosts": "192.0.2.0/24"}, message(TEXT, mark="foreign"), None),
            ("below", {}, below, None),
            ("subdomains", {"SubDomains": "yes"}, below, "example.org")):
        with tap.case(f"signed by opendkim: {name}"):
            live.opendkim.sign("rsa", **settings)
            record = send(live, f"whose-{name}.example.org", text, "after")
            equal([s["domain"] for s in record["dkim"]], [domain] if domain else [], "signed by")


def local_mail(tap, live):
    """non_smtpd_milters: what sendmail(1) hands over is signed and then seen."""
    with tap.case("mail submitted on the host: signed, then seen, then verified"):
        live.opendkim.sign("rsa")
        text = message(TEXT, mark="local.example.org").replace(b"\r\n", b"\n")
        done = live.postfix.command("/usr/sbin/sendmail", "-i", "-f", "a@example.org",
                                    "box@maildir.test", input=text)
        equal((done.returncode, done.stderr), (0, b""), "sendmail")
        record = live.log.wait(type="message", message_id="<local.example.org@example.org>")[0]
        EXPECTED[record["client"]["helo"], "message"] = 1
        members(record["dkim"][0], selector="rsa", body_hash="match")
        live.opendkim.verifies(arrived(live, "local.example.org"))
    with tap.case("a bounce: signed and seen with internal_mail_filter_classes"):
        live.opendkim.sign("rsa", Domain="example.org,mx.example.net")
        text = message(TEXT, mark="gone.example.org").replace(b"\r\n", b"\n")
        live.postfix.command("/usr/sbin/sendmail", "-i", "-f", "box@maildir.test",
                             "gone@maildir.test", input=text)
        mail = live.mta.delivery("Subject: Undelivered Mail Returned to Sender")
        record = live.log.wait(type="message", **{"from": ""})[0]
        members(record["dkim"][0], domain="mx.example.net", body_hash="match")
        equal(len(fields(mail, "X-Fixup-Policy")), 1, "tags of ours")
    with tap.case("mail of the host itself is a client on 127.0.0.1, with a policy of its own"):
        policy(live, "", clients='{ networks = [ "127.0.0.0/8" ]; profile = "pix-7.2.2"; }')
        text = message(TEXT, mark="own.example.org").replace(b"\r\n", b"\n")
        live.postfix.command("/usr/sbin/sendmail", "-i", "-f", "a@example.org",
                             "box@maildir.test", input=text)
        record = live.log.wait(type="message", message_id="<own.example.org@example.org>")[0]
        members(record, profile="pix-7.2.2")
        EXPECTED[record["client"]["helo"], "message"] = 4
        policy(live, TELL + ' mode = "tag";')


# As README has it.
SIGN_HEADERS = "(o)from:(x)sender:(o)reply-to:(o)subject:(o)date:(o)message-id:(o)to:(o)cc:" \
               "(x)in-reply-to:(x)references"


def with_rspamd(tap, live):
    if rspamd.program() is None:
        tap.skip("rspamd", "there is none (FX_RSPAMD_ROOT may name an unpacked one)")
        return
    with tap.case("rspamd's defaults: Content-Type within the list, all of it oversigned"):
        live.rspamd = rspamd.Rspamd(live.base, live.opendkim)
        name = "rspamd.example.org"
        record, own, tags = signed(live, name, message(TEXT, "MIME-Version: 1.0", mark=name,
                                                       body=NASTY), "rspamd")
        members(tags, c="relaxed/relaxed")
        check("content-type:content-type" in tags["h"], tags["h"])
        equal(own["content_type"] in ("colon", "folded"), True, "shape")
        check("dkim-h-oversign" in own["anomalies"], own["anomalies"])
        equal(record["would"], "drop", "would")
        live.rspamd.stop()
    with tap.case("rspamd with sign_headers that leave Content-Type out"):
        live.rspamd = rspamd.Rspamd(live.base, live.opendkim, f'sign_headers = "{SIGN_HEADERS}";')
        name = "rspamd2.example.org"
        record, own, tags = signed(live, name, message(TEXT, "MIME-Version: 1.0", mark=name,
                                                       body=NASTY), "rspamd")
        members(own, content_type="none")
        check("content-type" not in tags["h"], tags["h"])
        equal(embedded(record), [], "content-type-embedded")


def simple(body):
    return re.sub(rb"(\r\n)*\Z", b"", body) + b"\r\n"


def relaxed(body):
    body = re.sub(rb"[ \t]+", b" ", body)
    body = re.sub(rb" (?=\r\n|\Z)", b"", body)
    body = re.sub(rb"(\r\n)*\Z", b"", body)
    return body + b"\r\n" if body else b""


def hashed(body):
    """Four signature fields with the hashes of this body; b= is none of a key."""
    made = []
    for canon in (simple, relaxed):
        for algorithm in ("sha1", "sha256"):
            digest = base64.b64encode(hashlib.new(algorithm, canon(body)).digest()).decode()
            made.append(f"DKIM-Signature: v=1; a=rsa-{algorithm}; c=relaxed/{canon.__name__};"
                        f" d=example.org;\r\n s=hash; h=from:to:date:subject;\r\n bh={digest};"
                        f"\r\n b={base64.b64encode(bytes(256)).decode()}")
    return made


# Bodies as they go over the wire, and what the MTA makes of some: another body, to which what was
# signed is no match, or a refusal.
REFUSED = 421
BODIES = {
    "no body": (b"", {}),
    "empty lines": (b"\r\n\r\n\r\n", {}),
    "one line": (b"x\r\n", {}),
    "blanks and empty lines at the end": (b"x \t\r\n\t\r\n \r\n\r\n", {}),
    "8 bits": (bytes(range(0x80, 0x100)) + b"\r\n", {}),
    "dots": (b".\r\n..\r\n.x\r\n", {}),
    "lines of 900 to 5000 octets": (b"".join(b"y" * n + b"\r\n" for n in range(900, 5001, 41)), {}),
    "a line of 200,000 octets": (b"z" * 200000 + b"\r\n", {}),
    "a bare CR": (b"a\rb\r\n", {"postfix": b"a b\r\n", "sendmail": REFUSED}),
    "CRs before the line end": (b"a\r\r\nb\r\n", {"postfix": b"a\r\nb\r\n",
                                                  "sendmail": REFUSED}),
    "a bare LF": (b"a\nb\r\n", {"postfix": b"a\r\nb\r\n", "sendmail": REFUSED}),
    "NULs": (b"a\0b\r\n\0\r\n", {}),
    "1 MB": (b"".join(b"%06d and some more text \r\n" % n for n in range(36000)), {}),
}


def incoming(tap, live):
    for number, (what, (body, altered)) in enumerate(BODIES.items()):
        with tap.case(f"the hashes of a body: {what}"):
            got = altered.get(MTA, body)
            name = f"body{number}.example.org"
            if got == REFUSED:
                record = send(live, name, message(*hashed(body), mark=name, body=body),
                              code=REFUSED)
                check(record["ended"] != "eom", record["ended"])
                continue
            record = send(live, name, message(*hashed(body), *hashed(got), mark=name, body=body))
            results = [s["body_hash"] for s in record["dkim"]]
            equal(results[4:], ["match"] * 4, "of what the MTA hands on")
            equal(results[:4], ["match" if got == body else "mismatch"] * 4, "of what was sent")


def lifetimes(tap, live):
    good, bad = hashed(b"A line.\r\n"), hashed(b"Another line.\r\n")
    with tap.case("messages on one connection, RSET, DATA given up: each has its own signatures"):
        name = "lifetimes.example.org"
        session = live.hello(name)
        session.mail(message(*good[:2], TEXT, mark="l1"))
        session.mail(message(TEXT, mark="l2"))
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.expect(250, "RSET")
        session.mail(message(bad[3], mark="l4"))
        session.mail(message(good[1], bad[1], good[3], TEXT, mark="l5"))
        session.quit()
        EXPECTED[name, "message"] = 5
        records = live.log.wait(count=5, type="message", helo=name)
        equal([[s["body_hash"] for s in r.get("dkim") or []] for r in records],
              [["match"] * 2, [], [], ["mismatch"], ["match", "mismatch", "match"]], "body_hash")
        equal([r["ended"] for r in records], ["eom", "eom", "abort", "eom", "eom"], "ended")
        for record, count in zip(records, (2, 0, 0, 1, 3)):
            numbers = {f.get("signature", 1) for f in record["findings"]}
            check(not numbers or max(numbers) <= count, "a finding of another message")
    with tap.case("given up in DATA, after a signature was sent: nothing of it is told"):
        name = "dropped.example.org"
        session = live.hello(name)
        session.mail(message(good[1], mark="d1"))
        session.expect(250, "MAIL FROM:<a@example.org>")
        session.expect(250, "RCPT TO:<box@maildir.test>")
        session.expect(354, "DATA")
        session.send(message(*bad, mark="d2"))
        session.vanish()
        EXPECTED[name, "message"] = 2
        first, second = live.log.wait(count=2, type="message", helo=name)
        equal([s["body_hash"] for s in first["dkim"]], ["match"], "the first")
        equal((second["ended"], second.get("dkim") or []), ("close", []), "the second")
    with tap.case("a reload between two messages: the connection goes on as it began"):
        name = "reload.example.org"
        session = live.hello(name)
        session.mail(message(good[1], mark="r1"))
        policy(live, TELL + "".join(off("bh-mismatch", "l-large")))
        session.mail(message(good[1], mark="r2"))
        later = send(live, "later.example.org", message(good[1], mark="r3"))
        session.quit()
        EXPECTED[name, "message"] = 2
        records = live.log.wait(count=2, type="message", helo=name)
        equal([r["dkim"][0]["body_hash"] for r in records + [later]],
              ["match", "match", "unchecked"], "body_hash")


def off(*rules, more=""):
    return " rules : { " + "".join(f'dkim-{r} = "off"; ' for r in rules) + more + "};"


def policies(tap, live):
    both = (hashed(b"other\r\n")[1], TEXT)
    embedded_off = 'content-type-embedded = "off"; '
    rows = (
        ("both rules that need it off: hashes are not computed", off("bh-mismatch", "l-large"),
         "unchecked"),
        ("one of them on: they are", off("bh-mismatch"), "mismatch"),
        ("everything but content-type-embedded off: signatures, no hashes", off(*ALL_RULES),
         "unchecked"),
        ("everything off: no word of signatures", off(*ALL_RULES, more=embedded_off), None),
    )
    for number, (what, text, wanted) in enumerate(rows):
        with tap.case(what):
            policy(live, TELL + text)
            name = f"policy{number}.example.org"
            record = send(live, name, message(*both, mark=name))
            if wanted is None:
                check("dkim" not in record, "there is a member dkim")
            else:
                equal(record["dkim"][0]["body_hash"], wanted, "body_hash")
    with tap.case("clients blocks: one with, one without, each as its own policy says"):
        everything = off(*ALL_RULES, more=embedded_off)
        policy(live, TELL, clients=f'{{ daemon_name = "staging"; {everything} }},'
                                   ' { daemon_name = "after"; mode = "off"; }')
        check("dkim" not in send(live, "c1.example.org", message(*both, mark="c1"), "staging"),
              "staging has a member dkim")
        members(send(live, "c2.example.org", message(*both, mark="c2"))["dkim"][0],
                body_hash="mismatch")
        live.opendkim.sign("rsa")
        session = live.hello("c3.example.org", "after")  # mode off: census() sees no record
        session.mail(message(*both, mark="c3.example.org"))
        session.quit()
    with tap.case("one daemon for both directions: another profile for mail that goes out"):
        live.opendkim.sign("rsa", SignHeaders=LONGER)
        policy(live, 'content_type_grade = "colon";',
               clients='{ daemon_name = "after"; profile = "pix-7.2.2"; }')
        text = message(TEXT, "MIME-Version: 1.0", mark="d1")
        members(send(live, "d1.example.org", text), profile="asa-9", would="pass", dkim=[])
        record = send(live, "d2.example.org", text, "after")
        members(record, profile="pix-7.2.2", would="drop")
        equal(embedded(record), ["colon"], "content-type-embedded")


def enforced(tap, live):
    folded = "DKIM-Signature: v=1; a=rsa-sha256; h=from:\r\n content-type:to; b=AA=="
    policy(live, 'profile = "pix-7.2.2"; mode = "enforce"; dkim_severity = "note";')
    with tap.case("enforce: anomalies of a signature refuse nothing"):
        record = send(live, "enforce1.example.org",
                      message(*hashed(b"other\r\n"), "DKIM-Signature: nonsense", mark="e1"))
        check({r for r, _ in findings(record)} >= {"dkim-bh-mismatch", "dkim-tag-syntax"},
              findings(record))
        equal({f["enforced"] for f in record["findings"]}, {False}, "enforced")
        members(record, verdict="flag", would="flag", reply=None, ended="eom")
    with tap.case("enforce: Content-Type at the start of a folded line still drops"):
        record = send(live, "enforce2.example.org", message(folded, TEXT, mark="e2"),
                      code="421 4.7.0")
        members(record, verdict="drop", would="drop", ended="answered")
        members(finding(record, "content-type-embedded"), detail="folded", enforced=True)
    with tap.case("enforce: in the middle of a line it is not refused by default"):
        record = send(live, "enforce3.example.org",
                      message(folded.replace("\r\n ", ""), TEXT, mark="e3"))
        members(record, ended="eom", reply=None)
        members(record["dkim"][0], content_type="colon")
        equal([f for f in findings(record) if f[0] == "content-type-embedded"], [], "findings")


def signer_down(tap, live):
    """The signer is no more. "after" has the default action of Postfix itself, tempfail."""
    live.opendkim.stop()
    policy(live, TELL)
    with tap.case("the signer is down: the default action decides, and the log shows what went out"):
        session = live.hello("down1.example.org", "after")
        session.expect("451 4.7.1", "MAIL FROM:<sender@example.org>")
        session.quit()
        record = send(live, "down2.example.org", message(mark="down2"), "down")
        members(record, listener="down", ended="eom", dkim=[])
        if shutil.which("jq") is None:
            return
        with open(SOURCE + "/man/fixup-milter.8") as f:
            page = f.read()
        line = re.search(r"^\$ (jq -r 'select\(.listener == [^']*') compliance", page, re.M)[1]
        told = subprocess.run(["sh", "-c", line.replace('"submission"', '"down"') + " " +
                               shlex.quote(live.milter.log_path)],
                              stdout=subprocess.PIPE, check=True)
        equal(told.stdout.decode(), f"{record['time']}\t{record['queue_id']}\t{record['from']}\n",
              "what jq lists")


LISTENERS = {**{name: {"milter_macro_daemon_name": name} for name in ("smtpd", "staging")},
             "inet": {}, "down": {"milter_macro_daemon_name": "down",
                                  "smtpd_milters": "$down_milters"}}


def test(tap):
    settings = {"down_milters": "{ unix:BASE/opendkim/socket, default_action=accept }, "
                                "unix:BASE/milter.sock",
                "non_smtpd_milters": "unix:BASE/opendkim/socket, unix:BASE/milter.sock",
                "internal_mail_filter_classes": "bounce",
                "transport_maps": "inline:{ discard.test=discard:, gone@maildir.test=error:gone }"}
    with Live(settings, LISTENERS if MTA == "postfix" else None, chains=CHAINS) as live:
        live.rspamd = None
        live.opendkim = Opendkim(live.base, KEYS)
        live.milter = live.start(policy=TELL + ' mode = "tag";', more="limits : { findings = 100; };")
        live.log = live.milter.log
        try:
            settings_of_opendkim(tap, live)
            canonicalisation(tap, live)
            order(tap, live)
            whose_mail(tap, live)
            if MTA == "postfix":
                local_mail(tap, live)
            with_rspamd(tap, live)
            policy(live, TELL)
            incoming(tap, live)
            lifetimes(tap, live)
            policies(tap, live)
            enforced(tap, live)
            if MTA == "postfix":
                signer_down(tap, live)
        finally:
            live.opendkim.stop()
            if live.rspamd:
                live.rspamd.stop()
        census(tap, live.milter, EXPECTED)


main(test, missing=opendkim.missing)
