"""broken.py - clients that do not keep to the protocol, and such of the milter's own socket."""
import os
import socket
import struct
import time

from ledger import told_by
from milter import Closed, Mta
from smtp import stuffed
from tap import Failure
from traffic import BOX

LONG = "x" * 5000


def _begun(session, attempt_mark, data=True):
    session.expect(250, f"MAIL FROM:<{attempt_mark}>")
    session.expect(250, f"RCPT TO:<r0@{BOX}>")
    if data:
        session.expect(354, "DATA")


def _leave(session, chance):
    """Without a word: closed, or reset."""
    session.vanish(reset=chance.random() < 0.3)


def drops(world, chance):
    """Gone after DATA, within the header or the body, or before the final dot."""
    mark, text = world.ledger.new("drops"), world.letters.one(chance)
    sent = stuffed(text)[:-3]
    upto = chance.choice((0, 10, len(sent) // 3, len(sent) - 1, len(sent)))
    with world.session("smtpd", "drops") as session, world.ledger.attempt(mark) as attempt:
        _begun(session, mark)
        session.send(sent[:upto], log=False)
        attempt.told("gone")
        _leave(session, chance)


def drops_envelope(world, chance):
    """Gone after MAIL or RCPT."""
    mark = world.ledger.new("drops-envelope")
    with world.session("smtpd", "drops-envelope") as session:
        with world.ledger.attempt(mark) as attempt:
            session.expect(250, f"MAIL FROM:<{mark}>")
            if chance.random() < 0.5:
                session.expect(250, f"RCPT TO:<r0@{BOX}>")
            attempt.told("gone")
        _leave(session, chance)


def leaves_at_once(world, chance):
    """The whole message, and not a moment for the answer."""
    mark, text = world.ledger.new("leaves"), world.letters.one(chance)
    with world.session("smtpd", "leaves") as session, world.ledger.attempt(mark) as attempt:
        _begun(session, mark)
        session.send(stuffed(text), log=False)
        attempt.told("unsure")
        _leave(session, chance)


def half_closed(world, chance):
    """No more to send, but listening; before the final dot, or after it."""
    mark, text = world.ledger.new("half-closed"), world.letters.small(chance)
    whole = chance.random() < 0.5
    with world.session("smtpd", "half-closed") as session, world.ledger.attempt(mark) as attempt:
        _begun(session, mark)
        session.send(stuffed(text) if whole else stuffed(text)[:-3])
        session.socket.shutdown(socket.SHUT_WR)
        reply = session.read_reply()
        # Postfix is free to see that nobody is there before it has answered
        attempt.told(told_by(reply) if whole and reply else "unsure" if whole else "gone", 1)


def drips(world, chance):
    """A few octets a second, to the end or not."""
    mark, text = world.ledger.new("drips"), world.letters.small(chance)
    with world.session("smtpd", "drips") as session, world.ledger.attempt(mark) as attempt:
        _begun(session, mark)
        sent = stuffed(text)
        for at in range(0, len(sent), 16):
            session.send(sent[at:at + 16])
            if world.ending.wait(0.2):
                break
        if at + 16 < len(sent):
            attempt.told("gone")
        else:
            attempt.told(told_by(session.read_reply()), 1)


def long_lines(world, chance):
    """Commands that are too long, with NULs and other octets in them."""
    with world.session(chance.choice(("smtpd", "enforce")), "long-lines") as session:
        for _ in range(chance.randrange(1, 6)):
            session.send(chance.choice((
                LONG.encode() + b"\r\n", os.urandom(200).replace(b"\n", b"") + b"\r\n",
                b"MAIL FROM:<" + b"a" * 4000 + b"@example.org>\r\n", b"\0\0\0\r\n", b"\r\n",
                b"RCPT TO:<\xff\xfe>\r\n", b"DATA\n", b"EHLO " + b"h" * 1500 + b"\r\n")))
            if session.read_reply() is None:
                return
        _leave(session, chance)


def tls_garbage(world, chance):
    with world.session("smtpd", "tls-garbage") as session:
        session.expect(220, "STARTTLS")
        session.send(os.urandom(chance.randrange(1, 400)))
        session.socket.settimeout(0.5)
        try:
            session.closed()
        except Failure:  # it waits for the rest
            pass
        _leave(session, chance)


def never_greets(world, chance):
    with socket.create_connection(("127.0.0.1", world.postfix.ports["smtpd"]), timeout=10) as s:
        s.sendall(chance.choice((b"", b"GET / HTTP/1.0\r\n\r\n", os.urandom(100))))
        world.ending.wait(chance.choice((0, 0.5, 3)))


# at the milter's socket, which the mail server's user could do

def wire_garbage(world, chance):
    """What is no packet of the milter protocol, or one of a wrong length, or half of one."""
    client = Mta(world.unix, negotiate=chance.random() < 0.5)
    try:
        client.sock.sendall(chance.choice((
            os.urandom(chance.randrange(1, 3000)), struct.pack("!I", 0xffffffff) + b"C",
            struct.pack("!I", 0), struct.pack("!I", 100) + b"L" + b"x",
            struct.pack("!I", 2) + b"L\0", struct.pack("!I", 5) + b"Mabcd",
            struct.pack("!I", 3) + b"C\0\0")))
        if chance.random() < 0.5:
            client.receive()
    except (Closed, OSError):
        pass
    finally:
        client.vanish()


def wire_hangs(world, chance):
    """Stops in the middle, and stays for a while."""
    client = Mta(world.unix, negotiate=chance.random() < 0.8)
    try:
        if chance.random() < 0.5 and client.steps:
            client.greet()
        world.ending.wait(chance.choice((0.1, 2, 5)))
    finally:
        client.vanish()


def wire_mail(world, chance):
    """Whole messages in one session, with octets that no mail server would pass on, and the abort
    of another one; none of them goes anywhere."""
    client = Mta(world.unix)
    try:
        client.greet()
        for _ in range(chance.randrange(1, 4)):
            mark = world.ledger.new("wire")
            with world.ledger.attempt(mark) as attempt:
                client.mail(f"<{mark}>")
                client.rcpt("<user@example.net>")
                client.data()
                for n in range(chance.randrange(1, 30)):
                    client.header(f"X-{n}", os.urandom(20).replace(b"\0", b""))
                client.eoh()
                client.body(os.urandom(chance.randrange(1, 60000)))
                if chance.random() < 0.3:
                    client.abort()
                    attempt.told("reset")
                    client.helo()  # what an abort was is known with the next event
                else:
                    answer = client.eom()[1][:1]
                    attempt.told({b"c": "accepted", b"a": "accepted", b"t": "deferred",
                                  b"y": "deferred"}.get(answer, "refused"))
    finally:
        client.quit() if chance.random() < 0.5 else client.vanish()


def wire_crowd(world, chance):
    """Many connections at once that say nothing."""
    crowd = []
    try:
        for _ in range(30):
            crowd.append(Mta(world.unix, negotiate=False))
        time.sleep(0.2)
    finally:
        for client in crowd:
            client.vanish()
