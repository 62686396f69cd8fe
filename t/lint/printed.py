"""printed - a table of the code, as a small program of this folder prints it: one line a row, columns
separated by tabs. The program is the one named, or that below FX_BUILDDIR, or compiled here.
"""
import os
import shutil
import subprocess
import sys
import tempfile

SRC = os.environ.get("FX_SRCDIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def compiled(name, units, folder, what):
    compiler = shutil.which(os.environ.get("CC", "cc").split()[0])
    if compiler is None:
        print(f"ok 1 - {what} # SKIP there is no {name} and no compiler\n1..1")
        sys.exit(0)
    program = os.path.join(folder, name)
    files = [f"t/lint/{name}.c"] + [f"common/{unit}.c" for unit in units]
    subprocess.run([compiler, "-std=c17", "-D_POSIX_C_SOURCE=200809L", f"-I{SRC}/common",
                    *(os.path.join(SRC, f) for f in files), "-o", program], check=True)
    return program


def table(name, units, what, program=None):
    """The rows. units: files of common/ that it takes to compile it; what: the test, where it has
    to be skipped."""
    if program is None and os.environ.get("FX_BUILDDIR"):
        program = os.path.join(os.environ["FX_BUILDDIR"], "t/lint", name)
    with tempfile.TemporaryDirectory() as folder:
        if program is None or not os.access(program, os.X_OK):
            program = compiled(name, units, folder, what)
        text = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]
