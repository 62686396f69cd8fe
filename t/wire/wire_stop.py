"""Wire tests of the stop: SIGTERM lets a session that runs finish, and sends new ones away. This
group ends the daemon."""

import os
import signal
import time

from milter import Closed


def test_drain(w):
    mta = w.mta()
    mta.greet()
    mta.envelope()
    os.kill(w.pid, signal.SIGTERM)
    time.sleep(0.5)
    other = w.mta()
    try:
        assert other.connect() == b"t"
        other.vanish()
    except Closed:
        raise AssertionError("a new connection is cut, not told to come back") from None
    mta.eoh()
    assert mta.eom() == ([], b"c")
    assert mta.message() == ([], b"c")
    mta.quit()
    records = w.records(3)
    assert [r["type"] for r in records] == ["message", "message", "stop"], records
