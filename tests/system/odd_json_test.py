#!/usr/bin/env python3
"""What is JSON to `girod` and what is JSON to `giro submit` is the same, for documents that libraries differ about.

Usage: odd_json_test.py GIROD GIRO
"""

import json
import socket
import sys
import unittest

from daemon_case import DONE, DaemonCase, json_of

PAID = "paid"
REFUSED = "refused: read as JSON, and refused for what it says"
UNREADABLE = "unreadable: its end is clear, but nobody reads it: the next row follows"
BROKEN = "broken: not JSON, so that nobody knows where it ends"

# Values of a member of the metadata, and what becomes of the payment.
IN_METADATA = [
    (b"1", PAID),
    (b"-0", PAID),
    (b"1E+2", PAID),
    (b"1.50", PAID),
    (b"1e400", PAID),
    (b"1e-400", PAID),
    (b"1e2147483648", PAID),
    (b"-1e99999999999", PAID),
    (b"18446744073709551616", PAID),
    (b"7" * 3_000, PAID),
    (b"01", BROKEN),
    (b"-01", BROKEN),
    (b"1.", BROKEN),
    (b".5", BROKEN),
    (b"+1", BROKEN),
    (b"1e", BROKEN),
    (b"0x1", BROKEN),
    (b"NaN", BROKEN),
    (b"-Infinity", BROKEN),
    (b"True", BROKEN),
    (b"'a'", BROKEN),
    (b"", BROKEN),
    (b"[1,]", BROKEN),
    (b"1 /* one */", BROKEN),
    (b"[" * 27 + b"]" * 27, PAID),
    (b"[" * 40 + b"]" * 40, UNREADABLE),
    (b"[" * 500 + b"]" * 500, UNREADABLE),
    (b'{"a":1,"b":[{}]}', PAID),
    (b'"\\u0000"', PAID),
    (b'"\x00"', BROKEN),
    (b'"a\tb"', BROKEN),
    (b'"\\x41"', BROKEN),
    (b'"\\/"', PAID),
    (b'"\\uD83D\\uDE00"', PAID),
    (b'"\\uD800"', BROKEN),
    (b'"\\uDE00\\uD83D"', BROKEN),
    (b'"\xef\xbb\xbf"', PAID),
    (b'"\xff"', UNREADABLE),
    (b'"\xc0\x80"', UNREADABLE),
    (b'"\xed\xa0\x80"', UNREADABLE),
    (b'"\xf4\x90\x80\x80"', UNREADABLE),
]

IN_AMOUNT = [
    (b"1", PAID),
    (b"-0", REFUSED),
    (b"1.0", REFUSED),
    (b"1e0", REFUSED),
    (b"1e99999999999", REFUSED),
    (b"-1e99999999999", REFUSED),
    (b"18446744073709551616", REFUSED),
    (b'"1"', REFUSED),
    (b"null", REFUSED),
    (b"1,1", BROKEN),
]


class OddJson(DaemonCase):
    def setUp(self):
        self.made = 0

    def answer(self, payment):
        """The answer to this request on a connection of its own."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(self.socket)
            connection.sendall(b'{"jsonrpc":"2.0","id":1.50,"method":"payments.submit","params":' + payment + b"}\n")
            with connection.makefile("rb") as lines:
                return lines.readline()

    def said_by_the_daemon(self, payment):
        line = self.answer(payment)
        answer = json.loads(line)
        if "result" in answer:
            self.assertEqual(answer["result"]["status"], "applied")
            return PAID
        if answer["error"]["code"] != -32700:
            self.assertIn(b'"id":1.50,', line)
            return REFUSED
        message = answer["error"]["message"]
        return UNREADABLE if "UTF-8" in message or "nested" in message else BROKEN

    def said_by_submit(self, payment, number):
        """The row stands between two others, the second of which shows whether the file went on."""
        after = f"after-{number}"
        rows = [self.payment(f"before-{number}"), payment, self.payment(after)]
        path = self.path(f"{number}.ndjson")
        with open(path, "wb") as file:
            file.write(b"\n".join(rows) + b"\n")
        done = self.run_giro("submit", path)
        goes_on = self.run_giro("get", after).returncode == DONE
        if done.returncode == DONE:
            self.assertIn("3 applied", done.stdout)
            return PAID
        self.assertIn("line 2: ", done.stderr)
        if not goes_on:
            return BROKEN
        return UNREADABLE if "not JSON" in done.stderr or "UTF-8" in done.stderr else REFUSED

    @staticmethod
    def payment(key, amount=b"1", metadata=b"{}"):
        fields = [b'"key":"' + key.encode() + b'"', b'"from":"world","to":"acct:a","currency":"EUR"']
        return b"{" + b",".join(fields + [b'"amount":' + amount, b'"metadata":' + metadata]) + b"}"

    def check(self, cases, make):
        for number, (value, verdict) in enumerate(cases):
            name = f"{make.__name__}-{number}"
            with self.subTest(value=value[:40]):
                self.assertEqual(self.said_by_the_daemon(make(f"d-{name}", value)), verdict)
                self.assertEqual(self.said_by_submit(make(f"s-{name}", value), name), verdict)

    def test_within_metadata_means_the_same_to_both(self):
        def in_metadata(key, value):
            return self.payment(key, metadata=b'{"n":' + value + b"}")

        self.check(IN_METADATA, in_metadata)

    def test_as_an_amount_means_the_same_to_both(self):
        def in_amount(key, value):
            return self.payment(key, amount=value)

        self.check(IN_AMOUNT, in_amount)

    def test_numbers_of_any_size_keep_their_text_all_the_way(self):
        number = "-1.50e+99999999999"
        self.assertEqual(self.run_giro("submit", "-", text='{"metadata":{"n":%s},"key":"kept","from":"world",'
                                       '"to":"acct:a","amount":1,"currency":"EUR"}\n' % number).returncode, DONE)
        paid = self.run_giro("call", "payments.submit", "key=kept-2", "from=world", "to=acct:a", "amount=1",
                             "currency=EUR", 'metadata={"n":%s}' % number)
        self.assertEqual(paid.returncode, DONE, paid.stderr)
        for key in ("kept", "kept-2"):
            self.assertIn('"metadata":{"n":%s}' % number, self.run_giro("get", key, "--json").stdout)

    def test_a_key_behind_such_a_number_is_known_when_it_comes_again(self):
        row = '{"metadata":{"n":1e99999999999},"key":"twice","from":"world","to":"acct:a","amount":1,"currency":"EUR"}\n'
        done = self.run_giro("submit", "-", "--json", text=row + row)
        self.assertEqual(json_of(done)["same_key_in_file"], 1)

    def test_a_mark_before_a_request_is_no_part_of_json(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.socket)
            connection.sendall(b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"server.info"}\n')
            self.assertIn(b"-32700", connection.recv(65536))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
