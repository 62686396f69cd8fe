"""report_cases.py - reports for report_page.py, in the form that page_of reads."""
import random

OUTCOMES = ["pass", "flag", "defer", "reject", "drop"]
NONE, BARS, TIME = 0, 1, 2
NO_CHAIN, INTACT, BROKEN, NOT_CHECKED = range(4)
NOON = 1795348800  # 2026-11-22T12:00:00Z
MEANS = ("What this table counts, in one sentence that is long enough to be folded on the "
         "screen of a telephone.")


def stamp(seconds):
    from datetime import datetime, timezone
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def octets(text):
    return text if isinstance(text, bytes) else text.encode()


def table(name, title, chart, labels, columns, rows, shares=None, step=0, others=0, rest=None,
          missed=0):
    """rows: (label, values) or (label, note, values)."""
    whole = [(r[0], r[1] if len(r) == 3 else "", r[-1]) for r in rows]
    return {"id": name, "title": title, "means": MEANS, "labels": labels, "chart": chart,
            "columns": columns, "shares": len(columns) if shares is None else shares,
            "step": step, "others": others, "missed": missed,
            "rest": [str(n) for n in rest or [0] * len(columns)],
            "rows": [[octets(label).hex(), octets(note).hex(), [str(n) for n in values]]
                     for label, note, values in whole]}


def report(tables, chain=INTACT, messages=1000, unread=0, **more):
    return {"tables": tables, "messages": messages, "unread": unread,
            "first": NOON * 1000000, "last": (NOON + 86400) * 1000000,
            "file": more.get("file", "/var/log/fixup-milter/compliance.jsonl"),
            "chain": {"state": chain, "chains": more.get("chains", 1),
                      "chained": 0 if chain == NO_CHAIN else messages,
                      "heads": 12 if chain == INTACT else 0, "where": more.get("where"),
                      "what": more.get("what")}}


def over_time(rows, step=3600, start=NOON):
    dice = random.Random(7)
    out = []
    for i in range(rows):
        busy = 20 + dice.randrange(60) + (120 if 6 < i % 24 < 19 else 0)
        out.append((stamp(start + i * step), [busy, dice.randrange(busy // 4 + 1),
                                              dice.randrange(9), dice.randrange(14),
                                              int(i % 17 == 5)]))
    return table("verdicts-time", "Verdicts over time", TIME, "from", OUTCOMES, out, step=step)


RULES = ["header-line-length", "verb-not-allowed", "extension-not-allowed", "recipient-count",
         "body-line-length", "content-type-embedded", "dkim-body-hash-mismatch",
         "mime-filename-length", "sender-address-length", "duplicate-delivery"]
PROFILES = ["asa-9", "asa-9-allow-tls", "asa-8.0", "pix-7.2.2", "pix-6.3", "pix-5.1", "fwsm-2.3",
            "stormshield", "zorp"]


def typical():
    dice = random.Random(3)
    rules = [(r, [4000 // (i + 1) ** 2 + 3, 700 // (i + 2) ** 2, 3000 // (i + 1) ** 2 + 1])
             for i, r in enumerate(RULES)]
    profiles = [(p, [900 - 70 * i, 60 + 20 * i, 10 + 5 * i, 20 + 15 * i, 10 + 30 * i,
                     1000 if i == 0 else 0]) for i, p in enumerate(PROFILES)]
    clients = [(f"192.0.2.{i + 1}", f"mail{i + 1}.example.org",
                [300 // (i + 1), 40 // (i + 1), 2, dice.randrange(6), i % 3, 9 * i])
               for i in range(10)]
    domains = [("example.org", [3, 40, 120, 300]), ("lists.example.net", [0, 12, 3, 90]),
               ("news.example.org", [22, 0, 1, 20]), ("example.net", [0, 0, 0, 44])]
    return report([
        over_time(48),
        table("rules", "Rules", BARS, "rule", ["noted", "enforced", "records"], rules, shares=2),
        table("profiles", "Profiles compared", BARS, "profile", OUTCOMES + ["in force"], profiles,
              shares=5),
        table("clients", "Clients", BARS, "client", OUTCOMES + ["sessions"], clients, shares=5,
              others=12345, rest=[100, 20, 3, 4, 5, 6], missed=17),
        table("tls", "TLS", BARS, "version", ["messages", "sessions"],
              [("TLSv1.3", [700, 30]), ("TLSv1.2", [200, 12]), ("none", [100, 300])]),
        table("extensions", "SMTP extensions", BARS, "extension", ["messages"],
              [(n, [900 // (i + 1)]) for i, n in enumerate(
                  ["STARTTLS", "SIZE", "8BITMIME", "DSN", "CHUNKING", "SMTPUTF8"])]),
        table("truncation", "Recipients truncated", BARS, "what", ["messages", "refused"],
              [("over the limit", [40, 300]), ("respected", [25, 200]), ("abandoned", [10, 60]),
               ("lost", [5, 40])], shares=1),
        table("dkim", "DKIM risk by signing domain", BARS, "domain",
              ["folded", "colon", "listed", "none"], domains),
        table("ciphers", "TLS ciphers", NONE, "cipher", ["messages", "sessions"],
              [("TLS_AES_256_GCM_SHA384", [600, 20]), ("ECDHE-RSA-AES256-GCM-SHA384", [300, 22])]),
        table("duplicates", "Duplicate deliveries", BARS, "interval", ["repeats"], []),
    ])


# What a peer can put into a name, for a page, a program that draws, and whoever reads.
HOSTILE = [
    b"<script>document.title='owned'</script>",
    b"\"><img src=x onerror=\"document.title='owned'\">",
    b"</style><style>body{display:none}</style>",
    b"' onmouseover='document.title=1",
    b"</td></table></section><iframe src=http://192.0.2.1/>",
    b"&lt;b&gt; &amp; &#60;",
    b"`touch owned`",
    b"$(touch owned) ${HOME} @owned",
    b"\"; system('touch owned'); print \"",
    b"'; system(\"touch owned\"); '",
    b"\nE\nsystem 'touch owned'\n!touch owned\n",
    b"\r\nE\r\n",
    b"EOD", b"E", b"\\", b"\\\"", b"\\n\\101", b"%s %n %d %", b"{/Symbol a}^2_3",
    b"a\x00b\x00", b"\x1b[31m\x1b]0;owned\x07", b"\x9b1m \xc2\x9b1m",
    "\u202egro.elpmaxe\u202c".encode(), "\u2066x\u2069\u200f\ufeff".encode(),
    b"\xff\xfe\x80\xc3", b"\xed\xa0\x80 \xf4\x90\x80\x80", "\ufffe\uffff\ufdd0".encode(),
    b"]]>", b"<!--", b"<?xml version='1.0'?></svg>",
    "\u6f22\u5b57\u57df\u540d.example.org".encode(), "e\u0301\u0302\u0303".encode(),
    b"x" * 300, b"a." * 150, b"", b" ", "\U0001f600 mail".encode(),
]


def hostile():
    rows = [(label, label, [50 - i, i % 4, 1, 0, i % 2]) for i, label in enumerate(HOSTILE)]
    first = [(label, [100 - i]) for i, label in enumerate(HOSTILE[10:])]
    last = [(label, [100 - i]) for i, label in enumerate(HOSTILE[24:])]
    return report([
        table("clients", "Clients", BARS, "client", OUTCOMES, rows),
        table("domains", "Domains", BARS, "domain", ["messages"], first),
        table("names", "Names", BARS, "name", ["messages"], last),
        table("hosts", "Hosts", NONE, "host", ["messages"], rows and [(r[0], [7]) for r in rows]),
    ], chain=BROKEN, chains=2, where="<script>\x1b[31m.jsonl:17", what="changed<b>",
        file="</p><script>document.title='owned'</script>")


def edges():
    """Counts from nothing to more than 2^63, one row, fifty, one step of time."""
    return report([
        over_time(1),
        table("huge", "Huge", BARS, "of", OUTCOMES,
              [("all", [2 ** 63] * 5), ("one", [2 ** 64 - 1, 0, 0, 0, 0]), ("none", [0] * 5),
               ("least", [1, 1, 1, 1, 1])]),
        table("hugetime", "Huge over time", TIME, "from", OUTCOMES,
              [(stamp(NOON), [2 ** 63] * 5), (stamp(NOON + 60), [0] * 5)], step=60),
        table("thousands", "Thousands over time", TIME, "from", ["messages"],
              [(stamp(NOON), [9999]), (stamp(NOON + 60), [1])], step=60),
        table("zeros", "Zeros", BARS, "of", ["messages"], [("a", [0]), ("b", [0])]),
        table("zerotime", "Zeros over time", TIME, "from", ["messages"], [(stamp(NOON), [0])],
              step=60),
        table("one", "One row", BARS, "of", ["messages"], [("only", [1])]),
        table("fifty", "Fifty rows", BARS, "client", OUTCOMES,
              [(f"client{i}.example.org", [50 - i, i, i % 7, i % 5, i % 3]) for i in range(50)]),
        table("many", "Many columns", BARS, "of", [f"column {i}" for i in range(10)],
              [("all", range(10)), ("none", [0] * 10)]),
        table("notime", "No times", TIME, "from", ["messages"], [("soon", [3]), ("later", [4])],
              step=60),
        table("years", "Years", TIME, "from", ["messages"],
              [(stamp(365 * 86400 * i), [i + 1]) for i in range(60)], step=365 * 86400),
    ], chain=NOT_CHECKED, what="keyed, and no key was given", unread=3)


def times():
    """Steps from minutes to months."""
    steps = [60, 300, 3600, 86400, 7 * 86400, 28 * 86400]
    tables = []
    for i, step in enumerate(steps):
        for rows in (7, 96):
            t = over_time(rows, step, NOON - NOON % step)
            t.update(id=f"t{i}-{rows}", title=f"{rows} steps of {step} seconds")
            tables.append(t)
    return report(tables, chain=NO_CHAIN)


def empty():
    return report([table("verdicts-time", "Verdicts over time", TIME, "from", OUTCOMES, [], step=60),
                   table("rules", "Rules", BARS, "rule", ["noted"], [])],
                  chain=NO_CHAIN, messages=0)


CASES = {f.__name__: f for f in (typical, hostile, edges, times, empty)}
