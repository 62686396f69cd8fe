#!/usr/bin/env python3
"""test_heads.py - head records: how often they come, what they say, that openssl(1) agrees with
their signatures, and that a copy of each leaves by syslog."""
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import chain
from chained import Chained, heads_said, hex_key, main, signed, signing_key
from tap import check, equal, until


def by_number(tap, base):
    with tap.case("a head after each 10 records, and none needed in between"):
        log = Chained(base, "number", "head_records = 10; head_seconds = 86400;").start()
        log.mail(95)
        kinds = [r["type"] for r in log.whole()]
        places = [n for n, kind in enumerate(kinds) if kind == "head"]
        equal([b - a - 1 for a, b in zip([-1] + places, places)], [10] * 9 + [7],
              "records before each head")
        equal(kinds[-2:], ["stop", "head"], "the end")


def by_time(tap, base):
    with tap.case("a head a second after something was written, and none while nothing is"):
        log = Chained(base, "time", "head_seconds = 1;").start()
        until(lambda: log.records("head"), "a head after start", 10)
        log.mail(1)
        until(lambda: len(log.records("head")) == 2, "a head after the message", 10)
        before = len(log.records())
        time.sleep(2.5)
        equal(len(log.records()), before, "records, after 2.5 seconds of nothing")
        log.whole()


def signatures(tap, base):
    key = hex_key(base + "/key")
    public = signing_key(base + "/signer")
    other = signing_key(base + "/other")
    log = Chained(base, "signed", f'signing_key_file = "{base}/signer"; head_records = 5; '
                                  f'key_file = "{base}/key";').start()
    options = ("--key", base + "/key")
    with tap.case("every head is signed over its prev; openssl agrees"):
        log.mail(12)
        records = log.whole(*options, "--pubkey", public, key=key)
        heads = [r for r in records if r["type"] == "head"]
        equal(len(heads), 3, "heads")
        for head in heads:
            signed(base, public, head)
        equal(len({head["signer"] for head in heads}), 1, "signers")
    with tap.case("the id of the signer is that of its public key"):
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"],
                             check=True, stdout=subprocess.PIPE).stdout
        equal(heads[0]["signer"], chain.digest(None, der[-32:])[:16], "signer")
    with tap.case("another public key does not verify"):
        chain.verify(log.parts(), *options, "--pubkey", other, status=1)
    with tap.case("a copy of each head was said, with hash, prev and signature"):
        equal(sorted(heads_said(log.said())), [(h["seq"], h["hash"], h["prev"], h["signature"])
                                               for h in heads], "heads said")
    with tap.case("the log is whole up to each head that was said, and not up to another"):
        said = [h[1] for h in heads_said(log.said())]
        chain.verify(log.parts(), *options, *(w for h in said for w in ("--head", h)))
        chain.verify(log.parts(), *options, "--head", "0" * 64, status=1)
    with tap.case("the signing key changes at reload: heads before and after are signed by each"):
        log.start()
        log.mail(3)
        log.set(f'signing_key_file = "{base}/other"; key_file = "{base}/key";')
        log.reloads()
        log.mail(3)
        equal(log.stop(), 0, "exit status")
        heads = [r for r in log.records("head") if r["seq"] > heads[-1]["seq"]]
        signers = [public] + [other] * (len(heads) - 1)
        check(len(heads) > 1, "heads")
        for head, signer in zip(heads, signers):
            signed(base, signer, head)
        chain.verify(log.parts(), *options, "--pubkey", public, "--pubkey", other)
        check("PRIVATE" not in log.said(), "the key is secret")


def unsigned(tap, base):
    with tap.case("without a signing key a head has no signature, and is said without one"):
        log = Chained(base, "unsigned").start()
        log.mail()
        head = log.whole()[-1]
        check(head["type"] == "head" and "signature" not in head and "signer" not in head,
              str(head))
        equal(sorted(heads_said(log.said())), [(head["seq"], head["hash"], head["prev"], None)],
              "heads said")


def test(tap, base):
    for part in (by_number, by_time, signatures, unsigned):
        part(tap, base)


main(test)
