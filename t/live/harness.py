"""harness.py - live tests: the real daemon behind a real, private Postfix or Sendmail.

To run one test, as root, after a build:

    FX_BUILDDIR=/path/to/build FX_SRCDIR=/path/to/source python3 t/live/test_observe.py

FX_BUILDDIR is where fixup-milter and fixupctl are (default: the current directory), FX_SRCDIR the
source tree (default: two levels up from here). FX_POSTFIX_ROOT and FX_SENDMAIL_ROOT name unpacked
packages where none are installed, FX_POSTFIX_CHROOT another system that has a Postfix (postfix.py
and sendmail.py say how), FX_REDIS_ROOT an unpacked Redis (redis_server.py), FX_OPENDKIM_ROOT and
FX_RSPAMD_ROOT unpacked signers (opendkim.py, rspamd.py), FX_CORPORA the message folders of
test_corpora.py, FX_KEEP=1 keeps the temporary directory and says where it is. Each test
prints TAP and ends with 0 or 1; without root or without the MTA it is one skipped test. Python's own library is all they need, and openssl(1) for a
certificate.

A test says the same of both MTAs, as far as they tell the same: FX_LIVE_MTA=sendmail runs it on
Sendmail, and t/live/sendmail_NAME.py is test_NAME.py with that set. Where the two differ, the test
asks live.mta for the difference, by a name that says what it is: the attributes of the classes
Postfix and Sendmail are the table of differences, and live.mta.ways, of versions.py, that of
versions. What only one of them has (XCLIENT, main.cf) is
asked of live.postfix, and its cases are left out on the other.

Nothing outside the temporary directory is written but FX_BUILDDIR/records, only loopback ports are
used, and every process that was started is ended by its id. The parts: tap.py (results, bounded
waiting), postfix.py, sendmail.py, visibility.py (what they show), sasl.py, smtp.py (a client that
keeps the dialogue), daemon.py (the daemon and its log), nasty.py (malformed messages).

In a test a session is named by its HELO argument, which every record carries: each case uses a
name of its own and so finds its records among those of all others.
"""
import glob
import os
import re
import shutil
import signal
import sys
import tempfile

import postfix
import sendmail
from daemon import BUILD, MTA, PROFILES, PROGRAM, Daemon, configuration
from sasl import Saslauthd, SaslServer
from smtp import Smtp
from tap import Tap, equal, fail, note, skip_all


class Live:
    """A directory with a private MTA, a SASL server and places for daemons.

    The listeners "smtpd" and "staging" talk to the unix socket `unix`, each under its own name, and
    "inet" to the loopback port `inet`, under the MTA's default: Postfix's is the host name.
    `settings` and `listeners` are Postfix's, `mc` and `times` are Sendmail's. `chains` maps names
    of further listeners to names of sockets below the base, of milters asked one after the other.
    """

    def __init__(self, settings=None, listeners=None, mc="", times=sendmail.TIMES, chains=None):
        self.base = tempfile.mkdtemp(prefix="fixup-live.")
        os.chmod(self.base, 0o755)
        # A daemon that runs as another user must be able to read them again, wherever this source
        # tree lies.
        os.environ["FX_LIVE_PROFILES"] = shutil.copytree(PROFILES, self.base + "/profiles")
        self.unix = self.base + "/milter.sock"
        self.inet = postfix.free_port()
        self.daemons = []
        self.sasl = (SaslServer if MTA == "postfix" else Saslauthd)(self.base + "/sasl")
        chains = {name: [f"unix:{self.base}/{milter}" for milter in milters]
                  for name, milters in (chains or {}).items()}
        if MTA == "postfix":
            self.mta = self.postfix = self._postfix(settings or {}, listeners, chains)
        else:
            self.mta = sendmail.Sendmail(self.base + "/sendmail", "unix:" + self.unix,
                                         more={"staging": "unix:" + self.unix,
                                               "inet": f"inet:{self.inet}@127.0.0.1", **chains},
                                         mc=mc, sasl=self.base + "/sasl", times=times)

    def _postfix(self, settings, listeners, chains):
        known = {
            "smtpd_milters": "unix:" + self.unix,
            "non_smtpd_milters": "unix:" + self.unix,
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": self.base + "/sasl",
        }
        known.update({name: value.replace("BASE", self.base) for name, value in settings.items()})
        if listeners is None:
            listeners = {"smtpd": {"milter_macro_daemon_name": "smtpd"},
                         "staging": {"milter_macro_daemon_name": "staging"},
                         "inet": {}}
        if "inet" in listeners:
            listeners["inet"].setdefault("smtpd_milters", f"inet:127.0.0.1:{self.inet}")
        for name, milters in chains.items():
            listeners[name] = {"milter_macro_daemon_name": name,
                               "smtpd_milters": ", ".join(milters)}
        return postfix.Postfix(self.base + "/postfix", known, listeners)

    def __enter__(self):
        try:
            self.mta.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for daemon in self.daemons:
            daemon.kill()
        self.mta.stop()
        self.sasl.stop()
        keep_records(self.daemons)
        if os.environ.get("FX_KEEP"):
            print(f"# kept: {self.base}")
        else:
            shutil.rmtree(self.base, ignore_errors=True)

    def daemon(self, name="milter", alone=True):
        """A daemon to start; with `alone`, those that a failed case left behind are ended."""
        for other in self.daemons if alone else ():
            other.kill()
        daemon = Daemon(self.base, name)
        self.daemons.append(daemon)
        return daemon

    def configuration(self, daemon, socket=None, **groups):
        return configuration(socket or "unix:" + self.unix, daemon.log_path, **groups)

    def start(self, policy="", name="milter", **groups):
        """A daemon with this policy on the unix socket."""
        daemon = self.daemon(name)
        return daemon.start(self.configuration(daemon, policy=policy, **groups))

    def connect(self, listener="smtpd", source=None, source_port=0):
        note(self._mta_said)
        return Smtp(self.mta.ports[listener], source=source, source_port=source_port)

    def _mta_said(self):
        return "The MTA said:\n" + "\n".join(self.mta.complaints()[-6:])

    def hello(self, name, listener="smtpd"):
        """A session that has said EHLO under this name."""
        session = self.connect(listener)
        session.expect(250, "EHLO " + name)
        return session

    def client(self, helo, addr, expected, **attributes):
        """The same for a client at another address: by XCLIENT, whose session before that is added
        to `expected`, or from a loopback address, see Sendmail.at()."""
        if self.mta.has_xclient:
            session = self.hello("before." + helo)
            session.xclient(addr=addr, **attributes)
            expected["before." + helo, "session"] = 1
        else:
            session = self.connect(source=self.mta.at(addr))
        session.expect(250, "EHLO " + helo)
        return session


def keep_records(daemons):
    """Leaves what the daemons wrote in FX_BUILDDIR/records, for the test that holds every record
    against the schema."""
    place = os.path.join(BUILD, "records")
    test = f"{MTA}.{os.path.basename(sys.argv[0])}"
    os.makedirs(place, exist_ok=True)
    for old in glob.glob(f"{place}/{test}.*.jsonl"):
        os.unlink(old)
    logs = {path for daemon in daemons for path in glob.glob(daemon.log_path + "*")}
    logs = sorted(path for path in logs if os.path.isfile(path)
                  and not re.search(r"\.head$|\.torn-\d+$|\.gz$", path))
    for number, path in enumerate(logs):
        shutil.copy(path, f"{place}/{test}.{number}.jsonl")


def findings(record, profile=None):
    """(rule, action) of each finding of one profile; without one, of the enforced profile."""
    profile = profile or record["profile"]
    return [(f["rule"], f["action"]) for f in record["findings"] if f["profile"] == profile]


def finding(record, rule, profile=None):
    """The one finding of this rule."""
    profile = profile or record["profile"]
    found = [f for f in record["findings"] if f["rule"] == rule and f["profile"] == profile]
    if len(found) != 1:
        fail(f"{len(found)} findings of {rule} for {profile}")
    return found[0]


def members(thing, **expected):
    """Each of these members has this value; absent is None."""
    for name, value in expected.items():
        equal(thing.get(name), value, name)


def message(*fields, body="A line.\r\n", mark=None):
    """A small message: the usual fields, then these, and a body."""
    lines = ["From: a@example.org", "To: b@example.net",
             "Date: Sat, 21 Nov 2026 10:00:00 +0000"]
    if mark is not None:
        lines += [f"Message-ID: <{mark}@example.org>", f"Subject: {mark}"]
    lines += fields
    head = b"".join((f if isinstance(f, bytes) else f.encode("latin-1")) + b"\r\n"
                    for f in lines)
    return head + b"\r\n" + (body if isinstance(body, bytes) else body.encode("latin-1"))


def mailbox(tap, live, marks):
    """The mailbox has the messages with these marks, and no others."""
    with tap.case("the mailbox has what was let through, and nothing else"):
        live.mta.settle()
        fields = [line for mail in live.mta.delivered()
                  for line in mail.split(b"\n\n", 1)[0].split(b"\n")]
        equal({f[9:].decode() for f in fields if f.startswith(b"Subject: ")}, set(marks),
              "subjects")


def census(tap, daemon, expected, optional=()):
    """Stops the daemon; nothing but these records of sessions stands in its log, and at most one
    of each optional kind."""
    with tap.case("the daemon ends by itself with 0, and wrote no other record"):
        equal(daemon.stop(), 0, "exit status")
        got = daemon.census()
        for key in sorted(set(got) | set(expected), key=str):
            if key not in optional or got[key] != 1:
                equal(got.get(key, 0), expected.get(key, 0), f"records of {key}")
        seqs = daemon.log.numbers()
        equal(seqs, list(range(1, len(seqs) + 1)), "seq")
        equal(daemon.log.records[-1]["type"], "stop", "the last record")


def main(test, mta=None, program=PROGRAM, missing=lambda: None):
    """Runs test(tap) with what every live test needs, or skips it. `mta` is the module of another
    MTA than FX_LIVE_MTA names, `program` what has to be built, `missing` says what else lacks."""
    why = (mta or (postfix if MTA == "postfix" else sendmail)).missing() or missing()
    if os.environ.get("FX_SKIP_LIVE"):
        why = "FX_SKIP_LIVE is set"
    if why is None and not os.access(program, os.X_OK):
        why = f"{program} is not built"
    if why is not None:
        skip_all(why)
    # Whoever stops a test early gets its processes ended and its directory removed, too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *unused: sys.exit(1))
    tap = Tap()
    test(tap)
    sys.exit(tap.finish())
