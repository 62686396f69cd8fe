"""Wire tests where every rule is off for everybody, until a reload. Each function is one test."""

import os
import signal
import time

# steps (SMFIP_) that are not told; CONNECT is
NONE = 0x02 | 0x04 | 0x08 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200


def reload(w, mode, rules=""):
    """Another policy, in force when this returns."""
    with open(w.config, encoding="utf-8") as stream:
        lines = [line for line in stream if not line.startswith("policy")]
    text = f'policy : {{ profile = "asa-9"; mode = "{mode}"; rules : {{ {rules} }}; }};\n'
    with open(w.config, "w", encoding="utf-8") as stream:
        stream.write(text + "".join(lines))
    before = len([r for r in w.now() if r["type"] == "reload"])
    os.kill(w.pid, signal.SIGHUP)
    for _ in range(100):
        if len([r for r in w.now() if r["type"] == "reload"]) > before:
            return
        time.sleep(0.05)
    raise AssertionError("no reload")


def test_nothing_is_told(w):
    mta = w.mta()
    assert mta.steps & 0x37F == NONE, hex(mta.steps)
    assert mta.connect() == b"a"
    mta.quit()


def test_a_reload_that_needs_no_more(w):
    """It holds for the next session, on whatever connection of the MTA."""
    reload(w, "observe")
    mta = w.mta()
    assert mta.steps & 0x37F == 0, hex(mta.steps)
    mta.greet()
    assert mta.message() == ([], b"c")
    reload(w, "off")
    mta.new_connection()
    assert mta.connect() == b"a"
    mta.quit()
    assert len([r for r in w.now() if r["type"] == "message"]) == 1


def test_commands_only_where_a_rule_asks(w):
    """A command beside the transaction is nothing to a record. What was left out stays so until the
    MTA connects anew; so does the policy."""
    reload(w, "off", 'header-line-length = "observe";')
    mta = w.mta()
    assert mta.steps & 0x37F == 0x100, hex(mta.steps)
    mta.greet()
    assert mta.message() == ([], b"c")  # libmilter knows SMFIC_QUIT_NC after one only
    reload(w, "off", 'verb-too-short = "observe";')
    mta.new_connection()
    mta.greet()
    assert mta.message(("X-Long", " " + "a" * 1000)) == ([], b"c")
    mta.vanish()
    rules = [f["rule"] for f in w.now()[-1]["findings"]]
    assert rules == ["header-line-length"], rules
    mta = w.mta()
    assert mta.steps & 0x37F == 0, hex(mta.steps)
    mta.vanish()
    reload(w, "off")
