"""Requests that change the ledger, as values.

`client.payments.hold(...)` makes one of these and sends it; a group or a batch takes them as they are:

    client.payments.submit_group([
        changes.hold("customers:ada", "shop:sales", Money("12.50", "EUR"), key="order-7"),
        changes.capture("order-7", key="order-7-paid"),
    ])

Each has a `key`, its identity for ever; one that isn't given is a new UUIDv7. Give your own, made from what the payment
is for (an order's number), wherever it must not be paid again after a crash of your program.

`ack` alone of PROTOCOL.md isn't here: `"received"` promises nothing across a crash, and whoever doesn't want to wait
has threads and tasks, whose calls share one connection and one write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from . import _params
from ._json import Object, metadata_text
from ._params import NOT_GIVEN, AnyDay, AnyTime, Leg, NotGiven
from ._request import Change, new_key
from .money import Money
from .outcomes import (
    AccountOutcome,
    BooksOutcome,
    CancelOutcome,
    CaptureOutcome,
    HoldOutcome,
    LegsOutcome,
    PaymentOutcome,
    ReversalOutcome,
    ScheduleOutcome,
    VoidOutcome,
)
from .results import Alerts, Limit
from .times import day_text, duration_text, time_text

__all__ = [
    "Change",
    "Leg",
    "NOT_GIVEN",
    "NotGiven",
    "cancel",
    "capture",
    "close_account",
    "close_books",
    "hold",
    "open_account",
    "open_books",
    "reopen_account",
    "reverse",
    "schedule",
    "schedule_legs",
    "submit",
    "submit_legs",
    "update_account",
    "void",
]

# ---- Payments ----


def submit(
    from_: str,
    to: str,
    amount: Money,
    *,
    key: str | None = None,
    up_to: bool = False,
    code: int | None = None,
    reference: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    effective_date: AnyDay | None = None,
    deadline: AnyTime | None = None,
    if_version: int | None = None,
    if_available_gte: Money | None = None,
    dry_run: bool = False,
) -> Change[PaymentOutcome]:
    """payments.submit: pays. With `up_to` it moves what is available, at most `amount`."""
    leg = _params.one_leg(from_, to, amount, up_to, if_version, if_available_gte)
    options = _params.options(code, reference, description, metadata, effective_date, deadline, dry_run)
    return _params.payment("payments.submit", PaymentOutcome, key, [amount], leg, options)


def submit_legs(
    legs: Sequence[Leg],
    *,
    key: str | None = None,
    code: int | None = None,
    reference: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    effective_date: AnyDay | None = None,
    deadline: AnyTime | None = None,
    dry_run: bool = False,
) -> Change[LegsOutcome]:
    """payments.submit with legs: all of them apply, in order, or none does."""
    options = _params.options(code, reference, description, metadata, effective_date, deadline, dry_run)
    return _params.payment("payments.submit", LegsOutcome, key, _params.amounts(legs), _params.legs(legs), options)


def hold(
    from_: str,
    to: str,
    amount: Money,
    *,
    key: str | None = None,
    timeout: str | dt.timedelta | None = None,
    expires_at: AnyTime | None = None,
    up_to: bool = False,
    code: int | None = None,
    reference: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    effective_date: AnyDay | None = None,
    deadline: AnyTime | None = None,
    if_version: int | None = None,
    if_available_gte: Money | None = None,
    dry_run: bool = False,
) -> Change[HoldOutcome]:
    """payments.hold: reserves the money; a capture pays it. Without `timeout` or `expires_at` it lasts until then."""
    leg = _params.one_leg(from_, to, amount, up_to, if_version, if_available_gte)
    options = _params.options(code, reference, description, metadata, effective_date, deadline, dry_run)
    end = _params.given(
        timeout=None if timeout is None else duration_text(timeout),
        expires_at=None if expires_at is None else time_text(expires_at),
    )
    return _params.payment("payments.hold", HoldOutcome, key, [amount], leg, {**options, **end})


def capture(
    hold: str | int,
    amount: Money | None = None,
    *,
    final: bool = False,
    key: str | None = None,
    dry_run: bool = False,
) -> Change[CaptureOutcome]:
    """payments.capture: pays from a hold, named by its key or seq, all that is left of it, or `amount`.

    `final` lets go of what is left after it.
    """
    _params.may_be_money(amount)
    key = new_key() if key is None else key
    params = _params.given(key=key, hold=hold, amount=amount, final=final or None, dry_run=dry_run or None)
    return Change("payments.capture", params, CaptureOutcome, key, about=("entry", hold))


def void(hold: str | int, *, key: str | None = None, dry_run: bool = False) -> Change[VoidOutcome]:
    """payments.void: lets go of what is left of a hold, named by its key or seq."""
    key = new_key() if key is None else key
    params = _params.given(key=key, hold=hold, dry_run=dry_run or None)
    return Change("payments.void", params, VoidOutcome, key, about=("entry", hold))


def reverse(
    original: str | int,
    amount: Money | None = None,
    *,
    key: str | None = None,
    code: int | None = None,
    reference: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    effective_date: AnyDay | None = None,
    deadline: AnyTime | None = None,
    dry_run: bool = False,
) -> Change[ReversalOutcome]:
    """payments.reverse: pays back a payment or a capture, named by its key or seq, all that is left, or `amount`."""
    _params.may_be_money(amount)
    key = new_key() if key is None else key
    options = _params.options(code, reference, description, metadata, effective_date, deadline, dry_run)
    params = {**_params.given(key=key, original=original, amount=amount), **options}
    return Change("payments.reverse", params, ReversalOutcome, key, about=("entry", original))


def schedule(
    from_: str,
    to: str,
    amount: Money,
    at: AnyTime,
    *,
    key: str | None = None,
    every: str | None = None,
    until: AnyTime | None = None,
    count: int | None = None,
    up_to: bool = False,
    code: int | None = None,
    reference: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    effective_date: AnyDay | None = None,
    deadline: AnyTime | None = None,
    if_version: int | None = None,
    if_available_gte: Money | None = None,
    dry_run: bool = False,
) -> Change[ScheduleOutcome]:
    """payments.schedule: pays at a time, once or, with `every` (`P1M`), again and again."""
    leg = _params.one_leg(from_, to, amount, up_to, if_version, if_available_gte)
    options = _params.options(code, reference, description, metadata, effective_date, deadline, dry_run)
    terms = _params.terms(at, every, until, count)
    return _params.payment("payments.schedule", ScheduleOutcome, key, [amount], leg, {**options, **terms})


def schedule_legs(
    legs: Sequence[Leg],
    at: AnyTime,
    *,
    key: str | None = None,
    every: str | None = None,
    until: AnyTime | None = None,
    count: int | None = None,
    code: int | None = None,
    reference: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    effective_date: AnyDay | None = None,
    deadline: AnyTime | None = None,
    dry_run: bool = False,
) -> Change[ScheduleOutcome]:
    """payments.schedule with legs."""
    options = _params.options(code, reference, description, metadata, effective_date, deadline, dry_run)
    terms = _params.terms(at, every, until, count)
    return _params.payment(
        "payments.schedule", ScheduleOutcome, key, _params.amounts(legs), _params.legs(legs), {**options, **terms}
    )


def cancel(schedule: str | int, *, key: str | None = None, dry_run: bool = False) -> Change[CancelOutcome]:
    """payments.cancel: ends a schedule, named by its key or seq."""
    key = new_key() if key is None else key
    params = _params.given(key=key, schedule=schedule, dry_run=dry_run or None)
    return Change("payments.cancel", params, CancelOutcome, key)


# ---- Accounts ----


def open_account(
    id: str,
    currency: str,
    *,
    scale: int | None = None,
    floor: Money | NotGiven | None = NOT_GIVEN,
    ceiling: Money | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Change[AccountOutcome]:
    """accounts.open. `floor` is 0 unless given; None: none, as for the account through which money enters the ledger.

    `scale` is needed for a currency that ISO 4217 doesn't know, and for the first account in a currency where `floor`
    or `ceiling` has an amount: nobody told it yet.
    """
    limits: Object = {}
    if not isinstance(floor, NotGiven):
        limits["floor"] = _params.limit(floor, currency, scale)
    if ceiling is not None:
        limits["ceiling"] = _params.limit(ceiling, currency, scale)
    text = None if metadata is None else metadata_text(metadata)
    params = {**_params.given(id=id, currency=currency, scale=scale, metadata=text), **limits}
    return Change("accounts.open", params, AccountOutcome)


def update_account(
    id: str,
    *,
    key: str | None = None,
    floor: Money | NotGiven | None = NOT_GIVEN,
    ceiling: Money | NotGiven | None = NOT_GIVEN,
    frozen: str | NotGiven = NOT_GIVEN,
    metadata: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    limits: Sequence[Limit] | NotGiven | None = NOT_GIVEN,
    alerts: Alerts | NotGiven | None = NOT_GIVEN,
    if_version: int | None = None,
    dry_run: bool = False,
) -> Change[AccountOutcome]:
    """accounts.update: what isn't given stays as it is; None removes a floor, a ceiling, limits or alerts."""
    key = new_key() if key is None else key
    params = _params.given(key=key, id=id, if_version=if_version, dry_run=dry_run or None)
    params |= {
        name: value
        for name, value in (("floor", floor), ("ceiling", ceiling), ("frozen", frozen))
        if not isinstance(value, NotGiven)
    }
    for amount in _params.amounts_of(floor, ceiling, limits, alerts):
        _params.may_be_money(amount)
    if not isinstance(metadata, NotGiven):
        params["metadata"] = metadata_text(metadata)
    if not isinstance(limits, NotGiven):
        params["limits"] = [
            _params.given(window=each.window, amount=each.amount, count=each.count) for each in limits or ()
        ]
    if not isinstance(alerts, NotGiven):
        params["alerts"] = {} if alerts is None else _params.given(below=alerts.below, above=alerts.above)
    return Change("accounts.update", params, AccountOutcome, key, about=("account", id))


def close_account(
    id: str, *, key: str | None = None, if_version: int | None = None, dry_run: bool = False
) -> Change[AccountOutcome]:
    """accounts.close: of an account whose balance is zero, and on which nothing is held."""
    return _params.on_account("accounts.close", id, key, if_version, dry_run)


def reopen_account(
    id: str, *, key: str | None = None, if_version: int | None = None, dry_run: bool = False
) -> Change[AccountOutcome]:
    """accounts.reopen."""
    return _params.on_account("accounts.reopen", id, key, if_version, dry_run)


# ---- Books ----


def close_books(until: AnyDay, *, key: str | None = None, dry_run: bool = False) -> Change[BooksOutcome]:
    """ledger.close_books: nothing is dated on or before this day any more."""
    return _params.on_books("ledger.close_books", day_text(until), key, dry_run)


def open_books(until: AnyDay | None, *, key: str | None = None, dry_run: bool = False) -> Change[BooksOutcome]:
    """ledger.open_books: `until` is the last closed day from now on; None: no day is."""
    return _params.on_books("ledger.open_books", None if until is None else day_text(until), key, dry_run)
