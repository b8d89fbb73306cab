"""A test case with a `girod` of its own and `giro` beside it.

Its files are run as `FILE GIROD GIRO`.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

GIROD, GIRO = sys.argv[1:3]

# The exit codes of giro.
DONE, REJECTED, USAGE, NO_DAEMON, NO_OUTPUT, TRY_AGAIN, NO_PERMISSION = 0, 1, 64, 69, 74, 75, 77

NOBODY = 54321  # A user id that no account has.


class DaemonCase(unittest.TestCase):
    CONFIG = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.socket = f"{cls.folder.name}/giro.sock"
        config = cls.path("girod.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(cls.CONFIG)
        cls.log = open(cls.path("log"), "w", encoding="utf-8")
        cls.daemon = cls.start_daemon("--config", config, data=cls.path("data"), socket=cls.socket)
        cls.run_giro("account", "open", "world", "--currency", "EUR", "--floor", "none")
        cls.run_giro("account", "open", "acct:a", "acct:b", "acct:poor", "--currency", "EUR")

    @classmethod
    def tearDownClass(cls):
        cls.stop_daemon(cls.daemon)
        cls.log.close()
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return f"{cls.folder.name}/{name}"

    @classmethod
    def start_daemon(cls, *words, data, socket, **how):
        daemon = subprocess.Popen([GIROD, *words, "--data", data, "--socket", socket], stderr=cls.log, **how)
        ready = cls.run_giro("ready", "--timeout", "30", socket=socket)
        assert ready.returncode == DONE, ready.stderr
        return daemon

    @classmethod
    def stop_daemon(cls, daemon):
        daemon.terminate()
        assert daemon.wait(timeout=60) == 0

    @classmethod
    def run_giro(cls, *words, text=None, socket=None, stdout=subprocess.PIPE, **how):
        environment = dict(os.environ, GIRO_SOCKET=socket or cls.socket)
        pipes = {"input": text, "stdout": stdout, "stderr": subprocess.PIPE, "text": True}
        return subprocess.run([GIRO, *words], env=environment, check=False, **pipes, **how)

    @classmethod
    def run_and_expect(cls, code, *words, **how):
        ran = cls.run_giro(*words, **how)
        assert ran.returncode == code, f"{ran.returncode} and not {code}:\n{ran.stdout}{ran.stderr}"
        return ran

    @classmethod
    def done(cls, *words, **how):
        return cls.run_and_expect(DONE, *words, **how)

    @classmethod
    def rejected(cls, code, *words, **how):
        ran = cls.run_and_expect(REJECTED, *words, **how)
        assert f"rejected: {code}" in ran.stdout, f"not {code}:\n{ran.stdout}"
        return ran

    @classmethod
    def account(cls, name):
        return json_of(cls.done("account", "show", name, "--json"))

    @classmethod
    def balance(cls, name):
        return cls.account(name)["balance"]


class TwoAccountsCase(DaemonCase):
    """Each test has two accounts of its own, the first with FUNDS in it."""

    FUNDS = "100.00"

    def setUp(self):
        self.payer, self.shop = (f"{self._testMethodName[5:55]}:{name}" for name in "ps")
        self.done("account", "open", self.payer, self.shop, "--currency", "EUR")
        if self.FUNDS:
            self.done("pay", "world", self.payer, self.FUNDS, "EUR", "--key", self.key("start"))

    def key(self, name):
        return f"{self.payer}:{name}"


def json_of(done):
    return json.loads(done.stdout)
