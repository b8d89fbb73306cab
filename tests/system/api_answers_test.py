#!/usr/bin/env python3
"""What the daemon answers is what its document says, whatever is asked: every method, every type of entry, and every field
that the document has.

Usage: api_answers_test.py GIROD GIRO
"""

import sys
import time
import unittest

try:
    from api_case import ApiCase, Lines, page_examples
except ModuleNotFoundError as missing:
    print(f"skipped: {missing.name}, of Debian's package python3-jsonschema, isn't here")
    sys.exit(77)

ONE_LEG = {"from": "world", "to": "acct:a", "amount": 500, "currency": "EUR"}
FAR = "2099-01-31T09:00:00Z"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
# What only a damaged ledger, thousands of entries or a race show.
NEVER_SHOWN_HERE = {
    ("PaymentEntry", "life_more"),
    ("HoldEntry", "life_more"),
    ("CaptureEntry", "life_more"),
    ("VoidEntry", "life_more"),
    ("ExpiryEntry", "life_more"),
    ("ReversalEntry", "life_more"),
    ("ScheduleEntry", "life_more"),
    ("CancelEntry", "life_more"),
    ("ScheduledPaymentEntry", "life_more"),
    ("Problem", "seq"),
    ("Problem", "part"),
    ("Problem", "what"),
    # A cluster takes an etcd: cluster_commands_test.py holds its answers against it, `age_ms` and `node` too.
    ("Status", "cluster"),
}


class ApiAnswers(ApiCase):
    def expect(self, status, method, **params):
        """The answer, whose status or code is this."""
        answer = self.call(method, **params)
        self.assertIn(status, (answer.get("status"), answer.get("code")), (method, params, answer))
        return answer

    def pay(self, key, status="applied", **more):
        return self.expect(status, "payments.submit", key=key, **{**ONE_LEG, **more})

    def hold(self, key, status="held", **more):
        return self.expect(status, "payments.hold", key=key, **{**ONE_LEG, "from": "acct:a", "to": "acct:b", **more})

    def test_all_answers_are_described_and_all_that_is_described_is_answered(self):
        for _, request, answers in page_examples():
            for answer in answers:
                self.told(request["method"], answer)
        for part in (
            self.open_accounts,
            self.make_payments,
            self.make_holds,
            self.reverse,
            self.schedule,
            self.close_books,
            self.decide_groups,
            self.change_accounts,
            self.cross_lines,
            self.be_told_later,
            self.be_refused,
            self.ask,
            self.follow_the_events,
        ):
            with self.subTest(part=part.__name__):
                part()
        of_clusters = lambda object, field: object in ("Cluster", "ClusterNode") or field in ("age_ms", "node")
        never_shown = {field for field in self.never_shown() if not of_clusters(*field)}
        self.assertEqual(never_shown, NEVER_SHOWN_HERE)

    def never_shown(self):
        """The fields of answers that no answer had."""
        fields, waiting, reached = set(), [], set()
        waiting += [method["result"]["schema"] for method in self.api.methods.values()]
        waiting += self.api.notifications.values()
        while waiting:
            schema = waiting.pop()
            if isinstance(schema, list):
                waiting += schema
            elif isinstance(schema, dict):
                reference = schema.get("$ref")
                if reference and reference not in reached:
                    reached.add(reference)
                    target = self.api.at(reference)
                    waiting.append(target)
                    fields.update((reference.split("/")[-1], field) for field in target.get("properties", {}))
                waiting += [value for name, value in schema.items() if name != "$ref"]
        return fields - self.api.seen

    def open_accounts(self):
        self.expect("applied", "accounts.open", id="points", currency="PTS", scale=0, floor=None, metadata={"n": 1.5})
        self.expect("applied", "accounts.open", id="loyal", currency="PTS", scale=0, ceiling=1_000)
        self.expect("account_exists_with_different_ceiling", "accounts.open", id="loyal", currency="PTS", scale=0)
        self.expect("currency_mismatch", "accounts.open", id="other", currency="PTS", scale=3)

    def make_payments(self):
        options = {
            "code": 7,
            "reference": "ref",
            "description": "text",
            "metadata": {"a": [1, "x"]},
            "effective_date": "2001-02-03",
            "deadline": FAR,
            "traceparent": TRACE,
        }
        self.pay("p-1", amount=100_000, **options, if_version=0)
        self.pay("p-2", **{"from": "acct:a", "to": "acct:b"}, amount=300_000, up_to=True, if_available_gte=1)
        self.pay("p-2b", amount=100_000)
        self.pay("p-3", "rejected", deadline="2001-01-01T00:00:00Z")
        self.pay("p-4", "account_unknown", to="nobody")
        self.pay("p-5", "currency_mismatch", to="loyal")
        self.pay("p-6", "precondition_version", if_version=999)
        self.pay("p-7", dry_run=True)
        self.pay("p-7b", "insufficient_funds", **{"from": "acct:poor"}, dry_run=True)
        self.pay("p-8", "insufficient_funds", **{"from": "acct:poor"}, up_to=True)
        points = {"from": "points", "to": "loyal", "amount": 10, "currency": "PTS"}
        legs = [ONE_LEG, points]
        self.expect("applied", "payments.submit", key="p-9", legs=legs, **options)
        self.expect("leg_failed", "payments.submit", key="p-10", legs=[ONE_LEG, {**points, "amount": 5_000}])
        self.expect("leg_failed", "payments.submit", key="p-11", legs=[ONE_LEG, {**points, "to": "nobody"}])
        many = [
            {"key": "m-1", **ONE_LEG},
            {"key": "m-2", **ONE_LEG, "from": "acct:poor"},
            {"key": "m-3", "legs": [ONE_LEG, {**points, "to": "nobody"}]},
            {"key": "p-1", **ONE_LEG},
            {"method": "payments.hold", "params": {"key": "m-5", **ONE_LEG}},
        ]
        self.expect("decided", "payments.submit_many", payments=many)

    def make_holds(self):
        self.hold("h-0", if_version=self.version("acct:a"), amount=10)
        self.hold("h-1", timeout="24h", code=3, reference="r", description="d", metadata={"m": 1})
        self.hold("h-2", expires_at=FAR, up_to=True, amount=9_000_000, dry_run=True)
        more = {"effective_date": "2099-01-01", "deadline": FAR, "traceparent": TRACE}
        self.hold("h-3", amount=400, up_to=True, if_available_gte=5, **more)
        self.hold("h-4", "currency_mismatch", currency="USD")
        self.hold("h-5", "account_unknown", to="nobody")
        self.expect("captured", "payments.capture", key="c-1", hold="h-1", amount=200)
        self.expect("captured", "payments.capture", key="c-1d", hold="h-1", amount=100, dry_run=True)
        self.expect("captured", "payments.capture", key="c-2", hold="h-1", amount=100, final=True)
        self.expect("hold_captured", "payments.capture", key="c-3", hold="h-1")
        self.expect("hold_unknown", "payments.capture", key="c-4", hold=999_999)
        self.expect("voided", "payments.void", key="v-0", hold="h-3", dry_run=True)
        self.expect("voided", "payments.void", key="v-1", hold="h-3")
        self.expect("not_a_hold", "payments.void", key="v-2", hold="p-1")
        self.hold("h-6", timeout="1s", amount=300)
        deadline = time.monotonic() + 20
        while self.call("payments.get", key="h-6")["status"] != "expired":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def reverse(self):
        self.expect("reversed", "payments.reverse", key="r-1", original="c-1", amount=50, code=1, reference="r")
        more = {"description": "d", "metadata": {"m": 1}, "effective_date": "2001-02-04"}
        more |= {"deadline": FAR, "traceparent": TRACE}
        self.expect("reversed", "payments.reverse", key="r-2", original="p-1", amount=1, dry_run=True)
        self.expect("reversed", "payments.reverse", key="r-3", original="p-9", **more)
        self.expect("reversal_exceeds_original", "payments.reverse", key="r-4", original="p-9")
        self.expect("original_unknown", "payments.reverse", key="r-5", original="never")
        self.expect("not_reversible", "payments.reverse", key="r-6", original="r-1")

    def schedule(self):
        soon = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))}
        options = {"code": 7, "reference": "ref", "description": "text", "metadata": {"a": 1}}
        options |= {"deadline": FAR, "traceparent": TRACE}
        options["effective_date"] = "2099-02-03"
        points = {"from": "points", "to": "loyal", "amount": 10, "currency": "PTS"}
        plan = self.expect
        plan("scheduled", "payments.schedule", key="s-1", **soon, **ONE_LEG, **options, if_version=999)
        plan("scheduled", "payments.schedule", key="s-2", **soon, legs=[ONE_LEG, points])
        plan("scheduled", "payments.schedule", key="s-3", **soon, legs=[ONE_LEG, {**points, "to": "nobody"}])
        plan("scheduled", "payments.schedule", key="s-4", **soon, **{**ONE_LEG, "from": "acct:b"}, up_to=True)
        plan("scheduled", "payments.schedule", key="s-4b", **soon, **{**ONE_LEG, "to": "loyal"})
        plan("scheduled", "payments.schedule", key="s-4c", **soon, **ONE_LEG, if_available_gte=-5)
        plan("scheduled", "payments.schedule", key="s-5", at=FAR, every="P1M", until="2100-01-01T00:00:00Z", **ONE_LEG)
        plan("scheduled", "payments.schedule", key="s-6", at=FAR, every="P1D", count=3, **ONE_LEG, up_to=True)
        plan("scheduled", "payments.schedule", key="s-7", at=FAR, **ONE_LEG, if_available_gte=1, dry_run=True)
        plan("cancelled", "payments.cancel", key="x-0", schedule="s-6", dry_run=True)
        plan("cancelled", "payments.cancel", key="x-1", schedule="s-6")
        plan("schedule_unknown", "payments.cancel", key="x-2", schedule=999_999)
        plan("applied", "accounts.update", key="lines", id="acct:a", alerts={"above": 1})
        deadline = time.monotonic() + 20
        while len(self.call("payments.list", type="scheduled_payment")["payments"]) < 3:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def close_books(self):
        self.expect("applied", "ledger.close_books", key="b-1", until="2000-12-31")
        self.expect("books_closed", "ledger.close_books", key="b-2", until="2000-12-31")
        self.expect("applied", "ledger.open_books", key="b-3", until=None, dry_run=True)
        self.expect("applied", "ledger.open_books", key="b-4", until="2000-06-30")
        self.expect("books_not_closed", "ledger.open_books", key="b-5", until="2000-12-31")

    def decide_groups(self):
        def member(method, **params):
            return {"method": method, "params": params}

        good = [
            member("accounts.open", id="group:a", currency="EUR"),
            member("payments.submit", key="g-1", **{**ONE_LEG, "to": "group:a"}),
            member("payments.hold", key="g-2", **{**ONE_LEG, "from": "group:a", "to": "acct:b"}),
            member("payments.capture", key="g-3", hold="g-2", amount=100),
            member("payments.void", key="g-4", hold="g-2"),
            member("payments.reverse", key="g-5", original="g-3"),
            member("payments.schedule", key="g-6", at=FAR, **ONE_LEG),
            member("payments.cancel", key="g-7", schedule="g-6"),
            member("accounts.update", key="g-8", id="group:a", frozen="all"),
            member("accounts.update", key="g-9", id="group:a", frozen="none"),
            member("ledger.close_books", key="g-10", until="2000-08-30"),
        ]
        self.expect("applied", "payments.submit_group", members=good, dry_run=True)
        self.expect("applied", "payments.submit_group", members=good)
        bad = [
            member("accounts.open", id="group:b", currency="EUR"),
            member("accounts.update", key="g-10b", id="group:b", frozen="all"),
            member("accounts.close", key="g-11", id="group:b"),
            member("accounts.reopen", key="g-12", id="group:b"),
            member("ledger.open_books", key="g-13", until=None),
            member("ledger.close_books", key="g-13b", until="2000-07-30"),
            member("payments.hold", key="g-14", **ONE_LEG),
            member("payments.capture", key="g-15", hold="g-14", amount=100),
            member("payments.void", key="g-16", hold="g-14"),
            member("payments.reverse", key="g-17", original="g-1"),
            member("payments.schedule", key="g-18", at=FAR, **ONE_LEG),
            member("payments.cancel", key="g-19", schedule="g-18"),
            member("payments.submit", key="g-20", legs=[ONE_LEG, ONE_LEG]),
            member("payments.submit", key="g-21", **{**ONE_LEG, "from": "acct:poor"}),
        ]
        self.expect("rejected", "payments.submit_group", members=bad)
        self.expect("decided", "payments.submit_many", payments=[bad[-2]])

    def change_accounts(self):
        self.expect("applied", "accounts.update", key="u-1", id="acct:a", floor=-100, ceiling=10_000_000, if_version=self.version("acct:a"))
        self.expect("applied", "accounts.update", key="u-3", id="acct:a", alerts={"below": 100_000, "above": 1_000_000})
        self.expect("applied", "accounts.update", key="u-4", id="acct:b", alerts={"above": 100_001, "below": 4})
        self.pay("u-7", amount=1_000_000)
        self.expect("reversed", "payments.reverse", key="u-8", original="u-7")
        limits = [{"window": "1h", "amount": 2_000}, {"window": "7d", "count": 5}]
        self.expect("applied", "accounts.update", key="u-2", id="acct:a", limits=limits, metadata={"x": 1})
        self.pay("u-5", **{"from": "acct:a", "to": "acct:b"}, amount=1_500)
        self.pay("u-6", "velocity_exceeded", **{"from": "acct:a", "to": "acct:b"}, amount=1_500)
        self.hold("u-9", amount=400)
        self.expect("captured", "payments.capture", key="u-10", hold="u-9")
        legs = [{**ONE_LEG, "amount": 2_000_000}, ONE_LEG]
        self.expect("applied", "payments.submit", key="u-11", legs=legs)
        self.expect("leg_failed", "payments.reverse", key="u-12", original="u-11")
        self.expect("applied", "accounts.update", key="u-12a", id="acct:a", limits=[])
        self.expect("reversed", "payments.reverse", key="u-12b", original="u-11")
        self.expect("applied", "accounts.update", key="u-13", id="acct:a", limits=None, alerts=None, dry_run=True)
        self.expect("account_not_empty", "accounts.close", key="u-14", id="acct:a")
        self.expect("account_unknown", "accounts.update", key="u-15", id="nobody", frozen="all")
        self.expect("applied", "accounts.close", key="u-16", id="acct:poor", if_version=self.version("acct:poor"))
        self.expect("account_unknown", "accounts.close", key="u-16b", id="nobody")
        self.expect("account_unknown", "accounts.reopen", key="u-16c", id="nobody")
        self.expect("account_not_closed", "accounts.reopen", key="u-17", id="acct:a")
        self.expect("applied", "accounts.reopen", key="u-18", id="acct:poor", if_version=self.version("acct:poor"))

    def cross_lines(self):
        """Each way from one side of two accounts' lines to the other."""
        for account in ("line:a", "line:b"):
            self.expect("applied", "accounts.open", id=account, currency="EUR")
            self.expect("applied", "accounts.update", key=account, id=account, alerts={"below": 1_000, "above": 1_000})
        self.pay("y-0", to="line:a", amount=1_500)
        self.pay("y-0b", to="line:b", amount=500)
        across = {"from": "line:a", "to": "line:b", "amount": 600}
        self.assertEqual(self.pay("y-1", **across)["to_crossed"], ["above"])
        self.expect("reversed", "payments.reverse", key="y-2", original="y-1")
        self.hold("y-3", **across)
        self.expect("captured", "payments.capture", key="y-4", hold="y-3")
        self.expect("reversed", "payments.reverse", key="y-5", original="y-4")
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        self.expect("scheduled", "payments.schedule", key="y-6", at=soon, **{**ONE_LEG, **across})
        deadline = time.monotonic() + 20
        while not (paid := self.call("payments.list", account="line:a", type="scheduled_payment")["payments"]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.expect("reversed", "payments.reverse", key="y-7", original=paid[0]["seq"])

    def version(self, account):
        return self.call("accounts.get", id=account)["version"]

    def be_told_later(self):
        """By notifications: `call` must not take them for answers."""
        later = Lines(self.socket)
        try:
            many = {"payments": [{"key": "l-9", **ONE_LEG}]}
            sent = [("payments.submit", {"key": key, **ONE_LEG}) for key in ("l-1", "p-1")]
            sent += [("payments.void", {"key": "l-2", "hold": "h-1"}), ("payments.submit_many", many)]
            for method, params in sent:
                request = {"method": method, "params": {**params, "ack": "received"}}
                self.assertEqual(self.api.problems_of_request(request), [])
                answer = self.told(method, later.ask([request])[0])
                self.assertEqual(answer["result"]["status"], "queued")
                self.told(method, later.read())
        finally:
            later.close()

    def be_refused(self):
        requests = [
            ("payments.submit", {"key": "p-1", **ONE_LEG}, "key_conflict"),
            ("payments.submit", {"key": " ", **ONE_LEG}, "invalid_key"),
            ("payments.submit", {"key": "e-1", **ONE_LEG, "to": "world"}, "same_account"),
            ("payments.submit_group", {"members": [{"method": "payments.get", "params": {}}]}, "invalid_method"),
            ("accounts.get", {"id": "nobody"}, "account_unknown"),
            ("accounts.statement", {"id": "nobody"}, "account_unknown"),
            ("payments.list", {"account": "nobody"}, "account_unknown"),
            ("holds.list", {"account": "nobody"}, "account_unknown"),
            ("payments.list", {"amount_gte": 2, "amount_lte": 1}, "invalid_amount_gte"),
            ("rpc.discover", {"x": 1}, "unknown_field"),
        ]
        for method, params, code in requests:
            answer = self.told(method, self.lines.ask([{"method": method, "params": params}])[0])
            self.assertEqual(answer["error"]["data"]["code"], code)
        answer = self.told(None, self.lines.ask([{"method": "no.such"}])[0])
        self.assertEqual(answer["error"]["data"]["code"], "unknown_method")
        for line in ("{", "[]", '{"jsonrpc":"1.0"}'):
            raw = Lines(self.socket)
            raw.socket.sendall(line.encode() + b"\n")
            self.told(None, raw.read())
            raw.close()

    def ask(self):
        head = self.call("ledger.status")["seq"]
        for seq in range(1, head + 1):
            self.call("payments.get", seq=seq)
        self.call("payments.get", seq=head + 1_000)
        self.call("payments.get", key="never")
        for account in ("world", "acct:a", "points"):
            self.call("accounts.get", id=account)
            self.call("accounts.get", id=account, at=0)
            self.call("accounts.get", id=account, at=head)
            self.call("accounts.get", id=account, effective_at="2001-02-03")
            for order in ("asc", "desc"):
                self.call("accounts.statement", id=account, order=order, limit=5)
                self.call("accounts.statement", id=account, order=order)
                self.call("accounts.statement", id=account, order=order, by="effective_date")
        self.call("accounts.list", limit=2)
        self.call("accounts.list", at=head)
        for status in ("applied", "held", "captured", "voided", "expired", "reversed", "rejected"):
            self.call("payments.list", status=status)
        self.call("payments.list", reference_prefix="r", limit=1)
        self.call("payments.list", **{"from": "2001-01-01T00:00:00Z", "to": head, "order": "desc"})
        self.call("holds.list")
        self.call("schedules.list")
        self.call("ledger.trial_balance", at=head)
        self.call("ledger.trial_balance", effective_at="2001-02-03")
        page = self.call("ledger.totals", depth=2, limit=1)
        self.call("ledger.totals", depth=2, limit=1, cursor=page["next"])
        self.assertTrue(self.call("ledger.verify")["ok"])
        self.call("server.info")

    def follow_the_events(self):
        head = self.call("ledger.status")["seq"]
        self.expect(None, "events.subscribe", **{"from": 1})
        for seq in range(1, head + 1):
            event = self.told(None, self.lines.read())
            self.assertEqual(event["params"]["seq"], seq)
        self.expect("unsubscribed", "events.unsubscribe")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
