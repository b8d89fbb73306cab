#!/usr/bin/env python3
"""Money, times, keys and JSON: what needs no daemon. Usage: money_test.py GIROD GIRO"""

import datetime as dt
import decimal
import pickle
import unittest
from decimal import Decimal

from support import Money, eur, run

from giro import Day, Time, changes
from giro._json import decode, encode
from giro._request import new_key
from giro.times import day_text, duration_text, time_text


class MoneyIsExact(unittest.TestCase):
    def test_minor_units_and_back_by_the_scale(self):
        for amount, scale, minor in (
            ("12.34", 2, 1234),
            ("-0.01", 2, -1),
            ("5", 0, 5),
            ("0.000000000000000001", 18, 1),
        ):
            with self.subTest(amount):
                money = Money(amount, "XYZ")
                self.assertEqual(money.to_minor(scale), minor)
                self.assertEqual(Money.from_minor(minor, "XYZ", scale), money)

    def test_all_64_bits_fit_whatever_the_programs_own_context_rounds_to(self):
        with decimal.localcontext() as context:
            context.prec = 3
            money = Money.from_minor(9223372036854775807, "EUR", 2)
            self.assertEqual(str(money), "92233720368547758.07 EUR")
            self.assertEqual(money.to_minor(2), 9223372036854775807)
            self.assertEqual(str(money + eur("0.01") - eur("0.01")), str(money))
            self.assertEqual(str(money * 3), "276701161105643274.21 EUR")

    def test_what_64_bits_dont_hold_is_refused(self):
        with self.assertRaisesRegex(ValueError, "more than a ledger can count"):
            eur("92233720368547758.08").to_minor(2)

    def test_more_digits_than_the_currency_has_are_refused_and_never_rounded(self):
        with self.assertRaisesRegex(ValueError, "12.345 EUR has more digits than EUR, which has 2"):
            eur("12.345").to_minor(2)
        self.assertEqual(eur("12.340").to_minor(2), 1234)

    def test_a_float_is_refused_with_words(self):
        with self.assertRaisesRegex(TypeError, "a float isn't money .*'12.34'"):
            Money(0.1, "EUR")
        with self.assertRaisesRegex(TypeError, "minor units are a whole number"):
            Money.from_minor(12.0, "EUR", 2)

    def test_an_int_is_refused_because_it_could_be_minor_units(self):
        with self.assertRaisesRegex(TypeError, "could be whole or minor units"):
            Money(1250, "EUR")

    def test_what_is_no_amount_is_refused(self):
        for amount in (
            "",
            " 1",
            "1 ",
            "1,5",
            "1e3",
            "1_000",
            "+1",
            "١",
            ".5",
            "5.",
            "NaN",
            "--1",
            Decimal("NaN"),
            Decimal("Infinity"),
            Decimal("1E+1000"),
            None,
            b"1",
        ):
            with self.subTest(amount), self.assertRaises((TypeError, ValueError)):
                Money(amount, "EUR")

    def test_what_is_no_currency_is_refused(self):
        for currency in ("", "eur", "E", "1EU", "EUR ", "ABCDEFGHIJKLM", None, 5):
            with self.subTest(currency), self.assertRaises(ValueError):
                Money("1", currency)

    def test_two_currencies_never_meet(self):
        for calculate in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a >= b):
            with self.assertRaisesRegex(ValueError, "two currencies"):
                calculate(eur("1"), Money("1", "USD"))
        self.assertNotEqual(eur("1"), Money("1", "USD"))

    def test_it_goes_with_money_and_whole_numbers_alone(self):
        for calculate in (
            lambda: eur("1") + 1,
            lambda: eur("1") * 1.5,
            lambda: eur("1") * Decimal(2),
            lambda: eur("1") * True,
        ):
            with self.assertRaises(TypeError):
                calculate()
        self.assertEqual(sum([eur("1.10"), eur("2.20")], eur("0")), eur("3.30"))
        self.assertEqual(3 * eur("1.10"), eur("3.30"))
        self.assertEqual(-eur("1"), eur("-1"))
        self.assertEqual(abs(eur("-1")), eur("1"))

    def test_equal_amounts_are_equal_however_they_are_written(self):
        self.assertEqual(eur("1.5"), eur("1.50"))
        self.assertEqual(hash(eur("1.5")), hash(eur("1.50")))
        self.assertEqual(repr(eur("-0")), "Money('0', 'EUR')")
        self.assertEqual((str(eur("1.50")), repr(eur("1.50"))), ("1.50 EUR", "Money('1.50', 'EUR')"))
        self.assertTrue(eur("0.01"))
        self.assertFalse(eur("0.00"))

    def test_it_cant_be_changed_and_can_be_kept(self):
        with self.assertRaises(AttributeError):
            eur("1").amount = Decimal(2)
        self.assertEqual(pickle.loads(pickle.dumps(eur("1.50"))), eur("1.50"))


class WhatIsntMoneyIsNeverSentAsMinorUnits(unittest.TestCase):
    def test_wherever_an_amount_goes(self):
        for request in (
            lambda: changes.submit("a", "b", 1250),
            lambda: changes.submit("a", "b", "12.50"),
            lambda: changes.submit("a", "b", eur("1"), if_available_gte=100),
            lambda: changes.submit_legs([changes.Leg("a", "b", 1)]),
            lambda: changes.capture("h", 2000),
            lambda: changes.reverse("p", 2000),
            lambda: changes.open_account("a", "EUR", floor=-100),
            lambda: changes.update_account("a", ceiling=100),
            lambda: changes.update_account("a", alerts=changes._params.Alerts(below=1)),
        ):
            with self.assertRaisesRegex(TypeError, "an amount is Money"):
                request()

    def test_an_amount_of_another_currency_than_its_account_or_payment(self):
        with self.assertRaisesRegex(ValueError, "the account would keep EUR"):
            changes.open_account("a", "EUR", floor=Money("-1", "USD"))
        with self.assertRaisesRegex(ValueError, "two currencies"):
            changes.submit("a", "b", eur("1"), if_available_gte=Money("1", "USD"))


class Keys(unittest.TestCase):
    def test_a_new_key_is_a_uuid_of_version_7_in_the_order_of_time(self):
        keys = [new_key() for _ in range(1000)]
        self.assertEqual(len(set(keys)), 1000)
        for key in keys:
            self.assertRegex(key, "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual([key[:13] for key in keys], sorted(key[:13] for key in keys))

    def test_an_empty_key_isnt_taken_for_none(self):
        self.assertEqual(changes.submit("a", "b", eur("1"), key="").key, "")


class Times(unittest.TestCase):
    def test_a_time_keeps_its_nanoseconds(self):
        time = Time("2026-11-23T09:00:00.123456789Z")
        self.assertEqual(time.datetime, dt.datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=dt.UTC))
        self.assertEqual(time.ns, 1795424400_123456789)
        self.assertEqual(Day("2026-11-23").date, dt.date(2026, 11, 23))

    def test_a_datetime_is_sent_in_utc_and_needs_its_zone(self):
        zone = dt.timezone(dt.timedelta(hours=2))
        self.assertEqual(time_text(dt.datetime(2026, 1, 1, 1, 30, tzinfo=zone)), "2025-12-31T23:30:00Z")
        self.assertEqual(time_text("2026-01-01T00:00:00+02:00"), "2026-01-01T00:00:00+02:00")
        with self.assertRaisesRegex(ValueError, "time zone"):
            time_text(dt.datetime(2026, 1, 1))

    def test_a_day_is_no_time(self):
        self.assertEqual(day_text(dt.date(2026, 1, 1)), "2026-01-01")
        with self.assertRaisesRegex(TypeError, "is a time"):
            day_text(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    def test_a_duration_has_whole_seconds(self):
        self.assertEqual(duration_text(dt.timedelta(days=7)), "604800s")
        self.assertEqual(duration_text("7d"), "7d")
        for duration in (dt.timedelta(0), dt.timedelta(milliseconds=1500)):
            with self.assertRaises(ValueError):
                duration_text(duration)


class JsonToTheLetter(unittest.TestCase):
    def test_numbers_keep_their_digits_both_ways(self):
        text = (
            '{"price":12.50,"big":123456789012345678901234567890,"e":1E+3,"text":"ü\\n","no":null,"list":[1,true,{}]}'
        )
        self.assertEqual(encode(decode(text.encode()), {}), text)

    def test_what_json_cant_say_is_refused(self):
        for value in (float("nan"), Decimal("Infinity"), object(), {1: 2}, b"x", {"a": {1, 2}}):
            with self.subTest(value), self.assertRaises((TypeError, ValueError)):
                encode(value, {})
        for line in (b"NaN", b"{", b'"\xff"', b"[" * 100_000, b"Infinity"):
            with self.assertRaises(ValueError):
                decode(line)


if __name__ == "__main__":
    run()
