"""The events as a plan, which yields entries beside what is to be done. No I/O.

What always holds: each entry has the seq after the one before it. A gap, whatever made it, is an error and never passed
over. That is so across nodes, too: an entry has the same seq on all of a cluster's. Nor is a ledger followed that ends
before what was told of it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ._forms import Unreadable
from ._nodes import PATIENCE_S, Nodes, Round
from ._plan import Call, Memory, Pause
from ._questions import read_entry
from ._troubles import Failure, trouble_of_failure
from ._wire import Notice, Reply
from .entries import Entry
from .errors import NothingDecided


@dataclass(slots=True)
class Listen:
    """Wait for the next Notice, for the Reply to a Post, or for a Failure. None: nothing came until then."""

    node: int = 0
    until: float | None = None  # None: for however long.

    def is_over(self, now: float) -> bool:
        return self.until is not None and now >= self.until


@dataclass(slots=True)
class Post:
    """Send this over the connection that is there, and don't wait."""

    method: str
    params: bytes
    node: int


class Feed:
    def __init__(
        self,
        memory: Memory,
        timeout: float,
        from_: int | None,
        until: int | None,
        now: Callable[[], float] = time.monotonic,
        nodes: Nodes | None = None,
        patience: float = PATIENCE_S,
    ) -> None:
        self.next_seq = from_
        self._memory = memory
        self._nodes = nodes or Nodes()
        self._timeout = timeout
        self._until = until
        self._now = now
        self._patience = patience
        self._behind_until = math.inf  # Until when nodes may be behind what was told before.

    def plan(self) -> Generator[Any, Any, None]:
        way = Round(self._nodes)
        while not self._is_done():
            behind = yield from self._subscribe()
            way.node = self._nodes.at
            end = behind or (yield from self._entries(way))
            if self._is_done() or end.code == "closed":
                return
            pause = way.next(trouble_of_failure(end))
            if pause is None:
                raise NothingDecided(end.message, code=end.code)
            yield Pause(pause)

    def _is_done(self) -> bool:
        return self._until is not None and self.next_seq is not None and self.next_seq > self._until

    def _subscribe(self) -> Generator[Any, Any, Failure | None]:
        """The failure: this node hasn't got so far."""
        params = "{}" if self.next_seq is None else f'{{"from":{int(self.next_seq)}}}'
        answer = yield from self._call().ask("events.subscribe", params, anew=True)
        begin = answer.get("from") if isinstance(answer, dict) else None
        if type(begin) is not int or self.next_seq not in (None, begin):
            raise _broken(f"it subscribed from {begin!r} and not from {self.next_seq}")
        head = answer.get("head_seq")
        if type(head) is not int:
            raise _broken(f"it subscribed up to {head!r}")
        if head + 1 < begin:
            return self._behind(begin, head)
        self._behind_until = math.inf
        self.next_seq = begin
        return None

    def _behind(self, begin: int, head: int) -> Failure:
        """Of several nodes one may be, for a moment."""
        now = self._now()
        self._behind_until = min(self._behind_until, now + self._timeout)
        if self._nodes.count == 1 or now >= self._behind_until:
            raise _history_lost(begin, head)
        return Failure("busy", f"the node's ledger ends at seq {head}, and {begin} is next")

    def _entries(self, way: Round) -> Generator[Any, Any, Failure]:
        """Those of one subscription, and why there are no more."""
        connection = self._memory.connection
        # Asking what an entry's amounts are in may have made a new connection, without a subscription.
        while not self._is_done() and self._memory.connection == connection:
            notice = yield from self._notice(way.node)
            if isinstance(notice, Failure):
                return notice
            if notice.method == "event":
                yield (yield from self._entry(notice.params))
                way.answered()
        return Failure("connection_lost", "the connection of the events was lost")

    def _notice(self, node: int) -> Generator[Any, Any, Notice | Failure]:
        """The next one. A node of several that brings nothing is asked how it is: it may be gone, or cut off."""
        is_asked = False
        while True:
            # A moment and not a span: whoever waits with many short timeouts comes to it, too.
            until = self._now() + self._patience if self._nodes.count > 1 else None
            heard = yield Listen(node, until)
            if isinstance(heard, (Notice, Failure)):
                return heard
            if heard is None and is_asked:
                return Failure("timed_out", "the node brings no events, and no answer")
            if heard is None:
                yield Post("ledger.status", b"{}", node)
            elif _is_isolated(heard):
                return Failure("busy", "the node is isolated: no events come to it")
            is_asked = heard is None

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


def _is_isolated(status: Reply) -> bool:
    cluster = status.result.get("cluster") if isinstance(status.result, dict) else None
    return isinstance(cluster, dict) and cluster.get("state") == "isolated"


def _history_lost(begin: int, head: int) -> NothingDecided:
    return NothingDecided(
        f"the ledger ends at seq {head}, and what was to come next is {begin}; decisions that were told before are "
        "missing from this ledger: it is another one, or an older copy; see whether a backup was restored, and what "
        "was sent since it, before reading on from an earlier seq",
        code="history_lost",
    )


def _broken(why: str) -> NothingDecided:
    return NothingDecided(f"these aren't girod's events: {why}", code="not_the_protocol")
