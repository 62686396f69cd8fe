"""mtaconf.py - what fixupctl mtaconf writes, as the live tests need it."""
import json
import os
import subprocess

from daemon import CONTROL, environment
from tap import Failure


def fixupctl(*words):
    done = subprocess.run([CONTROL, *words], env=environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    if done.returncode != 0:
        raise Failure(f"fixupctl {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout.decode()


def profiles():
    """Each profile that ships, by name, with its settings by name."""
    found = {}
    for line in fixupctl("profiles", "--json").splitlines():
        profile = json.loads(line)
        found[profile["name"]] = {s["name"]: s for s in profile["settings"]}
    return found


def written(mta, profile, folder, *options):
    """The files for a profile, each name with its text; the folder has them."""
    fixupctl("mtaconf", "--mta", mta, "-p", profile, "--output", folder, *options)
    files = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as f:
            files[name] = f.read()
    return files


def main_cf(text):
    """The settings of a main.cf without continued lines."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(" = ", 1) for line in lines)


def limit_of(profile):
    """Recipients, one more than the profile lets through."""
    rule = profile.get("rules.recipient-count")
    return 1 + (rule["value"]["limit"] if rule and rule["confidence"] != "assumed" else 2)
