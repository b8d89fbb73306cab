#!/usr/bin/env python3
"""Two sockets of one girod, as two nodes have one ledger, of which one or the other is cut while payments stream; and a
girod that is killed beside one that goes on. Usage: cluster_crash_test.py GIROD GIRO
"""

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from support import AsyncClient, Client, DaemonCase, eur, run


class Way:
    """A socket behind which a daemon is, as on another machine. It may be cut, and is there again at once."""

    def __init__(self, path, to):
        self._to = to
        self._open = set()
        self._lock = threading.Lock()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(64)
        self.path = path
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(here,), daemon=True).start()

    def _connect(self, here):
        with here, socket.socket(socket.AF_UNIX) as there:
            there.connect(self._to)
            with self._lock:
                self._open |= {here, there}
            back = threading.Thread(target=self._carry, args=(there, here), daemon=True)
            back.start()
            self._carry(here, there)
            back.join()
            with self._lock:
                self._open -= {here, there}

    def _carry(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            self._shut(each)

    @staticmethod
    def _shut(which):
        try:
            which.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It is no more.

    def cut(self):
        """What is under way in either direction is lost."""
        with self._lock:
            for each in self._open:
                self._shut(each)

    def close(self):
        self._shut(self._listening)
        self._listening.close()
        self._thread.join(5)
        self.cut()


class TwoWays(DaemonCase):
    """Two sockets of one ledger, as two nodes of a cluster are."""

    COUNT = 1000

    def setUp(self):
        self.payer, self.shop = (f"{self._testMethodName[5:50]}:{name}" for name in "ps")
        with Client(self.socket) as client:
            client.accounts.open(self.payer, "EUR", floor=None)
            client.accounts.open(self.shop, "EUR")
            self.begin = client.ledger.status().seq + 1
        self.ways = [Way(self.path(f"{self._testMethodName[-20:]}{n}"), self.socket) for n in range(2)]

    def tearDown(self):
        for way in self.ways:
            way.close()

    def cut_while(self, work, progress):
        """Runs it, and cuts each way in turn as it goes on."""
        thread = threading.Thread(target=work)
        thread.start()
        for number in range(8):
            while progress() < self.COUNT * (number + 1) // 10 and thread.is_alive():
                time.sleep(0.001)
            self.ways[number % 2].cut()
        thread.join(120)
        self.assertFalse(thread.is_alive())

    def assert_each_was_paid_once(self, outcomes):
        self.assertEqual(len(outcomes), self.COUNT)
        with Client(self.socket) as client:
            entries = list(client.payments.each(account=self.shop, limit=1000))
            self.assertEqual(
                {entry.key: entry.seq for entry in entries}, {key: each.seq for key, each in outcomes.items()}
            )
            self.assertEqual(len(entries), self.COUNT)

    def test_threads_pay_each_once_while_either_way_is_cut(self):
        outcomes = {}
        client = Client([way.path for way in self.ways], timeout=60)

        def pay(number):
            key = f"{self.payer}:{number}"
            outcomes[key] = client.payments.submit(self.payer, self.shop, eur("0.01"), key=key)

        def work():
            with ThreadPoolExecutor(16) as threads:
                list(threads.map(pay, range(self.COUNT)))

        self.cut_while(work, lambda: len(outcomes))
        self.assertEqual(client.last_seq, max(each.seq for each in outcomes.values()))
        client.close()
        self.assert_each_was_paid_once(outcomes)

    def test_tasks_pay_each_once_and_the_events_have_each_once(self):
        outcomes = {}
        seen = []

        async def pay(client, queue):
            while queue:
                key = f"{self.payer}:{queue.pop()}"
                outcomes[key] = await client.payments.submit(self.payer, self.shop, eur("0.01"), key=key)

        async def listen(client):
            async for entry in client.events(self.begin, until=self.begin + self.COUNT - 1):
                seen.append(entry)

        async def main():
            async with AsyncClient([way.path for way in self.ways], timeout=60) as client:
                queue = list(range(self.COUNT))
                await asyncio.gather(listen(client), *[pay(client, queue) for _ in range(50)])

        self.cut_while(lambda: asyncio.run(main()), lambda: len(outcomes))
        self.assert_each_was_paid_once(outcomes)
        self.assertEqual([entry.seq for entry in seen], list(range(self.begin, self.begin + self.COUNT)))


class Killed(DaemonCase):
    """Two girods, each with a ledger of its own: what isn't so in a cluster, but who goes on is the same."""

    def test_payments_go_on_at_the_other_one_when_a_girod_is_killed(self):
        beside = self.start_daemon(data=self.path("beside"), socket=self.path("beside.sock"))
        for path in (self.socket, self.path("beside.sock")):
            with Client(path) as client:
                client.accounts.open("p", "EUR", floor=None)
                client.accounts.open("s", "EUR")
        seqs = {}
        with Client([self.socket, self.path("beside.sock")], timeout=30) as client:

            def pay(number):
                seqs[number] = client.payments.submit("p", "s", eur("0.01"), key=str(number)).seq

            with ThreadPoolExecutor(8) as threads:
                paying = [threads.submit(pay, number) for number in range(400)]
                while len(seqs) < 100:
                    time.sleep(0.001)
                self.daemon.kill()
                self.daemon.wait()
                for each in paying:
                    each.result()
        with Client(self.path("beside.sock")) as client:
            there = {entry.key for entry in client.payments.each(account="s", limit=1000)}
        self.assertEqual(len(seqs), 400)
        self.assertGreater(len(there), 0)

        type(self).daemon = self.start_daemon(data=self.path("data"), socket=self.socket)
        with Client(self.socket) as client:
            here = {entry.key for entry in client.payments.each(account="s", limit=1000)}
        # All that was answered is in one of them; in both only what the killed one had decided and couldn't answer.
        self.assertEqual(here | there, {str(number) for number in range(400)})
        self.assertLessEqual(len(here & there), 8)
        self.stop_daemon(beside)


if __name__ == "__main__":
    run()
