"""Chromium without a window, by W3C WebDriver: JSON over HTTP to chromedriver, with nothing but the standard library."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE_S = 20  # A busy machine is no failure.


def is_here():
    return all(shutil.which(name) for name in ("chromium", "chromedriver"))


class Browser:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = next(int(found[1]) for line in self.driver.stdout if (found := re.search(r"successfully on port (\d+)", line)))
        self.base = f"http://127.0.0.1:{port}/session"
        # Root, in a container: neither the sandbox nor a large /dev/shm are to be had.
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                            f"--user-data-dir={self.folder.name}", "--window-size=1280,900"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self._send("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.base += "/" + made["sessionId"]

    def quit(self):
        self._send("DELETE", "")
        self.driver.terminate()
        self.driver.wait(timeout=PATIENCE_S)
        self.driver.stdout.close()
        self.folder.cleanup()

    def _send(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, address):
        self._send("POST", "/url", {"url": address})

    def run(self, script, *values):
        return self._send("POST", "/execute/sync", {"script": script, "args": list(values)})

    def run_async(self, script, *values):
        """The script calls its last argument."""
        return self._send("POST", "/execute/async", {"script": script, "args": list(values)})

    def devtools(self, command, **params):
        return self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def find(self, selector):
        return self._send("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self._send("POST", f"/element/{self.find(selector)}/click")

    def type(self, selector, text):
        self._send("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, key):
        """As from the keyboard, wherever the focus is."""
        strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._send("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def rows(self, selector):
        """The cells of a table's rows."""
        return self.run("return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
                        ".map(row => [...row.cells].map(cell => cell.textContent))", selector)

    def wait(self, what, check):
        """Until check() is true; what it was then."""
        end = time.monotonic() + PATIENCE_S
        while True:
            found = check()
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"it never came: {what}\n{self.text('body')}")
            time.sleep(0.05)

    def complaints(self):
        """What the console has of errors since the last time, but for requests that found nobody or nothing."""
        logged = self._send("POST", "/se/log", {"type": "browser"})
        return [each["message"] for each in logged
                if each["level"] == "SEVERE" and not re.search(r"Failed to load resource|net::ERR_", each["message"])]

    def look(self, width, height=900, scheme="light"):
        """As on a screen of this width, by day or by night."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def photograph(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._send("GET", "/screenshot")))
