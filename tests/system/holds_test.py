#!/usr/bin/env python3
"""`giro hold`, `capture`, `void`, `reverse` and `giro account update` and its like, against the real `girod`: what a
person sees, what a program gets, and the exit codes.

Usage: holds_test.py GIROD GIRO
"""

import sys
import time
import unittest

from daemon_case import REJECTED, USAGE, TwoAccountsCase, json_of


class HoldsCase(TwoAccountsCase):
    def hold(self, key, amount="50.00", *words):
        return self.done("hold", self.payer, self.shop, amount, "EUR", "--key", self.key(key), *words)


class Holds(HoldsCase):
    def test_a_hold_is_shown_with_what_it_reserves_and_what_to_do(self):
        held = self.hold("h", "50.00", "--timeout", "24h", "--reference", "room 7")
        self.assertRegex(held.stdout, r"outcome +held\n")
        self.assertRegex(held.stdout, r"amount +50\.00 EUR\n")
        self.assertIn(f"{self.payer} 100.00 (held out 50.00), {self.shop} 0.00 (held in 50.00)", held.stdout)
        self.assertRegex(held.stdout, r"expires_at +2")
        self.assertIn("giro capture", held.stderr)
        shown = self.done("account", "show", self.payer).stdout
        for line in (r"balance +100\.00 EUR", r"available +50\.00 EUR", r"held_out +50\.00 EUR"):
            self.assertRegex(shown, line)
        self.assertRegex(self.done("account", "statement", self.payer).stdout, r"hold +0\.00 +100\.00 +out 50\.00")
        self.assertRegex(self.done("get", self.key("h")).stdout, r"timeout +1d\n")

    def test_a_hold_is_captured_in_parts_by_its_key_or_its_seq(self):
        seq = json_of(self.hold("h", "50.00", "--json"))["seq"]
        first = self.done("capture", self.key("h"), "20.00", "--key", self.key("c1"))
        self.assertRegex(first.stdout, r"outcome +captured\n")
        self.assertRegex(first.stdout, r"left +30\.00 EUR\n")
        self.assertIn(f"{self.payer} -> {self.shop}", first.stdout)
        self.assertIn("hold_unknown", self.run_giro("capture", "#999999", "--key", self.key("c2")).stdout)
        self.assertRegex(self.done("get", self.key("c1")).stdout, rf"hold +{self.key('h')}\n")
        self.assertRegex(self.run_giro("get", self.key("c2")).stdout, r"hold +#999999\n")
        last = json_of(self.done("capture", f"#{seq}", "5", "--final", "--json"))
        self.assertEqual((last["status"], last["amount"], last["left"]), ("captured", 500, 0))
        account = self.account(self.payer)
        self.assertEqual((account["balance"], account["available"], account["held_out"]), (7500, 7500, 0))

    def test_a_capture_without_an_amount_pays_all_and_the_next_is_rejected(self):
        self.hold("h")
        self.assertRegex(self.done("capture", self.key("h")).stdout, r"amount +50\.00 EUR\n")
        self.rejected("hold_captured", "capture", self.key("h"))

    def test_a_capture_of_more_than_is_left_says_what_is(self):
        self.hold("h")
        ran = self.rejected("capture_exceeds_hold", "capture", self.key("h"), "50.01")
        self.assertRegex(ran.stdout, r"left +50\.00 EUR\n")
        self.assertIn("new key", ran.stderr)

    def test_the_same_capture_with_the_same_key_takes_effect_once(self):
        self.hold("h")
        words = ("capture", self.key("h"), "20.00", "--key", self.key("c"))
        self.done(*words)
        self.assertIn("decided before", self.done(*words).stdout)
        self.assertEqual(self.account(self.shop)["balance"], 2000)

    def test_a_void_frees_the_money(self):
        self.hold("h")
        ran = self.done("void", self.key("h"))
        self.assertRegex(ran.stdout, r"outcome +voided\n")
        self.assertRegex(ran.stdout, r"released +50\.00 EUR\n")
        self.assertRegex(ran.stderr, r"key [0-9a-f]{8}-[0-9a-f]{4}-7")
        self.assertEqual(self.account(self.payer)["available"], 10000)
        self.rejected("hold_voided", "capture", self.key("h"))

    def test_a_hold_expires_by_itself(self):
        self.hold("h", "50.00", "--timeout", "1s")
        for _ in range(100):
            if self.account(self.payer)["held_out"] == 0:
                break
            time.sleep(0.1)
        self.assertEqual(self.account(self.payer)["available"], 10000)
        self.rejected("hold_expired", "void", self.key("h"))
        self.assertIn("expiry", self.done("account", "statement", self.payer).stdout)

    def test_a_dry_run_holds_nothing(self):
        ran = self.hold("h", "50.00", "--dry-run")
        self.assertIn("nothing was kept", ran.stdout)
        self.assertNotIn("reserved", ran.stderr)
        self.assertEqual(self.account(self.payer)["held_out"], 0)

    def test_what_was_never_decided_is_named_and_nothing_is_sent(self):
        ran = self.run_and_expect(REJECTED, "capture", self.key("never"), "1.00", "--key", self.key("c"))
        self.assertIn("Nothing was sent", ran.stderr)
        self.assertRegex(self.run_giro("get", self.key("c")).stdout, "unknown")
        self.rejected("hold_unknown", "capture", self.key("never"))

    def test_a_hold_has_one_end(self):
        both = ("--timeout", "1h", "--expires-at", "2099-01-01T00:00:00Z")
        self.run_and_expect(USAGE, "hold", self.payer, self.shop, "1", "EUR", *both)
        self.run_and_expect(USAGE, "hold", self.payer, self.shop, "1", "EUR", "--timeout", "soon")


class Reversals(HoldsCase):
    def setUp(self):
        super().setUp()
        self.done("pay", self.payer, self.shop, "12.50", "EUR", "--key", self.key("p"))

    def test_a_payment_is_paid_back_in_parts_until_nothing_is_left(self):
        ran = self.done("reverse", self.key("p"), "2.50", "--key", self.key("r"), "--reference", "complaint 3")
        self.assertRegex(ran.stdout, r"outcome +reversed\n")
        self.assertRegex(ran.stdout, r"amount +2\.50 EUR\nreversed +2\.50 EUR\n")
        self.assertIn(f"{self.shop} -> {self.payer}", ran.stdout)
        self.assertIn("complaint 3", self.done("get", self.key("r")).stdout)
        self.assertRegex(self.done("reverse", self.key("p")).stdout, r"amount +10\.00 EUR\nreversed +12\.50 EUR\n")
        self.rejected("reversal_exceeds_original", "reverse", self.key("p"))
        self.assertEqual(self.account(self.payer)["balance"], 10000)

    def test_a_reversal_is_not_reversed(self):
        self.done("reverse", self.key("p"), "--key", self.key("r"))
        self.rejected("not_reversible", "reverse", self.key("r"))

    def test_legs_are_paid_back_together(self):
        legs = [{"from": self.payer, "to": to, "amount": 100, "currency": "EUR"} for to in (self.shop, "acct:a")]
        self.done("call", "payments.submit", f"key={self.key('l')}", "legs=" + str(legs).replace("'", '"'))
        self.rejected("reversal_not_divisible", "reverse", self.key("l"), "1.00")
        ran = self.done("reverse", self.key("l"), "--key", self.key("r"))
        self.assertRegex(ran.stdout, rf"leg +1\.00 EUR  acct:a -> {self.payer} \(")
        self.assertEqual(ran.stdout.count("1.00 EUR"), 2)

    def test_the_feed_names_what_each_entry_did(self):
        self.hold("h")
        seq = json_of(self.done("capture", self.key("h"), "--json"))["seq"]
        self.run_giro("void", self.key("nothing"))
        self.done("account", "freeze", self.payer)
        self.rejected("account_not_empty", "account", "close", self.payer)
        ran = self.done("tail", "--from", str(seq - 1), "--count", "5").stdout
        for words in ("held", "captured", f"hold {self.key('nothing')}", f"updated {self.payer}",
                      f"not closed {self.payer}"):
            self.assertIn(words, ran)


class AccountChanges(HoldsCase):
    def test_limits_and_metadata_are_changed_and_removed(self):
        ran = self.done("account", "update", self.payer, "--floor", "-20.00", "--ceiling", "500", "--metadata", '{"a":1}')
        self.assertRegex(ran.stdout, r"floor +-20\.00 EUR\nceiling +500\.00 EUR\n")
        account = self.account(self.payer)
        self.assertEqual((account["floor"], account["ceiling"], account["metadata"]), (-2000, 50000, {"a": 1}))
        self.done("account", "update", self.payer, "--ceiling", "none", "--metadata", "{}")
        account = self.account(self.payer)
        self.assertEqual((account["floor"], account["ceiling"], account.get("metadata")), (-2000, None, None))

    def test_an_update_needs_something_to_change(self):
        self.run_and_expect(USAGE, "account", "update", self.payer)
        self.run_and_expect(USAGE, "account", "update", self.payer, "--metadata", "[]")

    def test_a_frozen_account_pays_nothing_until_it_is_unfrozen(self):
        self.hold("h")
        for words, frozen in (((), "all"), (("--debits",), "debits"), (("--credits",), "credits")):
            self.done("account", "freeze", self.payer, *words)
            self.assertEqual(self.account(self.payer)["frozen"], frozen)
        self.assertIn("frozen credits", self.done("account", "list", "--prefix", self.payer).stdout)
        self.done("account", "freeze", self.payer, "--key", self.key("f"))
        self.assertRegex(self.done("get", self.key("f")).stdout, r"frozen +all\nbalance +100\.00 EUR\n")
        self.rejected("account_frozen", "pay", self.payer, self.shop, "1", "EUR")
        self.rejected("account_frozen", "capture", self.key("h"))
        self.done("account", "unfreeze", self.payer)
        self.done("capture", self.key("h"))

    def test_an_account_is_closed_when_it_is_empty_and_can_be_reopened(self):
        ran = self.rejected("account_not_empty", "account", "close", self.payer)
        self.assertIn("Move its money first", ran.stderr)
        self.done("account", "close", self.shop, "--dry-run")
        self.assertFalse(self.account(self.shop)["closed"])
        self.assertRegex(self.done("account", "close", self.shop).stdout, r"outcome +applied\ntype +account_close\n")
        self.assertRegex(self.done("account", "show", self.shop).stdout, r"closed +true\n")
        self.rejected("account_closed", "pay", self.payer, self.shop, "1", "EUR")
        self.done("account", "reopen", self.shop)
        self.rejected("account_not_closed", "account", "reopen", self.shop)

    def test_a_change_has_a_key_of_its_own(self):
        words = ("account", "close", self.shop, "--key", self.key("x"), "--json")
        self.assertFalse(json_of(self.done(*words))["replayed"])
        self.assertTrue(json_of(self.done(*words))["replayed"])
        ran = self.run_and_expect(REJECTED, "account", "reopen", self.shop, "--key", self.key("x"))
        self.assertIn("differs in method", ran.stderr)

    def test_an_unknown_account_cant_be_changed(self):
        self.rejected("account_unknown (id)", "account", "freeze", "nobody")
        self.run_and_expect(REJECTED, "account", "update", "nobody", "--floor", "1")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
