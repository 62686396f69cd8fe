"""traffic.py - clients that keep to the protocol: each kind is a function that sends some mail and
writes into the ledger what it was told."""
import time

from ledger import told_by
from smtp import Reply, stuffed

BOX = "maildir.test"


def boxes(count):
    return [f"r{n}@{BOX}" for n in range(count)]


def transaction(session, ledger, mark, to, text, parameters=""):
    """One attempt at a mail; gives the word for how it ended, and the recipients not taken."""
    left = []
    with ledger.attempt(mark) as attempt:
        reply = session.cmd(f"MAIL FROM:<{mark}>{parameters}")
        if told_by(reply) != "accepted":
            attempt.told(told_by(reply))
            return attempt.word, to
        for address in to:
            reply = session.cmd(f"RCPT TO:<{address}>")
            if reply is None or reply.code == 421:
                attempt.told(told_by(reply))
                return attempt.word, to
            if reply.code != 250:
                left.append(address)
        reply = session.cmd("DATA")
        if reply is not None and reply.code == 354:
            session.send(stuffed(text), log=False)
            reply = session.read_reply()
        attempt.told(told_by(reply), len(to) - len(left))
    session.dialogue.clear()
    return attempt.word, left


def again_later(world, mark, to, text):
    """A sender with a queue: mail that was deferred is sent again, by the next that has time."""
    world.ledger.count("deferred mail sent again")
    world.retries.append((time.monotonic() + 1.0, mark, to, text))


def observed(world, chance, listener="smtpd", kind="observed", messages=None, tls=False):
    """One or several messages a connection; nothing is refused here, but for want of a log."""
    with world.session(listener, kind) as session:
        if tls:
            session.starttls()
            session.expect(250, f"EHLO {kind}.soak.example.org")
        for _ in range(messages or chance.choice((1, 1, 1, 2, 5))):
            mark, text = world.ledger.new(kind), world.letters.one(chance)
            to = boxes(chance.choice((1, 1, 1, 3)))
            word, _ = transaction(session, world.ledger, mark, to, text)
            if word == "deferred":
                again_later(world, mark, to, text)
                session.cmd("RSET")
            if word == "dropped" or session.gone:
                return
        session.quit()


def tls(world, chance):
    observed(world, chance, kind="tls", messages=1, tls=True)


def tagged(world, chance):
    observed(world, chance, "tag", "tagged")


def filtered(world, chance):
    """Postfix asks the daemon about each command, too."""
    observed(world, chance, "filtered", "filtered")


def held(world, chance):
    """Every second answer comes a second later."""
    observed(world, chance, "held", "held", messages=2)


def enforced(world, chance):
    """Whatever comes: it is held against the record. What is wrong about a mail or a command is
    wrong for asa-9."""
    with world.session("enforce", "enforced") as session:
        for _ in range(chance.choice((1, 2, 4))):
            mark, text = world.ledger.new("enforced"), world.letters.one(chance)
            bad = chance.choice(("", "", "", " BODY=8BITMIME", " SMTPUTF8", " SIZE=99999"))
            word, _ = transaction(session, world.ledger, mark, boxes(1), text, bad)
            if session.gone or word == "dropped":
                return
            session.cmd("RSET")
        session.quit()


def pipelined(world, chance):
    """MAIL, RCPT and DATA in one packet."""
    with world.session("smtpd", "pipelined") as session:
        for _ in range(2):
            mark, text = world.ledger.new("pipelined"), world.letters.small(chance)
            with world.ledger.attempt(mark) as attempt:
                session.send(f"MAIL FROM:<{mark}>\r\nRCPT TO:<r0@{BOX}>\r\nDATA\r\n")
                replies = [session.read_reply() for _ in range(3)]
                codes = [r.code if isinstance(r, Reply) else 0 for r in replies]
                if codes == [250, 250, 354]:
                    session.send(stuffed(text))
                    replies = [session.read_reply()]
                attempt.told(told_by(replies[-1]), 1)
            if attempt.word == "deferred":
                again_later(world, mark, boxes(1), text)
        session.quit()


def chunked(world, chance):
    """BDAT, in two chunks."""
    with world.session("smtpd", "chunked") as session:
        mark, text = world.ledger.new("chunked"), world.letters.small(chance)
        half = len(text) // 2
        with world.ledger.attempt(mark) as attempt:
            session.expect(250, f"MAIL FROM:<{mark}>")
            session.expect(250, f"RCPT TO:<r0@{BOX}>")
            session.send(f"BDAT {half}\r\n".encode() + text[:half])
            reply = session.read_reply()
            if told_by(reply) == "accepted":
                session.send(f"BDAT {len(text) - half} LAST\r\n".encode() + text[half:])
                reply = session.read_reply()
            attempt.told(told_by(reply), 1)
        if attempt.word == "deferred":
            again_later(world, mark, boxes(1), text)
        session.quit()


def limited(world, chance):
    """More recipients than are allowed: those that got 452 come again in a message of their own,
    or are given up."""
    mark, text = world.ledger.new("limited"), world.letters.small(chance)
    to = boxes(chance.randrange(3, 6))
    give_up = chance.random() < 0.2
    while to:
        with world.session("limited", "limited") as session:
            word, left = transaction(session, world.ledger, mark, to, text)
            if word == "accepted":
                to = left
            session.quit()
        if give_up:
            return
        if word != "accepted":
            time.sleep(0.5)


def reset(world, chance):
    """Given up by RSET, and then another one; commands that nobody knows in between."""
    with world.session("smtpd", "reset") as session:
        mark = world.ledger.new("reset")
        with world.ledger.attempt(mark) as attempt:
            session.expect(250, f"MAIL FROM:<{mark}>")
            if chance.random() < 0.5:
                session.expect(250, f"RCPT TO:<r0@{BOX}>")
            session.expect(250, "RSET")
            attempt.told("reset")
        for line in ("XXXX", "KILL me", "A", "FOO\0BAR", "Z" * 3000, "NOOP", "VRFY x")[
                :chance.randrange(1, 8)]:
            session.cmd(line)
        mark, text = world.ledger.new("after-reset"), world.letters.small(chance)
        word, _ = transaction(session, world.ledger, mark, boxes(1), text)
        if word == "deferred":
            again_later(world, mark, boxes(1), text)
        session.quit()


def too_many(world, chance):
    """More recipients than Postfix itself allows, which it does not tell the milter."""
    mark, text = world.ledger.new("too-many"), world.letters.small(chance)
    with world.session("smtpd", "too-many") as session:
        word, _ = transaction(session, world.ledger, mark, boxes(12), text)
        if word == "deferred":
            again_later(world, mark, boxes(12), text)
        session.quit()


def copies(world, chance):
    """The same message twice, as its sender never heard of the first answer."""
    mark, text = world.ledger.new("copies"), world.letters.small(chance)
    text = f"Message-ID: <{mark}>\r\n".encode() + text
    while world.ledger.mails[mark].told["accepted"] < 2:
        with world.session("smtpd", "copies") as session:
            transaction(session, world.ledger, mark, boxes(1), text)
            session.quit()
        time.sleep(0.3)


def local(world, chance):
    """Submitted on the host. Nobody is told later; a 4xx is for pickup(8) to try again."""
    mark = world.ledger.new("local")
    with world.ledger.attempt(mark) as attempt:
        status = world.submit(mark, boxes(1), world.letters.made(chance))
        attempt.told("accepted" if status == 0 else f"exit status {status}", 1)


def nothing(world, chance):
    """A connection without a message."""
    with world.session("smtpd", "nothing") as session:
        for line in ("NOOP", "HELP", "RSET", "VRFY root")[:chance.randrange(5)]:
            session.cmd(line)
        session.quit()


def retried(world):
    """Sends what waits for it, when its time has come."""
    try:
        due, mark, to, text = world.retries.popleft()
    except IndexError:
        return
    if due > time.monotonic() and not world.ending.is_set():
        world.retries.append((due, mark, to, text))
        return
    with world.session("smtpd", "retried") as session:
        word, _ = transaction(session, world.ledger, mark, to, text)
        if word == "deferred":
            again_later(world, mark, to, text)
            time.sleep(0.1)
        session.quit()
