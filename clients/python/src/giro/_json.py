"""JSON, to the letter: numbers with a point or an exponent are Decimal, both ways.

Python's own encoder can't write a Decimal as a number, and metadata must come back as it was sent.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from .money import Money

Object = dict[str, Any]

_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Raw(str):
    """JSON text that is written as it is."""

    __slots__ = ()


class UnknownScale(Exception):
    """How many digits this currency has isn't known (yet)."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


def encode(value: Any, scales: Mapping[str, int]) -> str:
    """`value` as JSON text, with money in minor units.

    UnknownScale; TypeError and ValueError for what JSON can't say.
    """
    # By exact types first, which nearly all are: every payment passes here.
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is dict:
        return "{" + ",".join([f"{_name(name)}:{encode(each, scales)}" for name, each in value.items()]) + "}"
    if kind is Money:
        if value.currency not in scales:
            raise UnknownScale(value.currency)
        return str(value.to_minor(scales[value.currency]))
    if kind is Raw:
        return str(value)
    if value is True or value is False or value is None:
        return "null" if value is None else "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([encode(each, scales) for each in value]) + "]"
    if isinstance(value, Mapping):
        return encode(dict(value), scales)
    if isinstance(value, (Decimal, float)) and math.isfinite(value):
        return str(value) if isinstance(value, Decimal) else float.__repr__(value)
    raise TypeError(f"JSON can't say {value!r}; nothing was sent")


@functools.lru_cache(1024)
def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the names of a JSON object are text, not {name!r}; nothing was sent")
    return _quoted(name)


def metadata_text(metadata: Mapping[str, Any]) -> Raw:
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is an object: a mapping of names to values; not {metadata!r}")
    return Raw(encode(metadata, {}))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")


_decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def decode(line: bytes) -> Any:
    """ValueError: it isn't JSON."""
    try:
        return _decoder.decode(line.decode("utf-8"))
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
