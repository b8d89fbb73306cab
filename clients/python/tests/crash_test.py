#!/usr/bin/env python3
"""girod is killed with -9 in the middle of a stream of payments and started again: nothing is lost, nothing is paid
twice, and nothing that was answered changes. Usage: crash_test.py GIROD GIRO
"""

import asyncio
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import AsyncClient, Client, DaemonCase, eur, run

from giro import NothingDecided, OutcomeUnknown, changes

KILLS = 3


class Killed(DaemonCase):
    def setUp(self):
        name = self._testMethodName[5:50]
        self.payer, self.shop = f"{name}:p", f"{name}:s"
        with Client(self.socket) as client:
            client.accounts.open(self.payer, "EUR", floor=None)
            client.accounts.open(self.shop, "EUR")
            self.begin = client.ledger.status().seq + 1

    def key(self, name):
        return f"{self.payer}:{name}"

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def start(self):
        type(self).daemon = self.start_daemon(
            "--config", self.path("girod.toml"), data=self.path("data"), socket=self.socket
        )

    def kill_and_start(self, progress, until):
        """Each time that a further part of all was answered."""
        for part in range(1, KILLS + 1):
            while progress() < until * part // (KILLS + 1):
                time.sleep(0.002)
            self.kill()
            self.start()

    def assert_each_was_paid_once(self, outcomes, count):
        """`outcomes`: by key, as they were answered."""
        self.assertEqual(len(outcomes), count)
        with Client(self.socket) as client:
            self.assertEqual(client.accounts.get(self.shop).balance, eur("0.01") * count)
            entries = list(client.payments.each(account=self.shop, limit=1000))
            self.assertEqual(
                {entry.key: entry.seq for entry in entries}, {key: each.seq for key, each in outcomes.items()}
            )
            self.assertEqual(len(entries), count)
            self.assertTrue(client.within(60).ledger.verify().ok)

    def test_in_the_middle_of_what_threads_pay(self):
        count = 2000
        outcomes = {}

        def pay(number):
            key = self.key(number)
            outcomes[key] = client.payments.submit(self.payer, self.shop, eur("0.01"), key=key)

        with Client(self.socket, timeout=60) as client, ThreadPoolExecutor(16) as threads:
            paying = [threads.submit(pay, number) for number in range(count)]
            self.kill_and_start(lambda: len(outcomes), count)
            for each in paying:
                each.result()
        self.assert_each_was_paid_once(outcomes, count)

    def test_in_the_middle_of_what_tasks_pay_beside_a_subscription(self):
        count = 3000
        outcomes = {}
        seen = []

        async def pay(client, queue):
            while queue:
                key = self.key(queue.pop())
                outcomes[key] = await client.payments.submit(self.payer, self.shop, eur("0.01"), key=key)

        async def listen(client):
            async with client.events(self.begin) as events:
                async for entry in events:
                    seen.append(entry)
                    if len(seen) == count:
                        return

        async def main():
            async with AsyncClient(self.socket, timeout=60) as client:
                queue = list(range(count))
                listening = asyncio.create_task(listen(client))
                killing = asyncio.to_thread(self.kill_and_start, lambda: len(outcomes), count)
                await asyncio.gather(killing, *[pay(client, queue) for _ in range(100)])
                await asyncio.wait_for(listening, 30)

        asyncio.run(main())
        self.assert_each_was_paid_once(outcomes, count)
        self.assertEqual([entry.seq for entry in seen], list(range(self.begin, self.begin + count)))
        self.assertEqual({entry.key for entry in seen}, set(outcomes))

    def test_in_the_middle_of_many_and_of_groups(self):
        size, count = 50, 4000
        done = []

        def pay(first):
            members = [changes.submit(self.payer, self.shop, eur("0.01"), key=self.key(first + n)) for n in range(size)]
            send = client.payments.submit_many if first % 100 else client.payments.submit_group
            outcome = send(members)
            self.assertEqual(outcome.count, size)
            done.append(first)

        with Client(self.socket, timeout=60) as client, ThreadPoolExecutor(4) as threads:
            paying = [threads.submit(pay, first) for first in range(0, count, size)]
            self.kill_and_start(lambda: len(done) * size, count)
            for each in paying:
                each.result()
            self.assertEqual(client.accounts.get(self.shop).balance, eur("0.01") * count)

    def test_a_sync_subscription_goes_on_after_the_last_event(self):
        seen = []

        def listen():
            with Client(self.socket, timeout=60) as client:
                seen.extend(entry.key for entry in client.events(self.begin, until=self.begin + 19))

        listening = threading.Thread(target=listen)
        listening.start()
        with Client(self.socket, timeout=60) as client:
            for number in range(20):
                if number in (5, 12):
                    self.kill()
                    self.start()
                client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key(number))
        listening.join(30)
        self.assertEqual(seen, [self.key(number) for number in range(20)])

    def test_what_is_sent_and_never_answered_is_unknown_until_it_is_asked_for(self):
        def killed_while_it_pays():
            time.sleep(0.3)
            self.kill()

        killing = threading.Thread(target=killed_while_it_pays)
        killing.start()
        errors = []
        with Client(self.socket, timeout=1.5) as client:
            paid = 0
            while not errors:
                try:
                    client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key(paid))
                    paid += 1
                except (OutcomeUnknown, NothingDecided) as error:
                    errors.append(error)
            killing.join()
            self.assertEqual(errors[0].key, self.key(paid))
            with self.assertRaises(NothingDecided) as raised:
                client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key("later"))
            self.assertEqual(raised.exception.code, "unreachable")

            self.start()
            known = client.payments.get(self.key(paid))
            self.assertTrue(known is None or isinstance(errors[0], OutcomeUnknown))
            again = client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key(paid))
            self.assertEqual(again.replayed, known is not None)
            self.assertEqual(client.accounts.get(self.shop).balance, eur("0.01") * (paid + 1))
            self.assertIsNone(client.payments.get(self.key("later")))


if __name__ == "__main__":
    run()
