#!/usr/bin/env python3
"""Clients of several sockets, and servers that play nodes of a cluster. Usage: cluster_test.py GIROD GIRO"""

import asyncio
import json
import os
import tempfile
import time
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor

from support import ENTRY, AsyncClient, BothClients, Client, FakeDaemon, eur, run

from giro import NothingDecided, OutcomeUnknown
from giro._socket import paths_of

PAID = {
    "status": "applied",
    "at": "2026-11-23T09:00:00.000000001Z",
    "replayed": False,
    "from_balance": 0,
    "to_balance": 0,
}
BUSY = {"error": {"code": -32001, "message": "it was busy", "data": {"code": "busy"}}}
NOT_ALLOWED = {"error": {"code": -32006, "message": "no", "data": {"code": "unauthorized"}}}
ANSWERS = {
    "payments.submit": {"result": {**PAID, "seq": 5, "key": "k"}},
    "events.subscribe": {"result": {"from": 6, "head_seq": 5}},
}


def say(lines, request, answer):
    lines.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}).encode() + b"\n")
    lines.flush()


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
            elif not answer.keys() & {"error", "result"}:
                answer = {"result": answer}
            say(lines, request, answer)


def pays(seq):
    return lambda request: {**PAID, "seq": seq, "key": request["params"].get("key")}


def always(answer):
    return lambda _: answer


def is_silent(_):
    time.sleep(3)


def pay(client):
    return client.payments.submit("a", "b", eur("1"), key="k")


class Nodes(BothClients):
    NODE = Node

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

    def test_a_node_that_went_while_the_client_talked_to_another_is_no_doubt(self):
        def one(lines, number):
            say(lines, json.loads(lines.readline()), BUSY if number == 0 else NOT_ALLOWED)

        for kind in ("sync", "asyncio"):
            answers = iter((ANSWERS["payments.submit"], BUSY))
            with self.subTest(kind), FakeDaemon(one) as gone, Node(lambda _: next(answers)) as two:

                def use(call, _):
                    call(pay)
                    gone.wait_for_end()
                    with self.assertRaises(NothingDecided) as raised:
                        call(pay)
                    self.assertEqual(raised.exception.code, "unauthorized")

                self.use(kind, [gone, two], use, {"timeout": 5, "scales": {"EUR": 2}})

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

    def test_the_environment_names_one_or_several(self):
        for named, paths in (
            ("/run/giro/giro.sock", ("/run/giro/giro.sock",)),
            ("/run/a:b/giro.sock", ("/run/a:b/giro.sock",)),
            ("var/giro.sock", ("var/giro.sock",)),
            ("/a.sock:/b.sock", ("/a.sock", "/b.sock")),
        ):
            with unittest.mock.patch.dict(os.environ, GIRO_SOCKET=named):
                self.assertEqual(paths_of(None), paths)


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
        asked = []

        def one_answer(answer):
            def play(lines, _):
                request = json.loads(lines.readline())
                asked.append((request["method"], answer is BUSY))
                say(lines, request, answer if answer is BUSY else ANSWERS[request["method"]])
                if request["method"] == "events.subscribe":
                    lines.readline()  # Until the end.

            return play

        with FakeDaemon(one_answer(BUSY)) as one, FakeDaemon(one_answer(None)) as two:
            with Client([one.path, two.path], timeout=5, scales={"EUR": 2}) as client:
                pay(client)
                with client.events() as events:
                    self.assertIsNone(events.next(0.05))
                    self.assertEqual(events.next_seq, 6)
        self.assertEqual(asked, [("payments.submit", True), ("payments.submit", False), ("events.subscribe", False)])

    def test_what_a_node_told_before_the_feed_left_it_isnt_told_again(self):
        def event(lines, seq, **more):
            notice = {"jsonrpc": "2.0", "method": "event", "params": {**ENTRY, "seq": seq, **more}}
            lines.write(json.dumps(notice).encode() + b"\n")
            lines.flush()

        def node(*events_of_each, status):
            told = []

            def play(lines, _):
                for line in lines:
                    request = json.loads(line)
                    if request["method"] == "ledger.status":
                        say(lines, request, status)
                        continue
                    say(lines, request, {"result": {"from": request["params"]["from"], "head_seq": 9}})
                    told.append(1)
                    events = events_of_each[(len(told) - 1) % len(events_of_each)]
                    for seq, more in events:
                        event(lines, seq, **more)
                    if len(events) == 1:
                        return

            return play

        # How many digits EUR has, the first one doesn't say.
        one = node([(4, {"amount": 5, "currency": "EUR"}), (5, {}), (6, {})], [(6, {}), (7, {})], status=BUSY)
        two = node([(5, {})], status={"result": {"currencies": [{"currency": "EUR", "scale": 2}]}})
        for seqs in self.seen(one, two, until=7):
            self.assertEqual(seqs, [4, 5, 6, 7])


if __name__ == "__main__":
    run()
