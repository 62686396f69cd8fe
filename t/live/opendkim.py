"""opendkim.py - an OpenDKIM of our own: a signer on a unix socket, and a verifier of files.

The programs are the system's, or come from an unpacked tree that FX_OPENDKIM_ROOT names: Debian's
opendkim with dpkg -x, and the packages of the libraries that the machine lacks. Keys are made in
the directory of the test; the verifier reads the public ones from a file, so nobody asks the DNS.
"""
import base64
import os
import socket
import subprocess

from tap import Failure, fail, until

DOMAIN = "example.org"


def root():
    return os.environ.get("FX_OPENDKIM_ROOT", "").rstrip("/")


def program():
    for tree in (root(), ""):
        path = tree + "/usr/sbin/opendkim"
        if os.access(path, os.X_OK):
            return path
    return None


def missing():
    """Why there is no OpenDKIM here, or None."""
    if program() is None:
        return "there is no opendkim (FX_OPENDKIM_ROOT may name an unpacked one)"
    return None


def environment(tree):
    """The libraries of an unpacked tree lie beside it."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
    if tree:
        env["LD_LIBRARY_PATH"] = ":".join(
            folder for folder, _, files in os.walk(tree + "/usr/lib")
            if any(".so" in name for name in files))
    return env


def listens(path):
    """A socket is there before anybody listens to it."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _openssl(*words):
    return subprocess.run(["openssl", *words], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def make_key(path, kind="rsa", bits=2048):
    """A private key, and what its record in the DNS would say."""
    how = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if kind == "rsa" \
        else ["-algorithm", "ED25519"]
    _openssl("genpkey", *how, "-out", path)
    os.chmod(path, 0o600)
    public = _openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
    # RFC 8463 section 4: the 32 octets of the key alone, without what DER puts before them
    public = public if kind == "rsa" else public[-32:]
    return f"v=DKIM1; k={kind}; p=" + base64.b64encode(public).decode()


class Opendkim:
    """Keys, and one signer after the other on the same socket. A selector is the name of its key;
    `keys` maps it to (kind, bits). One signer is killed before the next: at SIGTERM it would take
    libmilter up to five seconds to see it, and there is nothing to lose."""

    def __init__(self, base, keys):
        self.base = base + "/opendkim"
        os.mkdir(self.base)
        self.socket = self.base + "/socket"
        self.public = self.base + "/public"
        self.process = None
        for selector, (kind, bits) in keys.items():
            self.publish(selector, make_key(f"{self.base}/{selector}.key", kind, bits))

    def publish(self, selector, record):
        """From now on the verifier knows this key."""
        with open(self.public, "a") as f:
            f.write(f"{selector}._domainkey.{DOMAIN} {record}\n")

    def _write(self, name, settings):
        with open(f"{self.base}/{name}", "w") as f:
            for setting, value in settings.items():
                f.write(f"{setting} {value}\n")
        return f.name

    def sign(self, selector, **settings):
        """From now on mail is signed with this key, and these settings of opendkim.conf."""
        self.stop()
        known = {"Socket": "local:" + self.socket, "UMask": "000", "Mode": "s", "Background": "no",
                 "Domain": DOMAIN, "Selector": selector, "RequireSafeKeys": "no",
                 "KeyFile": f"{self.base}/{selector}.key",
                 "InternalHosts": "127.0.0.0/8,192.0.2.0/24", **settings}
        with open(self.base + "/said", "ab") as said:
            self.process = subprocess.Popen(
                [program(), "-f", "-x", self._write("sign.conf", known)], env=environment(root()),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        until(self._listens, "opendkim's socket")

    def _listens(self):
        if self.process.poll() is not None:
            raise Failure(f"opendkim ended with {self.process.returncode}: {self.said()}")
        return listens(self.socket)

    def said(self):
        with open(self.base + "/said", errors="replace") as f:
            return f.read()

    def stop(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def verify(self, message, **settings):
        """What the verifier says of a message with LF or CRLF line ends."""
        path = self.base + "/message"
        with open(path, "wb") as f:
            f.write(message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        conf = self._write("verify.conf", {"Mode": "v", "TestPublicKeys": self.public,
                                           "On-Default": "accept", **settings})
        done = subprocess.run([program(), "-x", conf, "-t", path], env=environment(root()),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=20)
        return done.stdout.decode(errors="replace")

    def verifies(self, message):
        said = self.verify(message)
        if "verification (s=" not in said or "succeeded" not in said:
            fail("the verifier: " + said)
