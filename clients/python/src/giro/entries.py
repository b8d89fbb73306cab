"""The entries of the journal: what payments.get, the lists and events tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._shown import Shown
from .money import Money
from .results import Alerts, Limit
from .times import Day, Time


@dataclass(frozen=True, repr=False)
class EntryLeg(Shown):
    from_: str
    to: str
    currency: str
    amount: Money | None = None
    from_balance: Money | None = None  # Balances: of what was applied.
    to_balance: Money | None = None
    from_held_in: Money | None = None
    from_held_out: Money | None = None
    to_held_in: Money | None = None
    to_held_out: Money | None = None
    crossed: tuple[str, ...] = ()
    from_crossed: tuple[str, ...] = ()
    to_crossed: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class OpenedAccount(Shown):
    id: str
    currency: str
    scale: int
    floor: Money | None = None
    ceiling: Money | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class AccountChange(Shown):
    """What an account_update asked for. `named`: the fields that it set; of those, None means: none from now on."""

    id: str
    named: tuple[str, ...] = ()
    floor: Money | None = None
    ceiling: Money | None = None
    frozen: str | None = None
    metadata: Mapping[str, Any] | None = None
    limits: tuple[Limit, ...] = ()
    alerts: Alerts | None = None
    if_version: int | None = None
    balance: Money | None = None  # The account's, at that time, and so is what is held.
    held_in: Money | None = None
    held_out: Money | None = None


@dataclass(frozen=True, repr=False)
class BooksChange(Shown):
    until: Day | None = None
    closed_before: Day | None = None


@dataclass(frozen=True, repr=False)
class GroupPlace(Shown):
    first_seq: int
    count: int
    index: int


@dataclass(frozen=True, repr=False)
class LifeStep(Shown):
    """One of the entries that go together."""

    seq: int
    at: Time
    type: str
    status: str
    key: str
    amount: Money | None = None
    released: Money | None = None


@dataclass(frozen=True, repr=False)
class Entry(Shown):
    """`type` says which fields there are; docs/PROTOCOL.md has them by method.

    An amount is None, too, where nothing says its currency's scale: of a rejected request in a currency that no account
    has, or for a hold that nobody made.
    """

    type: str
    status: str
    seq: int
    at: Time
    key: str
    uid: int
    node: str | None = None  # In a cluster: where the user asked. His number is of that machine.

    # Rejected:
    code: str | None = None
    field: str | None = None
    leg: int | None = None
    leg_code: str | None = None
    failed: int | None = None

    # Who paid whom how much, in one leg or several.
    from_: str | None = None
    to: str | None = None
    currency: str | None = None
    amount: Money | None = None
    up_to: bool = False
    asked: Money | None = None
    legs: tuple[EntryLeg, ...] = ()

    # After it, or as a rejection saw them. What is held is None where nothing is.
    from_balance: Money | None = None
    to_balance: Money | None = None
    from_currency: str | None = None
    to_currency: str | None = None
    from_held_in: Money | None = None
    from_held_out: Money | None = None
    to_held_in: Money | None = None
    to_held_out: Money | None = None
    crossed: tuple[str, ...] = ()
    from_crossed: tuple[str, ...] = ()
    to_crossed: tuple[str, ...] = ()

    # Holds, and what belongs to one.
    timeout: str | None = None
    expires_at: Time | None = None
    hold: str | int | None = None
    hold_seq: int | None = None
    final: bool = False
    left: Money | None = None
    released: Money | None = None

    # Reversals.
    original: str | int | None = None
    original_seq: int | None = None
    reversed: Money | None = None

    # Schedules, and what belongs to one.
    scheduled_for: Time | None = None
    every: str | None = None
    until: Time | None = None
    count: int | None = None
    schedule: str | int | None = None
    schedule_seq: int | None = None
    occurrence: int | None = None
    due_at: Time | None = None
    next_at: Time | None = None  # In schedules.list.

    # Accounts and books.
    account: OpenedAccount | None = None
    change: AccountChange | None = None
    books: BooksChange | None = None

    # The request's own.
    payment_code: int | None = None
    reference: str | None = None
    description: str | None = None
    metadata: Mapping[str, Any] | None = None
    effective_date: Day | None = None
    deadline: Time | None = None
    if_version: int | None = None
    if_available_gte: Money | None = None

    group: GroupPlace | None = None
    life: tuple[LifeStep, ...] = ()  # All that goes together, in order; empty: nothing does.
    life_more: bool = False
    age_ms: int | None = None  # Of payments.get, as results have it.
