"""The client of programs that wait for their answers, in one thread or many.

    with Client() as client:
        client.payments.submit("customers:ada", "shop:sales", Money("12.50", "EUR"), key="inv-17")
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from . import _socket
from ._api import Blocking, Methods
from ._feed import Feed, Listen, Post
from ._nodes import Nodes
from ._plan import Call, Exchange, Memory, Pause
from ._request import Change, Plan
from ._run import CLOSED, checked_timeout, lost, plan_of
from ._threads import SharedConnection
from ._troubles import Failure
from ._wire import Notice, Reply
from .entries import Entry
from .errors import GiroError
from .outcomes import Outcome

T = TypeVar("T")
O = TypeVar("O", bound=Outcome)


class Client(Methods[Blocking]):
    """Talks to girod over one connection, which it makes when it is needed and again when it is lost.

    `socket` is a path; default: $GIRO_SOCKET, else where `giro` looks. `timeout` is how many seconds a call may take in
    all, with every attempt. `scales` tells digits of currencies, for a user whom the rules don't let ask the daemon.

    Several paths are those of a cluster's nodes. It talks to the first one; what fails there, or isn't answered, goes
    to the next one with the same key, and so does what comes after it. Questions have a `min_seq` then: whichever node
    answers knows what this client was answered before. `read_own_writes=False` leaves that away.

    Any number of threads may call at once. Their calls are pipelined, and what several of them have to send goes out in
    one write. Each stays a request of its own. Gathered into payments.submit_many they would be answered in short: no
    seqs, no balances, and one that isn't allowed refuses all of them. Nor would that be faster: measured beside each
    other, with 32 and 1,000 tasks that pay, a payment took 87 to 103 us of the client's processor time so, and 73 to
    104 us gathered, on a machine where runs of the same differ by a third. What makes a batch cheap (18 us a payment)
    is that nobody waits for each of its payments: call submit_many where that is so.
    """

    def __init__(
        self,
        socket: str | Sequence[str] | None = None,
        *,
        timeout: float = 30.0,
        scales: Mapping[str, int] | None = None,
        read_own_writes: bool = True,
    ) -> None:
        paths = _socket.paths_of(socket)
        nodes = Nodes(len(paths), read_own_writes=read_own_writes)
        self._begin(_Link(paths, nodes, Memory(scales)), timeout)

    def _begin(self, link: _Link, timeout: float) -> None:
        super().__init__(self._run, self._items)
        self._link = link
        self._timeout = checked_timeout(timeout)

    def within(self, seconds: float) -> Client:
        """The same client, with the same connection, whose calls may take so long."""
        other = Client.__new__(Client)
        other._begin(self._link, seconds)
        return other

    @property
    def last_seq(self) -> int:
        """The highest seq that a change was answered with; 0: none was yet. As `min_seq` it is for others, too."""
        return self._link.nodes.last_seq

    def events(self, from_: int | None = None, *, until: int | None = None) -> Subscription:
        """Every decision from a seq on (default: the next one), without a gap, over a connection of its own."""
        link = self._link.fresh()
        return Subscription(link, Feed(link.memory, self._timeout, from_, until, nodes=link.nodes))

    def send(self, change: Change[O]) -> O:
        """One of `giro.changes`, which may have been made, and its key kept, before."""
        outcome: O = self._run(change)
        return outcome

    def close(self) -> None:
        """Calls that are on their way end with OutcomeUnknown or NothingDecided, code `closed`."""
        self._link.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, request: Any) -> Any:
        self._link.look()
        call = Call(self._link.memory, time.monotonic() + self._timeout, nodes=self._link.nodes)
        return self._link.perform(plan_of(call, request))

    def _items(self, page_after: Callable[[Any], Any]) -> Iterator[Any]:
        cursor: Any = None
        while True:
            page = self._run(page_after(cursor))
            yield from page.items
            cursor = page.next
            if cursor is None:
                return


class Subscription(Iterator[Entry]):
    """The events, one after the other: an iterator that waits for the next one, in one thread.

    When the connection is lost it connects again by itself, and goes on after the last event that it gave. When that
    takes longer than the client's timeout it raises NothingDecided; `client.events(subscription.next_seq)` goes on. Of
    several nodes it leaves one that is silent, or isolated, too.

    A ledger that ends before what comes next is an error, `history_lost`: it is another one, or an older copy. Of
    several nodes one may be behind for a moment: there it is an error when none has got so far by the timeout.
    """

    def __init__(self, link: _Link, feed: Feed) -> None:
        self._link = link
        self._feed = feed
        self._plan = feed.plan()
        self._effect: Any = None  # What the plan waits for.

    @property
    def next_seq(self) -> int | None:
        """Of the event that comes next; None: it isn't known before the first answer."""
        return self._feed.next_seq

    def __next__(self) -> Entry:
        entry = self._step(None)
        if entry is None:
            raise StopIteration
        return entry

    def next(self, timeout: float) -> Entry | None:
        """The next one, if it comes within so many seconds."""
        return self._step(time.monotonic() + timeout)

    def close(self) -> None:
        """From any thread: ends the iteration."""
        self._link.close()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _step(self, deadline: float | None) -> Entry | None:
        answer: Any = None
        try:
            while True:
                if self._effect is None:
                    self._effect = self._plan.send(answer)
                if isinstance(self._effect, Entry):
                    found, self._effect = self._effect, None
                    return found
                answer = self._link.do(self._effect, deadline)
                if answer is None and isinstance(self._effect, Listen) and not self._effect.is_over(time.monotonic()):
                    return None  # The caller's time is over, and it goes on with the same the next time.
                self._effect = None
        except StopIteration:
            self.close()
            return None
        except GiroError:
            self.close()
            raise


class _Link:
    """The way to the daemons: to each node one connection after another."""

    def __init__(self, paths: Sequence[str], nodes: Nodes, memory: Memory) -> None:
        self.nodes = nodes
        self.memory = memory
        self._paths = paths
        self._lock = threading.Lock()
        self._connections: dict[int, SharedConnection] = {}
        self._reached: set[int] = set()
        self._closed = False
        _links.add(self)

    def fresh(self) -> _Link:
        """Another way to the same ones."""
        return _Link(self._paths, self.nodes.fresh(), self.memory.fresh())

    def look(self) -> None:
        """Before a call: of a daemon that went since the last one, nothing is believed any more."""
        connection = self._connections.get(self.nodes.at)
        if connection is not None and not connection.is_alive():
            self.memory.forget()

    def perform(self, plan: Plan[T]) -> T:
        answer: Any = None
        try:
            while True:
                answer = self.do(plan.send(answer))
        except StopIteration as end:
            result: T = end.value
            return result

    def do(self, effect: Any, deadline: float | None = None) -> Reply | Notice | Failure | None:
        """`deadline`: of a Listen, beside its own."""
        if isinstance(effect, Pause):
            time.sleep(effect.seconds)
            return None
        with self._lock:
            if self._closed:
                return CLOSED
            connection = self._connected(effect) if isinstance(effect, Exchange) else self._subscribed(effect)
        if isinstance(connection, Failure):
            return connection
        if isinstance(effect, Exchange):
            return connection.exchange(effect)
        if isinstance(effect, Post):
            connection.post(effect.method, effect.params)
            return None
        ends = [each for each in (effect.until, deadline) if each is not None]
        return connection.listen(min(ends, default=None))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._hang_up()

    def forked(self) -> None:
        """In the child: begins anew."""
        self._lock = threading.Lock()
        for connection in self._connections.values():
            connection.abandon()
        self._connections = {}

    def _connected(self, what: Exchange) -> SharedConnection | Failure:
        if what.anew:
            self._hang_up()
        known = self._connections.get(what.node)
        # A single node was looked at before the call; of several ones nobody may have read since long.
        if known is not None and known.end is None and (self.nodes.count == 1 or known.is_alive()):
            return known
        found = _socket.connect(self._paths[what.node], was_there=what.node in self._reached)
        if isinstance(found, Failure):
            return found
        self._reached.add(what.node)
        self.memory.forget()
        connection = self._connections[what.node] = SharedConnection(found)
        return connection

    def _subscribed(self, what: Listen | Post) -> SharedConnection | Failure:
        return self._connections.get(what.node) or lost("there is no connection any more")

    def _hang_up(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections = {}


_links: weakref.WeakSet[_Link] = weakref.WeakSet()


def _forked() -> None:
    for link in list(_links):
        link.forked()


os.register_at_fork(after_in_child=_forked)
