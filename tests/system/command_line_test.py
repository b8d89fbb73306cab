#!/usr/bin/env python3
"""The real `giro` against the real `girod`: what a person sees, what a program gets, and the exit codes.

Usage: command_line_test.py GIROD GIRO
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

GIROD, GIRO = sys.argv[1:3]

APPLIED, REJECTED, USAGE, NO_DAEMON = 0, 1, 64, 69


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.socket = f"{cls.folder.name}/giro.sock"
        cls.log = open(f"{cls.folder.name}/log", "w", encoding="utf-8")
        cls.daemon = subprocess.Popen(
            [GIROD, "--data", f"{cls.folder.name}/data", "--socket", cls.socket], stderr=cls.log
        )
        cls.run_giro("ready", "--timeout", "30")
        cls.run_giro("account", "open", "world", "--currency", "EUR", "--floor", "none")
        cls.run_giro("account", "open", "acct:a", "acct:b", "acct:poor", "--currency", "EUR")

    @classmethod
    def tearDownClass(cls):
        cls.daemon.terminate()
        assert cls.daemon.wait(timeout=60) == 0
        cls.log.close()
        cls.folder.cleanup()

    @classmethod
    def run_giro(cls, *words, text=None, socket=None):
        environment = dict(os.environ, GIRO_SOCKET=socket or cls.socket)
        return subprocess.run(
            [GIRO, *words], env=environment, input=text, capture_output=True, text=True, check=False
        )

    def pay(self, key, source="world", target="acct:a", amount="5.00"):
        return self.run_giro("pay", source, target, amount, "EUR", "--key", key, "--json")

    def test_a_payment_prints_its_outcome_as_one_json_value_for_programs(self):
        done = self.pay("json-1")
        self.assertEqual(done.returncode, APPLIED)
        self.assertEqual(json.loads(done.stdout)["status"], "applied")

    def test_a_rejected_payment_exits_with_1_and_says_what_to_do_on_stderr(self):
        done = self.run_giro("pay", "acct:poor", "acct:a", "5", "EUR", "--key", "poor")
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("insufficient_funds", done.stdout)
        self.assertIn("new key", done.stderr)

    def test_a_payment_without_a_key_prints_the_one_it_made(self):
        done = self.run_giro("pay", "world", "acct:a", "1", "EUR")
        self.assertRegex(done.stderr, r"key [0-9a-f]{8}-[0-9a-f]{4}-7")

    def test_usage_errors_exit_with_64(self):
        for words in (
            ("pay",),
            ("nonsense",),
            ("pay", "world", "acct:a", "1.234", "EUR"),
            ("pay", "world", "acct:a", "-1", "EUR"),
            ("pay", "world", "acct:a", "1e3", "EUR"),
            ("account", "open", "x" * 65, "--currency", "EUR"),
            ("account", "statement", "acct:a", "--limit", "many"),
        ):
            with self.subTest(words=words):
                done = self.run_giro(*words)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertNotEqual(done.stderr, "")

    def test_without_a_daemon_it_exits_with_69_and_names_the_socket_and_how_to_start(self):
        done = self.run_giro("status", socket="/nowhere/giro.sock")
        self.assertEqual(done.returncode, NO_DAEMON)
        self.assertIn("/nowhere/giro.sock", done.stderr)
        self.assertIn("girod", done.stderr)

    def test_a_bad_row_is_named_by_its_line_and_the_rest_goes_on(self):
        rows = "key,from,to,amount,currency\nr-1,world,acct:a,1.00,EUR\nr-2,world,acct:a,one,EUR\n"
        rows += "r-3,world,acct:a,1.00\nr-4,world,acct:a,1.00,EUR\n"
        done = self.run_giro("submit", "-", text=rows)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("2 applied, 0 rejected, 0 replayed, 2 errors", done.stdout)
        self.assertIn("line 3", done.stderr)
        self.assertIn("line 4", done.stderr)

    def test_a_file_of_ndjson_takes_effect_once_however_often_it_is_sent(self):
        rows = "".join(
            json.dumps({"key": f"n-{i}", "from": "world", "to": "acct:b", "amount": 100, "currency": "EUR"}) + "\n"
            for i in range(2000)
        )
        first = self.run_giro("submit", "-", text=rows)
        self.assertEqual((first.returncode, first.stdout.strip()), (0, "2000 applied, 0 rejected, 0 replayed"))
        again = self.run_giro("submit", "-", text=rows)
        self.assertEqual((again.returncode, again.stdout.strip()), (0, "0 applied, 0 rejected, 2000 replayed"))

    def test_the_feed_shows_every_decision_from_a_seq_on(self):
        done = self.run_giro("tail", "--from", "1", "--count", "3", "--json")
        self.assertEqual([json.loads(line)["seq"] for line in done.stdout.splitlines()], [1, 2, 3])

    def test_any_method_can_be_called(self):
        done = self.run_giro("call", "accounts.get", "id=world")
        self.assertEqual(json.loads(done.stdout)["currency"], "EUR")
        self.assertEqual(self.run_giro("call", "no.such").returncode, USAGE)

    def test_no_colour_goes_into_a_pipe(self):
        for words in (("account", "list"), ("status",), ("trial-balance",), ("verify",)):
            with self.subTest(words=words):
                self.assertNotIn("\x1b", self.run_giro(*words).stdout)

    def test_every_command_has_help_with_an_example(self):
        for words in ("account open", "account show", "account list", "account statement", "pay", "submit", "get",
                      "tail", "trial-balance", "verify", "status", "ready", "call", "bench"):
            with self.subTest(words=words):
                done = self.run_giro(*words.split(), "--help")
                self.assertEqual(done.returncode, 0)
                self.assertIn("Example", done.stdout)

    def test_a_benchmark_whose_figures_cant_be_kept_doesnt_begin(self):
        for option in ("--json", "--svg"):
            with self.subTest(option=option):
                done = self.run_giro("bench", "W1", "--dir", self.folder.name, option, "/no/such/folder/figures")
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
                self.assertIn("can't write /no/such/folder/figures", done.stderr)

    def test_status_names_the_versions_of_the_daemon_and_of_its_sqlite(self):
        status = json.loads(self.run_giro("status", "--json").stdout)
        self.assertRegex(status["sqlite"], r"^3\.\d+\.\d+$")
        version = json.loads(self.run_giro("call", "server.info").stdout)
        self.assertEqual((status["version"], status["sqlite"]), (version["version"], version["sqlite"]))
        self.assertIn(f"sqlite       {status['sqlite']}", self.run_giro("status").stdout)

    def test_verify_says_that_the_ledger_is_whole(self):
        done = self.run_giro("verify", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(json.loads(done.stdout)["ok"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
