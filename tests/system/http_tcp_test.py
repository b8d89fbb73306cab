#!/usr/bin/env python3
"""HTTP by TCP: who may come in, and what they may do.

Usage: http_tcp_test.py GIROD GIRO
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

from daemon_case import GIROD, DaemonCase, json_of

TOKEN = "0123456789abcdef0123456789abcdef"
CONFIG = '[http]\nlisten = "127.0.0.1:0"\n'


class OverTcp(DaemonCase):
    def log_text(self):
        with open(self.path("log"), encoding="utf-8") as log:
            return log.read()

    def port(self):
        return int(re.findall(r"http://127\.0\.0\.1:(\d+)", self.log_text())[-1])

    def ask(self, method, path, body=None, port=None, **headers):
        """(status, the body as JSON)."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port(), timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            content = reply.read().decode()
            return reply.status, json.loads(content) if content.startswith("{") else content

    def start_refused(self, config):
        """What a daemon says that doesn't start with this configuration."""
        file = self.path("refused.toml")
        with open(file, "w", encoding="utf-8") as written:
            written.write(config)
        words = ["--config", file, "--data", self.path("refused"), "--socket", self.path("r.sock")]
        ran = subprocess.run([GIROD, *words], capture_output=True, text=True, check=False, timeout=30)
        self.assertEqual(ran.returncode, 1)
        return ran.stderr

    @staticmethod
    def payment(key):
        return {"key": key, "from": "world", "to": "acct:a", "amount": 5, "currency": "EUR"}


class WithoutAToken(OverTcp):
    CONFIG = CONFIG

    def test_who_comes_may_read_and_changes_nothing(self):
        status, account = self.ask("GET", "/v1/accounts/acct:b")
        self.assertEqual((status, account["balance"]), (200, 0))
        self.assertIn("# TYPE", self.ask("GET", "/metrics")[1])
        status, problem = self.ask("POST", "/v1/payments", self.payment("tcp-1"))
        self.assertEqual((status, problem["code"]), (403, "unauthorized"))
        self.assertIn("http.token_file", problem["detail"])
        self.assertEqual(self.balance("acct:b"), 0)
        self.assertIn("for reading alone", self.log_text())

    def test_pages_of_elsewhere_are_turned_away(self):
        self.assertEqual(self.ask("GET", "/v1/status", Host="evil.example")[0], 403)
        self.assertEqual(self.ask("GET", "/v1/status", Origin="http://evil.example")[0], 403)

    def test_lines_of_json_are_not_for_this_port(self):
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port()))) as client:
            client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"server.info"}\n')
            self.assertIn(b"speaks HTTP/1.1 alone", client.makefile("rb").readline())

    def test_the_port_is_on_the_loopback_alone(self):
        found = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=False).stdout
        if not found:
            self.skipTest("ss isn't here")
        self.assertRegex(found, rf"127\.0\.0\.1:{self.port()}\b")
        self.assertNotRegex(found, rf"(0\.0\.0\.0|\*):{self.port()}\b")

    def test_a_port_that_is_taken_stops_the_start_with_a_word(self):
        said = self.start_refused(f'[http]\nlisten = "127.0.0.1:{self.port()}"\n')
        self.assertIn("choose another port", said)


class WithAToken(OverTcp):
    @classmethod
    def setUpClass(cls):
        cls.token_file = None
        super().setUpClass()
        cls.token_file = cls.path("token")
        cls.keep(TOKEN)
        with open(cls.path("girod.toml"), "w", encoding="utf-8") as file:
            file.write(f'{CONFIG}token_file = "{cls.token_file}"\nuser = 54321\n'
                       '[[rule]]\nusers = ["root"]\nmethods = ["*"]\n'
                       '[[rule]]\nusers = [54321]\nmethods = ["payments.submit", "payments.get"]\ndebit = ["world"]\n')
        cls.stop_daemon(cls.daemon)
        cls.daemon = cls.start_daemon("--config", cls.path("girod.toml"), data=cls.path("data"), socket=cls.socket)

    @classmethod
    def keep(cls, token, mode=0o600):
        with open(cls.token_file, "w", encoding="utf-8") as file:
            file.write(token + "\n")
        os.chmod(cls.token_file, mode)

    def bearing(self, method, path, body=None, token=TOKEN):
        return self.ask(method, path, body, Authorization=f"Bearer {token}")

    def test_without_it_nothing_is_told(self):
        status, problem = self.ask("GET", "/v1/payments/none")
        self.assertEqual((status, problem["code"]), (401, "unauthorized"))
        self.assertEqual(self.bearing("GET", "/v1/payments/none", token="x" * 32)[0], 401)
        self.assertEqual(self.ask("GET", "/readyz"), (200, "ready\n"))

    def test_with_it_the_user_of_the_configuration_pays_by_the_rules(self):
        status, paid = self.bearing("POST", "/v1/payments", self.payment("tcp-2"))
        self.assertEqual((status, paid["status"]), (200, "applied"))
        entry = json_of(self.done("get", "tcp-2", "--json"))
        self.assertEqual(entry["uid"], 54321)
        other = {**self.payment("tcp-3"), "from": "acct:a", "to": "acct:b"}
        self.assertEqual(self.bearing("POST", "/v1/payments", other)[0], 403)
        self.assertEqual(self.bearing("GET", "/v1/accounts/acct:a")[0], 403)

    def test_a_reload_takes_another_token_and_keeps_the_old_one_if_the_new_is_no_good(self):
        self.keep("y" * 32)
        self.reload("reloaded: rules")
        self.assertEqual(self.bearing("GET", "/v1/payments/none", token="y" * 32)[0], 404)
        self.assertEqual(self.bearing("GET", "/v1/payments/none")[0], 401)
        self.keep(TOKEN, mode=0o644)
        self.reload("The token before stays in force")
        self.assertEqual(self.bearing("GET", "/v1/payments/none", token="y" * 32)[0], 404)
        self.keep(TOKEN)
        self.reload("reloaded: rules")

    def reload(self, word):
        before = self.log_text().count(word)
        self.daemon.send_signal(signal.SIGHUP)
        for _ in range(200):
            if self.log_text().count(word) > before:
                return
            time.sleep(0.05)
        self.fail(f"the log never said: {word}")

    def test_a_token_that_others_may_read_stops_the_start(self):
        bad = self.path("open-token")
        with open(bad, "w", encoding="utf-8") as file:
            file.write(TOKEN)
        os.chmod(bad, 0o644)
        self.assertIn("chmod 600", self.start_refused(f'{CONFIG}token_file = "{bad}"\n'))


class HandedOver(OverTcp):
    """As systemd does it: both sockets are made before the daemon starts."""

    @classmethod
    def start_daemon(cls, *words, data, socket, **how):
        cls.sockets = [cls.listening(socket), cls.listening(("127.0.0.1", 0))]
        cls.tcp_port = cls.sockets[1].getsockname()[1]
        script = 'for fd in 3 4; do eval "exec $fd<&$1"; shift; done; LISTEN_PID=$$ LISTEN_FDS=2 exec "$@"'
        fds = [str(made.fileno()) for made in cls.sockets]
        daemon = subprocess.Popen(["bash", "-c", script, "bash", *fds, GIROD, *words, "--data", data, "--socket", socket],
                                  pass_fds=[made.fileno() for made in cls.sockets], stderr=cls.log, **how)
        ready = cls.run_giro("ready", "--timeout", "30", socket=socket)
        assert ready.returncode == 0, ready.stderr
        return daemon

    @staticmethod
    def listening(address):
        made = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        made.bind(address)
        made.listen(64)
        return made

    def test_the_port_is_served_without_one_of_its_own(self):
        self.assertEqual(self.ask("GET", "/v1/accounts/acct:a", port=self.tcp_port)[0], 200)
        self.assertEqual(self.port(), self.tcp_port)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
