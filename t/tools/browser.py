"""browser.py - a headless Chromium, driven by chromedriver through WebDriver (W3C) over plain HTTP.

Loopback only, everything with a time limit; what it leaves behind lies in the folder it is given.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import urllib.error
import urllib.request

SECONDS = 30


def missing():
    """What is not installed, or None."""
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"no {program} (Debian: chromium, chromium-driver)"
    return None


class Browser:
    def __init__(self, folder):
        env = {**os.environ, "HOME": folder, "TMPDIR": folder, "XDG_CONFIG_HOME": folder,
               "XDG_CACHE_HOME": folder}
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver"), "--port=0"], env=env, cwd=folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self.open()
        except BaseException:
            self.close()
            raise

    def open(self):
        started = None
        late = threading.Timer(SECONDS, self.driver.kill)
        late.start()
        for line in self.driver.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                break
        late.cancel()
        if not started:
            raise RuntimeError("chromedriver does not start")
        self.url = f"http://127.0.0.1:{started.group(1)}"
        # as root Chromium has no sandbox; the pages are our own
        options = {"binary": shutil.which("chromium"), "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--hide-scrollbars", "--no-first-run", "--disable-background-networking"]}
        self.session = None
        told = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = told["sessionId"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=SECONDS) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def of(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, **parameters):
        return self.of("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look(self, width, scheme="light", media=""):
        """The window, and what the page is told of its reader."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900,
                      deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", media=media,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def visit(self, path):
        self.of("POST", "/url", {"url": "file://" + path})

    def run(self, script, *arguments):
        return self.of("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def console(self):
        """What the browser complains about since the last call."""
        return [entry["message"] for entry in self.of("POST", "/se/log", {"type": "browser"})]

    def close(self):
        try:
            if getattr(self, "session", None):
                self.of("DELETE", "")
        except (OSError, RuntimeError):
            pass
        try:
            os.killpg(self.driver.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.driver.wait()
        self.driver.stdout.close()
