"""tap.py - results in the Test Anything Protocol, one line for each case.

    t = Tap()
    with t.case("a clean message passes"):
        equal(record["verdict"], "pass", "verdict")
    sys.exit(t.finish())

A case fails by any exception; the notes that were left with note() since its beginning (SMTP
dialogues, records) are printed below it. Everything after an exception in one case is left out,
the other cases run on.
"""
import sys
import time
import traceback


class Failure(Exception):
    """What was expected did not happen."""


class Skip(Exception):
    """The case cannot run here; the argument says why."""


_notes = []


def note(source):
    """Keeps something for the report of the running case: text, or a function that makes it."""
    if source not in _notes:
        _notes.append(source)


def _text_of(source):
    return source() if callable(source) else str(source)


def fail(text):
    raise Failure(text)


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, expected, what):
    if got != expected:
        raise Failure(f"{what}: got {got!r}, expected {expected!r}")


class Case:
    def __init__(self, tap, name):
        self.tap, self.name = tap, name

    def __enter__(self):
        _notes.clear()
        self.began = time.monotonic()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.tap.result(True, self.name)
            return True
        if not issubclass(kind, Exception):
            return False
        if issubclass(kind, Skip):
            self.tap.skip(self.name, error)
            return True
        lines = [str(error)]
        if not issubclass(kind, Failure):
            lines = traceback.format_exception(kind, error, trace)
        else:
            place = traceback.extract_tb(trace)[0]
            lines.append(f"at {place.filename.rsplit('/', 1)[-1]}:{place.lineno}")
        self.tap.result(False, self.name, lines + [_text_of(n) for n in _notes])
        return True


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def case(self, name):
        return Case(self, name)

    def result(self, good, name, notes=()):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        for text in notes:
            for line in text.rstrip("\n").split("\n"):
                print("# " + line[:2000], flush=True)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def finish(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed or not self.count else 0


def skip_all(why):
    """The whole program cannot run here: one skipped test, and the end."""
    print(f"ok 1 - everything # SKIP {why}\n1..1", flush=True)
    sys.exit(0)


def until(condition, what, seconds=30.0):
    """Waits for condition() to become true and gives its value; fails after `seconds`, many enough that
    what a busy machine does late is no failure."""
    end = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {seconds:g} seconds: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
