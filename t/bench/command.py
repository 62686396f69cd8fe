"""command.py - what the programs for `make bench` have in common: numbers by the environment, and
an end by a signal that leaves no process."""
import glob
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


def end_children():
    """Those that are still there: a signal may come when one was begun and is not known yet."""
    for path in glob.glob("/proc/self/task/*/children"):
        try:
            with open(path, encoding="ascii") as f:
                children = [int(number) for number in f.read().split()]
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        except OSError:  # the thread has ended, or somebody else has waited for the child
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
