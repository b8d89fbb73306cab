"""Which of a client's nodes is asked, for how long, and which one after it. No I/O, no clock.

Several nodes are those of one cluster (docs/CLUSTER.md): each takes every request, and a key decides once, wherever it
is sent. An attempt without an answer is followed by one at the next node, and only a whole pass over them by a pause.
With one node a pass is one attempt.
"""

from __future__ import annotations

import random
import threading

from ._troubles import Trouble, heavier

# A node that is alive says by then that it doesn't know: it waits so long itself, for a quorum or for `min_seq`.
PATIENCE_S = 10.0

_PAUSE_FIRST_S, _PAUSE_MAX_S = 0.02, 1.0


def pause_before(attempt: int) -> float:
    """Twice as long each time, and never the same for all who wait."""
    return min(_PAUSE_MAX_S, _PAUSE_FIRST_S * 2.0 ** min(attempt, 10)) * (0.5 + random.random() / 2)


class Nodes:
    """What all calls of one client, from any thread, know of its nodes.

    `last_seq` is the highest one that was answered for a change, and never goes back.
    """

    def __init__(self, count: int = 1, *, at: int = 0, read_own_writes: bool = True) -> None:
        self.count = count
        self.at = at  # Where a call begins.
        self.last_seq = 0
        self._read_own_writes = read_own_writes
        self._lock = threading.Lock()

    def fresh(self) -> Nodes:
        """For another client of the same nodes."""
        return Nodes(self.count, at=self.at, read_own_writes=self._read_own_writes)

    def leave(self, node: int) -> None:
        """It failed. Of many calls that find the same the first one moves all."""
        if self.at == node:
            self.at = (node + 1) % self.count

    def note(self, seq: int) -> None:
        with self._lock:
            self.last_seq = max(self.last_seq, seq)

    @property
    def min_seq(self) -> int:
        """What a node must know before it is asked; 0: a node that is alone always knows what it answered."""
        return self.last_seq if self._read_own_writes and self.count > 1 else 0


class Round:
    """One call's way over the nodes."""

    def __init__(self, nodes: Nodes) -> None:
        self.node = nodes.at
        self._nodes = nodes
        self._failed = 0
        self._hopeless = 0  # One after the other.
        self._in_this_pass: Trouble | None = None
        self._in_the_one_before: Trouble | None = None

    def ends(self, now: float, deadline: float) -> float:
        """When an attempt is over: none may take the time of the nodes that come after it in this pass."""
        if self._nodes.count == 1:
            return deadline
        left = self._nodes.count - self._failed % self._nodes.count
        return now + min(PATIENCE_S, (deadline - now) / left)

    def answered(self) -> None:
        """What comes after it is another matter."""
        self._failed = self._hopeless = 0

    def next(self, trouble: Trouble) -> float | None:
        """Goes on, after so many seconds. None: there is no sense in it, at any node."""
        if self._failed % self._nodes.count == 0:
            self._in_the_one_before, self._in_this_pass = self._in_this_pass, None
        self._in_this_pass = heavier(self._in_this_pass, trouble)
        self._nodes.leave(self.node)
        self.node = (self.node + 1) % self._nodes.count
        self._failed += 1
        self._hopeless = 0 if trouble.retry else self._hopeless + 1
        if self._hopeless == self._nodes.count:
            return None
        passes, rest = divmod(self._failed, self._nodes.count)
        return 0.0 if rest else pause_before(passes - 1)

    def told(self) -> Trouble:
        """What it met, once it is given up: the last attempts may have had no time to meet anything."""
        assert self._in_this_pass is not None
        is_last_all = self._nodes.count == 1 or self._hopeless == self._nodes.count
        return self._in_this_pass if is_last_all else heavier(self._in_the_one_before, self._in_this_pass)
