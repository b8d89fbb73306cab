#!/usr/bin/env python3
"""The core without I/O: a connection's lines and ids, and a call's attempts until its deadline.

Usage: core_test.py GIROD GIRO
"""

import json
import unittest

from support import eur, run

from giro import KeyConflict, NothingDecided, OutcomeUnknown, Rejected, changes
from giro._plan import Call, Exchange, Memory, Pause
from giro._questions import get_account, get_payment
from giro._run import plan_of
from giro._troubles import Failure
from giro._wire import Notice, Reply, Wire


def line(**fields):
    return json.dumps({"jsonrpc": "2.0", **fields}).encode() + b"\n"


class TheWire(unittest.TestCase):
    def setUp(self):
        self.wire = Wire(window=3)

    def put(self, count):
        return [self.wire.put("m", b"{}") for _ in range(count)]

    def test_lines_go_out_in_one_piece_and_as_many_as_the_window_has_room_for(self):
        self.put(5)
        self.assertEqual([json.loads(each)["id"] for each in self.wire.outgoing().splitlines()], [1, 2, 3])
        self.assertEqual(self.wire.outgoing(), b"")
        self.wire.incoming(line(id=2, result={}))
        self.assertEqual([json.loads(each)["id"] for each in self.wire.outgoing().splitlines()], [4])

    def test_answers_find_their_requests_in_whatever_order_and_pieces_they_come(self):
        self.put(3)
        self.wire.outgoing()
        data = line(id=3, result="c") + line(id=1, error={"message": "no"}) + line(id=2, result="b")
        found = [each for byte in data for each in self.wire.incoming(bytes([byte]))]
        self.assertEqual(found, [Reply(3, "c", None), Reply(1, None, {"message": "no"}), Reply(2, "b", None)])
        self.assertIsNone(self.wire.fault)

    def test_notifications_come_between_answers(self):
        self.put(1)
        self.wire.outgoing()
        found = self.wire.incoming(line(method="event", params={"seq": 1}) + line(id=1, result=None))
        self.assertEqual(found, [Notice("event", {"seq": 1}), Reply(1, None, None)])

    def test_what_isnt_the_protocol_is_a_fault_that_shows_it(self):
        for bad, why in (
            (b"HTTP/1.1 400 Bad Request\r\n", "isn't JSON"),
            (b"[]\n", "isn't an object"),
            (line(id=9, result={}), "answers 9, which isn't open"),
            (line(id="1", result={}), "answers '1', which isn't open"),
            (line(id=True, result={}), "answers True"),
            (line(result={}), "answers ''"),
            (line(id=1), "neither a result nor an error"),
            (line(id=1, result={}, error={}), "or both"),
            (line(id=1, error="no"), "its error isn't an object"),
            (line(id=None, error={"message": "who?"}), "an error of no request: who?"),
            (b"\xff\n", "isn't JSON"),
            (b"\n", "isn't JSON"),
        ):
            with self.subTest(bad):
                wire = Wire()
                wire.put("m", b"{}"), wire.put("m", b"{}")
                wire.outgoing()
                self.assertEqual(wire.incoming(bad), [])
                self.assertIn(why, wire.fault)

    def test_the_same_answer_twice_is_a_fault(self):
        self.put(2)
        self.wire.outgoing()
        self.assertEqual(len(self.wire.incoming(line(id=1, result=1) + line(id=1, result=2))), 1)
        self.assertIn("which isn't open", self.wire.fault)

    def test_an_error_without_an_id_belongs_to_the_only_open_request(self):
        self.put(1)
        self.wire.outgoing()
        self.assertEqual(
            self.wire.incoming(line(id=None, error={"message": "no"})), [Reply(1, None, {"message": "no"})]
        )

    def test_what_was_withdrawn_in_time_is_never_sent_and_late_answers_are_dropped(self):
        first, second, third = self.put(3)
        self.wire.withdraw(second)
        self.assertEqual([json.loads(each)["id"] for each in self.wire.outgoing().splitlines()], [first, third])
        self.assertFalse(self.wire.was_sent(second))
        self.assertTrue(self.wire.was_sent(first))
        self.wire.withdraw(first)
        self.assertEqual(
            self.wire.incoming(line(id=first, result=1) + line(id=third, result=1)), [Reply(third, 1, None)]
        )
        self.assertIsNone(self.wire.fault)

    def test_a_line_without_an_end_is_a_fault_before_it_fills_the_memory(self):
        self.put(1)
        self.wire.outgoing()
        for _ in range(70):
            self.wire.incoming(b"x" * 1024 * 1024)
        self.assertIn("a reply of more than", self.wire.fault)

    def test_the_end_says_whether_a_line_was_cut(self):
        self.assertEqual(self.wire.at_end(), "the connection closed")
        self.wire.incoming(b'{"jso')
        self.assertEqual(self.wire.at_end(), "the connection closed in the middle of a line")


STATUS = Reply(0, {"currencies": [{"currency": "EUR", "scale": 2}]}, None)
APPLIED = {"status": "applied", "seq": 7, "at": "2026-11-23T09:00:00.000000001Z", "key": "k", "replayed": False}
PAID = Reply(0, {**APPLIED, "from_balance": -1250, "to_balance": 1250}, None)
PAYMENT = changes.submit("a", "b", eur("12.50"), key="k")
LOST = Failure("connection_lost", "the connection closed", sent=True)
NEVER_SENT = Failure("connection_lost", "the connection closed")
NO_DAEMON = Failure("unreachable", "no daemon answers")


def refused(code, **data):
    return Reply(0, None, {"code": -32000, "message": f"it was {code}", "data": {"code": code, **data}})


class CallCase(unittest.TestCase):
    """A call whose attempts are answered by a list; time passes only in its pauses."""

    def setUp(self):
        self.now = 0.0
        self.sent = []
        self.pauses = []
        self.memory = Memory()

    def call(self, answers, request=PAYMENT, deadline=10.0):
        answers = iter(answers)
        plan = plan_of(Call(self.memory, deadline, lambda: self.now), request)
        answer = None
        try:
            while True:
                effect = plan.send(answer)
                if isinstance(effect, Pause):
                    self.pauses.append(effect.seconds)
                    self.now += effect.seconds
                    answer = None
                else:
                    self.assertIsInstance(effect, Exchange)
                    self.assertEqual(effect.deadline, deadline)
                    self.sent.append((effect.method, effect.params))
                    answer = next(answers)
        except StopIteration as end:
            return end.value


class Attempts(CallCase):
    def setUp(self):
        super().setUp()
        self.memory.scales["EUR"] = 2

    def test_what_passes_is_tried_again_with_the_same_bytes(self):
        troubles = [refused(code) for code in ("busy", "read_only", "shutting_down", "outcome_unknown")]
        outcome = self.call([*troubles, LOST, NEVER_SENT, NO_DAEMON, PAID])
        self.assertEqual((outcome.seq, outcome.to_balance), (7, eur("12.50")))
        self.assertEqual(len(self.sent), 8)
        self.assertEqual(len(set(self.sent)), 1)
        self.assertEqual(
            json.loads(self.sent[0][1]), {"key": "k", "from": "a", "to": "b", "amount": 1250, "currency": "EUR"}
        )

    def test_a_key_that_isnt_given_is_made_once_for_all_attempts(self):
        self.call([LOST, PAID], changes.submit("a", "b", eur("12.50")))
        self.assertEqual(len(set(self.sent)), 1)
        self.assertRegex(json.loads(self.sent[0][1])["key"], "^[0-9a-f-]{36}$")

    def test_pauses_grow_and_are_never_the_same(self):
        self.call([*[refused("busy")] * 9, PAID])
        self.assertLess(self.pauses[0], 0.021)
        self.assertGreater(self.pauses[-1], 0.5)
        self.assertLessEqual(max(self.pauses), 1.0)
        self.assertEqual(len(set(self.pauses)), 9)

    def test_after_the_deadline_it_tells_what_the_last_attempt_met(self):
        for code in ("busy", "read_only", "shutting_down"):
            with self.subTest(code), self.assertRaises(NothingDecided) as raised:
                self.now = 0.0
                self.call([refused(code)] * 1000)
            self.assertEqual((raised.exception.code, raised.exception.key, raised.exception.retry), (code, "k", True))
            self.assertLess(self.now, 10.0)

    def test_after_a_lost_attempt_no_refusal_says_that_nothing_was_decided(self):
        for code in ("busy", "unauthorized", "invalid_amount", "internal", "read_only"):
            with self.subTest(code), self.assertRaises(OutcomeUnknown) as raised:
                self.now = 0.0
                self.call([LOST, *[refused(code)] * 1000])
            self.assertEqual((raised.exception.code, raised.exception.key), (code, "k"))
            self.assertIn("ask by key", str(raised.exception))

    def test_neither_does_a_daemon_that_is_gone(self):
        with self.assertRaises(OutcomeUnknown):
            self.call([LOST, Failure("unreachable", "no such file", final=True)])
        with self.assertRaises(OutcomeUnknown):
            self.call([refused("outcome_unknown"), *[NO_DAEMON] * 1000])

    def test_a_dry_run_leaves_nothing_unknown(self):
        with self.assertRaises(NothingDecided):
            self.call([LOST] * 1000, changes.submit("a", "b", eur("1"), dry_run=True))

    def test_what_was_never_sent_decided_nothing(self):
        with self.assertRaises(NothingDecided) as raised:
            self.call([NEVER_SENT, *[NO_DAEMON] * 1000])
        self.assertEqual(raised.exception.code, "unreachable")

    def test_a_decision_settles_a_lost_attempt(self):
        self.assertEqual(self.call([LOST, PAID]).seq, 7)
        with self.assertRaises(Rejected):
            self.call([LOST, Reply(0, {**APPLIED, "status": "rejected", "code": "insufficient_funds"}, None)])
        # Had the lost one been decided, this one would have been answered with that.
        with self.assertRaises(KeyConflict) as raised:
            self.call([LOST, refused("key_conflict", field="amount", seq=3)])
        self.assertEqual((raised.exception.field, raised.exception.seq), ("amount", 3))

    def test_what_wont_pass_isnt_tried_again(self):
        for code in ("invalid_amount", "unauthorized", "unknown_method", "too_large", "internal"):
            with self.subTest(code), self.assertRaises(NothingDecided) as raised:
                self.call([refused(code, field="amount")])
            self.assertEqual((raised.exception.field, raised.exception.retry), ("amount", False))

    def test_a_question_never_leaves_anything_unknown(self):
        for failure in (
            LOST,
            Failure("timed_out", "", sent=True, final=True),
            Failure("not_the_protocol", "", sent=True, final=True),
        ):
            with self.subTest(failure.code), self.assertRaises(NothingDecided):
                self.now = 0.0
                self.call([failure] * 1000, get_payment("k"))

    def test_a_decision_that_cant_be_read_is_still_a_decision(self):
        for result in (
            None,
            {},
            {"status": "applied"},
            {**PAID.result, "from_balance": "x"},
            {**PAID.result, "seq": None},
            [],
        ):
            with self.subTest(result), self.assertRaises(OutcomeUnknown) as raised:
                self.call([Reply(0, result, None)])
            self.assertEqual((raised.exception.code, raised.exception.key), ("not_the_protocol", "k"))

    def test_an_answer_to_a_question_that_cant_be_read_says_so(self):
        for result in (None, [], {}, {"id": 5}):
            with self.subTest(result), self.assertRaisesRegex(NothingDecided, "isn't one of girod's"):
                self.call([Reply(0, result, None)], get_account("a"))

    def test_what_a_newer_daemon_adds_does_no_harm(self):
        outcome = self.call([Reply(0, {**PAID.result, "colour": "red", "more": [{}]}, None)])
        self.assertEqual(outcome.seq, 7)

    def test_a_request_over_16_mib_isnt_sent(self):
        with self.assertRaises(NothingDecided) as raised:
            self.call([], changes.submit("a", "b", eur("1"), description="x" * 16 * 1024 * 1024))
        self.assertEqual((raised.exception.code, self.sent), ("too_large", []))

    def test_text_that_isnt_unicode_isnt_sent(self):
        with self.assertRaisesRegex(ValueError, "can't be written as UTF-8; nothing was sent"):
            self.call([], changes.submit("a", "b", eur("1"), description="\ud800"))


class Currencies(CallCase):
    """What is asked before money is sent."""

    def methods(self):
        return [method for method, _ in self.sent]

    def test_a_scale_is_asked_once(self):
        self.call([STATUS, PAID])
        self.call([PAID])
        self.assertEqual(self.methods(), ["ledger.status", "payments.submit", "payments.submit"])

    def test_a_scale_that_the_caller_gave_isnt_asked(self):
        self.memory = Memory({"EUR": 2})
        self.call([PAID])
        self.assertEqual(self.methods(), ["payments.submit"])

    def test_another_daemon_may_have_other_scales(self):
        self.call([STATUS, PAID])
        self.memory.forget()
        self.call([Reply(0, {"currencies": [{"currency": "EUR", "scale": 3}]}, None), PAID])
        self.assertEqual(json.loads(self.sent[-1][1])["amount"], 12500)

    def test_a_currency_that_no_account_has_cant_be_sent(self):
        with self.assertRaises(NothingDecided) as raised:
            self.call([STATUS], changes.submit("a", "b", changes.Money("1", "PTS"), key="k"))
        self.assertEqual((raised.exception.code, raised.exception.key), ("scale_unknown", "k"))
        self.assertEqual(self.methods(), ["ledger.status"])

    def test_a_scale_that_no_currency_has_isnt_believed(self):
        for scale in (-1, 19, 10**9, "2", True, None):
            with self.subTest(scale), self.assertRaisesRegex(NothingDecided, "isn't one of girod's"):
                self.call([Reply(0, {"currencies": [{"currency": "EUR", "scale": scale}]}, None)])

    def test_an_amount_to_capture_must_be_in_the_holds_currency(self):
        hold = {"type": "hold", "currency": "JPY"}
        with self.assertRaisesRegex(ValueError, "20.00 EUR isn't in the currency of 'h', JPY; nothing was sent"):
            self.call([Reply(0, hold, None)], changes.capture("h", eur("20.00")))
        self.assertEqual(self.methods(), ["payments.get"])

    def test_an_amount_to_capture_of_nothing_isnt_sent(self):
        with self.assertRaises(NothingDecided) as raised:
            self.call([Reply(0, {"status": "unknown", "key": "h"}, None)], changes.capture("h", eur("20.00"), key="c"))
        self.assertEqual((raised.exception.code, raised.exception.field), ("hold_unknown", "hold"))

    def test_an_answer_needs_nothing_that_isnt_known_before_it_is_sent(self):
        captured = {
            **APPLIED,
            "status": "captured",
            "amount": 100,
            "hold_seq": 3,
            "left": 0,
            "from_balance": 0,
            "to_balance": 100,
        }
        hold = Reply(0, {"type": "hold", "currency": "EUR"}, None)
        outcome = self.call([hold, STATUS, Reply(0, captured, None)], changes.capture("h"))
        self.assertEqual((self.methods()[-1], outcome.amount), ("payments.capture", eur("1.00")))

    def test_a_member_knows_the_currency_of_what_an_earlier_one_makes(self):
        from giro._batches import submit_group

        group = submit_group([changes.hold("a", "b", eur("5"), key="h"), changes.capture("h", eur("5"), key="c")])
        held = {**APPLIED, "status": "held", "amount": 500, "from_balance": 0, "to_balance": 0}
        captured = {
            **APPLIED,
            "status": "captured",
            "amount": 500,
            "hold_seq": 3,
            "left": 0,
            "from_balance": 0,
            "to_balance": 0,
        }
        answer = {"status": "applied", "count": 2, "first_seq": 3, "last_seq": 4, "members": [held, captured]}
        outcome = self.call([STATUS, Reply(0, answer, None)], group)
        self.assertEqual(self.methods(), ["ledger.status", "payments.submit_group"])
        self.assertEqual(outcome.members[1].amount, eur("5.00"))


if __name__ == "__main__":
    run()
