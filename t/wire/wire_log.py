"""wire_log - the daemon's log as the wire tests read it."""

import json
import os
import time

import milter


class World:
    def __init__(self, address, log, pid, config):
        self.address, self.log, self.pid, self.config = address, log, pid, config
        self.offset = 0

    def mta(self, **terms):
        return milter.Mta(self.address, **terms)

    def mark(self):
        """From here on; what earlier sessions leave at their close comes before."""
        self.offset = -1
        while self.offset != os.path.getsize(self.log):
            self.offset = os.path.getsize(self.log)
            time.sleep(0.3)

    def now(self):
        """The records since the mark but heads of the chain, as they are on disk at this moment; a
        line that is being written is none yet."""
        with open(self.log, "rb") as stream:
            stream.seek(self.offset)
            lines = stream.read().splitlines(keepends=True)
        records = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return [record for record in records if record["type"] != "head"]

    def records(self, count):
        """Waits until there are `count`; a close is told to nobody."""
        for _ in range(200):
            found = self.now()
            if len(found) >= count:
                break
            time.sleep(0.05)
        assert len(found) == count, "%d records, not %d: %s" % (len(found), count, found)
        return found

    def record(self):
        return self.records(1)[0]

    def record_of(self, helo):
        """The one record of the session that said this HELO."""
        for _ in range(200):
            found = [record for record in self.now() if record["client"]["helo"] == helo]
            if found:
                break
            time.sleep(0.02)
        assert len(found) == 1, "%d records of %s" % (len(found), helo)
        return found[0]

    def alive(self):
        """The daemon serves a message as if nothing had happened."""
        mta = self.mta()
        mta.greet()
        changes, answer = mta.message()
        assert answer == b"c", answer
        mta.quit()


def rules(record):
    return [finding["rule"] for finding in record["findings"]]
