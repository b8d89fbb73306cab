"""A request as a value: what is asked, and how its answer is read. No I/O.

A `Change` may change the ledger and has a key; a `Question` doesn't. Their params are those of docs/PROTOCOL.md, with
`Money` where the daemon wants minor units: only who talks to the daemon knows its scales.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ._json import Object
from .outcomes import Outcome

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
O_co = TypeVar("O_co", bound=Outcome, covariant=True)

# What a plan (_plan.py) yields, and what it gets for it, is its driver's business.
Plan = Generator[Any, Any, T]

# What an amount of a request is about, where the request doesn't name its currency:
# ("account", id) or ("entry", key or seq).
Reference = tuple[str, str | int]

Currencies = tuple[str, ...]  # Of the legs, one after the other; mostly one. Empty: nobody knows.


def new_key() -> str:
    """A UUIDv7: unique, and in the order of time."""
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | (random >> 68 & 0xFFF) << 64
    digits = f"{value | 2 << 62 | random & (1 << 62) - 1:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Request(Generic[T_co]):
    """Whose answer is a T."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Change(Request[O_co]):
    """One request that changes the ledger, as the functions of `giro.changes` make it."""

    method: str
    params: Object
    outcome: type[O_co]
    key: str = ""  # Empty for an opening.
    about: Reference | None = None
    currencies: Currencies = ()  # Where the request says them itself.

    @property
    def identity(self) -> str:
        """What makes the same request a replay."""
        return str(self.params["id"]) if self.method == "accounts.open" else self.key

    @property
    def makes(self) -> Reference:
        """What a later member of its group may refer to."""
        return ("account" if self.method == "accounts.open" else "entry", self.identity)


@dataclass(frozen=True, slots=True, eq=False)
class Batch(Request[T_co]):
    """Several changes in one request; `finish` reads the answer, given what each of them is about."""

    method: str
    params: Object
    members: Sequence[Change[Outcome]]
    finish: Callable[[Any, Sequence[Answered]], T_co]
    all_or_none: bool
    scales: Mapping[str, int]  # Of currencies that its members declare.


@dataclass(frozen=True, slots=True)
class Answered:
    """A change that was sent, and what is needed to read its answer without asking any further."""

    change: Change[Outcome]
    currencies: Currencies
    scales: Any


@dataclass(frozen=True, slots=True, eq=False)
class Question(Request[T_co]):
    """`read` is a plan, because it may have to ask for a currency's scale."""

    method: str
    params: Object
    read: Callable[[Any, Any], Plan[T_co]]
