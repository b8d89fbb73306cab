#!/usr/bin/env python3
"""All or none, rows of every method, limits and alerts, and why: `giro group`, `submit`, `account limits` and `explain`
against the real `girod`.

Usage: groups_test.py GIROD GIRO
"""

import json
import sys
import unittest

from daemon_case import DONE, REJECTED, USAGE, TwoAccountsCase, json_of


def ndjson(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


class GroupsCase(TwoAccountsCase):
    def pay(self, key, amount, code=DONE):
        return self.run_and_expect(code, "pay", self.payer, self.shop, amount, "EUR", "--key", self.key(key))

    def payment(self, key, amount, **fields):
        row = {"key": self.key(key), "from": self.payer, "to": self.shop, "amount": amount, "currency": "EUR"}
        return row | fields

    def explain(self, name):
        """What is told of it to a program, and to a person."""
        return json_of(self.done("explain", name, "--json")), self.done("explain", name).stdout


class Groups(GroupsCase):
    def group(self, text, *words, code=DONE):
        return self.run_and_expect(code, "group", "-", *words, text=text)

    def members(self, amount=500):
        """An account that is opened and paid, and a hold on what it got."""
        new = self.payer + ":new"
        return ndjson(
            {"method": "accounts.open", "id": new, "currency": "EUR"},
            self.payment("g1", 500, to=new),
            {"method": "payments.hold", "params": self.payment("g2", amount, **{"from": new})},
        )

    def test_all_members_are_applied_and_see_each_other(self):
        ran = self.group(self.members())
        self.assertRegex(ran.stdout, r"MEMBER +LINE +METHOD +KEY +OUTCOME +SEQ\n")
        self.assertRegex(ran.stdout, rf" 0 +1 +accounts.open +{self.payer}:new +applied")
        self.assertRegex(ran.stdout, rf" 1 +2 +payments.submit +{self.key('g1')} +applied")
        self.assertRegex(ran.stdout, rf" 2 +3 +payments.hold +{self.key('g2')} +held")
        self.assertRegex(ran.stdout, r"All 3 members are applied, as a whole \(#\d+ to #\d+\)\.\n")
        self.assertEqual(self.account(self.payer + ":new")["available"], 0)
        report, text = self.explain(self.key("g1"))
        self.assertEqual(report["figures"]["group"]["count"], 3)
        self.assertIn("member 1 of the 3 of a group", text)

    def test_one_that_fails_rejects_all_and_is_named_with_what_to_do(self):
        ran = self.group(self.members(501), code=REJECTED)
        self.assertIn(f"Nothing is applied: member 2 (line 3, key {self.key('g2')}) rejected: insufficient_funds", ran.stdout)
        self.assertRegex(ran.stdout, r"under new keys; `giro explain '#\d+'` says more\.\n")
        self.assertEqual(ran.stdout.count("rejected: group_failed"), 2)
        self.assertEqual(self.account(self.payer)["balance"], 10000)
        self.run_and_expect(REJECTED, "account", "show", self.payer + ":new")
        report, text = self.explain(self.key("g1"))
        failed = json_of(self.run_and_expect(REJECTED, "get", self.key("g2"), "--json"))["seq"]
        self.assertEqual(report["figures"]["failed_seq"], failed)
        self.assertEqual(report["figures"]["failed_code"], "insufficient_funds")
        self.assertIn(f"`giro explain '#{failed}'`", text)
        self.assertIn("without what the members of its group before it did", self.explain(f"#{failed}")[1])

    def test_what_opened_an_account_that_is_there_already_says_nothing_of_the_group(self):
        """Its opening has a seq of its own, and was applied."""
        by_itself, by_a_group = self.payer + ":one", self.payer + ":two"
        self.done("account", "open", by_itself, "--currency", "EUR")
        self.group(ndjson({"method": "accounts.open", "id": by_a_group, "currency": "EUR"}, self.payment("o1", 1)))
        for account in (by_itself, by_a_group):
            there = {"method": "accounts.open", "id": account, "currency": "EUR"}
            for amount, code, status in ((1_000_000, REJECTED, "rejected"), (2, DONE, "applied")):
                for name, rows in (("last", (0, there)), ("first", (there, 0))):
                    payment = self.payment(f"o-{account}-{status}-{name}", amount)
                    group = ndjson(*(row or payment for row in rows))
                    rehearsed = json_of(self.group(group, "--dry-run", "--json", code=code))
                    self.assertEqual(rehearsed["status"], status)
                    for _ in range(2):
                        told = json_of(self.group(group, "--json", code=code))
                        self.assertEqual(told["status"], status)
                        seq = next(one["seq"] for one in told["members"] if "id" not in one)
                        self.assertEqual((told["first_seq"], told["last_seq"]), (seq, seq))

    def test_a_group_is_answered_with_what_it_decided_after_a_crash_too(self):
        fine, failing = self.members(), ndjson(self.payment("f1", 1), self.payment("f2", 10**9))
        first = json_of(self.group(fine, "--json"))
        self.group(failing, code=REJECTED)
        self.restart_after_a_crash()
        again = json_of(self.group(fine, "--json"))
        self.assertEqual((again["status"], again["replayed"]), ("applied", True))
        self.assertEqual(again["first_seq"], first["first_seq"])
        self.assertIn("That was decided before; nothing happened now.", self.group(fine).stdout)
        self.assertIn("That was decided before, and stands.", self.group(failing, code=REJECTED).stdout)
        self.assertEqual(self.account(self.payer)["balance"], 9500)

    def test_a_dry_run_keeps_nothing_and_leaves_the_keys_unused(self):
        for text, code, words in (
            (self.members(), DONE, "All 3 members would be applied, as a whole."),
            (self.members(501), REJECTED, "Nothing is applied: member 2 (line 3"),
        ):
            ran = self.group(text, "--dry-run", code=code)
            self.assertIn(words, ran.stdout)
            self.assertIn("A dry run: nothing was kept.", ran.stdout)
        self.run_and_expect(REJECTED, "account", "show", self.payer + ":new")
        self.group(self.members())

    def test_a_csv_of_payments_is_a_group_as_well(self):
        header = "key,from,to,amount,currency\n"
        rows = f"{self.key('c1')},{self.payer},{self.shop},12.50,EUR\n{self.key('c2')},{self.shop},{self.payer},2.50,EUR\n"
        self.group(header + rows)
        self.assertEqual(self.account(self.shop)["balance"], 1000)

    def test_what_is_wrong_is_named_by_its_line_and_nothing_is_sent(self):
        bad_value = "key,from,to,amount,currency\n" + f"{self.key('w')},{self.payer},{self.shop},one,EUR\n"
        many = ndjson(*(self.payment(f"m{i}", 1) for i in range(1001)))
        for text, words in (
            ("", "stdin has no row"),
            (bad_value, "line 2: amount `one`"),
            (many, "line 1001: a group has at most 1000 members"),
            (ndjson(self.payment("w", 1)) + "[]\n", "line 2: not a JSON object"),
            (ndjson(self.payment("w", 1), self.payment("x", 0)), "line 2: invalid_amount: members[1]: "),
            (ndjson(self.payment("w", 1), self.payment("w", 1)), "line 2: invalid_key"),
        ):
            self.assertIn(words, self.group(text, code=USAGE).stderr)
        self.assertEqual(self.account(self.payer)["balance"], 10000)
        self.group(ndjson(*(self.payment(f"m{i}", 1) for i in range(1000))))

    def test_a_key_that_decided_something_by_itself_is_a_conflict(self):
        self.pay("alone", "1.00")
        ran = self.group(ndjson(self.payment("alone", 100), self.payment("other", 1)), code=REJECTED)
        self.assertIn("key_conflict", ran.stderr)
        self.assertEqual(self.account(self.payer)["balance"], 9900)

    def restart_after_a_crash(self):
        cls = type(self)
        cls.daemon.kill()
        cls.daemon.wait(timeout=60)
        cls.daemon = cls.start_daemon("--config", cls.path("girod.toml"), data=cls.path("data"), socket=cls.socket)


class SubmitOfMethods(GroupsCase):
    def submit(self, text, code=DONE):
        return self.run_and_expect(code, "submit", "-", text=text)

    def test_lines_of_ndjson_name_their_methods(self):
        rows = ndjson(
            {"method": "payments.hold", **self.payment("h", 5000, metadata={"rate": 12.5})},
            {"method": "payments.capture", "key": self.key("c"), "hold": self.key("h"), "amount": 2000},
            {"method": "payments.void", "params": {"key": self.key("v"), "hold": self.key("h")}},
            {"method": "payments.submit", **self.payment("p", 100)},
            self.payment("q", 100),
            {"method": "payments.reverse", "key": self.key("r"), "original": self.key("p")},
            {"method": "accounts.update", "key": self.key("u"), "id": self.shop, "ceiling": 100000},
        )
        self.assertEqual(self.submit(rows).stdout, "7 applied, 0 rejected, 0 replayed\n")
        self.assertEqual(self.submit(rows).stdout, "0 applied, 0 rejected, 7 replayed\n")
        self.assertEqual(self.account(self.shop)["balance"], 2100)
        self.assertEqual(self.account(self.payer)["held_out"], 0)

    def test_a_csv_names_them_in_a_column(self):
        rows = "method,key,from,to,amount,currency,hold,original,id,timeout,final,floor,ceiling,frozen\n"
        rows += f"accounts.open,,,,,EUR,,,{self.payer}:x,,,-5.00,none,\n"
        rows += f"payments.hold,{self.key('h')},{self.payer},{self.shop},50.00,EUR,,,,24h,,,,\n"
        rows += f"payments.capture,{self.key('c')},,,20.00,EUR,{self.key('h')},,,,true,,,\n"
        rows += f",{self.key('p')},{self.payer}:x,{self.shop},5.00,EUR,,,,,,,,\n"
        rows += f"payments.reverse,{self.key('r')},,,1.50,EUR,,{self.key('p')},,,,,,\n"
        rows += f"accounts.update,{self.key('u')},,,,EUR,,,{self.shop},,,none,99.00,debits\n"
        self.assertEqual(self.submit(rows).stdout, "6 applied, 0 rejected, 0 replayed\n")
        shop = self.account(self.shop)
        self.assertEqual((shop["balance"], shop["floor"], shop["ceiling"], shop["frozen"]), (2350, None, 9900, "debits"))
        self.assertEqual(self.account(self.payer)["held_out"], 0)

    def test_a_row_that_fails_is_told_and_the_rest_goes_on(self):
        rows = ndjson(
            {"method": "payments.capture", "key": self.key("a"), "hold": self.key("never")},
            {"method": "payments.void", "key": self.key("b")},
            {"method": "payments.list"},
            {"method": "payments.capture", "key": self.key("a"), "hold": self.key("never")},
            self.payment("p", 100),
        )
        ran = self.submit(rows, REJECTED)
        self.assertIn("1 applied, 1 rejected, 1 replayed (1 of them rejected), 2 errors, 1 with the key", ran.stdout)
        self.assertIn("line 1: rejected: hold_unknown", ran.stderr)
        self.assertIn("line 2: ", ran.stderr)
        self.assertIn("line 3: invalid_method", ran.stderr)
        self.assertIn("line 4: same_key_in_file: the row in line 1 has the key", ran.stderr)


class LimitsAndAlerts(GroupsCase):
    def test_limits_in_time_are_set_shown_and_removed(self):
        self.done("account", "limits", self.payer, "--limit", "24h:10.00:20", "--limit", "1h::5")
        self.pay("a", "9.00")
        limits = self.account(self.payer)["limits"]
        self.assertEqual([limit.get("used_amount") for limit in limits], [None, 900], "The shortest window first.")
        self.assertEqual([limit["used_count"] for limit in limits], [1, 1])
        shown = self.done("account", "show", self.payer).stdout
        self.assertRegex(shown, r"limit +10\.00 EUR in 1d: 9\.00 used; 20 payments in 1d: 1 made\n")
        self.assertRegex(shown, r"limit +5 payments in 1h: 1 made\n")
        self.assertIn("velocity_exceeded", self.pay("b", "1.01", REJECTED).stdout)
        self.done("account", "limits", self.payer, "--none")
        self.assertNotIn("limits", self.account(self.payer))
        self.pay("c", "1.01")

    def test_a_limit_that_says_nothing_is_wrong_usage(self):
        for words in ((), ("--limit", "24h"), ("--limit", "24h:"), ("--limit", "24h:1:x"), ("--limit", "1s:1")):
            self.run_and_expect(USAGE, "account", "limits", self.payer, *words)

    def test_an_alert_is_told_by_the_entry_that_crosses_its_line(self):
        self.done("account", "update", self.payer, "--alert-below", "50.00")
        self.done("account", "update", self.payer, "--alert-above", "200.00")
        self.assertEqual(self.account(self.payer)["alerts"], {"below": 5000, "above": 20000})
        shown = self.done("account", "show", self.payer).stdout
        self.assertRegex(shown, r"alert_below +50\.00 EUR\nalert_above +200\.00 EUR\n")
        self.pay("over", "60.00")
        entry = json_of(self.done("get", self.key("over"), "--json"))
        self.assertEqual((entry["crossed"], entry["from_crossed"]), (["below"], ["below"]))
        self.assertIn(f"It took {self.payer} below the line of its alert (today it is 50.00 EUR).", self.explain(self.key("over"))[1])
        self.done("account", "update", self.payer, "--alert-below", "none")
        self.assertEqual(self.account(self.payer)["alerts"], {"above": 20000})


class Explain(GroupsCase):
    def test_insufficient_funds_says_how_much_was_missing(self):
        self.done("hold", self.payer, self.shop, "50.00", "EUR", "--key", self.key("h"))
        self.pay("p", "62.50", REJECTED)
        self.done("account", "update", self.payer, "--floor", "-500.00")
        self.done("pay", "world", self.payer, "1.00", "EUR")
        report, text = self.explain(self.key("p"))
        figures = report["figures"]
        self.assertEqual((figures["available"], figures["missing"], figures["floor_needed"]), (5000, 1250, -1250))
        payer = report["accounts"][0]
        self.assertEqual((payer["balance"], payer["held_out"], payer["floor"]), (10000, 5000, 0), "As it was then.")
        self.assertNotIn("terms_of_today", payer)
        self.assertEqual(payer["now"]["floor"], -50000)
        for words in (
            "The paying account has less available",
            f"{self.payer} had 50.00 EUR available: a balance of 100.00 EUR, less 50.00 EUR held, above a floor of 0.00 EUR.",
            "62.50 EUR was asked for: 12.50 EUR was missing.",
            f"12.50 EUR more on {self.payer}",
            "a floor of -12.50 EUR",
            "Today",
            f"What led to it on {self.payer}, newest first",
            self.key("start"),
            "needs a new key",
        ):
            self.assertIn(words, text)
        seq = report["seq"]
        self.assertEqual(self.explain(f"#{seq}")[0]["figures"]["missing"], 1250)

    def test_velocity_exceeded_says_which_limit_and_what_was_used_of_it(self):
        self.done("account", "limits", self.payer, "--limit", "1h::20", "--limit", "24h:10.00")
        self.done("hold", self.payer, self.shop, "6.00", "EUR", "--key", self.key("h"))
        self.done("capture", self.key("h"), "4.00", "--final")
        self.pay("a", "3.00")
        self.pay("b", "3.01", REJECTED)
        self.pay("c", "2.00")
        report, text = self.explain(self.key("b"))
        count, amount = report["figures"]["limits"]
        self.assertEqual((count["used_count"], count["exceeded"]), (2, False))
        self.assertEqual((amount["used_amount"], amount["exceeded"]), (700, True))
        self.assertIn("10.00 EUR within 1d: 7.00 EUR in 2 payments counted then, and 3.01 EUR came on top: 0.01 EUR too much.", text)
        self.assertIn("Today it counts 9.00 EUR and 3 payments.", text)
        self.assertIn("at most 3.00 EUR", text)
        self.assertRegex(text, r"waiting until about 20\d\d-")
        self.assertIn("giro account limits", text)

    def test_account_frozen_names_the_account_and_the_change_that_did_it(self):
        self.done("account", "freeze", self.shop, "--credits", "--key", self.key("f"))
        self.pay("p", "1.00", REJECTED)
        self.done("account", "unfreeze", self.shop)
        report, text = self.explain(self.key("p"))
        self.assertEqual((report["figures"]["account"], report["figures"]["frozen"]), (self.shop, "credits"))
        self.assertIn(f"(key {self.key('f')}", text)
        self.assertIn(f"Today {self.shop} is free.", text)

    def test_account_closed_names_the_change_that_did_it(self):
        self.done("account", "close", self.shop, "--key", self.key("c"))
        self.pay("p", "1.00", REJECTED)
        self.assertIn(f"(key {self.key('c')}", self.explain(self.key("p"))[1])

    def test_ceiling_exceeded_says_by_how_much(self):
        self.done("account", "update", self.shop, "--ceiling", "10.00")
        self.pay("a", "8.00")
        self.pay("b", "3.50", REJECTED)
        report, text = self.explain(self.key("b"))
        self.assertEqual((report["figures"]["over"], report["figures"]["room"]), (150, 200))
        self.assertIn("at most 2.00 EUR", text)
        self.assertIn("a ceiling of 11.50 EUR", text)

    def test_preconditions_say_what_was_asked_and_seen(self):
        words = ("pay", self.payer, self.shop, "1.00", "EUR")
        self.run_and_expect(REJECTED, *words, "--if-version", "7", "--key", self.key("v"))
        self.run_and_expect(REJECTED, *words, "--if-available-gte", "100.01", "--key", self.key("a"))
        self.assertEqual(self.explain(self.key("v"))[0]["figures"], {"if_version": 7, "version": 1})
        figures = self.explain(self.key("a"))[0]["figures"]
        self.assertEqual((figures["if_available_gte"], figures["available"]), (10001, 10000))

    def test_a_deadline_that_passed_says_by_how_long(self):
        self.run_and_expect(REJECTED, "pay", self.payer, self.shop, "1", "EUR", "--deadline", "2001-01-01T00:00:00Z", "--key", self.key("d"))
        report, text = self.explain(self.key("d"))
        self.assertGreater(report["figures"]["late_ms"], 0)
        self.assertIn("after its deadline, 2001-01-01", text)

    def test_what_became_of_a_hold_names_the_entry_that_ended_it(self):
        self.done("hold", self.payer, self.shop, "50.00", "EUR", "--key", self.key("h"))
        self.run_and_expect(REJECTED, "capture", self.key("h"), "50.01", "--key", self.key("over"))
        ended = json_of(self.done("void", self.key("h"), "--key", self.key("v"), "--json"))["seq"]
        self.run_and_expect(REJECTED, "capture", self.key("h"), "--key", self.key("late"))
        self.run_and_expect(REJECTED, "capture", self.key("never"), "--key", self.key("none"))
        self.run_and_expect(REJECTED, "capture", self.key("start"), "--key", self.key("wrong"))
        figures = self.explain(self.key("over"))[0]["figures"]
        self.assertEqual((figures["left"], figures["asked"]), (5000, 5001))
        self.assertEqual(self.explain(self.key("late"))[0]["figures"]["ended_by"], ended)
        self.assertIn(f"Nothing had been decided under {self.key('never')}", self.explain(self.key("none"))[1])
        self.assertIn("a payment that is applied", self.explain(self.key("wrong"))[1])

    def test_a_reversal_of_too_much_says_what_is_left(self):
        self.pay("p", "12.50")
        self.done("reverse", self.key("p"), "2.50")
        self.run_and_expect(REJECTED, "reverse", self.key("p"), "10.01", "--key", self.key("r"))
        figures = self.explain(self.key("r"))[0]["figures"]
        self.assertEqual((figures["moved"], figures["reversed"], figures["left"]), (1250, 250, 1000))

    def test_a_reversal_that_failed_with_its_group_says_no_sum_that_nobody_looked_up(self):
        self.pay("gb", "12.50")
        self.done("reverse", self.key("gb"), "2.50")
        reversal = {"method": "payments.reverse", "key": self.key("gb-2"), "original": self.key("gb"), "amount": 1001}
        self.run_and_expect(REJECTED, "group", "-", text=ndjson(self.payment("gb-3", 1), reversal))
        report, text = self.explain(self.key("gb-2"))
        self.assertEqual(report["code"], "reversal_exceeds_original")
        self.assertNotIn("reversed", report["figures"], text)
        self.assertNotIn("reversed", json_of(self.run_and_expect(REJECTED, "get", self.key("gb-2"), "--json")))

    def test_a_leg_that_failed_is_explained_with_what_it_saw(self):
        legs = [self.payment("", amount) for amount in (6000, 4001)]
        for leg in legs:
            del leg["key"]
        self.run_and_expect(REJECTED, "call", "payments.submit", f"key={self.key('l')}", "legs=" + json.dumps(legs))
        report, text = self.explain(self.key("l"))
        self.assertEqual((report["figures"]["available"], report["figures"]["missing"]), (4000, 1))
        self.assertIn("Leg 1 of 2, counted from 0, failed: 40.01 EUR", text)

    def test_what_was_applied_is_explained_too(self):
        self.pay("p", "12.50")
        report, text = self.explain(self.key("p"))
        self.assertEqual(report["status"], "applied")
        self.assertNotIn("code", report)
        self.assertEqual(report["accounts"][0]["balance"], 10000)
        self.assertEqual(report["accounts"][0]["after"]["balance"], 8750)
        self.assertIn(f"12.50 EUR moved from {self.payer} to {self.shop}.", text)
        self.done("hold", self.payer, self.shop, "50.00", "EUR", "--key", self.key("h"))
        self.done("capture", self.key("h"), "20.00", "--final", "--key", self.key("c"))
        report, text = self.explain(self.key("h"))
        self.assertIn(f"50.00 EUR of {self.payer} was reserved for {self.shop}", text)
        self.assertEqual(report["accounts"][0]["after"]["held_out"], 5000)
        report, text = self.explain(self.key("c"))
        self.assertEqual((report["figures"]["amount"], report["figures"]["released"]), (2000, 3000))
        self.done("account", "freeze", self.shop, "--key", self.key("f"))
        self.assertIn("frozen: all (before: none).", self.explain(self.key("f"))[1])

    def test_what_was_never_decided_has_no_explanation(self):
        ran = self.run_and_expect(REJECTED, "explain", self.key("never"))
        self.assertIn("Nothing was ever decided", ran.stderr)
        self.run_and_expect(REJECTED, "explain", "#99999999", "--json")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
