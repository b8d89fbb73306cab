#!/usr/bin/env python3
"""Clients of several sockets: servers that play nodes of a cluster, two ways to one girod of which one is cut again and
again, and a girod that is killed beside one that goes on. Usage: cluster_test.py GIROD GIRO
"""

import asyncio
import json
import socket
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import AsyncClient, Client, DaemonCase, FakeDaemon, eur, run

from giro import NothingDecided, OutcomeUnknown

PAID = {
    "status": "applied",
    "at": "2026-11-23T09:00:00.000000001Z",
    "replayed": False,
    "from_balance": 0,
    "to_balance": 0,
}
ENTRY = {"type": "payment", "status": "applied", "at": "2026-11-23T09:00:00.000000001Z", "key": "k", "uid": 0}


class Node(FakeDaemon):
    """Answers each request with what `answer` makes of it: a result, a code, or None: the connection ends."""

    def __init__(self, answer):
        self.asked = []
        self._answer = answer
        super().__init__(self._serve_lines)

    def _serve_lines(self, lines, _):
        for line in lines:
            request = json.loads(line)
            self.asked.append((request["method"], request["params"]))
            answer = self._answer(request)
            if answer is None:
                return
            if isinstance(answer, str):
                answer = {"error": {"code": -32001, "message": f"it was {answer}", "data": {"code": answer}}}
            else:
                answer = {"result": answer}
            lines.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}).encode() + b"\n")
            lines.flush()


def pays(seq):
    return lambda request: {**PAID, "seq": seq, "key": request["params"].get("key")}


def always(answer):
    return lambda _: answer


def is_silent(_):
    time.sleep(3)


class BothClients(unittest.TestCase):
    """Each test is run through the sync client, and through the asyncio client."""

    def through_both(self, answers, use, **options):
        """`use(call, nodes)`: `call` gives a client to what it is called with, and waits for what that returns."""
        for kind in ("sync", "asyncio"):
            with self.subTest(kind):
                nodes = [Node(answer) for answer in answers]
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


def pay(client):
    return client.payments.submit("a", "b", eur("1"), key="k")


class Nodes(BothClients):
    def test_a_payment_that_a_node_refuses_or_loses_goes_to_the_next_one_with_the_same_key(self):
        def use(call, nodes):
            self.assertEqual(call(pay).seq, 5)
            self.assertEqual(nodes[0].asked, nodes[1].asked)
            self.assertEqual(nodes[1].asked[0][1]["key"], "k")

        for answer in (always("busy"), always("outcome_unknown"), always(None)):
            self.through_both([answer, pays(5)], use)

    def test_the_client_stays_with_the_node_that_answered(self):
        def use(call, nodes):
            for _ in range(5):
                call(pay)
            self.assertEqual([len(node.asked) for node in nodes], [1, 5])
            self.assertEqual([node.connections for node in nodes], [1, 1])

        self.through_both([always("busy"), pays(5)], use)

    def test_where_no_socket_is_there_is_no_node_and_the_others_are_asked(self):
        with tempfile.TemporaryDirectory() as folder, Node(pays(5)) as node:
            options = {"timeout": 5, "scales": {"EUR": 2}}
            with Client([f"{folder}/one", f"{folder}/two", node.path], **options) as client:
                self.assertEqual(pay(client).seq, 5)

            async def main():
                async with AsyncClient([f"{folder}/one", f"{folder}/two", node.path], **options) as client:
                    return (await pay(client)).seq

            self.assertEqual(asyncio.run(main()), 5)

    def test_where_none_has_a_socket_it_is_told_at_once(self):
        with tempfile.TemporaryDirectory() as folder, Client([f"{folder}/one", f"{folder}/two"]) as client:
            begun = time.monotonic()
            with self.assertRaises(NothingDecided) as raised:
                client.server.info()
            self.assertEqual(raised.exception.code, "unreachable")
            self.assertLess(time.monotonic() - begun, 5)

    def test_a_node_that_is_silent_is_passed_over_and_the_payment_is_answered_in_time(self):
        def use(call, nodes):
            begun = time.monotonic()
            self.assertEqual(call(pay).seq, 5)
            self.assertLess(time.monotonic() - begun, 1.5)
            self.assertEqual(nodes[0].asked, nodes[1].asked)

        self.through_both([is_silent, pays(5)], use, timeout=1.0)

    def test_an_answer_decides_and_no_other_node_is_asked(self):
        def use(call, nodes):
            with self.assertRaises(NothingDecided) as raised:
                call(pay)
            self.assertEqual((raised.exception.code, nodes[1].asked), ("unauthorized", []))

        self.through_both([always("unauthorized"), pays(5)], use)

    def test_busy_everywhere_after_a_lost_attempt_leaves_it_unknown(self):
        def use(call, nodes):
            with self.assertRaises(OutcomeUnknown) as raised:
                call(pay)
            self.assertEqual(raised.exception.key, "k")
            self.assertGreater(len(nodes[1].asked), 1)

        self.through_both([always(None), always("busy")], use, timeout=0.3)

    def test_what_a_node_answered_the_next_one_must_know_before_it_is_asked(self):
        def first(request):
            return pays(41)(request) if request["method"] == "payments.submit" else None

        def second(request):
            return {"status": "unknown", "key": "k"}

        def use(call, nodes):
            call(pay)
            call(lambda client: client.payments.get("k"))
            self.assertEqual(nodes[1].asked, [("payments.get", {"key": "k", "min_seq": 41})])

        def use_without(call, nodes):
            call(pay)
            call(lambda client: client.payments.get("k"))
            self.assertEqual(nodes[1].asked, [("payments.get", {"key": "k"})])

        self.through_both([first, second], use)
        self.through_both([first, second], use_without, read_own_writes=False)

    def test_many_at_once_move_together_and_each_has_its_own_answer(self):
        def first(request):
            return pays(1)(request) if int(request["params"]["key"]) < 10 else None

        def second(request):
            return {**PAID, "seq": int(request["params"]["key"]), "key": request["params"]["key"]}

        with Node(first) as one, Node(second) as two:
            with Client([one.path, two.path], timeout=10, scales={"EUR": 2}) as client:
                with ThreadPoolExecutor(16) as threads:
                    paid = threads.map(lambda n: client.payments.submit("a", "b", eur("1"), key=str(n)), range(10, 110))
                    self.assertEqual([outcome.seq for outcome in paid], list(range(10, 110)))
            self.assertEqual(two.connections, 1)

    def test_a_list_of_sockets_names_some(self):
        for empty in ([], (), ["/run/giro/giro.sock", ""]):
            for kind in (Client, AsyncClient):
                with self.assertRaisesRegex(ValueError, "names one at least"):
                    kind(empty)


class Events(unittest.TestCase):
    def feed(self, *seqs, code=None):
        """Answers each subscription so, tells what comes after it of these, and ends the connection."""

        def play(lines, _):
            request = json.loads(lines.readline())
            begin = request["params"]["from"]
            self.asked.append(begin)
            answer = {"result": {"from": begin, "head_seq": 9}}
            if code is not None:
                answer = {"error": {"code": -32001, "message": "no", "data": {"code": code}}}
            lines.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}).encode() + b"\n")
            for seq in seqs if code is None else ():
                event = {"jsonrpc": "2.0", "method": "event", "params": {**ENTRY, "seq": seq}}
                lines.write(json.dumps(event).encode() + b"\n")
            lines.write(b'{"half')

        return play

    def seen(self, *plays, until):
        for read in (self.read, self.read_async):
            self.asked = []
            nodes = [FakeDaemon(play) for play in plays]
            try:
                yield read([node.path for node in nodes], until)
            finally:
                for node in nodes:
                    node.__exit__()

    def read(self, paths, until):
        with Client(paths, timeout=2) as client:
            return [entry.seq for entry in client.events(4, until=until)]

    def read_async(self, paths, until):
        async def main():
            async with AsyncClient(paths, timeout=2) as client:
                return [entry.seq async for entry in client.events(4, until=until)]

        return asyncio.run(main())

    def test_a_broken_connection_goes_on_at_the_next_node_behind_the_last_event(self):
        for seqs in self.seen(self.feed(4, 5), self.feed(6, 7), self.feed(8, 9), until=9):
            self.assertEqual((seqs, self.asked), ([4, 5, 6, 7, 8, 9], [4, 6, 8]))

    def test_a_node_that_takes_no_subscription_is_passed_over(self):
        for seqs in self.seen(self.feed(code="busy"), self.feed(4, 5), until=5):
            self.assertEqual((seqs, self.asked), ([4, 5], [4, 4]))

    def test_a_gap_between_nodes_is_an_error_as_any_other(self):
        with self.assertRaisesRegex(NothingDecided, "seq 7 came, and 6 was next"):
            list(self.seen(self.feed(4, 5), self.feed(7), until=9))

    def test_servers_that_all_talk_rubbish_are_told_apart_from_broken_connections(self):
        def rubbish(lines, number):
            self.feed()(lines, number)
            lines.write(b"\n")

        with self.assertRaises(NothingDecided) as raised:
            list(self.seen(rubbish, rubbish, until=9))
        self.assertEqual(raised.exception.code, "not_the_protocol")

    def test_they_begin_where_the_client_talks(self):
        def one_answer(lines, _):
            request = json.loads(lines.readline())
            answer = {**PAID, "seq": 5, "key": "k"} if "key" in request["params"] else {"from": 6, "head_seq": 5}
            lines.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": answer}).encode() + b"\n")
            lines.flush()
            if "key" not in request["params"]:
                lines.readline()  # Until the end.

        with Node(always("busy")) as one, FakeDaemon(one_answer) as two:
            with Client([one.path, two.path], timeout=5, scales={"EUR": 2}) as client:
                pay(client)
                with client.events() as events:
                    self.assertIsNone(events.next(0.05))
                    self.assertEqual(events.next_seq, 6)
            self.assertEqual([method for method, _ in one.asked], ["payments.submit"])


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
