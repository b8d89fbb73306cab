#!/usr/bin/env python3
"""Servers that aren't girod, or are broken: each ends in an error that says so, for both clients.

Usage: strange_servers_test.py GIROD GIRO
"""

import asyncio
import json
import os
import socket
import tempfile
import threading
import unittest

from support import AsyncClient, Client, FakeDaemon, Money, eur, run

from giro import NothingDecided, OutcomeUnknown

SCALES = {"EUR": 2}
PAID = {
    "status": "applied",
    "seq": 1,
    "at": "2026-11-23T09:00:00.000000001Z",
    "replayed": False,
    "from_balance": 0,
    "to_balance": 0,
}
ENTRY = {
    "type": "payment",
    "status": "applied",
    "at": "2026-11-23T09:00:00.000000001Z",
    "key": "k",
    "uid": 0,
    "currency": "EUR",
}


def say(lines, message):
    lines.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    lines.flush()


def pay_all(lines):
    for line in lines:
        request = json.loads(line)
        say(lines, {"id": request["id"], "result": {**PAID, "key": request["params"]["key"]}})


def answer_with(data):
    def play(lines, _):
        lines.readline()
        lines.write(data)

    return play


class BothClients(unittest.TestCase):
    """Each server is met by a payment and by a question, of both clients."""

    def met_by_payments(self, play, timeout=1.0):
        with self.subTest("sync"), FakeDaemon(play) as server, Client(
            server.path, timeout=timeout, scales=SCALES
        ) as client:
            yield lambda: client.payments.submit("a", "b", eur("1"), key="k"), server
        with self.subTest("asyncio"), FakeDaemon(play) as server:

            async def pay():
                async with AsyncClient(server.path, timeout=timeout, scales=SCALES) as client:
                    return await client.payments.submit("a", "b", eur("1"), key="k")

            yield lambda: asyncio.run(pay()), server

    def unknown(self, play, code, words, timeout=1.0, is_retried=False):
        """`is_retried`: the call's time may end in the middle of its last attempt, however short that is."""
        for pay, _ in self.met_by_payments(play, timeout):
            with self.assertRaises(OutcomeUnknown) as raised:
                pay()
            self.assertEqual(raised.exception.key, "k")
            if not is_retried or raised.exception.code != "timed_out":
                self.assertEqual(raised.exception.code, code)
                self.assertIn(words, str(raised.exception))
            self.assertIn("ask by key", str(raised.exception))


class Rubbish(BothClients):
    def test_another_protocol(self):
        self.unknown(
            answer_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "not_the_protocol",
            "isn't girod, or is broken: it isn't JSON",
        )

    def test_bytes_that_are_no_text(self):
        self.unknown(answer_with(bytes(range(128, 256)) + b"\n"), "not_the_protocol", "it isn't JSON")

    def test_json_that_is_no_answer(self):
        self.unknown(answer_with(b'{"jsonrpc":"2.0","id":1}\n'), "not_the_protocol", "neither a result nor an error")
        self.unknown(
            answer_with(b'{"jsonrpc":"2.0","id":7,"result":{}}\n'), "not_the_protocol", "it answers 7, which isn't open"
        )

    def test_a_result_that_is_none_of_a_payment(self):
        self.unknown(
            answer_with(b'{"jsonrpc":"2.0","id":1,"result":{"status":"applied"}}\n'),
            "not_the_protocol",
            "to_balance is missing",
        )

    def test_half_a_line_and_the_end_is_a_lost_connection_and_tried_again(self):
        half = answer_with(b'{"jsonrpc":"2.0","id":1,"res')
        self.unknown(half, "connection_lost", "closed in the middle of a line", is_retried=True)

        def half_then_whole(lines, number):
            if number < 2:
                return answer_with(b'{"jsonrpc":"2.0","id":1,"res')(lines, number)
            return pay_all(lines)

        for pay, server in self.met_by_payments(half_then_whole):
            self.assertEqual(pay().seq, 1)
            self.assertEqual(server.connections, 3)

    def test_no_answer_at_all_ends_at_the_deadline(self):
        self.unknown(lambda lines, _: [None for _ in lines], "timed_out", "no answer came in time", timeout=0.2)

    def test_questions_leave_nothing_unknown(self):
        for data, code in ((b"rubbish\n", "not_the_protocol"), (b'{"half', "connection_lost")):
            with FakeDaemon(answer_with(data)) as server, Client(server.path, timeout=0.3) as client:
                with self.assertRaises(NothingDecided) as raised:
                    client.accounts.get("a")
                self.assertEqual(raised.exception.code, code)

    def test_another_ledger_behind_the_socket_has_scales_of_its_own(self):
        amounts = []

        def ledger(lines, number):
            status = json.loads(lines.readline())
            currencies = [{"currency": "PTS", "scale": number + 1}]
            say(lines, {"id": status["id"], "result": {"currencies": currencies}})
            payment = json.loads(lines.readline())
            amounts.append(payment["params"]["amount"])
            say(lines, {"id": payment["id"], "result": {**PAID, "key": payment["params"]["key"]}})

        with FakeDaemon(ledger) as server, Client(server.path, timeout=5) as client:
            for _ in range(2):
                client.payments.submit("a", "b", Money("1", "PTS"))
                server.wait_for_end()
        self.assertEqual(amounts, [10, 100])

    def test_so_has_one_that_came_in_the_middle_of_a_call_which_goes_on_with_the_same_bytes(self):
        amounts = []

        def ledger(lines, number):
            for line in lines:
                request = json.loads(line)
                if request["method"] == "ledger.status":
                    say(
                        lines,
                        {"id": request["id"], "result": {"currencies": [{"currency": "PTS", "scale": number + 1}]}},
                    )
                    continue
                amounts.append(request["params"]["amount"])
                if number == 0:
                    return
                say(lines, {"id": request["id"], "result": {**PAID, "key": request["params"]["key"]}})

        with FakeDaemon(ledger) as server, Client(server.path, timeout=5) as client:
            for _ in range(2):
                client.payments.submit("a", "b", Money("1", "PTS"))
        self.assertEqual(amounts, [10, 10, 100])

    def test_a_daemon_that_went_while_nobody_called_is_no_doubt(self):
        def one(lines, number):
            request = json.loads(lines.readline())
            say(lines, {"id": request["id"], "result": {**PAID, "key": "k1"}})

        with FakeDaemon(one) as server, Client(server.path, timeout=1, scales=SCALES) as client:
            client.payments.submit("a", "b", eur("1"), key="k1")
            server.wait_for_end()
            server.stop()
            with self.assertRaises(NothingDecided) as raised:
                client.payments.submit("a", "b", eur("1"), key="k2")
            self.assertEqual(raised.exception.code, "unreachable")

    def test_after_a_fault_the_next_call_has_a_new_connection(self):
        def once(lines, number):
            return answer_with(b"rubbish\n")(lines, number) if number == 0 else pay_all(lines)

        with FakeDaemon(once) as server, Client(server.path, timeout=5, scales=SCALES) as client:
            with self.assertRaises(OutcomeUnknown):
                client.payments.submit("a", "b", eur("1"), key="k")
            self.assertEqual(client.payments.submit("a", "b", eur("1"), key="k").seq, 1)


class Order(BothClients):
    COUNT = 20

    def answers_last_first(self, lines, _):
        requests = [json.loads(lines.readline()) for _ in range(self.COUNT)]
        for request in reversed(requests):
            key = request["params"]["key"]
            say(lines, {"id": request["id"], "result": {**PAID, "key": key, "seq": int(key)}})

    def test_answers_in_another_order_go_to_those_who_asked(self):
        keys = [str(number) for number in range(1, self.COUNT + 1)]
        with FakeDaemon(self.answers_last_first) as server, Client(server.path, timeout=5, scales=SCALES) as client:
            found = {}

            def pay(key):
                found[key] = client.payments.submit("a", "b", eur("1"), key=key).seq

            threads = [threading.Thread(target=pay, args=(key,)) for key in keys]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(found, {key: int(key) for key in keys})

        async def pay_all_at_once(path):
            async with AsyncClient(path, timeout=5, scales=SCALES) as client:
                return await asyncio.gather(*[client.payments.submit("a", "b", eur("1"), key=key) for key in keys])

        with FakeDaemon(self.answers_last_first) as server:
            self.assertEqual(
                [each.seq for each in asyncio.run(pay_all_at_once(server.path))], list(range(1, self.COUNT + 1))
            )

    def test_an_answer_given_twice_is_nobody_elses(self):
        def twice(lines, _):
            first = json.loads(lines.readline())
            answer = {"id": first["id"], "result": {**PAID, "key": "k"}}
            say(lines, answer)
            lines.readline()
            say(lines, answer)

        with FakeDaemon(twice) as server, Client(server.path, timeout=1, scales=SCALES) as client:
            self.assertEqual(client.payments.submit("a", "b", eur("1"), key="k").seq, 1)
            with self.assertRaises(OutcomeUnknown) as raised:
                client.payments.submit("a", "b", eur("1"), key="k2")
            self.assertIn("it answers 1, which isn't open", str(raised.exception))


class Events(unittest.TestCase):
    def events(self, play, **which):
        with FakeDaemon(play) as server, Client(server.path, timeout=1, scales=SCALES) as client:
            return [entry.seq for entry in client.events(**which)]

    def subscribed(self, *seqs, then=None):
        """Serves each connection: what was asked for, and these events."""

        def play(lines, number):
            request = json.loads(lines.readline())
            begin = request["params"].get("from", 5)
            say(lines, {"id": request["id"], "result": {"from": begin, "head_seq": 9}})
            for seq in seqs:
                say(lines, {"method": "event", "params": {**ENTRY, "seq": seq}})

        return play

    def test_a_gap_is_an_error_and_never_passed_over(self):
        with self.assertRaisesRegex(NothingDecided, "seq 4 came, and 3 was next"):
            self.events(self.subscribed(1, 2, 4), from_=1)

    def test_so_is_an_event_that_came_before(self):
        with self.assertRaisesRegex(NothingDecided, "seq 1 came, and 2 was next"):
            self.events(self.subscribed(1, 1), from_=1)

    def test_and_a_subscription_from_another_seq(self):
        def elsewhere(lines, _):
            say(lines, {"id": json.loads(lines.readline())["id"], "result": {"from": 7, "head_seq": 9}})

        with self.assertRaisesRegex(NothingDecided, "subscribed from 7 and not from 3"):
            self.events(elsewhere, from_=3)

    def test_a_lost_connection_goes_on_after_the_last_event(self):
        asked = []

        def two_at_a_time(lines, number):
            request = json.loads(lines.readline())
            begin = request["params"].get("from", 5)
            asked.append(begin)
            say(lines, {"id": request["id"], "result": {"from": begin, "head_seq": 9}})
            for seq in (begin, begin + 1):
                say(lines, {"method": "event", "params": {**ENTRY, "seq": seq}})
            lines.write(b'{"jsonrpc":"2.0","method":"event","params":{"ty')

        self.assertEqual(self.events(two_at_a_time, until=9), [5, 6, 7, 8, 9])
        self.assertEqual(asked, [5, 7, 9])

    def test_what_is_asked_about_them_comes_behind_all_that_wait(self):
        def three_thousand(lines, _):
            say(lines, {"id": json.loads(lines.readline())["id"], "result": {"from": 1, "head_seq": 3000}})
            for seq in range(1, 3001):
                say(lines, {"method": "event", "params": {**ENTRY, "seq": seq, "amount": 5, "description": "d" * 500}})
            status = json.loads(lines.readline())
            say(lines, {"id": status["id"], "result": {"currencies": [{"currency": "EUR", "scale": 2}]}})
            lines.readline()

        async def listen(path):
            async with AsyncClient(path, timeout=10) as client:
                return [entry.amount async for entry in client.events(1, until=3000)]

        with FakeDaemon(three_thousand) as server:
            self.assertEqual(asyncio.run(listen(server.path)), [eur("0.05")] * 3000)
        with FakeDaemon(three_thousand) as server, Client(server.path, timeout=10) as client:
            self.assertEqual([entry.amount for entry in client.events(1, until=3000)], [eur("0.05")] * 3000)

    def test_what_isnt_known_of_a_currency_doesnt_stop_them(self):
        def unknown_currency(lines, _):
            say(lines, {"id": json.loads(lines.readline())["id"], "result": {"from": 1, "head_seq": 2}})
            for seq in (1, 2):
                say(
                    lines,
                    {
                        "method": "event",
                        "params": {**ENTRY, "seq": seq, "amount": 5, "currency": "PTS" if seq == 1 else "EUR"},
                    },
                )
            say(lines, {"id": json.loads(lines.readline())["id"], "result": {"currencies": []}})
            lines.readline()

        with FakeDaemon(unknown_currency) as server, Client(server.path, timeout=1, scales=SCALES) as client:
            first, second = client.events(1, until=2)
            self.assertEqual((first.amount, first.currency, second.amount), (None, "PTS", eur("0.05")))


class Sockets(BothClients):
    def test_no_daemon_is_told_at_once_where_there_is_no_socket(self):
        with tempfile.TemporaryDirectory() as folder, Client(f"{folder}/giro.sock") as client:
            with self.assertRaises(NothingDecided) as raised:
                client.server.info()
            self.assertEqual(raised.exception.code, "unreachable")
            self.assertIn("No such file", str(raised.exception))
        with Client("/" + "x" * 200) as client, self.assertRaisesRegex(NothingDecided, "path too long"):
            client.server.info()

    def test_a_socket_nobody_listens_on_is_tried_until_the_deadline(self):
        with tempfile.TemporaryDirectory() as folder:
            bound = socket.socket(socket.AF_UNIX)
            bound.bind(f"{folder}/s")
            with bound, Client(f"{folder}/s", timeout=0.3) as client, self.assertRaises(NothingDecided) as raised:
                client.server.info()
            self.assertEqual((raised.exception.code, raised.exception.retry), ("unreachable", True))

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to be two users")
    def test_another_users_socket_where_everybody_may_put_one_isnt_trusted(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            os.chmod(folder, 0o1777)
            path = f"{folder}/s"
            child = os.fork()
            if child == 0:
                os.setgid(54321)
                os.setuid(54321)
                with socket.socket(socket.AF_UNIX) as listening:
                    listening.bind(path)
                    listening.listen()
                    listening.accept()[0].close()
                os._exit(0)
            while not os.path.exists(path):
                pass
            with Client(path, timeout=2) as client, self.assertRaises(NothingDecided) as raised:
                client.server.info()
            self.assertEqual(raised.exception.code, "untrusted")
            self.assertIn("uid 54321", str(raised.exception))
            os.waitpid(child, 0)


if __name__ == "__main__":
    run()
