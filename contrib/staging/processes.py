"""processes.py - nothing outlives the run: what was started ends with whoever started it."""
import contextlib
import ctypes
import os
import signal
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2), Linux
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)


class Stopped(BaseException):
    """A signal: everything that was started is to be ended."""


class _Stop:
    """The first signal that came, and whether it may interrupt what runs."""
    came = None
    armed = False


def _on_signal(number, _frame):
    """Only the first one interrupts: what ends the rest is not to be interrupted."""
    if _Stop.came is None:
        _Stop.came = number
        if _Stop.armed:
            _Stop.armed = False
            raise Stopped(number)


def catch_signals():
    for number in SIGNALS:
        signal.signal(number, _on_signal)


@contextlib.contextmanager
def stoppable():
    """What runs within it ends with Stopped when a signal comes, or came before."""
    _Stop.armed = True
    try:
        if _Stop.came is not None:
            raise Stopped(_Stop.came)
        yield
    finally:
        _Stop.armed = False


def own_session():
    """The terminal's signals are for run.sh alone, which hands them on."""
    if os.getsid(0) != os.getpid():
        os.setsid()


def start(process):
    """Starts a multiprocessing.Process whose target calls begin(): no signal comes in between."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def begin():
    """The first thing in a process from start()."""
    _Stop.came, _Stop.armed = None, False
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _prctl(option, value):
    return ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def adopt(parent):
    """For a process that `parent` has forked: it gets SIGTERM when that one is gone, and whatever
    it starts itself becomes its own child again when it loses its parent."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    return os.getppid() == parent


def _children():
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as f:
                    fields = f.read().rsplit(b")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                found.append(int(name))
    return found


def end_children(seconds=5.0):
    """The last thing: ends what is left, and what these leave behind, by their ids."""
    end = time.monotonic() + seconds
    left = _children()
    while left and time.monotonic() < end:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        left = _children()
