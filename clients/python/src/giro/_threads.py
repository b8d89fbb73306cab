"""A connection that threads share, without a thread of its own.

Whoever waits for an answer and finds nobody reading reads for all (it leads); when it has its own answer, it hands
that on to another one that waits. So a program of one thread sends and receives, and nothing more.

Whoever has something to send leaves it with the wire; one thread at a time sends what all of them left, in one piece.

What always holds:
  - While anybody waits, exactly one thread leads, or is about to.
  - `_lock` guards all that changes here but the sending, which `_sending` guards; nobody waits while holding one.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque

from ._plan import Exchange
from ._run import CLOSED, ended, lost, nonsense, timed_out
from ._troubles import Failure
from ._wire import Notice, Reply, Wire

_READ_BYTES = 64 * 1024


class _Waiter:
    __slots__ = ("answer", "_awake")

    def __init__(self) -> None:
        self.answer: Reply | Notice | Failure | None = None
        self._awake = threading.Lock()
        self._awake.acquire()

    def wake(self) -> None:
        """Under the connection's lock."""
        if self._awake.locked():
            self._awake.release()

    def sleep(self, deadline: float | None) -> None:
        if deadline is None:
            self._awake.acquire()
        else:
            self._awake.acquire(timeout=max(0.0, deadline - time.monotonic()))


class SharedConnection:
    def __init__(self, connected: socket.socket) -> None:
        self.end: Failure | None = None  # Why it can't be used any more.
        self._socket = connected
        self._wire = Wire()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._unsent = b""
        self._may_send = True
        self._waiters: dict[int, _Waiter] = {}  # By request.
        self._listener: _Waiter | None = None  # Waits for a notice.
        self._notices: deque[Notice | Reply] = deque()  # And replies to posts.
        self._leader: _Waiter | None = None
        # Tells the leader that something is unsent.
        self._bell, self._button = socket.socketpair(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._poll = select.poll()
        self._descriptor = connected.fileno()  # Also once it is closed.
        self._poll.register(self._descriptor, select.POLLIN)
        self._poll.register(self._bell, select.POLLIN)
        self._polls_for = select.POLLIN

    def exchange(self, what: Exchange) -> Reply | Failure:
        waiter = _Waiter()
        request = 0
        try:
            with self._lock:
                if self.end is not None:
                    return ended(self.end, sent=False)
                request = self._wire.put(what.method, what.params)
                self._waiters[request] = waiter
            self._send()
            self._wait(waiter, what.deadline)
        finally:
            with self._lock:
                self._waiters.pop(request, None)
                if waiter.answer is None and request:
                    waiter.answer = timed_out(sent=self._wire.was_sent(request))
                    self._wire.withdraw(request)
                self._hand_on(waiter)
        assert waiter.answer is not None and not isinstance(waiter.answer, Notice)
        return waiter.answer

    def post(self, method: str, params: bytes) -> None:
        """Its answer comes to who listens."""
        with self._lock:
            if self.end is None:
                self._wire.put(method, params)
        self._send()

    def listen(self, deadline: float | None) -> Notice | Reply | Failure | None:
        """The next notification, or answer to a post. None: nothing came until then. One thread at a time."""
        if not self._notices:
            self.is_alive()  # Which reads what came while nobody listened, also where the deadline is long over.
        waiter = _Waiter()
        try:
            with self._lock:
                if not self._notices and self.end is None:
                    self._listener = waiter
            if self._listener is waiter:
                self._wait(waiter, deadline)
        finally:
            with self._lock:
                self._listener = None
                self._hand_on(waiter)
        with self._lock:
            # Not from the waiter: nothing is taken here by one who doesn't come to use it.
            return self._notices.popleft() if self._notices else self.end

    def is_alive(self) -> bool:
        """Whether the other side is there, as far as can be told without waiting: nobody may have read for long."""
        waiter = _Waiter()
        with self._lock:
            if self.end is not None or self._leader is not None:
                return self.end is None
            self._leader = waiter
        try:
            if self._poll.poll(0):
                self._receive()
        finally:
            with self._lock:
                self._hand_on(waiter)
        return self.end is None

    def close(self) -> None:
        with self._lock:
            self._finish(CLOSED)

    def abandon(self) -> None:
        """In the child of a fork: the connection is its parent's, and goes on there."""
        for each in (self._socket, self._bell, self._button):
            each.close()

    # ---- Waiting ----

    def _wait(self, waiter: _Waiter, deadline: float | None) -> None:
        """Until it is answered, or the time is over."""
        while waiter.answer is None and (deadline is None or time.monotonic() < deadline):
            with self._lock:
                leads = self._leader in (None, waiter)
                if leads:
                    self._leader = waiter
            if leads:
                self._lead(waiter, deadline)
            else:
                waiter.sleep(deadline)

    def _lead(self, waiter: _Waiter, deadline: float | None) -> None:
        while waiter.answer is None:
            rest = None if deadline is None else deadline - time.monotonic()
            if rest is not None and rest <= 0:
                return
            for ready, events in self._poll.poll(None if rest is None else min(rest, 3600) * 1000):
                if ready == self._bell.fileno():
                    self._bell.recv(4096)
                elif events & ~select.POLLOUT:
                    self._receive()
            self._send()

    def _hand_on(self, waiter: _Waiter) -> None:
        """Under the lock: who waits without an answer leads from now on."""
        if self._leader is not waiter:
            return
        if self.end is not None:
            self._leader = None
            self.abandon()
            return
        waiters = [self._listener] if self._listener is not None else []
        self._leader = next((each for each in (*waiters, *self._waiters.values()) if each.answer is None), None)
        if self._leader is not None:
            self._leader.wake()

    # ---- Bytes ----

    def _send(self) -> None:
        """All that is there to be sent, as far as the socket takes it."""
        while self._sending.acquire(blocking=False):
            try:
                with self._lock:
                    self._unsent = self._unsent or self._wire.outgoing()
                if not self._unsent or not self._send_some():
                    return
            except BaseException:
                self._break_off()
                raise
            finally:
                self._sending.release()
            # Whoever found the lock taken meanwhile has left something.

    def _send_some(self) -> bool:
        """Whether the socket took all of it."""
        if not self._may_send:
            self._unsent = b""
            return True
        try:
            sent = self._socket.send(self._unsent, socket.MSG_NOSIGNAL)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # Last answers may still be there to be read, and the end shows there, too.
            self._may_send = False
            return True
        self._unsent = self._unsent[sent:]
        polls_for = select.POLLIN | select.POLLOUT if self._unsent else select.POLLIN
        if polls_for != self._polls_for:
            self._polls_for = polls_for
            self._poll.modify(self._descriptor, polls_for)
            self._ring()
        return not self._unsent

    def _ring(self) -> None:
        try:
            self._button.send(b"!")
        except OSError:
            pass  # It rings already, or there is nobody.

    def _receive(self) -> None:
        try:
            self._take(*self._read())
        except BaseException:
            self._break_off()
            raise

    def _read(self) -> tuple[bytes | None, str]:
        """None: nothing yet. Empty: the end, and why."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return None, ""
        except OSError as error:
            return b"", f"the connection broke ({error.strerror})"
        return data, "" if data else self._wire.at_end()

    def _take(self, data: bytes | None, why: str) -> None:
        if data is None:
            return
        with self._lock:
            for message in self._wire.incoming(data):
                self._deliver(message)
            if self._wire.fault is not None:
                self._finish(nonsense(self._wire.fault))
            elif not data:
                self._finish(lost(why))

    def _break_off(self) -> None:
        """Something (Ctrl-C) came between bytes and what is known of them."""
        with self._lock:
            self._finish(lost("the connection was broken off"))

    def _deliver(self, message: Reply | Notice) -> None:
        waiter = self._waiters.get(message.id) if isinstance(message, Reply) else None
        if waiter is None:
            self._notices.append(message)
            waiter = self._listener
        if waiter is not None:
            waiter.answer = message
            waiter.wake()

    def _finish(self, end: Failure) -> None:
        """Under the lock: everybody who still waits is told."""
        if self.end is not None:
            return
        self.end = end
        for request, waiter in self._waiters.items():
            if waiter.answer is None:
                waiter.answer = ended(self.end, sent=self._wire.was_sent(request))
                waiter.wake()
        if self._listener is not None and self._listener.answer is None:
            self._listener.answer = self.end
            self._listener.wake()
        if self._leader is None:
            self.abandon()
        else:
            self._ring()
