#!/usr/bin/env python3
"""inside.py - what unit.sh runs in the container it boots: fixup-milter.service under a real systemd,
behind the real Postfix of Debian."""
import glob
import grp
import json
import os
import pwd
import re
import shutil
import smtplib
import stat
import subprocess
import sys
import threading
import time

from tap import Skip, Tap, check, equal, note, until

UNIT = "fixup-milter.service"
RUN = "/run/fixup-milter"
SPOOL = "/var/spool/postfix/fixup-milter"
LOG = "/var/log/fixup-milter/compliance.jsonl"
DROPINS = f"/etc/systemd/system/{UNIT}.d"


def run(*words, good=True):
    """Runs a command to its end; its output. `good`: whether it has to succeed, None: either."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=90, check=False)
    note(f"$ {' '.join(words)}\n{done.stdout[-3000:]}")
    if good is not None:
        equal(done.returncode == 0, good, f"{' '.join(words)}: exit status {done.returncode}")
    return done.stdout


def shown(name):
    return run("systemctl", "show", "-P", name, UNIT).strip()


def journal():
    return run("journalctl", "-q", "-o", "cat", "-b", "-u", UNIT)


CONF = re.search(r"-c (\S+)", open(glob.glob(f"/lib/systemd/system/{UNIT}")[0],
                                   encoding="utf-8").read()).group(1)


def configure(text):
    with open(CONF, "w", encoding="utf-8") as f:
        f.write(text)


def drop_in(name, text):
    os.makedirs(DROPINS, exist_ok=True)
    with open(f"{DROPINS}/{name}", "w", encoding="utf-8") as f:
        f.write(text)
    run("systemctl", "daemon-reload")


def start():
    run("systemctl", "reset-failed", UNIT, good=None)
    run("systemctl", "start", UNIT)


def records(kind):
    with open(LOG, encoding="utf-8") as f:
        return [r for r in map(json.loads, f) if r["type"] == kind]


def postfix(milter, chroot):
    """Debian's Postfix as its package has set it up, with this milter and without a queue."""
    for name, value in (("smtpd_milters", milter), ("milter_default_action", "tempfail"),
                        ("inet_interfaces", "127.0.0.1"), ("inet_protocols", "ipv4"),
                        ("mydestination", "localhost"), ("local_transport", "discard"),
                        ("default_transport", "discard"), ("local_recipient_maps", ""),
                        ("mynetworks", "127.0.0.0/8"), ("myhostname", "mx.example.net")):
        run("postconf", f"{name} = {value}")
    run("postconf", "-F", f"smtp/inet/chroot = {'y' if chroot else 'n'}")
    run("systemctl", "restart", "postfix")
    until(lambda: subprocess.run(["postfix", "status"], check=False,
                                 capture_output=True).returncode == 0, "Postfix")


def send(mark, profile="asa-9"):
    session = smtplib.SMTP("127.0.0.1", 25, "client.example.org", timeout=30)
    session.sendmail("a@example.org", ["b@localhost"],
                     f"Message-ID: <{mark}@example.org>\r\nX-Long: {'x' * 1200}\r\n\r\nbody\r\n")
    session.quit()
    found = until(lambda: [r for r in records("message")
                           if r.get("message_id") == f"<{mark}@example.org>"], "the record")
    equal(found[0]["profile"], profile, "profile")
    check(found[0]["findings"], "findings")


def owner(path):
    info = os.stat(path)
    return (f"{stat.S_IMODE(info.st_mode):04o} {pwd.getpwuid(info.st_uid).pw_name} "
            f"{grp.getgrgid(info.st_gid).gr_name}")


def shipped(tap):
    with tap.case("systemd-sysusers made the user"):
        pwd.getpwnam("fixup-milter")
        grp.getgrnam("fixup-milter")
    with tap.case("systemd finds no fault in the unit"):
        equal(run("systemd-analyze", "verify", "--man=no", UNIT), "", "said")
    with tap.case("started as it is installed: the command returns when connections are accepted"):
        start()
        equal((shown("ActiveState"), shown("SubState"), shown("StatusText")),
              ("active", "running", "accepting connections"), "state")
        check(os.path.exists(f"{RUN}/fixup-milter.sock"), "the socket is there")
    with tap.case("its user, without capabilities and in a filter; folders are its own"):
        with open(f"/proc/{shown('MainPID')}/status", encoding="utf-8") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        uid = str(pwd.getpwnam("fixup-milter").pw_uid)
        equal(status["Uid"].split(), [uid] * 4, "user")
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            equal(int(status[name], 16), 0, name)
        equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "restrictions")
        equal([owner(p) for p in (RUN, "/var/log/fixup-milter", "/var/lib/fixup-milter", LOG,
                                  f"{RUN}/fixup-milter.sock")],
              [f"{mode} fixup-milter fixup-milter" for mode in ("0711", "0750", "0750", "0640",
                                                                "0660")], "modes")
    with tap.case("systemd-analyze security of the running unit: at most 1.5"):
        said = run("systemd-analyze", "security", "--no-pager", UNIT)
        level = float(re.search(r"exposure level for \S+ ([0-9.]+)", said).group(1))
        print(f"# figure: sandbox | exposure of the running unit (systemd-analyze) | {level}")
        check(level <= 1.5, f"{level}")
    with tap.case("the journal has what it said, and no warning"):
        check("started, version" in journal(), "started")
        warnings = run("journalctl", "-q", "-o", "cat", "-b", "-u", UNIT, "-p", "warning")
        equal(warnings, "", "warnings")


def behind_postfix(tap):
    with tap.case("a drop-in with a group that does not exist: the unit does not start"):
        drop_in("other.conf", "[Service]\nSupplementaryGroups=no-such-group\n")
        run("systemctl", "restart", UNIT, good=False)
        check("216" in shown("ExecMainStatus"), "216/GROUP")
        os.unlink(f"{DROPINS}/other.conf")
    with tap.case("with the drop-in for Postfix the socket gets its group"):
        shutil.copy("/opt/postfix.conf", DROPINS)
        run("systemctl", "daemon-reload")
        configure('milter : { socket_group = "postfix"; user = "fixup-milter"; };\n')
        start()
        equal(owner(f"{RUN}/fixup-milter.sock"), "0660 fixup-milter postfix", "socket")
    with tap.case("and still at most 1.5"):
        said = run("systemd-analyze", "security", "--no-pager", UNIT)
        level = float(re.search(r"exposure level for \S+ ([0-9.]+)", said).group(1))
        print(f"# figure: sandbox | the same with the drop-in for Postfix | {level}")
        check(level <= 1.5, f"{level}")
    with tap.case("mail through Postfix and the socket in /run"):
        postfix(f"unix:{RUN}/fixup-milter.sock", chroot=False)
        send("run")
    with tap.case("systemctl reload: a new policy, told when it is in force"):
        before = len(records("reload"))
        configure('milter : { socket_group = "postfix"; };\npolicy : { profile = "pix-6.3"; };\n')
        run("systemctl", "reload", UNIT)
        until(lambda: len(records("reload")) == before + 1, "the reload record")
        until(lambda: (shown("ActiveState"), shown("StatusText")) == ("active",
                                                                     "accepting connections"),
              "active again")
        send("reloaded", "pix-6.3")
    with tap.case("systemctl reload with a faulty configuration fails, and changes nothing"):
        pid = shown("MainPID")
        configure('policy : { profile = "none-1"; };\n')
        run("systemctl", "reload", UNIT, good=False)
        check(re.search(r"fixup-milter\.conf:1: policy\.profile: .*none-1", journal()), "journal")
        equal((shown("ActiveState"), shown("MainPID")), ("active", pid), "state")
        send("still", "pix-6.3")
    with tap.case("SIGHUP with it: told in the status"):
        run("systemctl", "kill", "-s", "HUP", "--kill-who=main", UNIT)
        until(lambda: "the former one stays" in shown("StatusText"), "the status")
        equal(shown("ActiveState"), "active", "state")
    with tap.case("confined to its spool, smtpd reaches the socket there"):
        os.makedirs(SPOOL)
        shutil.chown(SPOOL, "fixup-milter", "postfix")
        os.chmod(SPOOL, 0o750)
        configure(f'milter : {{ socket = "unix:{SPOOL}/milter.sock"; socket_group = "postfix"; }};\n')
        run("systemctl", "restart", UNIT)
        postfix("unix:fixup-milter/milter.sock", chroot=True)
        send("spool")
    with tap.case("and one of inet on loopback"):
        configure('milter : { socket = "inet:8895@127.0.0.1"; };\n')
        run("systemctl", "restart", UNIT)
        postfix("inet:127.0.0.1:8895", chroot=True)
        send("inet")


def stopping(tap):
    with tap.case("systemctl stop waits for a message, past TimeoutStopSec, and then ends well"):
        drop_in("stop.conf", "[Service]\nTimeoutStopSec=2\n")
        run("systemctl", "restart", UNIT)
        session = smtplib.SMTP("127.0.0.1", 25, "client.example.org", timeout=30)
        session.ehlo()
        session.docmd("MAIL FROM:<a@example.org>")
        session.docmd("RCPT TO:<b@localhost>")
        equal(session.docmd("DATA")[0], 354, "DATA")
        began = time.monotonic()
        stop = threading.Thread(target=subprocess.run, args=(["systemctl", "stop", UNIT],))
        stop.start()
        until(lambda: shown("ActiveState") == "deactivating", "it is stopping")
        check("waiting for sessions" in shown("StatusText"), "status")
        time.sleep(5)
        equal(shown("ActiveState"), "deactivating", "state after five seconds")
        session.send("Message-ID: <drained@example.org>\r\n\r\nbody\r\n.\r\n")
        equal(session.getreply()[0], 250, "the message")
        session.quit()
        stop.join(30)
        check(5 <= time.monotonic() - began < 20, "it ended with the session")
        equal((shown("ActiveState"), shown("Result"), shown("ExecMainStatus")),
              ("inactive", "success", "0"), "state")
        check(any(r.get("message_id") == "<drained@example.org>" for r in records("message")),
              "its record")
        equal(len(records("stop")) > 0, True, "stop record")
    with tap.case("a faulty configuration: the start fails, the journal says why, and no restart"):
        configure('milter : { socket_mode = "0999"; };\n')
        run("systemctl", "start", UNIT, good=False)
        said = journal()
        check(re.search(r"fixup-milter\.conf:1: milter\.socket_mode: ", said), said[-1500:])
        equal((shown("ActiveState"), shown("ExecMainStatus"), shown("NRestarts")),
              ("failed", "78", "0"), "state")
    with tap.case("killed, it is started again"):
        configure("")
        start()
        pid = shown("MainPID")
        run("systemctl", "kill", "-s", "KILL", "--kill-who=main", UNIT)
        until(lambda: shown("ActiveState") == "active" and shown("MainPID") != pid, "a new one",
              30)


def keys(tap):
    with tap.case("a key that systemd hands over (LoadCredential)"):
        with open("/etc/fixup-milter.key", "w", encoding="ascii") as f:
            f.write("0123456789abcdef0123456789abcdef\n")
        os.chmod("/etc/fixup-milter.key", 0o600)
        # the check before the signal is a process of its own, to which no credentials are handed
        drop_in("key.conf", "[Service]\nLoadCredential=chain:/etc/fixup-milter.key\n"
                            "ExecReload=\nExecReload=/bin/kill -HUP $MAINPID\n")
        configure(f'log : {{ key_file = "/run/credentials/{UNIT}/chain"; }};\n')
        run("systemctl", "stop", UNIT)
        os.unlink(LOG)
        os.unlink(LOG + ".head")
        start()
        check(records("start")[-1]["chain"] != "sha256", "the chain has a key")
        before = len(records("reload"))
        run("systemctl", "reload", UNIT)
        until(lambda: len(records("reload")) == before + 1, "a reload reads it again")
        run("systemctl", "stop", UNIT)


def main():
    tap = Tap()
    shipped(tap)
    behind_postfix(tap)
    stopping(tap)
    keys(tap)
    sys.exit(tap.finish())


main()
