#!/usr/bin/env python3
"""`giro books` and what is asked by effective date, against the real `girod`: what a person sees, what a program gets,
and the exit codes; and all of it once more after a kill.

Usage: books_test.py GIROD GIRO
"""

import json
import re
import signal
import sys
import unittest

from daemon_case import REJECTED, USAGE, TwoAccountsCase, json_of


class Books(TwoAccountsCase):
    FUNDS = None

    def setUp(self):
        """Open books."""
        super().setUp()
        self.run_giro("books", "open")

    def pay(self, amount, date=None):
        dated = ("--effective-date", date) if date else ()
        return self.done("pay", "world", self.payer, amount, "EUR", *dated)

    def balance_on(self, day, account=None):
        return json_of(self.done("account", "show", account or self.payer, "--effective", day, "--json"))

    def test_books_are_shown_closed_and_opened(self):
        self.assertIn("The books are open", self.done("books").stdout)
        self.assertEqual(json_of(self.done("books", "--json")), {"closed_until": None})
        closed = self.done("books", "close", "2020-12-31")
        self.assertRegex(closed.stdout, r"outcome +applied\n")
        self.assertRegex(closed.stdout, r"closed_until +2020-12-31\n")
        self.assertEqual(len(re.findall(r"^until ", closed.stdout, re.MULTILINE)), 1)
        self.assertRegex(closed.stderr, r"key [0-9a-f]{8}-")
        self.assertIn("closed until 2020-12-31", self.done("books").stdout)
        self.assertEqual(json_of(self.done("status", "--json"))["books_closed_until"], "2020-12-31")
        self.done("books", "open", "2019-12-31")
        self.assertEqual(json_of(self.done("books", "--json")), {"closed_until": "2019-12-31"})
        self.assertRegex(self.done("books", "open").stdout, r"closed_until +none\n")
        self.done("books", "close", "2020-06-30", "--key", "books-1")
        self.assertRegex(self.done("get", "books-1").stdout, r"type +books_close\n(.*\n)+until +2020-06-30\n")

    def test_the_books_entries_are_found_by_each_of_their_types(self):
        closed, opened = self.done("books", "close", "2020-12-31"), self.done("books", "open", "2019-12-31")
        for kind, made in ("books_close", closed), ("books_open", opened):
            listed = json_of(self.done("payments", "--type", kind, "--json"))["payments"]
            self.assertIn(re.search(r"^seq +(\d+)", made.stdout, re.MULTILINE)[1], [str(row["seq"]) for row in listed])
            self.assertEqual({row["type"] for row in listed}, {kind})

    def test_what_cant_be_closed_or_opened_says_why(self):
        late = self.rejected("books_not_over", "books", "close", "2999-12-31")
        self.assertIn("isn't over", late.stderr)
        self.done("books", "close", "2020-12-31")
        self.assertIn("opened first", self.rejected("books_closed", "books", "close", "2020-12-31").stderr)
        self.rejected("books_not_closed", "books", "open", "2021-12-31")
        wrong = self.run_and_expect(USAGE, "books", "close", "31.12.2020")
        self.assertIn("isn't a day", wrong.stderr)
        self.assertIn("no money moved", wrong.stderr)
        self.run_and_expect(USAGE, "books", "close")

    def test_closed_time_takes_no_payment(self):
        self.done("books", "close", "2020-12-31")
        words = ("pay", "world", self.payer, "5", "EUR", "--effective-date")
        self.assertIn("new key", self.rejected("books_closed", *words, "2020-12-31").stderr)
        self.done(*words, "2021-01-01")
        self.assertEqual(json_of(self.run_giro(*words, "2020-12-31", "--dry-run", "--json"))["code"], "books_closed")

    def test_the_same_closing_with_the_same_key_takes_effect_once(self):
        words = ("books", "close", "2020-12-31", "--key", f"{self.payer}:close")
        self.done(*words, "--dry-run")
        self.assertIn("The books are open", self.done("books").stdout)
        self.done(*words)
        self.done("books", "open")
        self.assertIn("decided before", self.done(*words).stdout)
        self.assertIn("The books are open", self.done("books").stdout)
        other = self.run_and_expect(REJECTED, "books", "close", "2020-11-30", "--key", f"{self.payer}:close")
        self.assertIn("key_conflict", other.stderr)
        self.assertIn("until", other.stderr)

    def test_balances_by_effective_date(self):
        self.pay("10.00")
        self.pay("5.00", "2020-03-01")
        self.pay("7.00", "2999-01-01")
        for day, balance in (("2020-02-29", 0), ("2020-03-01", 500), ("2998-12-31", 1500), ("2999-01-01", 2200)):
            answer = self.balance_on(day)
            self.assertEqual((answer["balance"], answer["effective_at"]), (balance, day))
        shown = self.done("account", "show", self.payer, "--effective", "2020-03-01").stdout
        self.assertRegex(shown, r"balance +5\.00 EUR\n")
        self.assertRegex(shown, r"effective_at +2020-03-01\n")
        self.run_and_expect(USAGE, "account", "show", self.payer, "--effective", "2020-03-01", "--at", "5")
        self.run_and_expect(USAGE, "account", "show", self.payer, "--effective", "2020-02-30")

    def test_a_statement_by_effective_date_pages_both_ways(self):
        for i in range(7):
            self.pay(f"{i + 1}.00", f"2020-01-{20 - i}" if i % 2 else None)
        words = ("account", "statement", self.payer, "--by", "effective-date", "--limit", "2", "--all", "--json")
        for order, flags in (("asc", ("--asc",)), ("desc", ())):
            pages = [json.loads(line) for line in self.done(*words, *flags).stdout.splitlines()]
            lines = [line for page in pages for line in page["lines"]]
            lines = lines if order == "asc" else lines[::-1]
            self.assertEqual([line["amount"] for line in lines], [600, 400, 200, 100, 300, 500, 700])
            running = 0
            for line in lines:
                running += line["amount"]
                self.assertEqual(line["balance"], running)
            self.assertEqual({(page["opening_balance"], page["closing_balance"]) for page in pages}, {(0, 2800)})
        january = ("--from", "2020-01-17", "--to", "2020-01-31", "--asc")
        shown = self.done("account", "statement", self.payer, "--by", "effective-date", *january).stdout
        self.assertRegex(shown, r"opening_balance +6\.00 EUR\n")
        self.assertRegex(shown, r"closing_balance +12\.00 EUR\n")
        self.assertRegex(shown, r"payment +4\.00 +10\.00 +2020-01-17 ")
        wrong = self.run_and_expect(USAGE, "account", "statement", self.payer, "--by", "effective-date", "--from", "7")
        self.assertIn("invalid_from", wrong.stderr)

    def test_the_trial_balance_by_effective_date_is_balanced(self):
        self.pay("5.00", "1999-03-01")
        before = json_of(self.done("trial-balance", "--effective", "1999-02-28", "--json"))
        after = json_of(self.done("trial-balance", "--effective", "1999-03-01", "--json"))
        self.assertTrue(before["balanced"] and after["balanced"])
        self.assertEqual((after["effective_at"], after["currencies"][0]["credit"]), ("1999-03-01", 500))
        self.assertEqual(before["currencies"], [])

    def test_all_of_it_survives_a_kill(self):
        self.pay("5.00", "2020-03-01")
        self.done("books", "close", "2020-06-30")
        cls = type(self)
        cls.daemon.send_signal(signal.SIGKILL)
        cls.daemon.wait()
        cls.daemon = cls.start_daemon(data=cls.path("data"), socket=cls.socket)
        self.assertEqual(self.balance_on("2020-03-01")["balance"], 500)
        self.assertIn("closed until 2020-06-30", self.done("books").stdout)
        self.rejected("books_closed", "pay", "world", self.payer, "5", "EUR", "--effective-date", "2020-06-30")
        self.done("verify")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
