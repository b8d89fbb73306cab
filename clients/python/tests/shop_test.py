#!/usr/bin/env python3
"""The example shop: what it does, and that it can be killed between any two steps. Usage: shop_test.py GIROD GIRO"""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time
import unittest
import unittest.mock

from support import PACKAGE, Client, DaemonCase, eur, run

sys.path.insert(0, f"{PACKAGE}/examples")

from shop.shop import SALES, Mistake, Shop  # noqa: E402


class QuickShop(Shop):
    """Whose file a kill can't harm, and a power cut could: there is none here."""

    def __init__(self, client, file):
        super().__init__(client, file)
        self._file.execute("PRAGMA synchronous=OFF")


class ShopCase(DaemonCase):
    def setUp(self):
        self.client = Client(self.socket)
        self.file = self.path(f"{self._testMethodName}.db")
        self.shop = QuickShop(self.client, self.file)
        self.name = self._testMethodName[5:40]
        self.shop.add_customer(self.name)
        self.shop.deposit(self.name, self.name, eur("100.00"))

    def tearDown(self):
        # Nothing stays reserved for the report of the next test.
        for hold in self.client.holds.each(account=SALES):
            self.client.payments.void(hold.key)
        self.shop.close()
        self.client.close()

    def order(self, what):
        return f"{self.name}:{what}"

    def balance(self, name):
        return str(self.client.accounts.get(name).balance.amount)

    def has(self):
        account = self.client.accounts.get(f"customers:{self.name}")
        return str(account.balance.amount), str(account.held_out.amount)


class AnOrder(ShopCase):
    def test_is_reserved_then_paid_at_shipping_and_paid_back_in_parts(self):
        self.assertEqual(self.shop.place(self.order("7"), self.name, eur("30.00")).state, "held")
        self.assertEqual(self.has(), ("100.00", "30.00"))
        self.assertEqual(self.shop.ship(self.order("7")).state, "shipped")
        self.assertEqual(self.has(), ("70.00", "0.00"))
        self.assertEqual(self.shop.refund(self.order("c1"), self.order("7"), eur("10.00")).state, "refunded")
        self.assertEqual(self.shop.refund(self.order("c2"), self.order("7"), eur("20.00")).state, "refunded")
        self.assertEqual(self.has(), ("100.00", "0.00"))
        refused = self.shop.refund(self.order("c3"), self.order("7"), eur("0.01"))
        self.assertEqual((refused.state, refused.why), ("refused", "reversal_exceeds_original"))

    def test_is_let_go_of_when_it_is_cancelled(self):
        self.shop.place(self.order("7"), self.name, eur("30.00"))
        self.assertEqual(self.shop.cancel(self.order("7")).state, "cancelled")
        self.assertEqual(self.has(), ("100.00", "0.00"))

    def test_is_refused_without_the_money(self):
        row = self.shop.place(self.order("7"), self.name, eur("100.01"))
        self.assertEqual((row.state, row.why), ("refused", "insufficient_funds"))
        with self.assertRaisesRegex(Mistake, "is refused and not held: it can't be shipped"):
            self.shop.ship(self.order("7"))

    def test_asked_for_twice_is_done_once(self):
        for _ in range(2):
            self.shop.place(self.order("7"), self.name, eur("30.00"))
        for _ in range(2):
            self.shop.ship(self.order("7"))
        for _ in range(2):
            self.shop.refund(self.order("c"), self.order("7"), eur("5.00"))
        self.assertEqual(self.has(), ("75.00", "0.00"))
        with self.assertRaisesRegex(Mistake, "is another one already"):
            self.shop.place(self.order("7"), self.name, eur("31.00"))

    def test_goes_one_way(self):
        self.shop.place(self.order("7"), self.name, eur("30.00"))
        with self.assertRaisesRegex(Mistake, "only what was shipped is refunded"):
            self.shop.refund(self.order("c"), self.order("7"), eur("1.00"))
        self.shop.ship(self.order("7"))
        with self.assertRaisesRegex(Mistake, "can't be cancelled"):
            self.shop.cancel(self.order("7"))
        with self.assertRaisesRegex(Mistake, "there is no"):
            self.shop.ship("never")

    def test_can_be_shipped_again_after_a_rejection_that_passes(self):
        self.shop.place(self.order("7"), self.name, eur("30.00"))
        self.client.accounts.update(f"customers:{self.name}", frozen="debits")
        row = self.shop.ship(self.order("7"))
        self.assertEqual((row.state, row.why), ("held", "account_frozen"))
        self.client.accounts.update(f"customers:{self.name}", frozen="none")
        self.assertEqual(self.shop.ship(self.order("7")).state, "shipped")
        self.assertEqual(self.shop.refund(self.order("c"), self.order("7"), eur("30.00")).state, "refunded")

    def test_lapses_when_its_time_is_over(self):
        with unittest.mock.patch("shop.shop.HELD_FOR", dt.timedelta(seconds=1)):
            self.shop.place(self.order("7"), self.name, eur("30.00"))
        time.sleep(1.1)
        row = self.shop.ship(self.order("7"))
        self.assertEqual((row.state, row.why, self.has()[0]), ("lapsed", "hold_expired", "100.00"))

    def test_that_only_one_of_the_two_files_knows_is_told_by_the_report(self):
        self.shop.place(self.order("7"), self.name, eur("30.00"))
        self.client.payments.void(f"order-{self.order('7')}:place")
        with self.assertRaisesRegex(Mistake, "held in one place only"):
            self.shop.report(dt.datetime.now(dt.UTC).date())

    def test_is_in_the_report_of_its_day(self):
        today = dt.datetime.now(dt.UTC).date()
        before = self.shop.report(today)
        self.shop.place(self.order("1"), self.name, eur("30.00"))
        self.shop.place(self.order("2"), self.name, eur("20.00"))
        self.shop.place(self.order("3"), self.name, eur("10.00"))
        self.shop.ship(self.order("1"))
        self.shop.cancel(self.order("2"))
        self.shop.refund(self.order("c"), self.order("1"), eur("12.50"))
        report = self.shop.report(today)
        self.assertEqual(report.shipped - before.shipped, eur("30.00"))
        self.assertEqual(report.refunded - before.refunded, eur("12.50"))
        self.assertEqual(report.closing - before.closing, eur("17.50"))
        self.assertEqual(report.reserved, eur("10.00"))
        self.assertEqual(report.orders, {"cancelled": 1, "held": 1, "shipped": 1})
        self.assertEqual(self.shop.report(dt.date(2001, 1, 1)).closing, eur("0.00"))


class Killed(ShopCase):
    """Before and after every line that the shop's file or the ledger sees, one kill after the other until there are no
    more lines: then all is asked for again, and must be there once."""

    def day(self, shop, number):
        """All that a shop does with two orders."""
        shop.place(self.order(f"{number}a"), self.name, eur("3.00"))
        shop.place(self.order(f"{number}b"), self.name, eur("2.00"))
        shop.ship(self.order(f"{number}a"))
        shop.cancel(self.order(f"{number}b"))
        shop.refund(self.order(f"{number}c"), self.order(f"{number}a"), eur("1.00"))

    def killed_at(self, line, number):
        """Whether a shop was killed at the line, or came to the end before it."""
        child = os.fork()
        if child == 0:
            try:
                self.die_at(line)
                with Client(self.socket) as client:
                    shop = QuickShop(client, self.file)
                    self.day(shop, number)
                os._exit(0)
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        self.assertIn(status, (0, signal.SIGKILL))
        return status == signal.SIGKILL

    def die_at(self, line):
        passed = 0

        def counted(call):
            def around(*words, **named):
                nonlocal passed
                for step in ("before", "after"):
                    passed += 1
                    if passed == line:
                        os.kill(os.getpid(), signal.SIGKILL)
                    if step == "before":
                        result = call(*words, **named)
                return result

            return around

        Client.send = counted(Client.send)
        Shop._move = counted(Shop._move)
        Shop._begin = counted(Shop._begin)

    def test_between_any_two_steps_nothing_is_lost_and_nothing_done_twice(self):
        self.shop.close()
        line, expected = 1, 100
        while self.killed_at(line, line):
            self.shop = QuickShop(self.client, self.file)
            self.shop.recover()
            rows = self.shop._file.execute("SELECT state FROM orders UNION ALL SELECT state FROM refunds").fetchall()
            self.assertLessEqual({state for (state,) in rows}, {"held", "shipped", "cancelled", "refunded"})
            self.shop.report(dt.datetime.now(dt.UTC).date())
            self.day(self.shop, line)
            expected -= 2
            self.assertEqual(self.has(), (f"{expected}.00", "0.00"), f"killed at line {line}")
            self.shop.close()
            line += 1
        self.assertGreater(line, 30)
        self.shop = QuickShop(self.client, self.file)


class FromTheCommandLine(DaemonCase):
    def shop(self, *words, code=0):
        environment = {**os.environ, "GIRO_SOCKET": self.socket, "SHOP_FILE": self.path("shop.db")}
        environment["PYTHONPATH"] = f"{PACKAGE}/src:{PACKAGE}/examples"
        ran = subprocess.run(
            [sys.executable, "-m", "shop", *words], env=environment, capture_output=True, text=True, check=False
        )
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        return ran.stderr if code else ran.stdout

    def test_a_day(self):
        self.shop("customer", "ada")
        self.shop("deposit", "d-1", "ada", "100.00")
        self.assertEqual(self.shop("place", "7", "ada", "12.50"), "order 7: held, 12.50 EUR\n")
        self.assertEqual(self.shop("place", "8", "ada", "999"), "order 8: refused, 999 EUR (insufficient_funds)\n")
        self.assertEqual(self.shop("ship", "7"), "order 7: shipped, 12.50 EUR\n")
        self.assertEqual(self.shop("refund", "c-3", "7", "2.50"), "refund c-3 of order 7: refunded, 2.50 EUR\n")
        self.assertEqual(self.shop("recover"), "nothing is left halfway\n")
        report = self.shop("report")
        self.assertRegex(
            report,
            re.compile(
                "shipped  12.50 EUR\nrefunded 2.50 EUR\nclosing  10.00 EUR\nreserved 0.00 EUR\n"
                "orders   1 refused, 1 shipped"
            ),
        )
        self.assertIn("order 7 is shipped", self.shop("cancel", "7", code=1))
        self.assertIn("python3 -m shop place", self.shop("what", code=1))
        self.assertIn("an amount is written like 12.34", self.shop("place", "9", "ada", "1,50", code=1))
        self.stop_daemon(self.daemon)
        self.assertIn("unreachable", self.shop("ship", "7", code=1))
        type(self).daemon = self.start_daemon(data=self.path("data"), socket=self.socket)


if __name__ == "__main__":
    run()
