#!/usr/bin/env python3
"""test_sandbox.py - what the daemon has given up once it runs: user, groups and rights of each of its
threads; calls and files that are refused, tried by one of its own threads (sandbox_probe.c); what
goes on all the same: rotation, reload, Redis by name; and a kernel that lacks a part (without.c)."""
import ctypes
import errno
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import redis_server
from chained import Chained, hex_key, main
from daemon import PROFILES, PROGRAM, SOURCE, configuration, environment, run_program
from tap import Skip, check, equal, note, until

BUILT = run_program(PROGRAM, "-V").stdout
SECCOMP, LANDLOCK = b"libseccomp" in BUILT, b"Landlock" in BUILT
EX_UNAVAILABLE = 69
CREATE_RULESET = 444  # landlock_create_ruleset, the same number on every architecture
NOBODY = pwd.getpwnam("nobody")
NAMES = {number: name for number, name in errno.errorcode.items()} | {0: "0"}


def landlock_abi():
    abi = ctypes.CDLL(None, use_errno=True).syscall(CREATE_RULESET, None, 0, 1)
    return abi if LANDLOCK and abi > 0 else 0


ABI = landlock_abi()


def figure(what, value):
    print(f"# figure: sandbox | {what} | {value}")


def built(base, name, *options):
    path = f"{base}/{name}"
    if not os.path.exists(path):
        done = subprocess.run(["cc", "-o", path, f"{SOURCE}/t/live/{name}.c", *options],
                              stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Skip("no compiler here: " + done.stderr.decode()[:200])
    return path


class Boxed(Chained):
    """A daemon with folders of its own: what it writes, and where its configuration lies."""

    def __init__(self, base, name, milter="", logging="", state="", user="nobody", conf=None):
        self.place, self.etc = f"{base}/{name}", f"{base}/{name}.etc"
        for folder in (self.place, self.etc):
            os.mkdir(folder)
        if user:
            os.chown(self.place, NOBODY.pw_uid, NOBODY.pw_gid)
            milter += f' user = "{user}";'
        self.milter, self.logging, self.state = milter, logging, state
        self.given = conf
        super().__init__(base, name, place=self.place)

    def set(self, logging, **groups):
        self.socket = f"unix:{self.place}/m.sock"
        self.conf = self.given or f"{self.etc}/daemon.conf"
        self.env = dict(environment(), FIXUP_PROFILE_PATH=self.base + "/profiles")
        self.configure(**groups)

    def configure(self, milter="", logging=None, **groups):
        self.text = configuration(
            self.socket, self.log_path, milter=f"{self.milter} {milter}",
            logging=self.logging if logging is None else logging,
            state=self.state, **groups)
        self.write(self.text)

    def spawn(self, *options, **kept):
        kept.setdefault("env", self.env)
        return super().spawn(*options, **kept)

    def probed(self):
        """With the shim that tries things."""
        path = built(self.base, "sandbox_probe", "-shared", "-fPIC", "-ldl")
        preload = ":".join(filter(None, [os.environ.get("LD_PRELOAD"), path]))
        self.env.update(LD_PRELOAD=preload, FX_SHIM=self.place + "/shim",
                        ASAN_OPTIONS="exitcode=99:verify_asan_link_order=0")
        return self

    def tries(self, *words):
        """{attempt: name of the error, or "0"}, by the thread that opens the log again."""
        told = self.place + "/shim.told"
        with open(self.place + "/shim.new", "w") as f:
            f.write("\n".join(words) + "\n")
        os.chmod(self.place + "/shim.new", 0o644)
        os.rename(self.place + "/shim.new", self.place + "/shim.ask")
        self.rotated()
        until(lambda: os.path.exists(told), "what the attempts came to")
        with open(told) as f:
            found = dict(line.rstrip("\n").split("\t") for line in f)
        os.unlink(told)
        equal(set(found), set(words), "attempts made")
        return {word: NAMES[int(number)] for word, number in found.items()}

    def line(self):
        """What it said of its sandbox at its last start."""
        return re.findall(r"sandbox: (no core.*|core.*|off)$", self.said(), re.M)[-1]


def statuses(pid):
    """{member: value} of each thread."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        try:
            with open(path) as f:
                found.append(dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line))
        except (FileNotFoundError, ProcessLookupError):  # one of libmilter's, which has ended
            continue
    return found


def holds(daemon, uid, gid, groups):
    """No thread has a right of another."""
    threads = statuses(daemon.process.pid)
    check(len(threads) > 3, f"{len(threads)} threads")
    for status in threads:
        equal(status["Uid"].split(), [str(uid)] * 4, "user ids")
        equal(status["Gid"].split(), [str(gid)] * 4, "group ids")
        equal(sorted(map(int, status["Groups"].split())), sorted(groups), "groups")
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            equal(int(status[name], 16), 0, name)
        equal(status["NoNewPrivs"], "1", "NoNewPrivs")
        equal(status["Seccomp"], "2" if SECCOMP else "0", "Seccomp")
    return len(threads)


def rights(tap, base):
    with tap.case("another user: each thread has its ids and groups, no capability, a filter"):
        daemon = Boxed(base, "user").start()
        daemon.mail(8, "-c", "4")
        groups = os.getgrouplist("nobody", NOBODY.pw_gid)
        count = holds(daemon, NOBODY.pw_uid, NOBODY.pw_gid, groups)
        figure("threads without a right of root", count)
    with tap.case("one line says which parts hold"):
        said = daemon.line()
        calls = r"seccomp (\d+) calls" if SECCOMP else r"seccomp absent \(not in this build\)"
        files = (r"Landlock ABI (\d+) \((\d+ folders), (\d+ files?)\)" if ABI
                 else r"Landlock absent \(.+\)")
        match = re.fullmatch(rf"no core file, no capabilities, no-new-privileges, {files}, {calls}",
                             said)
        check(match, f"it said {said!r}")
        equal(daemon.said().count("sandbox: "), 1, "lines")
        figure("as reported at start", said)
    with tap.case("what its caller left open is closed"):
        with open("/etc/shadow") as left:
            other = Boxed(base, "left").start(pass_fds=(left.fileno(),))
            folder = f"/proc/{other.process.pid}/fd"
            found = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
        check(other.log_path in found, f"its log is not among {found}")
        check("/etc/shadow" not in found, "the file of root's is open in it")
        other.whole()
    with tap.case("another process of the same user cannot look into its memory"):
        def as_nobody():
            os.setgroups([])
            os.setgid(NOBODY.pw_gid)
            os.setuid(NOBODY.pw_uid)
        pid = daemon.process.pid
        done = subprocess.run(["dd", f"if=/proc/{pid}/mem", "of=/dev/null", "count=1"],
                              preexec_fn=as_nobody, stderr=subprocess.PIPE)
        check(b"ermission denied" in done.stderr, f"dd said {done.stderr}")
    with tap.case("it rests while it has nothing to do: no call that it waits in is refused"):
        def used():
            with open(f"/proc/{pid}/stat") as f:
                return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))
        before = used()
        time.sleep(1)
        ticks = used() - before
        check(ticks < os.sysconf("SC_CLK_TCK") / 10, f"{ticks} ticks of processor in a second")
    with tap.case("it ends as ever, and takes its socket along"):
        equal(daemon.stop(), 0, "exit status")
        check(not os.path.exists(daemon.place + "/m.sock"), "the socket is left behind")
        daemon.whole(stop=False)
    with tap.case("root: it has the name and nothing else of it"):
        daemon = Boxed(base, "root", user="").start()
        daemon.mail(8, "-c", "4")
        holds(daemon, 0, 0, os.getgroups())
        daemon.whole()
    with tap.case("started by that user: nothing is left to give up, and nothing refused"):
        daemon = Boxed(base, "itself")
        shutil.chown(daemon.etc, "nobody")
        daemon.start(user=NOBODY.pw_uid, group=NOBODY.pw_gid, extra_groups=[])
        for status in statuses(daemon.process.pid):
            equal(int(status["CapEff"], 16), 0, "CapEff")
            equal(status["NoNewPrivs"], "1", "NoNewPrivs")
        daemon.mail(3)
        daemon.whole()


# error by attempt: with the sandbox, and without, where that can be told beforehand
REFUSED = ("mount", "umount2", "chroot", "bpf", "pivot_root", "unshare", "setns", "init_module",
           "finit_module", "kexec_load", "keyctl", "add_key", "userfaultfd", "perf_event_open",
           "process_vm_readv", "process_vm_writev", "setuid", "setgid", "setgroups", "setresuid",
           "capset", "execveat", "personality", "memfd_create", "open_by_handle_at", "reboot",
           "io_uring_setup")


def by_seccomp(foreign, place, port):
    wanted = {f"call {name}": "EPERM" for name in REFUSED}
    wanted.update({"call clone3": "ENOSYS", "call openat2": "ENOSYS", "call none": "ENOSYS",
                   "execve": "EPERM", "fork": "EPERM", "ptrace": "EPERM", "kill 1": "EPERM",
                   "map-code": "EPERM", "make-code": "EPERM", "netlink": "ENOSYS",
                   "bind": "ENOSYS", "dumpable": "ENOSYS", f"mptcp {port}": "ENOSYS",
                   f"fastopen {port}": "ENOSYS", "udp": "ENOSYS", f"owner {os.getpid()}": "ENOSYS",
                   f"set-uid {place}/made": "ENOSYS", f"chmod-uid {place}/tried.jsonl": "ENOSYS",
                   f"times {foreign}/writable": "ENOSYS"})
    return wanted if SECCOMP else {}


def by_landlock(foreign, port, name):
    wanted = {f"read {foreign}/readable": "EACCES", f"write {foreign}/writable": "EACCES",
              f"make {foreign}/new": "EACCES", f"remove {foreign}/removable": "EACCES",
              f"rename {foreign}/writable": "EACCES", "read /etc/passwd": "EACCES",
              "read /etc/hostname": "EACCES", "read /proc/self/maps": "EACCES",
              f"read {foreign}": "EACCES", "write /dev/tty": None}
    if ABI >= 4:
        wanted[f"connect {port}"] = "EACCES"
    if ABI >= 6:
        wanted[f"abstract {name}"] = "EPERM"
    return {word: error for word, error in wanted.items() if error} if ABI else {}


def allowed(daemon, foreign):
    return {f"read {daemon.conf}": "0", f"read {daemon.base}/profiles/asa-9.conf": "0",
            f"make {daemon.place}/made": "0", f"write {daemon.place}/made": "0",
            f"rename {daemon.place}/made": "0", f"remove {daemon.place}/made.renamed": "0",
            "read /dev/null": "0", "write /dev/null": "0", "read /dev/urandom": "0"}


def attempts(tap, base):
    foreign = base + "/foreign"
    os.mkdir(foreign)
    for name in ("readable", "writable", "removable"):
        with open(f"{foreign}/{name}", "w") as f:
            f.write("of somebody else\n")
        os.chmod(f"{foreign}/{name}", 0o666)
    os.chmod(foreign, 0o777)
    server = socket.create_server(("127.0.0.1", 0))
    hidden = socket.socket(socket.AF_UNIX)
    name = f"fixup-{os.getpid()}"
    hidden.bind("\0" + name)
    hidden.listen()
    port = server.getsockname()[1]
    refused = by_seccomp(foreign, f"{base}/tried", port) | by_landlock(foreign, port, name)

    def compare(got, wanted, what):
        wrong = {word: (got[word], error) for word, error in wanted.items() if got[word] != error}
        equal(wrong, {}, f"{what}: got and expected")

    with tap.case("calls that it never makes and files that are not its own are refused"):
        daemon = Boxed(base, "tried").probed().start()
        daemon.mail(3)
        got = daemon.tries(*refused, *allowed(daemon, foreign))
        compare(got, refused, "refused")
        figure("forbidden calls and foreign files refused",
               f"{sum(got[w] == e for w, e in refused.items())} of {len(refused)}")
    with tap.case("what it needs is not"):
        compare(got, allowed(daemon, foreign), "allowed")
    with tap.case("after all that it serves on, and its log is whole"):
        daemon.mail(3)
        equal(daemon.stop(), 0, "exit status")
    with tap.case("off: the same attempts succeed, as far as the user may"):
        daemon = Boxed(base, "free", milter='sandbox = "off";').probed().start()
        equal(daemon.line(), "off", "said")
        for status in statuses(daemon.process.pid):
            equal((status["Seccomp"], status["NoNewPrivs"]), ("0", "0"), "of a thread")
        may = {f"read {foreign}/readable": "0", f"write {foreign}/writable": "0",
               f"make {foreign}/new": "0", f"remove {foreign}/removable": "0",
               f"read {foreign}": "0", "read /etc/passwd": "0", "execve": "ENOENT", "fork": "0",
               "map-code": "0", "make-code": "0", "netlink": "0", "bind": "0",
               f"connect {port}": "0", "udp": "0", f"owner {os.getpid()}": "0",
               f"set-uid {daemon.place}/made": "0", f"chmod-uid {daemon.log_path}": "0",
               f"times {foreign}/writable": "0", f"abstract {name}": "0", "call memfd_create": "EFAULT"}
        compare(daemon.tries(*may), may, "allowed")
        equal(daemon.stop(), 0, "exit status")
    for place in (server, hidden):
        place.close()


def goes_on(tap, base):
    with tap.case("rotation by size"):
        daemon = Boxed(base, "grows", logging="rotate_bytes = 4000;").start()
        daemon.mail(12)
        check(len(daemon.parts()) > 2, "parts")
        daemon.whole()
    with tap.case("a log that is renamed, and one that is removed"):
        daemon = Boxed(base, "moved").start()
        daemon.mail(2)
        daemon.rotated()
        daemon.mail(2)
        os.unlink(daemon.log_path)
        daemon.mail(2)
        check("a new one goes on with the chain" in daemon.said(), daemon.said())
        equal(daemon.stop(), 0, "exit status")
        daemon.broken = True
    with tap.case("the folder of the log is removed and made again: it says that a restart is needed"):
        daemon = Boxed(base, "remade", logging='on_full = "accept";').start()
        os.rename(daemon.place, daemon.place + ".gone") # what is open in it may be made again
        shutil.rmtree(daemon.place + ".gone")
        os.mkdir(daemon.place)
        os.chown(daemon.place, NOBODY.pw_uid, NOBODY.pw_gid)
        if ABI:
            until(lambda: f"{daemon.log_path}: the folder was exchanged since the start, and the "
                          "new one is out of reach; a restart takes it in" in daemon.said(),
                  "the reason")
        equal(daemon.stop(), 0, "exit status")
        equal(daemon.said().count("out of reach"), 1 if ABI else 0, "told")
        daemon.start()
        daemon.mail(2)
        daemon.broken = True
        equal(daemon.stop(), 0, "exit status")
    with tap.case("reload: a configuration that an editor has put in place of the old one"):
        daemon = Boxed(base, "edited").start()
        os.rename(daemon.conf, daemon.conf + "~")
        daemon.configure(policy='mode = "tag";')
        daemon.reloads()
    with tap.case("reload: a profile that was not there at start"):
        with open(base + "/profiles/site.conf", "w") as f:
            f.write('title = "The site";\ninherit = "asa-9";\n')
        daemon.configure(policy='profile = "site";')
        daemon.reloads()
        equal(daemon.records("reload")[-1]["profile"], "site", "profile")
        os.unlink(base + "/profiles/site.conf")
    with tap.case("reload: a key outside is refused with its place, the sandbox named as the reason"):
        outside = base + "/key.elsewhere"
        hex_key(outside)
        os.chown(outside, NOBODY.pw_uid, NOBODY.pw_gid)
        daemon.configure(logging=f'key_file = "{outside}";')
        if not ABI:
            raise Skip("no Landlock here")
        daemon.reloads(good=False)
        said = daemon.said()
        check(re.search(r"daemon\.conf:\d+: log\.key_file: .*ermission denied", said), said)
        equal(said.count("out of reach; a restart takes it in"), 1, "told")
    with tap.case("reload: a log outside, too"):
        if not ABI:
            raise Skip("no Landlock here")
        os.mkdir(base + "/elsewhere")
        os.chown(base + "/elsewhere", NOBODY.pw_uid, NOBODY.pw_gid)
        daemon.configure()
        daemon.write(daemon.text.replace(daemon.log_path, base + "/elsewhere/log.jsonl"))
        daemon.reloads(good=False)
        equal(daemon.said().count("out of reach; a restart takes it in"), 2, "told")
    with tap.case("what is refused for another reason is not put down to the sandbox"):
        daemon.write(daemon.text.replace(daemon.log_path, base + "/log.jsonl"))
        daemon.reloads(good=False)
        daemon.configure(policy='mode = "loud";')
        daemon.reloads(good=False)
        equal(daemon.said().count("out of reach; a restart takes it in"), 2 if ABI else 0, "told")
    with tap.case("reload: milter.sandbox is used at start only"):
        daemon.configure(milter='sandbox = "off";')
        daemon.reloads()
        check("milter.sandbox is used at start only" in daemon.said(), "told")
        daemon.configure()
        daemon.reloads()
        daemon.mail(2)
        daemon.whole()
    with tap.case("a restart takes the key in"):
        daemon.broken = True  # two keys in one log
        daemon.configure(logging=f'key_file = "{outside}";')
        daemon.start()
        daemon.reloads()
        equal(daemon.stop(), 0, "exit status")


def links(tap, base):
    with tap.case("a log, a configuration and a key that are links"):
        daemon = Boxed(base, "linked", logging='key_file = "key";')
        real = base + "/linked.real"
        os.mkdir(real)
        os.chown(real, NOBODY.pw_uid, NOBODY.pw_gid)
        hex_key(real + "/key")
        os.chown(real + "/key", NOBODY.pw_uid, NOBODY.pw_gid)
        os.symlink(real + "/key", daemon.etc + "/key")
        os.symlink("../linked.real/log", daemon.log_path)
        os.rename(daemon.conf, real + "/conf")
        os.symlink(real + "/conf", daemon.conf)
        daemon.start()
        daemon.mail(2)
        daemon.reloads()
        os.unlink(real + "/log")  # what the link leads to is made again
        daemon.mail(2)
        check(os.path.getsize(real + "/log") > 0, "the file behind the link")
        equal(daemon.stop(), 0, "exit status")
        daemon.broken = True
    with tap.case("a configuration in a folder of everybody's opens that file, not the folder"):
        conf, other = (f"/tmp/fixup-{os.getpid()}.{end}" for end in ("conf", "other"))
        try:
            with open(other, "w") as f:
                f.write("of somebody else\n")
            os.chmod(other, 0o644)
            daemon = Boxed(base, "shared", conf=conf).probed().start()
            got = daemon.tries(f"read {conf}", f"read {other}")
            equal(got, {f"read {conf}": "0", f"read {other}": "EACCES" if ABI else "0"}, "read")
            daemon.reloads()
            daemon.whole()
        finally:
            for path in (conf, other):
                if os.path.exists(path):
                    os.unlink(path)
    with tap.case("log.file = stdout; a pipe and a device in its place"):
        for number, file in enumerate(("stdout", "/dev/null", base + "/fifo")):
            daemon = Boxed(base, f"file{number}")
            daemon.broken = True
            if file.endswith("fifo"):
                os.mkfifo(file)
                os.chmod(file, 0o666)
                reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
            daemon.write(daemon.text.replace(daemon.log_path, file, 1))
            daemon.start()
            daemon.mail(2)
            daemon.reloads()
            equal(daemon.stop(), 0, f"exit status, {file}")
        os.close(reader)
    with tap.case("a folder of everybody's for the log is warned of"):
        daemon = Boxed(base, "wide")
        daemon.broken = True
        path = f"/tmp/fixup-{os.getpid()}.jsonl"
        daemon.write(daemon.text.replace(daemon.log_path, path))
        try:
            daemon.start()
            check("log.file makes the whole of /tmp writable" in daemon.said(), daemon.said())
            equal(daemon.stop(), 0, "exit status")
        finally:
            for left in glob.glob(path + "*"):
                os.unlink(left)


def redis(tap, base):
    if redis_server.program() is None:
        with tap.case("Redis by name"):
            raise Skip("no redis-server")
        return
    server = redis_server.Redis(base).start()
    try:
        with tap.case("Redis by name: found, lost, and found again; nothing else on the network"):
            other = socket.create_server(("127.0.0.1", 0))
            daemon = Boxed(base, "byname", state=f'backend = "redis"; uri = '
                           f'"redis://localhost:{server.port}";').probed()
            note(daemon.said)
            if b"Redis" not in BUILT:
                raise Skip("no Redis in this build")
            daemon.start()
            daemon.mail(3)
            check("state store" not in daemon.said(), daemon.said())
            server.kill()
            daemon.mail(3)
            until(lambda: "state store: localhost" in daemon.said(), "its loss")
            server.start()
            port = other.getsockname()[1]
            wanted = {"resolve localhost": "0", "map-code": "EPERM" if SECCOMP else "0",
                      "make-code": "EPERM" if SECCOMP else "0", "netlink": "0",
                      f"connect {server.port}": "0",
                      f"connect {port}": "EACCES" if ABI >= 4 else "0"}
            equal(daemon.tries(*wanted), wanted, "attempts")
            other.close()
            daemon.mail(3)
            until(lambda: daemon.mail(1) and "state store: works again" in daemon.said(),
                  "its return")
            daemon.whole()
    finally:
        server.kill()


LACKS = (
    ("landlock", "Landlock absent (the kernel has none)", LANDLOCK),
    ("landlock-off", "Landlock absent (the kernel has it disabled)", LANDLOCK),
    ("landlock-broken", "Landlock absent (Argument list too long)", LANDLOCK and ABI > 0),
    ("seccomp", "seccomp absent (the kernel has none)", SECCOMP),
    ("seccomp-broken", "seccomp absent (", SECCOMP),
    ("capset", "capabilities kept (Operation not permitted)", True),
)


def without(tap, base):
    """daemon.spawn puts the launcher in front."""
    import daemon as module
    launcher = built(base, "without")
    for what, line, here in LACKS:
        with tap.case(f"a kernel without {what}: it says so and goes on; \"required\" does not start"):
            if not here:
                raise Skip("not in this build")
            for word in ("available", "required"):
                daemon = Boxed(base, f"{what}.{word}", milter=f'sandbox = "{word}";')
                daemon.broken = True
                with open(daemon.stderr_path, "ab") as errors:
                    daemon.process = subprocess.Popen(
                        [launcher, what, module.PROGRAM, "-f", "-c", daemon.conf], env=daemon.env,
                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
                if word == "required":
                    equal(daemon.ended(20), EX_UNAVAILABLE, f"exit status; {daemon.said()}")
                    check(re.search(r'\.conf:1: milter\.sandbox is "required", and cannot be had: '
                                    r'.*' + line.split()[0], daemon.said().splitlines()[-1]),
                          daemon.said())
                    check(not os.path.exists(daemon.log_path), "a log was opened")
                    check(not os.path.exists(daemon.place + "/m.sock"), "a socket is left")
                else:
                    until(lambda: daemon._alive() and "started" in daemon.said(), "its start")
                    daemon.mail(3)
                    equal(daemon.stop(), 0, "exit status")
                check(line in daemon.line(), f"{line} is not in {daemon.line()}")
    with tap.case("required, and all of it there; or not in this build"):
        daemon = Boxed(base, "all", milter='sandbox = "required";')
        if SECCOMP and ABI:
            daemon.start()
            daemon.mail(3)
            daemon.whole()
        else:
            daemon.refused(EX_UNAVAILABLE, 'milter.sandbox is "required"')
            check("not in this build" in daemon.said() or not ABI, daemon.said())


def test(tap, base):
    if os.geteuid() != 0:
        with tap.case("the sandbox"):
            raise Skip("not root")
        return
    os.chmod(base, 0o755)
    shutil.copytree(PROFILES, base + "/profiles")
    for part in (rights, attempts, goes_on, links, redis, without):
        part(tap, base)


main(test)
