#!/usr/bin/env python3
"""test_manners.py - what the daemon says to whoever starts it: to the journal with priorities, where
it runs and as whom, and what of files and settings it warns of or refuses."""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True

from chained import Chained, main
from daemon import Daemon, PROGRAM, configuration, environment, run_program
from tap import check, equal, until


class Journal(Chained):
    """Its stderr is what JOURNAL_STREAM names, or `stream`."""

    def __init__(self, base, name, stream=None, **groups):
        super().__init__(base, name, **groups)
        self.stream = stream

    def spawn(self, *options, **kept):
        open(self.stderr_path, "ab").close()
        there = os.stat(self.stderr_path)
        stream = self.stream or f"{there.st_dev}:{there.st_ino}"
        return Daemon.spawn(self, *options, env=dict(environment(), JOURNAL_STREAM=stream), **kept)


def journal(tap, base):
    there = Journal(base, "journal", logging="head_records = 1;")
    with tap.case("stderr is the journal: each line begins with its priority, and not with a name"):
        there.start()
        there.mail(2)
        there.signal(signal.SIGHUP)
        until(lambda: "reload: done" in there.said(), "the reload")
        equal(there.stop(), 0, "exit status")
        lines = there.said().splitlines()
        check(all(re.match(r"<[3-6]>(?!fixup-milter)", line) for line in lines), there.said())
    with tap.case("so a head is found by how its message begins"):
        check(any(re.match(r"<[56]>head seq=\d+ ", line) for line in lines), there.said())
        check(any(line.startswith("<5>started, version") for line in lines), there.said())
    with tap.case("a fault in the configuration has the priority of an error, -n or not"):
        there.write(there.text + 'policy = "loud";\n')
        for options in ((), ("-n",)):
            open(there.stderr_path, "w").close()
            there.spawn(*options)
            equal(there.ended(10), 78, "exit status")
            check(re.match(r"<3>\S+/journal\.conf:\d+: ", there.said()), there.said())
    for what, stream in (("another stream", "1:2"), ("no stream", "x"), ("more", "0:0:0")):
        other = Journal(base, "other", stream)
        with tap.case(f"JOURNAL_STREAM names {what}: a name and no priority"):
            other.start()
            equal(other.stop(), 0, "exit status")
            check("<" not in other.said() and "fixup-milter: started, version" in other.said(),
                  other.said())
            os.unlink(other.stderr_path)


def start_line(tap, base):
    daemon = Chained(base, "line")
    with tap.case("one line says what was started: profile, mode, user, sockets, file"):
        listen = f"unix:{base}/line.map"
        daemon.set("", policy='profile = "pix-6.3"; mode = "tag";',
                   more=f'command_filter : {{ listen = "{listen}"; }};')
        daemon.start()
        equal(daemon.stop(), 0, "exit status")
        started = [line for line in daemon.said().splitlines() if "started, version" in line]
        equal(len(started), 1, "lines")
        check(re.search(rf"started, version \S+: profile pix-6\.3, mode tag, user uid {os.geteuid()},"
                        rf" milter\.socket {daemon.socket}, command_filter\.listen {listen},"
                        rf" configuration {base}/line\.conf$", started[0]), started[0])


def said(daemon, text, *options):
    """What -n says of this configuration, and its exit status."""
    daemon.write(text)
    done = run_program(PROGRAM, "-n", "-c", daemon.conf, *options)
    return done.returncode, done.stderr.decode()


def everywhere(tap, base):
    daemon = Daemon(base, "everywhere")
    rows = (("inet:8891@0.0.0.0", True), ("inet:8891", True), ("inet6:8891@::", True),
            ("inet:8891@192.0.2.1", False), ("inet:8891@127.0.0.1", False),
            (f"unix:{base}/every.sock", False))
    for socket, warned in rows:
        with tap.case(f"{socket}: {'warned of' if warned else 'nothing to say'}"):
            code, errors = said(daemon, configuration(socket, daemon.log_path,
                                                      milter="allow_remote = true;"))
            place = rf"warning: {re.escape(daemon.conf)}:[0-9]+: milter\.socket: {re.escape(socket)} "
            told = re.search(place + "takes connections for every address", errors)
            equal((code, told is not None), (0, warned), f"status and warning; it said {errors}")
    with tap.case("the command filter's, too, at a start and in the journal as a warning"):
        there = Journal(base, "filter", milter="allow_remote = true;",
                        more='command_filter : { listen = "inet:8892@0.0.0.0"; };')
        there.start()
        equal(there.stop(), 0, "exit status")
        check(re.search(r"<4>warning: \S+:[0-9]+: command_filter\.listen: inet:8892@0\.0\.0\.0 takes "
                        "connections for every address", there.said()), there.said())


def files(tap, base):
    """Who may write what decides about mail, and read a password."""
    daemon = Daemon(base, "files")
    part = base + "/part.conf"
    with open(part, "w", encoding="ascii") as f:
        f.write("# nothing\n")
    text = configuration(f"unix:{base}/files.sock", daemon.log_path).replace("0666", "0660")
    text += f'@include "{part}"\n'
    rows = ((0o666, 0, 0, 78, "everybody may write to it"), (0o602, 0, 0, 78, "everybody may"),
            (0o664, 0, 0, 0, None), (0o664, 0, 65534, 0, "a group may write to it"),
            (0o644, 0, 65534, 0, None), (0o600, 65534, 0, 0, "belongs to another user"),
            (0o640, 0, 0, 0, None))
    if os.geteuid() != 0:
        rows = (rows[0],)
    daemon.write(text)
    for name in (daemon.conf, part):
        for mode, uid, gid, status, what in rows:
            with tap.case(f"{os.path.basename(name)} {mode:04o} of {uid}:{gid}: {what or 'good'}"):
                os.chmod(name, mode)
                os.chown(name, uid or -1, gid or -1)
                code, errors = said(daemon, text)
                os.chmod(name, 0o644)
                os.chown(name, os.geteuid(), os.getegid())
                equal((code, f"{name}: {what}" in errors if what else errors),
                      (status, True if what else ""), f"it said {errors}")
    with tap.case("what belongs to milter.user, or its group may write to, is its own"):
        if os.geteuid() == 0:
            own = text.replace('"0660"', '"0660"; user = "nobody"')
            daemon.write(own)
            os.chown(part, 65534, 65534)
            os.chmod(part, 0o664)
            equal(said(daemon, own), (0, ""), "said")
            os.chown(part, 0, 0)
    with tap.case("a reload refuses it, too, and the policy stays"):
        there = Chained(base, "rewritten")
        there.start()
        os.chmod(there.conf, 0o666)
        there.reloads(good=False)
        check(f"{there.conf}: everybody may write" in there.said(), there.said())
        os.chmod(there.conf, 0o600)
        there.reloads()
        equal(there.stop(), 0, "exit status")
    uri = 'backend = "redis"; uri = "redis://:secret@127.0.0.1:6379";'
    if b", Redis" not in run_program(PROGRAM, "-V").stdout:
        uri = uri.replace('"redis"', '"memory"')
    for mode, warned in ((0o644, True), (0o640, False)):
        with tap.case(f"a password in a file {mode:04o}: {'warned of' if warned else 'good'}"):
            with open(part, "w", encoding="ascii") as f:
                f.write(f"state : {{ {uri} }};\n")
            os.chmod(part, mode)
            code, errors = said(daemon, re.sub("(?m)^state .*", "", text))
            check("secret" not in errors, "the password is said")
            equal((code, f"{part}: state.uri: everybody may read the password" in errors),
                  (0, warned), f"it said {errors}")


def root(tap, base):
    if os.geteuid() == 0:
        with tap.case("milter.user = \"root\" is warned of"):
            code, errors = said(Daemon(base, "root"), configuration(
                f"unix:{base}/root.sock", base + "/root.jsonl", milter='user = "root";'))
            equal((code, "milter.user: root is root" in errors), (0, True), errors)


def reasons(tap, base):
    """Why it does not start, in words that help."""
    daemon = Daemon(base, "reasons")
    good = configuration(f"unix:{base}/reasons.sock", daemon.log_path).replace("0666", "0660")
    with tap.case("a configuration that is not there: its name, once, and no line of it"):
        done = run_program(PROGRAM, "-n", "-c", base + "/none.conf")
        equal((done.returncode, done.stderr.decode()),
              (78, f"{base}/none.conf: cannot be read: No such file or directory\n"), "said")
    with tap.case("a socket in the order of Postfix"):
        code, errors = said(daemon, good.replace(f"unix:{base}/reasons.sock", "inet:127.0.0.1:8895"))
        equal(code, 78, "exit status")
        check("in the order of Postfix; allowed: inet:port@host" in errors, errors)
    with tap.case("an unknown profile: the folders that were looked in"):
        code, errors = said(daemon, re.sub("(?m)^policy .*", 'policy : { profile = "asa-80"; };', good))
        equal(code, 78, "exit status")
        check(re.search(r"did you mean asa-8.*; looked in /\S+/profiles$", errors.strip()), errors)
    if os.geteuid() != 0:
        return
    os.mkdir(base + "/closed", 0o700)
    os.symlink(base + "/elsewhere", base + "/link.jsonl")
    os.chown(base + "/link.jsonl", 65534, 65534, follow_symlinks=False)
    for what, text, status, words in (
            ("a log that the user cannot open: who that is",
             good.replace(daemon.log_path, base + "/closed/x.jsonl").replace(
                 '"0660"', '"0660"; user = "nobody"'), 77,
             "/closed/x.jsonl: cannot open the log as uid 65534: Permission denied"),
            ("a log that is a link of another user: so it is said",
             good.replace(daemon.log_path, base + "/link.jsonl"), 73,
             "/link.jsonl: cannot open the log: a symbolic link of another user")):
        with tap.case(what):
            daemon.write(text)
            done = run_program(PROGRAM, "-f", "-c", daemon.conf)
            equal(done.returncode, status, "exit status")
            check(words in done.stderr.decode(), done.stderr.decode())
    with tap.case("commands that nobody gave: none"):
        there = Chained(base, "nothing", more='command_filter : { listen = "unix:%s/n.map"; };' % base)
        there.start()
        equal(there.stop(), 0, "exit status")
        check("commands seen/rewritten: none\n" in there.said(), there.said())


def test(tap, base):
    journal(tap, base)
    start_line(tap, base)
    everywhere(tap, base)
    files(tap, base)
    root(tap, base)
    reasons(tap, base)


main(test)
