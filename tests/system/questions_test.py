#!/usr/bin/env python3
"""`giro payments`, `holds`, `totals`, `statement` and `get`, against the real `girod`: what a person sees, and what a
program gets.

Usage: questions_test.py GIROD GIRO
"""

import csv
import datetime
import io
import json
import sys
import unittest

from daemon_case import DONE, REJECTED, USAGE, DaemonCase, json_of


class Questions(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done("account", "open", "c:ada", "c:bob", "shop", "--currency", "EUR")
        cls.done("pay", "world", "c:ada", "100.00", "EUR", "--key", "top")
        cls.done("pay", "c:ada", "shop", "12.50", "EUR", "--key", "inv-1", "--reference", "inv, 1")
        cls.done("pay", "c:ada", "shop", "7.00", "EUR", "--key", "inv-2", "--reference", "inv 2")
        cls.run_giro("pay", "c:bob", "shop", "1.00", "EUR", "--key", "poor")
        cls.done("hold", "c:ada", "shop", "30.00", "EUR", "--key", "room")
        cls.done("capture", "room", "10.00", "--key", "night")
        cls.done("reverse", "inv-1", "2.50", "--key", "back")

    def keys(self, *words):
        return [entry["key"] for entry in json_of(self.done("payments", "--json", *words))["payments"]]

    def test_payments_are_listed_by_what_they_are(self):
        self.assertEqual(self.keys("--account", "shop"), ["inv-1", "inv-2", "room", "night", "back"])
        self.assertEqual(self.keys("--account", "shop", "--desc", "--limit", "2"), ["back", "night"])
        self.assertEqual(self.keys("--status", "rejected"), ["poor"])
        self.assertEqual(self.keys("--code", "insufficient_funds"), ["poor"])
        self.assertEqual(self.keys("--account", "c:bob", "--status", "rejected"), ["poor"])
        self.assertEqual(self.keys("--type", "capture"), ["night"])
        self.assertEqual(self.keys("--reference", "inv 2"), ["inv-2"])
        self.assertEqual(self.keys("--reference-prefix", "inv"), ["inv-2", "inv-1"])
        self.assertEqual(self.keys("--min", "10", "--max", "12.50", "--currency", "EUR"), ["inv-1", "night"])
        self.assertEqual(self.keys("--currency", "USD"), [])
        self.assertRegex(self.done("payments", "--account", "shop").stdout, r"12\.50 EUR +c:ada -> shop")

    def test_all_pages_are_shown_where_that_is_asked_for(self):
        ran = self.done("payments", "--limit", "1", "--all")
        self.assertEqual(len(ran.stdout.splitlines()), 1 + len(self.keys()))
        self.assertIn("--all", self.done("payments", "--limit", "1").stderr)

    def test_a_date_is_its_whole_day_in_utc(self):
        today = datetime.datetime.now(datetime.timezone.utc).date()
        yesterday = today - datetime.timedelta(days=1)
        tomorrow = today + datetime.timedelta(days=1)
        self.assertEqual(self.keys("--from", str(yesterday), "--to", str(tomorrow)), self.keys())
        self.assertEqual(self.keys("--to", str(yesterday)), [])
        self.assertEqual(self.keys("--from", str(tomorrow)), [])
        lines = json_of(self.done("statement", "c:ada", "--from", str(today), "--to", str(tomorrow), "--json"))["lines"]
        self.assertEqual(len(lines), 6)

    def test_amounts_need_their_currency_and_names_must_be_known(self):
        self.assertEqual(self.run_giro("payments", "--min", "1").returncode, USAGE)
        self.assertNotEqual(self.run_giro("payments", "--type", "gift").returncode, DONE)
        self.assertEqual(self.run_giro("payments", "--account", "nobody").returncode, REJECTED)

    def test_open_holds_are_listed_with_what_is_left(self):
        ran = self.done("holds", "c:ada")
        self.assertRegex(ran.stdout, r"30\.00 +20\.00 +EUR +c:ada -> shop +room")
        self.assertEqual(json_of(self.done("holds", "c:bob", "--json"))["holds"], [])

    def test_get_shows_what_became_of_a_hold_and_of_a_payment(self):
        shown = self.done("get", "room").stdout
        self.assertRegex(shown, r"left +20\.00 EUR\n")
        self.assertRegex(shown, r"capture +10\.00 +night\n")
        shown = self.done("get", "inv-1").stdout
        self.assertRegex(shown, r"reversed +2\.50 EUR\n")
        self.assertRegex(shown, r"reversal +2\.50 +back\n")
        self.assertEqual([step["key"] for step in json_of(self.done("get", "night", "--json"))["life"]], ["room", "night"])
        self.assertNotIn("life", json_of(self.done("get", "top", "--json")))

    def test_accounts_are_listed_as_they_were(self):
        seq = json_of(self.done("get", "inv-1", "--json"))["seq"]
        accounts = json_of(self.done("account", "list", "--at", str(seq), "--json"))["accounts"]
        self.assertEqual({account["id"]: account["balance"] for account in accounts if account["balance"]},
                         {"c:ada": 8750, "shop": 1250, "world": -10000})
        self.assertEqual({account["as_of_seq"] for account in accounts}, {seq})
        self.assertEqual(next(account for account in accounts if account["id"] == "c:ada")["available"], 8750)
        self.assertEqual(json_of(self.done("account", "list", "--at", "1", "--json"))["accounts"][0]["id"], "world")
        paged = self.done("account", "list", "--at", str(seq), "--limit", "1", "--all", "--json").stdout.splitlines()
        self.assertEqual([account for page in paged for account in json.loads(page)["accounts"]], accounts)

    def test_totals_are_a_balance_sheet(self):
        ran = self.done("totals", "--depth", "2")
        lines = [line.split() for line in ran.stdout.splitlines()]
        self.assertIn(["(all)", "EUR", "7", "100.00", "100.00", "0.00"], lines)
        self.assertIn(["c", "EUR", "2", "0.00", "73.00", "73.00"], lines)
        self.assertIn(["c:ada", "EUR", "1", "0.00", "73.00", "73.00"], lines)
        rows = json_of(self.done("totals", "c", "--json"))["rows"]
        self.assertEqual([row["prefix"] for row in rows], ["c", "c:ada", "c:bob"])
        before = json_of(self.done("totals", "c", "--depth", "0", "--at", "1", "--json"))
        self.assertEqual(before["rows"], [])

    def test_totals_go_on_where_a_page_ended(self):
        pages = self.done("totals", "--depth", "2", "--limit", "1", "--all", "--json").stdout.splitlines()
        whole = json_of(self.done("totals", "--depth", "2", "--json"))["rows"]
        self.assertEqual([row for page in pages for row in json.loads(page)["rows"]], whole)

    def test_a_statement_has_the_sums_of_its_period(self):
        statement = json_of(self.done("statement", "c:ada", "--from", "1", "--json"))
        self.assertEqual((statement["in"], statement["out"], statement["count"]), (10250, 2950, 6))
        self.assertRegex(self.done("statement", "c:ada").stdout, r"in +102\.50 EUR\nout +29\.50 EUR\n")
        self.assertEqual(self.done("account", "statement", "c:ada").stdout, self.done("statement", "c:ada").stdout)
        self.assertEqual(json_of(self.done("statement", "c:ada", "--from", "1", "--format", "json")), statement)

    def test_a_statement_for_a_spreadsheet_has_every_line_in_decimals(self):
        text = self.done("statement", "c:ada", "--asc", "--limit", "2", "--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([row["key"] for row in rows], ["top", "inv-1", "inv-2", "room", "night", "back"])
        self.assertEqual([row["amount"] for row in rows], ["100.00", "-12.50", "-7.00", "0.00", "-10.00", "2.50"])
        self.assertEqual((rows[3]["held_out"], rows[1]["reference"], rows[5]["balance"]), ("30.00", "inv, 1", "73.00"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
