#!/usr/bin/env python3
"""test_later.py - what senders make of 452, and messages that come again: the records that follow
when it is known, on the real MTA."""
import sys
import time

sys.dont_write_bytecode = True

from harness import Live, MTA, census, finding, main, members, message
from tap import check, equal, until

EXPECTED = {}
LOST_AFTER = 3  # seconds
STATE = f'backend = "memory"; lost_after_seconds = {LOST_AFTER}; remember_seconds = 60;'
SIMULATE = 'simulate : { recipients = { limit = 2; overflow = "defer"; }; };'
# Sendmail's own limit, which is met where ours is not.
OWN_LIMIT = 4


def boxes(names):
    return [f"{name}@discard.test" for name in names]


def send(live, name, mark, recipients, refused="", text=None, give_up=False):
    """A session with one message; the recipients of `refused` get 452. Gives its record."""
    session = live.hello(name)
    session.expect(250, "MAIL FROM:<a@example.org>")
    for address in boxes(recipients):
        session.expect("452 4.5.3" if address[0] in refused else 250, f"RCPT TO:<{address}>")
    if give_up:
        session.expect(250, "RSET")
    else:
        session.data(text or message(mark=mark), 250)
    session.quit()
    EXPECTED[name, "message"] = 1
    return live.log.message(name)


def later(live, record, count=1, rule="recipient-truncation"):
    """The later records about this message, and their findings."""
    found = live.log.wait(count=count, type="later", session=record["session"],
                          message=record["message"])
    equal(len(found), count, "later records")
    for one in found:
        equal([f["rule"] for f in one["findings"]], [rule], "rules")
        members(one, host=record["host"], queue_id=record["queue_id"], profile=record["profile"],
                mode=record["mode"])
    return [(one, one["findings"][0]) for one in found]


def nothing_later(live, record):
    equal(live.log.find(type="later", session=record["session"]), [], "later records")


def truncation(tap, live):
    with tap.case("those refused come again, some of them twice: respected, each time"):
        first = send(live, "again1.example.org", "again", "abcde", refused="cde")
        second = send(live, "again2.example.org", "again", "cde", refused="e")
        third = send(live, "again3.example.org", "again", "e")
        (record, found), = later(live, first)
        members(record, recipients={"refused": 3, "returned": 3, "lost": 0})
        members(found, detail="respected", observed=3, stage="later", would="flag",
                enforced=False, basis=None)
        (record, found), = later(live, second)
        members(record, recipients={"refused": 1, "returned": 1, "lost": 0})
        members(found, detail="respected", observed=1)
        nothing_later(live, third)
        equal(first["recipients"], {"accepted": 2, "deferred": 3, "rejected": 0, "lost": 0},
              "recipients")

    with tap.case("two of three do not come in time: lost, and how many"):
        began = time.monotonic()
        first = send(live, "lost1.example.org", "lost", "abcde", refused="cde")
        send(live, "lost2.example.org", "lost", "d")
        (record, found), = later(live, first)
        check(time.monotonic() - began > LOST_AFTER - 0.5, "not before its time")
        members(record, recipients={"refused": 3, "returned": 1, "lost": 2})
        members(found, detail="lost", observed=2, basis=None)

    with tap.case("the whole message given up: abandoned"):
        first = send(live, "up1.example.org", "up", "abc", refused="c", give_up=True)
        (record, found), = later(live, first)
        members(record, recipients={"refused": 1, "returned": 0, "lost": 1})
        members(found, detail="abandoned", observed=1)

    with tap.case("given up, and sent in two: respected, inferred"):
        first = send(live, "split1.example.org", "split", "abc", refused="c", give_up=True)
        send(live, "split2.example.org", "split", "ab")
        send(live, "split3.example.org", "split", "c")
        (_, found), = later(live, first)
        members(found, detail="respected", observed=1, basis="inferred")

    with tap.case("another message to the same recipient is not it: lost"):
        first = send(live, "other1.example.org", "other", "abc", refused="c")
        send(live, "other2.example.org", "different", "c")
        (_, found), = later(live, first)
        members(found, detail="lost", observed=1)

    with tap.case("without a Message-ID the body tells"):
        body = message(body="A body like no other.\r\n")
        first = send(live, "body1.example.org", None, "abc", refused="c", text=body)
        send(live, "body2.example.org", None, "c", text=body)
        (_, found), = later(live, first)
        members(found, detail="respected", observed=1, basis=None)


def duplicates(tap, live):
    for what, text in (("its Message-ID", message(mark="copies")),
                       ("its body alone", message(body="Copies.\r\n"))):
        with tap.case(f"the same message three times, known by {what}"):
            records = []
            for number in range(3):
                name = f"copy{number}.{what.split()[1].lower()}.example.org"
                records.append(send(live, name, None, "a", text=text))
                time.sleep(1.2)
            nothing_later(live, records[0])
            for number in (1, 2):
                (_, found), = later(live, records[number], rule="duplicate-delivery")
                members(found, observed=number + 1, detail=None)
                check(0.9 < found["interval"] < 4, f"interval {found['interval']}")

    with tap.case("to others it is no copy"):
        text = message(mark="others")
        first = send(live, "others1.example.org", None, "ab", text=text)
        second = send(live, "others2.example.org", None, "cd", text=text)
        send(live, "marker1.example.org", "marker", "a")
        last = send(live, "marker2.example.org", "marker", "a")
        later(live, last, rule="duplicate-delivery")
        nothing_later(live, first)
        nothing_later(live, second)


def of_the_server(tap, live):
    """Sendmail refuses by a limit of its own, and tells how many; Postfix keeps it to itself."""
    live.milter.reload(live.configuration(live.milter, policy='mode = "observe";', state=STATE))
    with tap.case("refused by the server, and sent again"):
        first = send(live, "server1.example.org", "server", "abcdef", refused="ef")
        send(live, "server2.example.org", "server", "e")
        send(live, "server3.example.org", "server", "f")
        if MTA == "postfix":
            send(live, "marker3.example.org", "marker3", "a")
            later(live, send(live, "marker4.example.org", "marker3", "a"),
                  rule="duplicate-delivery")
            nothing_later(live, first)
        else:
            (record, found), = later(live, first)
            members(record, recipients={"refused": 2, "returned": 2, "lost": 0})
            members(found, detail="respected", observed=2, basis="inferred")

    with tap.case("refused by the server, and not sent again"):
        first = send(live, "server4.example.org", "server4", "abcdef", refused="ef")
        if MTA == "postfix":
            time.sleep(LOST_AFTER + 2)
            nothing_later(live, first)
        else:
            (record, found), = later(live, first)
            members(record, recipients={"refused": 2, "returned": 0, "lost": 2})
            members(found, detail="lost", observed=2, basis="inferred")


def off(tap, live):
    live.milter.reload(live.configuration(
        live.milter, state=STATE, more=SIMULATE,
        policy='mode = "enforce"; rules : { recipient-truncation = "off"; '
               'duplicate-delivery = "off"; };'))
    with tap.case("rules that are off say nothing"):
        first = send(live, "off1.example.org", "off", "abc", refused="c")
        send(live, "off2.example.org", "off", "abc", refused="c")
        time.sleep(LOST_AFTER + 2)
        nothing_later(live, first)


def test(tap):
    with Live(settings={"smtpd_recipient_limit": str(OWN_LIMIT)},
              mc=f"define(`confMAX_RCPTS_PER_MESSAGE', `{OWN_LIMIT}')dnl\n") as live:
        live.milter = live.start(policy='mode = "enforce";', more=SIMULATE, state=STATE)
        live.log = live.milter.log
        truncation(tap, live)
        duplicates(tap, live)
        of_the_server(tap, live)
        off(tap, live)
        census(tap, live.milter, EXPECTED)


main(test)
