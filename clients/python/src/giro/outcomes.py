"""What became of a request that changes the ledger. An outcome is what was decided for; what was decided against is a
`Rejection`, which `giro.Rejected` carries.

Balances are those after it. What is held on an account is None where nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass

from ._shown import Shown
from .errors import GiroError
from .money import Money
from .times import Day, Time


@dataclass(frozen=True, kw_only=True, repr=False)
class Outcome(Shown):
    """`seq` is 0 and `at` None for a dry run, which leaves nothing behind."""

    status: str
    seq: int = 0
    at: Time | None = None
    key: str = ""  # Empty for an opening: its id is its identity.
    replayed: bool = False  # It was decided before; this is the same outcome.
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class _Balances(Shown):
    from_balance: Money
    to_balance: Money
    from_held_in: Money | None = None
    from_held_out: Money | None = None
    to_held_in: Money | None = None
    to_held_out: Money | None = None
    crossed: tuple[str, ...] = ()  # Alerts: `below`, `above`.
    from_crossed: tuple[str, ...] = ()
    to_crossed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class LegOutcome(_Balances):
    pass


@dataclass(frozen=True, kw_only=True, repr=False)
class PaymentOutcome(_Balances, Outcome):
    amount: Money | None = None  # With `up_to`: what moved.


@dataclass(frozen=True, kw_only=True, repr=False)
class LegsOutcome(Outcome):
    legs: tuple[LegOutcome, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class HoldOutcome(_Balances, Outcome):
    amount: Money  # What is held.
    expires_at: Time | None = None  # None: it doesn't by itself.


@dataclass(frozen=True, kw_only=True, repr=False)
class CaptureOutcome(_Balances, Outcome):
    amount: Money
    hold_seq: int
    left: Money
    released: Money | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class VoidOutcome(_Balances, Outcome):
    hold_seq: int
    released: Money


@dataclass(frozen=True, kw_only=True, repr=False)
class ReversalOutcome(Outcome):
    """Of a payment of several legs it has `legs`, else `amount` and the balances."""

    original_seq: int
    reversed: Money  # So far, with this one. Of the first leg, where there are several.
    amount: Money | None = None
    from_balance: Money | None = None
    to_balance: Money | None = None
    from_held_in: Money | None = None
    from_held_out: Money | None = None
    to_held_in: Money | None = None
    to_held_out: Money | None = None
    crossed: tuple[str, ...] = ()
    from_crossed: tuple[str, ...] = ()
    to_crossed: tuple[str, ...] = ()
    legs: tuple[LegOutcome, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class ScheduleOutcome(Outcome):
    scheduled_for: Time


@dataclass(frozen=True, kw_only=True, repr=False)
class CancelOutcome(Outcome):
    schedule_seq: int


@dataclass(frozen=True, kw_only=True, repr=False)
class AccountOutcome(Outcome):
    id: str


@dataclass(frozen=True, kw_only=True, repr=False)
class BooksOutcome(Outcome):
    closed_until: Day | None = None  # None: no day is.


@dataclass(frozen=True, kw_only=True, repr=False)
class Rejection(Outcome):
    """`code` says why. Balances are what the decision saw; None where it looked at none, or where PROTOCOL.md leaves
    open in which currency they are (`payments.get` tells)."""

    code: str
    field: str | None = None
    leg: int | None = None
    leg_code: str | None = None
    failed: int | None = None  # Which member of its group failed.
    id: str | None = None
    hold_seq: int | None = None
    left: Money | None = None
    original_seq: int | None = None
    reversed: Money | None = None
    schedule_seq: int | None = None
    scheduled_for: Time | None = None
    closed_until: Day | None = None
    from_balance: Money | None = None
    to_balance: Money | None = None
    from_held_in: Money | None = None
    from_held_out: Money | None = None
    to_held_in: Money | None = None
    to_held_out: Money | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class GroupOutcome(Shown):
    """All of its members were applied."""

    status: str
    count: int
    members: tuple[Outcome, ...]
    first_seq: int | None = None  # None: a dry run, or all was there already.
    last_seq: int | None = None
    replayed: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class NotApplied(Shown):
    """One of many: what it was raised for, had it been sent by itself."""

    index: int
    key: str | None
    error: GiroError  # Rejected, NothingDecided (with `retry`: send the same again), KeyConflict, OutcomeUnknown.
    seq: int | None = None  # Of a rejection.
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class ManyOutcome(Shown):
    """`applied` and `rejected` count new decisions, with the seqs from `first_seq` to `last_seq`."""

    count: int
    applied: int
    rejected: int
    replayed: int
    errors: int
    not_applied: tuple[NotApplied, ...]
    first_seq: int | None = None
    last_seq: int | None = None
