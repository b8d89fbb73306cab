"""The client of asyncio programs. Its methods are those of `Client`, awaited.

    async with AsyncClient() as client:
        await client.payments.submit("customers:ada", "shop:sales", Money("12.50", "EUR"), key="inv-17")
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar, cast

from . import _socket
from ._api import Awaited, Methods
from ._feed import Feed, Listen, Post
from ._nodes import Nodes
from ._plan import Call, Exchange, Memory, Pause
from ._request import Change, Plan
from ._run import CLOSED, checked_timeout, ended, lost, nonsense, plan_of, timed_out
from ._troubles import Failure
from ._wire import Notice, Reply, Wire
from .entries import Entry
from .errors import GiroError
from .outcomes import Outcome

T = TypeVar("T")
O = TypeVar("O", bound=Outcome)

_NOTICES_MAX = 1_000  # Events that wait for a slow reader; then the socket isn't read until it has caught up.


class AsyncClient(Methods[Awaited]):
    """`Client`, for one event loop at a time. Its arguments are the same.

    Any number of tasks may call at once: their calls are pipelined, and all that tasks send within one turn of the loop
    goes out in one write. A task that is cancelled while it waits doesn't know what became of its request: ask by its
    key.
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

    def within(self, seconds: float) -> AsyncClient:
        """The same client, with the same connection, whose calls may take so long."""
        other = AsyncClient.__new__(AsyncClient)
        other._begin(self._link, seconds)
        return other

    @property
    def last_seq(self) -> int:
        """The highest seq that a change was answered with; 0: none was yet. As `min_seq` it is for others, too."""
        return self._link.nodes.last_seq

    def events(self, from_: int | None = None, *, until: int | None = None) -> AsyncSubscription:
        """Every decision from a seq on (default: the next one), without a gap, over a connection of its own."""
        link = self._link.fresh()
        return AsyncSubscription(link, Feed(link.memory, self._timeout, from_, until, nodes=link.nodes))

    async def send(self, change: Change[O]) -> O:
        """One of `giro.changes`, which may have been made, and its key kept, before."""
        outcome: O = await self._run(change)
        return outcome

    async def close(self) -> None:
        """Calls that are on their way end with OutcomeUnknown or NothingDecided, code `closed`."""
        self._link.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, request: Any) -> Any:
        self._link.look()
        call = Call(self._link.memory, time.monotonic() + self._timeout, nodes=self._link.nodes)
        return await self._link.perform(plan_of(call, request))

    async def _items(self, page_after: Callable[[Any], Any]) -> AsyncIterator[Any]:
        cursor: Any = None
        while True:
            page = await self._run(page_after(cursor))
            for item in page.items:
                yield item
            cursor = page.next
            if cursor is None:
                return


class AsyncSubscription(AsyncIterator[Entry]):
    """`giro.client.Subscription`, awaited."""

    def __init__(self, link: _Link, feed: Feed) -> None:
        self._link = link
        self._feed = feed
        self._plan = feed.plan()
        self._effect: Any = None

    @property
    def next_seq(self) -> int | None:
        """Of the event that comes next; None: it isn't known before the first answer."""
        return self._feed.next_seq

    async def __anext__(self) -> Entry:
        answer: Any = None
        while True:
            if self._effect is None:
                try:
                    self._effect = self._plan.send(answer)
                except StopIteration:
                    self._link.close()
                    raise StopAsyncIteration from None
                except GiroError:
                    self._link.close()
                    raise
            if isinstance(self._effect, Entry):
                found, self._effect = self._effect, None
                return found
            # Cancelled here, it goes on with the same the next time.
            answer = await self._link.do(self._effect)
            self._effect = None

    async def next(self, timeout: float) -> Entry | None:
        """The next one, if it comes within so many seconds."""
        try:
            async with asyncio.timeout(timeout):
                return await anext(self, None)
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Ends the iteration."""
        self._link.close()

    async def __aenter__(self) -> AsyncSubscription:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Link:
    """The way to the daemons: to each node one connection after another."""

    def __init__(self, paths: Sequence[str], nodes: Nodes, memory: Memory) -> None:
        self.nodes = nodes
        self.memory = memory
        self._paths = paths
        self._connections: dict[int, _Connection] = {}
        self._connecting = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reached: set[int] = set()
        self._closed = False

    def fresh(self) -> _Link:
        """Another way to the same ones."""
        return _Link(self._paths, self.nodes.fresh(), self.memory.fresh())

    def look(self) -> None:
        """Before a call: of a daemon that went since the last one, nothing is believed any more."""
        connection = self._connections.get(self.nodes.at)
        if connection is not None and connection.end is not None:
            self.memory.forget()

    async def perform(self, plan: Plan[T]) -> T:
        answer: Any = None
        while True:
            try:
                effect = plan.send(answer)
            except StopIteration as end:
                return cast(T, end.value)
            answer = await self.do(effect)

    async def do(self, effect: Any) -> Reply | Notice | Failure | None:
        if isinstance(effect, Pause):
            await asyncio.sleep(effect.seconds)
            return None
        self._enter_loop()
        if isinstance(effect, Exchange):
            if effect.anew:
                self._hang_up()
            found = self._usable(effect.node) or await self._connected(effect.node)
            return found if isinstance(found, Failure) else await found.exchange(effect)
        there = self._usable(effect.node, even_ended=True) or lost("there is no connection any more")
        if isinstance(there, Failure):
            return there
        if isinstance(effect, Post):
            there.post(effect.method, effect.params)
            return None
        assert isinstance(effect, Listen)
        return await there.listen(effect)

    def close(self) -> None:
        self._closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        for connection in self._connections.values():
            connection.finish(CLOSED)
        self._connections = {}

    def _enter_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("an AsyncClient belongs to one event loop; make another one for this loop")
            self._loop, self._connections, self._connecting = loop, {}, asyncio.Lock()

    def _usable(self, node: int, *, even_ended: bool = False) -> _Connection | Failure | None:
        if self._closed:
            return CLOSED
        connection = self._connections.get(node)
        # What came before its end is still to be heard.
        return connection if connection is not None and (even_ended or connection.end is None) else None

    async def _connected(self, node: int) -> _Connection | Failure:
        async with self._connecting:
            usable = self._usable(node)
            if usable is not None:
                return usable
            found = _socket.connect(self._paths[node], was_there=node in self._reached)
            if isinstance(found, Failure):
                return found
            self._reached.add(node)
            loop = asyncio.get_running_loop()
            try:
                _, connection = await loop.create_unix_connection(_Connection, sock=found)
            except BaseException:
                found.close()
                raise
            self.memory.forget()
            self._connections[node] = connection
            return connection


class _Connection(asyncio.Protocol):
    """One connection, and who waits for what on it. In its loop's thread."""

    def __init__(self) -> None:
        self.end: Failure | None = None  # Why it can't be used any more.
        self._loop = asyncio.get_running_loop()
        self._wire = Wire()
        self._waiting: dict[int, asyncio.Future[Reply | Failure]] = {}
        self._notices: deque[Notice | Reply] = deque()  # And replies to posts.
        self._listener: asyncio.Future[None] | None = None
        self._will_flush = False
        self._may_write = True
        self._is_paused = False  # It isn't read.
        self._transport: asyncio.Transport

    async def exchange(self, what: Exchange) -> Reply | Failure:
        if self.end is not None:
            return ended(self.end, sent=False)
        request = self._wire.put(what.method, what.params)
        waiting: asyncio.Future[Reply | Failure] = self._loop.create_future()
        self._waiting[request] = waiting
        self._read_on()
        if not self._will_flush:
            self._will_flush = True
            self._loop.call_soon(self._flush)
        timer = self._loop.call_later(max(0.0, what.deadline - time.monotonic()), self._time_over, request)
        try:
            return await waiting
        finally:
            timer.cancel()
            if self._waiting.pop(request, None) is not None:
                self._wire.withdraw(request)  # It was cancelled.

    def post(self, method: str, params: bytes) -> None:
        """Its answer comes to who listens."""
        self._wire.put(method, params)
        self._flush()

    async def listen(self, what: Listen) -> Notice | Reply | Failure | None:
        """The next notification, or answer to a post. None: nothing came until then. One task at a time."""
        while not self._notices:
            if self.end is not None:
                return self.end
            self._listener = self._loop.create_future()
            # Also where the time is long over: what came while the loop stood still is read now.
            rest = None if what.until is None else max(0.0, what.until - time.monotonic())
            await asyncio.wait((self._listener,), timeout=rest)
            if not self._listener.done() and what.is_over(time.monotonic()):
                return None
        if len(self._notices) <= _NOTICES_MAX // 2:
            self._read_on()
        return self._notices.popleft()

    def finish(self, end: Failure) -> None:
        if self.end is not None:
            return
        self.end = end
        for request, waiting in self._waiting.items():
            if not waiting.done():
                waiting.set_result(ended(end, sent=self._wire.was_sent(request)))
        self._waiting.clear()
        self._wake_listener()
        self._transport.close()

    # ---- What asyncio calls ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for message in self._wire.incoming(data):
            if isinstance(message, Notice) or message.id not in self._waiting:
                self._notices.append(message)
                self._wake_listener()
                continue
            waiting = self._waiting.pop(message.id)
            if not waiting.done():
                waiting.set_result(message)
        if self._wire.fault is not None:
            self.finish(nonsense(self._wire.fault))
            return
        # Never while an answer is awaited, which would be behind them.
        if len(self._notices) >= _NOTICES_MAX and not self._waiting and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._flush()

    def eof_received(self) -> None:
        self.finish(lost(self._wire.at_end()))

    def connection_lost(self, error: Exception | None) -> None:
        self.finish(lost(f"the connection broke ({error})" if error else self._wire.at_end()))

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        self._flush()

    def _flush(self) -> None:
        self._will_flush = False
        if self._may_write and self.end is None:
            data = self._wire.outgoing()
            if data:
                self._transport.write(data)

    def _read_on(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def _time_over(self, request: int) -> None:
        waiting = self._waiting.pop(request, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(timed_out(sent=self._wire.was_sent(request)))
        self._wire.withdraw(request)

    def _wake_listener(self) -> None:
        if self._listener is not None and not self._listener.done():
            self._listener.set_result(None)
