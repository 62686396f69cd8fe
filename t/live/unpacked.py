"""unpacked.py - programs of Debian packages that are installed, or unpacked below a directory which
an environment variable names."""
import os


def program(variable, path):
    """Where it is, or None."""
    for root in (os.environ.get(variable, "").rstrip("/"), ""):
        if os.access(root + path, os.X_OK):
            return root + path
    return None


def libraries(variable):
    """The environment in which it finds the libraries that lie beside it."""
    root = os.environ.get(variable, "").rstrip("/")
    places = [folder for folder, _, files in os.walk(root + "/usr/lib")
              if any(".so" in name for name in files)] if root else []
    return dict(os.environ, LD_LIBRARY_PATH=":".join(places)) if places else None
