"""rsyslog.py - an rsyslogd of our own, unprivileged, on sockets and loopback ports of its own.

FX_RSYSLOG_ROOT names an unpacked rsyslog where none is installed.
"""
import os
import pwd
import signal
import subprocess

from tap import Failure, until
from unpacked import libraries, program as found

OWNER = "nobody"


def program():
    return found("FX_RSYSLOG_ROOT", "/usr/sbin/rsyslogd")


def modules():
    root = os.environ.get("FX_RSYSLOG_ROOT", "")
    return next((folder for folder, _, files in os.walk(root + "/usr/lib")
                 if "imfile.so" in files), None)


class Rsyslog:
    """`text` is its configuration, but for what keeps it off the machine's own places. `host` is
    the name that it gives to what comes from here, `socket` its /dev/log."""

    def __init__(self, base, name, text, host="mx.example.net"):
        self.base = f"{base}/{name}"
        self.socket = self.base + "/log.sock"
        self.conf = self.base + "/rsyslog.conf"
        self.process = None
        owner = pwd.getpwnam(OWNER)
        os.makedirs(self.base + "/work")
        for place in (self.base, self.base + "/work"):
            os.chown(place, owner.pw_uid, owner.pw_gid)
        with open(self.conf, "w") as f:
            # the text first: its global(maxMessageSize) is to count
            f.write(f'{text}\nglobal(workDirectory="{self.base}/work" localHostname="{host}"\n'
                    'processInternalMessages="on")\n'
                    'module(load="imuxsock" SysSock.Use="off")\n'
                    f'input(type="imuxsock" Socket="{self.socket}")\n'
                    f'action(type="omfile" file="{self.base}/said")\n')

    def words(self, *more):
        return [program(), *more, "-f", self.conf, "-M", modules()]

    def check(self):
        """What its own check of the configuration complains of."""
        done = subprocess.run(self.words("-N1"), env=libraries("FX_RSYSLOG_ROOT"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30)
        lines = [line for line in done.stdout.decode().splitlines()
                 if "version" not in line and "End of config" not in line]
        return done.returncode, lines

    def start(self):
        owner = pwd.getpwnam(OWNER)
        self.process = subprocess.Popen(
            self.words("-n", "-i", self.base + "/pid"), env=libraries("FX_RSYSLOG_ROOT"),
            user=owner.pw_uid, group=owner.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._ready, "the start of rsyslogd")
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failure(f"rsyslogd ended with {self.process.returncode}: {self.said()}")
        return os.path.exists(self.socket) and "start" in self.said()

    def said(self):
        """Its own messages, and what came to its socket."""
        try:
            with open(self.base + "/said", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
