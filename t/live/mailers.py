"""mailers.py - clients that send mail all the time, and remember what they were told about it."""
import threading
import time

from harness import message
from smtp import Smtp


class Mailers:
    """So many clients, each a thread, a message after the other: `acknowledged` has the marks of
    those that were answered with 250, `refused` those with another answer; one that was never
    answered is in neither. Their records are told by message_id."""

    def __init__(self, port, count, mark, each=5, pause=0.0, to="b@discard.test"):
        self.port, self.mark, self.each, self.pause = port, mark, each, pause
        self.to = (to,) if isinstance(to, str) else to
        self.acknowledged, self.refused = set(), set()
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self._client, args=(n,), daemon=True)
                        for n in range(count)]
        for thread in self.threads:
            thread.start()

    def _client(self, number):
        sent = 0
        while not self.enough.is_set():
            try:
                with Smtp(self.port, timeout=10, remembered=False) as session:
                    session.cmd(f"EHLO {self.mark}.example.org")
                    for _ in range(self.each):
                        sent += 1
                        if self.enough.is_set() or not self._send(session, f"{self.mark}-{number}"
                                                                           f"-{sent}"):
                            break
            except Exception:  # a server that is going away says so in many ways
                time.sleep(0.01)

    def _send(self, session, mark):
        for line in ("MAIL FROM:<a@example.org>", *(f"RCPT TO:<{a}>" for a in self.to), "DATA"):
            reply = session.cmd(line)
            if reply is None or reply.code >= 400:
                session.cmd("RSET")
                return reply is not None
        session.send(message(mark=mark) + b".\r\n", log=False)
        reply = session.read_reply()
        if reply is None:
            return False
        (self.acknowledged if reply.code == 250 else self.refused).add(mark)
        time.sleep(self.pause)
        return True

    def stop(self):
        """The end of it; gives the marks of what was acknowledged."""
        self.enough.set()
        for thread in self.threads:
            thread.join(20)
        return self.acknowledged

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


def missing(marks, records):
    """Those that have no record."""
    known = {r.get("message_id") for r in records}
    return sorted(mark for mark in marks if f"<{mark}@example.org>" not in known)
