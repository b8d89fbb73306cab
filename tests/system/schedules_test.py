#!/usr/bin/env python3
"""`giro schedule`, `cancel` and `schedules` against the real `girod`: what a person sees, what a program gets, that
payments are decided at their time without other traffic, and after a kill -9.

Usage: schedules_test.py GIROD GIRO
"""

import datetime
import json
import sys
import time
import unittest

from daemon_case import DONE, REJECTED, USAGE, TwoAccountsCase, json_of

FAR = "2099-01-31T09:00:00Z"


def in_seconds(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Schedules(TwoAccountsCase):
    def schedule(self, name, at, *words, amount="9.90"):
        return self.done("schedule", self.payer, self.shop, amount, "EUR", "--key", self.key(name), "--at", at, *words)

    def wait_for_balance(self, account, balance):
        end = time.monotonic() + 20
        while self.balance(account) != balance:
            self.assertLess(time.monotonic(), end, f"{account} never had {balance}")
            time.sleep(0.2)

    def test_a_schedule_is_shown_with_its_time_and_what_to_do(self):
        made = self.schedule("s", FAR, "--every", "P1M", "--count", "12", "--reference", "rent")
        self.assertRegex(made.stdout, r"outcome +scheduled\n")
        self.assertRegex(made.stdout, r"amount +9\.90 EUR\n")
        self.assertRegex(made.stdout, rf"accounts +{self.payer} -> {self.shop}\n")
        self.assertRegex(made.stdout, r"scheduled_for +2099-01-31T09:00:00\.000000000Z\n")
        self.assertIn("giro cancel", made.stderr)
        shown = self.done("get", self.key("s")).stdout
        self.assertRegex(shown, r"every +P1M\ncount +12\n")
        self.assertEqual(self.balance(self.payer), 10000)

    def test_it_is_paid_at_its_time_while_nothing_else_happens(self):
        seq = json_of(self.schedule("s", in_seconds(2), "--json"))["seq"]
        self.assertEqual(self.balance(self.shop), 0)
        time.sleep(4)
        ran = self.done("tail", "--from", str(seq + 1), "--count", "1", "--json")
        event = json_of(ran)
        self.assertEqual(
            (event["type"], event["status"], event["schedule"], event["schedule_seq"], event["occurrence"]),
            ("scheduled_payment", "applied", self.key("s"), seq, 1),
        )
        due, at = event["due_at"], event["at"]
        self.assertLess(due, at)
        self.assertLess(self.seconds(at) - self.seconds(due), 1.5)
        self.assertEqual(self.balance(self.shop), 990)
        self.rejected("schedule_decided", "cancel", self.key("s"))
        self.done("reverse", f"#{event['seq']}")
        self.assertEqual(self.balance(self.shop), 0)

    @staticmethod
    def seconds(text):
        return datetime.datetime.fromisoformat(text[:26] + "+00:00").timestamp()

    def test_one_that_cant_be_paid_then_is_rejected_and_kept(self):
        seq = json_of(self.schedule("s", in_seconds(1), "--json", amount="100.01"))["seq"]
        time.sleep(2.5)
        ran = self.run_and_expect(REJECTED, "get", "--seq", str(seq + 1))
        self.assertIn("rejected: insufficient_funds", ran.stdout)
        self.assertRegex(ran.stdout, rf"schedule +{self.key('s')}\n")
        self.assertRegex(ran.stdout, r"occurrence +1\n")

    def test_a_time_that_is_over_is_rejected(self):
        ran = self.rejected("schedule_passed", "schedule", self.payer, self.shop, "1", "EUR", "--at", in_seconds(-5))
        self.assertIn("nothing was scheduled", ran.stderr)

    def test_a_schedule_is_cancelled_by_its_key_or_its_seq_and_once(self):
        seq = json_of(self.schedule("a", FAR, "--json"))["seq"]
        self.schedule("b", FAR)
        ran = self.done("cancel", self.key("b"), "--key", self.key("c"))
        self.assertRegex(ran.stdout, r"outcome +cancelled\n")
        self.assertRegex(ran.stdout, rf"schedule +{self.key('b')}\n")
        self.done("cancel", f"#{seq}")
        self.rejected("schedule_cancelled", "cancel", self.key("b"))
        self.rejected("not_a_schedule", "cancel", "#1")
        self.rejected("schedule_unknown", "cancel", self.key("never"))
        self.assertIn("decided before", self.done("cancel", self.key("b"), "--key", self.key("c")).stdout)
        self.assertNotIn(self.key("b"), self.done("schedules", self.payer).stdout)

    def test_the_list_shows_what_is_open(self):
        self.schedule("a", FAR, "--every", "P1M", "--count", "12", "--reference", "rent")
        self.schedule("b", "2098-01-31T09:00:00Z")
        legs = [{"from": self.payer, "to": to, "amount": 100, "currency": "EUR"} for to in (self.shop, "acct:a")]
        self.done("call", "payments.schedule", f"key={self.key('l')}", f"at={FAR}", "legs=" + str(legs).replace("'", '"'))
        shown = self.done("schedules", self.payer).stdout
        self.assertRegex(shown, rf"2099-01-31T09:00:00\.000000000Z  P1M +1 of 12 +9\.90 EUR +{self.payer} -> {self.shop}")
        self.assertIn("2 legs", shown)
        self.assertIn("rent", shown)
        self.assertIn(self.key("b"), self.done("schedules").stdout)
        page = json_of(self.done("schedules", self.shop, "--limit", "1", "--json"))
        self.assertEqual([s["key"] for s in page["schedules"]], [self.key("a")])
        self.assertEqual(page["schedules"][0]["next_at"], "2099-01-31T09:00:00.000000000Z")
        self.assertIsNotNone(page["next"])
        self.assertEqual(self.done("schedules", self.shop, "--limit", "1", "--all").stdout.count("2099"), 2)
        self.assertEqual(json_of(self.done("schedules", "nobody", "--json"))["schedules"], [])

    def test_usage_is_checked(self):
        common = ("schedule", self.payer, self.shop, "1", "EUR")
        self.run_and_expect(USAGE, *common)
        self.run_and_expect(USAGE, *common, "--at", "some day")
        self.run_and_expect(USAGE, *common, "--at", FAR, "--count", "3")
        self.run_and_expect(USAGE, *common, "--at", FAR, "--every", "P1H")
        self.run_and_expect(USAGE, *common, "--at", FAR, "--every", "P1D", "--count", "3", "--until", FAR)

    def test_a_key_is_of_one_method(self):
        self.schedule("s", FAR)
        ran = self.run_and_expect(REJECTED, "pay", self.payer, self.shop, "9.90", "EUR", "--key", self.key("s"))
        self.assertIn("differs in method", ran.stderr)
        self.assertIn("decided before", self.schedule("s", FAR).stdout)

    def test_a_start_after_a_kill_decides_what_it_slept_through(self):
        data, socket = self.path("killed"), self.path("killed.sock")
        daemon = self.start_daemon(data=data, socket=socket)

        def run(*words):
            return self.run_giro(*words, socket=socket)

        run("account", "open", "world", "--currency", "EUR", "--floor", "none")
        run("account", "open", "a", "--currency", "EUR")
        for i in range(3):
            ran = run("schedule", "world", "a", "1.00", "EUR", "--at", in_seconds(2 + i / 10), "--key", f"s{i}")
            self.assertEqual(ran.returncode, DONE, ran.stderr)
        run("schedule", "world", "a", "5.00", "EUR", "--at", FAR, "--key", "far")
        daemon.kill()
        daemon.wait()
        time.sleep(2.5)
        daemon = self.start_daemon(data=data, socket=socket)
        try:
            self.assertEqual(json_of(run("account", "show", "a", "--json"))["balance"], 300)
            events = run("tail", "--from", "7", "--count", "3", "--json").stdout
            self.assertEqual([json.loads(line)["schedule"] for line in events.splitlines()], ["s0", "s1", "s2"])
            self.assertEqual(len(json_of(run("schedules", "--json"))["schedules"]), 1)
            self.assertEqual(run("verify").returncode, DONE)
        finally:
            self.stop_daemon(daemon)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
