"""command.py - what the programs for `make bench` have in common: numbers by the environment, and
an end by a signal that leaves no process."""
import os
import signal
import sys


def number(name, default):
    try:
        value = int(os.environ.get(name) or default)
    except ValueError:
        value = 0
    if value < 1:
        sys.exit(f"{name} is a number above 0")
    return value


def _children():
    """The processes that this one began, and that have not been waited for."""
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as f:
                if f.read().rsplit(")", 1)[1].split()[1] == str(os.getpid()):
                    yield int(entry)
        except OSError:  # no process, or no longer
            pass


def end_children():
    """Those that are still there: a signal may come when one was begun and is not known yet."""
    for child in list(_children()):
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except OSError:  # somebody else has waited for it
            pass


def die_once(name):
    """A signal ends the program by way of every `finally`, which no second one interrupts."""
    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(received, _):
        for sign in signs:
            signal.signal(sign, signal.SIG_IGN)
        sys.exit(f"{name}: ended by {signal.Signals(received).name}")

    for sign in signs:
        signal.signal(sign, end)
