#!/usr/bin/env python3
"""Every answer that docs/PROTOCOL.md shows is read; and of those answers with any part replaced by anything, none does
more than raise one of this client's errors: what a server that lies says can't be taken for something else.

Usage: answers_test.py GIROD GIRO
"""

import copy
import functools
import json
import os
import random
import unittest

from support import PACKAGE, eur, run

from giro import GiroError, Rejected, _batches, _questions, changes
from giro._feed import Feed, Listen
from giro._json import decode
from giro._plan import Call, Memory, Pause
from giro._run import plan_of
from giro._wire import Notice, Reply
from giro.entries import Entry

PROTOCOL = os.path.join(PACKAGE, "../../docs/PROTOCOL.md")
SEEDS = 4_000

# What this client asks, by method. Of two forms of one the answer decides.
ASKED = {
    "accounts.open": lambda params: changes.open_account(params["id"], "EUR"),
    "accounts.update": lambda _: changes.update_account("customers:ada", floor=None, key="k"),
    "accounts.close": lambda _: changes.close_account("shop:sales", key="k"),
    "accounts.reopen": lambda _: changes.reopen_account("shop:sales", key="k"),
    "accounts.get": lambda params: (
        _questions.get_account_effective("a", "2001-01-01") if "effective_at" in params else _questions.get_account("a")
    ),
    "accounts.statement": lambda _: _questions.statement_effective("a"),
    "payments.submit": lambda _: changes.submit("a", "b", eur("1"), key="k"),
    "payments.submit_many": lambda params: _batches.submit_many(
        [changes.submit("a", "b", eur("1"))] * len(params["payments"])
    ),
    "payments.submit_group": lambda params: _batches.submit_group(
        [MEMBERS[each["method"]] for each in params["members"]]
    ),
    "payments.hold": lambda _: changes.hold("a", "b", eur("1"), key="k"),
    "payments.capture": lambda _: changes.capture("h", key="k"),
    "payments.void": lambda _: changes.void("h", key="k"),
    "payments.reverse": lambda _: changes.reverse("o", key="k"),
    "payments.schedule": lambda _: changes.schedule("a", "b", eur("1"), "2099-01-01T00:00:00Z", key="k"),
    "payments.cancel": lambda _: changes.cancel("s", key="k"),
    "payments.get": lambda _: _questions.get_payment("k"),
    "payments.list": lambda _: _questions.list_payments(),
    "holds.list": lambda _: _questions.list_holds(),
    "schedules.list": lambda _: _questions.list_schedules(),
    "ledger.trial_balance": lambda _: _questions.trial_balance(),
    "ledger.totals": lambda _: _questions.totals(),
    "ledger.verify": lambda _: _questions.verify(),
    "ledger.close_books": lambda _: changes.close_books("2001-12-31", key="k"),
    "ledger.open_books": lambda _: changes.open_books(None, key="k"),
}
MEMBERS = {
    "accounts.open": changes.open_account("customers:bob", "EUR"),
    "payments.submit": changes.submit("a", "b", eur("1")),
    "payments.hold": changes.hold("a", "b", eur("1")),
    "payments.capture": changes.capture("h"),
}


@functools.cache
def examples():
    """(method, params, result) of each that the page answers with a result."""
    found = []
    asked = None
    with open(PROTOCOL, encoding="utf-8") as page:
        lines = page.readlines()
    for line in lines:
        if line.startswith("    -> "):
            asked = json.loads(line[7:])
        elif line.startswith("    <- ") and "result" in line:
            answer = decode(line[7:].encode())
            if "result" in answer and asked["method"] in ASKED and answer["result"].get("status") != "queued":
                found.append((asked["method"], asked.get("params", {}), answer["result"]))
    return found


def answered(request, result):
    """What a call makes of a result; what it asks before that is answered as a ledger would."""
    plan = plan_of(Call(Memory({"EUR": 2, "JPY": 0}), 10.0, lambda: 0.0), request)
    effect = plan.send(None)
    try:
        while True:
            if isinstance(effect, Pause):
                effect = plan.send(None)
            elif effect.method == request.method and b'"seq"' not in effect.params:
                effect = plan.send(Reply(0, result, None))
            elif effect.method == "ledger.status":
                effect = plan.send(Reply(0, {"currencies": []}, None))
            else:
                effect = plan.send(Reply(0, {"type": "hold", "currency": "EUR"}, None))
    except StopIteration as end:
        return end.value


JUNK = [
    None,
    True,
    False,
    0,
    -1,
    10**40,
    "",
    "x",
    "EUR",
    "\ud800",
    [],
    {},
    [[]],
    {"currency": "EUR"},
    {"legs": [1]},
    1.5,
    ["x"],
]


def damaged(json_value, chance):
    """A copy with one part replaced, removed or doubled."""
    whole = [copy.deepcopy(json_value)]
    places = []

    def walk(parent, name):
        places.append((parent, name))
        value = parent[name]
        for each in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            walk(value, each)

    walk(whole, 0)
    parent, name = chance.choice(places)
    how = chance.random()
    if how < 0.2 and parent is not whole:
        del parent[name]
    elif how < 0.3 and isinstance(parent, dict):
        parent[chance.choice(["currency", "from_currency", "scale", "legs", "code", "status", "leg"])] = chance.choice(
            JUNK
        )
    else:
        parent[name] = chance.choice(JUNK)
    return whole[0]


class Answers(unittest.TestCase):
    def test_each_of_the_protocols_examples_is_read(self):
        found = examples()
        self.assertGreater(len(found), 45, "the page lost its examples")
        for method, params, result in found:
            with self.subTest(method, result=result):
                try:
                    self.assertIsNotNone(repr(answered(ASKED[method](params), result)))
                except Rejected as error:
                    self.assertEqual(error.outcome.status, "rejected")
                    self.assertEqual(result["status"], "rejected")

    def test_no_damaged_answer_does_more_than_raise_one_of_the_errors(self):
        found = examples()
        for seed in range(SEEDS):
            chance = random.Random(seed)
            method, params, result = chance.choice(found)
            result = damaged(result, chance)
            with self.subTest(seed=seed, method=method, result=result):
                try:
                    answered(ASKED[method](params), result)
                except GiroError:
                    pass

    def test_nor_does_a_damaged_error(self):
        error = {"code": -32005, "message": "no", "data": {"code": "key_conflict", "field": "amount", "seq": 11}}
        for seed in range(SEEDS // 8):
            chance = random.Random(seed)
            damage = damaged(error, chance)
            if isinstance(damage, dict):
                with self.subTest(seed=seed, error=damage), self.assertRaises(GiroError):
                    plan = plan_of(Call(Memory({"EUR": 2}), 10.0, lambda: 0.0), changes.submit("a", "b", eur("1")))
                    plan.send(None)
                    plan.send(Reply(0, None, damage))

    def test_nor_does_a_damaged_event(self):
        entries = [result for method, _, result in examples() if method == "payments.get" and "type" in result]
        for seed in range(SEEDS // 4):
            chance = random.Random(seed)
            event = damaged(chance.choice(entries), chance)
            with self.subTest(seed=seed, event=event):
                plan = Feed(Memory({"EUR": 2}), 10.0, None, None, lambda: 0.0).plan()
                try:
                    effect = plan.send(None)
                    while not isinstance(effect, Entry):
                        if isinstance(effect, Listen):
                            effect = plan.send(Notice("event", event))
                        elif effect.method == "events.subscribe":
                            effect = plan.send(Reply(0, {"from": 1, "head_seq": 1}, None))
                        else:
                            effect = plan.send(Reply(0, {"currencies": []}, None))
                except GiroError:
                    pass


if __name__ == "__main__":
    run()
