#!/usr/bin/env python3
"""`giro relay` against the real `girod` and a receiver that fails in every way: every event arrives, in order per
account, signed, and again with the same id, while the relay is killed; filters, and notes of unusual payments.

Usage: relay_deliveries_test.py GIROD GIRO
"""

import json
import subprocess
import sys
import time
import unittest

from daemon_case import REJECTED, json_of
from failing_receiver import SECRET
from relay_case import RelayCase
from seeded import seeded

OTHER_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="


class Deliveries(RelayCase):
    @seeded
    def test_every_event_arrives_in_order_and_signed_though_all_fails_and_the_relay_is_killed(self, dice):
        ways = ["accept"] * 30 + ["slow"] * 2 + ["hang", "drop", "cut", 500, 503, (429, {"Retry-After": "0"})]
        receiver = self.receive(lambda _message: dice.choice(ways))
        names = self.accounts(24)
        self.configure(f'url = "{receiver.url}"\ntimeout = "1s"\nretry_first = "1s"\nretry_max = "1s"\n')
        count = 0
        for _round in range(5):
            self.start_relay()
            batch = [(*dice.sample(names, 2), dice.randint(1, 999)) for _ in range(40)]
            self.pay(batch)
            count += len(batch)
            time.sleep(dice.uniform(0.05, 0.6))
            self.kill_relay()
        self.start_relay()
        messages = receiver.wait_for(count, 30)
        self.assertEqual(receiver.problems, [])
        self.assertEqual({message.seq for message in messages}, set(range(self.first, self.first + count)))
        self.check_order(messages)
        ids = {}
        for message in receiver.seen:
            ids.setdefault(message.seq, set()).add(message.id)
        self.assertTrue(all(len(of_seq) == 1 for of_seq in ids.values()), "a repeat has another id")
        self.assertGreater(len(receiver.seen), count, "nothing failed")
        self.wait_until(lambda: self.status()["pending"] == 0, "something still waits")
        entry = json_of(self.done("call", "payments.get", f"seq={messages[0].seq}"))
        self.assertEqual(messages[0].data, {key: value for key, value in entry.items() if key != "life"})

    def test_a_stuck_account_and_a_dead_endpoint_hold_up_nobody_else(self):
        stuck, fine, shop = self.accounts(3)
        receiver = self.receive(lambda message: 500 if stuck in message.accounts else "accept")
        self.configure(
            f'url = "{receiver.url}"', 'url = "http://127.0.0.1:1/"', f'url = "{receiver.url}"\naccounts = ["{fine}"]'
        )
        self.start_relay()
        self.pay([(stuck, "world", 1)] + [(fine, shop, cents) for cents in range(1, 60)])
        messages = receiver.wait_for(59 * 2)
        self.assertTrue(all(fine in message.accounts for message in messages))
        self.wait_until(lambda: self.status("e0")["pending"] == 1, "only the stuck one waits")
        self.assertRegex(self.status("e0")["condition"], r"^1 tried again, the oldest seq \d+: it answered 500")
        self.assertIn("Connection refused", self.status("e1")["condition"])
        self.assertEqual(self.status("e1")["pending"], 60)
        self.assertEqual(self.status("e2")["condition"], "fine")

    @seeded
    def test_a_full_outbox_leaves_events_in_the_ledger_and_goes_on_when_there_is_room(self, dice):
        open_now = []
        receiver = self.receive(lambda _message: "accept" if open_now else 503)
        names = self.accounts(8)
        self.configure(f'url = "{receiver.url}"\npending_max = 10\nretry_max = "1s"')
        self.start_relay()
        self.pay([(*dice.sample(names, 2), 5) for _ in range(100)])
        self.wait_until(lambda: self.status()["pending"] == 10, "it takes as much as it may")
        time.sleep(0.3)
        self.assertEqual((self.status()["pending"], self.status()["lag"]), (10, 90))
        open_now.append(True)
        self.check_order(receiver.wait_for(100))
        self.wait_until(lambda: self.status()["lag"] == 0, "all of it is taken")

    def test_filters_choose_accounts_kinds_statuses_and_alerts(self):
        by_account, rejected, alerts = self.receive(), self.receive(), self.receive()
        self.configure(
            f'url = "{by_account.url}"\naccounts = ["acct:a"]\nkinds = ["payment"]',
            f'url = "{rejected.url}"\nstatuses = ["rejected"]',
            f'url = "{alerts.url}"\nalerts = ["above"]',
        )
        self.start_relay()
        self.done("account", "update", "acct:b", "--alert-above", "50.00")
        self.done("pay", "world", "acct:b", "10.00", "EUR")
        self.done("pay", "world", "acct:b", "45.00", "EUR")
        self.run_and_expect(REJECTED, "pay", "acct:poor", "acct:b", "1.00", "EUR")
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        self.assertEqual([m.data["to"] for m in by_account.wait_for(1)], ["acct:a"])
        self.assertEqual([m.type for m in rejected.wait_for(1)], ["giro.payment.rejected"])
        self.assertEqual([(m.data["amount"], m.data["crossed"]) for m in alerts.wait_for(1)], [(4500, ["above"])])
        self.wait_until(lambda: self.status()["lag"] == 0, "all of it is taken")
        self.assertEqual(len(by_account.seen + rejected.seen + alerts.seen), 3)

    def test_an_unusual_payment_is_told_with_its_reasons(self):
        payer, shop = self.accounts(2)
        receiver = self.receive()
        self.configure(f'url = "{receiver.url}"\nalerts = ["unusual"]')
        self.start_relay()
        self.pay([(payer, shop, 1_000 + cents) for cents in range(60)])
        self.pay([(payer, shop, 95_000)])
        (note,) = receiver.wait_for(1)
        self.assertEqual(note.type, "giro.payment.unusual")
        self.assertEqual(note.data["account"], payer)
        self.assertEqual(
            note.data["words"],
            "amount 950.00 EUR; the last 60 of this account had median 10.30, 99 % at most 10.59",
        )
        self.assertEqual(note.data["entry"]["amount"], 95_000)

    def test_two_secrets_sign_both_while_one_takes_the_place_of_the_other(self):
        receiver = self.receive(secret=OTHER_SECRET)
        self.configure(f'url = "{receiver.url}"\nsecrets = ["{SECRET}", "{OTHER_SECRET}"]')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        (message,) = receiver.wait_for(1)
        self.assertEqual(receiver.problems, [])
        self.assertEqual(len(message.headers["webhook-signature"].split(" ")), 2)


class TheirLibrary(RelayCase):
    """The receiver's verification is ours; this one is the specification's own."""

    def library(self):
        python = self.path("venv/bin/python")
        make = [[sys.executable, "-m", "venv", self.path("venv")],
                [python, "-m", "pip", "install", "-q", "--retries", "0", "--timeout", "5", "standardwebhooks"]]
        for command in make:
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                self.skipTest("pip can't install standardwebhooks here")
        return python

    def test_the_library_of_standard_webhooks_verifies_a_message(self):
        python = self.library()
        receiver = self.receive()
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        (message,) = receiver.wait_for(1)
        verify = (
            "import json, sys; from standardwebhooks import Webhook; given = json.load(sys.stdin); "
            "print(Webhook(given['secret']).verify(given['body'], given['headers'])['type'])"
        )
        def verified(body):
            given = {"secret": SECRET, "body": body, "headers": message.headers}
            told = {"input": json.dumps(given), "capture_output": True, "text": True}
            return subprocess.run([python, "-c", verify], check=False, **told)

        body = message.body.decode()
        self.assertEqual(verified(body).stdout.strip(), "giro.payment.applied")
        self.assertIn("WebhookVerificationError", verified(body.replace('"amount":100', '"amount":900')).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
