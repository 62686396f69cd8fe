#!/usr/bin/env python3
"""test_notify.py - what a service manager is told, by the protocol of sd_notify(3): READY once
connections are accepted, RELOADING and READY around a reload, STOPPING with the time that is
needed; by a path and by an abstract name, in the foreground and in the background."""
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from daemon import PROGRAM, Daemon, configuration, environment
from tap import Tap, check, equal, fail, skip_all, until


class Manager:
    """The socket of a service manager, at a path or, with @, an abstract name."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(name.replace("@", "\0", 1))
        self.socket.settimeout(20)
        self.sender = None

    def next(self):
        """One datagram as a dictionary; who sent it is kept."""
        data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        self.sender = struct.unpack("iii", ancillary[0][2])[0]
        lines = data.decode().rstrip("\n").split("\n")
        check(all("=" in line for line in lines), data)
        return dict(line.split("=", 1) for line in lines)

    def nothing(self, seconds=0.3):
        self.socket.settimeout(seconds)
        try:
            fail(f"told: {self.next()}")
        except socket.timeout:
            pass
        self.socket.settimeout(20)

    def environment(self):
        return dict(environment(), NOTIFY_SOCKET=self.name)


def connect(path):
    """A milter session that has told of its client, as an MTA begins one."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(20)
    client.connect(path)

    def packet(data):
        client.sendall(struct.pack(">I", len(data)) + data)

    def reply():
        length = struct.unpack(">I", client.recv(4, socket.MSG_WAITALL))[0]
        return client.recv(length, socket.MSG_WAITALL)
    packet(b"O" + struct.pack(">III", 6, 0x1ff, 0x1fffff))
    equal(reply()[:1], b"O", "negotiation")
    packet(b"Cmail.example.org\0004" + struct.pack(">H", 25000) + b"192.0.2.1\0")
    return client


def life(tap, base, name, what):
    daemon = Daemon(base, what)
    path = f"{base}/{what}.sock"
    manager = Manager(name)
    good = configuration("unix:" + path, daemon.log_path, milter="drain_seconds = 20;")
    daemon.write(good)
    with tap.case(f"{what}: READY, with a status, when connections are accepted"):
        daemon.spawn(env=manager.environment())
        told = manager.next()
        equal(told, {"READY": "1", "STATUS": "accepting connections"}, "told")
        equal(manager.sender, daemon.process.pid, "who told it")
        connect(path).close()
    with tap.case(f"{what}: RELOADING with the time, then READY"):
        before = time.monotonic_ns() // 1000
        daemon.signal(signal.SIGHUP)
        told = manager.next()
        equal(sorted(told), ["MONOTONIC_USEC", "RELOADING", "STATUS"], "names")
        check(before <= int(told["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000, told)
        equal(manager.next(), {"READY": "1", "STATUS": "accepting connections"}, "told")
        equal(len(daemon.log.find(type="reload")), 1, "reload records before it")
    with tap.case(f"{what}: a faulty one is READY, too, and told apart by the status"):
        daemon.write("policy : { colour = 1; };\n")
        daemon.signal(signal.SIGHUP)
        equal(manager.next()["RELOADING"], "1", "RELOADING")
        told = manager.next()
        equal(told["READY"], "1", "READY")
        check("the former one stays in force" in told["STATUS"], told)
        check("colour" in daemon.log.find(type="reload")[-1]["fault"], "the record")
        manager.nothing()
    with tap.case(f"{what}: STOPPING at once, with more time than the sessions have"):
        session = connect(path)
        until(lambda: session.recv(5), "its answer to the client")
        daemon.signal(signal.SIGTERM)
        told = manager.next()
        equal(told["STOPPING"], "1", "STOPPING")
        check(int(told["EXTEND_TIMEOUT_USEC"]) >= 25000000, told)
        check(daemon.alive(), "it waits for the session")
        session.close()
        equal(daemon.ended(), 0, "exit status")
        manager.nothing()
    manager.socket.close()


def background(tap, base):
    daemon = Daemon(base, "background")
    daemon.write(configuration(f"unix:{base}/background.sock", daemon.log_path))
    manager = Manager(base + "/background.manager")
    with tap.case("in the background: READY with the number of the process that stays"):
        done = subprocess.run([PROGRAM, "-c", daemon.conf], env=manager.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=30, check=False)
        equal(done.returncode, 0, done.stderr)
        told = manager.next()
        pid = int(told["MAINPID"])
        equal((told["READY"], manager.sender), ("1", pid), "told")
        equal(os.getsid(pid), pid, "its session")
        os.kill(pid, signal.SIGTERM)
        equal(manager.next()["STOPPING"], "1", "STOPPING")
        until(lambda: not os.path.exists(f"{base}/background.sock"), "its end")
    manager.socket.close()


def unprivileged(tap, base):
    nobody = pwd.getpwnam("nobody")
    for name, mode, uid in (("closed", 0o700, 0), ("own", 0o755, nobody.pw_uid)):
        os.mkdir(f"{base}/{name}", mode)
        os.chown(f"{base}/{name}", uid, -1)
    manager = Manager(base + "/closed/manager")
    daemon = Daemon(base, "user")
    daemon.log_path = daemon.log.path = base + "/own/log.jsonl"
    daemon.write(configuration(f"unix:{base}/own/user.sock", daemon.log_path,
                               milter='user = "nobody";'))
    with tap.case("a manager whose socket milter.user could not reach is told all the same"):
        daemon.spawn(env=manager.environment())
        equal(manager.next()["READY"], "1", "READY")
        daemon.signal(signal.SIGHUP)
        equal(manager.next()["RELOADING"], "1", "RELOADING")
        equal(manager.next()["READY"], "1", "READY")
        equal(daemon.stop(), 0, "exit status")
        equal(manager.next()["STOPPING"], "1", "STOPPING")
    manager.socket.close()


def without(tap, base):
    daemon = Daemon(base, "without")
    daemon.write(configuration(f"unix:{base}/without.sock", daemon.log_path))
    open(daemon.stderr_path, "wb").close()
    for what, name in (("nobody listens", base + "/nobody"), ("no name", "relative"),
                       ("a long name", "/" + "x" * 200), ("an empty one", ""), ("@ alone", "@")):
        with tap.case(f"a socket that cannot be used is told, and no obstacle: {what}"):
            before = daemon.said().count("service manager")
            count = len(daemon.log.find(type="start"))
            daemon.spawn(env=dict(environment(), NOTIFY_SOCKET=name))
            until(lambda: len(daemon.log.find(type="start")) > count, "the start record")
            equal(daemon.said().count("service manager"), before + 1, daemon.said())
            equal(daemon.stop(), 0, "exit status")
    manager = Manager(base + "/gone.manager")
    with tap.case("a manager that goes away is told nothing more, and is no obstacle"):
        daemon.spawn(env=manager.environment())
        equal(manager.next()["READY"], "1", "READY")
        manager.socket.close()
        daemon.reload(configuration(f"unix:{base}/without.sock", daemon.log_path))
        equal(daemon.stop(), 0, "exit status")
        check(re.search("service manager cannot be told", daemon.said()), daemon.said())
    failing = Manager(base + "/failing.manager")
    with tap.case("a start that fails is never READY"):
        daemon.write(configuration(f"unix:{base}/without.sock", base + "/nowhere/log"))
        daemon.spawn(env=failing.environment())
        equal(daemon.ended(), 73, "exit status")
        failing.nothing()


def main():
    if not os.access(PROGRAM, os.X_OK):
        skip_all(f"{PROGRAM} is not built")
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="fixup-notify.") as base:
        os.chmod(base, 0o755)
        life(tap, base, base + "/manager", "path")
        life(tap, base, f"@fixup-notify-{os.getpid()}", "abstract")
        background(tap, base)
        if os.geteuid() == 0:
            unprivileged(tap, base)
        without(tap, base)
    sys.exit(tap.finish())


main()
