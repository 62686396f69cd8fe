"""postfix.py - a private Postfix under one directory, on loopback ports of its own.

Nothing of the system's own Postfix is read or changed: configuration, queue, data and log are
under `base`, and master is started directly (no postfix-script, which would correct ownerships
in the installation).

The programs are the system's. Where there are none, FX_POSTFIX_ROOT names a directory into which
Debian's package was unpacked (dpkg -x postfix_*.deb DIR, and the packages of the libraries that
the machine lacks). Such a tree works in place once three things are told to it, which this
module does: daemon_directory, command_directory, shlib_directory and meta_directory point into
the tree; LD_LIBRARY_PATH is set and named in import_environment and export_environment, since
master and sendmail(1) clean the environment of what they start (it takes precedence over the run
path in the programs, which names /usr/lib/postfix); and mail_owner and setgid_group name accounts
that exist. Without the package's users postfix and postdrop, any unprivileged pair serves that is
not shared: the user daemon and the group mail exist everywhere. As root, no program needs to be
setgid.

FX_POSTFIX_CHROOT names the root of another system instead, whose Postfix is to serve: master and
Postfix's commands run in it, everything else stays out here. The directory above `base` is seen
at the same place inside, and so is /dev, each process having a mount namespace of its own for that:
nothing is mounted for anybody else, and nothing stays mounted.
"""
import contextlib
import errno
import os
import random
import signal
import socket
import subprocess
import time

import versions
from tap import Failure, until
from visibility import visible

# sh -c ENTER sh ROOT SHARED COMMAND...
ENTER = """\
mount --bind "$2" "$1$2" && mount --bind /dev "$1/dev" || exit 71
root=$1
shift 2
exec chroot "$root" "$@"
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "private", "saved", "trace")

# The queue manager is woken often: while Postfix reloads, the one that ends may take the word of
# new mail with it, and the next one starts when it is woken (by Postfix's own table, after 300 s).
SERVICES = """\
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 3 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def chroot():
    return os.environ.get("FX_POSTFIX_CHROOT", "").rstrip("/")


def root():
    """What comes before the paths of Postfix's programs, as Postfix itself sees them."""
    return "" if chroot() else os.environ.get("FX_POSTFIX_ROOT", "").rstrip("/")


def missing():
    """Why no Postfix can run here, or None."""
    if os.geteuid() != 0:
        return "Postfix's master needs root"
    if not os.access(chroot() + root() + "/usr/lib/postfix/sbin/master", os.X_OK):
        return "there is no Postfix (FX_POSTFIX_ROOT may name an unpacked one)"
    return None


def has_pcre():
    """Debian has lookup tables with PCRE in a package of their own, postfix-pcre."""
    return os.access(chroot() + root() + "/usr/lib/postfix/postfix-pcre.so", os.R_OK)


def free_ports(count, host="127.0.0.1"):
    """Ports that nobody listens on, no two alike. They lie below those that the system gives to
    clients, so that no connection can take one before it is used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = []
    with contextlib.ExitStack() as probes:
        for _ in range(100 + 2 * count):
            if len(found) == count:
                return found
            probe = probes.enter_context(socket.socket(family))
            port = random.randrange(10240, 32768)
            try:
                probe.bind((host, port))
                found.append(port)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
    raise OSError("no port is free")


def free_port(host="127.0.0.1"):
    return free_ports(1, host)[0]


def has_ipv6():
    try:
        free_port("::1")
    except OSError:
        return False
    return True


def _account(table, *names):
    """The fields of the first of these names that the system has on which Postfix runs."""
    with open(f"{chroot()}/etc/{table}") as f:
        known = {line.split(":")[0]: line.rstrip("\n").split(":") for line in f}
    return next(known[name] for name in names if name in known)


def accounts():
    """mail_owner and setgid_group, Postfix's own or two that nobody else shares, and nobody:
    (name, number) each."""
    return tuple((fields[0], int(fields[2])) for fields in (
        _account("passwd", "postfix", "daemon"), _account("group", "postdrop", "mail"),
        _account("passwd", "nobody")))


class Postfix:
    """`listeners` maps a name to main.cf settings of that smtpd only; each gets its own port, or
    the one that `ports` has for it. Without any it only sends."""
    has_xclient = True
    aborts_at_once = False  # an abort comes with the event that follows it
    tells_ehlo = False  # whether it was EHLO, at MAIL
    unknown_status = "5.5.2"  # of its own answer to an unknown command
    no_recipients = 554  # its answer to DATA then
    longest_name = 2000  # a MAIL with a longer sender, a HELO with a longer name it refuses
    longest_header = 10**9  # longer ones it refuses (a field it cuts for a milter)
    hidden = "SMTPUTF8"  # an extension that asa-9 hides; how MAIL asks for it
    hidden_parameter = " SMTPUTF8"
    shows_between = True  # unknown commands after a message, too
    tells_refused_rcpt = True
    adds_above = ["Return-Path", "X-Original-To", "Delivered-To"]  # at delivery
    adds_fields = True  # From, Date, Message-ID, for a local client, before a milter sees them

    def __init__(self, base, settings=None, listeners=None, ports=None):
        self.base = base
        self.shared = os.path.dirname(base)  # sockets of milters and of SASL lie here
        self.settings = settings or {}
        self.listeners = {"smtpd": {}} if listeners is None else listeners
        self.ports = ports or dict(zip(self.listeners, free_ports(len(self.listeners))))
        self.port6 = free_port("::1") if has_ipv6() and self.listeners and not ports else None
        self.etc = base + "/etc"
        self.log = base + "/maillog"
        self.inbox = base + "/mail/box/new"
        self.master = None
        self.made_place = False

    def _directories(self):
        (_, owner), (_, drop), (_, nobody) = accounts()
        for path in (self.etc, self.base + "/queue", self.base + "/queue/pid"):
            os.makedirs(path)
        for name in QUEUES:
            os.mkdir(f"{self.base}/queue/{name}", 0o700)
            os.chown(f"{self.base}/queue/{name}", owner, 0)
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            path = f"{self.base}/queue/{name}"
            os.mkdir(path)
            os.chown(path, owner, drop)
            os.chmod(path, mode)
        os.mkdir(self.base + "/data", 0o700)
        os.chown(self.base + "/data", owner, -1)
        os.mkdir(self.base + "/mail")
        os.chown(self.base + "/mail", nobody, nobody)

    def _certificate(self):
        path = self.etc + "/tls.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=mx.example.net", "-keyout", path, "-out", path + ".crt"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(path, "a") as pem, open(path + ".crt") as certificate:
            pem.write(certificate.read())
        return path

    def _main_cf(self):
        tree = root()
        (owner, _), (group, _), (_, nobody) = accounts()
        values = {
            "compatibility_level": "3.6",
            "queue_directory": self.base + "/queue",
            "data_directory": self.base + "/data",
            "daemon_directory": tree + "/usr/lib/postfix/sbin",
            "command_directory": tree + "/usr/sbin",
            "shlib_directory": tree + "/usr/lib/postfix",
            "meta_directory": self.etc,
            "mail_owner": owner,
            "setgid_group": group,
            "default_privs": "nobody",
            "maillog_file": self.log,
            "maillog_file_prefixes": self.base,
            "syslog_name": "private",
            "myhostname": "mx.example.net",
            "inet_interfaces": "127.0.0.1" + (", [::1]" if self.port6 else ""),
            "inet_protocols": "all" if self.port6 else "ipv4",
            "mynetworks": "127.0.0.0/8 [::1]/128",
            "mydestination": "",
            "local_recipient_maps": "",
            "alias_maps": "",
            "alias_database": "",
            "local_transport": "error:no local delivery",
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "smtpd_peername_lookup": "no",
            "notify_classes": "",
            "default_transport": "discard:",
            "relay_transport": "discard:",
            "virtual_mailbox_domains": "maildir.test, discard.test",
            "virtual_mailbox_base": self.base + "/mail",
            "virtual_mailbox_maps": "static:box/",
            "virtual_uid_maps": f"static:{nobody}",
            "virtual_gid_maps": f"static:{nobody}",
            "transport_maps": "inline:{ discard.test=discard: }",
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, "
                                        "reject_unauth_destination",
            "smtpd_recipient_restrictions": "check_recipient_access inline:"
                                            "{ reject@discard.test=REJECT, "
                                            "defer@discard.test=DEFER }, permit",
            "smtpd_authorized_xclient_hosts": "127.0.0.0/8 [::1]/128",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_chain_files": self._certificate(),
            "smtpd_error_sleep_time": "0",
            "smtpd_soft_error_limit": "1000",
            "smtpd_hard_error_limit": "1001",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_junk_command_limit": "1000",
            "milter_default_action": "tempfail",
            "milter_connect_timeout": "5",
        }
        if tree:
            values["import_environment"] = values["export_environment"] = (
                "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME "
                "LD_LIBRARY_PATH")
        values.update(self.settings)
        return "".join(f"{name} = {value}\n" for name, value in values.items())

    def _master_cf(self):
        lines = []
        for name, port in self.ports.items():
            options = [f" -o {{ {key} = {value} }}"
                       for key, value in self.listeners[name].items()]
            lines.append(f"127.0.0.1:{port} inet n - n - - smtpd" + "".join(options))
        if self.port6:
            lines.append(f"[::1]:{self.port6} inet n - n - - smtpd")
        return "\n".join(lines) + "\n" + SERVICES

    def environment(self):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAIL_CONFIG": self.etc, "LANG": "C"}
        if root():
            env["LD_LIBRARY_PATH"] = ":".join(
                root() + place for place in ("/usr/lib/postfix", "/usr/lib/x86_64-linux-gnu",
                                             "/usr/lib/aarch64-linux-gnu", "/usr/lib"))
        return env

    def program(self, path, *words):
        """The command line that runs one of Postfix's programs, in its chroot if there is one.
        Each word of it replaces the process of the one before, so that its id is the program's."""
        if chroot():
            return ["unshare", "--mount", "sh", "-c", ENTER, "sh", chroot(), self.shared, path,
                    *words]
        return [root() + path, *words]

    def command(self, *words, **kept):
        """Runs one of Postfix's commands with this instance's configuration."""
        return subprocess.run(self.program(*words), env=self.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, **kept)

    def start(self):
        self._directories()
        if chroot() and not os.path.isdir(chroot() + self.shared):
            os.makedirs(chroot() + self.shared)
            self.made_place = True
        for name, text in (("main.cf", self._main_cf()), ("master.cf", self._master_cf())):
            with open(f"{self.etc}/{name}", "w") as f:
                f.write(text)
            # Postfix waits until its files are no longer fresh; these are old at once.
            os.utime(f"{self.etc}/{name}", (time.time() - 60,) * 2)
        with open(self.etc + "/dynamicmaps.cf", "w") as f:
            f.write("pcre\tpostfix-pcre.so\tdict_pcre_open\n" if has_pcre() else "")
        self.output = open(self.base + "/master.out", "wb")
        self.master = subprocess.Popen(
            self.program("/usr/lib/postfix/sbin/master", "-d", "-c", self.etc),
            env=self.environment(), stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=self.output, start_new_session=True)
        until(self._started, "the private Postfix is ready")
        self.version = self.command("/usr/sbin/postconf", "-d", "-h", "mail_version") \
            .stdout.decode().strip()
        self.ways = versions.ways(self.version)

    def _started(self):
        """By its log: a connection to try the port would be a session for the milter."""
        if self.master.poll() is not None:
            raise Failure("Postfix's master ended: " + self.said())
        return "daemon started" in self.said()

    def said(self):
        """What master and its children wrote, for reports."""
        text = ""
        for path in (self.base + "/master.out", self.log):
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    text += f.read()
        return text

    def complaints(self):
        """The lines of its log that tell of trouble."""
        words = ("warning:", "error:", "fatal:", "panic:", "milter-reject:")
        return [line for line in self.said().splitlines() if any(w in line for w in words)]

    @property
    def table(self):
        """Its column in visibility.py."""
        return "postfix310" if self.ways.unknown_line else "postfix37"

    def shows(self, verb):
        """Does a milter hear of this command?"""
        return visible(self.table, verb)

    @staticmethod
    def at(addr):
        """Where a client that is said to be there is seen to be."""
        return addr.replace("IPV6:", "")

    @staticmethod
    def networks(text):
        """The same for the networks of a configuration."""
        return text

    @staticmethod
    def queue_id(reply):
        """Of the answer to the final dot."""
        return reply.text.split()[-1]

    def stop(self):
        """SIGTERM, which master passes on to its children."""
        if self.master is None:
            return
        self.master.send_signal(signal.SIGTERM)
        try:
            self.master.wait(10)
        except subprocess.TimeoutExpired:
            self.master.kill()
            self.master.wait()
        self._children_end()
        self.output.close()
        self.master = None
        if self.made_place:  # removed while another server runs, it would lose its mount
            os.rmdir(chroot() + self.shared)

    def _children_end(self):
        """Most children end with master; postlogd would take seconds to see that it is alone."""
        end = time.monotonic() + 0.3
        while time.monotonic() < end and self._session_lives():
            time.sleep(0.02)
        if self._session_lives():
            os.killpg(self.master.pid, signal.SIGKILL)

    def _session_lives(self):
        try:
            os.killpg(self.master.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def delivered(self):
        """The messages in the mailbox, as bytes with LF line ends, in no special order."""
        found = []
        if os.path.isdir(self.inbox):
            for name in sorted(os.listdir(self.inbox)):
                with open(f"{self.inbox}/{name}", "rb") as f:
                    found.append(f.read())
        return found

    def delivery(self, mark, seconds=10.0):
        """The delivered message that contains `mark`; waits for it."""
        mark = mark.encode()
        found = until(lambda: [m for m in self.delivered() if mark in m],
                      f"a message with {mark!r} is delivered", seconds)
        return found[0]

    def queued(self):
        """The files of mail that was accepted and is not delivered yet, as "QUEUE/ID"."""
        return [f"{name}/{file}" for name in ("incoming", "active", "deferred", "maildrop")
                for _, _, files in os.walk(f"{self.base}/queue/{name}") for file in files]

    def queue_is_empty(self):
        return not self.queued()

    def settle(self):
        """Waits until everything that was accepted has gone where it goes."""
        until(self.queue_is_empty, "the queue of the private Postfix runs empty")
