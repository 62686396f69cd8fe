#!/usr/bin/env python3
"""test_rfc.py - the signed messages of the standards come out as the standards say.

    rfc/rfc6376-a2.eml   RFC 6376 appendix A.2, the message as it was signed
    rfc/rfc6376-a3.eml   appendix A.3, as it came, with a Received field more
    rfc/rfc8463-a3.eml   RFC 8463 appendix A.3, signed twice, Ed25519 and RSA

Their text is that of the standards, without its margin."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))

from checker import checked
from tap import Tap, equal

FOLDER = os.path.join(HERE, "rfc")
RFC6376 = {"kind": "dkim", "domain": "example.com", "selector": "brisbane",
           "algorithm": "rsa-sha256", "body_hash": "match", "content_type": "none",
           "anomalies": []}
# from, subject and date are signed once more than they are there, so that none can be added
RFC8463 = {"kind": "dkim", "domain": "football.example.com", "selector": "brisbane",
           "algorithm": "ed25519-sha256", "body_hash": "match", "content_type": "none",
           "anomalies": ["dkim-h-oversign"]}
# file -> signatures, what is said of the message and its signatures
EXPECTED = {
    "rfc6376-a2.eml": ([RFC6376], []),
    "rfc6376-a3.eml": ([RFC6376], []),
    "rfc8463-a3.eml": ([RFC8463, dict(RFC8463, selector="test", algorithm="rsa-sha256")],
                       [("dkim-h-oversign", 1, "from", 2, 1),
                        ("dkim-h-oversign", 2, "from", 2, 1),
                        ("dkim-multi-sig", None, None, 2, None)]),
}


def text(name):
    with open(os.path.join(FOLDER, name), "rb") as f:
        return f.read()


def said_of(data):
    """Of a message that is no file yet."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/m.eml", "wb") as f:
            f.write(data)
        return checked([f.name], folder)[0]["m.eml"]


def main():
    tap = Tap()
    for name, (signatures, found) in EXPECTED.items():
        with tap.case(f"{name} comes out as the standard says"):
            message = said_of(text(name))
            equal(message.signatures, signatures, "signatures")
            equal(sorted((f["rule"], f.get("signature"), f.get("evidence"), f.get("observed"),
                          f.get("limit")) for f in message.found), found, "findings")
            equal(message.faults, set(), "faults")
    with tap.case("line ends make no difference"):
        for name, (signatures, _) in EXPECTED.items():
            equal(said_of(text(name).replace(b"\n", b"\r\n")).signatures, signatures, name)
    with tap.case("another body is another body"):
        for name, (signatures, _) in EXPECTED.items():
            hashes = said_of(text(name).replace(b"hungry", b"Hungry")).hashes()
            equal(hashes, ["mismatch"] * len(signatures), name)
    with tap.case("a blank more is another body to simple, and none to relaxed"):
        hashes = {n: said_of(text(n).replace(b"game. ", b"game.  ")).hashes() for n in EXPECTED}
        equal(hashes, {"rfc6376-a2.eml": ["mismatch"], "rfc6376-a3.eml": ["mismatch"],
                       "rfc8463-a3.eml": ["match", "match"]}, "body hashes")
    with tap.case("a second From is signed in part by the one, and not at all by the other"):
        more = b"From: Eve <eve@example.org>\n"
        for name, expected in (("rfc6376-a2.eml", {"dkim-h-partial", "dkim-hdr-count"}),
                               ("rfc8463-a3.eml", {"dkim-h-oversign", "dkim-hdr-count",
                                                   "dkim-multi-sig"})):
            rules = {f["rule"] for f in said_of(more + text(name)).found}
            equal(rules, expected, name)
    sys.exit(tap.finish())


main()
