#!/usr/bin/env python3
"""The real `giro` against the real `girod`: what a person sees, what a program gets, and the exit codes.

Usage: command_line_test.py GIROD GIRO
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

from daemon_case import (
    DONE,
    GIRO,
    GIROD,
    NO_DAEMON,
    NO_OUTPUT,
    NO_PERMISSION,
    NOBODY,
    REJECTED,
    TRY_AGAIN,
    USAGE,
    DaemonCase,
    json_of,
)


class CommandLine(DaemonCase):
    def pay(self, key, source="world", target="acct:a", amount="5.00"):
        return self.run_giro("pay", source, target, amount, "EUR", "--key", key, "--json")

    def test_a_payment_prints_its_outcome_as_one_json_value_for_programs(self):
        done = self.pay("json-1")
        self.assertEqual(done.returncode, DONE)
        self.assertEqual(json_of(done)["status"], "applied")

    def test_a_rejected_payment_exits_with_1_and_says_what_to_do_on_stderr(self):
        done = self.run_giro("pay", "acct:poor", "acct:a", "5", "EUR", "--key", "poor")
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("insufficient_funds", done.stdout)
        self.assertIn("new key", done.stderr)

    def test_a_dry_run_says_what_would_become_of_it_and_that_nothing_was_kept(self):
        for payer, outcome in (("world", "applied"), ("acct:poor", "rejected: insufficient_funds")):
            with self.subTest(outcome=outcome):
                done = self.run_giro("pay", payer, "acct:a", "5", "EUR", "--dry-run")
                self.assertRegex(done.stdout, rf"outcome +{outcome}\n")
                self.assertIn("nothing was kept", done.stdout)

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

    def test_a_payments_own_code_is_shown(self):
        self.run_giro("pay", "world", "acct:a", "1", "EUR", "--key", "coded", "--code", "4711")
        self.assertIn("4711", self.run_giro("get", "coded").stdout)

    def test_what_up_to_asked_for_is_shown_beside_what_moved(self):
        self.run_giro("account", "open", "acct:some", "--currency", "EUR")
        self.run_giro("pay", "world", "acct:some", "3", "EUR")
        self.run_giro("pay", "acct:some", "acct:a", "10", "EUR", "--key", "up-to", "--up-to")
        self.assertRegex(self.run_giro("get", "up-to").stdout, r"amount +3\.00 EUR\nasked +10\.00 EUR\n")

    def test_each_balance_of_a_rejection_is_shown_in_its_own_currency(self):
        self.run_giro("account", "open", "acct:euros", "--currency", "EUR")
        self.run_giro("account", "open", "acct:coins", "--currency", "BTC", "--scale", "8")
        self.run_giro("pay", "world", "acct:euros", "106", "EUR")
        late = ("--deadline", "2020-01-01T00:00:00Z")
        for key, currency, amount, words, code in (
            ("m-1", "BTC", "0.00010600", (), "currency_mismatch"),
            ("m-2", "EUR", "1.06", (), "currency_mismatch"),
            ("m-3", "USD", "1.06", (), "currency_mismatch"),
            ("m-4", "BTC", "0.00010600", late, "deadline_passed"),
        ):
            with self.subTest(currency=currency, code=code):
                paid = self.run_giro("pay", "acct:euros", "acct:coins", amount, currency, "--key", key, *words)
                self.assertIn(code, paid.stdout)
                self.assertIn(f"{amount} {currency}", paid.stdout)
                self.assertNotIn("acct:euros 0", paid.stdout)
                shown = self.run_giro("get", key).stdout
                self.assertIn(f"{amount} {currency}", shown)
                self.assertRegex(shown, r"acct:euros 106\.00( EUR)?, acct:coins 0\.00000000( BTC)?\n")
                entry = json_of(self.run_giro("get", key, "--json"))
                self.assertEqual(entry["currency"], currency)
                self.assertEqual((entry["from_currency"], entry["to_currency"]), ("EUR", "BTC"))
                told = self.run_giro("tail", "--from", str(entry["seq"]), "--count", "1")
                self.assertIn(f"{amount} {currency}", told.stdout)

    def test_an_amount_of_an_unknown_currency_is_shown_in_minor_units(self):
        payment = {"key": "m-5", "from": "acct:a", "to": "acct:b", "amount": 1250, "currency": "NONE"}
        self.run_giro("call", "payments.submit", "-", text=json.dumps(payment))
        for words in (("get", "m-5"), ("tail", "--from", "1", "--count", str(self.head()))):
            self.assertIn("1250 minor units NONE", self.run_giro(*words).stdout)

    def head(self):
        return json_of(self.run_giro("status", "--json"))["seq"]

    def test_an_outcome_that_stdout_doesnt_take_is_told_on_stderr(self):
        for words, text, outcome in (
            (("pay", "world", "acct:a", "1", "EUR", "--key", "full-1"), None, "applied"),
            (("pay", "world", "acct:a", "1", "EUR", "--key", "full-2", "--json"), None, '"status":"applied"'),
            (("account", "open", "acct:full", "--currency", "EUR"), None, "acct:full"),
            (("account", "open", "-", "--currency", "EUR"), "acct:full-2\n", "acct:full-2"),
            (("submit", "-"), "key,from,to,amount,currency\nfull-3,world,acct:a,1,EUR\n", "1 applied"),
            (("call", "accounts.open", "id=acct:full-3", "currency=EUR"), None, "applied"),
        ):
            with self.subTest(words=words), open("/dev/full", "w", encoding="utf-8") as full:
                done = self.run_giro(*words, text=text, stdout=full)
                self.assertEqual(done.returncode, NO_OUTPUT, done.stderr)
                self.assertIn(outcome, done.stderr)

    def test_a_reader_that_went_away_takes_no_outcome_with_it(self):
        reading, writing = os.pipe()
        os.close(reading)
        done = self.run_giro("pay", "world", "acct:a", "1", "EUR", "--key", "gone", stdout=writing)
        os.close(writing)
        self.assertEqual(done.returncode, NO_OUTPUT)
        self.assertIn("applied", done.stderr)

    def test_a_question_whose_answer_cant_be_written_moved_no_money(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = self.run_giro("status", stdout=full)
        self.assertEqual(done.returncode, NO_OUTPUT)
        self.assertIn("no money moved", done.stderr)

    def test_an_id_that_may_be_cut_off_opens_no_account(self):
        done = self.run_giro("account", "open", "-", "--currency", "EUR", text="acct:whole\nacct:cu")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("acct:whole", done.stdout)
        self.assertIn("cut off", done.stderr)
        self.assertEqual(self.run_giro("account", "show", "acct:cu").returncode, REJECTED)

    def test_bytes_that_are_no_text_are_refused_before_they_are_sent(self):
        for words in (
            ("pay", "world", b"acct:\xff", "1", "EUR"),
            ("account", "show", b"\xff"),
            ("account", "open", b"\xff", "acct:after", "--currency", "EUR"),
        ):
            with self.subTest(words=words):
                done = self.run_giro(*words)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertIn("UTF-8", done.stderr)
        self.assertEqual(self.run_giro("account", "show", "acct:after").returncode, DONE)

    def test_the_feed_shows_every_decision_from_a_seq_on(self):
        done = self.run_giro("tail", "--from", "1", "--count", "3", "--json")
        self.assertEqual([json.loads(line)["seq"] for line in done.stdout.splitlines()], [1, 2, 3])

    def test_any_method_can_be_called(self):
        done = self.run_giro("call", "accounts.get", "id=world")
        self.assertEqual(json_of(done)["currency"], "EUR")
        self.assertEqual(self.run_giro("call", "no.such").returncode, USAGE)

    def test_no_colour_goes_into_a_pipe(self):
        for words in (("account", "list"), ("status",), ("trial-balance",), ("verify",)):
            with self.subTest(words=words):
                self.assertNotIn("\x1b", self.run_giro(*words).stdout)

    def test_every_command_has_help_with_an_example(self):
        for words in ("account open", "account show", "account list", "account statement", "account update",
                      "account freeze", "account unfreeze", "account close", "account reopen", "pay", "hold", "capture",
                      "void", "reverse", "submit", "get",
                      "tail", "payments", "holds", "statement", "totals", "trial-balance", "verify", "status", "ready", "call", "bench"):
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
        self.assertRegex(self.run_giro("status").stdout, rf"sqlite +{status['sqlite']}\n")

    def test_verify_says_that_the_ledger_is_whole(self):
        done = self.run_giro("verify", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(json_of(done)["ok"])


class Ready(DaemonCase):
    def ready(self, socket_path, **how):
        environment = dict(os.environ, GIRO_SOCKET=socket_path)
        return subprocess.run(
            [GIRO, "ready", "--timeout", "0.2"], env=environment, capture_output=True, text=True, check=False, **how
        )

    def listener(self, name):
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(self.path(name))
        listening.listen()
        return listening

    def test_a_daemon_that_takes_payments_is_ready(self):
        self.assertEqual(self.ready(self.socket).returncode, DONE)

    def test_without_a_socket_it_is_unreachable(self):
        done = self.ready(self.path("nowhere.sock"))
        self.assertEqual(done.returncode, NO_DAEMON)
        self.assertIn("unreachable", done.stderr)

    def test_a_socket_where_nobody_answers_yet_is_starting(self):
        self.listener("starting.sock")
        done = self.ready(self.path("starting.sock"))
        self.assertEqual(done.returncode, TRY_AGAIN)
        self.assertIn("starting", done.stderr)

    def test_a_daemon_that_takes_no_payments_is_read_only(self):
        listening = self.listener("read-only.sock")

        def answer():
            while True:
                try:
                    peer, _ = listening.accept()
                except OSError:
                    return
                with peer, peer.makefile("rw", encoding="utf-8") as lines:
                    request = json.loads(lines.readline())
                    result = {"read_only": True, "obstacle": "the disk is full"}
                    lines.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}) + "\n")

        threading.Thread(target=answer, daemon=True).start()
        done = self.ready(self.path("read-only.sock"))
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("read-only", done.stderr)
        self.assertIn("the disk is full", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_without_permission_it_says_so(self):
        done = self.ready(self.socket, user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertEqual(done.returncode, NO_PERMISSION)
        self.assertIn("unreachable", done.stderr)


class VerifyAtRest(DaemonCase):
    """`giro verify --data`: the first tool to reach for when girod doesn't start."""

    def test_beside_a_running_daemon_it_is_refused(self):
        done = self.run_giro("verify", "--data", self.path("data"))
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("a girod runs on", done.stderr)

    def test_a_ledger_whose_daemon_was_killed_is_read_with_its_log_and_left_as_it_is(self):
        data = self.path("killed")
        daemon = self.start_daemon(data=data, socket=self.path("k.sock"))
        self.run_giro("account", "open", "world", "a", "--currency", "EUR", "--floor", "none", socket=self.path("k.sock"))
        self.run_giro("pay", "world", "a", "1", "EUR", "--key", "k", socket=self.path("k.sock"))
        daemon.kill()
        daemon.wait()
        before = {name: self.bytes_of(f"{data}/{name}") for name in os.listdir(data)}
        done = self.run_giro("verify", "--data", data, "--json")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(json_of(done)["entries"], 3)
        self.assertEqual({name: self.bytes_of(f"{data}/{name}") for name in os.listdir(data)}, before)

        with open(f"{data}/anchor", "r+b") as anchor:
            anchor.seek(20)
            anchor.write(b"\xff")
        done = self.run_giro("verify", "--data", data, "--json")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("anchor", json_of(done)["notes"][0])
        self.assertIn("A power cut may leave it so", done.stderr)

        subprocess.run(
            ["sqlite3", f"{data}/ledger.db", "UPDATE accounts SET posted_in = posted_in + 64 WHERE number = 2"], check=True
        )
        done = self.run_giro("verify", "--data", data)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("no payment is lost", done.stderr)

    def test_keys_are_made_anew_while_no_daemon_runs_and_are_all_found(self):
        data, socket = self.path("repaired"), self.path("r.sock")
        daemon = self.start_daemon(data=data, socket=socket)
        self.run_giro("account", "open", "world", "a", "--currency", "EUR", "--floor", "none", socket=socket)
        rows = "".join(f"r{i},world,a,1.00,EUR\n" for i in range(300_000))
        done = self.run_giro("submit", "-q", "-", text="key,from,to,amount,currency\n" + rows, socket=socket)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(self.run_giro("repair", "keys", "--data", data).returncode, USAGE)
        self.stop_daemon(daemon)
        done = self.run_giro("repair", "keys", "--data", data)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("300000 keys made anew", done.stdout)
        self.assertEqual(self.run_giro("verify", "--data", data).returncode, DONE)
        daemon = self.start_daemon(data=data, socket=socket)
        done = self.run_giro("pay", "world", "a", "1.00", "EUR", "--key", "r17", "--json", socket=socket)
        self.assertTrue(json_of(done)["replayed"])
        self.stop_daemon(daemon)

    def test_a_folder_without_a_ledger_is_named(self):
        done = self.run_giro("verify", "--data", self.path("nothing"))
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("no ledger in", done.stderr)

    @staticmethod
    def bytes_of(path):
        with open(path, "rb") as file:
            return file.read()


class OtherUsers(DaemonCase):
    def without_home(self, *words):
        return subprocess.run(
            words, env={}, capture_output=True, text=True, check=False, user=NOBODY, group=NOBODY, extra_groups=[]
        )

    @unittest.skipIf(os.path.exists("/run/giro/giro.sock"), "the system's socket is every client's default")
    def test_a_user_without_a_home_is_asked_for_the_socket(self):
        for words in (("status",), ("ready", "--timeout", "0")):
            with self.subTest(words=words):
                done = self.without_home(GIRO, *words)
                self.assertEqual(done.returncode, USAGE)
                self.assertIn("--socket", done.stderr)

    def test_a_user_without_a_home_is_asked_for_the_ledgers_folder(self):
        done = self.without_home(GIROD)
        self.assertNotEqual(done.returncode, DONE)
        self.assertIn("--data", done.stderr)

    def test_a_strangers_socket_in_a_folder_for_everybody_is_refused(self):
        os.chmod(self.folder.name, 0o1777)
        path = self.path("stranger.sock")
        stranger = subprocess.Popen(["socat", f"UNIX-LISTEN:{path}", "-"], stdin=subprocess.PIPE, user=NOBODY)
        while not os.path.exists(path):
            time.sleep(0.01)
        done = self.run_giro("pay", "world", "acct:a", "1", "EUR", socket=path)
        stranger.communicate()
        os.chmod(self.folder.name, 0o700)
        self.assertEqual(done.returncode, NO_PERMISSION)
        self.assertIn(str(NOBODY), done.stderr)
        self.assertIn("Nothing was sent", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
