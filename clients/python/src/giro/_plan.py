"""A call, from a request to its result, as a plan: a generator that does no I/O itself.

It yields what is to be done (`Exchange`, `Pause`) and is sent what came of it. The sync and the asyncio client differ
only in how they do these two things; all the rest of a call is here, once.

What always holds, of a request that changes the ledger:
  - Its key and its params are fixed before its first attempt, and the same bytes in each later one: it can't be
    decided twice.
  - Once an attempt was lost, only a decision settles it. A later `busy` or `unauthorized` says nothing of the first
    attempt, so it ends as OutcomeUnknown and never as NothingDecided.
  - All that its answer needs to be read is known before it is sent: nothing can fail between decision and result.

Of several nodes (_nodes.py) the next one is told the same bytes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ._decisions import currencies_in, last_seq_in, outcome_of, related_to
from ._forms import Form, Scales, Unreadable
from ._json import Object, UnknownScale, encode
from ._nodes import Nodes, Round
from ._request import Answered, Batch, Change, Currencies, Plan, Question, Reference
from ._troubles import ASK, Failure, Trouble, trouble_of, trouble_of_failure
from ._wire import Reply, is_too_large
from .errors import NothingDecided, OutcomeUnknown
from .money import Money

T = TypeVar("T")

# Questions that may be asked of a node that knows so much at least.
_TAKES_MIN_SEQ = frozenset(
    ("accounts.get", "accounts.list", "accounts.statement", "holds.list", "ledger.totals", "ledger.trial_balance")
    + ("payments.get", "payments.list", "schedules.list")
)

# An audit is as long as its ledger: that it takes its time says nothing of the node.
_LONG = frozenset(("ledger.verify",))


@dataclass(slots=True)
class Exchange:
    """Send this, and wait for its Reply, or for a Failure."""

    method: str
    params: bytes
    deadline: float
    node: int = 0
    anew: bool = False  # Over a new connection, with no other beside it.


@dataclass(slots=True)
class Pause:
    seconds: float


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

    def __init__(
        self,
        memory: Memory,
        deadline: float,
        now: Callable[[], float] = time.monotonic,
        nodes: Nodes | None = None,
    ) -> None:
        self._memory = memory
        self._deadline = deadline
        self._now = now
        self._nodes = nodes or Nodes()
        self._declared: Mapping[str, int] = {}  # By the call itself.
        self._min_seq: int | None = None  # Likewise.

    def question(self, question: Question[T]) -> Plan[T]:
        self._min_seq = question.params.get("min_seq")
        text = yield from self._text(self._with_min_seq(question.method, question.params))
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

    def ask(
        self,
        method: str,
        params: str,
        *,
        key: str | None = None,
        is_change: bool = False,
        anew: bool = False,
        is_behind: Callable[[Any], bool] | None = None,
    ) -> Plan[Any]:
        """The result. Tries again what may succeed later, with the same bytes, until the deadline.

        `is_change`: a lost attempt may have been decided. `is_behind`: whether a result is of a node that doesn't know
        yet what it is asked for.
        """
        line = _bytes_of(params)
        if is_too_large(line):
            raise NothingDecided("it has over 16 MiB; nothing was sent. Send less at once", code="too_large", key=key)
        in_doubt = False
        way = Round(self._nodes)
        while True:
            ends = self._deadline if method in _LONG else way.ends(self._now(), self._deadline)
            answer = yield Exchange(method, line, ends, way.node, anew)
            trouble = self._trouble(answer, is_change)
            if trouble is None:
                if is_behind is None or not is_behind(answer.result):
                    return answer.result
                trouble = _BEHIND
            in_doubt = in_doubt or (is_change and trouble.is_doubt)
            if not trouble.retry and not trouble.is_of_node:
                raise trouble.error(key, in_doubt)
            pause = way.next(trouble)
            if pause is None or self._now() + pause >= self._deadline:
                raise way.told().error(key, in_doubt)
            if pause:
                yield Pause(pause)

    def _trouble(self, answer: Reply | Failure, is_change: bool) -> Trouble | None:
        """None: it is a result. What was decided for a change is known from now on."""
        if isinstance(answer, Failure):
            return trouble_of_failure(answer)
        trouble = None if answer.error is None else trouble_of(answer.error)
        if is_change:
            self._nodes.note(last_seq_in(answer.result) if trouble is None else trouble.seq or 0)
        return trouble

    def _known(self) -> int:
        """Up to which seq a node must know the ledger to be asked; 0: it needn't know anything."""
        return self._nodes.min_seq if self._min_seq is None else self._min_seq

    def _with_min_seq(self, method: str, params: Object) -> Object:
        rest = {name: value for name, value in params.items() if name != "min_seq"}
        return {**rest, "min_seq": self._known()} if method in _TAKES_MIN_SEQ and self._known() else rest

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
        known = self._known()
        status = yield from self.ask("ledger.status", "{}", is_behind=lambda said: _lacks(said, currency, known))
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
        method = "accounts.get" if kind == "account" else "payments.get"
        named: Object = {"id" if kind == "account" else "key" if isinstance(name, str) else "seq": name}
        found = yield from self.ask(method, encode(self._with_min_seq(method, named), {}))
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


_BEHIND = Trouble("busy", "the node hasn't got as far as what was answered before", retry=True)


def _lacks(status: Any, currency: str, min_seq: int) -> bool:
    """Whether this node may still come to know a currency: it hasn't got so far."""
    if not isinstance(status, dict) or type(status.get("seq")) is not int or status["seq"] >= min_seq:
        return False
    kept = status.get("currencies")
    return isinstance(kept, list) and all(isinstance(each, dict) and each.get("currency") != currency for each in kept)


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
