#!/usr/bin/env python3
"""contrib/check_proof.py: what is proven says itself what was decided, to somebody who has neither ledger nor Giro; and
what isn't, or can't be checked, is never taken for it.

Usage: proof_checker_test.py GIROD GIRO
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
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

    def run_page(self, *words, **environment):
        run = [sys.executable, PAGE, *words]
        return subprocess.run(run, capture_output=True, env=dict(os.environ, **environment), check=False)

    def ends(self, code, words, *how, **environment):
        done = self.run_page(*how, **environment)
        self.assertEqual((done.returncode, done.stdout), (code, b""), done.stderr)
        self.assertTrue(done.stderr.decode().startswith(words), done.stderr)
        return done.stderr.decode()

    def proof_file(self, name="top.proof"):
        return write(self.path(name), self.prove("top").stdout)

    def without_package(self, how="raise ImportError"):
        """An environment in which the package can't be imported."""
        package = pathlib.Path(tempfile.mkdtemp(dir=self.folder.name), "cryptography")
        package.mkdir()
        write(package / "__init__.py", how)
        return {"PYTHONPATH": str(package.parent)}

    def test_the_page_is_a_program(self):
        proof, key = self.proof_file(), self.path("key.pem")
        done = self.run_page(proof, key)
        self.assertEqual((done.returncode, json.loads(done.stdout)["key"]), (0, "top"), done.stderr)
        self.ends(1, "NOT PROVEN: ", write(proof, read(proof).replace("A", "B", 1)), key)
        self.ends(1, "NOT PROVEN: it is no proof", write(proof, "[" * 100_000), key)
        self.ends(1, "NOT PROVEN: it is no proof", write(proof, ""), key)

    def test_what_cannot_be_looked_at_is_no_verdict(self):
        proof, key, nowhere = self.proof_file(), self.path("key.pem"), self.path("nowhere")
        self.ends(2, "Checks a proof")
        self.ends(2, f"NOT CHECKED: {nowhere}: No such file", nowhere, key)
        self.ends(2, f"NOT CHECKED: {nowhere}: No such file", proof, nowhere)
        self.ends(2, f"NOT CHECKED: {self.folder.name}: Is a directory", self.folder.name, key)
        for text in ("", "x\nAAAAA\ny\n", read(self.path("key")), read(key)[:60], read(key).replace("MCow", "MCox")):
            odd_key = write(self.path("odd.pem"), text)
            self.ends(2, "NOT CHECKED: the file of the public key has none of Ed25519", proof, odd_key)

    def test_a_tool_that_fails_is_no_verdict(self):
        proof, key = self.proof_file(), self.path("key.pem")
        without = self.without_package()
        for name, openssl in (
            ("none", None),
            ("old", "echo 'pkeyutl: Unknown option: -rawin' >&2\nexit 1"),  # Before 3.0, and LibreSSL.
            ("silent", "exit 1"),
            ("silent-and-glad", "exit 0"),
            ("killed", "kill -9 $$"),
        ):
            with self.subTest(openssl=name):
                folder = self.path(f"openssl-{name}")
                os.mkdir(folder)
                if openssl:
                    os.chmod(write(f"{folder}/openssl", f"#!/bin/sh\n{openssl}\n"), 0o755)
                said = self.ends(2, "NOT CHECKED: no tool here can check signatures", proof, key, PATH=folder, **without)
                self.assertIn("install", said)
                self.assertIn("says nothing of the proof", said)

    def test_a_package_that_fails_leaves_it_to_openssl(self):
        proof, key = self.proof_file(), self.path("key.pem")
        for how in ("raise ImportError", "class Panic(BaseException): pass\nraise Panic"):
            without = self.without_package(how)
            self.assertEqual(self.run_page(proof, key, **without).returncode, 0)
            self.ends(1, "NOT PROVEN: this public key didn't sign", proof, self.path("other.pem"), **without)
            spoiled = write(self.path("spoiled.proof"), read(proof).replace("total EUR 2 4 ", "total EUR 2 5 "))
            self.ends(1, "NOT PROVEN: this public key didn't sign", spoiled, key, **without)

    def test_a_public_key_counts_however_its_lines_end(self):
        text, pem = self.prove("top").stdout, read(self.path("key.pem"), "rb")
        for written in (pem.rstrip(), pem.replace(b"\n", b"\r\n"), b"Our key:\n\n" + pem + b"\nEnd\n"):
            self.assertEqual(check_proof.check(text, written)["key"], "top")

    def test_it_is_read_out_whatever_the_terminal_can_write(self):
        done = self.run_page(self.proof_file(), self.path("key.pem"), PYTHONIOENCODING="ascii")
        self.assertEqual((done.returncode, json.loads(done.stdout)["metadata"]), (0, {"n": [1, "é"]}), done.stderr)

    def test_an_entry_of_a_newer_giro_is_no_verdict(self):
        with mock.patch.object(check_proof, "CODES", {}), mock.patch.object(check_proof, "KINDS", ()):
            for key in ("top", "poor"):
                self.assertRaisesRegex(check_proof.Unchecked, "newer than this page", self.check, self.prove(key).stdout)

    def test_growth_is_proven_of_one_name_and_one_key(self):
        newer = self.checkpoint("newer")
        proof = json.loads(self.prove("--since", self.first, checkpoint=newer).stdout)
        for member, other, words in (
            ("checkpoint", self.sign(name="bank.example/renamed"), "two names, bank.example/ledger and bank.example/renamed"),
            ("checkpoint", self.sign(key="other"), "this public key didn't sign the checkpoint"),
            ("since", self.sign(key="other"), "this public key didn't sign the older checkpoint"),
        ):
            changed = dict(proof, **{member: other.stdout})
            written = json.dumps(changed, ensure_ascii=False, separators=(",", ":")) + "\n"
            self.assertRaisesRegex(check_proof.Wrong, words, self.check, written)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
