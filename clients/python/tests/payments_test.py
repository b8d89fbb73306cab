#!/usr/bin/env python3
"""Every method about payments, holds and schedules, through both clients, against the real girod. Usage: payments_test.py GIROD GIRO"""

import datetime as dt
import os
from decimal import Decimal

from both_clients import Methods, ThroughTheAsyncClient, ThroughTheSyncClient
from support import Money, eur, run

from giro import KeyConflict, Leg, NothingDecided, Rejected, changes


class Payments(Methods):
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


class Sync(Payments, ThroughTheSyncClient):
    pass


class Async(Payments, ThroughTheAsyncClient):
    pass


if __name__ == "__main__":
    run()
