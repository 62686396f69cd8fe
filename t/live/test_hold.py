#!/usr/bin/env python3
"""test_hold.py - the simulated loss of an end of data (simulate.end_of_data): the answer to a
message is held while the message is delivered, so that a client gives up and sends it again. The
mail servers wait for a milter no longer than 5 seconds at a time here; progress begins these
anew. Sendmail's time for all of it, E, is another matter, and has a case of its own."""
import os
import resource
import select
import signal
import sys
import time

sys.dont_write_bytecode = True

import postfix
from daemon import MTA
from harness import Live, finding, findings, main, members, message
from smtp import stuffed
from tap import check, equal, note, until

LONG = 9  # longer than the mail servers wait
HELD = [("end-of-data-held", "hold")]


def policy(live, hold, policy='mode = "enforce";', **groups):
    simulate = f"simulate : {{ end_of_data = {{ {hold} }}; }};"
    return live.configuration(live.milter, policy=policy, more=simulate, **groups)


def started(live, name, hold, **groups):
    """A new daemon, holding answers so."""
    live.milter = live.daemon(name)
    live.log = live.milter.log
    return live.milter.start(policy(live, hold, **groups))


def until_dot(session, mark, to="box@maildir.test"):
    """A message up to and with its final dot; when that was, at the earliest."""
    session.expect(250, "MAIL FROM:<a@example.org>")
    session.expect(250, f"RCPT TO:<{to}>")
    session.expect(354, "DATA")
    dot = time.monotonic()
    session.send(stuffed(message(mark=mark)))
    return dot


def waits(session, seconds=0.3):
    """Nothing comes from the server meanwhile."""
    return not select.select([session.socket], [], [], seconds)[0]


def held(live, helo, mark):
    """A session whose message is held, and the time of its final dot."""
    session = live.hello(helo)
    dot = until_dot(session, mark)
    record = live.log.message(helo)
    equal(findings(record), HELD, "findings")
    return session, dot


def copies(mta, mark):
    return sum(mark.encode() in mail for mail in mta.delivered())


def every_second(tap, live):
    started(live, "second", "every = 2; hold_seconds = 3;")
    with tap.case("every second message is held for its time, the others are not"):
        session = live.hello("second.example.org")
        took = []
        for n in range(4):
            dot = until_dot(session, f"second{n}")
            equal(session.read_reply().code, 250, "answer")
            took.append(time.monotonic() - dot)
        session.quit()
        note(str(took))
        check(took[0] < 2.9 and took[2] < 2.9, "the first and the third are not held")
        check(took[1] >= 3 and took[3] >= 3, "the second and the fourth are")
    with tap.case("their records say so, and came before"):
        records = live.log.wait(count=4, type="message", helo="second.example.org")
        equal([findings(r) for r in records], [[], HELD, [], HELD], "findings")
        members(records[1], verdict="flag", would="drop", reply=None, ended="eom")
        members(finding(records[1], "end-of-data-held"), stage="end", observed=3, enforced=True,
                would="drop")
        check(records[1]["elapsed"] < 2.9, "the record is written before the wait")
    with tap.case("all four are delivered once"):
        live.mta.settle()
        equal([copies(live.mta, f"<second{n}@") for n in range(4)], [1] * 4, "copies")


def sessions(tap, live):
    started(live, "sessions", "every = 1; hold_seconds = 6; max_held = 2;")
    with tap.case("a held session has no answer, and others go on meanwhile"):
        one, dot = held(live, "one.example.org", "one")
        two, _ = held(live, "two.example.org", "two")
        check(waits(one), "no answer")
        for n in range(5):  # more than max_held: these are answered
            session = live.hello(f"other{n}.example.org")
            session.mail(message(mark=f"other{n}"), code=250)
            session.quit()
            record = live.log.message(f"other{n}.example.org")
            members(finding(record, "end-of-data-held"), enforced=False, would="drop",
                    instead="answered: as many as may be are held")
        check(time.monotonic() - dot < 6, "it took longer than the hold")
        check(waits(one, 0.1), "still no answer")
    with tap.case("their time over, they are answered and go on"):
        for session in one, two:
            equal(session.read_reply().code, 250, "answer")
        check(time.monotonic() - dot >= 6, "the time")
        one.expect(250, "MAIL FROM:<a@example.org>")
        one.quit()
        two.quit()
    with tap.case("their places are free again"):
        three, _ = held(live, "three.example.org", "three")
        four, _ = held(live, "four.example.org", "four")
    with tap.case("the client goes away meanwhile: its message is delivered"):
        three.vanish()
        four.vanish(reset=True)
        live.mta.delivery("<three@", 30)
        live.mta.delivery("<four@", 30)
        live.mta.settle()
        equal([copies(live.mta, f"<{n}@") for n in ("three", "four")], [1, 1], "copies")
    with tap.case("and their places are free again"):
        held(live, "five.example.org", "five")[0].vanish()
        equal(live.milter.stop(), 0, "exit status")


def unwritten(tap, live):
    """The place for a message whose record cannot be written."""
    started(live, "unwritten", "every = 1; hold_seconds = 600; max_held = 1;")
    pid = live.milter.process.pid
    with tap.case("without its record a message is not held but deferred"):
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE,
                         (os.path.getsize(live.milter.log_path), limits[1]))
        session = live.hello("unwritten.example.org")
        session.mail(message(mark="unwritten"), code=451)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    with tap.case("and its place is given back"):
        until_dot(session, "written")
        equal(findings(live.log.wait(type="message", message_id="<written@example.org>")[0]), HELD,
              "findings")
        check(finding(live.log.records[-1], "end-of-data-held")["enforced"], "it is held")
        check(waits(session), "no answer")
        session.vanish()
        equal(live.milter.stop(), 0, "exit status")


def patience(tap, live):
    started(live, "patience", f"every = 1; hold_seconds = {LONG};")
    with tap.case(f"{LONG} seconds: the mail server is told of progress, and waits"):
        session, dot = held(live, "patience.example.org", "patience")
        equal(session.read_reply().code, 250, "answer")
        check(time.monotonic() - dot >= LONG, "the time")
        session.quit()
        live.mta.delivery("<patience@")
        equal([line for line in live.mta.complaints() if "timeout" in line.lower()
               or "timed out" in line.lower()], [], "time-outs of the mail server")


def chosen(tap, live):
    """Which messages."""
    block = live.mta.networks('{ networks = [ "192.0.2.0/24" ]; '
                              'simulate = { end_of_data = { every = 1; }; }; }')
    started(live, "chosen", "every = 2; hold_seconds = 600;", clients=block)
    unused = {}
    with tap.case("a block of clients has a count of its own"):
        session = live.client("outside.example.org", "198.51.100.1", unused)
        session.mail(message(mark="outside"), code=250)
        inside = live.client("inside.example.org", "192.0.2.1", unused)
        until_dot(inside, "inside")
        equal(findings(live.log.message("inside.example.org")), HELD, "findings")
        check(waits(inside), "it is held")
        until_dot(session, "outside2")
        equal(findings(live.log.message("outside.example.org", number=2)), HELD, "findings")
    with tap.case("a reload counts anew, and what is held stays so"):
        live.milter.reload(policy(live, "every = 2; hold_seconds = 600;"))
        fresh = live.hello("fresh.example.org")
        fresh.mail(message(mark="fresh"), code=250)
        until_dot(fresh, "fresh2")
        equal(findings(live.log.message("fresh.example.org", number=2)), HELD, "findings")
        check(waits(inside) and waits(fresh), "they are held")
        for gone in session, inside, fresh:
            gone.vanish()
    with tap.case("the rule left to observe, or another mode: nothing is held or found"):
        for number, rules in enumerate(
                ('mode = "enforce"; rules = { end-of-data-held = "observe"; };', 'mode = "tag";',
                 'mode = "observe";')):
            live.milter.reload(policy(live, "every = 1; hold_seconds = 600;", rules))
            session = live.hello(f"left{number}.example.org")
            session.mail(message(mark=f"left{number}"), code=250)
            session.quit()
            equal(findings(live.log.message(f"left{number}.example.org")), [], "findings")
    with tap.case("this rule alone enforced: the field tells it"):
        live.milter.reload(policy(live, "every = 1; hold_seconds = 1;",
                                  'mode = "tag"; rules = { end-of-data-held = "enforce"; };'))
        session = live.hello("field.example.org")
        session.mail(message(mark="field"), code=250)
        session.quit()
        check(b"rules=end-of-data-held" in live.mta.delivery("<field@"), "the field")
    with tap.case("the end of the daemon ends what was held"):
        equal(live.milter.stop(), 0, "exit status")
        for mark in "outside2", "inside", "fresh2":
            live.mta.delivery(f"<{mark}@")


def local(tap, live):
    if live.mta.has_xclient:
        started(live, "local", "every = 1; hold_seconds = 600;")
        with tap.case("mail from sendmail(1) is not held"):
            done = live.postfix.command(
                "/usr/sbin/sendmail", "-i", "-f", "local@example.org", "box@maildir.test",
                input=message(mark="local").replace(b"\r\n", b"\n"))
            equal(done.returncode, 0, "sendmail")
            live.postfix.delivery("<local@")
            record = live.log.wait(type="message", message_id="<local@example.org>")[0]
            equal(findings(record), [], "findings")


def stop(tap, live):
    for number in (signal.SIGTERM, signal.SIGINT):
        name = number.name.lower()
        started(live, name, "every = 1; hold_seconds = 600;", milter="drain_seconds = 30;")
        with tap.case(f"{number.name} ends all holding at once: 250, and delivered"):
            crowd = [held(live, f"{name}{n}.example.org", f"{name}{n}")[0] for n in range(5)]
            crowd[0].vanish()
            check(all(waits(session, 0) for session in crowd[1:]), "they are held")
            began = time.monotonic()
            live.milter.signal(number)
            for session in crowd[1:]:
                equal(session.read_reply().code, 250, "answer")
            check(time.monotonic() - began < 10, "it took too long")
        with tap.case(f"{number.name}: the sessions finish, and nothing more is held"):
            crowd[1].mail(message(mark=f"{name}.more"), code=250)
            equal(findings(live.log.message(f"{name}1.example.org", number=2)), [], "findings")
            for session in crowd[1:]:
                session.quit()
            equal(live.milter.ended(), 0, "exit status")
            for n in range(5):
                live.mta.delivery(f"<{name}{n}@")

    for what, drain, signals in (("a second SIGTERM", 30, 2), ("drain_seconds = 0", 0, 1)):
        mark = what.split()[0].replace("_", "")
        started(live, mark, "every = 1; hold_seconds = 600;",
                milter=f"drain_seconds = {drain};")
        with tap.case(f"{what}: the answer gets out before the end"):
            session, _ = held(live, f"{mark}.example.org", mark)
            began = time.monotonic()
            live.milter.signal(signal.SIGTERM)
            equal(session.read_reply().code, 250, "answer")
            if signals == 2:
                check(live.milter.alive(), "it waits for the session")
                live.milter.signal(signal.SIGTERM)
            equal(live.milter.ended(15), 0, "exit status")
            check(time.monotonic() - began < 10, "it took too long")
            session.close()
            live.mta.delivery(f"<{mark}@")


def again(tap, live):
    """A real Postfix as the client."""
    if postfix.missing():
        return
    started(live, "again", "every = 1; hold_seconds = 20;")
    sender = postfix.Postfix(f"{live.base}/sender", {
        "relayhost": f"[127.0.0.1]:{live.mta.ports['smtpd']}", "default_transport": "smtp",
        "relay_transport": "smtp", "transport_maps": "", "virtual_mailbox_domains": "",
        "smtp_data_done_timeout": "3s", "minimal_backoff_time": "1s",
        "maximal_backoff_time": "2s", "queue_run_delay": "2s", "smtp_host_lookup": "native",
        "smtp_helo_name": "again.example.org"})
    sender.start()
    try:
        with tap.case("Postfix gives up the wait, and sends the message again"):
            note(lambda: "\n".join(sender.said().splitlines()[-20:]))
            done = sender.command(
                "/usr/sbin/sendmail", "-i", "-f", "a@example.org", "box@maildir.test",
                input=message(mark="again").replace(b"\r\n", b"\n"))
            equal(done.returncode, 0, "sendmail")
            live.log.wait(count=2, type="message", helo="again.example.org", seconds=40)
            live.milter.reload(policy(live, "every = 0;"))
            until(sender.queue_is_empty, "the sender is rid of it", 40)
            check("message may be sent more than once" in sender.said(), "the sender's time-out")
        with tap.case("the mailbox has as many copies as there are records"):
            number = len(live.log.find(type="message", message_id="<again@example.org>"))
            until(lambda: copies(live.mta, "<again@") >= number, "the copies", 40)
            live.mta.settle()
            equal(copies(live.mta, "<again@"), number, "copies")
            check(number > 1, "more than one")
            print(f"# copies: {number}", flush=True)
        with tap.case("the daemon ends"):
            equal(live.milter.stop(), 0, "exit status")
    finally:
        sender.stop()


def in_all(tap):
    """Sendmail's time for a whole answer: progress does not prolong it."""
    with Live(times="C:5s;S:20s;R:5s;E:3s") as live:
        started(live, "all", "every = 1; hold_seconds = 60; max_held = 1;")
        with tap.case("Sendmail gives up after E, however often it is told of progress"):
            session, _ = held(live, "all.example.org", "all")
            equal(session.read_reply().code, 451, "answer")
            session.quit()
            check("EOM ACK/NAK timeout" in live.mta.said(), "what Sendmail says of it")
        with tap.case("and the place is free before the time is over"):
            time.sleep(3)  # progress fails by then
            held(live, "all2.example.org", "all2")[0].vanish()
            equal(live.milter.stop(), 0, "exit status")


def test(tap):
    if MTA == "sendmail":
        in_all(tap)
    with Live(settings={"milter_content_timeout": "5s"}, times="C:5s;S:20s;R:5s;E:60s") as live:
        every_second(tap, live)
        sessions(tap, live)
        unwritten(tap, live)
        patience(tap, live)
        chosen(tap, live)
        local(tap, live)
        stop(tap, live)
        again(tap, live)


main(test)
