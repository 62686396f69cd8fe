"""through_mta.py - the same filters behind a real Postfix, by smtp-source with four sessions: how
long the messages take until Postfix has answered the last one."""
import os
import subprocess
import time

import opendkim
import postfix
from filters import Verifier
from tap import Failure, until

NONE = "no milter"
SESSIONS = 4
RECIPIENT = "user@discard.test"  # the private Postfix throws it away once it is queued
PATIENCE = 300


def send(mta, listener, path, count):
    """Seconds. Nothing of it is left in the queue afterwards."""
    command = mta.program("/usr/sbin/smtp-source", "-s", str(SESSIONS), "-m", str(count), "-F", path,
                          "-f", "sender@example.org", "-t", RECIPIENT,
                          f"127.0.0.1:{mta.ports[listener]}")
    began = time.monotonic()
    subprocess.run(command, env=mta.environment(), stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, timeout=PATIENCE, check=True)
    took = time.monotonic() - began
    until(mta.queue_is_empty, "the queue runs empty", PATIENCE)
    return took


def alternate(bench, mta, work, listeners, mail, count):
    """listeners: name -> the filter behind it, or None."""
    print(f"{work} ...", flush=True)
    found = {name: [] for name in listeners}
    names = list(listeners)
    path = bench.mails[mail].for_smtp()
    for number in range(-1, bench.rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            sent = max(count // 5, SESSIONS) if number < 0 else count
            behind = listeners[name]
            before = behind.cpu() if behind else 0
            took = send(mta, name, path, sent)
            used = behind.cpu() - before if behind else 0
            if behind:
                behind.sent(bench.mails[mail], sent)
            if number >= 0:
                found[name].append({"seconds": took, "rate": sent / took,
                                    "cpu_us": used / sent * 1e6})
    for name, rounds in found.items():
        bench.result.measured(work, listeners[name].title if listeners[name] else NONE, rounds)


def run(bench):
    why = postfix.missing()
    if why is not None:
        bench.result.left_out("through Postfix", why)
        return
    every, same, ours = bench.three("-mta")
    listeners = {"none": None, "every": every, "same": same, "ours": ours}
    why = opendkim.missing()
    if why is not None:
        bench.result.left_out("opendkim through Postfix", why)
    else:
        listeners["opendkim"] = bench.start(Verifier(bench.folder, bench.public))
        listeners["opendkim"].verifies(bench.mails["4k-tampered"])
    mta = postfix.Postfix(bench.folder + "/postfix", {"milter_default_action": "tempfail"}, {
        name: {"smtpd_milters": behind.place if behind else ""}
        for name, behind in listeners.items()})
    os.mkdir(mta.base)
    count = max(bench.messages * 2 // 3, 20)
    try:
        mta.start()
        four = {name: listeners[name] for name in ("none", "every", "same", "ours")}
        alternate(bench, mta, "Postfix, 4 kB", four, "4k", count)
        if "opendkim" in listeners:
            two = {name: listeners[name] for name in ("opendkim", "ours")}
            alternate(bench, mta, "Postfix, 4 kB, signed", two, "4k-signed", count)
        complaints = [line for line in mta.complaints()  # not what it says of clocks
                      if any(word in line for word in ("milter", "fatal:", "panic:"))]
    finally:
        mta.stop()
    if complaints:
        raise Failure(f"Postfix complains: {complaints[:3]}")
    ratios(bench, (every, same, ours))
    bench.end([behind for behind in listeners.values() if behind])


def ratios(bench, three):
    of = bench.result.ratio
    every, same, ours = (("Postfix, 4 kB", f.title) for f in three)
    of("through Postfix, time / every callback answered", "seconds", ours, every)
    of("through Postfix, time / same negotiation", "seconds", ours, same)
    of("through Postfix, time / no milter", "seconds", ours, ("Postfix, 4 kB", NONE))
    for member, name in (("seconds", "time"), ("cpu_us", "CPU")):
        of(f"through Postfix, signed, {name} / opendkim verifying", member,
           ("Postfix, 4 kB, signed", three[2].title), ("Postfix, 4 kB, signed", "opendkim"))
