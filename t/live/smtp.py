"""smtp.py - an SMTP client that sends exactly what it is told and keeps the dialogue."""
import base64
import socket
import ssl
import struct

from sasl import PASSWORD
from tap import Failure, equal, note

CRLF = b"\r\n"


def octets(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[0][:3])
        self.text = "\n".join(lines)
        rest = lines[-1][4:].split(" ", 1)
        self.enhanced = rest[0] if rest[0].count(".") == 2 else None

    def __str__(self):
        return self.text

    def keywords(self):
        """Of an EHLO reply."""
        return [line[4:].split(" ")[0] for line in self.lines[1:]]


class Smtp:
    """One connection. `dialogue` holds what was said; a failing case prints it."""

    def __init__(self, port, host="127.0.0.1", timeout=20.0, source=None, source_port=0,
                 remembered=True):
        self.dialogue = []
        self.buffer = b""
        self.gone = False
        if remembered:
            note(lambda: "\n".join(self.dialogue))
        here = (source or "", source_port) if source or source_port else None
        self.socket = socket.create_connection((host, port), timeout=timeout, source_address=here)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = self.socket.getsockname()[1]
        self.banner = self.read_reply()

    def _say(self, who, data):
        text = data.decode("latin-1").replace("\r\n", "\\r\\n\n").rstrip("\n")
        for line in text.split("\n")[:12]:
            line = "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in line)
            self.dialogue.append(f"{who}: {line[:160]}{'...' if len(line) > 160 else ''}")

    def _line(self):
        while b"\n" not in self.buffer:
            try:
                more = self.socket.recv(65536)
            except socket.timeout:
                raise Failure("no answer from the server") from None
            except OSError:
                more = b""
            if not more:
                self.gone = True
                self.dialogue.append("S: (closed)")
                return None
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def read_reply(self):
        """None: the server closed the connection instead."""
        lines = []
        while True:
            line = self._line()
            if line is None:
                return None
            self.dialogue.append("S: " + line)
            lines.append(line)
            if line[3:4] != "-":
                return Reply(lines)

    def send(self, data, log=True):
        """Bytes as they are. A server that is gone is noticed when its reply is read."""
        if log:
            self._say("C", octets(data))
        try:
            self.socket.sendall(octets(data))
        except OSError:
            self.gone = True

    def cmd(self, line):
        self.send(octets(line) + CRLF)
        return self.read_reply()

    def expect(self, code, line):
        """The command must be answered with this code (and, as "code x.y.z", that status)."""
        reply = self.cmd(line)
        wanted = str(code).split(" ")
        if reply is None:
            raise Failure(f"connection closed at {octets(line)[:60]!r}")
        equal(str(reply.code), wanted[0], f"answer to {octets(line)[:60]!r}")
        if len(wanted) > 1:
            equal(reply.enhanced, wanted[1], f"status for {octets(line)[:60]!r}")
        return reply

    def closed(self):
        """Whether the server hangs up now (it is waited for)."""
        if not self.gone:
            self._line()
        return self.gone

    def data(self, message, code=None):
        """DATA, the message with dots doubled, the final dot; the answer to that."""
        self.expect(354, "DATA")
        self.send(stuffed(message))
        reply = self.read_reply()
        if code is not None:
            wanted = str(code).split(" ")
            equal(None if reply is None else str(reply.code), wanted[0], "answer to the message")
            if len(wanted) > 1:
                equal(reply.enhanced, wanted[1], "status for the message")
        return reply

    def mail(self, message, sender="a@example.org", to=("box@maildir.test",), code=250,
             parameters=""):
        """A whole transaction; `code` is that of the answer to the message."""
        self.expect(250, f"MAIL FROM:<{sender}>{parameters}")
        for address in to:
            self.expect(250, f"RCPT TO:<{address}>")
        return self.data(message, code)

    def starttls(self):
        self.expect(220, "STARTTLS")
        return self.wrap()

    def wrap(self):
        """TLS, after the server has agreed to it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.buffer = b""
        self.dialogue.append(f"(TLS: {self.socket.version()} {self.socket.cipher()[0]})")
        return self.socket.version(), self.socket.cipher()[0]

    def auth(self, user="someone@example.org", password=PASSWORD):
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        return self.cmd("AUTH PLAIN " + token)

    def xclient(self, **attributes):
        """Another client as far as the server is concerned; it greets again."""
        words = " ".join(f"{name.upper()}={value}" for name, value in attributes.items())
        return self.expect(220, "XCLIENT " + words)

    def quit(self):
        reply = self.cmd("QUIT")
        self.close()
        return reply

    def close(self):
        self.socket.close()

    def vanish(self, reset=False):
        """Hangs up without a word; with `reset` as a machine does that lost the connection."""
        self.dialogue.append("C: (hangs up)")
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def stuffed(message):
    """Message text as it goes over the wire after DATA, with the final dot."""
    message = octets(message)
    if not message.endswith(CRLF):
        message += CRLF
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") + b".\r\n"
