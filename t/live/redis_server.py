"""redis_server.py - a Redis server of our own, on a unix socket and a loopback port.

FX_REDIS_ROOT names an unpacked redis-server where none is installed.
"""
import os
import signal
import subprocess

from daemon import PROGRAM, run_program
from postfix import free_port
from tap import Failure, until


def program():
    for root in (os.environ.get("FX_REDIS_ROOT"), ""):
        path = f"{root}/usr/bin/redis-server" if root is not None else None
        if path and os.access(path, os.X_OK):
            return path
    return None


def built_in():
    """The daemon can use one."""
    return "Redis" in run_program(PROGRAM, "-V").stdout.decode()


def missing():
    if not built_in():
        return "built without hiredis"
    return None if program() else "there is no redis-server"


def usable():
    return missing() is None


def environment():
    """The libraries of an unpacked server lie beside it."""
    root = os.environ.get("FX_REDIS_ROOT")
    if not root:
        return dict(os.environ)
    libraries = [folder for folder, _, files in os.walk(root + "/usr/lib")
                 if any(".so" in name for name in files)]
    return dict(os.environ, LD_LIBRARY_PATH=":".join(libraries)) if libraries else None


class Redis:
    """One server; it keeps nothing when it ends. Started again, it has the same places."""

    def __init__(self, base, name="redis", password=None, user=None):
        self.base = f"{base}/{name}"
        os.mkdir(self.base)
        self.socket = self.base + "/socket"
        self.port = free_port()
        self.password = password
        self.user = user or []  # words of redis.conf's setting of this name
        self.process = None

    def start(self):
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket,
                   "--save", "", "--appendonly", "no", "--dir", self.base, "--logfile", "log"]
        if self.user:
            options += ["--user", *self.user]
        if self.password:
            options += ["--requirepass", self.password]
        self.process = subprocess.Popen([program(), *options], env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        until(self._ready, "the Redis server")
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failure(f"the Redis server ended with {self.process.returncode}")
        log = self.base + "/log"
        if not os.path.exists(log):
            return False
        with open(log, errors="replace") as f:
            return "Ready to accept" in f.read() and os.path.exists(self.socket)

    def uri(self, db=0):
        return f"unix://{self.socket}?db={db}"

    def tcp_uri(self, db=0):
        user = f":{self.password}@" if self.password else ""
        return f"redis://{user}127.0.0.1:{self.port}/{db}"

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """At once, as a crash would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            for left in ("log", "socket"):
                if os.path.exists(f"{self.base}/{left}"):
                    os.unlink(f"{self.base}/{left}")
        self.process = None
