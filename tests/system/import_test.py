#!/usr/bin/env python3
"""Files of banks and of other programs through the real `giro import`: what is paid, once, and what is told of the rest.

Usage: import_test.py GIROD GIRO
"""

import json
import os
import shutil
import subprocess
import sys
import unittest

from daemon_case import DONE, REJECTED, USAGE, DaemonCase, json_of

RULES = """
account = "acct:a"
counter_account = "world"
currency = "EUR"
separator = ";"
decimal = ","
thousands = "."
date_format = "%d.%m.%Y"
[columns]
date = "Day"
amount = "Amount"
description = "Text"
"""
HEADER = "Day;Amount;Text\n"


class ImportCase(DaemonCase):
    def file(self, name, text, encoding="utf-8"):
        path = self.path(f"{self._testMethodName}-{name}")
        with open(path, "w", encoding=encoding, newline="") as file:
            file.write(text)
        return path

    def bank(self, rows, *words, rules=RULES, **how):
        return self.run_giro(
            "import", self.file("bank.csv", rows, **how), "--rules", self.file("bank.toml", rules), *words
        )

    def refused(self, ran, *words):
        """Wrong usage, told with these words, and nothing was paid by it."""
        self.assertEqual((ran.returncode, ran.stdout), (USAGE, ""), ran.stderr)
        for word in words:
            self.assertIn(word, ran.stderr)


class ByRules(ImportCase):
    def test_a_file_pays_once_however_often_it_is_imported(self):
        before = self.balance("acct:a")
        rows = HEADER + "05.01.2024;1.234,56;Salary\n06.01.2024;-12,00;Rent\n06.01.2024;-12,00;Rent\n"
        self.assertEqual(self.bank(rows).stdout, "3 applied, 0 rejected, 0 replayed\n")
        self.assertEqual(self.balance("acct:a"), before + 121056)
        self.assertEqual(self.bank(rows).stdout, "0 applied, 0 rejected, 3 replayed\n")
        overlapping = HEADER + "06.01.2024;-12,00;Rent\n07.01.2024;1,00;Interest\n"
        self.assertEqual(self.bank(overlapping).stdout, "1 applied, 0 rejected, 1 replayed\n")
        self.assertEqual(self.balance("acct:a"), before + 121156)

    def test_two_accounts_may_have_equal_lines(self):
        rows = HEADER + "09.01.2024;5,00;Interest\n"
        for account in ("acct:a", "acct:b"):
            ran = self.bank(rows, "--account", account)
            self.assertEqual(ran.stdout, "1 applied, 0 rejected, 0 replayed\n", ran.stderr)

    def test_two_columns_latin1_skipped_lines_and_columns_by_number(self):
        rules = 'encoding = "latin1"\nskip_lines = 2\nheader = false\nseparator = "tab"\ncounter_account = "world"\n'
        rules += '[columns]\nin = 2\nout = 3\ndescription = [4, 5]\naccount = 1\ncurrency = 6\nkey = [7]\n'
        rules += '[accounts]\n"12-34" = "acct:b"\n[fields]\ncode = 7\nreference = "july"\n'
        rows = "Bank of Wien\n\n12-34\t10.50\t\tGr\u00fc\u00dfe\taus Wien\tEUR\tx-1\n12-34\t\t0.50\tFee\t\tEUR\tx-2\n"
        ran = self.bank(rows, rules=rules, encoding="latin1")
        self.assertEqual(ran.stdout, "2 applied, 0 rejected, 0 replayed\n", ran.stderr)
        entry = json_of(self.done("get", "import:x-1", "--json"))
        self.assertEqual((entry["description"], entry["amount"]), ("Gr\u00fc\u00dfe aus Wien", 1050))
        self.assertEqual((entry["payment_code"], entry["reference"], entry["to"]), (7, "july", "acct:b"))
        self.assertEqual(json_of(self.done("get", "import:x-2", "--json"))["from"], "acct:b")

    def test_a_check_decides_nothing_and_tells_what_would_become_of_each_row(self):
        before = json_of(self.done("status", "--json"))["seq"]
        rows = HEADER + "05.01.2024;7,00;in\n05.01.2024;oops;x\n06.01.2024;-7,00;out again\n"
        rows += "07.01.2024;-9,00;too much\n08.01.2024;0,00;a note\n"
        rules = RULES.replace("acct:a", "acct:poor")
        ran = self.bank(rows, "--check", "--json", rules=rules)
        self.assertEqual(ran.returncode, REJECTED)
        report = json_of(ran)
        # The second row spends what the first one brings: they are judged in their order.
        self.assertEqual((report["would_apply"], report["would_reject"]), (2, {"insufficient_funds": 1}))
        self.assertEqual((report["errors"], report["left_out"]), (1, 1))
        self.assertEqual(report["totals"], {"EUR": {"movements": 3, "total": "2300"}})
        self.assertIn("line 3: amount `oops`", ran.stderr)
        self.assertIn("line 5: would be rejected: insufficient_funds", ran.stderr)
        self.assertEqual(json_of(self.done("status", "--json"))["seq"], before)

    def test_a_check_names_the_accounts_that_arent_there(self):
        ran = self.bank(HEADER + "05.01.2024;7,00;in\n", "--check", rules=RULES.replace("world", "nobody:at-all"))
        self.assertEqual(ran.returncode, REJECTED)
        self.assertIn("There is no account nobody:at-all.", ran.stdout)

    def test_all_or_none_of_a_file(self):
        rules = RULES.replace("acct:a", "acct:poor")
        rows = HEADER + "05.01.2024;3,00;in\n06.01.2024;-4,00;too much\n"
        ran = self.bank(rows, "--all-or-none", rules=rules)
        self.assertEqual(ran.returncode, REJECTED)
        self.assertIn("line 3", ran.stdout)
        self.assertEqual(self.balance("acct:poor"), 0)
        many = HEADER + "05.01.2024;0,01;in\n" * 1001
        self.refused(self.bank(many, "--all-or-none", rules=rules), "line 1002", "at most 1000")
        self.assertEqual(self.balance("acct:poor"), 0)

    def test_rejects_are_a_file_for_the_same_rules(self):
        rejects = self.path("rejects-of-import.csv")
        good, bad = "05.01.2024;1,00;good\n", "06.01.2024;1;00;no\n".replace(";1;00", ";1.0")
        ran = self.bank("Bank\n" + HEADER + good + bad, "--rejects", rejects, rules="skip_lines = 1\n" + RULES)
        self.assertEqual(ran.returncode, REJECTED)
        with open(rejects, encoding="utf-8") as file:
            self.assertEqual(file.read(), "Bank\n" + HEADER + bad)

    def test_what_is_wrong_with_a_file_is_told_with_its_line_and_what_to_do(self):
        commas = HEADER.replace(";", ",") + "05.01.2024,1.00,x\n"
        self.refused(self.bank(commas), "line 1", 'separator = ","')
        self.refused(self.bank("Day;Sum;Text\n05.01.2024;1,00;x\n"), "line 1", "no column `Amount`", "`Sum`", "Mend")
        self.refused(self.bank(HEADER + "05.01.2024;1,00\n"), "line 2", "2 columns where the header has 3")
        latin = self.bank(HEADER + "05.01.2024;1,00;Gr\u00fc\u00dfe\n", encoding="latin1")
        self.assertEqual(latin.returncode, REJECTED)
        self.assertIn("line 2: column 3: the text isn't UTF-8", latin.stderr)
        self.assertIn('encoding = "latin1"', latin.stderr)
        self.refused(self.bank(HEADER + "05.01.2024;1,00;x"), "line 2", "without a line end")
        self.refused(self.bank(HEADER, encoding="utf-16"), "UTF-16", "UTF-8")
        self.refused(self.bank(HEADER, rules=RULES + 'colour = "red"\n'), "line 13", "unknown `colour`")
        self.refused(self.bank(HEADER, rules="account = 3\n"), "line 1", "`account` must be text")
        self.refused(self.bank(HEADER, rules="account = \n"), "line 1")
        self.refused(self.bank(HEADER, rules=""), "doesn't say which column has the amount")

    def test_a_line_of_a_hundred_megabytes_ends_the_file_in_little_memory(self):
        path = self.path("long.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEADER + "05.01.2024;1,00;fine\n06.01.2024;1,00;")
            for _ in range(100):
                file.write("x" * 1_000_000)
            file.write("\n")
        ran = self.run_giro("import", path, "--rules", self.file("bank.toml", RULES))
        self.assertEqual(ran.returncode, USAGE)
        self.assertIn("line 3: a row of more than 1048576 bytes", ran.stderr)
        self.assertIn("1 applied", ran.stderr)


class Native(ImportCase):
    def test_ndjson_without_keys_gets_keys_of_its_own_words(self):
        row = {"from": "world", "to": "acct:b", "amount": 5, "currency": "EUR", "description": "twice"}
        rows = self.file("rows.ndjson", (json.dumps(row) + "\n") * 2)
        self.assertEqual(self.done("import", rows).stdout, "2 applied, 0 rejected, 0 replayed\n")
        self.assertEqual(self.done("import", rows).stdout, "0 applied, 0 rejected, 2 replayed\n")

    def test_a_csv_with_other_columns_asks_for_rules(self):
        self.refused(self.run_giro("import", self.file("x.csv", "Day,Sum\n1,2\n")), "unknown column `Day`", "--rules")


@unittest.skipUnless(shutil.which("hledger"), "hledger isn't installed")
class Journals(ImportCase):
    def hledger(self, journal, *words):
        return subprocess.run(
            ["hledger", "-f", journal, *words], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def test_a_journal_becomes_payments_that_balance_in_each_currency(self):
        text = "2024-01-05 (c-1) Opening\n    j:bank  1000.00 EUR\n    j:equity\n\n"
        text += "2024-01-06 Exchange\n    j:usd  110.00 USD @@ 100.00 EUR\n    j:bank\n\n"
        text += "2024-01-07 Shares\n    j:big broker  3 VTI2 @ 20.00 USD\n    j:usd\n"
        text = text.replace("VTI2", '"VTI2"')
        journal = self.file("books.journal", text)
        self.refused(self.run_giro("import", journal), "EUR, USD, VTI2", "--currency")
        ran = self.done("import", journal, "--currency", "EUR", "--open-accounts")
        self.assertEqual(ran.stdout, "3 applied, 0 rejected, 0 replayed\n")
        self.assertIn("Accounts opened, without a floor: 7.", ran.stderr)
        for account, balance in (("j:bank", 90000), ("j:usd:USD", 5000), ("j:big_broker:VTI2", 3)):
            self.assertEqual(self.balance(account), balance)
        self.assertEqual(self.balance("equity:conversion:EUR"), 10000)
        ran = self.done("import", journal, "--currency", "EUR")
        self.assertEqual(ran.stdout, "0 applied, 0 rejected, 3 replayed\n")

    def test_two_accounts_that_would_be_one_are_refused_before_anything_is_paid(self):
        journal = self.file("two.journal", "2024-01-05 x\n    a b:c  1.00 EUR\n    a_b:c\n")
        self.refused(self.run_giro("import", journal, "--open-accounts"), "`a b:c`", "`a_b:c`", "[accounts]")

    def test_what_hledger_cant_read_is_hledgers_to_tell_and_pays_nothing(self):
        journal = self.file("broken.journal", "2024-01-05 x\n    a  1.00 EUR\n    b  2.00 EUR\n")
        ran = self.run_giro("import", journal, "--open-accounts")
        self.refused(ran, "hledger couldn't read the journal", "could not balance")

    def test_a_journal_of_years_has_the_same_balances_here_account_by_account(self):
        if not shutil.which("bean-example"):
            self.skipTest("beancount isn't installed")
        example = self.path("example.beancount")
        years = ["--date-begin", "2021-01-01", "--date-end", "2023-12-31"]
        subprocess.run(["bean-example", "--seed", "7", *years, "-o", example], check=True, stderr=subprocess.DEVNULL)
        with open(shutil.which("bean-example"), encoding="utf-8") as program:
            python = program.readline()[2:].split()
        converter = os.path.join(os.path.dirname(os.path.abspath(__file__)), "beancount_to_hledger.py")
        text = subprocess.run([*python, converter, example], stdout=subprocess.PIPE, text=True, check=True).stdout
        journal = self.file("example.journal", text)
        ran = self.run_giro("import", journal, "--currency", "USD", "--open-accounts", "--quiet")
        self.assertEqual(ran.returncode, DONE, ran.stderr)
        self.assertIn("0 rejected, 0 replayed", ran.stdout)

        there = {}
        for row in json.loads(self.hledger(journal, "balance", "--flat", "--no-elide", "-N", "-O", "json"))[0]:
            for amount in row[3]:
                quantity = amount["aquantity"]
                name = row[0] if amount["acommodity"] == "USD" else f"{row[0]}:{amount['acommodity']}"
                there[name] = (quantity["decimalMantissa"], quantity["decimalPlaces"])
        here = {}
        for line in self.done("account", "list", "--all", "--json").stdout.splitlines():
            for account in json.loads(line)["accounts"]:
                here[account["id"]] = (account["balance"], account["scale"])
        self.assertGreater(len(there), 40)
        for name, (mantissa, places) in there.items():
            balance, scale = here[name]
            self.assertEqual(balance * 10**places, mantissa * 10**scale, name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
