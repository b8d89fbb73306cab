"""Runs the same tests through the sync and the asyncio client, each on a daemon of its own."""

import asyncio
import inspect

from support import AsyncClient, Client, DaemonCase, eur

from giro import NothingDecided, Rejected


class Waited:
    """An asyncio client, or a part of one, whose methods are run until they are done."""

    def __init__(self, what, loop):
        self._what, self._loop = what, loop

    def __getattr__(self, name):
        found = getattr(self._what, name)
        if not callable(found):
            return Waited(found, self._loop)
        return lambda *words, **named: self._done(found(*words, **named))

    def _done(self, answer):
        if inspect.iscoroutine(answer):
            return self._loop.run_until_complete(answer)
        if isinstance(answer, AsyncClient):
            return Waited(answer, self._loop)
        return self._items(answer)

    async def _all(self, iterator):
        return [item async for item in iterator]

    def _items(self, iterator):
        return self._loop.run_until_complete(self._all(iterator))


class Methods:
    """Each test has two accounts of its own, the first with 100.00 EUR."""

    def setUp(self):
        self.payer, self.shop = (f"{self._testMethodName[5:50]}:{kind}:{name}" for name in "ps" for kind in [self.KIND])
        for name in (self.payer, self.shop):
            self.client.accounts.open(name, "EUR")
        self.client.payments.submit("world", self.payer, eur("100.00"), key=self.key("start"))

    def key(self, name):
        return f"{self.payer}:{name}"

    def balances(self):
        return tuple(str(self.client.accounts.get(name).balance.amount) for name in (self.payer, self.shop))

    def rejected(self, code, call, *words, **named):
        with self.assertRaises(Rejected) as raised:
            call(*words, **named)
        self.assertEqual(raised.exception.code, code)
        return raised.exception

    def refused(self, code, call, *words, **named):
        with self.assertRaises(NothingDecided) as raised:
            call(*words, **named)
        self.assertEqual(raised.exception.code, code)
        return raised.exception


class ThroughTheSyncClient(DaemonCase):
    KIND = "sync"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = Client(cls.socket)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        super().tearDownClass()


class ThroughTheAsyncClient(DaemonCase):
    KIND = "async"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loop = asyncio.new_event_loop()
        cls.client = Waited(AsyncClient(cls.socket), cls.loop)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.loop.close()
        super().tearDownClass()
