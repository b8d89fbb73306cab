#!/usr/bin/env python3
"""Both clients' feeds at nodes that bring nothing. Usage: quiet_nodes_test.py GIROD GIRO"""

import functools
import json
import threading
import time
import unittest.mock

from support import ENTRY, BothClients, FakeDaemon, run

from giro._feed import Feed

SERVING = {"result": {"seq": 9, "cluster": {"state": "serving"}}}
ISOLATED = {"result": {"seq": 9, "cluster": {"state": "isolated"}}}


def tells(*seqs):
    return [{"method": "event", "params": {**ENTRY, "seq": seq}} for seq in seqs]


class QuietNode(FakeDaemon):
    """Tells who subscribes one event; the rest of `node` is what it says, each time, to who asks how it is."""

    def __init__(self, node):
        self._seq, *self._statuses = node
        self.asked = []
        self.answered = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        super().__init__(self._serve_lines)

    def _serve_lines(self, lines, _):
        for line in lines:
            request = json.loads(line)
            self.asked.append(request["method"])
            self.may_answer.wait(10)
            for message in self._answer(request):
                about = {} if "method" in message else {"id": request["id"]}
                lines.write(json.dumps({"jsonrpc": "2.0", **about, **message}).encode() + b"\n")
            lines.flush()
            self.answered += 1

    def _answer(self, request):
        if request["method"] == "events.subscribe":
            return [{"result": {"from": request["params"]["from"], "head_seq": 9}}, *tells(self._seq)]
        return self._statuses.pop(0) if self._statuses else []


class QuietNodes(BothClients):
    NODE = QuietNode
    PATIENCE_S = 0.3

    def setUp(self):
        for where in ("giro.client.Feed", "giro.aio.Feed"):
            patched = unittest.mock.patch(where, functools.partial(Feed, patience=self.PATIENCE_S))
            patched.start()
            self.addCleanup(patched.stop)

    def feed(self, nodes, use):
        """`use(next_seq, nodes)`: of the event that comes within so many seconds."""

        def use_events(call, nodes):
            events = []

            def ask(client, seconds):
                if not events:
                    events.append(client.events(4))
                return events[0].next(seconds)

            def next_seq(seconds):
                entry = call(lambda client: ask(client, seconds))
                return entry and entry.seq

            use(next_seq, nodes)
            call(lambda _: events[0].close())

        self.through_both(nodes, use_events)

    def waits_until_it_is_asked(self, next_seq, node):
        """How long each one took."""
        took = []
        while "ledger.status" not in node.asked:
            begun = time.monotonic()
            next_seq(0.01)
            took.append(time.monotonic() - begun)
            self.assertLess(len(took), 500)
        return took

    def test_one_that_answers_nothing_or_that_it_is_isolated_is_left_for_the_next_one(self):
        def use(next_seq, nodes):
            self.assertEqual([next_seq(10), next_seq(10)], [4, 5])
            asked = [node.asked for node in nodes]
            self.assertEqual(asked, [["events.subscribe", "ledger.status"], ["events.subscribe"]])

        for statuses in ([], [[ISOLATED]]):
            self.feed([(4, *statuses), (5,)], use)

    def test_so_it_is_by_one_who_waits_for_a_moment_again_and_again(self):
        def use(next_seq, _):
            polled = filter(None, (next_seq(0.05) for _ in range(60)))
            self.assertEqual([next(polled, None), next(polled, None)], [4, 5])

        self.feed([(4,), (5,)], use)

    def test_a_wait_ends_when_it_is_over_also_while_a_node_is_asked(self):
        def use(next_seq, nodes):
            next_seq(10)
            self.assertLess(max(self.waits_until_it_is_asked(next_seq, nodes[0])), self.PATIENCE_S)

        self.feed([(4,), (5,)], use)

    def test_one_that_serves_is_listened_to_over_the_same_connection(self):
        def use(next_seq, nodes):
            self.assertEqual([next_seq(10), next_seq(10)], [4, 5])
            self.assertEqual((nodes[0].asked[1:], nodes[0].connections), (["ledger.status"] * 2, 1))

        self.feed([(4, [SERVING], [SERVING, *tells(5)]), (6,)], use)

    def test_what_it_answered_while_nobody_waited_counts(self):
        def use(next_seq, nodes):
            next_seq(10)
            nodes[0].may_answer.clear()
            self.waits_until_it_is_asked(next_seq, nodes[0])
            nodes[0].may_answer.set()
            while nodes[0].answered < 2:
                time.sleep(0.001)
            time.sleep(self.PATIENCE_S)
            self.assertEqual(next_seq(10), 5)
            self.assertEqual((nodes[0].asked[1:], nodes[0].connections), (["ledger.status"] * 2, 1))

        self.feed([(4, [SERVING], [SERVING, *tells(5)]), (6,)], use)


if __name__ == "__main__":
    run()
