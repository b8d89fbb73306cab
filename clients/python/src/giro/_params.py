"""Params of requests, from what Python programs have: what several methods share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._json import Object, metadata_text
from ._request import Change, new_key
from .money import Money
from .outcomes import AccountOutcome, BooksOutcome
from .results import Alerts
from .times import day_text, time_text

AnyTime = str | dt.datetime
AnyDay = str | dt.date


@dataclass(frozen=True)
class Leg:
    from_: str
    to: str
    amount: Money


class NotGiven:
    """Where None means something else: none, or none from now on."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


def given(**fields: Any) -> Object:
    """Those that aren't None. A name that Python keeps for itself has a `_`."""
    return {name.rstrip("_"): value for name, value in fields.items() if value is not None}


def one_leg(
    from_: str, to: str, amount: Money, up_to: bool, if_version: int | None, if_available_gte: Money | None
) -> Object:
    must_be_money(amount)
    may_be_money(if_available_gte)
    if if_available_gte is not None and if_available_gte.currency != amount.currency:
        raise ValueError(f"if_available_gte is {if_available_gte}, and the amount {amount}: of two currencies")
    leg: Object = {"from": from_, "to": to, "amount": amount, "currency": amount.currency}
    return leg | given(up_to=up_to or None, if_version=if_version, if_available_gte=if_available_gte)


def amounts(legs: Sequence[Leg]) -> list[Money]:
    return [leg.amount for leg in legs]


def legs(legs: Sequence[Leg]) -> Object:
    for leg in legs:
        must_be_money(leg.amount)
    return {
        "legs": [
            {"from": leg.from_, "to": leg.to, "amount": leg.amount, "currency": leg.amount.currency} for leg in legs
        ]
    }


def must_be_money(amount: Any) -> None:
    # What isn't Money would pass for minor units.
    if not isinstance(amount, Money):
        raise TypeError(f"an amount is Money, such as Money('12.34', 'EUR'); not {amount!r}")


def may_be_money(amount: Any) -> None:
    if amount is not None:
        must_be_money(amount)


def options(
    code: int | None,
    reference: str | None,
    description: str | None,
    metadata: Mapping[str, Any] | None,
    effective_date: AnyDay | None,
    deadline: AnyTime | None,
    dry_run: bool,
) -> Object:
    return given(
        code=code,
        reference=reference,
        description=description,
        metadata=None if metadata is None else metadata_text(metadata),
        effective_date=None if effective_date is None else day_text(effective_date),
        deadline=None if deadline is None else time_text(deadline),
        dry_run=dry_run or None,
    )


def terms(at: AnyTime, every: str | None, until: AnyTime | None, count: int | None) -> Object:
    return given(at=time_text(at), every=every, until=None if until is None else time_text(until), count=count)


def payment(
    method: str, outcome: type[Any], key: str | None, amounts: Sequence[Money], legs: Object, rest: Object
) -> Change[Any]:
    key = new_key() if key is None else key
    currencies = tuple([amount.currency for amount in amounts])
    return Change(method, {"key": key, **legs, **rest}, outcome, key, currencies=currencies)


def limit(limit: Money | None, currency: str, scale: int | None) -> Money | int | None:
    if limit is None:
        return None
    must_be_money(limit)
    if limit.currency != currency:
        raise ValueError(f"the limit is {limit}, and the account would keep {currency}")
    if scale is None:
        return limit if limit else 0  # Nothing is nothing in any scale.
    return limit.to_minor(scale)


def on_account(method: str, id: str, key: str | None, if_version: int | None, dry_run: bool) -> Change[AccountOutcome]:
    key = new_key() if key is None else key
    params = given(key=key, id=id, if_version=if_version, dry_run=dry_run or None)
    return Change(method, params, AccountOutcome, key)


def on_books(method: str, until: str | None, key: str | None, dry_run: bool) -> Change[BooksOutcome]:
    key = new_key() if key is None else key
    params: Object = {"key": key, "until": until} | given(dry_run=dry_run or None)
    return Change(method, params, BooksOutcome, key)


def amounts_of(floor: Any, ceiling: Any, limits: Any, alerts: Any) -> list[Any]:
    amounts = [each for each in (floor, ceiling) if not isinstance(each, NotGiven)]
    if not isinstance(limits, NotGiven):
        amounts += [each.amount for each in limits or ()]
    if isinstance(alerts, Alerts):
        amounts += [alerts.below, alerts.above]
    return amounts
