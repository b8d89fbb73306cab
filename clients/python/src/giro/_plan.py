"""A call, from a request to its result, as a plan: a generator that does no I/O itself.

It yields what is to be done (`Exchange`, `Pause`) and is sent what came of it. The sync and the asyncio client differ
only in how they do these two things; all the rest of a call is here, once.

What always holds, of a request that changes the ledger:
  - Its key and its params are fixed before its first attempt, and the same bytes in each later one: it can't be
    decided twice.
  - Once an attempt was lost, only a decision settles it. A later `busy` or `unauthorized` says nothing of the first
    attempt, so it ends as OutcomeUnknown and never as NothingDecided.
  - All that its answer needs to be read is known before it is sent: nothing can fail between decision and result.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from ._decisions import currencies_in, outcome_of, related_to
from ._forms import Form, Scales, Unreadable
from ._json import Object, UnknownScale, encode
from ._request import Answered, Batch, Change, Currencies, Plan, Question, Reference
from ._troubles import ASK, Failure, trouble_of, trouble_of_failure
from ._wire import Reply, is_too_large
from .errors import NothingDecided, OutcomeUnknown
from .money import Money

T = TypeVar("T")

_PAUSE_FIRST_S, _PAUSE_MAX_S = 0.02, 1.0


@dataclass(slots=True)
class Exchange:
    """Send this, and wait for its Reply, or for a Failure."""

    method: str
    params: bytes
    deadline: float


@dataclass(slots=True)
class Pause:
    seconds: float


def pause_before(attempt: int) -> float:
    """Twice as long each time, and never the same for all who wait."""
    return min(_PAUSE_MAX_S, _PAUSE_FIRST_S * 2.0 ** min(attempt, 10)) * (0.5 + random.random() / 2)


class Memory:
    """What one ledger's daemon told of currencies. It ends with the connection, after which another may be there."""

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        self._given = dict(given or {})
        self.connection = 0  # Counted.
        self.forget()

    def fresh(self) -> Memory:
        """For another connection."""
        return Memory(self._given)

    def forget(self) -> None:
        self.connection += 1
        # New objects: a call that is on its way goes on with what it began with.
        self.scales = Scales(self._given)
        self.currencies: dict[Reference, Currencies] = {}

    def keep(self, reference: Reference, currencies: Currencies) -> None:
        if len(self.currencies) >= 10_000:
            self.currencies = {}
        self.currencies[reference] = currencies


class Call:
    """One call's plan, and what plans of reading use: asking, and reading what may need a scale."""

    def __init__(self, memory: Memory, deadline: float, now: Callable[[], float] = time.monotonic) -> None:
        self._memory = memory
        self._deadline = deadline
        self._now = now
        self._declared: Mapping[str, int] = {}  # By the call itself.

    def question(self, question: Question[T]) -> Plan[T]:
        text = yield from self._text(question.params)
        result = yield from self.ask(question.method, text)
        try:
            return (yield from question.read(self, result))
        except Unreadable as error:
            raise NothingDecided(_unreadable(error), code="not_the_protocol") from None

    def change(self, change: Change[Any]) -> Plan[Any]:
        try:
            answered = yield from self._prepared(change, {})
            text = yield from self._text(change.params)
        except NothingDecided as error:
            error.key = change.identity
            raise
        is_kept = not change.params.get("dry_run")
        result = yield from self.ask(change.method, text, key=change.identity, is_change=is_kept)
        with _Decided(change.identity):
            return outcome_of(answered, result)

    def batch(self, batch: Batch[T]) -> Plan[T]:
        made: dict[Reference, Currencies] = {}
        answered = []
        self._declared = batch.scales
        for member in batch.members:
            answered.append((yield from self._prepared(member, made, is_told=batch.all_or_none)))
            if batch.all_or_none:
                # Of those that are decided each by itself, one may fail, and a later one be about something else.
                made[member.makes] = answered[-1].currencies or currencies_in(member.params)
        text = yield from self._text(batch.params)
        is_kept = not batch.params.get("dry_run")
        result = yield from self.ask(batch.method, text, is_change=is_kept)
        with _Decided(None):
            return batch.finish(result, answered)

    # ---- Asking ----

    def ask(self, method: str, params: str, *, key: str | None = None, is_change: bool = False) -> Plan[Any]:
        """The result. Tries again what may succeed later, with the same bytes, until the deadline.

        `is_change`: a lost attempt may have been decided.
        """
        line = _bytes_of(params)
        if is_too_large(line):
            raise NothingDecided("it has over 16 MiB; nothing was sent. Send less at once", code="too_large", key=key)
        in_doubt = False
        for attempt in count():
            answer = yield Exchange(method, line, self._deadline)
            if isinstance(answer, Reply) and answer.error is None:
                return answer.result
            trouble = trouble_of(answer.error or {}) if isinstance(answer, Reply) else trouble_of_failure(answer)
            in_doubt = in_doubt or (is_change and trouble.is_doubt)
            pause = pause_before(attempt)
            if not trouble.retry or self._now() + pause >= self._deadline:
                raise trouble.error(key, in_doubt)
            yield Pause(pause)

    def _text(self, params: Object) -> Plan[str]:
        while True:
            try:
                return encode(params, self._scales())
            except UnknownScale as unknown:
                yield from self._learn(unknown.currency)

    # ---- Currencies and their scales ----

    def read(self, form: Form[T], json: Any, currencies: Currencies = ()) -> Plan[T]:
        """Of a question's answer. Amounts whose scale nobody knows are None."""
        scales = self._memory.scales
        scales.unknown.clear()
        while True:
            try:
                return form.read(json, scales, currencies)
            except UnknownScale as unknown:
                try:
                    yield from self._learn(unknown.currency)
                    scales = self._memory.scales
                except NothingDecided as error:
                    if error.code != "scale_unknown":
                        raise
                    scales.unknown.add(unknown.currency)

    def _learn(self, currency: str) -> Plan[None]:
        status = yield from self.ask("ledger.status", "{}")
        scales = self._memory.scales
        try:
            for each in status["currencies"]:
                scales.learn(each["currency"], each["scale"])
        except (KeyError, TypeError, Unreadable):
            raise NothingDecided(_unreadable(f"{status!r:.100}"), code="not_the_protocol") from None
        if currency not in scales:
            raise NothingDecided(
                f"no account of the ledger is in {currency}, so nobody knows how many digits it has; nothing was sent. "
                f"Open an account in it first, or give the client scales={{{currency!r}: ...}}",
                code="scale_unknown",
            )

    def currencies_of(self, reference: Reference) -> Plan[Currencies]:
        """Of an account, or of the legs of an entry; empty where there is none, or it doesn't say."""
        known = self._memory.currencies.get(reference)
        if known is not None:
            return known
        kind, name = reference
        if kind == "account":
            found = yield from self.ask("accounts.get", encode({"id": name}, {}))
        else:
            found = yield from self.ask("payments.get", encode({"key" if isinstance(name, str) else "seq": name}, {}))
        currencies = currencies_in(found)
        if currencies:
            self._memory.keep(reference, currencies)
            return currencies
        related = related_to(found)
        if related is None or related == reference:
            return ()
        return (yield from self.currencies_of(related))

    def _prepared(
        self, change: Change[Any], made: Mapping[Reference, Currencies], is_told: bool = True
    ) -> Plan[Answered]:
        """What it is about, checked against the money that it names. `is_told`: its answer has money, too."""
        currencies = change.currencies
        if change.about is not None:
            named = list(_money_in(change.params))
            # An account's change is answered without money.
            if named or (is_told and change.about[0] == "entry"):
                known = made.get(change.about)
                currencies = (yield from self.currencies_of(change.about)) if known is None else known
            for money in named:
                _check_currency(money, currencies, change)
        while True:
            scales = self._scales()  # Which a new connection replaces.
            missing = next((each for each in currencies if each not in scales), None)
            if missing is None:
                return Answered(change, currencies, scales)
            yield from self._learn(missing)

    def _scales(self) -> Scales:
        return Scales({**self._memory.scales, **self._declared}) if self._declared else self._memory.scales


def _money_in(value: Any) -> Iterator[Money]:
    if isinstance(value, Money):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _money_in(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _money_in(each)


def _check_currency(money: Money, currencies: Currencies, change: Change[Any]) -> None:
    kind, name = change.about or ("", "")
    if not currencies:
        raise NothingDecided(
            f"{money} can't be compared with {name!r}: there is no such {kind} (yet), or it has no currency; "
            "nothing was sent",
            code="account_unknown" if kind == "account" else f"{_named_by(change)}_unknown",
            field="id" if kind == "account" else _named_by(change),
            key=change.key,
        )
    if set(currencies) != {money.currency}:
        raise ValueError(f"{money} isn't in the currency of {name!r}, {' and '.join(currencies)}; nothing was sent")


def _named_by(change: Change[Any]) -> str:
    return "hold" if "hold" in change.params else "original"


class _Decided:
    """Around the reading of a decision: what can't be read was decided all the same."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (Unreadable, UnknownScale)):
            message = f"{_unreadable(error)}; whether it was decided isn't known: {ASK}"
            raise OutcomeUnknown(message, code="not_the_protocol", key=self._key) from None


def _unreadable(what: object) -> str:
    return f"the answer isn't one of girod's ({what})"


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"{error.object[error.start]!r} can't be written as UTF-8; nothing was sent") from None
