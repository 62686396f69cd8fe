"""milter - the MTA's side of the milter protocol, octet by octet, for what miltertest cannot say:
NULs, packets of any size, the exact order of changes, and silence where none is owed."""

import select
import socket
import struct

# actions (SMFIF_) and protocol steps (SMFIP_) as in libmilter's mfdef.h
ADDHDRS, CHGHDRS, DELRCPT, SETSYMLIST = 0x1, 0x10, 0x8, 0x100
ALL_ACTIONS = 0x1FF
NR_HDR, SKIP, RCPT_REJ = 0x80, 0x400, 0x800
NR_CONN, NR_HELO, NR_MAIL, NR_RCPT = 0x1000, 0x2000, 0x4000, 0x8000
NR_DATA, NR_UNKN, NR_EOH, NR_BODY, LEADSPC = 0x10000, 0x20000, 0x40000, 0x80000, 0x100000
ALL_STEPS = 0x1FFFFF
QUIET = {b"T": NR_DATA, b"L": NR_HDR, b"N": NR_EOH, b"B": NR_BODY}


def octets(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


class Closed(Exception):
    """The filter closed the connection."""


class Mta:
    """One connection to the filter at "unix:PATH" or "inet:PORT@HOST"."""

    def __init__(self, address, negotiate=True, **terms):
        kind, _, rest = address.partition(":")
        if kind == "unix":
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(rest)
        else:
            port, _, host = rest.partition("@")
            self.sock = socket.create_connection((host, int(port)))
        self.sock.settimeout(5)
        self.actions = self.steps = 0
        self.symlists = {}
        if negotiate:
            self.negotiate(**terms)

    def send(self, command, data=b""):
        data = octets(data)
        self.sock.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            try:
                more = self.sock.recv(n - len(data))
            except ConnectionResetError:
                raise Closed from None
            if not more:
                raise Closed
            data += more
        return data

    def receive(self):
        size, = struct.unpack("!I", self.exactly(4))
        packet = self.exactly(size)
        return packet[:1], packet[1:]

    def silent(self, seconds=0.1):
        return not select.select([self.sock], [], [], seconds)[0]

    def negotiate(self, version=6, actions=ALL_ACTIONS, steps=ALL_STEPS):
        self.send(b"O", struct.pack("!III", version, actions, steps))
        command, data = self.receive()
        assert command == b"O", command
        self.version, self.actions, self.steps = struct.unpack("!III", data[:12])
        rest = data[12:]
        while rest:
            stage, = struct.unpack("!I", rest[:4])
            names, _, rest = rest[4:].partition(b"\0")
            self.symlists[stage] = names.decode()

    def macros(self, command, **values):
        """Names without braces; those of several letters get them."""
        data = command
        for name, value in values.items():
            name = name if len(name) == 1 else "{%s}" % name
            data += octets(name) + b"\0" + octets(value) + b"\0"
        self.send(b"D", data)

    def ask(self, command, data=b""):
        """Sends a step and returns the answer; b"" where none is owed."""
        self.send(command, data)
        if self.steps & QUIET.get(command, 0):
            return b""
        return self.answer()

    def answer(self):
        command, data = self.receive()
        return command + data.rstrip(b"\0")

    def connect(self, name="mail.example.org", address="192.0.2.1", port=40000):
        if address is None:
            return self.ask(b"C", octets(name) + b"\0U")
        family = b"L" if address[0] == "/" else b"6" if ":" in address else b"4"
        return self.ask(b"C", octets(name) + b"\0" + family + struct.pack("!H", port) +
                        octets(address) + b"\0")

    def helo(self, name="mail.example.org"):
        return self.ask(b"H", octets(name) + b"\0")

    def path(self, command, *words):
        return self.ask(command, b"".join(octets(w) + b"\0" for w in words))

    def mail(self, *words):
        return self.path(b"M", *(words or ("<sender@example.org>",)))

    def rcpt(self, *words):
        return self.path(b"R", *(words or ("<user@example.net>",)))

    def data(self):
        return self.ask(b"T")

    def header(self, name="Subject", value=" x"):
        return self.ask(b"L", octets(name) + b"\0" + octets(value) + b"\0")

    def eoh(self):
        return self.ask(b"N")

    def body(self, chunk=b"text\r\n"):
        return self.ask(b"B", chunk)

    def eom(self, chunk=b""):
        """The changes in their order, and the answer."""
        self.send(b"E", chunk)
        changes = []
        while True:
            command, data = self.receive()
            if command in b"acdrty":
                return changes, command + data.rstrip(b"\0")
            if command != b"p":
                changes.append((command, data))

    def unknown(self, line):
        return self.ask(b"U", octets(line) + b"\0")

    def abort(self):
        self.send(b"A")

    def new_connection(self):
        self.send(b"K")

    def quit(self):
        self.send(b"Q")
        self.sock.close()

    def vanish(self):
        self.sock.close()

    def closed(self):
        """Has the filter given the connection up? Waits for that."""
        try:
            self.receive()
        except Closed:
            return True
        return False

    def greet(self, **connect):
        self.connect(**connect)
        self.helo()
        return self

    def envelope(self):
        self.mail()
        self.rcpt()
        return self.data()

    def message(self, *headers, body=b"text\r\n"):
        self.envelope()
        for name, value in headers or (("Subject", " x"),):
            self.header(name, value)
        self.eoh()
        self.body(body)
        return self.eom()
