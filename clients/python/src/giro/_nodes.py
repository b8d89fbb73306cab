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
    """One call's way over the nodes. `told` is what it met, once it is given up: in the last whole pass, and since."""

    told: Trouble

    def __init__(self, nodes: Nodes) -> None:
        self.node = nodes.at
        self._nodes = nodes
        self._failed = 0
        self._hopeless = 0  # One after the other.
        self._of_pass: Trouble | None = None

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
        self._nodes.leave(self.node)
        self.node = (self.node + 1) % self._nodes.count
        self._failed += 1
        self._hopeless = 0 if trouble.retry else self._hopeless + 1
        self._of_pass = heavier(self._of_pass, trouble)
        passes, rest = divmod(self._failed, self._nodes.count)
        is_over = not rest or self._hopeless == self._nodes.count
        self.told = self._of_pass if is_over or self._failed == 1 else heavier(self.told, trouble)
        if not is_over:
            return 0.0
        self._of_pass = None
        return None if self._hopeless == self._nodes.count else pause_before(passes - 1)
