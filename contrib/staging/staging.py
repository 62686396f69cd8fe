"""staging.py - the program behind run.sh: arguments, a process for each profile, the result.

Each profile's bench runs in a process of its own, a few at a time: it ends what it started
whatever happens to it, and within a time that is known beforehand.
"""
import argparse
import contextlib
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "t", "live"))

import matrix  # noqa: E402
import messages  # noqa: E402
import processes  # noqa: E402
import postfix  # noqa: E402
import senders  # noqa: E402
from bench import Bench, play, ports_needed  # noqa: E402
from daemon import CONTROL, PROGRAM, environment  # noqa: E402
from tap import Failure  # noqa: E402

PROFILES = ["asa-9", "pix-7.2.2", "pix-6.3", "pix-5.1"]
AT_ONCE = 4


class Bad(Exception):
    """An exit status, and the reason."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Bad(64, f"{message} (run.sh --help)")


def seconds(text):
    value = float(text)
    if not 0 <= value <= 3600:
        raise ValueError
    return value


def arguments(words):
    parser = Parser(prog="run.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("-p", dest="profiles", action="append", metavar="PROFILE")
    parser.add_argument("--sender", dest="senders", action="append", metavar="SENDER")
    parser.add_argument("--message", dest="messages", action="append", metavar="NAME")
    parser.add_argument("--timeout", type=seconds, default=30.0)
    parser.add_argument("--wait", type=seconds, default=0.0)
    parser.add_argument("--keep", metavar="DIR")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", required=True, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def chosen_profiles(wanted):
    wanted = list(dict.fromkeys(wanted or PROFILES))
    done = subprocess.run([CONTROL, "profiles", "--", *wanted], env=environment(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise Bad(64, done.stderr.decode(errors="replace").split("\n")[0])
    return wanted


def chosen_messages(wanted):
    known = {m.name: m for m in messages.MESSAGES}
    for name in wanted or ():
        if name not in known:
            raise Bad(64, f"{name}: no such message; there are {', '.join(known)}")
    return [m for m in messages.MESSAGES if not wanted or m.name in wanted]


def chosen_senders(wanted):
    """Those that were named have to be there; of the usual ones, what is."""
    usable = []
    for what in list(dict.fromkeys(wanted or senders.BUILT_IN)):
        why = senders.why_not(what)
        if why is None:
            usable.append(what)
        elif wanted:
            raise Bad(64, f"--sender: {why}")
        else:
            say(f"without {what}: {why}")
    return list(zip(senders.names(usable), usable))


def folder_for(options):
    """Where the run leaves its files: it stands in Postfix's settings, and Postfix's own users
    have to get there."""
    folder = os.path.abspath(options.keep or options.work + "/run")
    if re.search(r"[^\w./+@-]", folder, re.ASCII):
        raise Bad(73, f"{folder}: letters, digits and . _ + @ - are all that its name may have")
    if os.path.isdir(folder) and os.listdir(folder):
        raise Bad(73, f"{folder}: there is something in it")
    at = os.path.dirname(folder)
    while at != "/":
        if os.path.isdir(at) and not os.stat(at).st_mode & 0o001:
            raise Bad(73, f"{at}: Postfix's users cannot get through it (chmod o+x, or choose "
                          "another folder with --keep)")
        at = os.path.dirname(at)
    try:
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o755)
    except OSError as error:
        raise Bad(73, f"{folder}: {error.strerror}") from None
    return folder


def say(text):
    with contextlib.suppress(OSError):  # of a terminal that is gone
        print("run.sh: " + text, file=sys.stderr, flush=True)


def run_bench(options, bench, crew):
    """Everything behind one profile; gives its rows."""
    rows = []
    started = []
    try:
        bench.start()
        for name, what in crew:
            sender = senders.make(name, what, bench.folder, options.timeout, options.wait,
                                  bench.mta.environment())
            started.append(sender)
            sender.start(bench.ports_of(name))
            for message in options.chosen:
                job, sent = play(bench, sender, message)
                rows.append((sender, job, sent))
            sender.stop()
        rows = [matrix.row(bench, *r) for r in rows]
        status = bench.stop()
        if status != 0:
            raise Failure(f"the milter ended with {status}: {bench.daemon.said()}")
    finally:
        for sender in started:
            sender.stop()
        bench.kill()
    return rows


def child(options, bench, crew, parent):
    """The process of one profile: leaves rows.json, or trouble.txt, in its folder."""
    processes.begin()
    if not processes.adopt(parent):
        return
    each = options.timeout + options.wait + 60
    signal.alarm(int(120 + len(crew) * len(options.chosen) * each))
    try:
        with processes.stoppable():
            rows = run_bench(options, bench, crew)
        with open(bench.folder + "/rows.json", "w") as f:
            json.dump(rows, f)
        text = None
    except processes.Stopped as stopped:
        text = "stopped" if stopped.args[0] != signal.SIGALRM else "it took too long"
    except Failure as failure:
        text = str(failure)
    except Exception:
        text = traceback.format_exc()
    processes.end_children()
    if text is not None:
        with open(bench.folder + "/trouble.txt", "w") as f:
            f.write(text + "\n")
        sys.exit(1)


def run_all(options, profiles, crew):
    """A process for each profile, AT_ONCE at a time; gives rows, and the troubles by profile."""
    need = ports_needed(options.chosen, len(crew))
    ports = postfix.free_ports(need * len(profiles))
    waiting, running = [], []
    for number, profile in enumerate(profiles):
        folder = f"{options.folder}/{profile}"
        os.makedirs(folder, exist_ok=True)
        bench = Bench(folder, profile, options.chosen, [name for name, _ in crew],
                      ports[number * need:(number + 1) * need])
        waiting.append(multiprocessing.Process(target=child,
                                               args=(options, bench, crew, os.getpid())))
    everybody = list(waiting)
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(waiting.pop(0))
                processes.start(running[-1])
            running[0].join(0.1)
            running = [process for process in running if process.is_alive()]
    finally:
        for process in everybody:
            if process.pid is not None and process.is_alive():
                process.terminate()
        for process in everybody:
            if process.pid is not None:
                process.join(30)
        processes.end_children()
    rows, troubles = [], {}
    for profile in profiles:
        try:
            with open(f"{options.folder}/{profile}/rows.json") as f:
                rows += json.load(f)
        except OSError:
            troubles[profile] = trouble(f"{options.folder}/{profile}/trouble.txt")
    return rows, troubles


def trouble(path):
    try:
        with open(path) as f:
            return f.read().rstrip()
    except OSError:
        return "its process ended without a word"


def run(options):
    options.chosen = chosen_messages(options.messages)
    why = postfix.missing()
    if why:
        raise Bad(77 if "root" in why else 69, why)
    if not postfix.has_pcre():
        raise Bad(69, "this Postfix has no tables with PCRE; Debian has them in postfix-pcre")
    if not os.access(PROGRAM, os.X_OK) or not os.access(CONTROL, os.X_OK):
        raise Bad(66, f"{os.path.dirname(PROGRAM)}: no build (FX_BUILDDIR)")
    profiles = chosen_profiles(options.profiles)
    crew = chosen_senders(options.senders)
    if not crew:
        raise Bad(69, "there is no sender")
    options.folder = folder_for(options)
    say(f"messages: {len(options.chosen)}, senders: {len(crew)}, profiles: {len(profiles)}; "
        f"up to two minutes by those that are built in; in {options.folder}")
    began = time.monotonic()
    rows, troubles = run_all(options, profiles, crew)
    say("it took " + senders.seconds(round(time.monotonic() - began)))
    if not options.keep:
        open(options.work + "/kept", "w").close()
    if options.json:
        matrix.show_json(rows)
    elif rows:
        matrix.show(rows, options.chosen, senders.ATTEMPTS)
        matrix.show_where(options.folder)
    sys.stdout.flush()
    for profile, text in troubles.items():
        say(f"{profile}: {text}")
    differing = [(r, text) for r in rows for text in r["differs"]]
    for r, text in differing:
        say(f"{r['profile']}, {r['message']} by {r['sender']}: {text}")
    say(f"logs, mailboxes and queues are in {options.folder}; remove it when they are read")
    return 70 if troubles else 1 if differing else 0


def main():
    processes.catch_signals()
    processes.own_session()
    processes.adopt(os.getppid())  # what is left of a bench that was killed comes back to us
    os.umask(0o022)  # Postfix's users have to read what is written here
    try:
        with processes.stoppable():
            return run(arguments(sys.argv[1:]))
    except Bad as bad:
        say(str(bad))
        return bad.status
    except processes.Stopped as stopped:
        return 128 + stopped.args[0]
    except BrokenPipeError:  # nobody reads on
        sys.stdout = None
        return 74


if __name__ == "__main__":
    sys.exit(main())
