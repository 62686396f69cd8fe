#!/usr/bin/env python3
"""test_injection.py - octets that end lines, act upon terminals, turn the writing direction or are
markup, by every way in: what the MTA tells in commands, header, body and macros, the command
filter's requests, the configuration, profiles, names of files and lines of logs. None of them comes
out raw in syslog, on a terminal, in a record or in a page."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

from daemon import CONTROL, PROFILES, PROGRAM, SOURCE, Daemon, configuration, environment
from enclosure import Enclosed
from tap import Skip, Tap, check, equal, note, skip_all, until

sys.path.insert(0, SOURCE + "/t/wire")
from milter import Mta  # noqa: E402

# Each begins with a mark by which it is found again, wherever it was cut.
HOSTILE = (
    b"mark\r\nmark: forged", b"mark\nNov 22 10:00:00 mx fixup-milter: forged", b"mark\x1b[31m\x1b]0;x\x07",
    b"mark\x9b31m", b"mark\xc2\x9b31m\xc2\x85\xc2\x90", b"mark\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6evil",
    b"mark\xff\xfe\xc3(\xf5\x80", b"mark<script>alert(1)</script>", b"mark%s%n%99999d%s",
    b'mark" rules="none" x=y', b"mark' & \"a=b\" verdict=\"pass\"", b"mark\\n\\x1b\\", b"mark\x7f\x08\t\x0b\x0c")
# C0 but the line feed, DEL, C1, separators and marks of direction
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def clean(data, what):
    """UTF-8, and nothing in it that anything acts upon."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = max(0, error.start - 60)
        raise AssertionError(f"{what}: not UTF-8: {data[at:error.end + 20]!r}") from None
    found = RAW.search(text)
    if found:
        raise AssertionError(f"{what}: {text[max(0, found.start() - 60):found.end() + 20]!r}")
    return text


def words(line):
    """A line of key=value words, each value quoted as in JSON or a number, as a dictionary."""
    found = {}
    while line:
        match = re.match(r'([a-z_]+)=("(?:[^"\\\x00-\x1f]|\\.)*"|\d+)(?: |$)', line)
        check(match is not None, f"no word: {line!r}")
        check(match.group(1) not in found, f"twice: {match.group(1)}")
        found[match.group(1)] = json.loads(match.group(2))
        line = line[match.end():]
    return found


def session(address, text):
    """Everything that an MTA tells, made of this text."""
    mta = Mta(address)
    low = text.replace(b"\0", b"")
    mta.macros(b"C", j=low, v=b"Postfix " + low, i=low, daemon_name=low)
    mta.connect(low)
    mta.macros(b"H", tls_version=low, cipher=low)
    mta.helo(low)
    mta.unknown(low[:400])
    mta.macros(b"M", i=low, auth_type=low, auth_authen=low, r=low)
    mta.mail(b"<" + low + b"|@" + low + b">", b"SIZE=" + low, b"BODY=" + low, low)
    mta.macros(b"R", rcpt_mailer=low, rcpt_host=low, i=low)
    mta.rcpt(b"<" + low + b"@example.net>", b"NOTIFY=" + low)
    mta.macros(b"T", i=low)
    mta.data()
    for name, value in ((b"Message-ID", b"<" + low + b">"), (b"X-" + low, low + b"x" * 1200),
                        (b"Subject", low), (b"DKIM-Signature", b"v=1; a=" + low + b"; d=" + low
                                            + b"; s=" + low + b"; h=from:" + low + b"; b=AA"),
                        (b"Content-Disposition", b'attachment; filename="' + low + b"n" * 300 + b'"'),
                        (b"Content-Type", b"multipart/mixed; boundary=b"), (b"Content-Type", low)):
        mta.header(name, b" " + value)
    mta.eoh()
    mta.body(b"--b\r\nContent-Disposition: attachment;\r\n filename*=utf-8''" +
             b"".join(b"%%%02x" % octet for octet in text) + b"n" * 300 + b"\r\n\r\n\0" + text
             + b"\r\n--b--\r\n")
    mta.eom()
    mta.send(b"Q")
    mta.sock.close()


def everything(base, name):
    return configuration(
        f"unix:{base}/{name}.sock", f"{base}/{name}.jsonl", policy='compare = [ "pix-6.3" ]; '
        'dkim_severity = "note";', more=f'command_filter : {{ listen = "unix:{base}/{name}.map"; }};'
    ).replace("syslog = false", "syslog = true")


def drive(base, name):
    for text in HOSTILE:
        session(f"unix:{base}/{name}.sock", text)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(10)
            peer.connect(f"{base}/{name}.map")
            for request in (b"verbs " + text, text + b" NOOP"):
                peer.sendall(b"%d:%s," % (len(request), request))
                check(peer.recv(4096), "an answer")


def summaries(lines, count):
    """The lines about messages: one for each, of words alone, the hostile text in them whole."""
    said = [words(line) for line in lines if line.startswith("session=")]
    messages = [w for w in said if "message" in w]
    equal(len(messages), count, "lines of messages")
    for line, text in zip(messages, HOSTILE):
        check(line["queue_id"].startswith("mark") and line["from"].startswith("mark"), line)
        check(line["verdict"] in ("flag", "drop", "reject") and "rules" in line, line)
        equal("none" in line["rules"].split(","), False, "rules")
    check(not any("forged" in line and not line.startswith(("session=", "command")) for line in lines),
          "a forged line")


def wire(tap, base):
    daemon = Daemon(base, "wire")
    daemon.start(everything(base, "wire"))
    with tap.case("stderr: a line for each message, and each is words alone"):
        drive(base, "wire")
        equal(daemon.stop(), 0, "exit status")
        with open(daemon.stderr_path, "rb") as f:
            text = clean(f.read(), "stderr")
        note(text)
        lines = [line.removeprefix("fixup-milter: ") for line in text.splitlines()]
        check(all(re.match(r"fixup-milter: |warning: \S+:\d+: milter\.socket_mode: ", line)
                  for line in text.splitlines()), "other lines")
        summaries(lines, len(HOSTILE))
    with tap.case("records: a line of JSON each, of ASCII escapes where needed"):
        with open(daemon.log_path, "rb") as f:
            data = f.read()
        clean(data, "log")
        records = [json.loads(line) for line in data.splitlines()]
        equal(sum(r["type"] == "message" for r in records), len(HOSTILE), "messages")
        for record, text in zip([r for r in records if r["type"] == "message"], HOSTILE):
            equal(record["queue_id"], text.decode(errors="replace") if b"\xf5" not in text else
                  record["queue_id"], "the queue id is told as it is")
    return daemon.log_path


def syslog(tap, base):
    os.makedirs(base + "/devlog")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(base + "/devlog/log.sock")
    listener.settimeout(1)
    got, ended = [], threading.Event()

    def listen():
        while not ended.is_set():
            try:
                got.append(listener.recv(65536))
            except socket.timeout:
                pass

    thread = threading.Thread(target=listen)
    thread.start()
    daemon = Enclosed(base, "syslog", """mkdir -p $1/dev; mount -t tmpfs -o mode=755 none $1/dev
cp -a /dev/null /dev/zero /dev/random /dev/urandom $1/dev
ln -s $1/devlog/log.sock $1/dev/log
mount --bind $1/dev /dev""", background=True)
    try:
        with tap.case("syslog: the same, a datagram for each line"):
            daemon.start(everything(base, "syslog"))
            drive(base, "syslog")
            daemon.stop()
            until(lambda: any(b"stopped" in data for data in got), "the last line")
            lines = []
            for data in got:
                text = clean(data.rstrip(b"\0"), "syslog")
                check("\n" not in text, text)
                match = re.fullmatch(r"<\d+>\w{3} [ \d]\d [\d:]{8} fixup-milter\[\d+\]: (.*)", text)
                check(match is not None, text)
                lines.append(match.group(1))
            note("\n".join(lines))
            summaries(lines, len(HOSTILE))
    finally:
        ended.set()
        thread.join()
        listener.close()
        daemon.kill()


def ran(*command, cwd, codes, **env):
    """A program's output, all of it, and it is clean; `codes` it may end with."""
    done = subprocess.run(command, cwd=cwd, env={**environment(), **env}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    what = " ".join(repr(word) for word in command)
    note(f"{what}: {done.returncode}\n{done.stderr[-1000:]!r}")
    check(done.returncode in codes, f"{what}: exit status {done.returncode}")
    output = done.stdout.replace(b"\t", b"") if "sendmail" in command else done.stdout  # m4's own
    return clean(output, what + " stdout") + clean(done.stderr, what + " stderr")


def files(tap, base):
    """Names of files, and text of configurations and profiles."""
    place = base + "/names"
    os.makedirs(place + "/profiles")
    good = b"S: 220 x\nC: EHLO a\nS: 250 x\nC: MAIL FROM:<a|b@example.org>\nS: 250 x\nC: QUIT\n"
    with tap.case("names of files, as arguments and in folders"):
        for number, text in enumerate(HOSTILE):
            name = os.fsencode(place) + b"/" + text.replace(b"/", b"_")
            with open(name + b".smtp", "wb") as f:
                f.write(good)
            with open(name, "wb") as f:
                f.write(b"policy : { mode = \"loud\"; colour = 1; };\n")
            for command in (("check", "-p", "asa-9", name + b".smtp"), ("verify", name),
                            ("report", name), ("check", "-c", name, name + b".smtp"),
                            ("check", name + b"-none"), ("verify", "--key", name + b"-none", name),
                            ("hash", "-c", name, "a@example.org"), ("mtaconf", "--mta", "postfix",
                            "-p", "asa-9", "--output", name + b"-none/x"), ("profiles", text),
                            ("check", b"--" + text), (text,)):
                ran(CONTROL, *command, cwd=place, codes=range(1, 79))
            ran(PROGRAM, "-n", "-c", name, cwd=place, codes=(78,))
            ran(PROGRAM, "-n", "-c", name + b"-none", cwd=place, codes=(78, 66))
            ran(PROGRAM, "-n", "-c", "/dev/zero", "-p", text, cwd=place, codes=(78,))
        ran(CONTROL, "check", "-p", "asa-9", place, cwd=place, codes=(1, 65, 66, 74))
    with tap.case("values of settings: in faults, and where the daemon says what it uses"):
        for text in HOSTILE:
            value = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            settings = (b'policy : { profile = "%s"; };'
                        b'log : { file = "/%s/x"; key_file = "/%s/x"; };'
                        b'state : { path = "/%s/x"; };'
                        b'clients = ( { networks = [ "%s" ]; mode = "off"; } );')
            # a string where none may stand is a leak of libconfig 1.5, and told by sanitizers
            for line in (settings, b'milter : { user = "%s"; socket_group = "%s"; socket = "unix:/%s/x"; };'
                         b'log : { file = "/%s/x"; };',
                         b'milter : { socket = "%s"; };', b'@include "%s"', b"%s"):
                with open(place + "/value.conf", "wb") as f:
                    f.write(line.replace(b"%s", value) + b"\n")
                ran(PROGRAM, "-n", "-c", place + "/value.conf", cwd=place, codes=(0, 78))
                ran(PROGRAM, "-f", "-c", place + "/value.conf", "-p",
                    f"unix:{base}/nowhere/s.sock", cwd=place, codes=(69, 78))
    with tap.case("text of a profile: shown, compared, and as settings of a mail server"):
        with open(PROFILES + "/asa-9.conf", "rb") as f:
            profile = f.read()
        for number, text in enumerate(HOSTILE):
            value = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            changed = re.sub(rb'(title|applies|source|note) = "[^"]*"',
                             lambda m: m.group(1) + b' = "' + value + b'"', profile)
            check(changed != profile, "the profile is changed")
            with open(f"{place}/profiles/evil.conf", "wb") as f:
                f.write(changed)
            for command in (("profiles", "evil"), ("profiles", "--json", "evil"),
                            ("check", "-p", "evil", "--side-by-side",
                             SOURCE + "/t/cases/two-sessions.smtp"),
                            ("mtaconf", "--mta", "postfix", "-p", "evil"),
                            ("mtaconf", "--mta", "sendmail", "-p", "evil")):
                out = ran(CONTROL, *command, cwd=place, codes=range(0, 79),
                          FIXUP_PROFILE_PATH=f"{PROFILES}:{place}/profiles")
                if command[0] == "mtaconf":
                    check(not re.search("^(mark|forged|Nov)", out, re.M), out)


def logs(tap, base, log):
    """What fixupctl makes of the log, and of lines that never were records."""
    with open(log, "rb") as f:
        lines = f.read()
    forged = b"".join(json.dumps({**json.loads(line), "host": text.decode("latin-1"), "profile":
                                  text.decode("latin-1"), "listener": text.decode("latin-1")}
                                 ).encode() + b"\n" + text + b"\n"
                      for text in HOSTILE for line in lines.splitlines()[1:4])
    with open(base + "/forged.jsonl", "wb") as f:
        f.write(lines + forged)
    for what, path in (("the log", log), ("a forged one", base + "/forged.jsonl")):
        with tap.case(f"{what}: report, verify and the documents of ECS"):
            for command in (("report",), ("report", "--json"), ("report", "--format", "ecs"),
                            ("verify", "--all"), ("verify", "--all", "--json")):
                for env in ({}, {"TERM": "xterm", "COLUMNS": "60"}):
                    out = ran(CONTROL, *command, path, cwd=base, codes=(0, 1, 66), **env)
                    check(len(out) > 100 or command[0] == "verify", "it says something")
        with tap.case(f"{what}: the page, with charts where there is gnuplot"):
            page = base + "/page.html"
            ran(CONTROL, "report", "--html", page, path, cwd=base, codes=(0, 66))
            with open(page, "rb") as f:
                text = clean(f.read(), "page")
            check("mark" in text, "the text is there")
            check(not re.search(r"<script|\son\w+\s*=|</script|<img[^>]+onerror", text, re.I),
                  "markup")


def main():
    if os.geteuid() != 0 or not os.access(PROGRAM, os.X_OK):
        skip_all("this needs root and a build")
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="fixup-inject.") as base:
        os.chmod(base, 0o755)
        log = wire(tap, base)
        syslog(tap, base)
        files(tap, base)
        logs(tap, base, log)
    sys.exit(tap.finish())


main()
