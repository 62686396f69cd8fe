#!/usr/bin/env python3
"""sendmail_dkim.py - test_dkim.py on Sendmail."""
import os
import runpy

os.environ["FX_LIVE_MTA"] = "sendmail"
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "test_dkim.py"))
