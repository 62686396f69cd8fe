#!/usr/bin/env python3
"""test_signatures.py - what is said of the signatures in the corpora of other projects.

A table of rule, folder and number of messages is compared with golden.tsv, so that any change
of it shows: --update writes it anew. Further the body hashes are compared with those of
oracle.py, which shares no code with the project, and messages that their own projects call
valid must have no fault but those of exceptions.tsv, each with its reason."""
import collections
import csv
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "live"))

import oracle
from checker import SOURCE, checked
from tap import Tap, check, equal, skip_all

CORPORA = os.environ.get("FX_CORPORA") or os.path.join(SOURCE, "..", "shared", "corpora")
FOLDERS = ("arc_test_suite", "dkim_verifier", "dkimpy", "mail-dkim", "misc-testdata",
           "spamassassin")
# Files that are no messages.
UNREAD = [
    "arc_test_suite/v_cv_empty.eml: empty",
    "arc_test_suite/v_cv_no_headers.eml: not mail: no header field at its start",
    "spamassassin/spam__bsmtp: not mail: no header field at its start",  # an SMTP dialogue
    "spamassassin/spam__bsmtpnull: not mail: no header field at its start",
]

# Valid by the names that their projects gave them; the others say it in a table.
VALID = {
    "dkimpy": r"rfc6376\.signed\.msg",
    "dkim_verifier": r"rfc6376-A\.2\.eml|rfc8463-A\.3\.eml|arh__rfc6376-A\.2-arh-valid.*"
                     r"|bimi__rfc6376.*|dkim__alignment-signed_by_parent_domain\.eml"
                     r"|dkim__flags_s-auid_and_sdid_match\.eml"
                     r"|dkim__time-received_after_creation\.eml|original__Fastmail.*",
    "spamassassin": r"dkim__test-pass-.*",
}


def rows(name):
    with open(name, newline="") as f:
        lines = [line for line in f if not line.startswith("#")]
    return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def expected_verdicts():
    return dict(rows(os.path.join(CORPORA, "mail-dkim.expected.tsv")))


def expected_cv():
    return {row[0]: row[1] for row in rows(os.path.join(CORPORA,
                                                        "arc_test_suite.expected-cv.tsv"))}


def table(said):
    """rule, folder -> messages"""
    count = collections.Counter()
    for name, message in said.items():
        folder = name.split("/")[0]
        count["messages", folder] += 1
        count.update({(row, folder) for row in message.rows()})
    return count


def text_of(count):
    lines = [f"{rule}\t{folder}\t{n}\n" for (rule, folder), n in sorted(count.items())]
    return "".join(["# rule, folder, messages: written by test_signatures.py --update\n"] + lines)


def names(said, folder, pattern):
    return [n for n in said if re.fullmatch(f"{folder}/(?:{pattern})", n.split("#")[0])]


def valid(said):
    """Messages whose projects call them valid."""
    good = [n for folder, pattern in VALID.items() for n in names(said, folder, pattern)]
    good += [f"mail-dkim/{n}" for n, v in expected_verdicts().items() if v == "pass"]
    good += [f"arc_test_suite/{n}" for n, v in expected_cv().items() if v == "Pass"]
    return sorted(good)


def with_body_hash(name):
    """The message has a DKIM signature with bh=."""
    return any(field.lower() == b"dkim-signature" and "bh" in oracle.tags(value)
               for _, fields, _ in oracle.messages(os.path.join(CORPORA, name))
               for field, value in fields)


def golden(tap, said):
    with tap.case("the table of rules and folders is the one in golden.tsv"):
        now = text_of(table(said))
        path = os.path.join(HERE, "golden.tsv")
        if "--update" in sys.argv:
            with open(path, "w") as f:
                f.write(now)
        with open(path) as f:
            before = f.read()
        gone = sorted(set(before.splitlines()) - set(now.splitlines()))
        new = sorted(set(now.splitlines()) - set(before.splitlines()))
        equal(([], []), (gone, new), "lines that are not there any more, and new ones")


def body_hashes(tap, said):
    with tap.case("body hashes are those of another implementation"):
        count, differ = collections.Counter(), []
        for name in sorted({n.split("#")[0] for n in said}):
            for source, fields, body in oracle.messages(os.path.join(CORPORA, name)):
                source = os.path.relpath(source, CORPORA)
                want = [v for v in (oracle.verdict(n, value, body) for n, value in fields) if v]
                got = said[source].hashes() if source in said else None
                count.update(want)
                if got != want:
                    differ.append(f"{source}: got {got}, expected {want}")
        check(not differ, "\n".join(differ))
        check(count["match"] > 200 and count["mismatch"] > 10, f"few: {count}")
        print("# signatures: " + ", ".join(f"{n} {v}" for v, n in sorted(count.items())))
    with tap.case("what its project calls pass has a body hash that matches"):
        asked = [f"mail-dkim/{n}" for n, v in expected_verdicts().items() if v == "pass"]
        asked = [n for n in asked if with_body_hash(n)]
        asked += names(said, "spamassassin", "dkim__test-pass-.*|dkim__test-fail-0[2-9].*")
        check(len(asked) >= 24 + 23 + 8, f"only {len(asked)} messages")
        equal([n for n in asked if "match" not in said[n].hashes()], [], "without")


def faults(tap, said):
    reasons = {(row[0], row[1]): row[2] for row in rows(os.path.join(HERE, "exceptions.tsv"))}
    good = valid(said)
    met = {(n, rule) for n in good for rule in said[n].faults}
    with tap.case("what its project calls valid has no fault that is not explained"):
        check(len(good) > 100, f"only {len(good)} messages")
        equal(sorted(met - set(reasons)), [], "faults without a reason")
    with tap.case("every exception is one"):
        equal(sorted(set(reasons) - met), [], "exceptions that are not met")
        print(f"# {len(good)} valid messages, {len({n for n, _ in met})} with a fault")


def chains(tap, said):
    cv = {f"arc_test_suite/{n}": v for n, v in expected_cv().items()}
    broken = {n for n in cv if n in said and any(r.startswith("dkim-arc-")
                                                 for r in said[n].faults)}
    with tap.case("no chain that is expected to pass has a fault of ARC"):
        equal(sorted(n for n in broken if cv[n] == "Pass"), [], "with a fault")
    with tap.case("chains that fail by their structure are found"):
        structure = [n for n in cv if cv[n] == "Fail" and re.search(
            r"/v_(a[ams][rs]|as)_struct_|/v_aar|_as_fields_(cv|i|h_present)|_ams_fields_i_"
            r"|/v_cv_fail_i\d_(ams_na|as\d?_(na|pass|none))", n)]
        check(len(structure) > 35, f"only {len(structure)}")
        equal(sorted(set(structure) - broken), [], "not found")
    failing = [n for n in cv if cv[n] == "Fail"]
    print(f"# of {len(failing)} chains that fail {len([n for n in failing if n in broken])} show "
          f"a fault of ARC, {len([n for n in failing if said[n].faults])} any fault")


def main():
    if not os.path.isdir(CORPORA):
        skip_all("the corpora are missing (FX_CORPORA)")
    tap = Tap()
    said = {}
    with tap.case("every message is read"):
        said, errors = checked([os.path.join(CORPORA, folder) for folder in FOLDERS], CORPORA)
        equal(errors, ["fixupctl: " + line for line in UNREAD], "what is no mail")
        check(len(said) > 600, f"only {len(said)} messages")
    if said:
        golden(tap, said)
        body_hashes(tap, said)
        faults(tap, said)
        chains(tap, said)
    sys.exit(tap.finish())


main()
