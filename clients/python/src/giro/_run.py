"""What both clients do with a plan, but for the waiting: starting one, and a connection's ends."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ._plan import Call
from ._request import Batch, Change, Plan, Question, Request
from ._troubles import Failure

T = TypeVar("T")

CLOSED = Failure("closed", "the client was closed", final=True)


def checked_timeout(seconds: float) -> float:
    if not 0 < seconds < 1e9:
        raise ValueError(f"a timeout is a number of seconds, above 0; not {seconds!r}")
    return seconds


def plan_of(call: Call, request: Request[T]) -> Plan[T]:
    if isinstance(request, Change):
        return cast(Plan[T], call.change(request))
    if isinstance(request, Batch):
        return call.batch(request)
    assert isinstance(request, Question)
    return call.question(request)


def ended(failure: Failure, *, sent: bool) -> Failure:
    """Of a request whose connection ended so."""
    return Failure(failure.code, failure.message, sent=sent, final=failure.final)


def lost(why: str) -> Failure:
    return Failure("connection_lost", f"{why}, without an answer to this")


def nonsense(why: str) -> Failure:
    return Failure("not_the_protocol", f"what answers isn't girod, or is broken: {why}", final=True)


def timed_out(*, sent: bool) -> Failure:
    what = "no answer came in time" if sent else "its time was over before it could be sent"
    return Failure("timed_out", what, sent=sent)
