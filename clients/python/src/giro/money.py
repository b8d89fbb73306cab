"""Money: an exact decimal amount with its currency.

Giro counts in whole minor units, and the daemon tells how many digits a currency has (its scale). `Money` is what a
program calculates with; `to_minor` and `from_minor` are the only ways between the two, and neither rounds.

What always holds: no amount comes from a float, no operation rounds, and no two currencies meet in one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z][A-Z0-9]{1,11}", re.ASCII)
# Of a program's own decimal context, which may round, nothing is used.
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])

MINOR_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, eq=True)
class Money:
    """`Money("12.34", "EUR")`. The amount is a string or a `Decimal`.

    A float isn't taken, because 0.1 isn't a tenth there; nor is an int, because 1250 could mean 12.50: say
    `Money("1250", "EUR")` or `Money.from_minor(1250, "EUR", scale=2)`.

    Amounts of one currency can be added, subtracted, compared and multiplied by whole numbers. Equal amounts are equal
    however many digits they were given with.
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: str | Decimal, currency: str) -> None:
        object.__setattr__(self, "amount", _exact_amount(amount))
        if not isinstance(currency, str) or _CURRENCY.fullmatch(currency) is None:
            raise ValueError(f"a currency is 2 to 12 of A-Z and 0-9, a letter first, such as EUR; not {currency!r}")
        object.__setattr__(self, "currency", currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str, scale: int) -> Money:
        """`Money.from_minor(1250, "EUR", 2)` is 12.50 EUR."""
        if isinstance(minor, bool) or not isinstance(minor, int):
            raise TypeError(f"minor units are a whole number, an int; not {minor!r}")
        return cls(_shifted(minor, scale), currency)

    def to_minor(self, scale: int) -> int:
        """In whole minor units of a currency with so many digits.

        ValueError: it has more digits than that, or 64 bits don't hold it.
        """
        minor = _EXACT.scaleb(self.amount, scale)
        whole = int(minor)
        if whole != minor:
            raise ValueError(f"{self} has more digits than {self.currency}, which has {scale}; nothing was rounded")
        if abs(whole) > MINOR_MAX:
            raise ValueError(f"{self} is more than a ledger can count: 64 bits of minor units")
        return whole

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __repr__(self) -> str:
        return f"Money('{self.amount:f}', '{self.currency}')"

    def __add__(self, other: Money) -> Money:
        return _money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return _money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, times: int) -> Money:
        if isinstance(times, bool) or not isinstance(times, int):
            raise TypeError(f"money is multiplied by whole numbers, for all else says who rounds how; not by {times!r}")
        return _money(_EXACT.multiply(self.amount, Decimal(times)), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return _money(self.amount.copy_negate() if self.amount else self.amount, self.currency)

    def __abs__(self) -> Money:
        return _money(self.amount.copy_abs(), self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def _same(self, other: Any) -> Decimal:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money; {self} doesn't with {other!r}")
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are of two currencies")
        return other.amount


def _exact_amount(amount: Any) -> Decimal:
    if isinstance(amount, Decimal):
        if not amount.is_finite():
            raise ValueError(f"an amount is a number; not {amount}")
        return _bounded(amount)
    if isinstance(amount, float):
        raise TypeError(f"a float isn't money ({amount!r} isn't exact): write the amount as text, such as '12.34'")
    if isinstance(amount, int):
        raise TypeError(
            f"{amount!r} could be whole or minor units: write the amount as text, '{amount}', or Money.from_minor()"
        )
    if not isinstance(amount, str):
        raise TypeError(f"an amount is text or a Decimal; not {amount!r}")
    if _AMOUNT.fullmatch(amount) is None:
        raise ValueError(f"an amount is written like 12.34 or -5; not {amount!r}")
    return _bounded(Decimal(amount))


def _bounded(amount: Decimal) -> Decimal:
    """Of no more digits than sums of a whole ledger have, so that no calculation here gets near to rounding."""
    if amount and (amount.adjusted() > 60 or int(amount.as_tuple().exponent) < -40):
        raise ValueError(f"{amount} has more digits than any ledger counts")
    return amount if amount else amount.copy_abs()


def _shifted(minor: int, scale: int) -> Decimal:
    # From text, because that alone is exact in every context.
    return Decimal(f"{minor}E-{scale}")


def _money(amount: Decimal, currency: str) -> Money:
    """Of what is known to be right: some 10 of these come with each entry."""
    made = object.__new__(Money)
    object.__setattr__(made, "amount", amount)
    object.__setattr__(made, "currency", currency)
    return made


def money_of_minor(minor: int, currency: str, scale: int) -> Money:
    """`Money.from_minor` of what the daemon sent."""
    return _money(_shifted(minor, scale), currency)
