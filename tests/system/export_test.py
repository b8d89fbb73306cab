#!/usr/bin/env python3
"""The ledger through the real `giro export`, read by the programs that these formats belong to.

Usage: export_test.py GIROD GIRO
"""

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import unittest
import xml.etree.ElementTree as ElementTree

from daemon_case import DONE, NO_OUTPUT, REJECTED, USAGE, DaemonCase, json_of

CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.02}"
TEXTS = ['say "hi"; or not', "(x) *y", "[2020-01-01] ::z", "two\nlines", "= 5 EUR", "back\\slash", "Gr\u00fc\u00dfe | note"]
NAMES = ["x::y", ":lead", "trail:", "m:-minus", "1:2", "Assets:Bank", "assets:bank", "Assets:small", "a.b_c/d@e-f", "Ada"]


def tool(name):
    return unittest.skipUnless(shutil.which(name), f"{name} isn't installed")


def output_of(*words):
    ran = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 0, f"{words}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    return ran.stdout


class Export(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        world = ["account", "open", "--floor", "none"]
        cls.done(*world, "world:usd", "fx:usd", "--currency", "USD")
        cls.done(*world, "fx:eur", *NAMES, "--currency", "EUR")
        cls.done(*world, "world:jpy", "acct:jpy", "--currency", "JPY")
        cls.done(*world, "world:pts", "acct:pts", "--currency", "PTS2", "--scale", "3")
        cls.done("account", "open", "acct:usd", "--currency", "USD")
        cls.done("pay", "world", "acct:a", "100.00", "EUR", "--key", "start", "--effective-date", "2024-02-29")
        for number, (text, name) in enumerate(zip(TEXTS + TEXTS, NAMES)):
            words = ["--key", f"t-{number};x", "--reference", f"r {number} (a)", "--effective-date", f"2025-01-{number + 1:02}"]
            cls.done("pay", "world", name, f"{number + 1}.50", "EUR", "--description", text, *words)
        cls.done("pay", "world:jpy", "acct:jpy", "1234", "JPY", "--key", "yen")
        cls.done("pay", "world:pts", "acct:pts", "1.005", "PTS2", "--key", "points")
        legs = [("acct:a", "fx:eur", 1000, "EUR"), ("fx:usd", "acct:usd", 1100, "USD")]
        fields = ("from", "to", "amount", "currency")
        deal = {"key": "deal", "legs": [dict(zip(fields, leg)) for leg in legs]}
        cls.done("submit", "-", text=json.dumps(deal) + "\n")
        cls.done("hold", "acct:a", "acct:b", "20.00", "EUR", "--key", "held")
        cls.done("capture", "held", "5.00", "--key", "captured")
        cls.done("reverse", "deal", "--key", "back")
        cls.rejected("insufficient_funds", "pay", "acct:poor", "acct:a", "1.00", "EUR", "--key", "no")

    def balances(self):
        found = {}
        lines = self.done("account", "list", "--all", "--json").stdout
        for line in lines.splitlines():
            for account in json.loads(line)["accounts"]:
                found[account["id"]] = (account["balance"], account["scale"], account["currency"])
        return found

    def exported(self, form, *words):
        path = self.path(f"{self._testMethodName}.{form}")
        with open(path, "w", encoding="utf-8") as file:
            ran = self.run_giro("export", form, *words, stdout=file)
        self.assertEqual(ran.returncode, DONE, ran.stderr)
        return path

    def compare(self, there, decimals=18):
        """`there`: by name, the decimal and the currency. Accounts with nothing needn't be there; a program may show
        fewer decimals than it knows."""
        for name, (balance, scale, currency) in self.balances().items():
            with self.subTest(account=name):
                if balance == 0 and name not in there:
                    continue
                decimal, unit = there[name]
                self.assertEqual(unit, currency)
                self.assertLess(abs(float(decimal) * 10**scale - balance), max(0.5, 10 ** (scale - decimals)))

    @tool("hledger")
    def test_hledger_has_each_account_as_it_is_here(self):
        path = self.exported("hledger")
        rows = json.loads(output_of("hledger", "-f", path, "balance", "--flat", "-E", "-N", "-O", "json"))[0]
        there = {}
        for name, _, _, amounts in rows:
            self.assertLessEqual(len(amounts), 1, name)
            for amount in amounts:
                quantity = amount["aquantity"]
                there[name.replace("%", "")] = (
                    quantity["decimalMantissa"] / 10 ** quantity["decimalPlaces"],
                    amount["acommodity"],
                )
        self.compare(there)
        output_of("hledger", "-f", path, "check", "accounts", "balancednoautoconversion")

    @tool("ledger")
    def test_ledger_has_each_account_as_it_is_here(self):
        path = self.exported("ledger")
        form = "%(account)|%(scrub(total))\\n"
        text = output_of("ledger", "-f", path, "--flat", "--no-total", "--empty", "balance", "--balance-format", form)
        there = {}
        for line in text.splitlines():
            name, _, amount = line.partition("|")
            if amount == "0":
                continue
            quantity, _, unit = amount.partition(" ")
            there[name.replace("%", "")] = (quantity, unit.strip('"'))
        self.compare(there)

    @tool("bean-query")
    def test_beancount_has_each_account_as_it_is_here(self):
        path = self.exported("beancount")
        self.assertEqual(output_of("bean-check", path), "")
        with open(path, encoding="utf-8") as file:
            ids = dict(re.findall(r'^1700-01-01 open (\S+) \S+\n  giro-id: "(.*)"$', file.read(), re.M))
        query = "SELECT account, sum(number), currency GROUP BY account, currency"
        rows = csv.reader(io.StringIO(output_of("bean-query", "-f", "csv", path, query)))
        next(rows)
        self.compare({ids[row[0].strip()]: (row[1], row[2].strip()) for row in rows if row}, decimals=2)

    def test_a_rate_of_exchange_is_told_and_changes_no_balance(self):
        with open(self.exported("hledger"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"\nP \d{4}-\d\d-\d\d EUR 1\.1 USD\n")

    def test_csv_and_ndjson_have_each_movement_once_and_nothing_else(self):
        with open(self.exported("csv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        sums = {}
        for row in rows:
            for side, sign in (("from", -1), ("to", 1)):
                sums[row[side]] = round(sums.get(row[side], 0) + sign * float(row["amount"]), 3)
        for name, (balance, scale, _) in self.balances().items():
            self.assertEqual(sums.get(name, 0), balance / 10**scale, name)
        keys = {row["key"] for row in rows}
        self.assertTrue({"start", "captured", "back", "deal"} <= keys)
        self.assertFalse({"held", "no"} & keys)
        self.assertIn("two\nlines", {row["description"] for row in rows})
        with open(self.exported("ndjson"), encoding="utf-8") as file:
            self.assertEqual({json.loads(line)["key"] for line in file}, keys)

    def test_at_an_earlier_moment_it_is_as_it_was_then(self):
        seq = json_of(self.done("get", "captured", "--json"))["seq"]
        for words in (("--at", str(seq - 1)), ("--at", json_of(self.done("get", "held", "--json"))["at"])):
            text = self.done("export", "csv", *words).stdout
            self.assertIn(",deal,", text)
            self.assertNotIn(",captured,", text)

    def test_statements_in_camt_lead_from_balance_to_balance_and_reconcile_with_themselves(self):
        path = self.exported("camt.053")
        balances = self.balances()
        seen = set()
        for statement in ElementTree.parse(path).getroot().iter(f"{CAMT}Stmt"):
            name = statement.find(f"{CAMT}Acct/{CAMT}Nm").text
            seen.add(name)

            def signed(element):
                sign = 1 if element.find(f"{CAMT}CdtDbtInd").text == "CRDT" else -1
                return sign * round(float(element.find(f"{CAMT}Amt").text) * 10 ** balances[name][1])

            opening, closing = (signed(balance) for balance in statement.findall(f"{CAMT}Bal"))
            self.assertEqual((opening, closing), (0, balances[name][0]), name)
            self.assertEqual(sum(signed(entry) for entry in statement.findall(f"{CAMT}Ntry")), closing)
            days = [day.text for day in statement.iterfind(f"{CAMT}Bal/{CAMT}Dt/{CAMT}Dt")]
            self.assertEqual(days[0][:4], days[1][:4], "it begins with the account's first line")
        self.assertEqual(set(balances) - seen, {"acct:pts", "world:pts"})
        mine = self.exported("camt.053", "--account", "acct:a")
        ran = self.run_giro("reconcile", "acct:a", mine, "--days", "366", "--from", "2024-01-01", "--json")
        report = json_of(ran)
        self.assertEqual(len(report["only_there"]), 0, ran.stdout)

    def test_a_copy_for_analysis_adds_up_and_overwrites_nothing(self):
        path = self.path("copy.db")
        ran = self.done("export", "--sqlite", path, "--json")
        self.assertEqual(json_of(ran)["file"], path)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with sqlite3.connect(path) as copy:
            sums = dict(copy.execute("SELECT account, sum(amount) FROM postings GROUP BY account"))
            for name, (balance, _, _) in self.balances().items():
                self.assertEqual(sums.get(name, 0), balance, name)
            self.assertEqual(dict(copy.execute("SELECT id, balance FROM accounts WHERE balance<>0")),
                             {name: sum_ for name, sum_ in sums.items() if sum_})
            self.assertEqual(copy.execute("SELECT code FROM entries WHERE key='no'").fetchall(), [("insufficient_funds",)])
            self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        copy.close()
        again = self.run_giro("export", "--sqlite", path)
        self.assertEqual(again.returncode, USAGE)
        self.assertIn("isn't overwritten", again.stderr)
        nowhere = self.run_giro("export", "--sqlite", self.path("no/where.db"))
        self.assertEqual(nowhere.returncode, NO_OUTPUT)
        self.assertEqual([name for name in os.listdir(self.folder.name) if name.endswith(".part")], [])

    def test_wrong_words_are_told(self):
        for words in ((), ("xml",), ("csv", "--account", "acct:a"), ("csv", "--at", "the other day")):
            self.assertEqual(self.run_giro("export", *words).returncode, USAGE, words)
        self.assertEqual(self.run_giro("export", "camt.053", "--account", "nobody").returncode, REJECTED)


class WhilePaymentsGoOn(DaemonCase):
    def test_an_export_is_of_one_moment(self):
        """Each payment of two legs leaves both accounts alike; the exports must find them so."""
        for name in ("go:a", "go:b"):
            self.done("account", "open", name, "--currency", "EUR")
        legs = [{"from": "world", "to": to, "amount": 1, "currency": "EUR"} for to in ("go:a", "go:b")]
        stop = threading.Event()

        def pay():
            number = 0
            while not stop.is_set():
                rows = [json.dumps({"key": f"go-{number + i}", "legs": legs}) for i in range(500)]
                number += 500
                self.done("submit", "-", "--quiet", text="\n".join(rows) + "\n")

        payer = threading.Thread(target=pay)
        payer.start()
        try:
            for _ in range(3):
                text = self.done("export", "hledger").stdout
                head = int(re.search(r"as of seq (\d+)", text).group(1))
                self.assertLessEqual(max(map(int, re.findall(r"; seq: (\d+)", text)), default=0), head)
                moved = {name: len(re.findall(rf"^    {name}  0\.01 EUR$", text, re.M)) for name in ("go:a", "go:b")}
                said = dict(re.findall(r"^    (go:.)  0\.00 EUR = (.*) EUR$", text, re.M))
                self.assertEqual(moved["go:a"], moved["go:b"])
                for name, count in moved.items():
                    self.assertEqual(round(float(said.get(name, "0")) * 100), count)
        finally:
            stop.set()
            payer.join()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
