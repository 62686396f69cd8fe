"""senders.py - who delivers: a Postfix with its queue, or any command.

A sender has `name`, start(ports), send(job) -> Sent, and stop(). `ports` gives the port of the
receiver for each message by its name. job.settle is to be called between two attempts.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import namedtuple

import messages
import postfix
from tap import Failure, until

# What the sender says of it. believed: it says that all was delivered; None: see queued and
# bounced, both lists of recipients. note: why not all was, in its words. failed: it was not run, or
# was ended.
Sent = namedtuple("Sent", "believed queued bounced note failed", defaults=(False,))

# One message for one sender: a messages.Message, its recipients, its Message-ID, its file; settle()
# waits until the receiver has come to rest.
Job = namedtuple("Job", "message to message_id file settle")

ATTEMPTS = 3  # of one message, by a sender that has a queue
OUTPUT = 1 << 20  # octets of a command's output that are kept
NOTE = 200  # characters of a line of it that are shown
NOT_RUN = (126, 127)  # exit statuses of sh when it could not run a command

SETTINGS = {
    "myhostname": "client.example.org",
    "smtp_helo_name": "client.example.org",
    "virtual_mailbox_domains": "example.org",  # bounces come back here
    "smtpd_milters": "",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "smtp_data_done_timeout": f"{messages.PATIENCE}s",
    "smtp_connect_timeout": "10s",
    "smtp_helo_timeout": "20s",
    "smtp_mail_timeout": "20s",
    "smtp_rcpt_timeout": "20s",
    "smtp_data_init_timeout": "20s",
    "smtp_data_xfer_timeout": "20s",
    "smtp_rset_timeout": "5s",
    "smtp_quit_timeout": "5s",
    "smtp_tls_security_level": "may",
    # One session for each delivery, so that runs are alike.
    "smtp_connection_cache_on_demand": "no",
}


# A Postfix that meets the masked banner says HELO and so uses no extension at all. The other one
# says EHLO, as most senders do: it uses what it is offered.
POSTFIXES = {"postfix": {}, "postfix-esmtp": {"smtp_pix_workarounds": ""}}


class SendingPostfix(postfix.Postfix):
    """An instance that listens nowhere, and sends what is for NAME.example.net to that port."""

    def __init__(self, base, ports, settings):
        routes = ", ".join(f"{{ {name}.example.net = smtp:[127.0.0.1]:{port} }}"
                           for name, port in ports.items())
        super().__init__(
            base, {**SETTINGS, "transport_maps": f"inline:{{ {routes} }}", **settings}, {})

    def _master_cf(self):
        return super()._master_cf() + "flush unix n - n 1000? 0 flush\n"

    def _run(self, *words, **kept):
        done = self.command(*words, **kept)
        if done.returncode != 0:
            raise Failure(f"{words[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def submit(self, sender, to, text):
        self._run("/usr/sbin/sendmail", "-i", "-f", sender, "--", *to, input=text)

    def queued(self):
        """What is in the queue, as postqueue(1) gives it, by queue id."""
        lines = self._run("/usr/sbin/postqueue", "-j").decode("utf-8", "replace").splitlines()
        return {entry["queue_id"]: entry for entry in map(json.loads, lines)}

    def again(self, queue_id):
        """The next attempt now instead of minutes later."""
        self._run("/usr/sbin/postqueue", "-i", queue_id)

    def resting(self):
        """Nothing is on its way: what it has waits for a later attempt."""
        for name in ("maildrop", "incoming", "active"):
            for _, _, files in os.walk(f"{self.base}/queue/{name}"):
                if files:
                    return False
        return True


class PostfixSender:
    """The queue's own attempts come minutes apart; here the next one is asked for when the one
    before is over, and after ATTEMPTS what is left counts as stuck."""

    def __init__(self, name, folder, settings):
        self.name, self.settings = name, settings
        self.base = f"{folder}/{name}"
        self.mta = None

    def start(self, ports):
        self.mta = SendingPostfix(self.base, ports, self.settings)
        self.mta.start()

    def stop(self):
        if self.mta is not None:
            self.mta.stop()

    def _bounced(self, domain):
        """Recipients of this domain for whom a bounce came back, each with its diagnostic."""
        found = {}
        for mail in self.mta.delivered():
            for part in mail.decode("utf-8", "replace").split("\n\n"):
                part = re.sub(r"\n[ \t]+", " ", part)  # RFC 5322, 2.2.3
                address = re.search(r"(?im)^Final-Recipient: *[^;\n]+; *(\S+)", part)
                if address and address.group(1).endswith("@" + domain):
                    why = re.search(r"(?im)^Diagnostic-Code: *[^;\n]+; *(.*)", part)
                    found[address.group(1)] = why.group(1) if why else ""
        return found

    def _attempts(self, queue_id):
        return self.mta.said().count(f" {queue_id}: from=<")

    def _attempted(self, queue_id, count):
        """Waits for the end of the attempt with this number."""
        until(lambda: self._attempts(queue_id) >= count and self.mta.resting(),
              f"attempt {count} of {queue_id} ends", 60)

    def send(self, job):
        with open(job.file, "rb") as f:
            self.mta.submit(messages.from_address(self.name), job.to, f.read())
        mark = ": message-id=" + job.message_id
        line = until(lambda: next((l for l in self.mta.said().splitlines() if mark in l), None),
                     "the sending Postfix has the message")
        queue_id = line.split(mark)[0].split()[-1]
        for count in range(1, ATTEMPTS + 1):
            self._attempted(queue_id, count)
            entry = self.mta.queued().get(queue_id)
            if entry is None:
                break
            if count < ATTEMPTS:
                job.settle()
                self.mta.again(queue_id)
        left = [] if entry is None else entry["recipients"]
        bounced = self._bounced(messages.domain(job.message))
        why = [*bounced.values(), *(r.get("delay_reason", "") for r in left)]
        return Sent(None, [r["address"] for r in left], sorted(bounced), why[0] if why else "")


# What they say of trouble.
SWAKS_TELLS = re.compile(r"^(?:<\*\*|\*\*\*) +(.*)", re.M)
SMTP_SOURCE_TELLS = re.compile(r"^\S*smtp-source: ((?:fatal|error|panic|warning): .*)", re.M)

SWAKS = '''\
exec swaks --server "$FX_HOST" --port "$FX_PORT" --ehlo client.example.org \\
    --timeout {patience}s --from "$FX_FROM" --to "$(echo "$FX_TO" | tr " " ,)" \\
    --data "@$FX_MESSAGE"
'''

# It numbers its recipients itself.
SMTP_SOURCE = '''\
set -- $FX_TO
to=$1
[ $# -eq 1 ] || to=${{1#1}}
exec {program} -v -m 1 -s 1 -M client.example.org -f "$FX_FROM" -t "$to" -r $# \\
    -F "$FX_MESSAGE" "$FX_HOST:$FX_PORT"
'''


def seconds(number):
    return f"{number:g} second{'' if number == 1 else 's'}"


def smtp_source():
    return postfix.root() + "/usr/sbin/smtp-source"


class _Output(threading.Thread):
    """Keeps the beginning of what a command says, and lets it say more."""

    def __init__(self, pipe, path):
        super().__init__(daemon=True)
        self.pipe, self.path = pipe, path
        self.start()

    def run(self):
        left = OUTPUT
        with open(self.path, "wb") as f, self.pipe:
            while True:
                data = self.pipe.read1(65536)
                if not data:
                    return
                f.write(data[:left])
                f.flush()
                left -= len(data[:left])


class CommandSender:
    """A command for each message, run by sh: FX_HOST, FX_PORT, FX_FROM, FX_TO (blanks between
    recipients) and FX_MESSAGE (a file with LF line ends) tell it what to do, and 0 as its exit
    status says that it believes all delivered. It has `timeout` seconds; `wait` seconds after
    it, whatever it left running in its process group is ended. Why it failed is the first line
    of its output that `tells` finds; without that, the last line."""

    def __init__(self, name, command, folder, timeout, wait, env=None, tells=None):
        self.name, self.command, self.folder = name, command, folder
        self.timeout, self.wait, self.env, self.tells = timeout, wait, env or {}, tells
        self.ports = {}
        self.process = None

    def start(self, ports):
        self.ports = ports

    def send(self, job):
        env = {**os.environ, **self.env, "FX_HOST": "127.0.0.1",
               "FX_PORT": str(self.ports[job.message.name]), "FX_TO": " ".join(job.to),
               "FX_FROM": messages.from_address(self.name), "FX_MESSAGE": job.file}
        self.process = subprocess.Popen(
            ["sh", "-c", self.command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        output = _Output(self.process.stdout, f"{self.folder}/{job.message.name}.{self.name}.out")
        failed = True
        try:
            status = self.process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            status, note = None, "ended after " + seconds(self.timeout)
        else:
            note = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
            failed = status < 0 or status in NOT_RUN
        time.sleep(self.wait)
        self.stop()
        output.join(5)
        said = self._why(output.path)
        return Sent(status == 0, [], [], f"{note}: {said}" if said else note, failed)

    def _why(self, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        lines = self.tells.findall(text)[:1] if self.tells else text.split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return "".join(c if c.isprintable() else "?" for c in last[:NOTE])

    def stop(self):
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None


def _fault(command):
    """What is wrong with a command line, as far as can be told without running it, or None."""
    syntax = subprocess.run(["sh", "-n", "-c", command], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if syntax.returncode:
        return syntax.stderr.decode(errors="replace").strip().split("\n")[0]
    words = [w for w in command.split() if not re.match(r"\w+=", w)]
    if not words:
        return "an empty command"
    if re.search(r"[$`(){};<>|&\"'\\*?]", words[0]):  # only sh can tell
        return None
    if "/" in words[0]:
        path = os.path.expanduser(words[0])
        if not os.path.isfile(path):
            return f"{words[0]}: no such command"
        return None if os.access(path, os.X_OK) else f"{words[0]} cannot be executed (chmod +x)"
    known = subprocess.run(["sh", "-c", 'command -v -- "$1"', "sh", words[0]],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return None if known.returncode == 0 else f"{words[0]}: no such command"


def why_not(what):
    """Why this sender cannot be, or None."""
    if what in POSTFIXES:
        return None
    if what == "swaks":
        return None if shutil.which("swaks") else "swaks is not installed"
    if what == "smtp-source":
        there = not postfix.chroot() and os.access(smtp_source(), os.X_OK)
        return None if there else "there is no smtp-source"
    return _fault(what)


BUILT_IN = (*POSTFIXES, "swaks", "smtp-source")


def names(wanted):
    """A short name for each, no two alike: the file name of its command, if that is a plain word,
    and a number if needed."""
    found = []
    for what in wanted:
        words = [what] if what in BUILT_IN else \
            [w for w in what.split() if not re.match(r"\w+=", w)]
        base = "command"
        if re.fullmatch(r"[\w./+-]+", words[0]):
            base = re.sub(r"[^a-z0-9-]+", "-", os.path.basename(words[0]).lower()).strip("-")[:20] \
                or base
        name, number = base, 1
        while name in found or (name in BUILT_IN and what not in BUILT_IN):
            number += 1
            name = f"{base}-{number}"
        found.append(name)
    return found


def make(name, what, folder, timeout, wait, env):
    """`env` is what Postfix's programs need where they are unpacked only."""
    if what in POSTFIXES:
        return PostfixSender(name, folder, POSTFIXES[what])
    command, tells = what, None
    if what == "swaks":
        command, tells, env = SWAKS.format(patience=messages.PATIENCE), SWAKS_TELLS, {}
    elif what == "smtp-source":
        command, tells = SMTP_SOURCE.format(program=smtp_source()), SMTP_SOURCE_TELLS
    else:
        env = {}
    return CommandSender(name, command, folder, timeout, wait, env, tells)
