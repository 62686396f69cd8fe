#!/usr/bin/env python3
"""test_rsyslog.py - contrib/readers/rsyslog-*.conf: the records of two mail servers arrive at a
third host as they are, over rotations and restarts, the longest too, and the chain can be verified
there; so do the key=value lines.

Paths, host and port are put in place of those in the files. FX_RSYSLOG_ROUNDS=20 makes it longer.
"""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True

import chain
import rsyslog
from daemon import SOURCE
from enclosure import Enclosed
from harness import Live, main, message
from mailers import Mailers, missing
from postfix import free_port
from tap import check, equal, note, until

READERS = os.path.join(SOURCE, "contrib", "readers")
HOSTS = ("mx1.example.net", "mx2.example.net")
NOGROUP = 65534
# /dev/log is one name for all; in a namespace it leads to the rsyslogd of that host
DEV_LOG = """
mkdir -p $1/$NAME.dev
mount -t tmpfs -o mode=755 none $1/$NAME.dev
cp -a /dev/null /dev/zero /dev/random /dev/urandom $1/$NAME.dev
ln -s $1/$NAME/log.sock $1/$NAME.dev/log
mount --bind $1/$NAME.dev /dev"""


def configuration(name, replaced):
    with open(os.path.join(READERS, name)) as f:
        text = f.read()
    for old, new in replaced.items():
        check(old in text, f"{name} has no {old}")
        text = text.replace(old, new)
    return text


class Host:
    """A mail server's side: daemon, log, rsyslogd."""

    def __init__(self, live, host, port, socket, more=""):
        self.live, self.name = live, host.split(".")[0]
        self.place = f"{live.base}/{self.name}.log"
        os.mkdir(self.place)
        os.chown(self.place, 0, NOGROUP)  # rsyslogd may read what is made there
        os.chmod(self.place, 0o2750)
        self.rsyslog = rsyslog.Rsyslog(live.base, self.name, configuration(
            "rsyslog-mta.conf", {"/var/log/fixup-milter/": self.place + "/",
                                 "logs.example.net": "127.0.0.1", '"6514"': f'"{port}"'}), host)
        self.daemon = Enclosed(live.base, self.name + ".milter",
                               f"NAME={self.name}{DEV_LOG}", background=True)
        live.daemons.append(self.daemon)
        self.daemon.log_path = self.daemon.log.path = self.place + "/compliance.jsonl"
        self.daemon.write(live.configuration(
            self.daemon, socket, policy='profile = "pix-6.3";', state='backend = "memory";',
            logging="rotate_bytes = 32768;", more=more).replace("syslog = false", "syslog = true"))
        note(self.daemon.said)
        note(self.rsyslog.said)

    def parts(self):
        """The daemon rotates by itself."""
        return sorted(glob.glob(self.daemon.log.path + ".2*")) + [self.daemon.log.path]

    def octets(self):
        return b"".join(chain.data(p) for p in self.parts())


class Central:
    def __init__(self, live):
        self.place = live.base + "/arrived"
        os.mkdir(self.place)
        os.chown(self.place, 65534, NOGROUP)
        self.port = free_port()
        self.rsyslog = rsyslog.Rsyslog(live.base, "central", configuration(
            "rsyslog-central.conf", {"/var/log/fixup-central/": self.place + "/",
                                     '"6514"': f'"{self.port}"'}), "logs.example.net")

    def path(self, host):
        return f"{self.place}/{host}.jsonl"

    def octets(self, host):
        return chain.data(self.path(host)) if os.path.exists(self.path(host)) else b""

    def lines(self):
        path = self.place + "/fixup-milter.log"
        return chain.data(path).decode().splitlines() if os.path.exists(path) else []


def checked(tap, rsyslogs):
    with tap.case("rsyslogd's own check finds nothing in either file"):
        for one in rsyslogs:
            equal(one.check(), (0, []), one.conf)


def arrives(central, hosts):
    for name, host in hosts.items():
        until(lambda: len(central.octets(name)) >= len(host.octets()), f"the records of {name}", 30)
        check(central.octets(name) == host.octets(), f"the records of {name} are not the same:\n"
              f"{central.octets(name)[-300:]}\nand\n{host.octets()[-300:]}")


def flows(tap, live, central, hosts, ports):
    rounds = int(os.environ.get("FX_RSYSLOG_ROUNDS", "3"))
    with tap.case("the records of two hosts arrive as they are, over rotations"):
        crowds = [Mailers(port, 4, mark, pause=0.002) for mark, port in ports.items()]
        until(lambda: all(len(host.parts()) > rounds for host in hosts.values()),
              "so many rotations", 60)
        acknowledged = [crowd.stop() for crowd in crowds]
        arrives(central, hosts)
        for name, marks in zip(hosts, acknowledged):
            check(len(marks) > 20, "mail was acknowledged")
            equal(missing(marks, chain.records(central.path(name))), [], "without a record there")
        print(f"# {sum(map(len, acknowledged))} messages acknowledged, "
              f"{sum(len(central.octets(n)) for n in hosts)} octets arrived of "
              f"{sum(len(h.parts()) for h in hosts.values())} parts")


def long_lines(tap, live, central, hosts):
    with tap.case("a record of several hundred kB arrives whole"):
        with live.hello("long.example.org") as session:
            session.expect(250, "MAIL FROM:<a@example.org>")
            for n in range(900):
                session.send(f"RCPT TO:<{n:03d}.{'x' * 40}@{('d' * 50 + '.') * 4}"
                             "discard.test>\r\n", log=False)
                equal(session.read_reply().code, 250, "answer to RCPT")
            session.data(message(mark="long"), code=250)
        arrives(central, hosts)
        longest = max(chain.lines(central.path(HOSTS[0])), key=len)
        check(len(longest) > 210_000, f"the longest record has {len(longest)} octets")
        print(f"# the longest record that arrived has {len(longest)} octets")


def restarted(tap, live, central, hosts):
    with tap.case("rsyslogd was down for a while: what was written meanwhile arrives, once"):
        # a part that is renamed while it is down would be for somebody to bring by hand
        host = hosts[HOSTS[0]]
        with open(host.daemon.conf) as f:
            text = f.read()
        host.daemon.reload(text.replace("rotate_bytes = 32768", "rotate_bytes = 0"))
        arrives(central, hosts)
        host.rsyslog.stop()
        with live.hello("meanwhile.example.org") as session:
            for n in range(5):
                session.mail(message(mark=f"meanwhile{n}"), to=("b@discard.test",), code=250)
        host.rsyslog.start()
        arrives(central, hosts)


def key_value(tap, live, central):
    with tap.case("the key=value lines arrive as RFC 5424"):
        with live.hello("flagged.example.org") as session:
            session.mail(message("Content-Type: text/plain", "Content-Type: text/html"), code=250)
        wanted = 'rules="content-type-duplicate"'
        note(lambda: "\n".join(central.lines()))
        lines = until(lambda: [x for x in central.lines() if wanted in x], "a line with this rule")
        equal(len(lines), 1, "lines")
        check(re.fullmatch(rf'<22>1 \S+ {HOSTS[0]} fixup-milter \d+ - - session="[0-9a-f]{{32}}" .*',
                           lines[0]), lines[0])


def verified(tap, central, hosts):
    with tap.case("the chain of each host is intact where it arrived"):
        for host in hosts.values():
            equal(host.daemon.stop(), 0, "exit status")
        arrives(central, hosts)
        for name in hosts:
            chain.intact([central.path(name)])


def test(tap):
    with Live() as live:
        central = Central(live)
        hosts = {HOSTS[0]: Host(live, HOSTS[0], central.port, "unix:" + live.unix,
                                "limits : { recipients = 1000; };"),
                 HOSTS[1]: Host(live, HOSTS[1], central.port, f"inet:{live.inet}@127.0.0.1")}
        parts = [central.rsyslog, *(h.rsyslog for h in hosts.values())]
        checked(tap, parts)
        try:
            for one in parts:
                one.start()
            for host in hosts.values():
                host.daemon.start()
            flows(tap, live, central, hosts, {"mx1": live.postfix.ports["smtpd"],
                                              "mx2": live.postfix.ports["inet"]})
            long_lines(tap, live, central, hosts)
            restarted(tap, live, central, hosts)
            key_value(tap, live, central)
            verified(tap, central, hosts)
        finally:
            for one in parts:
                one.stop()


def missing_program():
    return None if rsyslog.program() and rsyslog.modules() else "there is no rsyslogd"


main(test, missing=missing_program)
