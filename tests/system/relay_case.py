"""A test case with a `girod`, a `giro relay` of its own and receivers of its messages."""

import json
import subprocess
import time

from daemon_case import DONE, GIRO, DaemonCase, json_of
from failing_receiver import SECRET, Receiver


class RelayCase(DaemonCase):
    def setUp(self):
        self.receivers, self.relay, self.relay_log = [], None, self.path(f"{self._testMethodName}.log")
        self.config, self.state = self.path(f"{self._testMethodName}.toml"), self.path(f"{self._testMethodName}.db")

    def tearDown(self):
        if self.relay:
            self.kill_relay()
        for receiver in self.receivers:
            receiver.end()

    def followed(self):
        """The socket that the relay follows, or those."""
        return self.socket

    def receive(self, *args, **how):
        self.receivers.append(Receiver(*args, **how))
        return self.receivers[-1]

    @classmethod
    def head(cls):
        return json_of(cls.done("call", "ledger.status"))["seq"]

    def write_config(self, *endpoints, head=""):
        """Endpoints are texts of settings, each beyond name, secrets, networks and from."""
        text = f'state = "{self.state}"\nsocket = {json.dumps(self.followed())}\n{head}\n'
        for index, endpoint in enumerate(endpoints):
            text += f'[[endpoint]]\nname = "e{index}"\n'
            for name, value in (("secrets", f'["{SECRET}"]'), ("networks", '["127.0.0.1"]'), ("from", self.first)):
                if f"{name} =" not in endpoint:
                    text += f"{name} = {value}\n"
            text += endpoint + "\n"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, *endpoints, head=""):
        self.first = self.head() + 1
        self.write_config(*endpoints, head=head)

    def start_relay(self, **how):
        with open(self.relay_log, "a", encoding="utf-8") as log:
            self.relay = subprocess.Popen([GIRO, "relay", "run", "--config", self.config], stderr=log, **how)

    def kill_relay(self):
        self.relay.kill()
        self.relay.wait()
        self.relay = None

    def stop_relay(self):
        self.relay.terminate()
        self.assertEqual(self.relay.wait(timeout=25), 0)
        self.relay = None

    def log_text(self):
        with open(self.relay_log, encoding="utf-8") as log:
            return log.read()

    def wait_until(self, true, what, seconds=15):
        end = time.monotonic() + seconds
        while not true():
            self.assertLess(time.monotonic(), end, f"{what}; the log:\n{self.log_text()}")
            time.sleep(0.05)

    def wait_for_log(self, text):
        self.wait_until(lambda: text in self.log_text(), f"the log never said {text}")

    def relay_command(self, *words, code=DONE):
        return self.run_and_expect(code, "relay", *words, "--config", self.config)

    def status(self, endpoint="e0"):
        lines = json_of(self.relay_command("status", "--json"))["endpoints"]
        return next(line for line in lines if line["endpoint"] == endpoint)

    def accounts(self, count):
        names = [f"{self._testMethodName[5:50]}:{index}" for index in range(count)]
        self.done("account", "open", *names, "--currency", "EUR", "--floor", "none")
        return names

    def pay(self, payments):
        """(from, to, cents) each."""
        lines = [
            json.dumps({"key": f"{self.id()[-40:]}-{time.monotonic_ns()}-{index}", "from": payer, "to": payee,
                        "amount": cents, "currency": "EUR"})
            for index, (payer, payee, cents) in enumerate(payments)
        ]
        self.done("submit", "-", "--format", "ndjson", text="\n".join(lines) + "\n")

    def check_order(self, messages):
        last = {}
        for message in messages:
            for account in message.accounts:
                self.assertLess(last.get(account, 0), message.seq, f"{account} is out of order")
                last[account] = message.seq
