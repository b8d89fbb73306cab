#!/usr/bin/env python3
"""HTTP over the daemon's socket, by a client that wasn't written for it: Python's own.

Usage: http_test.py GIROD GIRO
"""

import contextlib
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import unittest

from daemon_case import DaemonCase

CLIENTS = 16
PAYMENTS = 50  # Of each.


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("giro")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)
        self.sock.settimeout(30)


class Http(DaemonCase):
    def ask(self, method, path, body=None, connection=None, **headers):
        """(status, content type, body): the body as JSON where it is."""
        if connection is None:
            with contextlib.closing(Connection(self.socket)) as connection:
                return self.ask(method, path, body, connection, **headers)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        content = reply.read().decode()
        kind = reply.getheader("Content-Type")
        return reply.status, kind, json.loads(content) if "json" in kind and "nd" not in kind else content

    def test_the_trace_that_a_payment_is_part_of_is_kept_with_it(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for key, header in (("traced", trace), ("traced", trace.replace("4bf9", "5bf9")), ("untraced", "rubbish")):
            status, _, answer = self.ask("POST", "/v1/payments", self.payment(key), traceparent=header)
            self.assertEqual((status, answer["status"]), (200, "applied"))
        self.assertEqual(self.ask("GET", "/v1/payments/traced")[2]["traceparent"], trace)
        self.assertNotIn("traceparent", self.ask("GET", "/v1/payments/untraced")[2])
        hold = {**self.payment("traced-hold"), "traceparent": trace}
        self.assertEqual(self.ask("POST", "/v1/holds", hold)[0], 200)
        self.assertEqual(self.ask("GET", "/v1/payments/traced-hold")[2]["traceparent"], trace)

    @staticmethod
    def payment(key, amount=1, **more):
        return {"key": key, "from": "world", "to": "acct:a", "amount": amount, "currency": "EUR", **more}

    def test_many_clients_pay_side_by_side_on_connections_that_stay_open(self):
        answers = [[] for _ in range(CLIENTS)]

        def pay(client):
            with contextlib.closing(Connection(self.socket)) as connection:
                for i in range(PAYMENTS):
                    payment = self.payment(f"side-{client}-{i}")
                    answers[client].append(self.ask("POST", "/v1/payments", payment, connection))

        threads = [threading.Thread(target=pay, args=(client,)) for client in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seqs = [answer["seq"] for one in answers for status, _, answer in one if status == 200]
        self.assertEqual(len(set(seqs)), CLIENTS * PAYMENTS)

    def test_a_request_that_is_sent_again_is_decided_once(self):
        first = self.ask("POST", "/v1/payments", self.payment("again"))
        second = self.ask("POST", "/v1/payments", self.payment("again"))
        self.assertEqual((first[2]["seq"], True), (second[2]["seq"], second[2]["replayed"]))
        status, kind, problem = self.ask("POST", "/v1/payments", self.payment("again", amount=2))
        self.assertEqual((status, kind, problem["code"]), (409, "application/problem+json", "key_conflict"))

    def test_a_group_that_is_rejected_is_a_problem_that_has_the_decision(self):
        members = [
            {"method": "payments.submit", "params": self.payment("group-1")},
            {"method": "payments.submit", "params": self.payment("group-2") | {"from": "acct:poor"}},
        ]
        status, kind, problem = self.ask("POST", "/v1/groups", {"members": members})
        self.assertEqual((status, kind), (422, "application/problem+json"))
        self.assertEqual((problem["code"], problem["decision"]["failed"]), ("insufficient_funds", 1))
        codes = [member["code"] for member in problem["decision"]["members"]]
        self.assertEqual(codes, ["group_failed", "insufficient_funds"])
        members[1]["params"] = self.payment("group-3")
        members[0]["params"] = self.payment("group-4")
        self.assertEqual(self.ask("POST", "/v1/groups", {"members": members})[0], 200)

    def test_a_body_in_chunks_and_a_long_one_are_read(self):
        text = json.dumps(self.payment("chunks")).encode()
        with contextlib.closing(Connection(self.socket)) as connection:
            chunked = {"Transfer-Encoding": "chunked"}
            connection.request("POST", "/v1/payments", iter([text[:20], text[20:]]), chunked, encode_chunked=True)
            self.assertEqual(connection.getresponse().status, 200)
        many = {"payments": [self.payment(f"long-{i}", description="x" * 200) for i in range(9_000)]}
        status, _, answer = self.ask("POST", "/v1/payments/many", many)
        self.assertEqual((status, answer["applied"]), (200, 9_000))

    def test_lines_are_answered_line_by_line(self):
        lines = [
            {"jsonrpc": "2.0", "id": i, "method": "payments.submit", "params": self.payment(f"line-{i}")}
            for i in range(2_000)
        ]
        with contextlib.closing(Connection(self.socket)) as connection:
            connection.request("POST", "/v1/rpc", "\n".join(json.dumps(line) for line in lines))
            answers = [json.loads(line) for line in connection.getresponse().read().decode().splitlines()]
        self.assertEqual(sorted(answer["id"] for answer in answers), list(range(2_000)))
        self.assertTrue(all(answer["result"]["status"] == "applied" for answer in answers))

    def test_the_feed_goes_on_where_it_was_left(self):
        head = self.ask("POST", "/v1/payments", self.payment("feed-0"))[2]["seq"]
        seen = []
        for round_of in range(3):
            connection = Connection(self.socket)
            connection.request("GET", "/v1/events", headers={"Last-Event-ID": str(seen[-1] if seen else head)})
            feed = connection.getresponse()
            self.assertEqual(feed.getheader("Content-Type"), "text/event-stream")
            for i in range(20):
                self.ask("POST", "/v1/payments", self.payment(f"feed-{round_of}-{i}"))
            while len(seen) < 20 * round_of + 10:
                line = feed.readline().decode()
                if line.startswith("data:{\"type\""):
                    seen.append(json.loads(line[5:])["seq"])
            connection.close()
        self.assertEqual(seen, list(range(head + 1, head + 1 + len(seen))))

    def test_a_client_that_leaves_in_the_middle_harms_nobody(self):
        for text in (
            "POST /v1/payments HTTP/1.1\r\nContent-Length: 500\r\n\r\n{",
            "GET /v1/ev",
            "POST /v1/rpc HTTP/1.1\r\n",
        ):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(self.socket)
                connection.sendall(text.encode())
        self.assertEqual(self.ask("GET", "/readyz")[:1] + self.ask("GET", "/livez")[2:], (200, "ok\n"))

    def test_what_nobody_decided_is_missing(self):
        status, _, answer = self.ask("GET", "/v1/payments/never")
        self.assertEqual((status, answer["status"]), (404, "unknown"))

    def metrics(self):
        """Samples by their names with labels."""
        status, kind, text = self.ask("GET", "/metrics")
        self.assertEqual((status, kind), (200, "text/plain; charset=utf-8"))
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return text, {name: float(value) for name, value in lines}

    def test_the_metrics_say_what_was_decided(self):
        _, before = self.metrics()
        self.ask("POST", "/v1/payments", self.payment("m-1"))
        self.ask("POST", "/v1/payments", self.payment("m-1"))
        self.ask("POST", "/v1/payments", self.payment("m-2") | {"from": "acct:poor"})
        self.ask("POST", "/v1/payments", {})
        _, after = self.metrics()
        rises = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        self.assertEqual(rises['giro_decisions_total{type="payment",status="applied"}'], 1)
        self.assertEqual(rises['giro_decisions_total{type="payment",status="rejected"}'], 1)
        self.assertEqual(rises['giro_rejections_total{code="insufficient_funds"}'], 1)
        self.assertEqual(rises["giro_replays_total"], 1)
        self.assertEqual(rises['giro_refusals_total{code="malformed"}'], 1)
        self.assertEqual((rises["giro_last_seq"], rises["giro_commit_seconds_count"]), (2, 2))
        self.assertEqual(rises["giro_sync_seconds_count"], 2)
        self.assertTrue(0 < rises["giro_sync_seconds_sum"] <= rises["giro_commit_seconds_sum"])
        self.assertEqual(after["giro_accounts"], 4)

    def test_the_metrics_are_those_of_the_page_that_describes_them_and_pass_prometheus_own_lint(self):
        text, _ = self.metrics()
        page = pathlib.Path(__file__).parents[2] / "docs" / "METRICS.md"
        described = re.findall(r"^\| `(giro_\w+)` \| (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        described = [metric for metric in described if not metric[0].startswith("giro_cluster_")]
        self.assertEqual(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE), described)
        if shutil.which("promtool") is None:
            self.skipTest("promtool, of Debian's package prometheus, isn't here")
        linted = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
        self.assertEqual((linted.returncode, linted.stdout + linted.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
