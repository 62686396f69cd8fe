"""checker.py - what the tool says of the signatures in files of messages."""
import json
import os
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("FX_SRCDIR") or os.path.join(HERE, "..", "..")
BUILD = os.environ.get("FX_BUILDDIR") or SOURCE
# Every anomaly becomes a finding, with its severity.
CONFIG = """policy : { profile = "pix-7.2.2"; content_type_grade = "listed"; dkim_severity = "note"; };
limits : { findings = 1000; signatures = 200; };
"""
AT = "2026-01-01T00:00:00Z"  # t= and x= are compared with it
RULES = re.compile(r"dkim-|content-type-")


class Checked:
    """What the tool says of one message."""

    def __init__(self, record):
        self.signatures = record.get("dkim", [])
        self.found = [f for f in record["findings"] if RULES.match(f["rule"])]
        self.faults = {f["rule"] for f in self.found if f.get("severity") == "fault"}

    def hashes(self):
        return [s["body_hash"] for s in self.signatures]

    def rows(self):
        """What counts in a table of messages."""
        for finding in self.found:
            yield finding["rule"]
            if finding["rule"] == "content-type-embedded":
                yield f"{finding['rule']}: {finding['detail']}"
        for signature in self.signatures:
            yield f"body_hash: {signature['body_hash']}"
            if signature["content_type"] != "none":
                yield f"content_type: {signature['content_type']}"
        if self.signatures:
            yield "signed"


def checked(paths, base):
    """Source below `base` -> Checked, for every message of the files and folders; and what was
    said on standard error, a list of lines."""
    environment = dict(os.environ, LC_ALL="C",
                       FIXUP_PROFILE_PATH=os.path.join(SOURCE, "etc", "profiles"))
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write(CONFIG)
        f.flush()
        result = subprocess.run(
            [os.path.join(BUILD, "fixupctl"), "check", "--json", "--at", AT, "-c", f.name, "--",
             *paths],
            stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=300)
    said = result.stderr.decode().replace(base + "/", "").splitlines()
    if result.returncode not in (0, 1, 66):
        raise RuntimeError(f"check: {result.returncode}: {said}")
    records = [json.loads(line) for line in result.stdout.decode().splitlines()]
    return {os.path.relpath(r["source"], base): Checked(r) for r in records}, said
