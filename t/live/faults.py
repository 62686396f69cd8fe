"""faults.py - a program whose calls can be made to fail while it runs: fault_shim.c, and the file
that it shares with the test."""
import errno
import mmap
import os
import struct
import subprocess

from daemon import SOURCE, environment, sanitizer
from tap import Skip

HEAD = struct.Struct("QQ48s")
ROW = struct.Struct("16sQQqii48s")
KINDS = 27
# what each kind fails with; 0: a write that takes half
ERRORS = {
    "malloc": ("ENOMEM",), "calloc": ("ENOMEM",), "realloc": ("ENOMEM",),
    "read": ("EIO", "EINTR"), "pread": ("EIO", "EINTR"), "write": ("EIO", "EINTR", None),
    "pwrite": ("EIO", "ENOSPC"), "writev": ("EPIPE", "EINTR"), "open": ("EMFILE", "EACCES"),
    "fsync": ("EIO",), "fdatasync": ("EIO",), "rename": ("EACCES",), "unlink": ("EACCES",),
    "ftruncate": ("EIO",), "close": ("EIO",), "mmap": ("ENOMEM",), "lock": ("EAGAIN", "EIO"),
    "stat": ("EACCES",), "fstat": ("EIO",), "lseek": ("EIO",), "dup": ("EMFILE",),
    "socket": ("EMFILE",), "connect": ("ECONNREFUSED",), "send": ("ECONNRESET",),
    "recv": ("ECONNRESET",), "thread": ("EAGAIN",), "random": ("ENOSYS",)}
ALLOCATIONS = ("malloc", "calloc", "realloc")


class Faults:
    """One file of control, for one process at a time."""

    def __init__(self, base):
        self.library, self.path = base + "/fault_shim.so", base + "/faults"
        with open(self.path, "wb") as f:
            f.truncate(HEAD.size + KINDS * ROW.size)
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)
        words = ["cc", "-shared", "-fPIC", "-O1", "-o", self.library]
        if sanitizer():
            words.append("-DNO_ALLOCATION")
        built = subprocess.run([*words, os.path.join(SOURCE, "t", "live", "fault_shim.c"), "-ldl"],
                               stderr=subprocess.PIPE)
        if built.returncode != 0:
            raise Skip("no compiler here: " + built.stderr.decode()[:200])

    def environment(self):
        preload = ":".join(filter(None, [os.environ.get("LD_PRELOAD"), self.library]))
        return dict(environment(), LD_PRELOAD=preload, FX_FAULTS=self.path,
                    ASAN_OPTIONS="exitcode=99:verify_asan_link_order=0")

    def kinds(self):
        """Those that there are, once a process has begun."""
        return [self._row(n)[0] for n in range(KINDS)
                if not (sanitizer() and self._row(n)[0] in ALLOCATIONS)]

    def _row(self, n):
        row = ROW.unpack_from(self.map, HEAD.size + n * ROW.size)
        return (row[0].rstrip(b"\0").decode(), *row[1:6], row[6].split(b"\0")[0].decode())

    def _place(self, kind):
        for n in range(KINDS):
            if self._row(n)[0] == kind:
                return HEAD.size + n * ROW.size
        raise KeyError(kind)

    def arm(self, kind, nth, error, lasting=False):
        """The nth call from now on, and with `lasting` all after it."""
        at = self._place(kind)
        number = getattr(errno, error) if error else 0
        struct.pack_into("ii", self.map, at + 40, number, int(lasting))
        struct.pack_into("QQ", self.map, at + 16, 0, 0)
        struct.pack_into("q", self.map, at + 32, nth)

    def disarm(self, kind):
        """How many calls failed since it was armed, and who made the last of them."""
        at = self._place(kind)
        struct.pack_into("q", self.map, at + 32, 0)
        row = ROW.unpack_from(self.map, at)
        return row[2], row[6].split(b"\0")[0].decode()

    def hits(self, kind):
        """How many calls failed since it was armed."""
        return ROW.unpack_from(self.map, self._place(kind))[2]

    def calls(self, kind):
        return ROW.unpack_from(self.map, self._place(kind))[1]

    def clear(self):
        for n in range(KINDS):
            struct.pack_into("QQq", self.map, HEAD.size + n * ROW.size + 16, 0, 0, 0)

    def written(self):
        """Records of messages that were written, and those of them that are on disk."""
        return HEAD.unpack_from(self.map)[:2]

    def only(self, caller=""):
        """From now on only calls of this program or library count, and none of them is spared;
        with "" those of all."""
        written, synced, _ = HEAD.unpack_from(self.map)
        HEAD.pack_into(self.map, 0, written, synced, caller.encode())
