"""How a frozen dataclass is read from JSON, by its own annotations.

A field is the JSON field of its name (`from_` is `from`). What JSON has beyond it is left alone: a newer daemon may say
more. Money is read with the object's `currency` (`from_currency`, `to_currency` for what begins with `from_`, `to_`),
else with the one that is handed in; its scale is the object's own, which is remembered, or one of `scales`.

    Form(Account).read(json, Scales())

Errors: Unreadable, where JSON isn't what the dataclass says. UnknownScale, unless it is known to be unknown.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from ._json import Object, UnknownScale
from .money import Money, money_of_minor
from .times import Day, Time

T = TypeVar("T")


class Unreadable(Exception):
    """It isn't what the protocol says."""


class Scales(dict[str, int]):
    """Currencies' digits after the point."""

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        super().__init__(given or {})
        self.unknown: set[str] = set()  # The daemon was asked: amounts in these are None.

    def learn(self, currency: Any, scale: Any) -> None:
        if not isinstance(currency, str) or type(scale) is not int or not 0 <= scale <= 18:
            raise Unreadable(f"a currency {currency!r} with the scale {scale!r}")
        self[currency] = scale


@dataclasses.dataclass(slots=True)
class _Scope:
    """Where an object stands: whose money it has."""

    scales: Scales
    currencies: Sequence[str]  # The first is what its own amounts are in.
    from_: str | None
    to: str | None

    def money(self, minor: int, name: str) -> Money | None:
        currency = self.currencies[0] if self.currencies else None
        if name.startswith("from_"):
            currency = self.from_ or currency
        elif name.startswith("to_"):
            currency = self.to or currency
        if currency is None:
            return None
        scale = self.scales.get(currency)
        if scale is not None:
            return money_of_minor(minor, currency, scale)
        if currency in self.scales.unknown:
            return None
        raise UnknownScale(currency)


_Convert = Callable[[Any, str, _Scope], Any]

# The attribute, whether it may be null, its type where JSON has the same, and how else it is read.
_Field = tuple[str, bool, type[Any] | None, _Convert]


class Form(Generic[T]):
    """One for each dataclass, made when it is first read."""

    def __init__(self, of: type[T]) -> None:
        self._of = of
        self._fields: dict[str, _Field] | None = None
        self._needed: frozenset[str] = frozenset()
        self._made: list[tuple[str, Callable[[], Any]]] = []  # What is made where it isn't there.

    def read(self, json: Any, scales: Scales, currencies: Sequence[str] = ()) -> T:
        fields = self._fields or self._compile()
        if not isinstance(json, dict):
            raise Unreadable(f"{json!r:.100} isn't an object")
        scope = _scope(json, scales, currencies)
        values: dict[str, Any] = {}
        for name, value in json.items():
            field = fields.get(name)
            if field is None:
                continue
            attribute, optional, kind, convert = field
            # Of most it is plain what they are.
            if type(value) is not kind:
                value = None if value is None else convert(value, name, scope)
                if value is None and not optional:
                    raise Unreadable(f"{name} is {json[name]!r:.100}")
            values[attribute] = value
        if not self._needed <= values.keys():
            raise Unreadable(f"{', '.join(sorted(self._needed - values.keys()))} is missing in {self._of.__name__}")
        # Frozen dataclasses set each field through object.__setattr__; this is several times as fast, and what isn't
        # there is the class's default.
        for attribute, make in self._made:
            if attribute not in values:
                values[attribute] = make()
        made = object.__new__(self._of)
        made.__dict__.update(values)
        return made

    def _compile(self) -> dict[str, _Field]:
        hints = typing.get_type_hints(self._of)
        fields = {}
        needed = set()
        made = []
        for field in dataclasses.fields(self._of):
            hint, optional = _without_none(hints[field.name])
            plain = hint if hint in (str, int, bool) else None
            fields[field.name.rstrip("_")] = (field.name, optional, plain, _convert(hint))
            if field.default_factory is not dataclasses.MISSING:
                made.append((field.name, field.default_factory))
            elif field.default is dataclasses.MISSING and not optional:
                needed.add(field.name)
        self._needed = frozenset(needed)
        self._made = made
        self._fields = fields  # At last: another thread may look.
        return fields


def _scope(json: Object, scales: Scales, currencies: Sequence[str]) -> _Scope:
    own = _currency(json, "currency")
    if own is not None:
        currencies = (own,)
        if "scale" in json:
            scales.learn(own, json["scale"])
    return _Scope(scales, currencies, _currency(json, "from_currency"), _currency(json, "to_currency"))


def _currency(json: Object, name: str) -> str | None:
    currency = json.get(name)
    return None if currency is None else _checked(currency, name, str)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint, False
    kinds = typing.get_args(hint)
    rest = [kind for kind in kinds if kind is not type(None)]
    return (rest[0] if len(rest) == 1 else hint), len(rest) < len(kinds)


def _convert(hint: Any) -> _Convert:
    if hint is Money:
        return _money
    if hint in (Time, Day):
        return lambda value, name, scope: hint(_checked(value, name, str))
    if typing.get_origin(hint) is tuple:
        each = _convert(typing.get_args(hint)[0])
        return lambda value, name, scope: _each(value, name, scope, each)
    if dataclasses.is_dataclass(hint):
        form = form_of(typing.cast(type[Any], hint))
        return lambda value, name, scope: form.read(value, scope.scales, scope.currencies)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        kinds = typing.get_args(hint)
        return lambda value, name, scope: _checked(value, name, kinds)
    kind = typing.get_origin(hint) or hint
    return lambda value, name, scope: _checked(value, name, kind)


def _checked(value: Any, name: str, kind: Any) -> Any:
    if isinstance(value, kind) and (kind is bool or value is not True and value is not False):
        return value
    raise Unreadable(f"{name} is {value!r:.100}")


def _money(value: Any, name: str, scope: _Scope) -> Money | None:
    # Past 64 bits it is a string.
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            raise Unreadable(f"{name} is {value!r:.100}") from None
    return scope.money(_checked(value, name, int), name)


def _each(value: Any, name: str, scope: _Scope, convert: _Convert) -> tuple[Any, ...]:
    return tuple([convert(element, name, scope) for element in _checked(value, name, list)])


_forms: dict[type[Any], Form[Any]] = {}


def form_of(of: type[T]) -> Form[T]:
    """The dataclass's own."""
    return _forms.setdefault(of, Form(of))
