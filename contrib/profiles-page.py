#!/usr/bin/env python3
"""profiles-page.py FIXUPCTL - writes man/fixup-profiles.7 from the profiles in etc/profiles.

FIXUPCTL is the program of the build; what it says of the profiles with --json is all that this
knows of them. The page goes to standard output:

    python3 contrib/profiles-page.py build/fixupctl >man/fixup-profiles.7
"""
import json
import os
import re
import subprocess
import sys
import textwrap

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "etc", "profiles")
DATE = "November 22, 2026"
# The columns: up to four characters, in the order of the products' age; three in the last, so that
# 80 columns hold the page. Any other profile goes behind by its name.
HEADS = {"pix-4.1": "4.1", "pix-4.4": "4.4", "pix-5.1": "5.1", "pix-6.3": "6.3", "fwsm-2.3": "fwsm",
         "pix-7.2.2": "7.2", "asa-8.0": "8.0", "asa-9": "9", "asa-9-allow-tls": "9tls",
         "stormshield": "sto", "zorp": "zor"}
CELLS = {"drop-connection": "cut", "reset": "rst", "hide": "hid", "mask": "X", "noop": "nop",
         "blank": "bl", "truncate": "tr", "refuse": "ref", "plain": "=", "stars": "*",
         "stars-20": "*20", "removed": "rem", True: "yes", False: "no"}
MARKS = {"documented": "", "reported": "'", "inferred": "~", "assumed": "?"}
LABEL, CELL = 22, 4


def read(fixupctl, names):
    environment = dict(os.environ, FIXUP_PROFILE_PATH=FOLDER)
    text = subprocess.run([fixupctl, "profiles", "--json", *names], env=environment, check=True,
                          stdout=subprocess.PIPE).stdout.decode("utf-8")
    return [json.loads(line) for line in text.splitlines()]


class Page:
    def __init__(self):
        self.lines = []

    def add(self, *lines):
        self.lines += lines

    def text(self, text):
        """Prose: a sentence a line, as mdoc wants it, and no line that looks like a macro."""
        for sentence in re.split(r"(?<=[A-Za-z0-9)]{2}[.:]) +(?=[A-Z0-9])", text):
            for line in textwrap.wrap(sentence, 78, break_long_words=False, break_on_hyphens=False):
                self.add(("\\&" if line[0] in ".'" else "") + line.replace("\\", "\\e"))

    def literal(self, lines):
        self.add(".Bd -literal")
        lines = "\n".join(lines).split("\n")
        self.add(*(("\\&" if line[:1] in (".", "'") else "") + line.replace("\\", "\\e")
                   for line in lines))
        self.add(".Ed")


def setting(profile, name):
    return next((s for s in profile["settings"] if s["name"] == name), None)


def order(profiles):
    known = list(HEADS)
    return sorted(profiles, key=lambda p: (known.index(p["name"]) if p["name"] in HEADS else len(known),
                                           p["name"]))


def head(profile):
    return HEADS.get(profile["name"], profile["name"][:CELL])


def row(label, cells):
    """A label that is too long stands above its cells."""
    start = label.ljust(LABEL) if len(label) < LABEL else label + "\n" + " " * LABEL
    return (start + " ".join(cell.ljust(CELL) for cell in cells)).rstrip()


def heading(profiles):
    return row("", [head(p) for p in profiles])


def set_rows(profiles, name):
    """A row for each word that any profile has, x where it gets through."""
    found = [setting(p, name) for p in profiles]
    words = sorted({word for s in found if s for word in s["value"]})
    for word in words:
        yield row(word, ["." if s is None else "x" if word in s["value"] else "-" for s in found])
    yield row("  as the sources say", ["." if s is None else s["confidence"][:3] for s in found])


def value_row(profiles, name):
    found = [setting(p, name) for p in profiles]
    return row(name, ["." if s is None else CELLS.get(s["value"], s["value"]) + MARKS[s["confidence"]]
                      for s in found])


def rule_rows(profiles, name):
    found = [setting(p, name) for p in profiles]
    yield row(name[len("rules."):], ["-" if s is None else
                                     CELLS.get(s["value"]["action"], s["value"]["action"])
                                     + MARKS[s["confidence"]] for s in found])
    if any(s and s["value"]["limit"] for s in found):
        yield row("  limit", ["" if s is None else str(s["value"]["limit"] or "") for s in found])


def names_of(profiles):
    """All names of settings, in the order of the profiles' own lists."""
    names = []
    for profile in profiles:
        at = 0
        for s in profile["settings"]:
            if s["name"] in names:
                at = names.index(s["name"]) + 1
            else:
                names.insert(at, s["name"])
                at += 1
    return names


def value_text(value):
    if isinstance(value, dict):
        words = [value["action"], str(value["limit"] or ""), value["overflow"] or ""]
        return " ".join(word for word in words if word)
    if isinstance(value, list):
        return " ".join(value)
    return CELLS[value] if isinstance(value, bool) else value


def changes(base, variant):
    """The settings that a variant has otherwise; of a set of words, only what differs."""
    for s in variant["settings"]:
        old = setting(base, s["name"])
        if s == old:
            continue
        if isinstance(s["value"], list) and old is not None:
            parts = ["without " + " ".join(w for w in old["value"] if w not in s["value"]),
                     "with " + " ".join(w for w in s["value"] if w not in old["value"])]
            text = ", ".join(part for part in parts if not part.endswith(" "))
        else:
            text = value_text(s["value"])
        yield f"{s['name']}: {text} ({s['confidence']}: {s['source']})"


def put_legend(page, profiles):
    page.add(".Bl -column \"asa-9-allow-tls\" \"head\"", ".It Sy profile Ta Sy head Ta Sy applies to")
    for profile in profiles:
        page.add(f".It {profile['name']} Ta {head(profile)} Ta")
        page.text(profile["applies"])
    page.add(".El", ".Pp")
    page.text("In the tables:")
    page.add(".Pp", ".Bl -tag -width \"hid bl tr\" -compact")
    for words, text in (("x -", "gets through; does not."),
                        (".", "the profile says nothing."),
                        ("'", "reported by a third party, not documented."),
                        ("~", "inferred."),
                        ("?", "assumed, and so off unless the configuration names the rule."),
                        ("cut rst", "the actions drop-connection and reset."),
                        ("X nop ok", "the actions mask, noop and ok."),
                        ("hid bl tr", "the actions hide, blank and truncate."),
                        ("none", "a rule taken back; no EHLO reply at all.")):
        page.add(f".It \\&{words}")
        page.text(text)
    page.add(".El", ".Pp")
    page.text("Actions are explained in the manual page of profiles,")
    page.add(".Xr fixup-profile 5 ,", "rules in", ".Xr fixup-milter 8 .",
             "The source of each value is shown by", ".Ql fixupctl profiles NAME .")


def put_tables(page, profiles):
    top = heading(profiles)
    names = names_of(profiles)
    page.add(".Sh COMMANDS THAT GET THROUGH")
    page.literal([top, *set_rows(profiles, "verbs")])
    page.add(".Sh EHLO KEYWORDS THAT CLIENTS SEE")
    page.literal([top, *set_rows(profiles, "extensions")])
    page.add(".Sh BANNER, EHLO REPLY, TLS AND FAULTS")
    page.literal([top] + [value_row(profiles, n) for n in names
                          if not n.startswith("rules.") and n not in ("verbs", "extensions")])
    page.add(".Pp")
    page.text("banner: cmap is the text SMTP/cmap ready, * all asterisks, *20 asterisks but for 2, 0 and "
              "a blank after 0. ehlo_reply, of the keywords that are not shown: x stands for X's, rem for "
              "a line that is removed; = for no change of either.")
    page.add(".Sh RULES")
    page.literal([top] + [line for n in names if n.startswith("rules.")
                          for line in rule_rows(profiles, n)])
    page.add(".Pp")
    page.text("A limit is in octets, characters or recipients. Rules that hold for any server besides "
              "are not shown.")


def put_variants(page, profiles, variants):
    page.add(".Sh CONTRADICTIONS AND VARIANTS")
    page.text("Where sources contradict each other a profile takes one of them, its note names the "
              "other, and a variant switches to it:")
    page.add(".Ql PROFILE+VARIANT", "stands wherever the name of a profile does.")
    for profile in profiles:
        page.add(f".Ss {profile['name']}")
        notes = [s for s in profile["settings"]
                 if re.search(r"[Cc]ontradict|\bvariant ", s.get("note", ""))]
        if not notes and not profile["variants"]:
            page.text("None.")
            continue
        page.add(".Bl -tag -width Ds")
        for s in notes:
            page.add(f".It Va {s['name']}")
            page.text(s["note"])
        for variant in profile["variants"]:
            name = f"{profile['name']}+{variant['name']}"
            page.add(f".It Sy {name}")
            page.text(variant["title"][0].upper() + variant["title"][1:] + ".")
            for change in changes(profile, variants[name]):
                page.add(".br")
                page.text(change)
        page.add(".El")


def put_remedies(page, profiles):
    page.add(".Sh WHAT CURES IT")
    page.text("On the product itself, as far as sources give commands.")
    done = []
    for profile in profiles:
        if profile in done:
            continue
        same = [p for p in profiles if p["remedy"] == profile["remedy"]]
        done += same
        page.add(f".Ss {' '.join(p['name'] for p in same)}")
        page.literal(profile["remedy"])


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    profiles = order(read(sys.argv[1], []))
    wanted = [f"{p['name']}+{v['name']}" for p in profiles for v in p["variants"]]
    variants = {p["name"]: p for p in read(sys.argv[1], wanted)}
    page = Page()
    page.add('.\\" Written by contrib/profiles-page.py from etc/profiles; change those.',
             f".Dd {DATE}", ".Dt FIXUP-PROFILES 7", ".Os", ".Sh NAME", ".Nm fixup-profiles",
             ".Nd all firewall profiles that ship, side by side", ".Sh DESCRIPTION")
    page.text(f"These are the {len(profiles)} profiles that come with fixup-milter.")
    put_legend(page, profiles)
    put_tables(page, profiles)
    put_variants(page, profiles, variants)
    put_remedies(page, profiles)
    page.add(".Sh SEE ALSO", ".Xr fixupctl 1 ,", ".Xr fixup-profile 5 ,", ".Xr fixup-milter 8")
    print("\n".join(page.lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
