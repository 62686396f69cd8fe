"""chained.py - a daemon with a chained log, and milter_load instead of a mail server: for tests of
the writer."""
import glob
import json
import os
import re
import signal
import subprocess

import chain
import load
from daemon import SOURCE, Daemon, configuration, environment
from harness import keep_records
from load import LOAD
from tap import Skip, check, equal, note, until


def secret(path, text, mode=0o600):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def hex_key(path):
    """As `openssl rand -hex 32` writes one; the octets that are the key."""
    text = os.urandom(32).hex()
    secret(path, text + "\n")
    return text.encode()


def signing_key(path):
    """An Ed25519 key; the file of its public half."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    os.chmod(path, 0o600)
    subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-out", path + ".pub"], check=True)
    return path + ".pub"


def signed(base, public, record):
    """openssl(1) agrees that this head is signed by that key."""
    import base64
    with open(base + "/signature", "wb") as f:
        f.write(base64.b64decode(record["signature"], validate=True))
    with open(base + "/message", "w") as f:
        f.write(record["prev"])
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin",
                           "-in", base + "/message", "-sigfile", base + "/signature"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(done.returncode, 0, f"openssl: {done.stdout.decode()}")


class Chained(Daemon):
    """With `logging` as libconfig text; `place` is where its log lies."""
    all = []

    def __init__(self, base, name, logging="", place=None, **groups):
        super().__init__(base, name)
        self.broken = False  # on purpose, so that its records are not kept
        self.socket = f"unix:{base}/{name}.sock"
        if place:
            self.log_path = self.log.path = f"{place}/{name}.jsonl"
        self.set(logging, **groups)
        self.all.append(self)
        note(self.said)

    def set(self, logging, **groups):
        """The configuration from the next start or reload on."""
        self.text = configuration(self.socket, self.log_path, logging=logging,
                                  state='backend = "memory";', **groups)
        self.write(self.text)

    def said(self):
        return super().said() if os.path.exists(self.stderr_path) else ""

    def start(self, text=None, **kept):
        """Waits for the start record in whatever file the name leads to by then."""
        before = self.said().count("started, version")
        self.spawn(**kept)
        until(lambda: self._alive() and self.said().count("started, version") > before,
              "the daemon's start")
        return self

    def again(self):
        equal(self.stop(), 0, "exit status")
        return self.start()

    def refused(self, code, says):
        """It does not start."""
        self.spawn()
        equal(self.ended(10), code, f"exit status; it said {self.said()}")
        check(says in self.said().splitlines()[-1], f"not {says!r} but {self.said()}")

    def reloads(self, good=True):
        word = "reload: done" if good else "stays"
        before = self.said().count(word)
        self.signal(signal.SIGHUP)
        until(lambda: self.said().count(word) > before, f"{word} after SIGHUP")

    def mail(self, count=3, *options, good=None):
        """So many messages, or as many as are asked for."""
        done = subprocess.run([LOAD, "-s", self.socket, "-n", str(count), "-w", "10", *options],
                              stdout=subprocess.PIPE, timeout=120)
        report = json.loads(done.stdout)
        equal(report["answers"]["passed"], count if good is None else good,
              f"passed, of {report}")
        return report

    def rotated(self):
        """Renamed as logrotate does, and told."""
        before = self.said().count("log reopened")
        os.rename(self.log_path, f"{self.log_path}.2-{len(self.parts())}")
        self.signal(signal.SIGUSR1)
        until(lambda: self.said().count("log reopened") > before
              and os.path.exists(self.log_path), "a new log")

    def parts(self):
        present = [self.log_path] if os.path.exists(self.log_path) else []
        return sorted(glob.glob(self.log_path + ".2*")) + present

    def records(self, kind=None):
        return [r for r in chain.records(*self.parts()) if kind in (None, r["type"])]

    def mark(self):
        with open(self.log_path + ".head") as f:
            return json.loads(f.read())

    def whole(self, *options, key=None, stop=True):
        """It ends, and its log is intact."""
        if stop:
            equal(self.stop(), 0, "exit status")
        last = self.records()[-1]
        chain.intact(self.parts(), *options, key=key)
        equal(self.mark(), {"seq": last["seq"], "hash": last["hash"]}, "FILE.head")
        return self.records()


def main(test, after=lambda: None):
    """Runs test(tap, base); then its daemons end, and their records are kept."""
    def whole(tap, base):
        try:
            test(tap, base)
        finally:
            for log in Chained.all:
                log.kill()
            keep_records([log for log in Chained.all if not log.broken])
            after()
    load.main(whole)


def shim(base):
    """An environment with fsync_shim.c, whose files begin with base/shim."""
    path = base + "/fsync_shim.so"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-o", path, os.path.join(
        SOURCE, "t", "live", "fsync_shim.c"), "-ldl"], stderr=subprocess.PIPE)
    if built.returncode != 0:
        raise Skip("no compiler here: " + built.stderr.decode()[:200])
    preload = ":".join(filter(None, [os.environ.get("LD_PRELOAD"), path]))
    return dict(environment(), LD_PRELOAD=preload, FX_SHIM=base + "/shim",
                ASAN_OPTIONS="exitcode=99:verify_asan_link_order=0")


def heads_said(text):
    """The copies of heads in what it said: (seq, hash, prev, signature or None)."""
    return [(int(m[1]), m[2], m[3], m[4]) for m in re.finditer(
        r"head seq=(\d+) hash=([0-9a-f]{64}) prev=([0-9a-f]{64})(?: signature=(\S{88}))?$", text,
        re.M)]
