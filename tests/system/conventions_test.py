#!/usr/bin/env python3
"""What all commands of the real `giro` have in common: help, formats, times, waiting, Ctrl-C, and how it behaves on a
terminal.

Usage: conventions_test.py GIROD GIRO
"""

import contextlib
import csv
import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata
import unittest

from daemon_case import DONE, GIRO, GIROD, NO_DAEMON, REJECTED, TRY_AGAIN, USAGE, DaemonCase, json_of

INTERRUPTED = 130
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def rows_of(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


def width_of(line):
    """Cells of a terminal."""
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1) for c in line)


class Silent:
    """A socket that takes requests and never answers."""

    def __init__(self, path):
        self.peer = None
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(path)
        self.listening.listen()

    def received(self):
        """Waits until a request is there: what it says."""
        self.peer, _ = self.listening.accept()
        return b"".join(iter(lambda: self.peer.recv(1), b"\n")).decode()

    def close(self):
        if self.peer:
            self.peer.close()
        self.listening.close()


class Help(DaemonCase):
    def test_help_of_a_command_is_the_same_however_it_is_asked_for(self):
        for words in (["pay"], ["account", "open"], ["list", "holds"], []):
            self.assertEqual(self.done("help", *words).stdout, self.done(*words, "--help").stdout)

    def test_each_page_of_help_is_there(self):
        self.assertIn("130  interrupted", self.done("help", "exit-codes").stdout)
        self.assertIn("ndjson", self.done("help", "output").stdout)
        self.assertIn("2026-Q3", self.done("help", "times").stdout)
        self.assertIn("did you mean `account`?", self.run_and_expect(USAGE, "help", "acount").stderr)

    def test_the_version_is_told_shortly_and_longly(self):
        self.assertEqual(self.done("-V").stdout, self.done("version").stdout)
        self.assertEqual(self.done("--version").stdout, self.done("version").stdout)

    def test_wrong_usage_shows_how_it_is_used(self):
        wrong = self.run_and_expect(USAGE, "pay", "a", "b", "1", "EUR", "--refrence", "x")
        self.assertIn("did you mean `--reference`?", wrong.stderr)
        self.assertIn("Usage: giro pay FROM TO AMOUNT CURRENCY [OPTION...]", wrong.stderr)
        self.assertEqual(len(wrong.stderr.splitlines()), 3)


class Formats(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done("account", "open", "points", "user:1", "--currency", "PTS", "--scale", "3", "--floor", "none")
        cls.done("pay", "world", "acct:a", "12.50", "EUR", "--key", "p-1", "--reference", 'a, "b"')
        cls.done("pay", "points", "user:1", "1.005", "PTS", "--key", "p-2")
        cls.run_giro("pay", "acct:poor", "acct:a", "1", "EUR", "--key", "p-3")
        cls.done("hold", "acct:a", "acct:b", "2.00", "EUR", "--key", "h-1")
        cls.done("schedule", "acct:a", "acct:b", "1.00", "EUR", "--key", "s-1", "--at", "2099-01-31", "--every", "P1M")
        cls.done("account", "limits", "acct:a", "--limit", "24h:1000.00:20", "--key", "l-1")

    LISTS = {
        "account list": "id",
        "payments": "key",
        "holds": "key",
        "schedules": "key",
        "list accounts": "id",
        "list payments": "key",
        "list holds": "key",
        "list schedules": "key",
        "list limits": "id",
        "totals": "prefix",
        "totals --period today": "prefix",
        "trial-balance": "currency",
        "trial-balance --by-account": "id",
        "statement acct:a": "seq",
    }

    def test_every_list_has_the_same_rows_in_every_format(self):
        for words, name in self.LISTS.items():
            with self.subTest(words=words):
                told = [str(row[name]) for row in json_of(self.done(*words.split(), "--output", "json"))]
                lines = self.done(*words.split(), "--output", "ndjson").stdout.splitlines()
                self.assertEqual([str(json.loads(line)[name]) for line in lines], told)
                self.assertEqual([row[name] for row in rows_of(self.done(*words.split(), "--output", "csv"))], told)
                self.assertNotEqual(told, [])

    def test_amounts_are_decimals_in_csv_and_minor_units_with_their_scale_in_json(self):
        row = next(row for row in rows_of(self.done("payments", "--output", "csv")) if row["key"] == "p-2")
        self.assertEqual((row["amount"], row["currency"], row["to_balance"]), ("1.005", "PTS", "1.005"))
        row = next(row for row in json_of(self.done("payments", "--output", "json")) if row["key"] == "p-2")
        self.assertEqual((row["amount"], row["scale"]), (1005, 3))
        self.assertEqual(rows_of(self.done("get", "p-1", "--output", "csv"))[0]["reference"], 'a, "b"')

    def test_rows_are_all_of_them_unless_a_limit_is_set(self):
        self.done("account", "open", "-", "--currency", "EUR", text="".join(f"many:{i}\n" for i in range(1_200)))
        many = ("account", "list", "--prefix", "many:")
        self.assertEqual(len(rows_of(self.done(*many, "--output", "csv"))), 1_200)
        self.assertEqual(len(json_of(self.done(*many, "--output", "json"))), 1_200)
        self.assertEqual(len(rows_of(self.done(*many, "--output", "csv", "--limit", "7"))), 7)
        self.assertEqual(len(self.done(*many).stdout.splitlines()), 101)

    def test_one_answer_has_every_format(self):
        for words in ("status", "account show acct:a", "get p-1", "verify", "version", "books", "explain p-1", "ready",
                      "config show"):
            with self.subTest(words=words):
                json.loads(self.done(*words.split(), "--output", "json").stdout)
                self.assertGreaterEqual(len(rows_of(self.done(*words.split(), "--output", "csv"))), 1)
        paid = rows_of(self.done("pay", "world", "acct:a", "0.01", "EUR", "--output", "csv"))[0]
        self.assertEqual((paid["status"], paid["from"], paid["amount"]), ("applied", "world", "0.01"))

    def test_json_alone_is_the_daemons_answer_as_before(self):
        page = json_of(self.done("payments", "--limit", "1", "--json"))
        self.assertEqual(set(page), {"payments", "next"})

    def test_an_error_is_json_for_who_asks_for_json(self):
        def error(*words):
            return json.loads(self.run_giro(*words).stderr)["error"]

        self.assertEqual(error("pay", "a", "--json")["code"], "usage")
        self.assertEqual(error("account", "list", "--limit", "x", "--output=json")["field"], "--limit")
        refused = error("get", "x" * 129, "--output", "ndjson")
        self.assertEqual((refused["code"], refused["field"], refused["retry"]), ("invalid_key", "key", False))
        self.assertEqual(error("account", "show", "nobody", "--json")["code"], "account_unknown")
        gone = error("status", "--json", "--socket", "/nowhere/s")
        self.assertEqual((gone["code"], gone["retry"], gone["exit"]), ("no_daemon", True, NO_DAEMON))

    def test_each_noun_is_listed_and_shown(self):
        for words, text in (
            ("show account acct:a", "acct:a"),
            ("show payment p-1", "p-1"),
            ("show hold h-1", "held"),
            ("show schedule s-1", "scheduled"),
            ("show limits acct:a", "1000.00"),
        ):
            with self.subTest(words=words):
                self.assertIn(text, self.done(*words.split()).stdout)
        wrong = self.run_and_expect(REJECTED, "show", "hold", "p-1")
        self.assertIn("p-1 is no hold", wrong.stderr)
        self.assertIn("type payment", wrong.stderr)
        self.assertIn("is no payment", self.run_and_expect(REJECTED, "show", "payment", "never").stderr)


class Periods(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done("pay", "world", "acct:a", "100.00", "EUR", "--key", "1")
        cls.done("pay", "acct:a", "acct:b", "30.00", "EUR", "--key", "2")
        cls.done("pay", "acct:b", "world", "5.00", "EUR", "--key", "3")
        cls.start = json_of(cls.done("get", "2", "--json"))["seq"]

    def keys(self, *words):
        return [row["key"] for row in rows_of(self.done("payments", *words, "--output", "csv"))]

    def test_a_period_is_written_as_people_write_it(self):
        everything = ["1", "2", "3"]
        for period in ("today", "this week", "this-month", "this year", "last 1h", time.strftime("%Y-%m", time.gmtime()),
                       time.strftime("%Y", time.gmtime()), "yesterday..tomorrow"):
            with self.subTest(period=period):
                self.assertEqual(self.keys("--period", period, "--zone", "UTC"), everything)
        self.assertEqual(self.keys("--period", "last year"), [])
        self.assertEqual(self.keys("--from", "1h ago"), everything)
        self.assertEqual(self.keys("--to", "1h ago"), [])
        self.assertEqual(self.keys("--from", str(self.start)), ["2", "3"])
        self.assertEqual(self.keys("--from", f"#{self.start}"), ["2", "3"])

    def test_the_zone_that_was_understood_stands_above_a_table(self):
        shown = self.done("payments", "--period", "today", "--zone", "Europe/Vienna").stdout
        self.assertRegex(shown, r"\Aperiod  \d{4}-\d\d-\d\d \(Europe/Vienna\)\n\n +SEQ")
        shown = self.done("statement", "acct:a", "--period", "2026", "--zone", "UTC").stdout
        self.assertRegex(shown, r"period +2026-01-01 to 2026-12-31 \(UTC\)\n")
        shown = self.done("account", "list", "--at", "today", "--zone", "Asia/Tokyo").stdout
        self.assertRegex(shown, r"\Aat  the end of \d{4}-\d\d-\d\d \(Asia/Tokyo\)\n\n")
        self.assertTrue(self.done("payments", "--from", "2020-01-01T00:00:00Z").stdout.lstrip().startswith("SEQ"))

    def test_the_local_zone_is_the_default(self):
        environment = dict(os.environ, GIRO_SOCKET=self.socket, TZ="America/New_York")
        shown = subprocess.run([GIRO, "payments", "--period", "today"], env=environment, capture_output=True, text=True,
                               check=True)
        self.assertIn("(America/New_York)", shown.stdout)

    def test_what_is_no_time_is_told_with_what_would_be_one(self):
        for words in (("payments", "--from", "2026-13"), ("payments", "--period", "lately"),
                      ("account", "list", "--at", "2026-02-30"), ("books", "close", "soon"),
                      ("pay", "world", "acct:a", "1", "EUR", "--effective-date", "2026-10"),
                      ("payments", "--period", "today", "--from", "1")):
            with self.subTest(words=words):
                wrong = self.run_and_expect(USAGE, *words)
                self.assertIn("Nothing was sent", wrong.stderr)

    def test_debit_stands_left_of_credit(self):
        for words in ("trial-balance", "trial-balance --by-account", "totals"):
            self.assertRegex(self.done(*words.split()).stdout, r"DEBIT +CREDIT")

    def test_a_trial_balance_of_accounts_adds_up(self):
        rows = {row["id"]: row for row in rows_of(self.done("trial-balance", "--by-account", "--output", "csv"))}
        self.assertEqual((rows["world"]["debit"], rows["world"]["credit"]), ("95.00", "0.00"))
        self.assertEqual((rows["acct:a"]["debit"], rows["acct:a"]["credit"]), ("0.00", "70.00"))
        shown = self.done("trial-balance", "--by-account")
        self.assertRegex(shown.stdout, r"total +EUR +95\.00 +95\.00\n\Z")
        self.assertIn("Balanced", shown.stderr)
        groups = rows_of(self.done("trial-balance", "--depth", "1", "--output", "csv"))
        self.assertEqual([(row["id"], row["credit"]) for row in groups], [("acct", "95.00"), ("world", "0.00")])

    def test_turnover_of_a_period_is_what_was_paid_and_received_in_it(self):
        done = self.done("trial-balance", "--by-account", "--from", str(self.start), "--output", "csv")
        rows = {row["id"]: [row[name] for name in ("opening", "debit", "credit", "closing")] for row in rows_of(done)}
        self.assertEqual(rows["acct:a"], ["100.00", "30.00", "0.00", "70.00"])
        self.assertEqual(rows["acct:b"], ["0.00", "5.00", "30.00", "25.00"])
        self.assertEqual(rows["world"], ["-100.00", "0.00", "5.00", "-95.00"])
        done = self.done("totals", "--from", str(self.start), "--depth", "2", "--output", "csv")
        rows = {row["prefix"]: [row[name] for name in ("opening", "change", "closing")] for row in rows_of(done)}
        self.assertEqual(rows["acct:a"], ["100.00", "-30.00", "70.00"])
        self.assertEqual(rows["acct"], ["100.00", "-5.00", "95.00"])
        self.assertEqual(rows[""], ["0.00", "0.00", "0.00"])

    def test_a_period_before_the_ledger_has_nothing(self):
        self.assertEqual(rows_of(self.done("trial-balance", "--by-account", "--period", "2001", "--output", "csv")), [])


class Waiting(DaemonCase):
    def silent(self, name):
        silent = Silent(self.path(name))
        self.addCleanup(silent.close)
        return self.path(name)

    def test_an_answer_that_is_late_says_what_was_sent_and_what_isnt_known(self):
        path = self.silent("late.sock")
        pay = ("pay", "a", "b", "1", "EUR", "--timeout", "200ms")
        late = self.run_and_expect(TRY_AGAIN, *pay, "--key", "late-1", socket=path)
        self.assertIn("no answer to payments.submit", late.stderr)
        self.assertIn("within 0.2 s", late.stderr)
        self.assertIn("was sent, and its outcome isn't known", late.stderr)
        self.assertIn("giro get late-1", late.stderr)
        asked = self.run_and_expect(TRY_AGAIN, "status", "--timeout", "200ms", socket=path)
        self.assertIn("only a question", asked.stderr)

    def test_only_a_key_that_was_typed_may_simply_be_sent_again(self):
        path = self.silent("keys.sock")
        pay = ("pay", "a", "b", "1", "EUR", "--timeout", "200ms", "--json")

        def error(*words):
            done = self.run_and_expect(TRY_AGAIN, *pay, *words, socket=path)
            return json.loads(done.stderr.splitlines()[-1])["error"]

        self.assertTrue(error("--key", "typed")["retry"])
        made = error()
        self.assertFalse(made["retry"])
        self.assertRegex(made["key"], r"[0-9a-f-]{36}")

    def test_a_hold_keeps_its_own_timeout(self):
        self.done("pay", "world", "acct:a", "5", "EUR")
        held = self.done("--timeout", "9", "hold", "acct:a", "acct:b", "1", "EUR", "--timeout", "24h", "--key", "own")
        self.assertIn("expires_at", held.stdout)
        late = self.run_and_expect(TRY_AGAIN, "--timeout", "200ms", "hold", "a", "b", "1", "EUR", "--timeout", "24h",
                                   socket=self.silent("hold.sock"))
        self.assertIn("within 0.2 s", late.stderr)

    def test_a_daemon_that_isnt_there_yet_is_waited_for(self):
        path = self.path("soon.sock")
        environment = dict(os.environ, GIRO_SOCKET=path)
        waiting = subprocess.Popen([GIRO, "account", "open", "soon", "--currency", "EUR", "--wait", "--timeout", "30"],
                                   env=environment, stdout=subprocess.PIPE, text=True)
        time.sleep(0.2)
        daemon = self.start_daemon(data=self.path("soon"), socket=path)
        self.assertIn("opened", waiting.communicate()[0])
        self.assertEqual(waiting.returncode, DONE)
        self.stop_daemon(daemon)
        gone = self.run_and_expect(NO_DAEMON, "status", "--wait", "--timeout", "0.2", socket="/nowhere/s")
        self.assertIn("waited 0.2 s", gone.stderr)

    def interrupt(self, *words, path=None, text=None, ready=None):
        """Runs it, presses Ctrl-C once `ready` returns: the exit code and what is on stderr."""
        environment = dict(os.environ, GIRO_SOCKET=path or self.socket)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running = subprocess.Popen([GIRO, *words], env=environment, text=True, **pipes)
        if text:
            running.stdin.write(text)
            running.stdin.flush()
        ready()
        running.send_signal(signal.SIGINT)
        running.wait(timeout=20)
        said = running.stderr.read()
        for pipe in (running.stdin, running.stdout, running.stderr):
            pipe.close()
        return running.returncode, said

    def test_ctrl_c_in_a_payment_says_that_its_outcome_isnt_known(self):
        silent = Silent(self.path("c.sock"))
        self.addCleanup(silent.close)
        code, said = self.interrupt("pay", "a", "b", "1", "EUR", "--key", "c-1", path=self.path("c.sock"),
                                    ready=silent.received)
        self.assertEqual(code, INTERRUPTED, said)
        self.assertIn("was sent, and its outcome isn't known", said)
        self.assertIn("giro get c-1", said)

    def test_ctrl_c_in_a_file_waits_for_what_was_sent_and_says_how_far_it_came(self):
        rows = "key,from,to,amount,currency\n" + "".join(f"cc-{i},world,acct:a,1,EUR\n" for i in range(5))

        def all_there():
            while json_of(self.run_giro("get", "cc-4", "--json"))["status"] != "applied":
                time.sleep(0.01)

        code, said = self.interrupt("submit", "-", text=rows, ready=all_there)
        self.assertEqual(code, INTERRUPTED, said)
        self.assertIn("5 applied", said)
        self.assertIn("This run decided nothing from there on", said)
        self.assertIn("submit the same file again", said)

    def test_ctrl_c_in_a_file_that_isnt_answered_says_which_rows_are_open(self):
        silent = Silent(self.path("f.sock"))
        self.addCleanup(silent.close)
        rows = "key,from,to,amount,currency\n" + "".join(f"cf-{i},world,acct:a,1,EUR\n" for i in range(5))
        code, said = self.interrupt("submit", "-", path=self.path("f.sock"), text=rows, ready=silent.received)
        self.assertEqual(code, INTERRUPTED, said)
        self.assertIn("may or may not have taken effect", said)


class Tail(DaemonCase):
    def test_the_feed_goes_on_behind_its_last_decision_after_a_restart(self):
        data, path = self.path("tail"), self.path("t.sock")
        daemon = self.start_daemon(data=data, socket=path)
        self.done("account", "open", "world", "a", "--currency", "EUR", "--floor", "none", socket=path)
        environment = dict(os.environ, GIRO_SOCKET=path)
        tail = subprocess.Popen([GIRO, "tail", "--from", "1", "--count", "4", "--json"], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = [json.loads(tail.stdout.readline())["seq"] for _ in range(2)]
        for key in ("t-1", "t-2"):
            daemon.kill()
            daemon.wait()
            daemon = self.start_daemon(data=data, socket=path)
            self.done("pay", "world", "a", "1", "EUR", "--key", key, socket=path)
        rest, said = tail.communicate(timeout=30)
        self.assertEqual(first + [json.loads(line)["seq"] for line in rest.splitlines()], [1, 2, 3, 4])
        self.assertEqual(tail.returncode, DONE)
        self.assertIn("waiting for it, to go on from #3", said)
        self.assertIn("the daemon is back", said)
        self.stop_daemon(daemon)

    def test_the_feed_ends_where_another_ledger_took_the_place_of_the_one_it_followed(self):
        path = self.path("o.sock")
        daemon = self.start_daemon(data=self.path("one"), socket=path)
        self.done("account", "open", "world", "a", "--currency", "EUR", "--floor", "none", socket=path)
        environment = dict(os.environ, GIRO_SOCKET=path)
        tail = subprocess.Popen([GIRO, "tail", "--from", "1", "--json"], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tail.stdout.readline()
        tail.stdout.readline()
        self.stop_daemon(daemon)
        daemon = self.start_daemon(data=self.path("other"), socket=path)
        said = tail.communicate(timeout=30)[1]
        self.assertEqual(tail.returncode, REJECTED, said)
        self.assertIn("another one, or older", said)
        self.stop_daemon(daemon)

    def test_without_reconnecting_it_says_where_to_go_on(self):
        path = self.path("n.sock")
        daemon = self.start_daemon(data=self.path("n"), socket=path)
        self.done("account", "open", "world", "--currency", "EUR", "--floor", "none", socket=path)
        environment = dict(os.environ, GIRO_SOCKET=path)
        tail = subprocess.Popen([GIRO, "tail", "--from", "1", "--no-reconnect"], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tail.stdout.readline()
        tail.stdout.readline()
        self.stop_daemon(daemon)
        said = tail.communicate(timeout=30)[1]
        self.assertEqual(tail.returncode, TRY_AGAIN)
        self.assertIn("giro tail --from 2", said)


class Terminal(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        metadata = json.dumps({"note": "\x1b[31mred\x07", "name": "漢字", "turn": "\u202egnp.exe", "c1": "\u009b31m"})
        cls.done("pay", "world", "acct:a", "1234567.89", "EUR", "--key", "発注-2026-11-000017", "--metadata", metadata,
                 "--reference", "a reference of some length, é")
        ids = [f"customers:with-a-rather-long-name:{i:03}" for i in range(60)]
        cls.done("account", "open", *ids, "--currency", "EUR")
        rows = [f"row-{i:04},world,{ids[i]},{i + 1}.00,EUR" for i in range(60)]
        cls.done("submit", "-", text="key,from,to,amount,currency\n" + "\n".join(rows) + "\n")

    def on_terminal(self, *words, columns=80, lines=24, **environment):
        """What reaches a terminal of this size."""
        controlling, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        attributes = termios.tcgetattr(terminal)
        attributes[1] &= ~termios.OPOST  # No CR before LF.
        termios.tcsetattr(terminal, termios.TCSANOW, attributes)
        settings = {"TERM": "xterm", "GIRO_SOCKET": self.socket, "PAGER": "cat", **environment}
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        running = subprocess.Popen([GIRO, *words], env={**inherited, **settings}, stdin=terminal, stdout=terminal,
                                   stderr=terminal)
        os.close(terminal)
        out = b""
        with contextlib.suppress(OSError):  # EIO: nobody has the terminal open any more.
            while select.select([controlling], [], [], 20)[0]:
                part = os.read(controlling, 65536)
                if not part:
                    break
                out += part
        os.close(controlling)
        running.wait(timeout=20)
        return out.decode()

    TABLES = ("payments", "account list", "statement acct:a", "trial-balance --by-account", "totals --depth 2", "status",
              "get 発注-2026-11-000017", "explain 発注-2026-11-000017", "list accounts", "config show")

    def test_no_line_is_wider_than_the_terminal_and_no_amount_is_cut(self):
        for words in self.TABLES:
            for columns in (40, 60, 80, 120, 200, 250):
                shown = ESCAPES.sub("", self.on_terminal(*words.split(), columns=columns))
                with self.subTest(words=words, columns=columns):
                    for line in shown.splitlines():
                        if " " in line.strip() and "config" not in words:  # A single word can't be broken.
                            longest = max(width_of(word) for word in line.split())
                            self.assertTrue(width_of(line) <= columns or longest > columns - 20, line)
                    if words in ("payments", "account list", "statement acct:a"):
                        self.assertIn("1234567.89", shown)

    def test_nothing_of_the_data_acts_on_the_terminal(self):
        for words in (*self.TABLES, "get 発注-2026-11-000017 --json", "payments --output csv", "payments --output json",
                      "call payments.get key=発注-2026-11-000017", "tail --from 1 --count 70"):
            with self.subTest(words=words):
                shown = ESCAPES.sub("", self.on_terminal(*words.split()))
                for c in shown:
                    self.assertFalse(unicodedata.category(c) in ("Cc", "Cf") and c != "\n", (hex(ord(c)), shown))
        self.assertIn("\\u001b[31mred", self.on_terminal("get", "発注-2026-11-000017"))

    def test_wide_characters_stand_in_their_column(self):
        shown = ESCAPES.sub("", self.on_terminal("payments", "--limit", "3", columns=200)).splitlines()
        ends = [width_of(line[: line.index("applied")]) for line in shown if "applied" in line]
        self.assertEqual(len(ends), 3)
        self.assertEqual(len(set(ends)), 1)

    def test_only_a_table_that_is_longer_than_the_terminal_goes_through_the_pager(self):
        pager = {"PAGER": "sed 's/^/PAGED /'"}
        self.assertIn("PAGED ", self.on_terminal("payments", **pager))
        self.assertNotIn("PAGED ", self.on_terminal("payments", "--no-pager", **pager))
        self.assertNotIn("PAGED ", self.on_terminal("payments", "--limit", "5", **pager))
        self.assertNotIn("PAGED ", self.on_terminal("payments", "--output", "csv", **pager))
        self.assertNotIn("PAGED ", self.done("payments").stdout)
        # Words for the terminal wait until the pager has gone.
        shown = self.on_terminal("payments", "--limit", "50", **pager)
        self.assertTrue(shown.rstrip().endswith("There is more: --all shows everything."), shown[-200:])

    def test_a_pager_that_isnt_there_or_is_left_early_is_no_failure_of_the_answer(self):
        self.assertIn("pager can't be run", self.on_terminal("payments", PAGER="/no/such/pager"))
        self.assertEqual(self.on_terminal("payments", PAGER="true").strip(), "")

    def test_colours_are_for_terminals_unless_they_are_asked_for(self):
        self.assertIn("\x1b[1m", self.on_terminal("account", "list"))
        for words in (("--color", "never"), ("--no-color",)):
            self.assertNotIn("\x1b[", self.on_terminal("account", "list", *words))
        self.assertNotIn("\x1b[", self.on_terminal("account", "list", NO_COLOR="1"))
        self.assertIn("\x1b[1m", self.done("account", "list", "--color", "always").stdout)

    def test_expanded_rows_are_lists(self):
        shown = self.done("account", "list", "-x", "--limit", "2").stdout
        self.assertTrue(shown.startswith("-[ 1 ]-\nACCOUNT "), shown)
        self.assertIn("-[ 2 ]-\n", shown)

    def test_figures_have_units_for_people_and_none_in_json(self):
        self.assertRegex(self.done("status").stdout, r"bytes_max +64 MiB")
        self.assertEqual(json_of(self.done("status", "--json"))["queue"]["bytes_max"], 67108864)


class Daemon(unittest.TestCase):
    def test_show_config_tells_where_each_setting_comes_from(self):
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/girod.toml"
            with open(file, "w", encoding="utf-8") as config:
                config.write('log_level = "debug"\n\n[limits]\nqueue_bytes = "32 MiB"\n')
            words = [GIROD, "--show-config", "--config", file, "--data", f"{folder}/d", "--socket", f"{folder}/s"]
            shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        self.assertRegex(shown, rf'log_level = "debug" +# {file}:1\n')
        self.assertRegex(shown, rf"queue_bytes = 33554432 +# {file}:4\n")
        self.assertRegex(shown, r"audits = 64 +# default\n")
        self.assertRegex(shown, rf'data = "{folder}/d" +# command line, --data\n')

    def test_lines_of_the_log_have_a_zone(self):
        with tempfile.TemporaryDirectory() as folder:
            words = [GIROD, "--config", f"{folder}/none"]
            refused = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertRegex(refused.stderr, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d critical: ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
