#!/usr/bin/env python3
"""test_tag.py - tag mode: the field at the top, forged copies of it gone; observe and enforce
leave the message alone."""
import sys

sys.dont_write_bytecode = True

from harness import Live, census, main, members, message
from tap import check, equal

EXPECTED = {}
LONG = "X-Long: " + "x" * 999


def policy(live, text):
    live.milter.reload(live.configuration(live.milter, policy=text))


def arrived(live, mark):
    """The fields of the message that was delivered, each with its folds."""
    head = live.mta.delivery(f"Subject: {mark}\n").split(b"\n\n", 1)[0].decode("latin-1")
    fields = []
    for line in head.split("\n"):
        if line[:1] in " \t":
            fields[-1] += "\n" + line
        else:
            fields.append(line)
    return fields


def delivered(live, name, text, mark, parameters=""):
    """Sends it, and gives the fields of what arrives."""
    session = live.hello(name)
    session.mail(text, parameters=parameters, code=250)
    session.quit()
    EXPECTED[name, "message"] = EXPECTED.get((name, "message"), 0) + 1
    return arrived(live, mark)


def tags(fields):
    return [f for f in fields if f.lower().startswith("x-fixup-policy:")]


def value(field):
    """Unfolded as RFC 5322 section 2.2.3 says."""
    return field.split(":", 1)[1].replace("\n", "").strip().replace("\t", " ")


def own_fields(fields):
    """What the client sent: everything but what delivery and the MTA put on top."""
    skip = ("return-path:", "x-original-to:", "delivered-to:", "received: from tag",
            "x-fixup-policy:")
    return [f for f in fields if not f.lower().startswith(skip)]


def written(tap, live):
    policy(live, 'mode = "tag"; compare = [ "pix-6.3" ];')
    with tap.case("nothing found: rules=none"):
        fields = delivered(live, "tag.none.example.org", message(mark="none"), "none")
        equal(tags(fields), ["X-Fixup-Policy: asa-9; would=pass; rules=none"], "tag")
        members(live.log.message("tag.none.example.org"), mode="tag", verdict="pass")

    with tap.case("the field stands above everything the client sent, and above Received"):
        names = [f.split(":")[0] for f in fields]
        tag = names.index("X-Fixup-Policy")
        equal(names[tag + 1], "Received", "the field below")
        equal(names[:tag], live.mta.adds_above, "added later")

    with tap.case("one rule"):
        fields = delivered(live, "tag.one.example.org", message(LONG, mark="one"), "one")
        equal([value(f) for f in tags(fields)],
              ["asa-9; would=drop; rules=header-line-length"], "tag")

    with tap.case("many rules: each once, folded in lines of at most 78"):
        text = message(LONG, LONG.replace("Long", "More"), "Content-Type: text/plain",
                       "Content-Type: text/plain", mark="many",
                       body=b"\xe4" + b"x" * 999 + b"\r\n")
        fields = delivered(live, "tag.many.example.org", text, "many", " SIZE=5")
        tag = tags(fields)[0]
        check(max(len(line) for line in tag.split("\n")) <= 78, tag)
        check(all(line[0] in " \t" for line in tag.split("\n")[1:]), tag)
        parts = value(tag).replace(", ", ",").split("; ")
        equal(parts[:2], ["asa-9", "would=drop"], "profile and outcome")
        check(parts[2].startswith("rules="), tag)
        equal(sorted(parts[2][6:].split(",")),
              ["body-8bit", "body-line-length", "content-type-duplicate", "header-line-length",
               "size-mismatch"], "rules")

    with tap.case("what only a compared profile finds is not in the field"):
        fields = delivered(live, "tag.compared.example.org", message(mark="compared"),
                           "compared", " BODY=8BITMIME")
        equal([value(f) for f in tags(fields)], ["asa-9; would=pass; rules=none"], "tag")

    with tap.case("the message below the field is as it was sent"):
        text = message("X-Mixed-Case: Kept  as it is ", mark="intact", body="\r\nbody\r\n")
        fields = delivered(live, "tag.intact.example.org", text, "intact")
        sent = text.split(b"\r\n\r\n", 1)[0].decode().replace("\r\n", "\n").split("\n")
        equal(own_fields(fields), sent, "fields")
        check(live.mta.delivery("Subject: intact\n").endswith(b"\n\n\nbody\n"), "body")


def forged(tap, live):
    fakes = ("X-Fixup-Policy: asa-9; would=pass; rules=none", "x-fixup-policy: fake",
             "X-FIXUP-POLICY:fake", "X-Fixup-Policy: folded\r\n fake")
    genuine = ("X-One: 1", "X-Two: 2", "X-Fixup: other", "X-Fixup-Policy-Not: other")
    for count in (1, 2, 3, 4):
        with tap.case(f"forged fields, {count} of them, with others between: all are removed"):
            mark = f"forged{count}"
            mixed = [f for pair in zip(fakes[:count], genuine[:count]) for f in pair]
            fields = delivered(live, f"tag.{mark}.example.org", message(*mixed, mark=mark), mark)
            equal([value(f) for f in tags(fields)], ["asa-9; would=pass; rules=none"], "tags")
            equal(own_fields(fields)[-count:], list(genuine[:count]), "the genuine fields")

    with tap.case("forged fields side by side, at the top and at the end"):
        text = (b"X-Fixup-Policy: first\r\nX-Fixup-Policy: second\r\n"
                + message(*fakes, *genuine, *fakes, mark="rows"))
        fields = delivered(live, "tag.rows.example.org", text, "rows")
        equal([value(f) for f in tags(fields)], ["asa-9; would=pass; rules=none"], "tags")
        equal(own_fields(fields)[-4:], list(genuine), "the genuine fields")

    with tap.case("a hundred forged fields"):
        text = message(*["X-Fixup-Policy: fake"] * 100, *genuine, mark="hundred")
        fields = delivered(live, "tag.hundred.example.org", text, "hundred")
        equal(len(tags(fields)), 1, "tags")
        equal(own_fields(fields)[-4:], list(genuine), "the genuine fields")

    with tap.case("a forged field with a blank before the colon"):
        text = message("X-Fixup-Policy : fake", mark="blank")
        fields = delivered(live, "tag.blank.example.org", text, "blank")
        found = [f for f in fields if f.lower().replace(" ", "").startswith("x-fixup-policy:")]
        equal([value(f) for f in found], ["asa-9; would=pass; rules=none"], "tags")

    with tap.case("two messages on one connection: each has its own field"):
        session = live.hello("tag.two.example.org")
        session.mail(message(LONG, fakes[0], mark="two-a"), code=250)
        session.mail(message(mark="two-b"), code=250)
        session.mail(message(LONG, mark="two-c"), code=250)
        session.quit()
        EXPECTED["tag.two.example.org", "message"] = 3
        for mark, rules in (("two-a", "drop; rules=header-line-length"),
                            ("two-b", "pass; rules=none"),
                            ("two-c", "drop; rules=header-line-length")):
            fields = arrived(live, mark)
            equal([value(f) for f in tags(fields)], [f"asa-9; would={rules}"], mark)


def left_alone(tap, live):
    policy(live, 'mode = "observe";')
    with tap.case("observe adds nothing and removes nothing"):
        text = message("X-Fixup-Policy: theirs", LONG, mark="observed")
        fields = delivered(live, "tag.observe.example.org", text, "observed")
        equal(tags(fields), ["X-Fixup-Policy: theirs"], "tags")

    policy(live, 'rules : { header-line-length = "tag"; body-line-length = "observe"; };')
    with tap.case("a rule in tag while the rest is observed: the field names that rule only"):
        text = message(LONG, mark="single", body="x" * 999 + "\r\n")
        fields = delivered(live, "tag.single.example.org", text, "single")
        equal([value(f) for f in tags(fields)],
              ["asa-9; would=drop; rules=header-line-length"], "tag")

    policy(live, 'mode = "tag"; rules : { header-line-length = "enforce"; };')
    with tap.case("a refused message is not tagged, the next one is"):
        session = live.hello("tag.refused.example.org")
        session.mail(message(LONG, mark="refused"), code="421 4.7.0")
        EXPECTED["tag.refused.example.org", "message"] = 1
        fields = delivered(live, "tag.next.example.org", message(mark="next"), "next")
        equal(len(tags(fields)), 1, "tags")


def test(tap):
    with Live() as live:
        live.milter = live.start(policy='mode = "tag";')
        live.log = live.milter.log
        written(tap, live)
        forged(tap, live)
        left_alone(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
