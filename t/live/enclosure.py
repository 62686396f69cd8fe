"""enclosure.py - the daemon in namespaces of its own: what it is told to mount, and processes that
are looked up by name, are there for nobody else, and gone when it ends.
"""
import os
import shutil
import signal
import subprocess

from daemon import PROGRAM, Daemon, environment
from tap import Failure, Skip, check, until

# what tells that this machine cannot do it
CANNOT = 97


class Enclosed(Daemon):
    """A daemon that is started after `script`, text for sh in which $1 is the base and a command
    that fails ends all. `inside` is the name of its log in there, where that is another one. With
    `background` it says what it has to say to syslog; its exit status then is not known."""

    def __init__(self, base, name, script, inside=None, background=False):
        super().__init__(base, name)
        self.script = script
        self.background = background
        if inside:
            self.log_path = inside
        self.pid = None

    def spawn(self, *options, **kept):
        if not shutil.which("unshare") or not shutil.which("nsenter"):
            raise Skip("there is no unshare(1) or nsenter(1)")
        script = (f"set -e; trap 'exit {CANNOT}' EXIT; {self.script}\n"
                  "trap - EXIT; shift; ")
        script += '"$@"; exec sleep 1000' if self.background else 'exec "$@"'
        foreground = () if self.background else ("-f",)
        with open(self.stderr_path, "ab") as errors:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh",
                 "-c", script, "sh", self.base, PROGRAM, *foreground, "-c", self.conf, *options],
                env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, **kept)
        self.pid = None
        return self

    def _alive(self):
        if self.process.poll() == CANNOT or "unshare:" in self.said():
            raise Skip("nothing can be mounted here: " + self.said().strip())
        return super()._alive()

    def inner(self):
        """The id of the daemon's process, seen from here."""
        if self.pid is None:
            self.pid = child(self.process.pid)
            if self.background:  # the first one in there takes what has lost its parent
                self.pid = child(self.pid)
        return self.pid

    def signal(self, number):
        os.kill(self.inner(), number)

    def run(self, *words, **kept):
        """A program in there."""
        return subprocess.run(["nsenter", "-t", str(self.inner()), "-m", "-p", "-r", *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, **kept)

    def done(self, *words, **kept):
        """The same, and it must succeed; what it said."""
        result = self.run(*words, **kept)
        text = result.stdout.decode(errors="replace")
        check(result.returncode == 0, f"{words[0]} ended with {result.returncode}: {text}")
        return text

    def stop(self, seconds=40.0):
        if self.process is not None and self.process.poll() is None:
            try:
                self.signal(signal.SIGTERM)
            except (ProcessLookupError, Failure):
                pass
            if self.background:
                until(lambda: state(self.inner()) in "Z", "the daemon's end", seconds)
                self.kill()
                return 0
        return self.ended(seconds)


def child(process):
    def children():
        with open(f"/proc/{process}/task/{process}/children") as f:
            return f.read().split()
    return int(until(children, "the process in the namespace")[0])


def state(process):
    """A letter, or nothing: there is no such process."""
    try:
        with open(f"/proc/{process}/stat") as f:
            return f.read().rpartition(") ")[2][0]
    except OSError:
        return ""


def account(name, number):
    """Text for sh that adds an account to those of the machine."""
    return (f"for f in passwd group; do cp /etc/$f $1/$f.enclosed; done\n"
            f"echo '{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin'"
            f" >>$1/passwd.enclosed\n"
            f"echo '{name}:x:{number}:' >>$1/group.enclosed\n"
            "for f in passwd group; do mount --bind $1/$f.enclosed /etc/$f; done")
