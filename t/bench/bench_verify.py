#!/usr/bin/env python3
"""bench_verify.py - how long fixupctl verify takes, beside sha256sum and jq on the same
file, and how much memory with few records and with many. Measures, and asserts nothing.

FX_BUILDDIR is the build. The log, BENCH_RECORDS records (1,000,000) of about 1.1 kB, is made in
TMPDIR, and read once before anything is measured.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from command import die_once, end_children, number  # noqa: E402

BUILD = os.path.abspath(os.environ.get("FX_BUILDDIR", "."))
VERIFY = [os.path.join(BUILD, "fixupctl"), "verify"]


def make(path, records):
    with open(path, "wb") as f:
        subprocess.run([os.path.join(BUILD, "t/bench/make_log"), "-n", str(records), "-e", "1000",
                        "-k", "key", "-s", "pem"], stdout=f, check=True)


def run(command):
    """Seconds, and the peak of memory in kB as it was last seen."""
    began, peak = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as p:
        while p.poll() is None:
            try:
                with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
                    found = re.search(r"VmHWM:\s*(\d+)", f.read())
                peak = int(found[1]) if found else peak
            except OSError:
                pass
            time.sleep(0.002)
    if p.returncode:
        sys.exit(f"{command[0]}: exit code {p.returncode}")
    return time.monotonic() - began, peak


def measure(records):
    """In the current folder."""
    with open("key", "wb") as f:
        f.write(os.urandom(16).hex().encode())
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "pem"], check=True)
    subprocess.run(["openssl", "pkey", "-in", "pem", "-pubout", "-out", "pub"], check=True)
    verify = [*VERIFY, "--key", "key", "--pubkey", "pub"]
    make("few", max(1, records // 100))
    make("many", records)
    print(f"{records} messages, {os.path.getsize('many') / 1e6:.0f} MB", flush=True)
    run(["cat", "many"])
    _, few = run([*verify, "few"])
    took = {}
    for name, command in (("sha256sum", ["sha256sum", "many"]), ("jq", ["jq", "empty", "many"]),
                          ("verify", [*verify, "many"])):
        took[name], peak = run(command)
        print(f"{name:10} {took[name]:7.2f} s  {peak} kB", flush=True)
    print(f"verify with a hundredth of the records: {few} kB")
    print(f"verify / (sha256sum + jq): {took['verify'] / (took['sha256sum'] + took['jq']):.2f}")


def main():
    records = number("BENCH_RECORDS", 1_000_000)
    die_once("bench_verify")
    os.umask(0o077)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            measure(records)
        finally:
            end_children()


if __name__ == "__main__":
    main()
