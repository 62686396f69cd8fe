#!/usr/bin/env python3
"""test_report_phone.py - TAP: what a page of the report says on a telephone.

In a headless Chromium of 360, 420 and 1280 pixels, and on paper: the figures with what would have
been, times below a chart, tables that fit or say that they go on. FX_PICTURES names a folder for
pictures of what it has shown.
"""
import base64
import os
import re
import sys
import tempfile

from browser import Browser, missing
from report_cases import (BARS, NOT_CHECKED, NOON, OUTCOMES, TIME, over_time, report, stamp,
                          table)
from report_page import GNUPLOT, SCHEMES, Page, form, make, tap
from tap import check, equal

NARROW, PAPER = (360, 420), 688
WHY = "the log is keyed and no key was given: name it with --key"


def observed(would, steps=3, step=60):
    """Minutes in observe mode, and tables as wide as those of a log."""
    times = [(stamp(NOON + 7080 + i * step), [0, 70 if i == 1 else 0, 0, 0, 0])
             for i in range(steps)]
    rows = [("messages", [0, 70, 0, 0, 0]), ("messages, would", would),
            ("sessions", [14, 0, 0, 0, 0]), ("sessions, would", [9, 0, 0, 0, 5])]
    return report([
        table("verdicts-time", "Verdicts over time", TIME, "from", OUTCOMES, times, step=step),
        table("verdicts", "Verdicts", BARS, "of", OUTCOMES, rows),
        table("profiles", "Profiles compared", BARS, "profile", OUTCOMES + ["in force"],
              [("asa-9-allow-tls", [1061, 1000, 210, 315, 109, 1070]), ("pix-7.2.2", [70] * 6)],
              shares=5),
        table("clients", "Clients", BARS, "client", OUTCOMES + ["sessions"],
              [("203.0.113.255", "mail.example.org", [300, 40, 2, 16, 9, 99])], shares=5),
        table("dkim", "DKIM risk by signing domain", BARS, "domain",
              ["folded", "colon", "listed", "none", "mismatch", "fault", "weak", "note"],
              [("lists.example.org", [12] * 8)], shares=4),
    ], chain=NOT_CHECKED, messages=70, what=WHY)


WOULD = [40, 21, 0, 0, 9]

FIGURES = """
return [...document.querySelectorAll('.figures li')].map(e => {
  const would = e.querySelector('.would'), box = would && would.getBoundingClientRect(),
        item = e.getBoundingClientRect();
  return {name: e.querySelector('span').textContent, heard: would && would.textContent,
          seen: would && would.innerText, bold: !!would && getComputedStyle(would).fontWeight > 600,
          inside: !would || (would.scrollWidth <= would.clientWidth && box.height > 10 &&
                             box.right <= item.right && box.bottom <= item.bottom),
          hidden: !would || would.querySelector('i').getBoundingClientRect().width <= 1};
});
"""


def figures(browser, file):
    browser.visit(file)
    told = browser.run(FIGURES)
    check(all(f["inside"] and f["hidden"] for f in told), f"all is to be seen: {told}")
    by = {f["name"]: f for f in told}
    equal([by[name]["heard"] for name in OUTCOMES],
          [f"would have been, behind the firewall: {n}" for n in WOULD], "what is heard")
    equal([by[name]["bold"] for name in OUTCOMES], [True, True, False, False, True],
          "what differs stands out")
    equal(by["messages"]["heard"], None, "messages are messages")


TEXTS = """
const out = [];
for (const e of document.querySelectorAll('text')) {
  const b = e.getBoundingClientRect();
  if (e.textContent.trim()) out.push([e.textContent, b.left, b.right, b.top, b.bottom]);
}
return out;
"""


def axis(browser, folder, file):
    """The times of each chart over time: none lies over another, and there is one at least."""
    with open(file, encoding="utf-8") as f:
        images = [i for i in Page(f.read()).images
                  if "light" in i["class"] and i["alt"].startswith("Columns")]
    check(len(images) >= 2, "charts over time")
    for image in images:
        path = os.path.join(folder, "chart.svg")
        with open(path, "wb") as f:
            f.write(base64.b64decode(image["src"].split(",", 1)[1]))
        browser.visit(path)
        texts = browser.run(TEXTS)
        times = [t for t in texts if re.fullmatch(r"\d\d:\d\d|\d+ [A-Z][a-z]{2}|[A-Z][a-z]{2}|"
                                                  r"(19|20)\d\d", t[0])]
        check(times, f"a time among {[t[0] for t in texts]}")
        for i, a in enumerate(times):
            for b in times[i + 1:]:
                over = a[1] < b[2] + 3 and b[1] < a[2] + 3 and a[3] < b[4] - 4 and b[3] < a[4] - 4
                check(not over, f"{image['class']}: {a} and {b}; {image['alt']}")


TABLES = """
for (const more of document.querySelectorAll('.more')) more.open = true;
return [...document.querySelectorAll('.numbers')].map(e => {
  e.scrollLeft = 0;
  return {name: e.getAttribute('aria-label').replace(', in numbers', ''),
          goes_on: e.scrollWidth > e.clientWidth, top: e.getBoundingClientRect().top + scrollY,
          left: e.getBoundingClientRect().left, right: e.getBoundingClientRect().right,
          bottom: e.getBoundingClientRect().bottom + scrollY, font: parseFloat(getComputedStyle(
            e.querySelector('td')).fontSize)};
});
"""

def picture(browser, box):
    return base64.b64decode(browser.devtools(
        "Page.captureScreenshot", captureBeyondViewport=True, format="png",
        clip={**box, "scale": 1})["data"])


def shades(browser, t):
    """Does the ground at the left and at the right edge differ from that in between?"""
    strip = {"y": t["bottom"] - 4, "height": 1, "width": 1}
    # below the last row's words: there is nothing but the ground
    at = [picture(browser, {**strip, "x": x}) for x in
          (round(t["left"]) + 1, round((t["left"] + t["right"]) / 2), round(t["right"]) - 2)]
    return at[0] != at[1], at[2] != at[1]


def tables(browser, file, width):
    browser.visit(file)
    told = browser.run(TABLES)
    # eight columns are too many for a telephone
    equal([t["name"] for t in told if t["goes_on"]],
          ["DKIM risk by signing domain"] if width < 640 else [], "do not fit")
    check(all(t["font"] >= 12 for t in told), "can be read")
    for t in told:
        equal(shades(browser, t), (False, t["goes_on"]), f"shadows of {t['name']}")
    if width < 640:
        browser.run("document.querySelector('#dkim .numbers').scrollLeft = 9999")
        equal(shades(browser, [t for t in told if t["goes_on"]][0]), (True, False), "at its end")


def shoot(browser, file, name):
    folder = os.environ.get("FX_PICTURES")
    if not folder:
        return
    browser.visit(file)
    browser.run("for (const m of document.querySelectorAll('.more')) m.open = true")
    size = browser.devtools("Page.getLayoutMetrics")["cssContentSize"]
    with open(os.path.join(folder, name + ".png"), "wb") as f:
        f.write(picture(browser, {"x": 0, "y": 0, "width": size["width"],
                                  "height": size["height"]}))


def on_screens(browser, file):
    for width in (*NARROW, 1280):
        for scheme in SCHEMES:
            browser.look(width, scheme)
            shoot(browser, file, f"phone-{width}-{scheme}")
            with tap.case(f"figures at {width} pixels, {scheme}"):
                figures(browser, file)
            with tap.case(f"tables at {width} pixels, {scheme}"):
                tables(browser, file, width)
    browser.look(PAPER, "dark", "print")
    shoot(browser, file, "phone-paper")
    with tap.case("figures on paper"):
        figures(browser, file)
    with tap.case("tables on paper have no shadow"):
        browser.visit(file)
        equal(set(browser.run("return [...document.querySelectorAll('.numbers')].map("
                              "e => getComputedStyle(e).backgroundImage)")), {"none"}, "pictures")


def said(folder):
    """Without a browser."""
    file = os.path.join(folder, "same.html")
    with tap.case("nothing is said of what would have been where it is what was"):
        equal(make(observed([0, 70, 0, 0, 0]), file)[0], 0, "exit")
        text = form("same", None, file).text
        check("behind the firewall:" not in text and "Would:" not in text, text[:800])
    with tap.case("and nothing where it is not known"):
        equal(make(report([over_time(3)]), file)[0], 0, "exit")
        check("behind the firewall:" not in form("none", None, file).text, "no table of verdicts")
    with tap.case("it is said of each where one differs, with the key to it, as a sentence"):
        equal(make(observed(WOULD), file)[0], 0, "exit")
        text = form("would", None, file).text
        equal(re.findall(r"would have been, behind the firewall: (\d+)", text),
              [str(n) for n in WOULD], "all five")
        check("Would: behind the firewall of the profile in force." in text, "what it means")
    with tap.case("why the chain was not checked is a sentence"):
        check("\nThe log is keyed and no key was given: name it with --key.\n" in text, text[:600])


def main():
    with tempfile.TemporaryDirectory() as folder:
        said(folder)
        why = missing() if GNUPLOT else "no gnuplot (Debian: gnuplot-nox)"
        if why:
            tap.skip("in a browser", why)
            return tap.finish()
        file, browser = os.path.join(folder, "phone.html"), None
        with tap.case("Chromium starts"):
            equal(make(observed(WOULD), file), (0, ""), "exit and messages")
            browser = Browser(folder)
        if browser is None:
            return tap.finish()
        try:
            on_screens(browser, file)
            browser.look(1280)
            for step in (60, 300, 3600, 86400, 7 * 86400, 28 * 86400):
                with tap.case(f"times below charts of steps of {step} seconds"):
                    case, path = report([]), os.path.join(folder, "times.html")
                    for steps in (1, 2, 3, 5, 8, 13, 48, 96):
                        case["tables"] += [over_time(steps, step, NOON - NOON % step + n * step)
                                           for n in range(2)]
                    for i, t in enumerate(case["tables"]):
                        t["id"] = f"t{i}"
                    equal(make(case, path), (0, ""), "exit and messages")
                    axis(browser, folder, path)
        finally:
            browser.close()
    return tap.finish()


sys.exit(main())
