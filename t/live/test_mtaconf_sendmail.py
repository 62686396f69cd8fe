#!/usr/bin/env python3
"""test_mtaconf_sendmail.py - Sendmail with exactly what `fixupctl mtaconf --mta sendmail`
writes, for each profile: the dialogue is that of golden/sendmail-PROFILE.txt. With --update the
golden files are written."""
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import sendmail
from daemon import CONTROL, PROFILES
from dialogue import Sessions, golden
from harness import main
from mtaconf import limit_of, profiles, written
from sasl import Saslauthd
from tap import check, equal


def dialogue(base, name, profile):
    files = written("sendmail", name, base + "/mtaconf")
    sasl = Saslauthd(base + "/sasl")
    mta = sendmail.Sendmail(base + "/mta", mc=files["fixup-sendmail.mc"],
                            access=files.get("fixup-access", ""), sasl=base + "/sasl")
    try:
        os.mkdir(mta.base)
        mta.start()
        sessions = Sessions(mta.port)
        sessions.run(limit_of(profile))
        equal([line for line in mta.complaints() if "SYSERR" in line or "unsafe" in line], [],
              "complaints")
        return sessions.text(), mta.version
    finally:
        mta.stop()
        sasl.stop()


def plain(tap):
    """What the settings are held against: with none of them the dialogue is another."""
    with tap.case("without the settings the dialogue is another"):
        with tempfile.TemporaryDirectory(prefix="fixup-live.") as base:
            os.chmod(base, 0o755)
            mta = sendmail.Sendmail(base + "/mta")
            try:
                os.mkdir(mta.base)
                mta.start()
                sessions = Sessions(mta.port)
                sessions.open("greeting")
                reply = sessions.say("EHLO client.example.org")
                sessions.close()
                keywords = reply.keywords()
                for keyword in ("EXPN", "VERB", "STARTTLS", "DELIVERBY", "PIPELINING", "DSN"):
                    check(keyword in keywords, f"{keyword} in {keywords}")
                check("Sendmail" in sessions.lines[1], sessions.lines[1])
            finally:
                mta.stop()


def test(tap):
    plain(tap)
    for name, profile in profiles().items():
        with tap.case(f"{name}: the dialogue is the golden one"):
            base = tempfile.mkdtemp(prefix="fixup-live.")
            try:
                os.chmod(base, 0o755)
                text, version = dialogue(base, name, profile)
            finally:
                shutil.rmtree(base, ignore_errors=True)
            golden(f"sendmail-{name}", text,
                   f"## Sendmail {version} with fixupctl mtaconf --mta sendmail -p {name}\n")


os.environ["FX_LIVE_PROFILES"] = PROFILES
main(test, mta=sendmail, program=CONTROL)
