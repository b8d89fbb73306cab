#!/usr/bin/env python3
"""Every method about accounts and the ledger, and events, through both clients, against the real girod. Usage: accounts_test.py GIROD GIRO"""

import datetime as dt
import inspect

from both_clients import Methods, ThroughTheAsyncClient, ThroughTheSyncClient
from support import Client, DaemonCase, Money, eur, run

from giro import NOT_GIVEN, Alerts, Day, Limit, _api, changes


class Accounts(Methods):
    # ---- Accounts ----

    def test_an_account_is_opened_changed_closed_and_reopened(self):
        name = f"{self.payer}:x"
        opened = self.client.accounts.open(name, "EUR", floor=eur("-50"), ceiling=eur("1000"), metadata={"name": "Ada"})
        self.assertTrue(
            self.client.accounts.open(
                name, "EUR", floor=eur("-50"), ceiling=eur("1000"), metadata={"name": "Ada"}
            ).replayed
        )
        error = self.rejected("account_exists_with_different_floor", self.client.accounts.open, name, "EUR")
        self.assertEqual(error.key, name)
        account = self.client.accounts.get(name)
        self.assertEqual(
            (account.floor, account.ceiling, account.available, account.metadata),
            (eur("-50.00"), eur("1000.00"), eur("50.00"), {"name": "Ada"}),
        )
        self.assertEqual(
            (account.scale, account.frozen, account.closed, account.opened_seq), (2, "none", False, opened.seq)
        )

        self.client.accounts.update(
            name, key=self.key("u1"), ceiling=None, frozen="debits", metadata={},
            limits=[Limit("24h", eur("1000"), 20)], alerts=Alerts(below=eur("10"), above=eur("500")),
        )  # fmt: skip
        account = self.client.accounts.get(name)
        self.assertEqual(
            (account.ceiling, account.frozen, account.metadata, account.floor), (None, "debits", {}, eur("-50.00"))
        )
        self.assertEqual(account.limits, (Limit("1d", eur("1000.00"), 20, eur("0.00"), 0),))
        self.assertEqual(account.alerts, Alerts(eur("10.00"), eur("500.00")))
        change = self.client.payments.get(self.key("u1")).change
        self.assertEqual((change.named, change.ceiling), (("ceiling", "frozen", "metadata", "limits", "alerts"), None))
        self.assertEqual((change.limits[0].amount, change.alerts.below), (eur("1000.00"), eur("10.00")))
        self.client.accounts.update(name, frozen="none", floor=eur("0"), limits=None, alerts=None)
        account = self.client.accounts.get(name)
        self.assertEqual(
            (account.limits, account.alerts, account.floor, account.frozen), ((), None, eur("0.00"), "none")
        )

        self.client.accounts.close(name, key=self.key("close"))
        self.assertTrue(self.client.accounts.get(name).closed)
        self.rejected("account_closed", self.client.accounts.update, name, floor=None)
        self.client.accounts.reopen(name, if_version=account.version + 1)
        self.assertEqual(self.client.payments.get(self.key("close")).change.id, name)
        self.assertEqual(repr(NOT_GIVEN), "NOT_GIVEN")

    def test_an_account_that_isnt_there_is_an_error_of_its_own(self):
        self.refused("account_unknown", self.client.accounts.get, "no:body")
        self.refused("account_unknown", self.client.accounts.update, "no:body", floor=eur("1"))
        self.rejected("account_unknown", self.client.accounts.update, "no:body", frozen="all")

    def test_limits_in_another_currency_than_the_accounts_arent_sent(self):
        with self.assertRaisesRegex(ValueError, "isn't in the currency of"):
            self.client.accounts.update(self.payer, ceiling=Money("1", "USD"))

    def test_the_first_limit_in_a_currency_needs_its_scale(self):
        code = "Q" + self.KIND.upper()
        self.refused("scale_unknown", self.client.accounts.open, f"{self.payer}:q", code, floor=Money("-1", code))
        self.client.accounts.open(f"{self.payer}:q", code, scale=4, floor=Money("-1", code))
        self.client.accounts.open(f"{self.payer}:q2", code, scale=4, floor=Money("0", code))
        outcome = self.client.payments.submit(f"{self.payer}:q", f"{self.payer}:q2", Money("0.0001", code))
        self.assertEqual(outcome.from_balance, Money("-0.0001", code))

    def test_accounts_as_they_were(self):
        before = self.client.ledger.status().seq
        self.client.payments.submit(self.payer, self.shop, eur("1"), effective_date="2001-08-31")
        self.assertEqual(self.client.accounts.get_at(self.shop, before).balance, eur("0.00"))
        self.assertEqual(
            self.client.accounts.get_at(self.shop, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).balance, eur("1.00")
        )
        unopened = self.client.accounts.get_at(self.shop, 1)
        self.assertEqual((unopened.frozen, unopened.floor, unopened.version), (None, None, 0))
        self.assertEqual(self.client.accounts.get_effective(self.shop, dt.date(2001, 8, 31)).balance, eur("1.00"))
        names = [
            account.id for account in self.client.accounts.each(self._testMethodName[5:50] + ":" + self.KIND, limit=1)
        ]
        self.assertEqual(names, [self.payer, self.shop])
        self.assertEqual(
            [each.balance for each in self.client.accounts.list_at(before, self.shop).items], [eur("0.00")]
        )
        self.assertEqual(len(list(self.client.accounts.each_at(before, self.payer, limit=1))), 1)
        self.assertEqual(self.client.accounts.list(self.payer, limit=1).next, None)

    def test_a_statement_in_both_orders_and_page_by_page(self):
        for number in range(3):
            self.client.payments.submit(
                self.payer, self.shop, eur("1"), key=self.key(f"{number}"), effective_date="2001-08-31"
            )
        statement = self.client.accounts.statement(self.payer, limit=2)
        self.assertEqual(
            (statement.in_, statement.out, statement.closing_balance), (eur("100.00"), eur("3.00"), eur("97.00"))
        )
        self.assertEqual((statement.count, len(statement.lines), statement.lines[0].counterparty), (4, 2, self.shop))
        lines = list(self.client.accounts.each_line(self.payer, order="asc", limit=1))
        self.assertEqual([line.amount for line in lines], [eur("100.00"), eur("-1.00"), eur("-1.00"), eur("-1.00")])
        dated = self.client.accounts.statement_effective(
            self.shop, from_="2001-08-01", to=Day("2001-08-31"), order="asc"
        )
        self.assertEqual(
            (dated.opening_balance, dated.closing_balance, dated.lines[0].effective_date),
            (eur("0.00"), eur("3.00"), "2001-08-31"),
        )
        self.assertEqual(len(list(self.client.accounts.each_effective_line(self.shop, limit=1))), 3)

    # ---- The ledger ----

    def test_the_ledger_is_balanced_and_whole(self):
        balance = self.client.ledger.trial_balance()
        euros = next(line for line in balance.currencies if line.currency == "EUR")
        self.assertEqual((balance.balanced, euros.net, euros.debit), (True, eur("0.00"), euros.credit))
        self.assertEqual(self.client.ledger.trial_balance(effective_at="1999-12-31").effective_at, "1999-12-31")
        self.assertTrue(self.client.ledger.trial_balance(at=1).balanced)
        rows = list(self.client.ledger.each_total(self._testMethodName[5:50], depth=2, limit=1))
        mine = next(row for row in rows if row.prefix == self.payer.rsplit(":", 1)[0])
        self.assertEqual((mine.balance, mine.currency), (eur("100.00"), "EUR"))
        self.assertEqual(self.client.ledger.totals(limit=1).rows[0].prefix, "")
        audit = self.client.within(60).ledger.verify()
        self.assertEqual((audit.ok, audit.problems, audit.head_seq), (True, (), audit.entries))

    def test_books_are_closed_and_opened(self):
        closed = self.client.ledger.close_books(dt.date(1999, 12, 31), key=self.key("close"))
        self.assertEqual(
            (closed.closed_until, self.client.ledger.status().books_closed_until), ("1999-12-31", "1999-12-31")
        )
        error = self.rejected(
            "books_closed", self.client.payments.submit, self.payer, self.shop, eur("1"), effective_date="1999-12-31"
        )
        self.assertEqual(error.outcome.status, "rejected")
        self.assertEqual(self.client.payments.get(self.key("close")).books.until, "1999-12-31")
        self.assertIsNone(self.client.ledger.open_books(None, key=self.key("open")).closed_until)
        self.assertEqual(self.client.payments.get(self.key("open")).books.closed_before, "1999-12-31")

    def test_the_daemon_tells_of_itself(self):
        status = self.client.ledger.status()
        self.assertEqual((status.read_only, status.queue.items, status.keys.upkeep), (False, 0, "ok"))
        info = self.client.server.info()
        self.assertEqual((info.name, info.pid, info.limits["window"]), ("girod", self.daemon.pid, 1024))
        described = self.client.server.discover()
        self.assertEqual([method["name"] for method in described["methods"]], list(info.methods))

    # ---- Events ----

    def test_events_from_a_seq_on_without_a_gap(self):
        self.client.payments.hold(self.payer, self.shop, eur("1"), key=self.key("h"))
        self.client.accounts.update(self.payer, floor=eur("-5"), key=self.key("u"))
        head = self.client.payments.void(self.key("h")).seq
        entries = list(self.client.events(1, until=head))
        self.assertEqual([entry.seq for entry in entries], list(range(1, head + 1)))
        self.assertEqual(entries[-2].change.floor, eur("-5.00"))
        self.assertEqual(entries[0].account.id, "world")
        self.assertEqual(list(self.client.events(head + 1, until=head)), [])


class Sync(Accounts, ThroughTheSyncClient):
    pass


class Async(Accounts, ThroughTheAsyncClient):
    pass


class NothingIsMissing(DaemonCase):
    def test_each_method_of_the_daemon_has_one_here(self):
        def method_of(make):
            words = {"id": "a", "currency": "EUR", "from_": "a", "to": "b", "amount": eur("1"), "at": 1, "until": None}
            words |= {
                "members": [],
                "payments": [],
                "legs": [],
                "hold": "h",
                "original": "o",
                "schedule": "s",
                "key": "k",
                "effective_at": "2001-01-01",
            }
            named = inspect.signature(make).parameters
            needed = {n: words[n] for n, p in named.items() if p.default is p.empty}
            if "until" in needed and make is changes.close_books or "at" in needed and "schedule" in make.__name__:
                needed |= {n: "2001-01-01" for n in ("until", "at") if n in needed}
            return make(**needed).method

        here = set()
        with Client(self.socket) as client:
            for part in (
                client.accounts,
                client.payments,
                client.holds,
                client.schedules,
                client.ledger,
                client.server,
            ):
                for what in vars(type(part)).values():
                    if isinstance(what, _api.Method):
                        here.add(method_of(what.__wrapped__))
            there = set(client.server.info().methods)
        self.assertEqual(there - here, {"events.subscribe", "events.unsubscribe"})  # Client.events().


if __name__ == "__main__":
    run()
