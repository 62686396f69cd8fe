#!/usr/bin/env python3
"""test_report_screen.py - TAP: the report as an HTML page, in a headless Chromium.

The pages of report_cases.py in two widths, light, dark and on paper. FX_PICTURES names a folder for
pictures of what it has shown.
"""
import base64
import os
import re
import sys
import tempfile

from browser import Browser, missing
from report_page import GNUPLOT, SCHEMES, Page, tap, wanted_charts, written
from tap import check, equal

WIDTHS = (360, 1280)
PAPER = 688  # what A4 leaves between its margins, in pixels

SHOWN = """
const out = {over: [], images: [], faint: []}, root = document.documentElement;
out.scroll = root.scrollWidth; out.inner = innerWidth; out.title = document.title;
for (const e of document.querySelectorAll('body *')) {
  const box = e.getBoundingClientRect();
  if (box.width && box.right > innerWidth + 1 && !e.closest('.numbers, .skip'))
    out.over.push(e.tagName + '.' + e.className);
}
for (const figure of document.querySelectorAll('figure')) {
  const all = [...figure.querySelectorAll('img')];
  out.images.push({decoded: all.every(i => i.complete && i.naturalWidth > 0),
                   shown: all.filter(i => i.getClientRects().length).map(i => i.className)});
}
const rgb = s => s.match(/[\\d.]+/g).map(Number);
const light = c => c.slice(0, 3).map(v => v / 255).map(
  v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
const ground = e => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c;
  }
  return [0, 0, 0]; // whatever the browser has
};
for (const e of document.querySelectorAll('body *')) {
  if (!e.getClientRects().length || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    continue;
  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
  if ((a + .05) / (b + .05) < 4.5) out.faint.push(e.tagName + '.' + e.className);
}
out.ground = light(ground(document.body));
out.schemes = getComputedStyle(root).colorScheme;
out.folded = [...document.querySelectorAll('.more + .numbers')].map(e => e.getClientRects().length > 0);
out.cut = [...document.querySelectorAll('table')].filter(
  t => t.getClientRects().length && t.getBoundingClientRect().right > innerWidth + 1).length;
out.tables = [...document.querySelectorAll('table')].filter(t => t.getClientRects().length).length;
return out;
"""


def shown(browser, file, name, width, scheme, media=""):
    browser.look(width, scheme, media)
    browser.visit(file)
    told = browser.run(SHOWN)
    folder = os.environ.get("FX_PICTURES")
    if folder:
        size = browser.devtools("Page.getLayoutMetrics")["cssContentSize"]
        png = browser.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1})["data"]
        with open(os.path.join(folder, f"{name}-{width}-{media or scheme}.png"), "wb") as f:
            f.write(base64.b64decode(png))
    return told


def on_screens(browser, made):
    for name, (case, file) in made.items():
        for width in WIDTHS:
            for scheme in SCHEMES:
                with tap.case(f"{name}: {width} pixels, {scheme}"):
                    told = shown(browser, file, name, width, scheme)
                    check(told["scroll"] <= told["inner"] == width, f"{told['scroll']} pixels wide")
                    equal(told["over"], [], "what passes the edge")
                    variant = f"{'narrow' if width < 640 else 'wide'} {scheme}"
                    equal(told["images"], [{"decoded": True, "shown": [variant]}] *
                          len(wanted_charts(case)), "charts")
                    equal(told["faint"], [], "contrast below 4.5:1")
                    check((told["ground"] < 0.1) == (scheme == "dark"), f"ground {told['ground']}")
                    check(not any(told["folded"]), "long tables are folded away")
                    equal(told["title"], "Mail compliance report", "title")
                    equal(browser.console(), [], "console")


def on_paper(browser, made):
    for name, (case, file) in made.items():
        with tap.case(f"{name}: on paper"):
            told = shown(browser, file, name, PAPER, "dark", "print")
            equal(told["images"], [{"decoded": True, "shown": ["wide light"]}] *
                  len(wanted_charts(case)), "charts")
            equal(told["tables"], len([t for t in case["tables"] if t["rows"]]) + 1, "tables shown")
            equal((told["cut"], told["over"], told["scroll"] <= PAPER), (0, [], True), "cut off")
            check(told["ground"] > 0.9 and told["schemes"] == "light", "no dark ground")
            pdf = base64.b64decode(browser.devtools("Page.printToPDF", preferCSSPageSize=True)["data"])
            check(pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b", pdf)) > 0, "a PDF")


def by_hand(browser, made):
    browser.look(360)
    browser.visit(made["typical"][1])
    before, after = browser.run("""
        const more = document.querySelector('.more'), box = more.nextElementSibling;
        const before = box.getClientRects().length; more.querySelector('summary').click();
        return [before, box.getClientRects().length];""")
    equal((before > 0, after > 0), (False, True), "the numbers are unfolded by their summary")
    blocked = browser.run("""
        const s = document.createElement('script'); s.textContent = 'document.title = "ran"';
        document.body.append(s); return document.title;""")
    equal(blocked, "Mail compliance report", "a script that got in would not run")


DRAWN = """
const whole = document.documentElement.getBoundingClientRect(), texts = [];
for (const e of document.querySelectorAll('text')) {
  const box = e.getBoundingClientRect();
  // a box may pass its letters by a part of a pixel
  texts.push([e.textContent, box.left >= whole.left - 1 && box.right <= whole.right + 1 &&
                             box.top >= whole.top - 1 && box.bottom <= whole.bottom + 1]);
}
return texts;
"""


def drawn(browser, folder, file):
    """Each chart alone, as a picture of its own: no text passes its edge."""
    with open(file, encoding="utf-8") as f:
        images = [i for i in Page(f.read()).images if "light" in i["class"]]
    numbers = set()
    for image in images:
        path = os.path.join(folder, "chart.svg")
        with open(path, "wb") as f:
            f.write(base64.b64decode(image["src"].split(",", 1)[1]))
        browser.visit(path)
        texts = browser.run(DRAWN)
        equal([text for text, inside in texts if not inside], [], f"cut off in {image['class']}")
        numbers.update(text for text, _ in texts)
    return numbers


def charts(browser, folder, made):
    browser.look(WIDTHS[1])
    for name, (_, file) in made.items():
        with tap.case(f"{name}: no text passes the edge of its chart"):
            numbers = drawn(browser, folder, file)
            check(name != "edges" or "8,000" in numbers, "the widest numbers are among them")


def main():
    why = missing() if GNUPLOT else "no gnuplot (Debian: gnuplot-nox)"
    if why:
        tap.skip("in a browser", why)
        return tap.finish()
    with tempfile.TemporaryDirectory() as folder:
        made = browser = None
        with tap.case("pages are made, Chromium starts"):
            made, browser = written(folder), Browser(folder)
        if browser is None:
            return tap.finish()
        try:
            on_screens(browser, made)
            on_paper(browser, made)
            charts(browser, folder, made)
            with tap.case("tables unfold, scripts do not run"):
                by_hand(browser, made)
        finally:
            browser.close()
    return tap.finish()


sys.exit(main())
