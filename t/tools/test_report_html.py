#!/usr/bin/env python3
"""test_report_html.py - TAP: the report as an HTML page, without a browser.

Pages of the reports in report_cases.py, and of logs; what charts are drawn with, and what becomes of
a page where that fails. test_report_screen.py shows them.
"""
import hashlib
import itertools
import json
import math
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

from report_cases import CASES
from report_page import (FIXUPCTL, GNUPLOT, PAGE_OF, SRC, Page, form, make, numbers, pictures, tap)
from tap import Skip, check, equal


def pages(folder):
    made = {}
    for name, of in CASES.items():
        with tap.case(f"{name}: a page"):
            case, file = of(), os.path.join(folder, name + ".html")
            code, said = make(case, file)
            equal((code, said), (0, ""), "exit and messages")
            equal(stat.S_IMODE(os.stat(file).st_mode), 0o640, "mode")
            made[name] = (case, file)
            page = form(name, case, file)
            numbers(page, case)
            pictures(page, case)
    with tap.case("nothing but the pages is left, whatever a label says"):
        equal(sorted(os.listdir(folder)), sorted(name + ".html" for name in made), "folder")
    return made


# How colours look to those who see none of red, green or blue (Machado, Oliveira, Fernandes, "A
# physiologically-based model for simulation of color vision deficiency", 2009, severity 1.0).
SIGHTS = (((1, 0, 0), (0, 1, 0), (0, 0, 1)),
          ((.152286, 1.052583, -.204868), (.114503, .786281, .099216), (-.003882, -.048116, 1.051998)),
          ((.367322, .860646, -.227968), (.280085, .672501, .047413), (-.011820, .042940, .968881)),
          ((1.255528, -.076749, -.178779), (-.078411, .930809, .147602), (.004733, .691367, .303900)))


def linear(colour):
    parts = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
    return [c / 12.92 if c <= .04045 else ((c + .055) / 1.055) ** 2.4 for c in parts]


def lab(rgb):
    """CIE L*a*b* under D65."""
    def f(t):
        return t ** (1 / 3) if t > .008856 else 7.787 * t + 16 / 116
    r, g, b = (min(1, max(0, c)) for c in rgb)
    x = f((.4124 * r + .3576 * g + .1805 * b) / .95047)
    y = f(.2126 * r + .7152 * g + .0722 * b)
    z = f((.0193 * r + .1192 * g + .9505 * b) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def colours(file):
    with open(file, encoding="utf-8") as f:
        style = Page(f.read()).styles[0]
    grounds = re.findall(r"--ground:(#\w+);", style)
    series = re.findall(r"--swatch:(#\w+);", style)
    equal((len(grounds), len(series)), (2, 16), "themes and series")
    for ground, colours_of in zip(grounds, (series[:8], series[8:])):
        def light(colour):
            return sum(c * w for c, w in zip(linear(colour), (.2126, .7152, .0722))) + .05
        for colour in colours_of:
            ratio = light(colour) / light(ground)
            check(max(ratio, 1 / ratio) >= 3, f"{colour} on {ground}: {ratio}")
        for sight in SIGHTS:
            seen = [lab([sum(m * c for m, c in zip(row, linear(colour))) for row in sight])
                    for colour in colours_of[:5]]
            apart = min(math.dist(a, b) for a, b in itertools.combinations(seen, 2))
            check(apart >= 15, f"outcomes on {ground}: {apart:.1f} apart")


def tidied(made):
    if not shutil.which("tidy"):
        raise Skip("no tidy")
    for _, file in made.values():
        done = subprocess.run(["tidy", "-q", "-e", file], capture_output=True, timeout=60)
        # a note of one blank is a small that says nothing
        lines = [w for w in done.stderr.decode().splitlines() if "trimming empty <small>" not in w]
        equal(lines, [], os.path.basename(file))


def fake(folder, text):
    """A folder for PATH with a gnuplot of ours."""
    path = tempfile.mkdtemp(dir=folder)
    with open(os.path.join(path, "gnuplot"), "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(f.name, 0o755)
    return path


FAKES = (  # what it does, what is said
    ("none at all", None, "gnuplot is not installed"),
    ("one that fails", "cat >/dev/null; echo 'line 3: no \033[31m' >&2; exit 3",
     r"gnuplot failed: line 3: no \x1b[31m"),
    ("one that reads nothing", "exit 1", "gnuplot failed"),
    ("one that draws nothing", "cat >/dev/null", "gnuplot did not draw all charts"),
    ("one that is killed", "kill -9 $$", "gnuplot failed"),
    ("one that hangs", "echo $$ >pid; exec sleep 100", "gnuplot did not end in time"),
    ("one that leaves a child", "sleep 100 & echo $! >pid; exit 0", "gnuplot did not end in time"),
    ("one that never stops", "echo $$ >pid; exec cat /dev/zero", "gnuplot wrote too much"),
)


def gone(pid):
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def without_charts(folder):
    case, file = CASES["typical"](), os.path.join(folder, "bare.html")
    for what, text, said in FAKES:
        with tap.case(f"gnuplot: {what}"):
            path = tempfile.mkdtemp(dir=folder) if text is None else fake(folder, text) + ":/usr/bin:/bin"
            code, err = make(case, file, PATH=path)
            equal((code, err), (0, f"fixupctl: {said}; the report has no charts\n"), "what is said")
            page = form("bare", case, file)
            numbers(page, case)
            equal(page.images, [], "pictures")
            check("No charts" in page.text and said.replace("\\x", "\\\\x") in page.text.replace(
                "\\x", "\\\\x"), "the page says why")
            pid = os.path.join(folder, "pid")
            if os.path.exists(pid):
                with open(pid, encoding="ascii") as f:
                    check(gone(int(f.read())), "it is gone")
                os.remove(pid)


def what_it_gets(folder):
    """The script has nothing of a label in it, and the program sees little of us."""
    path = fake(folder, f"env >env; cat >script; exec {GNUPLOT} \"$@\" <script")
    file = os.path.join(folder, "spied.html")
    equal(make(CASES["hostile"](), file, PATH=path + ":/usr/bin:/bin", GNUPLOT_LIB="/x", HOME=folder),
          (0, ""), "exit")
    with open(os.path.join(folder, "script"), "rb") as f:
        script = f.read()
    strings = set(re.findall(rb'"([^"]*)"', script))
    ours = [s for s in strings if not re.fullmatch(rb"(\\[0-3][0-7]{2})*", s)]
    check(all(re.fullmatch(rb"#[0-9a-f]{6}|[A-Za-z ,-]+,\d\d", s) for s in ours), f"strings: {ours}")
    rest = re.sub(rb'"[^"]*"', b"", script)
    check(re.fullmatch(rb"[A-Za-z0-9 \n.,:$<()\[\]*+-]*", rest) is not None, "other octets")
    check(b"owned" not in script and b"`" not in script, "a label")
    with open(os.path.join(folder, "env"), encoding="utf-8") as f:
        seen = {line.split("=")[0] for line in f} - {"PWD", "SHLVL", "_", "OLDPWD"}
    equal(seen, {"PATH", "LC_ALL", "TZ", "HOME"}, "environment")


def files(folder):
    case = CASES["empty"]()
    inside = os.path.join(folder, "files")
    os.mkdir(inside)

    def at(name):
        return os.path.join(inside, name)

    with tap.case("a file that is there is replaced as a whole"):
        with open(at("old"), "w", encoding="ascii") as f:
            f.write("before")
        os.chmod(at("old"), 0o666)
        os.link(at("old"), at("link"))
        equal(make(case, at("old")), (0, ""), "exit")
        with open(at("link"), encoding="ascii") as f:
            equal(f.read(), "before", "the old file")
        equal(stat.S_IMODE(os.stat(at("old")).st_mode), 0o640, "mode")
        check(Page(open(at("old"), encoding="utf-8").read()).headings, "the new one")
    with tap.case("what is no regular file is left alone"):
        os.symlink(at("link"), at("symbolic"))
        os.symlink(at("nowhere"), at("dangling"))
        os.mkdir(at("folder"))
        os.mkfifo(at("fifo"))
        for name, what in (("symbolic", "is a symbolic link; left as it is"),
                           ("dangling", "is a symbolic link; left as it is"),
                           ("folder", "is no regular file; left as it is"),
                           ("fifo", "is no regular file; left as it is")):
            equal(make(case, at(name)), (73, f"fixupctl: {at(name)}: {what}\n"), name)
        check(os.path.islink(at("symbolic")) and not os.path.exists(at("nowhere")), "as they were")
    with tap.case("a folder that is not there, or takes no file"):
        name = at("none/page.html")
        done = subprocess.run([PAGE_OF, name], input=json.dumps(case).encode(), capture_output=True,
                              timeout=60)
        equal((done.returncode, done.stderr.decode()),
              (73, f"fixupctl: {name}: No such file or directory\n"), "none")
        if os.path.isdir("/proc/self"):
            done = subprocess.run([PAGE_OF, "/proc/page.html"], input=json.dumps(case).encode(),
                                  capture_output=True, timeout=60)
            equal(done.returncode, 73, done.stderr.decode())
    with tap.case("a file that cannot be written whole leaves the old one"):
        before = open(at("old"), "rb").read()
        done = subprocess.run(["sh", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "sh", PAGE_OF,
                               at("old")], input=json.dumps(case).encode(), capture_output=True,
                              timeout=60)
        equal((done.returncode, done.stderr.decode()),
              (74, f"fixupctl: {at('old')}: File too large\n"), "exit")
        equal(open(at("old"), "rb").read(), before, "the file")
        equal(sorted(os.listdir(inside)), ["dangling", "fifo", "folder", "link", "old", "symbolic"],
              "nothing else is left")


def from_a_log(folder):
    """fixupctl itself: the page has the tables of --json."""
    env = {**os.environ, "FIXUP_PROFILE_PATH": os.path.join(SRC, "etc/profiles")}
    names = [b"EHLO <script>document.title='owned'</script>", b"MAIL FROM:<a@</style>.example.org>",
             b"RCPT TO:<\"><img/src=x/onerror=alert(1)>@example.net>"]
    session = b"# client: 192.0.2.9 <b>`touch`</b>\n" + b"".join(
        b"C: " + n + b"\nS: 250 Ok\n" for n in names)
    session += b"C: DATA\nS: 354 go\nC| Subject: \\x1b[31m<script>\nC|\nC| .\nS: 250 Ok\n"
    with open(os.path.join(folder, "hostile.smtp"), "wb") as f:
        f.write(session)
    cases = [f.name] + [os.path.join(SRC, "t/cases", name + ".smtp")
                        for name in ("two-sessions", "observe-recipient-count", "tag-found")]
    log, file = os.path.join(folder, "log.jsonl"), os.path.join(folder, "log.html")
    with open(log, "wb") as out:
        subprocess.run([FIXUPCTL, "check", "--json", *cases], env=env, stdout=out, timeout=60)
    done = subprocess.run([FIXUPCTL, "report", "--html", file, log], env=env, capture_output=True,
                          timeout=60)
    said = "" if GNUPLOT else f"fixupctl: {FAKES[0][2]}; the report has no charts\n"
    equal((done.returncode, done.stdout, done.stderr.decode()), (0, b"", said), "report")
    told = subprocess.run([FIXUPCTL, "report", "--json", log], env=env, capture_output=True,
                          timeout=60).stdout
    tables = [t for t in map(json.loads, told.decode().splitlines()) if t.get("rows")]
    page = form("log", None, file)
    equal(len(page.tables), len(tables) + 1, "tables")
    for got, table in zip(page.tables, tables):
        values = [[c.replace(",", "") for c in row[1:]] for row in got["rows"][1:]]
        equal(values, [[str(n) for n in row["values"]] for row in table["rows"]], table["table"])
    check("192.0.2.9" in page.text, "the client")


def of_chains(folder):
    """What the page says first: is the log whole?"""
    lines, last = [], "0" * 64
    for n in range(1, 5):
        line = json.dumps({"v": 1, "time": f"2026-11-22T12:00:0{n}.000000Z", "elapsed": 0.1,
                           "host": "mx1.example.net", "seq": n, "type": "message",
                           "verdict": "pass", "prev": last}, separators=(",", ":"))[:-1].encode()
        last = hashlib.sha256(line).hexdigest()
        lines.append(line + f',"hash":"{last}"}}\n'.encode())
    log, file = os.path.join(folder, "chain.jsonl"), os.path.join(folder, "chain.html")
    changed = lines[2].replace(b"pass", b"drop")
    for text, wanted in ((b"".join(lines), "The log is intact"),
                         (b"".join(lines[:2]) + changed + lines[3], f"First at {log}:3:"),
                         (b'{"v":1,"time":"2026-11-22T12:00:00Z","type":"message"}\n',
                          "The log has no chain")):
        with open(log, "wb") as f:
            f.write(text)
        subprocess.run([FIXUPCTL, "report", "--html", file, log], capture_output=True, timeout=60)
        page = form("chain", None, file)
        check(wanted in page.text[:page.text.index("messages")], f"{wanted}: {page.text[:600]}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        made = {}
        one = os.path.join(folder, "pages")
        os.mkdir(one)
        if GNUPLOT:
            made = pages(one)
            with tap.case("colours stand off the ground and can be told apart"):
                colours(made["empty"][1])
            with tap.case("tidy has nothing to say"):
                tidied(made)
            with tap.case("what gnuplot gets"):
                what_it_gets(folder)
        else:
            tap.skip("pages with charts", "no gnuplot (Debian: gnuplot-nox)")
        without_charts(folder)
        files(folder)
        with tap.case("from a log"):
            from_a_log(folder)
        with tap.case("the state of the chain"):
            of_chains(folder)
    return tap.finish()


sys.exit(main())
