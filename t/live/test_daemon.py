#!/usr/bin/env python3
"""test_daemon.py - start and end of the daemon: sockets, their mode and group, stale ones, a
second daemon, another user, going into the background, options and exit codes."""
import grp
import os
import pwd
import re
import signal
import socket
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import postfix
from daemon import PROGRAM, environment, run_program
from harness import Live, main, members, message
from tap import Skip, check, equal, until


def serves(live, name, listener="smtpd", daemon=None):
    """A session through this listener leaves its record."""
    session = live.hello(name, listener)
    session.mail(message(mark=name), code=250)
    session.quit()
    return daemon.log.message(name)


def refuses(live, daemon, text, codes, said, options=("-f",)):
    """The daemon does not start with this configuration, and says why."""
    daemon.write(text)
    result = run_program(PROGRAM, "-c", daemon.conf, *options)
    errors = result.stderr.decode()
    check(result.returncode in codes, f"exit status {result.returncode}: {errors}")
    check(re.search(said, errors), f"{said!r} is not said in: {errors}")
    return errors


def sockets(tap, live):
    daemon = live.daemon("sockets")
    group = "mail"
    with tap.case("a unix socket with the mode and the group of the configuration"):
        daemon.start(live.configuration(
            daemon, milter=f'socket_group = "{group}";').replace('"0666"', '"0606"'))
        info = os.stat(live.unix)
        check(stat.S_ISSOCK(info.st_mode), "it is a socket")
        equal(stat.S_IMODE(info.st_mode), 0o606, "mode")
        equal(grp.getgrgid(info.st_gid).gr_name, group, "group")
        members(serves(live, "unix.example.org", daemon=daemon), verdict="pass")

    with tap.case("a socket that a killed daemon left behind is no obstacle"):
        daemon.process.kill()
        daemon.process.wait()
        check(os.path.exists(live.unix), "the socket is left behind")
        daemon.start(live.configuration(daemon))
        equal(stat.S_IMODE(os.stat(live.unix).st_mode), 0o666, "mode")
        serves(live, "stale.example.org", daemon=daemon)

    with tap.case("a second daemon on the same log refuses to start; the first does not mind"):
        second = live.daemon("second", alone=False)
        refuses(live, second, live.configuration(daemon, socket=f"unix:{live.base}/second.sock"),
                (75,), r"another process")
        serves(live, "afterlog.example.org", daemon=daemon)

    with tap.case("a second daemon on the same socket and log leaves the first its socket"):
        before = os.stat(live.unix).st_ino
        refuses(live, second, live.configuration(daemon), (69, 75), r"in use|another process")
        serves(live, "aftertwin.example.org", daemon=daemon)
        equal(os.stat(live.unix).st_ino, before, "the socket's inode")

    with tap.case("it ends with 0 and leaves a stop record"):
        equal(daemon.stop(), 0, "exit status")
        equal(daemon.log.read()[-1]["type"], "stop", "the last record")

    inet = live.daemon("inet")
    with tap.case("an inet socket"):
        inet.start(live.configuration(inet, socket=f"inet:{live.inet}@127.0.0.1"))
        serves(live, "inet.example.org", "inet", inet)
    with tap.case("an inet socket that is in use"):
        third = live.daemon("third", alone=False)
        refuses(live, third, live.configuration(third, socket=f"inet:{live.inet}@127.0.0.1"),
                (69,), r"socket")
        serves(live, "inuse.example.org", "inet", inet)
        equal(inet.stop(), 0, "exit status")

    with tap.case("a socket that is no longer taken from, or of another kind: in use, at once"):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            path = f"{live.base}/taken{kind:d}.sock"
            with socket.socket(socket.AF_UNIX, kind) as other, \
                    socket.socket(socket.AF_UNIX, kind) as waiting:
                other.bind(path)
                if kind == socket.SOCK_STREAM:
                    other.listen(0)
                    waiting.connect(path)  # the one that the backlog has room for
                before = os.stat(path).st_ino
                refuses(live, third, live.configuration(third, socket="unix:" + path), (69,),
                        r"in use")
                equal(os.stat(path).st_ino, before, "the inode")

    with tap.case("a socket that another took the place of is left at the end"):
        taken = live.daemon("taken")
        path = live.base + "/replaced.sock"
        taken.start(live.configuration(taken, socket="unix:" + path))
        os.unlink(path)
        with open(path, "w", encoding="ascii") as other:
            other.write("of somebody else")
        equal(taken.stop(), 0, "exit status")
        check(os.path.isfile(path), "the file is there")

    with tap.case("-p is stronger than the file"):
        option = live.daemon("option")
        option.write(live.configuration(option, socket=f"unix:{live.base}/unused.sock"))
        option.spawn("-p", f"inet:{live.inet}@127.0.0.1")
        option.log.wait(type="start")
        serves(live, "option.example.org", "inet", option)
        check(not os.path.exists(live.base + "/unused.sock"), "the file's socket is not made")
        equal(option.stop(), 0, "exit status")

    with tap.case("an IPv6 socket"):
        if not live.postfix.port6:
            raise Skip("there is no ::1")
        six = live.daemon("six")
        six.start(live.configuration(six, socket=f"inet6:{live.six}@::1"))
        serves(live, "inet6.example.org", "six", six)
        equal(six.stop(), 0, "exit status")


def faults(tap, live):
    bad = live.daemon("bad")
    good = live.configuration(bad)
    cases = [
        ("a group that does not exist",
         good.replace('mode = "0666";', 'mode = "0666"; socket_group = "no-such-group";'), (78,),
         "no-such-group"),
        ("a user that does not exist",
         good.replace('mode = "0666";', 'mode = "0666"; user = "no-such-user";'), (78,),
         "no-such-user"),
        ("a socket where there is no folder",
         live.configuration(bad, socket=f"unix:{live.base}/nowhere/s.sock"), (69, 73), "nowhere"),
        ("a log where there is no folder", good.replace("bad.jsonl", "nowhere/bad.jsonl"), (73,),
         "nowhere"),
        ("a log that is a folder", good.replace("bad.jsonl", "postfix"), (73, 74, 77), "postfix"),
        ("a remote socket without permission", live.configuration(bad, socket="inet:8891@0.0.0.0"),
         (78,), r"bad.conf:1: milter.socket: .*allow_remote"),
        ("a fault in the configuration", good + 'policy.mode = "loud";\n', (78,), r"bad\.conf:\d"),
        ("a word that does not exist", live.configuration(bad, policy='mode = "loud";'), (78,),
         r"bad\.conf:2: policy\.mode: .*observe"),
        ("a profile that does not exist", live.configuration(bad, policy='profile = "none-6";'),
         (78,), r"bad\.conf:2: policy\.profile: .*none-6"),
    ]
    for what, text, codes, said in cases:
        if os.path.exists(live.unix):
            os.unlink(live.unix)
        with tap.case(f"it does not start with {what}"):
            refuses(live, bad, text, codes, said)
            check("bad" not in said or not os.path.exists(live.unix), "no socket was made")
        with tap.case(f"nor in the background, with {what}: the caller learns it"):
            refuses(live, bad, text, codes, said, options=())
    with tap.case("-n: 0 for a good file, 78 for one with faults, all of them told"):
        bad.write(good)
        equal(run_program(PROGRAM, "-n", "-c", bad.conf).returncode, 0, "good")
        text = live.configuration(bad, policy='mode = "loud"; profile = "none-6";')
        errors = refuses(live, bad, text, (78,), r"policy\.mode", options=("-n",))
        check("policy.profile" in errors, "the second fault: " + errors)
        check(not os.path.exists(bad.log_path) or os.path.getsize(bad.log_path) == 0,
              "-n writes no record")
    with tap.case("options: version, help, and what is not one"):
        version = run_program(PROGRAM, "-V")
        equal(version.returncode, 0, "-V")
        check(b"fixup-milter" in version.stdout and b"libmilter" in version.stdout, "-V")
        equal(run_program(PROGRAM, "--version").stdout, version.stdout, "--version")
        with open(os.environ.get("FX_BUILDDIR", ".") + "/Makefile") as f:
            made = f.read()
        for flag, part in (("REDIS", b", Redis"), ("PSL", b", libpsl"),
                           ("SECCOMP", b", libseccomp"), ("LANDLOCK", b", Landlock")):
            built_in = re.search(rf"^am__append_\d+ = -DFX_WITH_{flag}=1$", made, re.M)
            equal(part in version.stdout, built_in is not None, f"-V on {flag}")
        equal(run_program(PROGRAM, "--help").returncode, 0, "--help")
        equal(run_program(PROGRAM, "-x").returncode, 64, "-x")
        equal(run_program(PROGRAM, "-f", "word").returncode, 64, "an argument")
        missing = run_program(PROGRAM, "-f", "-c", live.base + "/none.conf")
        check(missing.returncode in (66, 78), f"no such file: {missing.returncode}")


def folders(tap, live):
    """Whose the folder of a unix socket may be, and who may write to it."""
    bad = live.daemon("bad")
    nobody = pwd.getpwnam("nobody").pw_uid
    daemon = pwd.getpwnam("daemon").pw_uid
    own = 'user = "nobody";'

    def made(name, mode, uid=0):
        os.makedirs(live.base + "/" + name)
        os.chmod(live.base + "/" + name, mode)
        os.chown(live.base + "/" + name, uid, -1)

    made("all", 0o777)
    made("sticky", 0o1777)
    made("all/in/deep", 0o755)
    made("sticky/in", 0o755)
    made("group", 0o775)
    made("theirs", 0o755, daemon)
    made("mine", 0o755, nobody)
    os.symlink("all", live.base + "/link")
    os.symlink("../group", live.base + "/sticky/way")
    written, owned = "may be written to by everybody", "belongs to another user"
    for name, milter, said in (("all", "", written), ("sticky", "", written),
                               ("link", "", written), ("all/in/deep", "", written),
                               ("theirs", "", owned), ("theirs", own, owned),
                               ("mine", "", owned), ("sticky/in", "", None),
                               ("sticky/way", "", None), ("group", "", None), ("mine", own, None),
                               ("not-there", "", None)):
        path = f"unix:{live.base}/{name}/s.sock"
        for setting, text in (
                ("milter.socket", live.configuration(bad, socket=path, milter=milter)),
                ("command_filter.listen", live.configuration(
                    bad, socket=f"unix:{live.base}/mine/other.sock" if milter == own else None,
                    milter=milter, more=f'command_filter : {{ listen = "{path}"; }};'))):
            what = f"a {setting} in {name}" + (", with milter.user" if milter else "")
            if said is None:
                with tap.case(f"{what}: -n minds nothing"):
                    bad.write(text)
                    done = run_program(PROGRAM, "-n", "-c", bad.conf)
                    equal(done.returncode, 0, done.stderr.decode())
                continue
            with tap.case(f"{what} is refused, by -n, too"):
                place = re.escape(os.path.realpath(live.base + "/" + name.split("/")[0]))
                for options in (("-n",), ("-f",), ()):
                    refuses(live, bad, text, (78,), f"{setting}: the folder {place} {said}",
                            options)
                check(not os.path.exists(path[5:]), "no socket was made")

    with tap.case("a process that is not root: its own folder, and root's"):
        place = live.base + "/mine"
        for folder, code in (("mine", 0), ("theirs", 78)):
            bad.write(f'milter : {{ socket = "unix:{live.base}/{folder}/s"; socket_mode = "0600"; }};\n'
                      f'log : {{ file = "{place}/log"; }}; state : {{ path = "{place}/db"; }};\n')
            done = run_program(PROGRAM, "-n", "-c", bad.conf, user=nobody, group=65534,
                               extra_groups=[], cwd=place)
            equal(done.returncode, code, done.stderr.decode())

    with tap.case("a socket that everybody may connect to is warned of"):
        bad.write(live.configuration(bad))
        done = run_program(PROGRAM, "-n", "-c", bad.conf)
        check(b"milter.socket_mode: 0666 lets every local user connect" in done.stderr, done.stderr)
        bad.write(live.configuration(bad).replace('"0666"', '"0660"'))
        equal(run_program(PROGRAM, "-n", "-c", bad.conf).stderr, b"", "said of 0660")

    with tap.case("a user that is not there is one fault, told with its place"):
        bad.write(live.configuration(bad, socket=f"unix:{live.base}/mine/s.sock",
                                     milter='user = "nobody-here";').replace('"0666"', '"0660"'))
        done = run_program(PROGRAM, "-n", "-c", bad.conf)
        equal((done.returncode, done.stderr.decode()),
              (78, f"{bad.conf}:1: milter.user: there is no user nobody-here\n"), "said")
    with tap.case("-n: a warning says that it is one, and where the setting stands"):
        bad.write(live.configuration(bad, socket=f"unix:{live.base}/not-there/s.sock").replace(
            '"0666"', '"0660"'))
        done = run_program(PROGRAM, "-n", "-c", bad.conf)
        said = done.stderr.decode()
        equal(done.returncode, 0, said)
        check(said.startswith(f"warning: {bad.conf}:1: milter.socket: the folder {live.base}/"
                              "not-there is not there"), said)
        equal(said.count("\n"), 1, said)
    with tap.case("-n: a key that milter.user cannot read"):
        key = live.base + "/root.key"
        with open(key, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as f:
            f.write("0123456789abcdef" * 4 + "\n")
        text = live.configuration(bad, milter=own, logging=f'key_file = "{key}";',
                                  socket=f"unix:{live.base}/mine/s.sock").replace('"0666"', '"0660"')
        bad.write(text)
        done = run_program(PROGRAM, "-n", "-c", bad.conf)
        said = done.stderr.decode()
        equal(done.returncode, 78, said)
        check(f"{bad.conf}:3: log.key_file: {key} cannot be read by milter.user, nobody: " in said,
              said)
        os.chown(key, nobody, 65534)
        done = run_program(PROGRAM, "-n", "-c", bad.conf)
        equal((done.returncode, done.stderr), (0, b""), "a key of its own")

    with tap.case("log and state in a folder that everybody may write to: warned of, and used"):
        bad.log_path = bad.log.path = live.base + "/all/log.jsonl"
        bad.start(live.configuration(bad))
        for setting in ("log.file", "state.path"):
            check(re.search(f"{setting}: the folder {live.base}/all {written}", bad.said()),
                  bad.said())
        equal(bad.stop(), 0, "exit status")

    with tap.case("a log that is a link: root's is followed, another user's is not"):
        bad.log_path = bad.log.path = live.base + "/link.jsonl"
        os.symlink("mine/log.jsonl", bad.log_path)
        os.chown(live.base + "/mine", 0, 0)  # root without capabilities writes its own only
        bad.start(live.configuration(bad))
        equal(bad.stop(), 0, "exit status")
        check(os.path.isfile(live.base + "/mine/log.jsonl"), "the file that it leads to")
        os.lchown(bad.log_path, daemon, -1)
        refuses(live, bad, live.configuration(bad), (73,),
                r"link\.jsonl: cannot open the log: a symbolic link of another user")
        os.unlink(bad.log_path)
    with tap.case("the same of the state file: mail goes on without"):
        bad.log_path = bad.log.path = live.base + "/state.jsonl"
        state = live.base + "/state.db"
        os.symlink("mine/state.db", state)
        os.lchown(state, daemon, -1)
        bad.start(live.configuration(bad))
        serves(live, "link.example.org", daemon=bad)
        until(lambda: "state.db: is a symbolic link of another user" in bad.said(), bad.said())
        equal(bad.stop(), 0, "exit status")
        check(not os.path.exists(live.base + "/mine/state.db"), "no file where it leads to")


def localhost(tap, live):
    bad = live.daemon("bad")
    hosts = live.base + "/hosts"
    with open(hosts, "w", encoding="ascii") as f:
        f.write("192.0.2.1 localhost\n")
    for setting, text in (
            ("milter.socket", live.configuration(bad, socket=f"inet:{live.inet}@localhost")),
            ("command_filter.listen", live.configuration(
                bad, more=f'command_filter : {{ listen = "inet:{live.inet}@localhost"; }};'))):
        with tap.case(f"a localhost that leads elsewhere is not listened on: {setting}"):
            bad.write(text)
            done = run_program("unshare", "--mount", "sh", "-c",
                               'mount --bind "$1" /etc/hosts && exec "$2" -f -c "$3"', "sh", hosts,
                               PROGRAM, bad.conf)
            said = done.stderr.decode()
            if "unshare" in said or "mount:" in said:
                raise Skip("no mount namespace: " + said.strip())
            equal(done.returncode, 78, said)
            check("@localhost: this name leads beyond loopback" in said, said)


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def other_user(tap, live):
    nobody = pwd.getpwnam("nobody")
    place = live.base + "/owned"
    os.mkdir(place)
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    daemon = live.daemon("nobody")
    daemon.log_path = daemon.log.path = place + "/log.jsonl"
    text = live.configuration(daemon, milter='user = "nobody"; drain_seconds = 5;')
    with tap.case("another user: every right of root is given up"):
        daemon.start(text)
        status = status_of(daemon.process.pid)
        equal(status["Uid"].split(), [str(nobody.pw_uid)] * 4, "user ids")
        equal(status["Gid"].split(), [str(nobody.pw_gid)] * 4, "group ids")
        check("0" not in status["Groups"].split(), f"groups {status['Groups']}")
        equal(status["CapEff"].strip("0"), "", "capabilities")
        equal(os.stat(daemon.log_path).st_uid, nobody.pw_uid, "owner of the log")
        serves(live, "nobody.example.org", daemon=daemon)
    with tap.case("another user: the log can be reopened, the configuration read again"):
        os.rename(daemon.log_path, daemon.log_path + ".1")
        daemon.signal(signal.SIGUSR1)
        until(lambda: os.path.exists(daemon.log_path), "the new log")
        daemon.reload(text.replace("policy : {", 'policy : { mode = "tag";'))
        members(serves(live, "nobody2.example.org", daemon=daemon), mode="tag")
    with tap.case("another user: it ends with 0"):
        equal(daemon.stop(), 0, "exit status")
    with tap.case("another user, who may not write the log"):
        refuses(live, live.daemon("denied"),
                text.replace(place, live.base).replace("log.jsonl", "denied.jsonl"), (77, 73),
                "denied.jsonl")


def process_with(conf):
    """The one process whose arguments end in this configuration file."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if conf.encode() in words and any(w.endswith(b"fixup-milter") for w in words):
            found.append(int(pid))
    return found


def background(tap, live):
    # By its name alone process_with() knows it among those of other runs on this machine.
    daemon = live.daemon(f"background-{os.getpid()}")
    daemon.write(live.configuration(daemon, milter="drain_seconds = 5;"))
    name = os.path.basename(daemon.conf)
    pids = []
    try:
        with tap.case("without -f the caller gets 0 when, and only when, the daemon is ready"):
            began = time.monotonic()
            result = subprocess.run([PROGRAM, "-c", name], env=environment(), cwd=live.base,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, timeout=20)
            equal(result.returncode, 0, f"exit status ({result.stderr.decode()})")
            check(time.monotonic() - began < 10, "its output is closed")
            pids = process_with(name)
            equal(len(pids), 1, "processes")
            equal(len(daemon.log.find(type="start")), 1, "start records")
            serves(live, "background.example.org", daemon=daemon)
        with tap.case("it has a session of its own and no terminal, and stands in no folder"):
            equal(os.getsid(pids[0]), pids[0], "session id")
            equal(os.readlink(f"/proc/{pids[0]}/cwd"), "/", "working directory")
            equal([os.readlink(f"/proc/{pids[0]}/fd/{n}") for n in range(3)], ["/dev/null"] * 3,
                  "standard streams")
        with tap.case("SIGHUP finds the configuration that was named relative to a folder"):
            daemon.write(live.configuration(daemon, policy='mode = "tag";'))
            os.kill(pids[0], signal.SIGHUP)
            daemon.log.wait(type="reload", seconds=5)
            members(serves(live, "relative.example.org", daemon=daemon), mode="tag")
        with tap.case("SIGTERM ends it"):
            os.kill(pids[0], signal.SIGTERM)
            until(lambda: not process_with(name), "the end of the process")
            equal(daemon.log.read()[-1]["type"], "stop", "the last record")
            check(not os.path.exists(live.unix), "it came to its end, nobody sees what it says")
    finally:
        for pid in process_with(name):
            os.kill(pid, signal.SIGKILL)


def records(tap, live):
    daemon = live.daemon("records")
    with tap.case("start and stop records tell the policy; a change of it changes the digest"):
        daemon.start(live.configuration(daemon))
        daemon.reload(live.configuration(daemon, policy='mode = "enforce"; profile = "pix-6.3";'))
        daemon.reload(live.configuration(daemon))
        equal(daemon.stop(), 0, "exit status")
        found = daemon.log.read()
        equal([r["type"] for r in found], ["start", "reload", "reload", "stop"], "types")
        for record in found:
            check(re.fullmatch("[0-9a-f]{64}", record["policy"]), "digest")
        start, strict, back, stop = found
        members(start, profile="asa-9", mode="observe")
        members(strict, profile="pix-6.3", mode="enforce")
        check(start["policy"] != strict["policy"], "another policy, another digest")
        equal([back["policy"], stop["policy"]], [start["policy"]] * 2, "the same again")
    with tap.case("a new run goes on in the same file"):
        daemon.start(live.configuration(daemon))
        equal(daemon.stop(), 0, "exit status")
        equal([r["type"] for r in daemon.log.read()[4:]], ["start", "stop"], "types")
    with tap.case("log.file = stdout"):
        daemon.write(live.configuration(daemon).replace(daemon.log_path, "stdout"))
        with open(live.base + "/stdout", "wb") as out:
            process = subprocess.Popen([PROGRAM, "-f", "-c", daemon.conf], env=environment(),
                                       stdin=subprocess.DEVNULL, stdout=out)
        try:
            until(lambda: os.path.getsize(live.base + "/stdout") > 0, "a record on stdout")
            process.send_signal(signal.SIGINT)
            equal(process.wait(20), 0, "exit status after SIGINT")
        finally:
            if process.poll() is None:
                process.kill()
        with open(live.base + "/stdout") as out:
            equal([line.split('"type":"')[1].split('"')[0] for line in out], ["start", "stop",
                  "head"], "records")


def test(tap):
    six = postfix.free_port("::1") if postfix.has_ipv6() else 0
    listeners = {"smtpd": {}, "inet": {}, "six": {"smtpd_milters": f"inet:[::1]:{six}"}}
    with Live(listeners=listeners) as live:
        live.six = six
        sockets(tap, live)
        faults(tap, live)
        folders(tap, live)
        localhost(tap, live)
        other_user(tap, live)
        background(tap, live)
        records(tap, live)


main(test)
