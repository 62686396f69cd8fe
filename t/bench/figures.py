"""figures.py - medians, ratios, the table and the file of a run, and on what it ran."""
import json
import os
import platform
import re
import statistics
import subprocess
import textwrap
import time

import opendkim
import postfix
from daemon import PROGRAM, SOURCE, environment
from filters import NOTHING


WIDTH = 79
NEW = ".new"  # of the file until it is whole
COLUMNS = {"ms": "ms", "p99_ms": "p99 ms", "rate": "a second", "cpu_us": "CPU us",
           "seconds": "seconds", "from_kb": "from kB", "growth_kb": "growth", "each_kb": "for each"}
LEGEND = """\
ms, p99 ms   time of a message: the median; 99 of 100 take no longer
a second     messages, over all connections
CPU us       processor time of the filter for a message
seconds      until all messages were taken
from kB      resident with few connections; growth with all; for each of them
"""


def open_result(path):
    return open(path + NEW, "w", encoding="utf-8")


def named(name, value):
    return value if value.lower().startswith(name) else f"{name} {value}"


def said(*words, env=None):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, env=env)
        return done.stdout.decode(errors="replace").strip()
    except OSError:
        return None


def first_line(text):
    return text.splitlines()[0] if text else None


def git(*words):
    """None: there is no git, or it refuses."""
    try:
        return subprocess.run(("git", "-C", SOURCE, *words), stdin=subprocess.DEVNULL, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def commit():
    """Of the source tree, with a + when it was changed since; None: that is not known."""
    if not os.path.exists(os.path.join(SOURCE, ".git")):
        return None
    name, changes = git("rev-parse", "--short=12", "HEAD"), git("status", "--porcelain", "-uno")
    return name if name is None or changes == "" else name + "+"


def versions():
    found = {"fixup-milter": first_line(said(PROGRAM, "-V", env=environment())),
             "commit": commit(), "libmilter": said(NOTHING, "-V"),
             "openssl": said("openssl", "version"), "postfix": None, "opendkim": None}
    if postfix.missing() is None:
        found["postfix"] = said(postfix.root() + "/usr/sbin/postconf", "-d", "-h", "mail_version")
    if opendkim.missing() is None:
        found["opendkim"] = first_line(said(opendkim.program(), "-V",
                                            env=opendkim.environment(opendkim.root())))
    return found


def machine():
    processor = None
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        found = re.search(r"^model name\s*:\s*(.*)$", f.read(), re.M)
        processor = found[1] if found else platform.machine()
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(re.search(r"MemTotal:\s*(\d+)", f.read())[1])
    return {"processor": processor, "processors": len(os.sched_getaffinity(0)),
            "memory_mb": memory // 1024, "kernel": platform.release(),
            "load": os.getloadavg()[0]}


def middle(rounds, member):
    return statistics.median(r[member] for r in rounds)


class Result:
    """What one run found."""

    def __init__(self, rounds, messages):
        self.data = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                     "rounds": rounds, "messages": messages, "machine": machine(),
                     "versions": versions(), "measured": [], "ratios": [], "differences": [],
                     "left_out": []}

    def left_out(self, what, why):
        self.data["left_out"].append({"what": what, "why": why})
        print(f"left out: {what}: {why}", flush=True)

    def measured(self, work, filter_, rounds):
        """rounds: a dict of numbers for each."""
        medians = {member: middle(rounds, member) for member in rounds[0]}
        self.data["measured"].append({"work": work, "filter": filter_, "median": medians,
                                      "rounds": rounds})

    def rounds_of(self, work, filter_):
        return next((m["rounds"] for m in self.data["measured"]
                     if (m["work"], m["filter"]) == (work, filter_)), None)

    def ratio(self, what, member, ours, other):
        """Of the medians; and the least and most of the rounds. ours, other: (work, filter)."""
        first, second = self.rounds_of(*ours), self.rounds_of(*other)
        if first is None or second is None:
            return
        each = [a[member] / b[member] for a, b in zip(first, second)]
        self.data["ratios"].append({
            "what": what, "member": member, "ours": ours, "other": other,
            "ratio": middle(first, member) / middle(second, member),
            "least": min(each), "most": max(each)})

    def difference(self, what, member, ours, other):
        first, second = self.rounds_of(*ours), self.rounds_of(*other)
        self.data["differences"].append({
            "what": what, "member": member, "ours": ours, "other": other,
            "difference": middle(first, member) - middle(second, member)})

    def show(self):
        data = self.data
        box, known = data["machine"], data["versions"]
        print()
        for text in (f"{box['processor']}, {box['processors']} processors, {box['memory_mb']} MB, "
                     f"Linux {box['kernel']}, load {box['load']:.1f}",
                     ", ".join(named(name, value) for name, value in known.items() if value)):
            print(textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False))
        print(f"medians of {data['rounds']} round(s); in one {data['messages']} messages of 4 kB, "
              f"fewer of 1 MB\n\n{LEGEND}")
        self._table()
        print("\nratios: of the medians, and the least and the most of the rounds; where these\n"
              "are far apart, something else ran")
        for r in data["ratios"]:
            print(f"{r['what']:56} {r['ratio']:5.2f}  ({r['least']:.2f} to {r['most']:.2f})")
        for d in data["differences"]:
            print(f"{d['what']:66} {d['difference']:.0f}")

    def _table(self):
        members = work = None
        for m in self.data["measured"]:
            if list(m["median"]) != members:
                members = list(m["median"])
                print(" " * 26 + "".join(f"{COLUMNS[name]:>12}" for name in members))
            if m["work"] != work:
                work = m["work"]
                print(work)
            print(f"  {m['filter']:24}" + "".join(f"{value:12.5g}" for value in m["median"].values()))

    def write(self, path):
        with open_result(path) as f:
            json.dump(self.data, f, indent=1)
            f.write("\n")
        os.replace(path + NEW, path)
        print(f"\nwritten to {path}")
