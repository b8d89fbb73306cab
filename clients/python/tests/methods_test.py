#!/usr/bin/env python3
"""Every method, through both clients, against the real girod. Usage: methods_test.py GIROD GIRO"""

import asyncio
import datetime as dt
import inspect
import os
import unittest
from decimal import Decimal

from support import AsyncClient, Client, DaemonCase, Money, eur, run

from giro import NOT_GIVEN, Alerts, Day, KeyConflict, Leg, Limit, NothingDecided, Rejected, _api, changes


class Waited:
    """An asyncio client, or a part of one, whose methods are run until they are done."""

    def __init__(self, what, loop):
        self._what, self._loop = what, loop

    def __getattr__(self, name):
        found = getattr(self._what, name)
        if not callable(found):
            return Waited(found, self._loop)
        return lambda *words, **named: self._done(found(*words, **named))

    def _done(self, answer):
        if inspect.iscoroutine(answer):
            return self._loop.run_until_complete(answer)
        if isinstance(answer, AsyncClient):
            return Waited(answer, self._loop)
        return self._items(answer)

    async def _all(self, iterator):
        return [item async for item in iterator]

    def _items(self, iterator):
        return self._loop.run_until_complete(self._all(iterator))


class Methods:
    """The tests; their two cases are below. Each has two accounts of its own, the first with 100.00 EUR."""

    def setUp(self):
        self.payer, self.shop = (f"{self._testMethodName[5:50]}:{kind}:{name}" for name in "ps" for kind in [self.KIND])
        for name in (self.payer, self.shop):
            self.client.accounts.open(name, "EUR")
        self.client.payments.submit("world", self.payer, eur("100.00"), key=self.key("start"))

    def key(self, name):
        return f"{self.payer}:{name}"

    def balances(self):
        return tuple(str(self.client.accounts.get(name).balance.amount) for name in (self.payer, self.shop))

    def rejected(self, code, call, *words, **named):
        with self.assertRaises(Rejected) as raised:
            call(*words, **named)
        self.assertEqual(raised.exception.code, code)
        return raised.exception

    def refused(self, code, call, *words, **named):
        with self.assertRaises(NothingDecided) as raised:
            call(*words, **named)
        self.assertEqual(raised.exception.code, code)
        return raised.exception

    # ---- Payments ----

    def test_a_payment_tells_the_balances_after_it_and_is_made_once(self):
        first = self.client.payments.submit(
            self.payer, self.shop, eur("12.5"), key=self.key("1"), reference="r", code=7
        )
        self.assertEqual(
            (first.status, first.replayed, first.from_balance, first.to_balance),
            ("applied", False, eur("87.50"), eur("12.50")),
        )
        self.assertEqual(first.key, self.key("1"))
        again = self.client.payments.submit(
            self.payer, self.shop, eur("12.50"), key=self.key("1"), reference="r", code=7
        )
        self.assertEqual((again.seq, again.replayed), (first.seq, True))
        self.assertEqual(self.balances(), ("87.50", "12.50"))

    def test_the_same_key_for_another_request_is_a_conflict_that_names_the_field(self):
        first = self.client.payments.submit(self.payer, self.shop, eur("1"), key=self.key("1"))
        with self.assertRaises(KeyConflict) as raised:
            self.client.payments.submit(self.payer, self.shop, eur("2"), key=self.key("1"))
        self.assertEqual(
            (raised.exception.field, raised.exception.seq, raised.exception.key), ("amount", first.seq, self.key("1"))
        )

    def test_a_rejection_is_raised_with_what_was_decided(self):
        error = self.rejected(
            "insufficient_funds", self.client.payments.submit, self.payer, self.shop, eur("999"), key=self.key("1")
        )
        self.assertEqual((error.key, error.outcome.from_balance, error.retry), (self.key("1"), eur("100.00"), False))
        again = self.rejected(
            "insufficient_funds", self.client.payments.submit, self.payer, self.shop, eur("999"), key=self.key("1")
        )
        self.assertEqual((again.outcome.seq, again.outcome.replayed), (error.outcome.seq, True))
        unknown = self.rejected("account_unknown", self.client.payments.submit, "no:body", self.shop, eur("1"))
        self.assertEqual(unknown.field, "from")

    def test_a_refusal_names_the_field_and_leaves_the_key_free(self):
        error = self.refused(
            "invalid_amount", self.client.payments.submit, self.payer, self.shop, eur("0"), key=self.key("1")
        )
        self.assertEqual((error.field, error.key, error.retry), ("amount", self.key("1"), False))
        self.refused("invalid_key", self.client.payments.submit, self.payer, self.shop, eur("1"), key="")
        self.client.payments.submit(self.payer, self.shop, eur("1"), key=self.key("1"))

    def test_up_to_moves_what_there_is(self):
        outcome = self.client.payments.submit(self.payer, self.shop, eur("999"), up_to=True, key=self.key("1"))
        self.assertEqual(outcome.amount, eur("100.00"))
        entry = self.client.payments.get(self.key("1"))
        self.assertEqual((entry.up_to, entry.amount, entry.asked), (True, eur("100.00"), eur("999.00")))

    def test_all_that_a_payment_may_carry_comes_back(self):
        metadata = {"price": Decimal("12.50"), "items": [1, "ü", None, True], "big": 10**40}
        self.client.payments.submit(
            self.payer, self.shop, eur("1"), key=self.key("1"), code=65535, reference="invoice 17", description="été",
            metadata=metadata, effective_date=dt.date(2001, 8, 31), deadline=dt.datetime(2099, 1, 1, tzinfo=dt.UTC),
            if_version=1, if_available_gte=eur("50"),
        )  # fmt: skip
        entry = self.client.payments.get(self.key("1"))
        self.assertEqual((entry.payment_code, entry.reference, entry.description), (65535, "invoice 17", "été"))
        self.assertEqual((entry.metadata, str(entry.metadata["price"])), (metadata, "12.50"))
        self.assertEqual(
            (entry.effective_date.date, entry.deadline), (dt.date(2001, 8, 31), "2099-01-01T00:00:00.000000000Z")
        )
        self.assertEqual((entry.if_version, entry.if_available_gte, entry.uid), (1, eur("50.00"), os.getuid()))

    def test_a_dry_run_decides_and_keeps_nothing(self):
        outcome = self.client.payments.submit(self.payer, self.shop, eur("1"), key=self.key("1"), dry_run=True)
        self.assertEqual((outcome.dry_run, outcome.seq, outcome.at, outcome.to_balance), (True, 0, None, eur("1.00")))
        error = self.rejected(
            "insufficient_funds", self.client.payments.submit, self.payer, self.shop, eur("999"), dry_run=True
        )
        self.assertIn("still free", str(error))
        self.assertIsNone(self.client.payments.get(self.key("1")))

    def test_legs_in_two_currencies_apply_and_are_reversed_together(self):
        yen = f"{self.payer}:jpy"
        self.client.accounts.open("world:jpy", "JPY", floor=None)
        self.client.accounts.open(yen, "JPY")
        legs = [Leg(self.payer, self.shop, eur("10")), Leg("world:jpy", yen, Money("1700", "JPY"))]
        outcome = self.client.payments.submit_legs(legs, key=self.key("fx"))
        self.assertEqual([leg.to_balance for leg in outcome.legs], [eur("10.00"), Money("1700", "JPY")])
        entry = self.client.payments.get(self.key("fx"))
        self.assertEqual([leg.amount for leg in entry.legs], [eur("10.00"), Money("1700", "JPY")])

        error = self.rejected(
            "leg_failed", self.client.payments.submit_legs, [legs[0], Leg(yen, "world:jpy", Money("9999", "JPY"))]
        )
        self.assertEqual((error.outcome.leg, error.outcome.leg_code), (1, "insufficient_funds"))
        self.assertEqual(error.outcome.from_balance, Money("1700", "JPY"))
        self.assertIn("insufficient_funds in leg 1", str(error))

        back = self.client.payments.reverse(self.key("fx"), key=self.key("fx-back"))
        self.assertEqual([leg.from_balance for leg in back.legs], [Money("0", "JPY"), eur("0.00")])
        self.assertEqual(back.reversed, eur("10.00"))
        reversal = self.client.payments.get(self.key("fx-back"))
        self.assertEqual([leg.amount for leg in reversal.legs], [Money("1700", "JPY"), eur("10.00")])
        self.assertEqual(reversal.reversed, eur("10.00"))
        self.assertEqual((self.client.payments.get(self.key("fx")).reversed, len(reversal.life)), (eur("10.00"), 2))
        self.rejected("reversal_exceeds_original", self.client.payments.reverse, self.key("fx"))

    def test_one_leg_is_answered_as_legs_are(self):
        outcome = self.client.payments.submit_legs([Leg(self.payer, self.shop, eur("10"))])
        self.assertEqual([leg.to_balance for leg in outcome.legs], [eur("10.00")])

    def test_balances_in_another_currency_than_asked_for_arent_told_in_it(self):
        self.client.accounts.open("jpy", "JPY", floor=None)
        error = self.rejected(
            "currency_mismatch", self.client.payments.submit, self.payer, "jpy", eur("1"), key=self.key("1")
        )
        self.assertIsNone(error.outcome.to_balance)
        entry = self.client.payments.get(self.key("1"))
        self.assertEqual(
            (entry.amount, entry.from_balance, entry.to_balance), (eur("1.00"), eur("100.00"), Money("0", "JPY"))
        )

    def test_many_are_decided_each_by_itself_and_those_not_applied_are_named(self):
        many = [
            changes.submit(self.payer, self.shop, eur("1"), key=self.key("1")),
            changes.submit("no:body", self.shop, eur("1"), key=self.key("2")),
            changes.submit(self.payer, self.shop, eur("0"), key=self.key("3")),
            changes.hold(self.payer, self.shop, eur("5"), key=self.key("h")),
            changes.capture(self.key("h"), key=self.key("c")),
        ]
        outcome = self.client.payments.submit_many(many)
        self.assertEqual((outcome.count, outcome.applied, outcome.rejected, outcome.errors), (5, 3, 1, 1))
        self.assertEqual(outcome.last_seq - outcome.first_seq, 3)
        rejected, refused = outcome.not_applied
        self.assertEqual(
            (rejected.index, rejected.key, rejected.error.code, rejected.error.field),
            (1, self.key("2"), "account_unknown", "from"),
        )
        self.assertIsInstance(rejected.error, Rejected)
        self.assertEqual(
            (refused.index, refused.error.code, type(refused.error)), (2, "invalid_amount", NothingDecided)
        )
        again = self.client.payments.submit_many(many)
        self.assertEqual((again.applied, again.replayed, again.first_seq), (0, 4, None))
        self.assertTrue(again.not_applied[0].replayed)

    def test_of_many_an_amount_isnt_captured_from_a_hold_that_is_only_about_to_be_made(self):
        # Had the key decided something else before, it would be captured from that, in another currency perhaps.
        many = [
            changes.hold(self.payer, self.shop, eur("5"), key=self.key("h")),
            changes.capture(self.key("h"), eur("5"), key=self.key("c")),
        ]
        self.refused("hold_unknown", self.client.payments.submit_many, many)
        self.assertIsNone(self.client.payments.get(self.key("h")))
        self.client.send(many[0])
        self.assertEqual(self.client.payments.submit_many(many).applied, 1)

    def test_a_group_is_applied_as_a_whole_or_not_at_all(self):
        fresh = f"{self.payer}:pts"
        members = [
            changes.open_account(fresh, "PTS", scale=3, floor=None),
            changes.hold(self.payer, self.shop, eur("5"), key=self.key("h")),
            changes.capture(self.key("h"), eur("4"), key=self.key("c"), final=True),
            changes.reverse(self.key("c"), eur("1"), key=self.key("r")),
            changes.update_account(fresh, ceiling=Money("5", "PTS"), key=self.key("u")),
        ]
        group = self.client.payments.submit_group(members)
        self.assertEqual((group.status, group.count, group.last_seq - group.first_seq), ("applied", 5, 4))
        self.assertEqual((group.members[2].amount, group.members[2].released), (eur("4.00"), eur("1.00")))
        self.assertEqual(self.client.accounts.get(fresh).ceiling, Money("5.000", "PTS"))
        self.assertEqual(self.client.payments.get(self.key("c")).group.index, 2)
        self.assertTrue(self.client.payments.submit_group(members).replayed)

        error = self.rejected(
            "insufficient_funds",
            self.client.payments.submit_group,
            [
                changes.submit(self.payer, self.shop, eur("1"), key=self.key("g1")),
                changes.submit(self.payer, self.shop, eur("999"), key=self.key("g2")),
            ],
        )
        self.assertEqual((error.member, error.outcome.key), (1, self.key("g2")))
        self.assertEqual(self.client.payments.get(self.key("g1")).code, "group_failed")
        dry = self.client.payments.submit_group([changes.submit(self.payer, self.shop, eur("1"))], dry_run=True)
        self.assertEqual((dry.dry_run, dry.first_seq, dry.members[0].seq), (True, None, 0))

    def test_a_change_can_be_made_before_it_is_sent(self):
        change = changes.submit(self.payer, self.shop, eur("1"))
        self.assertEqual(self.client.send(change).key, change.key)
        self.assertTrue(self.client.send(change).replayed)

    def test_lists_find_by_what_they_are_told_and_go_on_page_by_page(self):
        for number in range(5):
            self.client.payments.submit(
                self.payer,
                self.shop,
                eur(f"{number + 1}"),
                key=self.key(f"{number}"),
                reference=f"{self.KIND}-inv {number}",
            )
        found = self.client.payments.list(account=self.payer, amount_gte=eur("2"), amount_lte=eur("4"), order="desc")
        self.assertEqual([entry.amount for entry in found.items], [eur("4.00"), eur("3.00"), eur("2.00")])
        self.assertEqual(len(self.client.payments.list(reference_prefix=f"{self.KIND}-inv ", limit=2).items), 2)
        keys = [entry.key for entry in self.client.payments.each(account=self.payer, limit=2)]
        self.assertEqual(keys, [self.key(name) for name in ("start", "0", "1", "2", "3", "4")])
        with self.assertRaisesRegex(ValueError, "isn't an amount in USD"):
            self.client.payments.list(amount_gte=eur("1"), currency="USD")

    def test_what_nobody_decided_is_none(self):
        self.assertIsNone(self.client.payments.get("never-sent"))
        self.assertIsNone(self.client.payments.get(10**15))

    # ---- Holds ----

    def test_a_hold_is_captured_in_parts_and_paid_back(self):
        held = self.client.payments.hold(
            self.payer, self.shop, eur("50"), key=self.key("h"), timeout=dt.timedelta(days=7)
        )
        self.assertEqual((held.status, held.amount, held.from_held_out), ("held", eur("50.00"), eur("50.00")))
        self.assertEqual(held.expires_at.ns - held.at.ns, 7 * 86_400 * 10**9)
        self.assertEqual([entry.left for entry in self.client.holds.each(account=self.payer, limit=1)], [eur("50.00")])
        first = self.client.payments.capture(self.key("h"), eur("20"), key=self.key("c1"))
        self.assertEqual((first.amount, first.left, first.hold_seq), (eur("20.00"), eur("30.00"), held.seq))
        last = self.client.payments.capture(held.seq, eur("10"), key=self.key("c2"), final=True)
        self.assertEqual((last.left, last.released), (eur("0.00"), eur("20.00")))
        error = self.rejected("hold_captured", self.client.payments.capture, self.key("h"), key=self.key("c3"))
        self.assertEqual((error.outcome.hold_seq, error.outcome.left), (held.seq, eur("0.00")))
        back = self.client.payments.reverse(self.key("c1"), eur("5"), key=self.key("r"), reference="complaint")
        self.assertEqual((back.amount, back.reversed, back.to_balance), (eur("5.00"), eur("5.00"), eur("75.00")))
        life = self.client.payments.get(self.key("h")).life
        self.assertEqual(
            [(step.type, step.amount) for step in life],
            [("hold", eur("50.00")), ("capture", eur("20.00")), ("capture", eur("10.00")), ("reversal", eur("5.00"))],
        )

    def test_a_hold_is_let_go_of(self):
        self.client.payments.hold(
            self.payer, self.shop, eur("50"), key=self.key("h"), expires_at="2099-12-31T12:00:00Z"
        )
        outcome = self.client.payments.void(self.key("h"), key=self.key("v"))
        self.assertEqual(
            (outcome.status, outcome.released, outcome.from_balance), ("voided", eur("50.00"), eur("100.00"))
        )
        self.assertEqual(self.client.holds.list(account=self.payer).items, ())

    def test_what_no_hold_is_told_as_such(self):
        self.rejected("hold_unknown", self.client.payments.capture, "no-hold")
        self.assertEqual(self.refused("hold_unknown", self.client.payments.capture, "no-hold", eur("1")).field, "hold")
        error = self.rejected("not_a_hold", self.client.payments.void, self.key("start"), key=self.key("v"))
        self.assertEqual(self.client.payments.get(self.key("v")).seq, error.outcome.seq)
        self.rejected("original_unknown", self.client.payments.reverse, "no-payment")
        self.rejected(
            "reversal_exceeds_original", self.client.payments.reverse, self.key("start"), eur("101"), key=self.key("r")
        )
        self.assertEqual(self.client.payments.get(self.key("r")).asked, eur("101.00"))

    # ---- Schedules ----

    def test_a_standing_order_until_it_is_cancelled(self):
        outcome = self.client.payments.schedule(
            self.payer, self.shop, eur("9.90"), "2099-01-31T09:00:00Z", key=self.key("rent"), every="P1M", count=12
        )
        self.assertEqual((outcome.status, outcome.scheduled_for), ("scheduled", "2099-01-31T09:00:00.000000000Z"))
        (entry,) = self.client.schedules.each(account=self.payer)
        self.assertEqual((entry.amount, entry.every, entry.count, entry.occurrence), (eur("9.90"), "P1M", 12, 1))
        self.assertEqual(self.client.payments.cancel(self.key("rent"), key=self.key("stop")).schedule_seq, outcome.seq)
        self.rejected("schedule_cancelled", self.client.payments.cancel, outcome.seq)
        stopped = self.client.payments.get(self.key("stop"))
        self.assertEqual([step.amount for step in stopped.life], [eur("9.90"), None])
        legs = [Leg(self.payer, self.shop, eur("1")), Leg(self.payer, self.shop, eur("2"))]
        self.assertEqual(
            self.client.payments.schedule_legs(legs, dt.datetime(2099, 1, 1, tzinfo=dt.UTC)).status, "scheduled"
        )
        self.rejected(
            "schedule_passed", self.client.payments.schedule, self.payer, self.shop, eur("1"), "2001-01-01T00:00:00Z"
        )

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


class ThroughTheSyncClient(Methods, DaemonCase):
    KIND = "sync"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = Client(cls.socket)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        super().tearDownClass()


class ThroughTheAsyncClient(Methods, DaemonCase):
    KIND = "async"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loop = asyncio.new_event_loop()
        cls.client = Waited(AsyncClient(cls.socket), cls.loop)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.loop.close()
        super().tearDownClass()


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
