#!/usr/bin/env python3
"""A bank's statement beside the account's, through the real `giro reconcile`.

Usage: reconcile_test.py GIROD GIRO
"""

import sys
import unittest

from daemon_case import DONE, REJECTED, USAGE, TwoAccountsCase, json_of

RULES = """
counter_account = "world"
separator = ";"
[columns]
date = "Day"
amount = "Amount"
reference = "Ref"
description = "Text"
balance = "Balance"
"""


class Reconcile(TwoAccountsCase):
    FUNDS = None

    def file(self, name, text):
        path = self.path(f"{self._testMethodName}-{name}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def bank(self, *rows):
        """Rows of day, amount, reference; the balance is theirs."""
        text, balance = "Day;Amount;Ref;Text;Balance\n", 0
        for day, amount, reference in rows:
            balance += round(amount * 100)
            text += f"2024-05-{day:02};{amount:.2f};{reference};text of {reference};{balance / 100:.2f}\n"
        return self.file("bank.csv", text)

    def pay(self, day, amount, reference=None, key=None):
        words = ["--effective-date", f"2024-05-{day:02}", "--key", key or self.key(f"{day}-{amount}-{reference}")]
        if reference:
            words += ["--reference", reference]
        sides = ("world", self.shop) if amount > 0 else (self.shop, "world")
        self.done("pay", *sides, f"{abs(amount):.2f}", "EUR", *words)

    def reconcile(self, bank, *words):
        ran = self.run_giro("reconcile", self.shop, bank, "--rules", self.file("bank.toml", RULES), *words)
        self.assertIn(ran.returncode, (DONE, REJECTED), ran.stderr)
        return ran

    def test_what_was_imported_matches_by_its_key(self):
        bank = self.bank((1, 10.0, "a"), (2, -4.0, "b"), (2, -4.0, "b"))
        self.done("import", bank, "--rules", self.file("bank.toml", RULES), "--account", self.shop, "--currency", "EUR")
        ran = self.reconcile(bank, "--json")
        report = json_of(ran)
        self.assertEqual((ran.returncode, report["all_matched"]), (DONE, True), ran.stdout)
        self.assertEqual([match["by"] for match in report["matched"]], ["key"] * 3)
        self.assertEqual(report["closing_balance"], {"here": 200, "there": 200})

    def test_each_kind_of_difference_is_found(self):
        self.pay(1, 10.0, "same")
        self.pay(2, 20.0, "differs")
        self.pay(3, 30.0, "mine")
        self.pay(4, 7.0)
        bank = self.bank((1, 10.0, "same"), (2, 21.0, "differs"), (6, 7.0, "other words"), (7, 5.0, "theirs"))
        ran = self.reconcile(bank, "--json")
        report = json_of(ran)
        self.assertEqual(ran.returncode, REJECTED)
        self.assertEqual([match["by"] for match in report["matched"]], ["reference", "amount"])
        (differing,) = report["differing"]
        self.assertEqual((differing["here"]["amount"], differing["there"]["amount"]), (2000, 2100))
        self.assertEqual([line["reference"] for line in report["only_here"]], ["mine"])
        self.assertEqual([line["line"] for line in report["only_there"]], [5])
        self.assertEqual(report["closing_balance"], {"here": 6700, "there": 4300})
        shown = self.reconcile(bank).stdout
        for words in ("matched          2 (0 by key, 1 by reference, 1 by amount and day)", "only here", "only there",
                      "67.00 EUR here, 43.00 EUR there, 24.00 apart"):
            self.assertIn(words, shown)

    def test_days_may_be_so_far_apart_and_no_farther(self):
        self.pay(1, 10.0)
        self.pay(9, 1.0)
        bank = self.bank((4, 10.0, "late"), (9, 1.0, "x"))
        since = ("--from", "2024-05-01")
        self.assertEqual(self.reconcile(bank, *since, "--days", "3").returncode, DONE)
        self.assertEqual(self.reconcile(bank, *since, "--days", "2").returncode, REJECTED)

    def test_balances_alone_can_differ(self):
        self.pay(1, 10.0)
        bank = self.bank((1, 10.0, "x"))
        self.assertEqual(self.reconcile(bank).returncode, DONE)
        self.assertEqual(self.reconcile(bank, "--closing", "11.00").returncode, REJECTED)

    def test_a_file_that_cant_be_read_whole_is_no_statement(self):
        bank = self.file("bank.csv", "Day;Amount;Ref;Text;Balance\n2024-05-01;x;r;t;1.00\n")
        rules = self.file("bank.toml", RULES)
        ran = self.run_giro("reconcile", self.shop, bank, "--rules", rules)
        self.assertEqual((ran.returncode, ran.stdout), (USAGE, ""))
        self.assertIn("line 2: amount `x`", ran.stderr)
        ran = self.run_giro("reconcile", self.shop, self.file("x.csv", "a,b\n"))
        self.assertEqual(ran.returncode, USAGE)
        self.assertEqual(self.run_giro("reconcile", "nobody", bank, "--rules", rules).returncode, REJECTED)

    def test_the_banks_in_can_be_our_out(self):
        self.pay(1, 10.0)
        self.assertEqual(self.reconcile(self.bank((1, -10.0, "x")), "--opposite").returncode, DONE)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
