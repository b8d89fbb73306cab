#!/usr/bin/env python3
"""Every method, asked by everybody who may not: what is refused is answered the same whether an account or a key exists
or not, changes nothing, and is in the log. tests/session/nobody_gets_in_test.cpp has who may do what; here are real
users, whom the kernel names to `girod`, and a ledger that has what they ask about.

Usage: nobody_gets_in_test.py GIROD GIRO
"""

import contextlib
import http.client
import json
import multiprocessing
import os
import re
import socket
import sys
import unittest

from daemon_case import NOBODY, DaemonCase, json_of

STRANGER, READER, DEBTOR, SMALL, KEYED = range(NOBODY + 1, NOBODY + 6)
TOKEN = "0123456789abcdef0123456789abcdef"
READING = ["payments.get", "payments.list", "holds.list", "schedules.list", "accounts.get", "accounts.list",
           "accounts.statement", "ledger.trial_balance", "ledger.totals", "ledger.status", "server.info", "events.*"]
TELLS_NOTHING = {"rpc.discover"}
# Named by no rule's key, account or amount: who may open accounts may open any, and an audit is of the whole.
HAS_NO_BOUNDS = {"accounts.open", "ledger.verify"}

# As long as each other.
THERE = {"ACCOUNT": "acct:here", "KEY": "pay:here", "HOLD": "hold:here", "SCHEDULE": "plan:here"}
MISSING = {"ACCOUNT": "acct:none", "KEY": "pay:none", "HOLD": "hold:none", "SCHEDULE": "plan:none"}

PAYMENT = {"key": "KEY", "from": "ACCOUNT", "to": "world", "amount": 700, "currency": "EUR"}
# One request of each method that says something of what is there.
SAMPLES = {
    "payments.submit": PAYMENT,
    "payments.submit_many": {"payments": [PAYMENT]},
    "payments.submit_group": {"members": [{"method": "payments.submit", "params": PAYMENT}]},
    "payments.hold": {**PAYMENT, "expires_at": "2099-12-31T12:00:00Z"},
    "payments.capture": {"key": "KEY", "hold": "HOLD"},
    "payments.void": {"key": "KEY", "hold": "HOLD"},
    "payments.reverse": {"key": "new", "original": "KEY"},
    "payments.schedule": {**PAYMENT, "at": "2099-12-31T12:00:00Z"},
    "payments.cancel": {"key": "KEY", "schedule": "SCHEDULE"},
    "payments.get": {"key": "KEY"},
    "payments.list": {"account": "ACCOUNT"},
    "holds.list": {"account": "ACCOUNT"},
    "schedules.list": {"account": "ACCOUNT"},
    "accounts.open": {"id": "ACCOUNT", "currency": "EUR"},
    "accounts.update": {"key": "KEY", "id": "ACCOUNT", "frozen": "all"},
    "accounts.close": {"key": "KEY", "id": "ACCOUNT"},
    "accounts.reopen": {"key": "KEY", "id": "ACCOUNT"},
    "accounts.get": {"id": "ACCOUNT"},
    "accounts.list": {"prefix": "ACCOUNT"},
    "accounts.statement": {"id": "ACCOUNT"},
    "ledger.close_books": {"key": "KEY", "until": "2001-12-31"},
    "ledger.open_books": {"key": "KEY", "until": None},
    "ledger.trial_balance": {"prefix": "ACCOUNT"},
    "ledger.totals": {"prefix": "ACCOUNT"},
    "ledger.verify": {},
    "ledger.status": {},
    "server.info": {},
    "rpc.discover": {},
    "events.subscribe": {"from": 1},
    "events.unsubscribe": {},
}


def line_of(method, names):
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": SAMPLES[method]})
    for word, name in names.items():
        text = text.replace(f'"{word}"', f'"{name}"')
    return text + "\n"


def nameless(text, names):
    """What is said, but for what the request itself named."""
    for word, name in names.items():
        text = text.replace(name, word)
    return text


def ask_as(user, path, lines, answers):
    """As the user: one answer to each line."""
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
        one.connect(path)
        with contextlib.closing(one.makefile("rw", encoding="utf-8")) as stream:
            got = []
            for line in lines:
                stream.write(line)
                stream.flush()
                got.append(stream.readline())
    answers.put(got)


class NobodyGetsIn(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.chmod(cls.folder.name, 0o755)
        cls.stop_daemon(cls.daemon)
        cls.start_with_rules()
        cls.done("account", "open", "acct:here", "--currency", "EUR")
        paid = {"key": "pay:here", "from": "world", "to": "acct:here", "amount": 10_000, "currency": "EUR"}
        owed = {**paid, "from": "acct:here", "to": "world", "amount": 100}
        later = "2099-12-31T12:00:00Z"
        cls.call("payments.submit", paid)
        cls.call("payments.hold", {**owed, "key": "hold:here", "expires_at": later})
        cls.call("payments.schedule", {**owed, "key": "plan:here", "at": later})

    @classmethod
    def call(cls, method, params):
        return json_of(cls.done("call", method, "-", "--json", text=json.dumps(params)))

    @classmethod
    def start_with_rules(cls):
        token_file, config = cls.path("token"), cls.path("girod.toml")
        with open(token_file, "w", encoding="utf-8") as file:
            file.write(TOKEN)
        os.chmod(token_file, 0o600)
        rules = [
            f'users = [{os.geteuid()}]\nmethods = ["*"]',
            f"users = [{READER}]\nmethods = {json.dumps(READING)}",
            f'users = [{DEBTOR}]\nmethods = ["*"]\ndebit = ["shop"]',
            f'users = [{SMALL}]\nmethods = ["*"]\nmax_amount = {{ EUR = 500 }}',
            f'users = [{KEYED}]\nmethods = ["*"]\nkeys = ["shop-"]',
        ]
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'socket_mode = "0666"\n[http]\nlisten = "127.0.0.1:0"\ntoken_file = "{token_file}"\n')
            file.write("".join(f"[[rule]]\n{rule}\n" for rule in rules))
        cls.daemon = cls.start_daemon("--config", config, data=cls.path("data"), socket=cls.socket)

    def log_text(self):
        with open(self.path("log"), encoding="utf-8") as log:
            return log.read()

    def state(self):
        """All that is decided, and every balance."""
        return self.call("payments.list", {}), self.call("accounts.list", {})

    def test_each_method_is_asked_for_here(self):
        self.assertEqual(set(SAMPLES), set(self.call("server.info", {})["methods"]))

    def expect_the_same_refusals(self, methods, answers):
        """`answers`: of each method, about what is there and about what is missing."""
        for method, (there, missing) in zip(methods, answers):
            with self.subTest(method=method):
                self.assertIn('"code":"unauthorized"', there)
                self.assertEqual(nameless(there, THERE), nameless(missing, MISSING))

    def refused(self, user, methods):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        before = self.state()
        fork = multiprocessing.get_context("fork")
        queue = fork.Queue()
        lines = [line_of(method, names) for method in methods for names in (THERE, MISSING)]
        asking = fork.Process(target=ask_as, args=(user, self.socket, lines, queue))
        asking.start()
        got = queue.get(timeout=60)
        asking.join()
        self.expect_the_same_refusals(methods, zip(got[::2], got[1::2]))
        self.assertEqual(self.state(), before)
        logged = self.log_text()
        for method in methods:
            self.assertRegex(logged, rf"{re.escape(method)} refused: .*user {user} ")

    def test_a_stranger_is_told_nothing(self):
        self.refused(STRANGER, sorted(set(SAMPLES) - TELLS_NOTHING))

    def test_who_may_read_changes_nothing(self):
        changing = {method for method in SAMPLES if not any(re.fullmatch(may, method) for may in READING)}
        self.refused(READER, sorted(changing - TELLS_NOTHING))

    def changes(self):
        return sorted(
            method for method, params in SAMPLES.items()
            if method not in HAS_NO_BOUNDS and ("key" in params or method.startswith("payments.submit"))
            and method != "payments.get"
        )

    def test_who_may_debit_others_accounts_learns_nothing_of_this_one(self):
        self.refused(DEBTOR, self.changes())

    def test_who_may_pay_less_learns_nothing(self):
        self.refused(SMALL, self.changes())

    def test_who_has_other_keys_learns_nothing_of_these(self):
        self.refused(KEYED, self.changes())

    # --- by TCP ---

    def ask_by_tcp(self, verb, path, body, headers):
        port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", self.log_text())[-1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(connection):
            connection.request(verb, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()

    def turned_away(self, status, word, headers):
        before = self.state()
        answers = []
        for method in SAMPLES:
            got = [self.ask_by_tcp("POST", "/v1/rpc", line_of(method, names), headers) for names in (THERE, MISSING)]
            self.assertEqual([one[0] for one in got], [status, status])
            answers.append([one[1] for one in got])
        self.expect_the_same_refusals(SAMPLES, answers)
        paths = ["/v1/accounts/NAME", "/v1/accounts/NAME/statement", "/v1/payments/NAME", "/v1/entries/1", "/metrics",
                 "/v1/events", "/v1/openapi.json", "/v1/no-such-path"]
        told = {
            self.ask_by_tcp("GET", path.replace("NAME", name), None, headers)
            for path in paths for name in ("acct:here", "pay:here", "none")
        }
        self.assertEqual([one[0] for one in told], [status])
        self.assertEqual(self.state(), before)
        self.assertRegex(self.log_text(), f"a request by TCP refused: .*{word}")

    def test_without_the_token_nothing_is_told(self):
        self.turned_away(401, "doesn't bear the token", {})

    def test_with_a_wrong_token_nothing_is_told(self):
        self.turned_away(401, "doesn't bear the token", {"Authorization": f"Bearer {TOKEN[:-1]}x"})

    def test_pages_that_a_name_server_led_here_are_told_nothing(self):
        self.turned_away(403, "names another machine", {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"})

    def test_pages_of_elsewhere_are_told_nothing(self):
        shows = {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"}
        self.turned_away(403, "a page of another origin", shows)

    def test_with_the_right_token_the_rules_hold_all_the_same(self):
        """`http.user` is girod's own user here, whom a rule lets do everything."""
        status, text = self.ask_by_tcp("GET", "/v1/accounts/acct:here", None, {"Authorization": f"Bearer {TOKEN}"})
        self.assertEqual((status, json.loads(text)["id"]), (200, "acct:here"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
