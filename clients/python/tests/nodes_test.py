#!/usr/bin/env python3
"""A client of several nodes, without any I/O: which one is asked, what it is asked, and when it is given up.

Usage: nodes_test.py GIROD GIRO
"""

import json
import unittest

from support import LOST, eur, refused, run

from giro import NothingDecided, OutcomeUnknown, Rejected, _batches, _questions, changes
from giro._nodes import Nodes
from giro._plan import Call, Memory, Pause
from giro._run import plan_of
from giro._troubles import Failure
from giro._wire import Reply

PAYMENT = changes.submit("a", "b", eur("12.50"), key="k")
APPLIED = {"status": "applied", "seq": 7, "at": "2026-11-23T09:00:00.000000001Z", "key": "k", "replayed": False}
PAID = Reply(0, {**APPLIED, "from_balance": -1250, "to_balance": 1250}, None)
NOT_FOUND = Reply(0, {"status": "unknown", "key": "k"}, None)
NO_SOCKET = Failure("unreachable", "no such file", final=True)
SILENT = "no answer"


class ThreeNodes(unittest.TestCase):
    """Calls whose attempts are answered by a list; time passes in pauses, and where a node is silent."""

    def setUp(self):
        self.nodes = Nodes(3)
        self.memory = Memory({"EUR": 2})
        self.now = 0.0
        self.asked = []  # (node, method, params)
        self.waits = []  # For a silent node.
        self.pauses = []

    def call(self, answers, request=PAYMENT, deadline=30.0):
        answers = iter(answers)
        plan = plan_of(Call(self.memory, deadline, lambda: self.now, self.nodes), request)
        answer = None
        try:
            while True:
                effect = plan.send(answer)
                if isinstance(effect, Pause):
                    self.pauses.append(effect.seconds)
                    self.now += effect.seconds
                    answer = None
                    continue
                self.asked.append((effect.node, effect.method, effect.params))
                answer = next(answers, None)
                self.assertIsNotNone(answer, "one attempt too many")
                if answer == SILENT:
                    self.waits.append(round(effect.deadline - self.now, 6))
                    self.now = effect.deadline
                    answer = Failure("timed_out", "no answer came in time", sent=True)
        except StopIteration as end:
            return end.value

    def asked_nodes(self):
        return [node for node, _, _ in self.asked]

    def last_params(self):
        return json.loads(self.asked[-1][2])


class Attempts(ThreeNodes):
    def test_what_a_node_doesnt_answer_is_asked_of_the_next_one_at_once_with_the_same_bytes(self):
        nonsense = Failure("not_the_protocol", "rubbish", sent=True, final=True)
        untrusted = Failure("untrusted", "another user's", final=True)
        codes = ("busy", "outcome_unknown", "read_only", "shutting_down")
        for trouble in (*[refused(code) for code in codes], LOST, NO_SOCKET, nonsense, untrusted):
            with self.subTest(trouble):
                self.setUp()
                self.assertEqual(self.call([trouble, trouble, PAID]).seq, 7)
                self.assertEqual(self.asked_nodes(), [0, 1, 2])
                self.assertEqual(len({params for _, _, params in self.asked}), 1)
                self.assertEqual(self.pauses, [])

    def test_only_a_whole_pass_is_followed_by_a_pause_which_grows(self):
        self.call([*[refused("busy")] * 7, PAID])
        self.assertEqual(self.asked_nodes(), [0, 1, 2, 0, 1, 2, 0, 1])
        self.assertEqual(len(self.pauses), 2)
        self.assertTrue(0 < self.pauses[0] <= 0.02 <= self.pauses[1] <= 0.04, self.pauses)

    def test_any_other_answer_decides_it(self):
        for code in ("invalid_amount", "unauthorized", "unknown_method", "key_conflict", "internal"):
            with self.subTest(code), self.assertRaises(NothingDecided) as raised:
                self.setUp()
                self.call([refused("busy"), refused(code)])
            self.assertEqual(raised.exception.code, code)
        with self.assertRaises(Rejected):
            self.call([LOST, Reply(0, {**APPLIED, "status": "rejected", "code": "insufficient_funds"}, None)])

    def test_no_socket_anywhere_is_told_after_one_pass(self):
        with self.assertRaises(NothingDecided) as raised:
            self.call([NO_SOCKET] * 3)
        self.assertEqual((raised.exception.code, self.now), ("unreachable", 0.0))

    def test_what_a_node_said_is_told_rather_than_that_another_one_isnt_there(self):
        with self.assertRaises(NothingDecided) as raised:
            self.call([refused("busy"), NO_SOCKET, NO_SOCKET] * 1000)
        self.assertEqual(raised.exception.code, "busy")
        self.setUp()
        with self.assertRaises(NothingDecided) as raised:
            self.call([SILENT, NO_SOCKET, NO_SOCKET] * 1000, _questions.get_payment("k"))
        self.assertEqual(raised.exception.code, "timed_out")
        self.setUp()
        with self.assertRaises(NothingDecided) as raised:
            self.call([refused("busy")] * 3 + [NO_SOCKET] * 3)
        self.assertEqual(raised.exception.code, "unreachable")

    def test_one_that_may_come_back_is_worth_waiting_for_the_others_too(self):
        outcome = self.call([NO_SOCKET, refused("busy"), NO_SOCKET, NO_SOCKET, PAID])
        self.assertEqual((outcome.seq, self.asked_nodes()), (7, [0, 1, 2, 0, 1]))

    def test_once_the_client_is_closed_no_other_node_is_asked(self):
        with self.assertRaises(NothingDecided):
            self.call([Failure("closed", "the client was closed", final=True)])

    def test_a_lost_attempt_stays_in_doubt_whatever_the_other_nodes_refuse(self):
        with self.assertRaises(OutcomeUnknown) as raised:
            self.call([LOST, *[refused("busy")] * 1000])
        self.assertEqual((raised.exception.code, raised.exception.key), ("busy", "k"))
        with self.assertRaises(OutcomeUnknown):
            self.setUp()
            self.call([refused("outcome_unknown"), refused("unauthorized")])

    def test_the_next_call_begins_where_the_last_one_was_answered(self):
        self.call([refused("busy"), PAID])
        self.call([PAID])
        self.call([LOST, PAID])
        self.assertEqual(self.asked_nodes(), [0, 1, 1, 1, 2])


class Silence(ThreeNodes):
    def test_no_node_may_take_the_time_of_those_after_it(self):
        with self.assertRaises(OutcomeUnknown) as raised:
            self.call([SILENT] * 3, deadline=6.0)
        self.assertEqual((self.waits, self.asked_nodes()), ([2.0] * 3, [0, 1, 2]))
        self.assertEqual(raised.exception.code, "timed_out")

    def test_what_one_left_those_after_it_have(self):
        self.call([refused("busy"), SILENT, PAID], deadline=6.0)
        self.assertEqual((self.waits, self.asked_nodes()), ([3.0], [0, 1, 2]))

    def test_nobody_is_waited_for_longer_than_a_node_waits_itself(self):
        self.call([SILENT, SILENT, SILENT, SILENT, PAID], deadline=3600.0)
        self.assertEqual(self.waits, [10.0] * 4)

    def test_an_audit_may_take_all_the_time_that_it_was_given(self):
        audit = {"ok": True, "entries": 0, "accounts": 0, "head_seq": 0, "head_digest": "", "problems": []}
        plan = plan_of(Call(self.memory, 3600.0, lambda: 0.0, self.nodes), _questions.verify())
        self.assertEqual(plan.send(None).deadline, 3600.0)
        with self.assertRaises(StopIteration):
            plan.send(Reply(0, audit, None))

    def test_a_single_node_has_all_the_time(self):
        self.nodes = Nodes(1)
        with self.assertRaises(OutcomeUnknown):
            self.call([SILENT], deadline=3600.0)
        self.assertEqual(self.waits, [3600.0])


PAGES = ("accounts", "payments", "holds", "schedules")
AT = "2001-01-01"
QUESTIONS = {
    "accounts.get": [
        lambda **more: _questions.get_account("a", **more),
        lambda **more: _questions.get_account_at("a", 3, **more),
        lambda **more: _questions.get_account_effective("a", AT, **more),
    ],
    "accounts.list": [_questions.list_accounts, lambda **more: _questions.list_accounts_at(3, **more)],
    "accounts.statement": [
        lambda make=make, **more: make("a", **more)
        for make in (
            _questions.statement,
            _questions.statement_lines,
            _questions.statement_effective,
            _questions.statement_effective_lines,
        )
    ],
    "payments.get": [lambda **more: _questions.get_payment("k", **more)],
    "payments.list": [_questions.list_payments],
    "holds.list": [_questions.list_holds],
    "schedules.list": [_questions.list_schedules],
    "ledger.trial_balance": [_questions.trial_balance],
    "ledger.totals": [_questions.totals, _questions.totals_rows],
}


class OwnWrites(ThreeNodes):
    def ask(self, request):
        """Its params."""
        with self.assertRaises(NothingDecided):
            self.call([refused("internal")], request)
        return self.last_params()

    def test_each_question_says_up_to_where_the_node_must_know_the_ledger(self):
        self.call([PAID])
        for method, makers in QUESTIONS.items():
            for make in makers:
                with self.subTest(method):
                    self.assertEqual(self.ask(make())["min_seq"], 7)
                    self.assertEqual(self.asked[-1][1], method)

    def test_the_figures_of_a_node_are_its_own(self):
        self.call([PAID])
        for make in (_questions.status, _questions.info, _questions.verify, _questions.discover):
            self.assertEqual(self.ask(make()), {})

    def test_what_the_caller_says_is_what_is_asked_and_0_is_nothing(self):
        self.call([PAID])
        for makers in QUESTIONS.values():
            for make in makers:
                self.assertEqual(self.ask(make(min_seq=5))["min_seq"], 5)
                self.assertNotIn("min_seq", self.ask(make(min_seq=0)))

    def test_before_anything_was_decided_there_is_nothing_to_wait_for(self):
        self.assertNotIn("min_seq", self.ask(_questions.get_payment("k")))

    def test_a_single_node_is_asked_without_unless_the_caller_says_so(self):
        self.nodes = Nodes(1)
        self.call([PAID])
        self.assertEqual(self.nodes.last_seq, 7)
        self.assertNotIn("min_seq", self.ask(_questions.get_payment("k")))
        self.assertEqual(self.ask(_questions.get_payment("k", min_seq=3))["min_seq"], 3)

    def test_it_can_be_switched_off_for_a_client(self):
        self.nodes = Nodes(3, read_own_writes=False)
        self.call([PAID])
        self.assertNotIn("min_seq", self.ask(_questions.get_payment("k")))

    def test_of_decisions_all_kinds_count_and_the_highest_stays(self):
        rejected = {**APPLIED, "status": "rejected", "code": "insufficient_funds", "seq": 9}
        with self.assertRaises(Rejected):
            self.call([Reply(0, rejected, None)])
        self.assertEqual(self.nodes.last_seq, 9)
        self.call([PAID])
        self.assertEqual(self.nodes.last_seq, 9)
        with self.assertRaises(NothingDecided):
            self.call([refused("key_conflict", field="amount", seq=11)])
        self.assertEqual(self.nodes.last_seq, 11)

    def test_so_do_batches(self):
        many = {"status": "decided", "count": 2, "applied": 2, "rejected": 0, "replayed": 0, "errors": 0}
        many = {**many, "first_seq": 12, "last_seq": 13, "not_applied": []}
        self.call([Reply(0, many, None)], _batches.submit_many([PAYMENT, PAYMENT]))
        self.assertEqual(self.nodes.last_seq, 13)
        group = {"status": "applied", "count": 1, "first_seq": 14, "last_seq": 14, "replayed": False}
        group = {**group, "members": [{**PAID.result, "seq": 14}]}
        self.call([Reply(0, group, None)], _batches.submit_group([PAYMENT]))
        self.assertEqual(self.nodes.last_seq, 14)

    def test_of_many_that_were_all_decided_before_what_is_told_counts(self):
        rejected = {"index": 0, "key": "k", "status": "rejected", "code": "insufficient_funds", "seq": 20}
        many = {"status": "decided", "count": 1, "applied": 0, "rejected": 0, "replayed": 1, "errors": 0}
        many = {**many, "first_seq": None, "last_seq": None, "not_applied": [{**rejected, "replayed": True}]}
        self.call([Reply(0, many, None)], _batches.submit_many([PAYMENT]))
        self.assertEqual(self.nodes.last_seq, 20)

    def test_a_dry_run_leaves_nothing_to_be_seen(self):
        rehearsed = {"status": "applied", "key": "k", "dry_run": True, "from_balance": 0, "to_balance": 0}
        self.call([Reply(0, rehearsed, None)], changes.submit("a", "b", eur("1"), key="k", dry_run=True))
        self.assertEqual(self.nodes.last_seq, 0)

    def test_a_node_that_isnt_so_far_is_busy_and_the_next_one_is_asked_the_same(self):
        self.call([PAID])
        self.assertIsNone(self.call([refused("busy"), NOT_FOUND], _questions.get_payment("k")))
        self.assertEqual(self.asked_nodes(), [0, 0, 1])
        self.assertEqual(self.asked[1][2], self.asked[2][2])

    def test_what_a_capture_looks_up_is_looked_up_where_its_hold_is_known(self):
        self.call([PAID])
        with self.assertRaises(NothingDecided):
            self.call([Reply(0, {"status": "unknown", "key": "h"}, None)], changes.capture("h", eur("1"), key="c"))
        self.assertEqual(self.last_params(), {"key": "h", "min_seq": 7})

    def test_what_is_asked_to_read_an_old_answer_waits_for_nothing_either(self):
        self.call([PAID])
        back = {"type": "reversal", "status": "reversed", "seq": 5, "at": "2026-11-23T09:00:00Z", "key": "b", "uid": 0}
        back = Reply(0, {**back, "original_seq": 4, "reversed": 100}, None)
        original = Reply(0, {"type": "payment", "currency": "EUR"}, None)
        self.call([back, original], _questions.get_payment("b", min_seq=0))
        self.assertEqual(self.last_params(), {"seq": 4})

    def test_a_currency_that_a_node_doesnt_know_yet_is_asked_of_the_next_one(self):
        self.call([PAID])
        payment = changes.submit("a", "b", changes.Money("1", "PTS"), key="k")
        behind = Reply(0, {"seq": 6, "currencies": [{"currency": "EUR", "scale": 2}]}, None)
        knows = Reply(0, {"seq": 7, "currencies": [{"currency": "PTS", "scale": 0}]}, None)
        self.call([behind, knows, PAID], payment)
        self.assertEqual(self.asked_nodes(), [0, 0, 1, 1])
        self.setUp()
        with self.assertRaises(NothingDecided) as raised:
            self.call([behind], payment)
        self.assertEqual(raised.exception.code, "scale_unknown")


class Entries(ThreeNodes):
    def test_say_at_which_node_they_were_asked(self):
        entry = {"type": "payment", "status": "applied", "seq": 7, "at": "2026-11-23T09:00:00Z", "key": "k", "uid": 0}
        for more, node in (({"node": "two"}, "two"), ({}, None)):
            self.assertEqual(self.call([Reply(0, {**entry, **more}, None)], _questions.get_payment("k")).node, node)


class Age(ThreeNodes):
    def test_an_answer_says_how_far_its_node_may_be_behind(self):
        entry = {"type": "payment", "status": "applied", "seq": 7, "at": "2026-11-23T09:00:00Z", "key": "k", "uid": 0}
        for age in (12, 0, None):
            answer = Reply(0, {**entry, "age_ms": age}, None)
            self.assertEqual(self.call([answer], _questions.get_payment("k")).age_ms, age)
            page = Reply(0, {"payments": [entry], "next": None, "age_ms": age}, None)
            found = self.call([page], _questions.list_payments())
            self.assertEqual((found.age_ms, found.items[0].age_ms), (age, None))
            balance = {"as_of_seq": 7, "balanced": True, "currencies": [], "age_ms": age}
            self.assertEqual(self.call([Reply(0, balance, None)], _questions.trial_balance()).age_ms, age)
            totals = Reply(0, {"as_of_seq": 7, "prefix": "", "rows": [], "next": None, "age_ms": age}, None)
            self.assertEqual(self.call([totals], _questions.totals()).age_ms, age)
            self.assertEqual(self.call([totals], _questions.totals_rows()).age_ms, age)

    def test_where_there_is_no_cluster_there_is_none(self):
        page = Reply(0, {"payments": [], "next": None}, None)
        self.assertIsNone(self.call([page], _questions.list_payments()).age_ms)

    def test_one_that_is_no_number_isnt_believed(self):
        for age in ("12", True, 1.5, []):
            with self.subTest(age), self.assertRaisesRegex(NothingDecided, "isn't one of girod's"):
                self.call([Reply(0, {"payments": [], "next": None, "age_ms": age}, None)], _questions.list_payments())


if __name__ == "__main__":
    run()
