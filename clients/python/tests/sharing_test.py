#!/usr/bin/env python3
"""One client shared: by threads, by tasks, across a fork; calls that are cancelled, closed, or not answered in time.

Usage: sharing_test.py GIROD GIRO
"""

import asyncio
import os
import random
import signal
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import AsyncClient, Client, DaemonCase, eur, run

from giro import GiroError, NothingDecided, OutcomeUnknown, Rejected, changes


class Sharing(DaemonCase):
    def setUp(self):
        name = self._testMethodName[5:50]
        self.payer, self.shop = f"{name}:p", f"{name}:s"
        with Client(self.socket) as client:
            for account in (self.payer, self.shop):
                client.accounts.open(account, "EUR")
            client.payments.submit("world", self.payer, eur("1000"), key=self.key("start"))

    def key(self, name):
        return f"{self.payer}:{name}"

    def paid(self):
        with Client(self.socket) as client:
            return str(client.accounts.get(self.shop).balance.amount)

    def test_threads_get_their_own_answers_over_one_connection(self):
        with Client(self.socket) as client, ThreadPoolExecutor(16) as threads:
            outcomes = list(
                threads.map(
                    lambda n: client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key(n)), range(2000)
                )
            )
            self.assertEqual([outcome.key for outcome in outcomes], [self.key(n) for n in range(2000)])
            self.assertEqual(len({outcome.seq for outcome in outcomes}), 2000)
            self.assertEqual(client.ledger.status().connections, 1)
        self.assertEqual(self.paid(), "20.00")

    def test_tasks_get_their_own_answers_over_one_connection(self):
        async def main():
            async with AsyncClient(self.socket) as client:
                pay = client.payments.submit
                outcomes = await asyncio.gather(
                    *[pay(self.payer, self.shop, eur("0.01"), key=self.key(n)) for n in range(5000)]
                )
                self.assertEqual([outcome.key for outcome in outcomes], [self.key(n) for n in range(5000)])
                self.assertEqual((await client.ledger.status()).connections, 1)

        asyncio.run(main())
        self.assertEqual(self.paid(), "50.00")

    def test_rejections_and_answers_of_many_sizes_go_to_those_who_asked(self):
        def one(n):
            if n % 3 == 0:
                return len(client.payments.list(account=self.payer, limit=50).items) > 0
            try:
                client.payments.submit(
                    self.payer,
                    self.shop,
                    eur("0.01" if n % 3 == 1 else "5000"),
                    key=self.key(n),
                    description="x" * random.randrange(1, 1000),
                )
            except Rejected as error:
                return n % 3 == 2 and error.key == self.key(n)
            return n % 3 == 1

        with Client(self.socket) as client, ThreadPoolExecutor(8) as threads:
            self.assertTrue(all(threads.map(one, range(600))))

    def test_more_than_the_socket_takes_at_once_goes_out_while_answers_come_in(self):
        async def main():
            async with AsyncClient(self.socket) as client:
                pay = client.payments.submit
                await asyncio.gather(
                    *[
                        pay(self.payer, self.shop, eur("0.01"), description="d" * 1000, metadata={"m": "m" * 4000})
                        for _ in range(1500)
                    ]
                )

        asyncio.run(main())
        with Client(self.socket) as client, ThreadPoolExecutor(32) as threads:
            list(
                threads.map(
                    lambda _: client.payments.submit(self.payer, self.shop, eur("0.01"), metadata={"m": "m" * 4000}),
                    range(500),
                )
            )
            page = client.payments.list(account=self.payer, limit=1000)
            self.assertIsNotNone(page.next)
            many = [a_cent(self.payer, self.shop) for _ in range(4000)]
            self.assertEqual(client.payments.submit_many(many).applied, 4000)

    def test_a_child_of_a_fork_has_a_connection_of_its_own(self):
        with Client(self.socket) as client:
            client.server.info()
            children = []
            for number in range(4):
                child = os.fork()
                if child == 0:
                    for n in range(50):
                        client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key(f"{number}:{n}"))
                    os._exit(0)
                children.append(child)
            for n in range(50):
                client.payments.submit(self.payer, self.shop, eur("0.01"), key=self.key(f"parent:{n}"))
            self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * 4)
        self.assertEqual(self.paid(), "2.50")

    def test_a_cancelled_task_leaves_the_others_their_answers(self):
        async def main():
            async with AsyncClient(self.socket) as client:
                pay = client.payments.submit
                tasks = [
                    asyncio.create_task(pay(self.payer, self.shop, eur("0.01"), key=self.key(n))) for n in range(300)
                ]
                await asyncio.sleep(0)
                for task in tasks[::2]:
                    task.cancel()
                done = await asyncio.gather(*tasks, return_exceptions=True)
                self.assertTrue(all(isinstance(each, asyncio.CancelledError) for each in done[::2]))
                self.assertEqual([each.key for each in done[1::2]], [self.key(n) for n in range(1, 300, 2)])
                await pay(self.payer, self.shop, eur("0.01"))

        asyncio.run(main())

    def test_one_client_serves_one_event_loop_after_another(self):
        client = AsyncClient(self.socket)
        for _ in range(2):
            asyncio.run(self.pay_once(client))

    async def pay_once(self, client):
        await client.payments.submit(self.payer, self.shop, eur("0.01"))

    def test_closing_ends_what_waits(self):
        with self.stopped_daemon(), Client(self.socket) as client:
            ended = self.in_thread(
                lambda: client.payments.submit(self.payer, self.shop, eur("1"), key=self.key("k")), client.close
            )
            self.assertIsInstance(ended, GiroError)
            self.assertEqual(ended.code, "closed")
        with self.assertRaisesRegex(NothingDecided, "the client was closed"):
            client.server.info()

    def test_a_subscription_is_closed_by_another_thread(self):
        with Client(self.socket) as client:
            events = client.events()
            self.assertIsNone(self.in_thread(lambda: next(events, None), events.close))
            self.assertIsNone(next(events, None))

    def test_a_daemon_that_doesnt_answer_leaves_a_payment_unknown_and_the_client_usable(self):
        with Client(self.socket, scales={"EUR": 2}) as client:
            client.server.info()
            with self.stopped_daemon():
                begun = time.monotonic()
                with self.assertRaises(OutcomeUnknown) as raised:
                    client.within(0.3).payments.submit(self.payer, self.shop, eur("1"), key=self.key("k"))
                self.assertEqual(raised.exception.code, "timed_out")
                self.assertLess(time.monotonic() - begun, 5)
                with self.assertRaises(NothingDecided):
                    client.within(0.3).accounts.get(self.shop)
            self.assertTrue(client.payments.submit(self.payer, self.shop, eur("1"), key=self.key("k")).seq > 0)
        self.assertEqual(self.paid(), "1.00")

    def test_of_threads_that_share_it_each_has_its_own_deadline(self):
        with self.stopped_daemon(), Client(self.socket) as client:

            def wait(seconds):
                begun = time.monotonic()
                with self.assertRaises(NothingDecided):
                    client.within(seconds).accounts.get(self.shop)
                return time.monotonic() - begun

            with ThreadPoolExecutor(4) as threads:
                for seconds, took in zip((0.2, 1.0, 0.4, 0.6), threads.map(wait, (0.2, 1.0, 0.4, 0.6)), strict=True):
                    self.assertGreaterEqual(took, seconds)
                    self.assertLess(took, seconds + 2)

    def test_ctrl_c_ends_one_call_and_the_next_one_works(self):
        with Client(self.socket) as client:
            client.server.info()
            with self.stopped_daemon():
                timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
                timer.start()
                with self.assertRaises(KeyboardInterrupt):
                    client.accounts.get(self.shop)
            self.assertEqual(client.accounts.get(self.shop).id, self.shop)

    def test_events_wait_for_a_reader_who_is_slow(self):
        with Client(self.socket) as client:
            many = [a_cent(self.payer, self.shop) for _ in range(5000)]
            begin = client.payments.submit_many(many).first_seq

            async def main():
                async with AsyncClient(self.socket, scales={"EUR": 2}) as reader, reader.events(
                    begin, until=begin + 4999
                ) as events:
                    seqs = []
                    async for entry in events:
                        seqs.append(entry.seq)
                        if entry.seq % 1000 == 0:
                            await asyncio.sleep(0.05)
                            self.assertLess(len(events._link._connections[0]._notices), 2000)
                    return seqs

            self.assertEqual(asyncio.run(main()), list(range(begin, begin + 5000)))

    def test_events_come_as_they_are_decided_and_a_wait_may_have_an_end(self):
        with Client(self.socket) as client, client.events() as events:
            self.assertIsNone(events.next(0.05))
            seq = client.payments.submit(self.payer, self.shop, eur("1")).seq
            self.assertEqual(events.next(10).seq, seq)
            self.assertEqual(events.next_seq, seq + 1)
            self.assertIsNone(events.next(0.05))

        async def main():
            async with AsyncClient(self.socket) as client, client.events() as events:
                self.assertIsNone(await events.next(0.05))
                seq = (await client.payments.submit(self.payer, self.shop, eur("1"))).seq
                self.assertEqual((await events.next(10)).seq, seq)

        asyncio.run(main())

    def test_events_behind_the_end_of_the_ledger_are_an_error_at_once(self):
        with Client(self.socket) as client:
            missing = client.payments.submit(self.payer, self.shop, eur("1")).seq + 2
            with self.assertRaises(NothingDecided) as raised:
                client.events(missing).next(10)
        self.assertEqual(raised.exception.code, "history_lost")

        async def main():
            async with AsyncClient(self.socket) as client:
                await client.events(missing).next(10)

        with self.assertRaises(NothingDecided) as raised:
            asyncio.run(main())
        self.assertEqual(raised.exception.code, "history_lost")

    def in_thread(self, call, then):
        """What a call that waits ends with, after `then`."""
        found = []

        def run_it():
            try:
                found.append(call())
            except GiroError as error:
                found.append(error)

        thread = threading.Thread(target=run_it)
        thread.start()
        time.sleep(0.2)
        then()
        thread.join(10)
        self.assertFalse(thread.is_alive())
        return found[0]

    def stopped_daemon(self):
        return Stopped(self.daemon.pid)


class Stopped:
    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        # All of its threads, which is a moment later.
        while not all("T (stopped)" in status for status in self.statuses()):
            time.sleep(0.01)

    def statuses(self):
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{thread}/status", encoding="utf-8") as status:
                yield status.read()

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


def a_cent(payer, shop):
    return changes.submit(payer, shop, eur("0.01"))


if __name__ == "__main__":
    run()
