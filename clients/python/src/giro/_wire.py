"""One connection's conversation: bytes in, bytes out, no I/O.

What always holds:
  - An answer goes to the request whose id it has, whatever order they come in; one that nobody asked for ends it all.
  - At most `window` requests are unanswered; the others wait here, and are known not to have been sent.
  - Once `fault` is set, nothing more is believed: the connection is to be closed.

Whoever drives it calls one method at a time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from ._json import Object, decode

WINDOW = 1024  # What the daemon reads ahead on one connection (server.info: window).
LINE_BYTES_MAX = 16 * 1024 * 1024  # Of a request.
REPLY_BYTES_MAX = 64 * 1024 * 1024
_ENVELOPE_BYTES = 200  # Around the params, more than it ever takes.


def is_too_large(params: str | bytes) -> bool:
    return len(params) > LINE_BYTES_MAX - _ENVELOPE_BYTES


@dataclass(slots=True)
class Reply:
    """To the request `id`: `error` is the daemon's, or None."""

    id: int
    result: Any
    error: Object | None


@dataclass(slots=True)
class Notice:
    """A notification."""

    method: str
    params: Any


class Wire:
    def __init__(self, window: int = WINDOW) -> None:
        self.fault: str | None = None
        self._window = window
        self._last_id = 0
        self._last_sent = 0  # They go out in their order.
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._withdrawn: set[int] = set()  # Of those that wait, or of those that are unanswered.
        self._unanswered: set[int] = set()
        self._begun = bytearray()  # A line without its end.
        self._ended_at = 0  # How much of it was searched for its end.

    def put(self, method: str, params: bytes) -> int:
        """Its id. It goes out when there is room."""
        self._last_id += 1
        line = b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":%b}\n' % (self._last_id, method.encode(), params)
        self._waiting.append((self._last_id, line))
        return self._last_id

    def was_sent(self, request: int) -> bool:
        """Or is about to be: what outgoing() gave out may have arrived."""
        return request in self._unanswered

    def withdraw(self, request: int) -> None:
        """Nobody waits for its answer any more. If it wasn't sent, it never will be."""
        if request in self._unanswered or request > self._last_sent:
            self._withdrawn.add(request)

    def outgoing(self) -> bytes:
        """What is to be sent now: as many lines as the window has room for, in one piece."""
        lines = []
        while self._waiting and len(self._unanswered) < self._window:
            request, line = self._waiting.popleft()
            self._last_sent = request
            if request in self._withdrawn:
                self._withdrawn.discard(request)
                continue
            self._unanswered.add(request)
            lines.append(line)
        return b"".join(lines)

    def incoming(self, data: bytes) -> list[Reply | Notice]:
        """What came whole with these bytes; look at `fault` after it."""
        self._begun += data
        end = self._begun.rfind(b"\n", self._ended_at)
        if end < 0:
            self._ended_at = len(self._begun)
            if self._ended_at > REPLY_BYTES_MAX:
                self.fault = f"a reply of more than {REPLY_BYTES_MAX} bytes"
            return []
        lines = bytes(self._begun[:end]).split(b"\n")
        del self._begun[: end + 1]
        self._ended_at = 0
        found: list[Reply | Notice] = []
        for line in lines:
            message = self._message(line)
            if self.fault is not None:
                break
            if message is not None:
                found.append(message)
        return found

    def at_end(self) -> str:
        """Why there is no more, once the other side closed."""
        return "the connection closed in the middle of a line" if self._begun else "the connection closed"

    def _message(self, line: bytes) -> Reply | Notice | None:
        """None: nobody waits for it, or it is a fault."""
        try:
            message = decode(line)
        except ValueError as problem:
            self._fail(f"it isn't JSON ({problem})", line)
            return None
        if isinstance(message, dict) and isinstance(message.get("method"), str) and "id" not in message:
            return Notice(message["method"], message.get("params"))
        why = self._why_not_a_reply(message)
        if why is not None:
            self._fail(why, line)
            return None
        error = message.get("error")
        request: int = message["id"] if message["id"] is not None else next(iter(self._unanswered))
        self._unanswered.discard(request)
        if request in self._withdrawn:
            self._withdrawn.discard(request)
            return None
        return Reply(request, message.get("result"), error)

    def _why_not_a_reply(self, message: Any) -> str | None:
        if not isinstance(message, dict):
            return "it isn't an object"
        error = message.get("error")
        if error is not None and not isinstance(error, dict):
            return "its error isn't an object"
        if (error is None) != ("result" in message):
            return "it has neither a result nor an error, or both"
        request = message.get("id", "")
        if request is None and error is not None:
            # The daemon couldn't read whose it is; where one alone is open, it can only be that one's.
            return None if len(self._unanswered) == 1 else f"an error of no request: {error.get('message')}"
        if type(request) is not int or request not in self._unanswered:
            return f"it answers {request!r}, which isn't open"
        return None

    def _fail(self, why: str, line: bytes) -> None:
        self.fault = f"{why}: {line[:100].decode('utf-8', 'replace')!r}"
