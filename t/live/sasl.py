"""sasl.py - servers that let in whoever knows the password, as threads of the test.

SaslServer is for Postfix's smtpd_sasl_type=dovecot: it speaks as much of the Dovecot
authentication protocol (version 1.1) as smtpd needs, and offers PLAIN and LOGIN. Saslauthd is for
the Cyrus library within Sendmail (pwcheck_method: saslauthd), which gives it user, password,
service and realm.
"""
import base64
import os
import socket
import struct
import threading

PASSWORD = "open sesame"


def _fields(line):
    return line.rstrip(b"\n").split(b"\t")


class Server:
    """One thread for each peer, which _serve(peer) talks to."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.listener.close()
        os.unlink(self.path)

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()



class Saslauthd(Server):
    def _serve(self, peer):
        with peer, peer.makefile("rb") as stream:
            asked = [stream.read(*struct.unpack("!H", stream.read(2))) for _ in range(4)]
            answer = b"OK" if asked[1] == PASSWORD.encode() else b"NO"
            peer.sendall(struct.pack("!H", len(answer)) + answer)


class SaslServer(Server):
    def _serve(self, peer):
        stream = peer.makefile("rwb", buffering=0)
        stream.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n"
                     b"SPID\t%d\nCUID\t1\nCOOKIE\t%s\nDONE\n" % (os.getpid(), b"0f" * 16))
        talks = {}  # request id -> what was heard so far
        try:
            for line in stream:
                stream.write(self._answer(_fields(line), talks))
        except OSError:
            pass
        finally:
            peer.close()

    def _answer(self, fields, talks):
        if fields[0] == b"AUTH":
            request, mechanism = fields[1], fields[2]
            first = [f[len(b"resp="):] for f in fields if f.startswith(b"resp=")]
            talks[request] = [mechanism]
            if not first:
                return self._ask(request, talks[request])
            return self._take(request, talks, first[0])
        if fields[0] == b"CONT" and fields[1] in talks:
            return self._take(fields[1], talks, fields[2])
        return b""

    def _ask(self, request, talk):
        prompt = b""
        if talk[0] == b"LOGIN":
            prompt = base64.b64encode(b"Username:" if len(talk) == 1 else b"Password:")
        return b"CONT\t%s\t%s\n" % (request, prompt)

    def _take(self, request, talks, encoded):
        talk = talks[request]
        talk.append(base64.b64decode(encoded))
        if talk[0] == b"PLAIN":
            _, user, password = talk[1].split(b"\0")
        elif len(talk) < 3:
            return self._ask(request, talk)
        else:
            user, password = talk[1], talk[2]
        del talks[request]
        word = b"OK" if password == PASSWORD.encode() else b"FAIL"
        return b"%s\t%s\tuser=%s\n" % (word, request, user)
