"""bench.py - one profile's bench: the receiving Postfix, the milter behind it, and what both know.

Each message of each sender has a listener of its own, MESSAGE.SENDER: its name stands in the
records, and by it the daemon knows what to simulate. So nothing has to be guessed afterwards, and
one message's fate does not touch the next.
"""
import collections
import os
import re
import time

import daemon
import messages
import mtaconf
import postfix
import senders
from tap import Failure, until

LOST_SECONDS = 6  # state.lost_after_seconds

SETTINGS = {
    "inet_protocols": "ipv4",
    "virtual_mailbox_domains": " ".join(messages.domain(m) for m in messages.MESSAGES),
    # What a sender of the outside would not get.
    "smtpd_authorized_xclient_hosts": "",
    "local_header_rewrite_clients": "",
}

CONFIGURATION = """\
milter : {{ socket = "inet:{port}@127.0.0.1"; drain_seconds = 2; }};
policy : {{ profile = "{profile}"; mode = "enforce"; }};
clients = (
  {clients} );
log : {{ file = "{log}"; syslog = false; }};
state : {{ path = "{state}"; lost_after_seconds = {lost}; }};
"""

TOKEN = re.compile(rb"staging-token (\S+) end")
OWNER = re.compile(rb"^Delivered-To: (\S+)$", re.M)


def _listener(message, sender):
    return f"{message.name}.{sender}"


def ports_needed(chosen, count):
    """For these messages and that many senders."""
    return len(chosen) * count + 1


class Bench:
    def __init__(self, folder, profile, chosen, names, ports):
        self.folder, self.profile, self.messages = folder, profile, chosen
        self.listeners = [_listener(m, name) for name in names for m in chosen]
        self.milter_port, *rest = ports
        self.ports = dict(zip(self.listeners, rest))
        self.daemon = daemon.Daemon(folder)
        self.mta = None
        self.untold = set()  # messages of which nothing was told in time

    def start(self):
        conf = mtaconf.main_cf(mtaconf.written(
            "postfix", self.profile, self.folder + "/mtaconf")["fixup-main.cf"])
        self.mta = postfix.Postfix(
            self.folder + "/receiver",
            {**SETTINGS, "smtpd_milters": f"inet:127.0.0.1:{self.milter_port}", **conf},
            {name: {"milter_macro_daemon_name": name} for name in self.listeners}, self.ports)
        self.daemon.start(self._configuration())
        self.mta.start()

    def _configuration(self):
        blocks = [f'{{ daemon_name = "{name}"; simulate : {{ {m.simulate} }}; }}'
                  for name, m in zip(self.listeners, self.messages * len(self.listeners))
                  if m.simulate]
        return CONFIGURATION.format(
            port=self.milter_port, profile=self.profile, clients=",\n  ".join(blocks),
            log=self.daemon.log_path, state=self.folder + "/state.db", lost=LOST_SECONDS)

    def stop(self):
        """Ends the receiver and the milter; 0 when the milter ended well."""
        if self.mta is not None:
            self.mta.stop()
        return self.daemon.stop(10)

    def kill(self):
        """The same when something went wrong; says nothing about it."""
        try:
            self.stop()
        except Failure:
            pass
        self.daemon.kill()

    # What the receiver and the log know

    def ports_of(self, sender):
        return {m.name: self.ports[_listener(m, sender)] for m in self.messages}

    def _sessions_over(self):
        said = self.mta.said()
        return said.count(": connect from ") == said.count(": disconnect from ")

    def settle(self, answers=True):
        """Waits until every session is over, what was taken is delivered, the answers that come
        later are there, if they are to be waited for, and nobody writes to the log any more."""
        until(lambda: self._sessions_over() and self.mta.queue_is_empty(),
              "all sessions at the receiver end, and its queue runs empty",
              messages.HOLD_SECONDS + 30)
        end = time.monotonic() + LOST_SECONDS + 4
        quiet, count = 0.0, -1
        while quiet < 0.3 or (answers and self._unanswered() and time.monotonic() < end):
            records = len(self.daemon.log.read())
            quiet = quiet + 0.05 if records == count else 0.0
            count = records
            time.sleep(0.05)
        if answers:
            self.untold |= self._unanswered()

    def _unanswered(self):
        """Messages with recipients that were refused by 452, as long as it is not told what the
        sender did then."""
        asked, told = set(), set(self.untold)
        for r in self.daemon.log.records:
            if r["type"] == "message" and r["recipients"]["deferred"] and r["verdict"] != "drop":
                asked.add((r["session"], r["message"]))
            elif r["type"] == "later" and any(f["rule"] == "recipient-truncation"
                                              for f in r["findings"]):
                told.add((r["session"], r["message"]))
        return asked - told

    def records(self, message, sender):
        """Of this message's sessions, those at once and those later."""
        name = _listener(message, sender)
        now = [r for r in self.daemon.log.read() if r.get("listener") == name
               and r["type"] in ("message", "session")]
        sessions = {r["session"] for r in now}
        later = [r for r in self.daemon.log.records
                 if r["type"] == "later" and r["session"] in sessions]
        return now, later

    def copies(self, job):
        """How many copies each recipient got, by the mailbox."""
        token = job.message_id[1:].split("@")[0].encode()
        found = collections.Counter()
        for mail in self.mta.delivered():
            head = mail.split(b"\n\n", 1)[0]
            if token in TOKEN.findall(mail) or job.message_id.encode() in head:
                found[OWNER.search(head).group(1).decode()] += 1
        return found


def play(bench, sender, message):
    """One message by one sender; gives the job and what the sender says of it."""
    name = messages.token(message, sender.name, bench.profile)
    job = senders.Job(message, messages.recipients(message), f"<{name}@example.org>",
                      f"{bench.folder}/messages/{message.name}.{sender.name}.eml",
                      lambda: bench.settle(answers=False))
    os.makedirs(os.path.dirname(job.file), exist_ok=True)
    with open(job.file, "wb") as f:
        f.write(messages.text(message, sender.name, bench.profile))
    sent = sender.send(job)
    bench.settle()
    return job, sent
