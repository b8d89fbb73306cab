"""What an attempt that brought no result means: whether another one may, and what is known of the money. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from ._json import Object
from .errors import GiroError, KeyConflict, NothingDecided, OutcomeUnknown

# What may pass: the daemon's codes, and this client's own.
_RETRIED = frozenset(
    ("busy", "read_only", "shutting_down", "outcome_unknown", "connection_lost", "timed_out", "unreachable")
)

ASK = "ask by key, or send the same again with the same key, which never decides twice"


@dataclass(slots=True)
class Failure:
    """There is no reply. `sent`: it may have reached the daemon. `final`: another attempt would fail, too."""

    code: str
    message: str
    sent: bool = False
    final: bool = False


@dataclass(slots=True)
class Trouble:
    code: str
    message: str
    field: str | None = None
    seq: int | None = None
    retry: bool = False
    is_doubt: bool = False  # It may have been decided.
    is_of_node: bool = False  # Another node may be in none.
    weight: int = 2  # Of several nodes' the heaviest is told: an answer, then what was sent, then that nobody is there.

    def error(self, key: str | None, in_doubt: bool) -> GiroError:
        if self.code == "key_conflict":
            # Also after a lost attempt: had that one been decided, this one would be its replay.
            return KeyConflict(self.message, field=self.field, key=key, seq=self.seq)
        if not in_doubt:
            return NothingDecided(self.message, code=self.code, field=self.field, key=key, retry=self.retry)
        message = f"{self.message}; whether it was decided isn't known: {ASK}"
        return OutcomeUnknown(message, code=self.code, field=self.field, key=key, retry=True)


def heavier(one: Trouble | None, other: Trouble) -> Trouble:
    return other if one is None or other.weight >= one.weight else one


def error_of(json: Object, key: str | None) -> GiroError:
    """Of an error within a result."""
    trouble = trouble_of({"data": json, "message": json.get("message")})
    return trouble.error(key, trouble.is_doubt)


def trouble_of_failure(failure: Failure) -> Trouble:
    retry = failure.code in _RETRIED and not failure.final
    return Trouble(
        failure.code,
        failure.message,
        retry=retry,
        is_doubt=failure.sent,
        is_of_node=failure.code != "closed",
        weight=int(failure.sent),
    )


def trouble_of(error: Object) -> Trouble:
    """Of a reply's error."""
    data = error.get("data")
    if not isinstance(data, dict):
        data = {}
    code = _text(data.get("code")) or "internal"
    seq = data.get("seq")
    return Trouble(
        code,
        _text(error.get("message")) or "the daemon gave no reason",
        field=_text(data.get("field")),
        seq=seq if type(seq) is int else None,
        retry=code in _RETRIED,
        is_doubt=code == "outcome_unknown",
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
