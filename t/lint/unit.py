#!/usr/bin/env python3
"""unit.py - TAP: the unit of contrib/systemd, by itself and with each drop-in beside it: systemd
finds no fault in it, and its exposure, as systemd-analyze weighs it, is low."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("FX_SRCDIR", os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
FOLDER = f"{SOURCE}/contrib/systemd"
MOST = 1.5
NAME = "fixup-milter.service"
# What systemd-analyze takes for granted: the targets of the defaults, and programs that can be run.
TARGETS = ("basic", "sysinit", "shutdown", "multi-user", "network", "nss-lookup")

count = failed = 0


def ok(good, name, *notes):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    for text in () if good else notes:
        print("# " + str(text).replace("\n", "\n# "))


def analyze(root, *words):
    done = subprocess.run(["systemd-analyze", f"--root={root}", *words, NAME], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def place(root, dropins):
    units = root + "/etc/systemd/system"
    for folder in (f"{units}/{NAME}.d", root + "/usr/sbin", root + "/bin"):
        os.makedirs(folder, exist_ok=True)
    for program in ("/usr/sbin/fixup-milter", "/bin/kill"):
        shutil.copy("/bin/true", root + program)
    with open(f"{FOLDER}/{NAME}.in", encoding="utf-8") as f:
        text = f.read().replace("@sbindir@", "/usr/sbin").replace("@confdir@",
                                                                  "/etc/fixup-milter")
    with open(f"{units}/{NAME}", "w", encoding="utf-8") as f:
        f.write(text)
    for target in TARGETS:
        with open(f"{units}/{target}.target", "w", encoding="utf-8") as f:
            f.write("[Unit]\nDescription=x\n")
    for path in dropins:
        shutil.copy(path, f"{units}/{NAME}.d/")
    return text


def main():
    if shutil.which("systemd-analyze") is None:
        print("ok 1 - the unit # SKIP systemd-analyze is missing\n1..1")
        return 0
    dropins = sorted(glob.glob(FOLDER + "/*.conf"))
    for what, with_ in [("the unit", ())] + [(f"the unit with {os.path.basename(d)}", (d,))
                                             for d in dropins]:
        with tempfile.TemporaryDirectory(prefix="fixup-unit.") as root:
            text = place(root, with_)
            code, said = analyze(root, "verify", "--man=no")
            ok(code == 0 and said == "", f"{what}: no fault", code, said)
            code, said = analyze(root, "security", "--offline=true", "--no-pager")
            level = re.search(r"exposure level for \S+ ([0-9.]+)", said)
            print(f"# figure: sandbox | exposure of {what} (systemd-analyze) | "
                  f"{level and level.group(1)}")
            ok(level is not None and float(level.group(1)) <= MOST, f"{what}: at most {MOST}",
               said)
    ok("@" not in re.sub(r"@(system-service|privileged|resources)\b", "", text),
       "every path is filled in", text)
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
