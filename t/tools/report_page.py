"""report_page.py - pages of fixupctl report --html, for their tests: how one is made, what is in it.

FX_BUILDDIR has t/tools/page_of, which makes pages of the reports in report_cases.py, and fixupctl.
A page is read by Python's own parser; what is wrong with it is raised as tap.py has it.
"""
import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import xml.dom.minidom

from report_cases import CASES, NONE

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.abspath(os.environ.get("FX_SRCDIR") or os.path.join(HERE, "../.."))
BUILD = os.path.abspath(os.environ.get("FX_BUILDDIR", "."))
sys.path.insert(0, os.path.join(SRC, "t/live"))
from tap import Tap, check, equal  # noqa: E402

PAGE_OF = os.path.join(BUILD, "t/tools/page_of")
FIXUPCTL = os.path.join(BUILD, "fixupctl")
SCHEMES = ("light", "dark")
SIZE = 1_000_000
VOID = {"meta", "link", "img", "br"}
GNUPLOT = shutil.which("gnuplot")
tap = Tap()


def make(case, file, **environment):
    done = subprocess.run([PAGE_OF, file], input=json.dumps(case).encode(), capture_output=True,
                          env={**os.environ, **environment}, cwd=os.path.dirname(file), timeout=60)
    return done.returncode, done.stderr.decode(errors="replace")


class Page(html.parser.HTMLParser):
    """What is in a page; every fault of its form is kept."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.ids, self.links = [], [], [], []
        self.images, self.headings, self.tables, self.text = [], [], [], ""
        self.meta, self.styles = {}, []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if len(a) != len(attributes):
            self.faults.append(f"twice the same attribute: {attributes}")
        if tag in ("script", "iframe", "object", "embed", "base", "form", "input", "svg"):
            self.faults.append(f"<{tag}>")
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.faults.append(f"{tag} {name}={value}")
            if name in ("src", "href") and not value.startswith(("#", "data:")):
                self.faults.append(f"{tag} {name}={value}")
        if "id" in a:
            self.ids.append(a["id"])
        if tag == "a":
            self.links.append(a["href"])
        if tag == "img":
            self.images.append(a)
        if tag == "meta":
            self.meta[a.get("name") or a.get("http-equiv") or "charset"] = a.get("content")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": 0, "rows": [], "body": []})
        if self.tables and "table" in self.open:
            if tag == "caption":
                self.tables[-1]["caption"] += 1
            if tag == "tr":
                self.tables[-1]["rows"].append([])
            if tag in ("th", "td"):
                self.tables[-1]["rows"][-1].append("")
                if tag == "th" and a.get("scope") not in ("row", "col"):
                    self.faults.append("th without scope")
        if tag == "html" and a.get("lang") != "en":
            self.faults.append("no language")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> out of place")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
            return
        self.text += data
        if "th" in self.open or "td" in self.open:
            self.tables[-1]["rows"][-1][-1] += data


def visible(octets):
    """A label as the page shows it: what ctl_put does, by other means."""
    out, text = "", octets.decode("utf-8", "surrogateescape")
    for c in text:
        n = ord(c)
        odd = (n < 32 or 127 <= n < 160 or n == 0x61c or 0x200b <= n <= 0x200f or
               0x2028 <= n <= 0x202e or 0x2060 <= n <= 0x206f or n == 0xfeff or
               0xd800 <= n <= 0xdfff or n & 0xfffe == 0xfffe or 0xfdd0 <= n <= 0xfdef)
        out += "".join(f"\\x{b:02x}" for b in c.encode("utf-8", "surrogateescape")) if odd \
            else "\\\\" if c == "\\" else c
    return out


def wanted_charts(case):
    return [t for t in case["tables"] if t["chart"] != NONE and
            any(int(n) for r in t["rows"] for n in r[2][:t["shares"]])]


def form(name, case, file):
    """Of one page, without a browser."""
    with open(file, encoding="utf-8") as f:
        text = f.read()
    page = Page(text)
    equal(page.faults, [], "faults of the form")
    equal(len(set(page.ids)), len(page.ids), "an id stands once")
    check(all(link[1:] in page.ids for link in page.links if link.startswith("#")), "links lead somewhere")
    equal(page.headings[0], 1, "the first heading")
    check(all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:])) and
          page.headings.count(1) == 1, "headings in order")
    check(text.startswith("<!DOCTYPE html>\n"), "a document type")
    policy = page.meta["Content-Security-Policy"]
    check("default-src 'none'" in policy and "unsafe" not in policy and "script" not in policy, policy)
    digest = base64.b64encode(hashlib.sha256(page.styles[0].encode()).digest()).decode()
    check(len(page.styles) == 1 and f"'sha256-{digest}'" in policy, "the style is the one allowed")
    check("http" not in "".join(page.styles), "nothing is fetched")
    check(name == "times" or len(text) < SIZE, f"a page of {len(text)} octets")
    return page


def numbers(page, case):
    """Each table of the report with rows stands in the page, whole; the last one is the files'."""
    shown = [t for t in case["tables"] if t["rows"]]
    equal(len(page.tables), len(shown) + 1, "tables")
    for got, table in zip(page.tables, shown):
        equal(got["caption"], 1, "caption")
        rows = got["rows"]
        equal(rows[0][1:], table["columns"], "columns")
        equal(len(rows), len(table["rows"]) + 1 + (table["others"] > 0), "rows of " + table["title"])
        for row, (label, note, values) in zip(rows[1:], table["rows"]):
            equal([c.replace(",", "") for c in row[1:]], values, "values")
            if table["step"] == 0:
                label, note = bytes.fromhex(label), bytes.fromhex(note)
                equal(row[0], (visible(label) or "(empty)") + (" " + visible(note) if note else ""),
                      "label")


def pictures(page, case):
    wanted = wanted_charts(case)
    equal(len(page.images), 4 * len(wanted), "pictures")
    for i, image in enumerate(page.images):
        data = image["src"]
        check(data.startswith("data:image/svg+xml;base64,"), "a picture")
        xml.dom.minidom.parseString(base64.b64decode(data.split(",", 1)[1], validate=True))
        check(len(image["alt"]) > 20 and re.search(r"\d", image["alt"]), f"alt: {image['alt']}")
        equal(image["class"].split(), [("wide", "narrow")[i // 2 % 2], SCHEMES[i % 2]], "variant")


def written(folder):
    """A page of each report: {name: (report, file)}."""
    made = {}
    for name, of in CASES.items():
        case, file = of(), os.path.join(folder, name + ".html")
        equal(make(case, file), (0, ""), "exit and messages")
        made[name] = (case, file)
    return made
