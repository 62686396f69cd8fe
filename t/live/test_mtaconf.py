#!/usr/bin/env python3
"""test_mtaconf.py - Postfix with exactly what `fixupctl mtaconf --mta postfix` writes, for each
profile: the dialogue is that of golden/postfix-PROFILE.txt, and the command filter's table
agrees with the common code. With --update the golden files are written.

The golden dialogues are those of Postfix 3.7; later ones word some replies in another way."""
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True

import postfix
from daemon import BUILD
from dialogue import Sessions, golden
from harness import Live, finding, main, members
from mtaconf import fixupctl, limit_of, main_cf, profiles, written
from tap import Skip, check, equal

TABLE = "fixup-commands.pcre"
WITHOUT_MILTER = {"smtpd_milters": "", "non_smtpd_milters": ""}
VARIANTS = ["pix-6.3+masked-verbs"]
CUT = """inherit = "asa-9";
rules : {{ verb-not-allowed : {{ action = "{action}"; confidence = "documented"; source = "x"; }}; }};
"""


def folder(live_base, name):
    return f"{live_base}/mtaconf-{name}"


class Configured:
    """A private Postfix with the settings for a profile, and nothing of them changed."""

    def __init__(self, name, milter=False, profile=None):
        self.live = Live(listeners={"smtpd": {}})
        if profile is not None:  # one of the site's own
            with open(f"{os.environ['FX_LIVE_PROFILES']}/{name}.conf", "w") as f:
                f.write(profile)
        self.folder = f"{self.live.base}/mtaconf"
        try:
            self.files = written("postfix", name, self.folder)
        except BaseException:
            self.live.__exit__()
            raise
        self.settings = main_cf(self.files["fixup-main.cf"])
        if not milter:
            self.live.postfix.settings.update(WITHOUT_MILTER)
        self.live.postfix.settings.update(self.settings)

    def __enter__(self):
        self.live.__enter__()
        return self

    def __exit__(self, *unused):
        self.live.__exit__()

    def complaints(self):
        """What Postfix has against its configuration; a client's faults are none of it."""
        return [line for line in self.live.postfix.complaints() if "smtpd" not in line]


def dialogues(tap, known):
    for name in [*known, *VARIANTS]:
        with tap.case(f"{name}: the dialogue is the golden one"):
            if not postfix.has_pcre():
                raise Skip("this Postfix has no tables with PCRE (postfix-pcre)")
            with Configured(name) as configured:
                live = configured.live
                check("filter error" not in live.postfix.said(), live.postfix.said())
                if not live.mta.ways.unknown_text:
                    raise Skip("the golden dialogues are those of Postfix before 3.10")
                sessions = Sessions(live.postfix.ports["smtpd"])
                sessions.run(limit_of(known[name.split("+")[0]]))
                equal(configured.complaints(), [], "complaints")
                golden(f"postfix-{name}", sessions.text(),
                       f"## Postfix {live.postfix.version} with fixupctl mtaconf --mta postfix "
                       f"-p {name}\n")


def enforced(tap):
    for name in ("pix-7.2.2", "asa-9", "zorp"):
        with tap.case(f"{name}, enforce: the verb is known, and the answer has its X's"):
            if not postfix.has_pcre():
                raise Skip("this Postfix has no tables with PCRE (postfix-pcre)")
            with Configured(name, milter=True) as configured:
                live = configured.live
                live.start(policy=f'mode = "enforce"; profile = "{name}";')
                for number, sent in enumerate(("GOODMORNING to you", "x-Link2state FIRST",
                                               "BDAT 0 LAST", "ABC", "CONNECT: me")):
                    helo = f"{name}-{number}.example.org"
                    word = sent.split(" ")[0]
                    session = live.connect()
                    session.expect(250, "EHLO " + helo)
                    reply = session.expect(500, sent)
                    session.quit()
                    record = live.daemons[-1].log.session(helo)
                    members(finding(record, "verb-not-allowed"), evidence=word.rstrip(":"),
                            action="mask")
                    check("verb-masked-upstream" not in str(record), "not masked upstream")
                    if live.mta.ways.unknown_text:
                        members(record, verdict="reject", reply=str(reply))
                        check('"' + "X" * len(word.rstrip(":")) + '"' in str(reply), str(reply))
                equal(live.daemons[-1].stop(), 0, "exit status")


def cut(tap):
    """No table can hang up; the milter does, when it is shown the marked verb."""
    for action in ("drop-connection", "reset"):
        with tap.case(f"a profile with {action}, enforce: 421, and the connection is closed"):
            if not postfix.has_pcre():
                raise Skip("this Postfix has no tables with PCRE (postfix-pcre)")
            with Configured("cut", milter=True, profile=CUT.format(action=action)) as configured:
                live = configured.live
                live.start(policy='mode = "enforce"; profile = "cut";')
                session = live.hello("cut.example.org")
                session.expect("421 4.7.0", "STARTTLS")
                check(session.closed(), "closed")
                record = live.daemons[-1].log.session("cut.example.org")
                members(finding(record, "verb-not-allowed"), evidence="STARTTLS", action=action)
                members(record, verdict="drop", would="drop")


def lines(random_ones=3000):
    """Command lines that matter, and random ones."""
    verbs = ["EHLO", "HELO", "MAIL", "DATA", "STARTTLS", "AUTH", "X-LINK2STATE", "GOODMORNING",
             "A", "AB", "ABC", "X", "XX", "XXXX", "XXXXX", "X-X", "XX-AB", "XXX-ABC", "XX-ABC",
             "XXXX-XXXX", "XXX-XXXX", "XXXXX-XX-X", "XX-XX", "x-x", "xxxx-ehlo", "xxxx", "XXXx",
             "XXXX-EHLOX", ":", "::", ":a", "a:", "ab:", "abc:def", "abcd:", "EHLO:x", "-", "X-",
             "XX-", "$1", "${1}", "%s", "/", "\\", "{", "(", "[", "*", "\x01", "a\rb", "\xe4\xf6",
             "#", "if", "endif", "QUIT.", "QUI", "QUITT", "MAILX", "RCPT\x0b"]
    for n in (62, 63, 64, 65, 66, 127, 128, 129, 300, 1023, 1024, 2047):
        verbs += ["A" * n, "X" * n, "X" * n + "-" + "A" * n, "X" * n + "-" + "A" * (n + 1),
                  "X" * n + "-" + "X" * n, "A" * n + ":", "A" * (n - 1) + ":A"]
    found = [verb + tail for verb in verbs for tail in ("", " ", "\t", " a", "\ta b", " :", ":x")]
    dice = random.Random(7)
    pieces = ["X", "X", "XX", "-", ":", " ", "\t", "A", "ehlo", "MAIL", "NOOP", "\xff", ".", "$", "\r", "\x0b",
              "\x0c"]
    for _ in range(random_ones):
        found.append("".join(dice.choices(pieces, k=dice.randint(1, 9))).lstrip(" \t"))
    # postmap(1) takes neither empty keys nor blanks at the end of one
    return list(dict.fromkeys(line for line in found if line.strip(" \t\r\x0b")
                              and line == line.rstrip()))


def looked_up(configuration, table, keys):
    """What the table gives for each; postmap prints those that it has, in order."""
    done = subprocess.run(
        configuration.program("/usr/sbin/postmap", "-q", "-", "pcre:" + table),
        env=configuration.environment(), input="".join(k + "\n" for k in keys).encode("latin-1"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    equal(done.stderr, b"", "postmap's complaints")
    answers = done.stdout.decode("latin-1").split("\n")[:-1]
    found = []
    for key in keys:
        has = bool(answers) and answers[0].startswith(key + "\t") and \
            answers[0][len(key) + 1:].replace("X", "").find("\t") < 0
        found.append(answers.pop(0)[len(key) + 1:] if has else "")
    equal(answers, [], "answers for no key")
    return found


def tables(tap, known, live):
    keys = lines()
    helper = os.path.join(BUILD, "t", "live", "print_rewritten")
    for name in [*known, *VARIANTS]:
        with tap.case(f"{name}: the table says what the code says, for {len(keys)} lines"):
            if not postfix.has_pcre():
                raise Skip("this Postfix has no tables with PCRE (postfix-pcre)")
            if not os.access(helper, os.X_OK):
                raise Skip(f"{helper} is not built")
            files = written("postfix", name, folder(live.base, name))
            done = subprocess.run([helper, os.environ["FX_LIVE_PROFILES"], name],
                                  input="".join(k + "\n" for k in keys).encode("latin-1"),
                                  stdout=subprocess.PIPE, timeout=60, check=True)
            expected = done.stdout.decode("latin-1").split("\n")[:-1]
            equal(len(expected), len(keys), "lines of the helper")
            if TABLE not in files:
                equal(set(expected), {""}, "no table, nothing rewritten")
                continue
            got = looked_up(live.postfix, f"{folder(live.base, name)}/{TABLE}", keys)
            for key, one, other in zip(keys, got, expected):
                equal(one, other, f"in place of {key!r}")


def odd_folder(tap, live):
    with tap.case("a folder with a dollar in its name: Postfix finds the table there"):
        name = live.base + "/a$b$"
        files = written("postfix", "asa-9", name)
        check("a$$b$$/" + TABLE in files["fixup-main.cf"], "doubled")
        with open(live.postfix.etc + "/main.cf", "a") as f:
            f.write(files["fixup-main.cf"])
        done = live.postfix.command("/usr/sbin/postconf", "-hx", "smtpd_command_filter")
        equal(done.stdout.decode().strip(), f"pcre:{name}/{TABLE}", "smtpd_command_filter")
    with tap.case("with --banner, and the whole fragment at the end of main.cf"):
        text = "mx2.example.net $x ESMTP 2020 0 0"
        out = fixupctl("mtaconf", "--mta", "postfix", "-p", "asa-9", "--banner", text)
        check("\nsmtpd_banner = **2**********************2020 0 0\n" in out, out[:600])


def test(tap):
    known = profiles()
    check(len(known) >= 5, "profiles")
    # postmap(1) takes keys for UTF-8 where smtputf8_enable says so; smtpd(8) takes commands as
    # they come.
    with Live({**WITHOUT_MILTER, "smtputf8_enable": "no"}, listeners={"smtpd": {}}) as live:
        tables(tap, known, live)
        odd_folder(tap, live)
    dialogues(tap, known)
    cut(tap)
    enforced(tap)  # last: its records are those that stay


main(test)
