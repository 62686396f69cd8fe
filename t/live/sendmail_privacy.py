#!/usr/bin/env python3
"""sendmail_privacy.py - test_privacy.py on Sendmail."""
import os
import runpy

os.environ["FX_LIVE_MTA"] = "sendmail"
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "test_privacy.py"))
