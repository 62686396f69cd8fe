"""world.py - what is under test and around it: a private Postfix that delivers into a mailbox, the
daemon, its log on a small file system, its store, and who takes delivered mail and full parts of
the log away, so that neither grows with time."""
import collections
import glob
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

import command
import disk
import postfix
import redis_server
from daemon import PROFILES, Daemon
from ledger import DOMAIN
from smtp import Smtp
from tap import Failure, Skip, check, until

# Seconds until the queue is empty, at most: while Postfix reloads, a message that is just being
# delivered cools down for 60 seconds (qmgr_active_feed() in its source).
EMPTY = 90.0
LOST, REMEMBERED = 30, 60  # seconds of state.lost_after_seconds and remember_seconds
ROOM = 64 << 20  # octets for the log, before its parts are taken away

SETTINGS = {
    "local_header_rewrite_clients": "",
    "hopcount_limit": "1000",
    # what a delivery has to wait for, it waits for shortly
    "queue_run_delay": "2", "minimal_backoff_time": "2", "maximal_backoff_time": "4",
    "smtpd_recipient_limit": "8",
    "smtpd_timeout": "60",
    "virtual_destination_recipient_limit": "1",
    "bounce_notice_recipient": "box@maildir.test",
}
LISTENERS = ("smtpd", "enforce", "tag", "limited", "held", "filtered")
CLIENTS = """
  { daemon_name = "enforce"; mode = "enforce"; },
  { daemon_name = "tag"; mode = "tag"; },
  { daemon_name = "limited"; mode = "enforce"; rules : { };
    simulate : { recipients = { limit = 2; overflow = "defer"; }; }; },
  { daemon_name = "held"; mode = "enforce";
    simulate : { end_of_data = { every = 2; hold_seconds = 1; max_held = 8; }; }; }
"""
CONFIGURATION = """\
milter : {{ socket = "{socket}"; socket_mode = "0666"; user = "nobody"; drain_seconds = 10; }};
policy : {{ {policy} }};
clients = ( {clients} );
log : {{ file = "{log}"; syslog = false; rotate_bytes = 1048576; head_records = 300;
  head_seconds = 5; on_full = "tempfail"; }};
state : {{ {state} }};
command_filter : {{ listen = "inet:{filter}@127.0.0.1"; }};
"""
POLICIES = ('profile = "asa-9"; compare = "all"; dkim_severity = "note";',
            'profile = "asa-9"; compare = [ "pix-6.3" ]; content_type_grade = "listed";',
            'profile = "asa-9"; compare = "all"; rules : { dkim-* = "off"; };')
OWNER = re.compile(rb"^Return-Path: <([^>\n]*)>$", re.M)


class Store:
    """The state store, and what can be done to it: `outages` are pairs of functions, by name."""

    def __init__(self, base):
        self.base = base
        self.server = None
        if redis_server.usable():
            self.kind = "redis"
            self.server = redis_server.Redis(base)
            self.outages = {"redis stopped": (self.server.kill, self.server.start),
                            "redis frozen": (self.server.freeze, self.server.thaw)}
        else:
            self.kind = "sqlite"
            self.path = base + "/state/state.db"
            self.outages = {"sqlite gone": (self._away, self._back),
                            "sqlite locked": (self._lock, self._unlock),
                            "sqlite read-only": (lambda: self._mode(0o444),
                                                 lambda: self._mode(0o600))}

    def start(self):
        if self.server:
            self.server.start()

    def stop(self):
        if self.server:
            self.server.kill()

    def setting(self):
        where = f'uri = "{self.server.tcp_uri()}";' if self.server else f'path = "{self.path}";'
        return (f'backend = "{self.kind}"; {where} lost_after_seconds = {LOST}; '
                f"remember_seconds = {REMEMBERED};")

    def _files(self):
        return [self.path + end for end in ("", "-wal", "-shm") if os.path.exists(self.path + end)]

    def _away(self):
        for path in self._files():
            os.rename(path, path + ".away")

    def _back(self):
        """What the daemon made meanwhile gives way."""
        for path in self._files():
            os.unlink(path)
        for path in glob.glob(self.path + "*.away"):
            os.rename(path, path[:-len(".away")])

    def _lock(self):
        import sqlite3
        self.other = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.other.execute("PRAGMA busy_timeout = 10000")
        self.other.execute("BEGIN EXCLUSIVE")

    def _unlock(self):
        self.other.execute("ROLLBACK")
        self.other.close()

    def _mode(self, mode):
        for path in self._files():
            os.chmod(path, mode)


class World:
    """To be closed, whether it was started or not."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.postfix = self.daemon = self.store = None
        self.harvest = threading.Lock()
        self.strangers = collections.Counter()
        self.base = tempfile.mkdtemp(prefix="fixup-soak.")

    def _prepare(self):
        os.chmod(self.base, 0o755)
        os.environ["FX_LIVE_PROFILES"] = shutil.copytree(PROFILES, self.base + "/profiles")
        _, _, (_, self.nobody) = postfix.accounts()
        self.parts_folder = self.base + "/parts"
        os.mkdir(self.parts_folder)
        for name in ("log", "run", "state"):
            os.mkdir(f"{self.base}/{name}")
        self.room = None
        if disk.enclose():
            try:
                self.room = disk.Small(self.base + "/log", ROOM // 4096)
            except Skip as why:
                print(f"# the log is never full: {why}")
        for name in ("log", "run", "state"):
            os.chown(f"{self.base}/{name}", self.nobody, -1)
        self.unix = f"unix:{self.base}/run/milter.sock"
        self.filter = postfix.free_port()
        self.store = Store(self.base)
        self.daemon = Daemon(self.base)
        self.daemon.log_path = self.daemon.log.path = self.base + "/log/compliance.jsonl"
        self.postfix = postfix.Postfix(
            self.base + "/postfix",
            {**SETTINGS, "smtpd_milters": self.unix, "non_smtpd_milters": self.unix},
            {name: {"milter_macro_daemon_name": name} for name in LISTENERS})
        # Postfix keeps its connection to the filter as long as the process lives that asks
        self.postfix.listeners["filtered"].update({
            "smtpd_command_filter": f"socketmap:inet:127.0.0.1:{self.filter}:verbs",
            "max_idle": "1"})

    def configuration(self, number=0):
        return CONFIGURATION.format(
            socket=self.unix, policy=POLICIES[number % len(POLICIES)], clients=CLIENTS,
            log=self.daemon.log_path, state=self.store.setting(), filter=self.filter)

    def start(self):
        self._prepare()
        self.store.start()
        self.daemon.start(self.configuration())
        self.postfix.start()

    def close(self):
        """Ends everything, however far it has come."""
        try:
            if self.postfix:
                self.postfix.stop()
        finally:
            if self.daemon:
                self.daemon.kill()
            if self.store:
                self.store.stop()
            command.end_children()
            disk.leave()
            if os.environ.get("FX_KEEP"):
                print(f"# kept: {self.base}")
            else:
                shutil.rmtree(self.base, ignore_errors=True)

    def pid(self):
        return self.daemon.process.pid

    def session(self, listener, name):
        """A connection that has greeted."""
        session = Smtp(self.postfix.ports[listener], remembered=False, timeout=30)
        session.expect(250, f"EHLO {name}.{DOMAIN}")
        return session

    def submit(self, mark, recipients, text):
        """By sendmail(1); its exit status."""
        return self.postfix.command("/usr/sbin/sendmail", "-i", "-f", mark, *recipients,
                                    input=text.replace(b"\r\n", b"\n")).returncode

    # what is carried away

    def carry(self):
        """Counts what was delivered, and takes it out of the mailbox; and full parts of the log."""
        with self.harvest:
            for entry in os.scandir(self.postfix.inbox) if os.path.isdir(
                    self.postfix.inbox) else ():
                with open(entry.path, "rb") as f:
                    found = OWNER.search(f.read(4096))
                os.unlink(entry.path)
                mail = self.ledger.mails.get(found[1].decode(errors="replace") if found else None)
                if mail is None:
                    self.strangers[str(found and found[1])] += 1
                else:
                    mail.delivered += 1
            self._carry_parts()

    def _carry_parts(self):
        """Only those that the daemon has left: it would write again what is in a removed file."""
        parts = glob.glob(self.daemon.log_path + ".2*")
        used = set()
        for entry in os.scandir(f"/proc/{self.pid()}/fd") if parts else ():
            try:
                used.add(os.readlink(entry.path))
            except OSError:
                pass
        if os.path.exists(self.daemon.log_path) and os.path.getsize(self.daemon.log_path):
            for path in parts:
                if path not in used:
                    shutil.move(path, self.parts_folder)

    def parts(self):
        """All of the log, in the order of its chain."""
        def first(path):
            with open(path, "rb") as f:
                found = re.search(rb'"seq":(\d+)', f.readline())
            return int(found[1]) if found else 0
        paths = glob.glob(self.parts_folder + "/*") + glob.glob(self.daemon.log_path + ".2*")
        if os.path.exists(self.daemon.log_path):
            paths.append(self.daemon.log_path)
        return sorted((path for path in paths if os.path.getsize(path)), key=first)

    def said_since(self, offset):
        with open(self.daemon.stderr_path, errors="replace") as f:
            f.seek(offset)
            return f.read()

    def said_size(self):
        return os.path.getsize(self.daemon.stderr_path)

    def reload(self, text, good):
        """SIGHUP with this configuration, waited for."""
        at = self.said_size()
        self.daemon.write(text)
        self.daemon.signal(1)
        word = "reload: done" if good else "stays"
        until(lambda: word in self.said_since(at), f"{word!r} after SIGHUP", 30)

    def quiet(self):
        """Waits until all that was accepted is delivered, and no session is left."""
        try:
            until(self.postfix.queue_is_empty, "the queue runs empty", EMPTY)
        except Failure as error:
            self.ledger.fault(f"{error}: " + "\n".join(self._waits()))
        until(lambda: not self._connected(), "no session is left at the milter", 60)
        self.carry()

    def _waits(self):
        """What stays in Postfix's queue, the last that it said of each, and of trouble."""
        said = self.postfix.said().splitlines()
        for place in self.postfix.queued()[:8]:
            yield f"{place} at {time.strftime('%b %d %H:%M:%S')}:"
            yield from [line for line in said if f" {os.path.basename(place)}: " in line][-4:]
        yield from [line for line in said if "warning: " in line and "[127.0.0.1]" not in line][-8:]

    def _connected(self):
        """Connections at the milter's socket, by the kernel's table: state 03 is connected."""
        path = self.unix[len("unix:"):]
        with open("/proc/net/unix") as f:
            return sum(1 for line in f if line.rstrip().endswith(path) and line.split()[5] == "03")

    def verify(self, *words):
        done = subprocess.run([*words, *self.parts()], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
        check(done.returncode == 0, f"{words[-1]}: {done.stdout.decode(errors='replace')[:2000]}")
