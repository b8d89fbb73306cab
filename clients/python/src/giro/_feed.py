"""The events as a plan, which yields entries beside what is to be done. No I/O.

What always holds: each entry has the seq after the one before it. A gap, whatever made it, is an error and never passed
over. That is so across nodes, too: an entry has the same seq on all of a cluster's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ._forms import Unreadable
from ._nodes import Nodes, Round
from ._plan import Call, Memory, Pause
from ._questions import read_entry
from ._troubles import Failure, trouble_of_failure
from .entries import Entry
from .errors import NothingDecided


@dataclass(slots=True)
class Listen:
    """Wait for the next Notice, for however long; or for a Failure."""

    node: int = 0


class Feed:
    def __init__(
        self,
        memory: Memory,
        timeout: float,
        from_: int | None,
        until: int | None,
        now: Callable[[], float] = time.monotonic,
        nodes: Nodes | None = None,
    ) -> None:
        self.next_seq = from_
        self._memory = memory
        self._nodes = nodes or Nodes()
        self._timeout = timeout
        self._until = until
        self._now = now

    def plan(self) -> Generator[Any, Any, None]:
        way = Round(self._nodes)
        while not self._is_done():
            yield from self._subscribe()
            way.node, connection = self._nodes.at, self._memory.connection
            # If nothing else ends it:
            end = Failure("connection_lost", "the connection of the events was lost")
            # Asking what an entry's amounts are in may have made a new connection, without a subscription.
            while not self._is_done() and self._memory.connection == connection:
                notice = yield Listen(way.node)
                if isinstance(notice, Failure):
                    end = notice
                    break
                if notice.method == "event":
                    yield (yield from self._entry(notice.params))
                    way.answered()
            if self._is_done() or end.code == "closed":
                return
            pause = way.next(trouble_of_failure(end))
            if pause is None:
                raise NothingDecided(end.message, code=end.code)
            yield Pause(pause)

    def _is_done(self) -> bool:
        return self._until is not None and self.next_seq is not None and self.next_seq > self._until

    def _subscribe(self) -> Generator[Any, Any, None]:
        params = "{}" if self.next_seq is None else f'{{"from":{int(self.next_seq)}}}'
        answer = yield from self._call().ask("events.subscribe", params, anew=True)
        begin = answer.get("from") if isinstance(answer, dict) else None
        if type(begin) is not int or self.next_seq not in (None, begin):
            raise _broken(f"it subscribed from {begin!r} and not from {self.next_seq}")
        self.next_seq = begin

    def _entry(self, json: Any) -> Generator[Any, Any, Entry]:
        self._nodes.note(self.next_seq or 0)  # What is asked about it is asked of a node that has it.
        try:
            entry = yield from read_entry(self._call(), json)
        except Unreadable as error:
            raise _broken(str(error)) from None
        if entry.seq != self.next_seq:
            raise _broken(f"seq {entry.seq} came, and {self.next_seq} was next")
        self.next_seq = entry.seq + 1
        return entry

    def _call(self) -> Call:
        return Call(self._memory, self._now() + self._timeout, self._now, self._nodes)


def _broken(why: str) -> NothingDecided:
    return NothingDecided(f"these aren't girod's events: {why}", code="not_the_protocol")
