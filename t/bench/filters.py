"""filters.py - the filters that are measured, each a process of its own on a unix socket: what it
costs, and whether what it did is right."""
import json
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))

import opendkim  # noqa: E402
from daemon import BUILD, CONTROL, PROFILES, Daemon, configuration, environment  # noqa: E402
from load import LOAD  # noqa: E402
from tap import Failure, check, equal, until  # noqa: E402

NOTHING = os.path.join(BUILD, "t", "bench", "filter_nothing")
PATIENCE = 600


def listens(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def milter_load(place, *options):
    """milter_load to its end; its report."""
    done = subprocess.run([LOAD, "-s", place, "-t", str(PATIENCE), "-T", str(PATIENCE), *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def good(report, count, what, said=""):
    """Each message was answered, and passed. said: the last words of the filter."""
    words = [report.get("first_error"), report.get("first_reply"), said]
    equal((report["failed"], report["answers"]["passed"]), (0, count),
          f"{what}: failed and passed of {count} ({'; '.join(filter(None, words))})")
    return report


class Filter:
    """`name` is a file's name below `folder`; `title` is what tables call it."""

    def __init__(self, folder, name, title):
        self.folder, self.name, self.title = folder, name, title
        self.path = f"{folder}/{name}.sock"
        self.place = "unix:" + self.path
        self.process = None

    def spawn(self, command, **kept):
        with open(f"{self.folder}/{self.name}.err", "ab") as said:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=said, **kept)
        until(self._listens, f"{self.title} listens")
        return self

    def _listens(self):
        if self.process.poll() is not None:
            with open(f"{self.folder}/{self.name}.err", errors="replace") as said:
                raise Failure(f"{self.title} ended with {self.process.returncode}: {said.read()}")
        return listens(self.path)

    def cpu(self):
        """Seconds of the processor so far, by Linux's clock of another process (what
        clock_getcpuclockid gives): /proc counts in hundredths of a second."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def resident(self):
        """kB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s*(\d+)", f.read())[1])

    def said(self):
        """The last line that it wrote."""
        with open(f"{self.folder}/{self.name}.err", errors="replace") as f:
            return "".join(f.read().splitlines()[-1:])

    def run(self, mail, count, connections=1, each=None):
        """So many messages as fast as they go, `each` of one connection."""
        before = self.cpu()
        report = milter_load(self.place, "-u", "-f", mail.path, "-n", str(count), "-m",
                             str(each or count), "-c", str(connections))
        used = self.cpu() - before
        good(report, count, self.title, self.said())
        self.sent(mail, count)
        return {"ms": report["message_ms"]["median"], "p99_ms": report["message_ms"]["p99"],
                "rate": count / report["seconds"], "cpu_us": used / count * 1e6}

    def sent(self, mail, count):
        """For those that look at it."""

    def held(self, where, mail, connections):
        """Resident kB while so many connections are held."""
        with subprocess.Popen([LOAD, "-s", self.place, "-u", "-f", mail.path, "-c",
                               str(connections), "-i", where, "-T", str(PATIENCE)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
            report = json.loads(load.stdout.readline())
            equal((report["held"], report["failed"]), (connections, 0),
                  f"{self.title}: held and failed ({report.get('first_error')}; {self.said()})")
            resident = self.resident()
            load.stdin.close()
            load.stdout.read()
        return resident

    def stop(self):
        """What it did, was it right?"""
        self.kill()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Nothing(Filter):
    """negotiated: as in the report of milter_load; None: every callback is answered."""

    def __init__(self, folder, name, title, negotiated=None):
        super().__init__(folder, name, title)
        self.negotiated = negotiated

    def start(self):
        words = []
        if self.negotiated is not None:
            words = [str(self.negotiated["actions"]), str(self.negotiated["steps"])]
            words += [f"{stage}={names}" for stage, names in self.negotiated["macros"].items()]
        return self.spawn([NOTHING, self.place, *words])


class Verifier(Filter):
    """opendkim, which reads the key from a file; nobody asks the DNS. It rejects what it cannot
    verify, so what passes was verified."""

    def __init__(self, folder, public):
        super().__init__(folder, "opendkim", "opendkim")
        self.public = public

    def start(self):
        conf = f"{self.folder}/opendkim.conf"
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"Mode v\nSocket local:{self.path}\nUMask 000\nBackground no\n"
                    f"On-Default reject\nTestPublicKeys {self.public}\n")
        return self.spawn([opendkim.program(), "-f", "-x", conf],
                          env=opendkim.environment(opendkim.root()))

    def verifies(self, mail):
        """A body that was changed does not pass."""
        report = milter_load(self.place, "-n", "1", "-f", mail.path)
        equal(report["answers"]["rejected"], 1, f"opendkim rejects {mail.name}")


def others(profile="asa-9"):
    """The profiles that "all" compares it with."""
    names = {name[:-len(".conf")] for name in os.listdir(PROFILES) if name.endswith(".conf")}
    return sorted(names - {profile})


class Ours(Filter):
    """fixup-milter with asa-9, records with a chain in a file, the state store in another. It says
    nothing to syslog, as the others do not: a message without findings has no line there."""

    def __init__(self, folder, name, title, mode="observe", compare=None):
        super().__init__(folder, name, title)
        self.mode = mode
        self.compare = others() if compare is None else compare
        self.batches = []
        self.daemon = Daemon(folder, name)

    def start(self):
        names = ", ".join(f'"{name}"' for name in self.compare)
        names = '"all"' if self.compare == others() else f"[ {names} ]"
        self.daemon.start(configuration(
            self.place, self.daemon.log_path, f'profile = "asa-9"; compare = {names}; '
            f'mode = "{self.mode}";', logging="chain = true;"))
        self.process = self.daemon.process
        return self

    def sent(self, mail, count):
        self.batches.append((mail, count))

    def stop(self):
        """Each message has its record, with all profiles and the right word on its signature; and
        the chain is whole."""
        equal(self.daemon.stop(), 0, f"{self.title}: exit status")
        records = [r for r in self.daemon.log.read() if r["type"] == "message"]
        equal(len(records), sum(count for _, count in self.batches), f"{self.title}: records")
        at = 0
        for mail, count in self.batches:
            for record in records[at:at + count]:
                self._is_right(record, mail)
            at += count
        done = subprocess.run([CONTROL, "verify", self.daemon.log_path], env=environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        equal(done.returncode, 0, f"{self.title}: fixupctl verify: {done.stdout.decode()}")
        os.unlink(self.daemon.log_path)
        return len(records)

    def _is_right(self, record, mail):
        equal(sorted(record.get("compare", {})), self.compare, f"{self.title}: compare")
        equal(record["mode"], self.mode, f"{self.title}: mode")
        signatures = [s["body_hash"] for s in record["dkim"]]
        equal(signatures, [mail.body_hash] if mail.body_hash else [], f"{self.title}: {mail.name}")
        check(self.mode != "enforce" or record["verdict"] == "pass",
              f"{self.title}: the verdict on {mail.name}: {record['verdict']}")

    def kill(self):
        self.daemon.kill()
