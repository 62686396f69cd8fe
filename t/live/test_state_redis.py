#!/usr/bin/env python3
"""test_state_redis.py - Redis as the state store behind the daemon: what is asked of it is answered,
across a restart and across two daemons; and however it fails, mail gets its answer without delay,
the fault is said once, and so is its end."""
import os
import re
import socket
import subprocess
import sys
import threading
import time
import types

sys.dont_write_bytecode = True

import redis_server  # noqa: E402
from daemon import BUILD, SOURCE  # noqa: E402
from harness import main  # noqa: E402
from state_store import (AT_LEISURE, SOON, Place, answers, details, ends,  # noqa: E402
                         nothing_said, outage, restarted, said, send, usual, works_again)
from tap import check, equal, until  # noqa: E402


def redis_state(uri):
    return f' backend = "redis"; uri = "{uri}";'


def unit_cases(tap, program, name, uri):
    """The cases of test_state.c, which has them on the other stores, too, and of
    test_state_redis.c."""
    path = f"{BUILD}/t/unit/{program}"
    if not os.access(path, os.X_OK):
        tap.skip(f"{program}, {name}", "it is not built")
        return
    env = dict(os.environ, FX_REDIS=uri, CMOCKA_MESSAGE_OUTPUT="TAP")
    done = subprocess.run([path], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    text = done.stdout.decode("latin-1")
    found = re.findall(r"^(ok|not ok) \d+ - (?:redis: )?(.*)$", text, re.M)
    if done.returncode or not found:
        tap.result(False, f"{program}, {name}", [text])
    for result, case in found:
        tap.result(result == "ok", f"redis, {name}: {case}")


def shared(tap, place, server):
    with tap.case("redis: what one daemon saw, another one answers"):
        uri = redis_state(server.uri(db=3))
        one = place.daemon("one", AT_LEISURE + uri)
        two = place.daemon("two", AT_LEISURE + uri, alone=False)
        send(one, "shared")
        time.sleep(0.3)
        send(two, "shared0", to=("<u2@example.net>",))
        later, = two.log.wait(1, type="later")
        equal(later["session"], one.log.find(type="message")[0]["session"], "session")
        equal(details([later]), ["respected"], "details")
        equal(ends(one) < 4 and ends(two) < 4, True, "the end in time")
        equal(one.log.find(type="later"), [], "later records of the first")


def killed(tap, place):
    with tap.case("redis: gone: said once, mail goes on; back: all are answered"):
        server = place.redis("killed")
        daemon = place.daemon("killed", SOON + redis_state(server.tcp_uri()))
        outage(daemon, server.kill, server.start, f"127.0.0.1 port {server.port}: .*")


def frozen(tap, place):
    with tap.case("redis: silent: said once, mail goes on without delay; back: all are answered"):
        server = place.redis("frozen")
        daemon = place.daemon("frozen", SOON + redis_state(server.uri()))
        outage(daemon, server.freeze, server.thaw, "no answer in time")
    with tap.case("redis: silent at the end: that is not waited for"):
        daemon = place.daemon("frozen-end", SOON + redis_state(server.uri()))
        send(daemon, "before")
        server.freeze()
        send(daemon, "frozen-end", 50)
        took = ends(daemon)
        check(took < 5, f"it took {took:.1f} s")
        server.kill()


def least_rights(tap, place):
    """The rights that fixup-milter(8) names, taken from its text."""
    with open(os.path.join(SOURCE, "man", "fixup-milter.8")) as f:
        text = f.read()
    words = re.search(r"needs\n\.Ql (~fixup:\*.*?)\n\.Sh", text, re.S).group(1)
    words = [word for word in words.split() if word[0] in "~+"]
    server = place.redis("rights", user=["mail", "on", ">a-word", *words])
    uri = f"redis://mail:a-word@127.0.0.1:{server.port}/1"
    usual(tap, place, "redis, the rights of the manual", redis_state(uri))
    with tap.case("redis, the rights of the manual: one of them missing is said"):
        words.remove("+getrange")
        server = place.redis("fewer", user=["mail", "on", ">a-word", *words])
        daemon = place.daemon("fewer", SOON + redis_state(
            f"unix://mail:a-word@{server.socket}?db=1"))
        send(daemon, "fewer")
        until(lambda: "getrange" in daemon.said(), "the fault to be said")
        said(daemon, "mail goes on")
        ends(daemon)


def refused(tap, place, server):
    with tap.case("redis: a wrong password is said, and neither it nor the right one is shown"):
        uri = server.tcp_uri().replace(server.password, "wrong-one")
        daemon = place.daemon("refused", SOON + redis_state(uri))
        send(daemon, "refused", 2)
        until(lambda: "refuses user or password" in daemon.said(), "the fault to be said")
        check("wrong-one" not in daemon.said(), "the password was said")
        ends(daemon)


class Detour:
    """A way to a server on which every answer takes its time."""

    def __init__(self, port, seconds):
        self.target, self.seconds = port, seconds
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for ends in ((near, far, 0), (far, near, self.seconds)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    @staticmethod
    def _carry(source, target, seconds):
        try:
            while data := source.recv(65536):
                time.sleep(seconds)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.close()


def slow(tap, place, server):
    with tap.case("redis: slow: mail goes on without delay, and every message is seen to"):
        detour = Detour(server.port, 0.03)
        uri = server.tcp_uri(db=7).replace(str(server.port), str(detour.port))
        daemon = place.daemon("slow", SOON + redis_state(uri))
        send(daemon, "slow", 30)
        check(len(daemon.log.find(type="later")) < 30, "the detour makes nothing slow")
        answers(daemon, 30, seconds=30)
        nothing_said(daemon)
        send(daemon, "slow-end", 200)
        took = ends(daemon)
        check(took < 4, f"the end took {took:.1f} s")
        said(daemon, "messages got no answer")
        detour.close()


NONSENSE = {
    "the same word for everything": b"+PONG\r\n",
    "a number": b":1\r\n",
    "errors": b"-ERR no such thing\x1b[2J\r\n",
    "an endless value": b"$536870912\r\n" + b"x" * 65536,
    "an endless list": b"*1000000\r\n" + b":1\r\n" * 20000,
    "a list for which there is no memory": b"*2147483647\r\n",
    "lists in lists": b"*1\r\n" * 10000,
    "no protocol at all": b"220 mail.example.net ESMTP\r\n",
    "a length that is none": b"$99999999999999999999999\r\n",
    "a negative list": b"*-7\r\n",
    "nothing": b"",
}


class Nonsense:
    """A server that says one thing, whatever it is asked."""

    def __init__(self, what):
        self.what = what
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer:
            try:
                while peer.recv(65536):
                    if not self.what:
                        return
                    for _ in range(64 if len(self.what) > 60000 else 4):
                        peer.sendall(self.what)
            except OSError:
                return

    def close(self):
        self.socket.close()


def nonsense(tap, place):
    for name, what in NONSENSE.items():
        with tap.case(f"redis: a server that says {name}"):
            server = Nonsense(what)
            daemon = place.daemon("nonsense-" + name.replace(" ", "-"),
                                  SOON + redis_state(f"redis://127.0.0.1:{server.port}"))
            send(daemon, "nonsense", 20)
            until(lambda: "mail goes on" in daemon.said(), "the fault to be said")
            time.sleep(0.6)
            send(daemon, "still", 20)
            lines = said(daemon, "mail goes on")
            check(lines[0].isprintable(), lines[0])
            check(server.connections < 8, f"{server.connections} connections")
            check(daemon.alive(), daemon.said())
            daemon.stop(8)
            server.close()


def test(tap):
    with Place() as place:
        server = place.redis("redis", password="a-word")
        local = place.redis("local")
        for program in ("test_state", "test_state_redis"):
            unit_cases(tap, program, "by a unix socket", local.uri())
            unit_cases(tap, program, "by TCP with a password", server.tcp_uri(db=5))
        usual(tap, place, "redis", redis_state(server.tcp_uri(db=1)))
        restarted(tap, place, "redis", redis_state(local.uri(db=2)))
        shared(tap, place, local)
        killed(tap, place)
        frozen(tap, place)
        slow(tap, place, server)
        least_rights(tap, place)
        refused(tap, place, server)
        nonsense(tap, place)


main(test, mta=types.SimpleNamespace(missing=redis_server.missing))
