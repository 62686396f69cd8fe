#!/usr/bin/env python3
"""test_oracles.py - what others make of a Postfix with the settings of fixupctl mtaconf: an
unmodified Postfix client that delivers to it, and nmap's detection of versions. Nobody here
wrote either. Each is also asked about a Postfix without the settings, and must not say it then.

Only the port of the private Postfix on 127.0.0.1 is scanned."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import postfix
from daemon import CONTROL, PROFILES
from harness import main, message
from mtaconf import main_cf, written
from smtp import Smtp
from tap import Skip, check, equal, until

CISCO = "Cisco PIX sanitized smtpd"  # nmap's name for it
# The other workaround, delay_dotcrlf, is for mail that has waited for some minutes.
WORKAROUNDS = "enabling PIX workarounds: disable_esmtp for "
STARS = ["pix-6.3", "pix-4.4", "fwsm-2.3", "asa-9"]
# How recog's smtp_banners.xml tells greetings, behind the code, and what it calls them.
RECOG = [(re.compile(r"^[*20 ]{1,1000}$"), "Cisco PIX"),
         (re.compile(r"^SMTP/cmap ready_+$"), "Cisco PIX 4.x")]


class Server:
    """A private Postfix with the settings for a profile; without one, with none."""

    def __init__(self, profile=None):
        self.base = tempfile.mkdtemp(prefix="fixup-live.")
        os.chmod(self.base, 0o755)
        settings = {}
        if profile is not None:
            settings = main_cf(written("postfix", profile, self.base + "/mtaconf")["fixup-main.cf"])
        self.postfix = postfix.Postfix(self.base + "/server", settings)
        self.client = None
        self.profile = profile

    def __enter__(self):
        try:
            os.mkdir(self.postfix.base)
            self.postfix.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for one in (self.client, self.postfix):
            if one is not None:
                one.stop()
        shutil.rmtree(self.base, ignore_errors=True)

    def port(self):
        return self.postfix.ports["smtpd"]

    def deliver(self):
        """A second Postfix takes one message and relays it here; gives what its client logged."""
        self.client = postfix.Postfix(self.base + "/client", {
            "relayhost": f"[127.0.0.1]:{self.port()}",
            "default_transport": "smtp", "relay_transport": "smtp", "transport_maps": "",
            "virtual_mailbox_domains": "", "virtual_mailbox_maps": "",
            "myhostname": "client.example.org"})
        os.mkdir(self.client.base)
        self.client.start()
        mark = self.profile or "none"
        with Smtp(self.client.ports["smtpd"]) as session:
            session.expect(250, "HELO localhost")
            session.mail(message(mark=mark), to=("box@maildir.test",))
            session.quit()
        self.postfix.delivery(f"<{mark}@example.org>", seconds=30)
        until(lambda: "status=sent" in self.client.said(), "the client has noted it")
        return [line for line in self.client.said().splitlines() if "/smtp[" in line]

    def recog(self):
        """What recog's patterns call the greeting, or None."""
        with Smtp(self.port()) as session:
            greeting = session.banner.text[4:]
            session.quit()
        return next((name for pattern, name in RECOG if pattern.match(greeting)), None)

    def scan(self):
        """nmap's words about this one port."""
        if shutil.which("nmap") is None:
            raise Skip("there is no nmap")
        done = subprocess.run(["nmap", "-n", "-Pn", "-sT", "-sV", "-p", str(self.port()), "127.0.0.1"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        text = done.stdout.decode(errors="replace")
        equal(done.returncode, 0, "nmap: " + done.stderr.decode(errors="replace"))
        lines = [line for line in text.splitlines() if line.startswith(f"{self.port()}/tcp")]
        equal(len(lines), 1, text)
        return lines[0]


def recognized(tap, profile):
    with Server(profile) as server:
        with tap.case(f"{profile}: Postfix's client enables its PIX workarounds"):
            said = server.deliver()
            found = [line for line in said if WORKAROUNDS in line]
            equal(len(found), 1, f"lines with it in {said}")
            check(found[0].endswith(f"127.0.0.1[127.0.0.1]:{server.port()}"), found[0])
        with tap.case(f"{profile}: nmap -sV calls it a Cisco PIX"):
            line = server.scan()
            check(CISCO in line, line)
        with tap.case(f"{profile}: so does recog's pattern"):
            equal(server.recog(), "Cisco PIX", "by its pattern")


def unmasked(tap, profile, recog=None):
    what = profile or "without the settings"
    with Server(profile) as server:
        with tap.case(f"{what}: Postfix's client enables nothing"):
            said = server.deliver()
            check(said, "the client has said something")
            equal([line for line in said if "PIX" in line], [], "lines about PIX")
        with tap.case(f"{what}: nmap sees no Cisco PIX"):
            line = server.scan()
            check(" open " in line, line)
            check("Cisco" not in line and "PIX" not in line, line)
        with tap.case(f"{what}: recog's patterns know {recog}"):
            equal(server.recog(), recog, "by its pattern")


def test(tap):
    unmasked(tap, None)
    for profile in STARS:
        recognized(tap, profile)
    unmasked(tap, "pix-4.1", recog="Cisco PIX 4.x")
    unmasked(tap, "zorp")


def missing():
    return None if postfix.has_pcre() else "this Postfix has no tables with PCRE (postfix-pcre)"


os.environ["FX_LIVE_PROFILES"] = PROFILES
main(test, mta=postfix, program=CONTROL, missing=missing)
