#!/usr/bin/env python3
"""contrib/check_proof.py: what is proven says itself what was decided, to somebody who has neither ledger nor Giro; and
what isn't, or can't be checked, is never taken for it.

Usage: proof_checker_test.py GIROD GIRO
"""

import contextlib
import json
import re
import subprocess
import sys
import unittest
from unittest import mock

from daemon_case import DONE
from proof_case import NAME, PAGE, ProofCase, check_proof, read, write


class ProofChecker(ProofCase):
    def test_every_kind_of_entry_can_be_proven_and_says_itself_what_was_decided(self):
        kinds = set()
        for event in self.events:
            with self.subTest(event=event):
                done = self.prove(f"#{event['seq']}")
                self.assertEqual(done.returncode, DONE, done.stderr)
                shown = self.check(done.stdout)
                for field in ("seq", "at", "key", "uid"):
                    if field in event:
                        self.assertEqual(shown[field], event[field])
                self.assertEqual(shown["type"], event["type"])
                code = event.get("code")
                self.assertEqual(shown["status"], f"rejected: {code}" if code else "applied")
                self.compare_money(shown["postings"], event)
                kinds.add(event["type"])
        self.assertLessEqual(
            {"payment", "account", "hold", "capture", "void", "expiry", "reversal", "account_update", "schedule", "cancel",
             "scheduled_payment", "books_close", "account_close"},
            kinds,
        )  # fmt: skip

    def compare_money(self, postings, event):
        moved = event.get("legs", [event]) if event["type"] in ("payment", "capture", "reversal", "scheduled_payment") else []
        if "code" in event:
            return
        self.assertEqual(len(postings), len(moved) or len(postings))
        for posting, leg in zip(postings, moved):
            self.assertEqual((posting["from"], posting["to"]), (leg["from"], leg["to"]))
            self.assertEqual(posting["amount"], f"{leg['amount'] / 100:.2f}")
            self.assertEqual(posting["from_after"], f"{leg['from_balance'] / 100:.2f}")
            self.assertEqual(posting["to_after"], f"{leg['to_balance'] / 100:.2f}")

    def test_a_proof_names_accounts_amount_and_text(self):
        shown = self.check(self.prove("top").stdout)
        self.assertEqual((shown["ledger"], shown["entries"]), (NAME, self.seq_of(self.second)))
        (posting,) = shown["postings"]
        self.assertEqual((posting["from"], posting["to"], posting["amount"]), ("world", "acct:a", "100.00"))
        self.assertEqual(shown["details"]["reference"], "top up")
        self.assertEqual(shown["metadata"], {"n": [1, "é"]})

    def test_a_proof_with_any_byte_changed_is_refused(self):
        text = self.prove("top").stdout
        pem = read(self.path("key.pem"), "rb")
        self.check(text)
        data = text.encode()
        for place in range(len(data)):
            for mask in (0x01, 0x20, 0x80):
                changed = bytearray(data)
                changed[place] ^= mask
                with contextlib.suppress(check_proof.Wrong, UnicodeDecodeError):
                    check_proof.check(changed.decode(), pem)
                    self.fail(f"byte {place} changed by {mask:#x} isn't seen: {bytes(changed)}")

    def test_a_proof_cut_short_or_with_a_part_missing_or_twice_is_refused(self):
        text = self.prove("legs").stdout
        for size in range(0, len(text), 7):
            self.assertRaises(check_proof.Wrong, self.check, text[:size])
        proof = json.loads(text)

        def refused(entries):
            changed = dict(proof, entries=entries)
            written = json.dumps(changed, ensure_ascii=False, separators=(",", ":")) + "\n"
            self.assertRaises(check_proof.Wrong, self.check, written)

        entries = proof["entries"]
        self.assertGreater(len(entries), 2)
        refused([])
        refused(entries[:-1])
        refused(entries[1:])
        refused([*entries, entries[-1]])
        refused(entries[::-1])
        refused([dict(entries[0], path=entries[0]["path"][1:]), *entries[1:]])
        refused([dict(entries[0], path=[*entries[0]["path"], entries[0]["path"][0]]), *entries[1:]])

    def test_a_proof_is_of_the_key_that_signed(self):
        self.assertRaises(check_proof.Wrong, self.check, self.prove("top").stdout, key="other.pem")

    def test_the_page_needs_no_package(self):
        text = self.prove("top").stdout
        with mock.patch.dict(sys.modules, {"cryptography": None, "cryptography.exceptions": None}):
            self.assertEqual(self.check(text)["key"], "top")
            self.assertRaises(check_proof.Wrong, self.check, text.replace("total EUR 2 4 ", "total EUR 2 5 "))
            self.assertRaises(check_proof.Wrong, self.check, text, key="other.pem")

    def test_the_page_knows_the_codes_of_all_rejections(self):
        codes = read(PAGE.parents[1] / "ledger" / "codes.hpp")
        enum = codes[codes.index("enum class Rejection") : codes.index("enum class ErrorCode")]
        self.assertEqual(check_proof.CODES, {int(n): name for name, n in re.findall(r"(\w+) = ([1-9]\d*),", enum)})

    def test_the_page_is_a_program(self):
        proof = write(self.path("top.proof"), self.prove("top").stdout)
        run = [sys.executable, PAGE, proof, self.path("key.pem")]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, json.loads(done.stdout)["key"]), (0, "top"), done.stderr)
        write(proof, read(proof).replace("A", "B", 1))
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("NOT PROVEN", done.stderr)
        write(proof, self.prove("top").stdout)
        odd_key = write(self.path("odd.pem"), "x\nAAAAA\ny\n")
        for of_proof, key, words in (
            (self.path("nowhere"), self.path("key.pem"), f"NOT PROVEN: {self.path('nowhere')} can't be read"),
            (proof, self.path("nowhere"), f"NOT PROVEN: {self.path('nowhere')} can't be read"),
            (proof, odd_key, "NOT PROVEN: the public key is none of Ed25519"),
        ):
            done = subprocess.run([*run[:2], of_proof, key], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertTrue(done.stderr.startswith(words), done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
