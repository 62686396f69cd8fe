"""rspamd.py - an rspamd of our own that only signs, as a milter on a unix socket.

The program is the system's, or comes from an unpacked tree that FX_RSPAMD_ROOT names: Debian's
rspamd with dpkg -x, and the packages of the libraries that the machine lacks (libhyperscan5,
libluajit-5.1-2). It has one worker, the proxy, and one module, dkim_signing; it asks nobody.
"""
import os
import signal
import subprocess

from opendkim import environment, listens, make_key
from tap import Failure, until

CONFIGURATION = """\
options {{ filters = "dkim"; local_addrs = [ "127.0.0.0/8" ]; cache_file = "{base}/symbols";
  hs_cache_dir = "{base}"; tempdir = "{base}"; control_socket = "{base}/control mode=0600";
  url_tld = "{base}/suffixes";
  dns {{ timeout = 1s; retransmits = 1; nameserver = [ "127.0.0.1:9:1" ]; }} }}
logging {{ type = "file"; filename = "{base}/log"; level = "info"; }}
actions {{ reject = 1000; add_header = 999; greylist = 998; }}
worker "rspamd_proxy" {{ bind_socket = "{socket} mode=0666"; milter = yes; count = 1;
  upstream "local" {{ default = yes; self_scan = yes; }} }}
modules {{ path = "{share}/plugins/dkim_signing.lua"; }}
dkim {{ {settings} }}
dkim_signing {{ sign_local = true; use_domain = "header"; use_esld = false; check_pubkey = false;
  allow_hdrfrom_mismatch = true;
  domain {{ example.org {{ path = "{base}/rspamd.key"; selector = "rspamd"; }} }} }}
"""


def root():
    return os.environ.get("FX_RSPAMD_ROOT", "").rstrip("/")


def program():
    for tree in (root(), ""):
        path = tree + "/usr/bin/rspamd"
        if os.access(path, os.X_OK):
            return path
    return None


class Rspamd:
    """One signer; `settings` are of the module dkim (local.d/dkim.conf). Its public key is added to those of an Opendkim, which verifies."""

    def __init__(self, base, opendkim, settings=""):
        self.base = base + "/rspamd"
        os.makedirs(self.base, exist_ok=True)
        self.socket = self.base + "/socket"
        if not os.path.exists(self.base + "/rspamd.key"):
            opendkim.publish("rspamd", make_key(self.base + "/rspamd.key"))
        share = program()[:-len("/usr/bin/rspamd")] + "/usr/share/rspamd"
        with open(self.base + "/suffixes", "w") as f:
            f.write("org\n")  # it would compile the whole list of them at its start, 20 seconds
        with open(self.base + "/conf", "w") as f:
            f.write(CONFIGURATION.format(base=self.base, share=share, socket=self.socket,
                                         settings=settings))
        names = {"SHAREDIR": share, "RULESDIR": share + "/rules", "LUALIBDIR": share + "/lualib",
                 "PLUGINSDIR": share + "/plugins"}
        names.update({name: self.base for name in ("DBDIR", "RUNDIR", "LOGDIR", "CONFDIR",
                                                   "LOCAL_CONFDIR")})
        with open(self.base + "/said", "wb") as said:
            self.process = subprocess.Popen(
                [program(), "-f", "-i", "-c", self.base + "/conf",
                 *[f"--var={name}={value}" for name, value in names.items()]],
                env=environment(root()), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True)
        until(self._listens, "rspamd's worker")

    def _listens(self):
        if self.process.poll() is not None:
            with open(self.base + "/said", errors="replace") as said:
                raise Failure(f"rspamd ended with {self.process.returncode}: {said.read()}")
        return listens(self.socket)

    def stop(self):
        """SIGTERM, which it passes on to its workers."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
