"""disk.py - file systems of a test's own, mounted where nobody else sees them: small ones, and one
whose power can be cut."""
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess

from tap import Skip

CLONE_NEWNS = 0x00020000
EXT4_IOC_SHUTDOWN = 0x8004587d  # linux/ext4.h: _IOR('X', 125, __u32)
NOLOGFLUSH = 2  # what is not on disk by now, journal included, will never be


def enclose():
    """A mount namespace of this process and all that it starts. False: not here."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(CLONE_NEWNS) == 0 and subprocess.run(
        ["mount", "--make-rprivate", "/"], stderr=subprocess.DEVNULL).returncode == 0


mounted = []


def leave():
    """Everything is unmounted, whoever still has a file open there."""
    while mounted:
        subprocess.run(["umount", "-l", mounted.pop()], stderr=subprocess.DEVNULL)


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Skip(f"{' '.join(words)}: {done.stdout.decode().strip()}")
    return done.stdout.decode()


class Small:
    """A tmpfs of so many pages."""

    def __init__(self, place, pages=32):
        self.place = place
        os.makedirs(place, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", f"size={pages * 4096},mode=755", "none", place)
        mounted.append(place)

    def fill(self):
        """Takes all the room that is left, to the last page."""
        with open(self.place + "/filler", "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass

    def free(self):
        os.unlink(self.place + "/filler")


class Ext4:
    """A file system in a file. Its journal is written when somebody asks, hardly by itself."""

    def __init__(self, place, options="commit=300"):
        self.place, self.image, self.options = place, place + ".img", options
        os.makedirs(place, exist_ok=True)
        with open(self.image, "wb") as f:
            f.truncate(48 << 20)
        run("mkfs.ext4", "-q", "-F", self.image)
        self.mount()
        mounted.append(place)

    def mount(self):
        run("mount", "-o", "loop," + self.options, self.image, self.place)

    def device(self):
        with open("/proc/self/mounts") as f:
            return next(line.split()[0] for line in f if line.split()[1] == self.place)

    def cut_power(self):
        """What was not written to disk is lost, and nothing more is written."""
        at = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(at, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        finally:
            os.close(at)

    def again(self):
        """As it is found after the power is back."""
        run("umount", self.place)
        self.mount()

    def fault(self):
        """An error of the file system, at which it makes itself read-only."""
        name = os.path.basename(self.device())
        try:
            with open(f"/sys/fs/ext4/{name}/trigger_fs_error", "w") as f:
                f.write("a fault that a test asked for")
        except OSError as error:
            raise Skip(f"no fault can be made here: {error}") from None

    def mend(self):
        """Away with it, though files are open there; a copy is checked and mounted, since the
        system would take the file that is still in use for the same."""
        self.image = shutil.copy(self.image, self.image + ".mended")
        subprocess.run(["e2fsck", "-fy", self.image], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        run("umount", "-l", self.place)
        self.mount()

    def finish(self):
        run("umount", self.place)
        mounted.remove(self.place)
        os.unlink(self.image)
