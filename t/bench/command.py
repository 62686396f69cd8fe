"""command.py - what the programs for `make bench` have in common: numbers by the environment, and
an end by a signal."""
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


def die_once(name):
    """A signal ends the program by way of every `finally`, which no second one interrupts."""
    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(received, _):
        for sign in signs:
            signal.signal(sign, signal.SIG_IGN)
        sys.exit(f"{name}: ended by {signal.Signals(received).name}")

    for sign in signs:
        signal.signal(sign, end)
