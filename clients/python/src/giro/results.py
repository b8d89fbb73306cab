"""What the daemon answers, as frozen dataclasses. The names are those of docs/PROTOCOL.md (`from` is `from_`).

`age_ms` is of a cluster's node: how far its ledger may be behind, at most. None: that isn't known, or it is no cluster.
Money is `Money`, times and days are text with properties (`giro.Time`, `giro.Day`). Where a field may be absent it is
None or empty, and its comment says what that means. What a newer daemon adds isn't here, and does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ._shown import Shown
from .money import Money
from .times import Day, Time

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Page(Shown, Generic[T]):
    """A part of a list. It may be short, or empty, and have a `next` all the same."""

    items: tuple[T, ...]
    next: int | str | None  # Where the page after it begins; None: there is none.
    age_ms: int | None = None


# ---- Accounts ----


@dataclass(frozen=True, repr=False)
class Limit(Shown):
    """At most so much, or so often, out of an account within any `window` (`24h`)."""

    window: str
    amount: Money | None = None
    count: int | None = None
    used_amount: Money | None = None
    used_count: int | None = None


@dataclass(frozen=True, repr=False)
class Alerts(Shown):
    """The lines of a balance whose crossing is told."""

    below: Money | None = None
    above: Money | None = None


@dataclass(frozen=True, repr=False)
class Account(Shown):
    id: str
    currency: str
    scale: int
    balance: Money
    held_in: Money
    held_out: Money
    frozen: str
    closed: bool
    posted_in: Money
    posted_out: Money
    version: int
    opened_seq: int
    last_seq: int
    as_of_seq: int
    floor: Money | None = None
    ceiling: Money | None = None
    available: Money | None = None  # None: it has no floor.
    limits: tuple[Limit, ...] = ()
    alerts: Alerts | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class AccountAt(Shown):
    """As it was. `frozen` and `closed` are None where it wasn't open yet; it had no limits then."""

    id: str
    currency: str
    scale: int
    balance: Money
    held_in: Money
    held_out: Money
    posted_in: Money
    posted_out: Money
    version: int
    as_of_seq: int
    floor: Money | None = None
    ceiling: Money | None = None
    available: Money | None = None
    frozen: str | None = None
    closed: bool | None = None
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class EffectiveBalance(Shown):
    """At the end of a day, by effective date."""

    id: str
    currency: str
    scale: int
    balance: Money
    effective_at: Day
    as_of_seq: int
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class StatementLine(Shown):
    seq: int
    at: Time
    key: str
    type: str
    amount: Money  # Above 0: money in; below 0: money out.
    balance: Money  # After it, and so are these:
    held_in: Money
    held_out: Money
    counterparty: str | None = None
    leg: int | None = None
    reference: str | None = None
    description: str | None = None


@dataclass(frozen=True, repr=False)
class EffectiveLine(Shown):
    seq: int
    at: Time
    key: str
    type: str
    amount: Money
    balance: Money  # After it, in the order of effective dates.
    effective_date: Day
    counterparty: str | None = None
    leg: int | None = None
    reference: str | None = None
    description: str | None = None


@dataclass(frozen=True, repr=False)
class Statement(Shown):
    """All but `lines` and `next` is of the whole range, whatever page is shown."""

    id: str
    currency: str
    scale: int
    opening_balance: Money
    in_: Money
    out: Money
    closing_balance: Money
    count: int
    lines: tuple[StatementLine, ...]
    as_of_seq: int
    next: str | None = None
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class EffectiveStatement(Shown):
    id: str
    currency: str
    scale: int
    opening_balance: Money
    closing_balance: Money
    lines: tuple[EffectiveLine, ...]
    as_of_seq: int
    next: str | None = None
    age_ms: int | None = None


# ---- The ledger ----


@dataclass(frozen=True, repr=False)
class CurrencySums(Shown):
    currency: str
    scale: int
    accounts: int
    debit: Money
    credit: Money
    net: Money


@dataclass(frozen=True, repr=False)
class TrialBalance(Shown):
    as_of_seq: int
    balanced: bool
    currencies: tuple[CurrencySums, ...]
    effective_at: Day | None = None
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class TotalsRow(Shown):
    """Of an account and all below it, in one currency."""

    prefix: str
    depth: int
    currency: str
    scale: int
    accounts: int
    debit: Money
    credit: Money
    balance: Money


@dataclass(frozen=True, repr=False)
class Totals(Shown):
    as_of_seq: int
    prefix: str
    rows: tuple[TotalsRow, ...]
    next: str | None = None
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class Problem(Shown):
    seq: int
    part: str
    what: str


@dataclass(frozen=True, repr=False)
class Verification(Shown):
    ok: bool
    entries: int
    accounts: int
    head_seq: int
    head_digest: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, repr=False)
class CurrencyScale(Shown):
    currency: str
    scale: int


@dataclass(frozen=True, repr=False)
class Clock(Shown):
    state: str
    ahead_ms: int


@dataclass(frozen=True, repr=False)
class Queue(Shown):
    items: int
    items_max: int
    bytes: int
    bytes_max: int


@dataclass(frozen=True, repr=False)
class Keys(Shown):
    recent: int
    sealed: int
    runs: int
    upkeep: str


@dataclass(frozen=True, repr=False)
class Files(Shown):
    ledger_bytes: int
    wal_bytes: int
    checkpoint: str | None = None


@dataclass(frozen=True, repr=False)
class Pages(Shown):
    checksums: bool
    damaged: int
    scrubbed_at: str | None = None


@dataclass(frozen=True, repr=False)
class ClusterNode(Shown):
    node: str
    state: str
    version: str
    index: int
    digest: str
    said_ms_ago: int
    differs: bool


@dataclass(frozen=True, repr=False)
class Cluster(Shown):
    name: str
    node: str
    state: str
    index: int
    groups: int
    heard_ms_ago: int
    clock_offset_ms: int
    etcd_bytes: int
    etcd_bytes_max: int
    nodes: tuple[ClusterNode, ...]
    trouble: str | None = None  # None: it is serving.
    age_ms: int | None = None


@dataclass(frozen=True, repr=False)
class Status(Shown):
    seq: int
    accounts: int
    currencies: tuple[CurrencyScale, ...]
    read_only: bool
    clock: Clock
    queue: Queue
    connections: int
    subscribers: int
    commits: int
    decisions: int
    keys: Keys
    files: Files
    pages: Pages
    uptime_s: int
    version: str
    sqlite: str
    at: Time | None = None  # None: nothing was decided yet.
    books_closed_until: Day | None = None
    obstacle: str | None = None
    cluster: Cluster | None = None  # None: the ledger is this machine's alone.


@dataclass(frozen=True, repr=False)
class ServerInfo(Shown):
    name: str
    version: str
    protocol: int
    sqlite: str
    pid: int
    uid: int
    data: str
    methods: tuple[str, ...]
    limits: Mapping[str, int]
