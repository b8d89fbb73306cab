"""What the tests share: the package on the path, a daemon of one's own, and a socket that plays one.

Files are run as `FILE GIROD GIRO`.
"""

import asyncio
import os
import socket
import sys
import tempfile
import threading
import unittest

TESTS = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(TESTS)
sys.path[:0] = [f"{PACKAGE}/src", os.path.join(PACKAGE, "../../tests/system")]

from daemon_case import DaemonCase, TwoAccountsCase  # noqa: E402  (after the path)

from giro import AsyncClient, Client, Money  # noqa: E402
from giro._troubles import Failure  # noqa: E402
from giro._wire import Reply  # noqa: E402

__all__ = [
    "ENTRY", "LOST", "AsyncClient", "BothClients", "Client", "DaemonCase", "FakeDaemon", "Money", "TwoAccountsCase", "eur",
    "refused", "run",
]  # fmt: skip

ENTRY = {"type": "payment", "status": "applied", "at": "2026-11-23T09:00:00.000000001Z", "key": "k", "uid": 0}
LOST = Failure("connection_lost", "the connection closed", sent=True)


def eur(amount):
    return Money(amount, "EUR")


def refused(code, **data):
    return Reply(0, None, {"code": -32000, "message": f"it was {code}", "data": {"code": code, **data}})


def run():
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])


class FakeDaemon:
    """A socket that answers as a test says. `play(connection, number)` serves each connection, one after the other;
    `number` counts them from 0."""

    def __init__(self, play):
        self._folder = tempfile.TemporaryDirectory()
        self.path = f"{self._folder.name}/s"
        self._play = play
        self.connections = 0
        self._ended = threading.Semaphore(0)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.path)
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as lines:
                self.connections += 1
                try:
                    self._play(lines, self.connections - 1)
                    lines.flush()
                except (OSError, ValueError):
                    pass  # The client had enough of it.
            self._ended.release()

    def wait_for_end(self):
        """Of a connection, as often as this is called."""
        self._ended.acquire()

    def __enter__(self):
        return self

    def stop(self):
        if self._listening.fileno() >= 0:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._thread.join(5)

    def __exit__(self, *_):
        self.stop()
        self._folder.cleanup()


class BothClients(unittest.TestCase):
    """Each test is run through the sync client, and through the asyncio client."""

    NODE: type  # Made of each of the answers; a FakeDaemon.

    def through_both(self, answers, use, **options):
        """`use(call, nodes)`: `call` gives a client to what it is called with, and waits for what that returns."""
        for kind in ("sync", "asyncio"):
            with self.subTest(kind):
                nodes = [self.NODE(answer) for answer in answers]
                try:
                    self.use(kind, nodes, use, {"timeout": 5, "scales": {"EUR": 2}, **options})
                finally:
                    for node in nodes:
                        node.__exit__()

    def use(self, kind, nodes, use, options):
        paths = [node.path for node in nodes]
        if kind == "sync":
            with Client(paths, **options) as client:
                use(lambda ask: ask(client), nodes)
            return
        with asyncio.Runner() as runner:
            client = AsyncClient(paths, **options)

            async def wait(ask):
                return await ask(client)

            use(lambda ask: runner.run(wait(ask)), nodes)
            runner.run(client.close())
