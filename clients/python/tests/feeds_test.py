#!/usr/bin/env python3
"""A feed of several nodes, without any I/O: which one it follows, what it asks of it, and when it leaves it.

Usage: feeds_test.py GIROD GIRO
"""

import json
import unittest

from support import LOST, refused, run

from giro import NothingDecided
from giro._feed import Feed, Listen, Post
from giro._nodes import Nodes
from giro._plan import Exchange, Memory, Pause
from giro._troubles import Failure
from giro._wire import Notice, Reply
from giro.entries import Entry

QUIET = "nothing comes"


def event(seq):
    entry = {"type": "payment", "status": "applied", "at": "2026-11-23T09:00:00Z", "key": "k", "uid": 0}
    return Notice("event", {**entry, "seq": seq})


def subscribed(begin, head=9):
    return Reply(0, {"from": begin, "head_seq": head}, None)


def status(**more):
    return Reply(0, {"seq": 9, **more}, None)


class FeedCase(unittest.TestCase):
    """A feed whose effects are answered by a list, after which it is closed; time passes in pauses, and where nothing
    comes."""

    COUNT = 3

    def setUp(self):
        self.now = 0.0
        self.subscriptions = []  # (node, from)
        self.waits = []  # Where nothing came.
        self.posts = []  # (node, method)
        self.pauses = []

    def feed(self, answers, timeout=30.0):
        """The seqs that it gave."""
        answers = iter(answers)
        plan = Feed(Memory(), timeout, 4, None, lambda: self.now, Nodes(self.COUNT)).plan()
        seqs = []
        answer = None
        try:
            while True:
                effect = plan.send(answer)
                if isinstance(effect, Entry):
                    seqs.append(effect.seq)
                answer = None if isinstance(effect, Entry) else self.do(effect, answers)
        except StopIteration:
            self.assertIsNone(next(answers, None))
            return seqs

    def do(self, effect, answers):
        if isinstance(effect, Pause):
            self.pauses += [effect.seconds] if effect.seconds else []
            self.now += effect.seconds
            return None
        if isinstance(effect, Post):
            self.posts.append((effect.node, effect.method))
            return None
        if isinstance(effect, Exchange):
            self.assertEqual((effect.method, effect.anew), ("events.subscribe", True))
            self.subscriptions.append((effect.node, json.loads(effect.params)["from"]))
        answer = next(answers, Failure("closed", "the client was closed", final=True))
        if answer == QUIET:
            self.assertIsInstance(effect, Listen)
            self.waits.append(effect.until - self.now)
            self.now = effect.until
            return None
        return answer


class QuietFeeds(FeedCase):
    def test_a_node_that_brings_nothing_and_no_answer_is_left_for_the_next_one_behind_the_last_event(self):
        seqs = self.feed([subscribed(4), event(4), QUIET, QUIET, subscribed(5), event(5)])
        self.assertEqual((seqs, self.subscriptions), ([4, 5], [(0, 4), (1, 5)]))
        self.assertEqual((self.posts, self.waits, self.pauses), ([(0, "ledger.status")], [10.0, 10.0], []))

    def test_one_that_says_it_is_isolated_is_left_at_once(self):
        isolated = status(cluster={"state": "isolated"})
        seqs = self.feed([subscribed(4), event(4), QUIET, isolated, subscribed(5), event(5)])
        self.assertEqual((seqs, self.subscriptions, self.waits), ([4, 5], [(0, 4), (1, 5)], [10.0]))

    def test_any_other_answer_lets_it_listen_on_and_look_again_after_as_long(self):
        for answer in (
            status(cluster={"state": "serving"}),
            status(cluster={"state": "catching_up"}),
            status(cluster=None),
            status(),
            Reply(0, ["isolated"], None),
            refused("unauthorized"),
        ):
            with self.subTest(answer):
                self.setUp()
                seqs = self.feed([subscribed(4), QUIET, answer, QUIET, answer, event(4)])
                self.assertEqual((seqs, self.subscriptions), ([4], [(0, 4)]))
                self.assertEqual((self.posts, self.waits), ([(0, "ledger.status")] * 2, [10.0, 10.0]))

    def test_an_event_is_an_answer_too(self):
        seqs = self.feed([subscribed(4), QUIET, event(4), QUIET, status(), status(), event(5)])
        self.assertEqual((seqs, self.subscriptions, len(self.posts)), ([4, 5], [(0, 4)], 2))

    def test_where_all_are_isolated_it_goes_round_with_a_pause_after_each_pass(self):
        at_each = [subscribed(4), QUIET, status(cluster={"state": "isolated"})]
        self.assertEqual(self.feed([*at_each * 7, subscribed(4), event(4)]), [4])
        self.assertEqual([node for node, _ in self.subscriptions], [0, 1, 2, 0, 1, 2, 0, 1])
        self.assertEqual(len(self.pauses), 2)

    def test_one_whose_connection_is_lost_while_it_is_asked_is_left(self):
        seqs = self.feed([subscribed(4), QUIET, LOST, subscribed(4), event(4)])
        self.assertEqual((seqs, self.subscriptions), ([4], [(0, 4), (1, 4)]))


class TheFeedOfASingleNode(FeedCase):
    COUNT = 1

    def test_waits_for_however_long(self):
        plan = Feed(Memory(), 30.0, 4, None, lambda: 0.0).plan()
        plan.send(None)
        self.assertEqual(plan.send(subscribed(4)), Listen(0, None))

    def test_ends_at_once_where_the_ledger_ends_before_what_comes_next(self):
        with self.assertRaises(NothingDecided) as raised:
            self.feed([subscribed(4), event(4), LOST, subscribed(5, head=3)])
        error = raised.exception
        self.assertEqual((error.code, error.retry, len(self.subscriptions)), ("history_lost", False, 2))
        self.assertEqual(
            error.message,
            "the ledger ends at seq 3, and what was to come next is 5; decisions that were told before are missing "
            "from this ledger: it is another one, or an older copy; see whether a backup was restored, and what was "
            "sent since it, before reading on from an earlier seq",
        )

    def test_goes_on_where_nothing_was_decided_since(self):
        self.assertEqual(self.feed([subscribed(4), event(4), LOST, subscribed(5, head=4), event(5)]), [4, 5])

    def test_believes_no_subscription_that_doesnt_say_where_the_ledger_ends(self):
        for head in ({}, {"head_seq": None}, {"head_seq": "9"}, {"head_seq": True}):
            with self.subTest(head), self.assertRaises(NothingDecided) as raised:
                self.feed([Reply(0, {"from": 4, **head}, None)])
            self.assertEqual(raised.exception.code, "not_the_protocol")


class FeedsOfNodesThatAreBehind(FeedCase):
    def test_pass_over_them_until_one_has_got_so_far(self):
        seqs = self.feed([*[subscribed(4, head=2)] * 4, subscribed(4, head=3), event(4)])
        self.assertEqual((seqs, self.subscriptions), ([4], [(node, 4) for node in (0, 1, 2, 0, 1)]))
        self.assertEqual(len(self.pauses), 1)

    def test_end_where_all_are_so_for_the_clients_timeout(self):
        with self.assertRaises(NothingDecided) as raised:
            self.feed([subscribed(4, head=2)] * 10_000, timeout=6.0)
        self.assertEqual((raised.exception.code, raised.exception.retry), ("history_lost", False))
        self.assertTrue(6.0 <= self.now <= 7.0, self.now)

    def test_have_that_time_anew_after_each_that_wasnt(self):
        def answers():
            yield subscribed(4, head=3)
            for ends in (4.0, 8.0, 12.0):
                yield LOST
                while self.now < ends:
                    yield subscribed(4, head=2)
                yield subscribed(4, head=3)
            yield event(4)

        self.assertEqual(self.feed(answers(), timeout=6.0), [4])


if __name__ == "__main__":
    run()
