#!/usr/bin/env python3
"""Checkpoints and proofs by the real `giro` beside a real `girod`: what is signed can't be changed unseen, and what is
proven says itself what was decided, to somebody who has neither ledger nor Giro.

Usage: proofs_test.py GIROD GIRO
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
import unittest
from unittest import mock

from daemon_case import DONE, GIRO, NOBODY, REJECTED, USAGE, DaemonCase, json_of

PAGE = pathlib.Path(__file__).parents[2] / "contrib" / "check_proof.py"
NAME = "bank.example/ledger"

_spec = importlib.util.spec_from_file_location("check_proof", PAGE)
check_proof = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check_proof)


def read(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    return path


class ProofCase(DaemonCase):
    """A ledger with every kind of entry, signed twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.path("data")
        for key in ("key", "other"):
            write(cls.path(f"{key}.pem"), cls.done("checkpoint", "--new-key", cls.path(key)).stdout)
        cls.pay("top", "world", "acct:a", 10_000, reference="top up", metadata={"n": [1, "é"]})
        cls.first = cls.checkpoint("first")
        cls.decide_every_kind()
        cls.second = cls.checkpoint("second")
        feed = cls.done("tail", "--from", "1", "--count", str(cls.seq_of(cls.second)), "--json")
        cls.events = [json.loads(line) for line in feed.stdout.splitlines()]

    @classmethod
    def call(cls, method, **params):
        return json_of(cls.run_giro("call", method, "-", text=json.dumps(params)))

    @classmethod
    def pay(cls, key, payer, payee, amount, **more):
        return cls.call("payments.submit", key=key, **cls.leg(payer, payee, amount), **more)

    @staticmethod
    def leg(payer, payee, amount):
        return {"from": payer, "to": payee, "amount": amount, "currency": "EUR"}

    @classmethod
    def decide_every_kind(cls):
        cls.pay("poor", "acct:poor", "acct:b", 5)
        cls.pay("nobody", "acct:a", "acct:nobody", 5)
        cls.call("payments.submit", key="legs", legs=[cls.leg("acct:a", "acct:b", 7), cls.leg("acct:b", "world", 2)])
        cls.call("payments.submit", key="no-legs", legs=[cls.leg("acct:a", "acct:b", 7), cls.leg("acct:poor", "world", 2)])
        cls.call("payments.hold", key="hold", **cls.leg("acct:a", "acct:b", 100))
        cls.call("payments.capture", key="capture", hold="hold", amount=40)
        cls.call("payments.void", key="void", hold="hold")
        cls.call("payments.hold", key="expiring", **cls.leg("acct:a", "acct:b", 100), timeout="1s")
        cls.call("payments.reverse", key="reverse", original="top", amount=10)
        cls.call("accounts.update", key="update", id="acct:b", metadata={"city": "Wien"})
        cls.call("accounts.open", id="points", currency="PTS", scale=0)
        cls.call("accounts.close", key="close", id="points")
        cls.pay("two-currencies", "acct:a", "points", 5)
        past = "2020-01-31T09:00:00Z"
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        cls.call("payments.schedule", key="past", **cls.leg("acct:a", "acct:b", 9), at=past)
        cls.call("payments.schedule", key="soon", **cls.leg("acct:a", "acct:b", 9), at=soon)
        cls.call("payments.schedule", key="later", **cls.leg("acct:a", "acct:b", 9), at="2099-01-31T09:00:00Z")
        cls.call("payments.cancel", key="cancel", schedule="later")
        cls.call("ledger.close_books", key="books", until="2001-12-31")
        members = [{"method": "payments.submit", "params": {"key": f"g-{i}", **cls.leg("acct:a", "acct:b", i)}} for i in (1, 2)]
        cls.call("payments.submit_group", members=members)
        deadline = time.time() + 30
        decided = set()
        while not {"expiry", "scheduled_payment"} <= decided and time.time() < deadline:
            time.sleep(0.2)
            found = cls.call("payments.list", limit=1000)["payments"]
            decided = {entry["type"] for entry in found}

    @classmethod
    def sign(cls, *words, data=None, key="key"):
        return cls.run_giro("checkpoint", "--data", data or cls.data, "--key", cls.path(key), "--name", NAME, *words)

    @classmethod
    def checkpoint(cls, name, **how):
        done = cls.sign(**how)
        assert done.returncode == DONE, done.stderr
        return write(cls.path(name), done.stdout)

    @staticmethod
    def seq_of(checkpoint):
        return int(read(checkpoint).split("\n")[1])

    @classmethod
    def prove(cls, *words, checkpoint=None, data=None):
        return cls.run_giro("proof", *words, "--checkpoint", checkpoint or cls.second, "--data", data or cls.data)

    @classmethod
    def verify(cls, *words, data=None, key="key.pem"):
        return cls.run_giro("verify", "--data", data or cls.data, "--public-key", cls.path(key), *words)

    def check(self, text, key="key.pem"):
        return check_proof.check(text, read(self.path(key), "rb"))


class Proofs(ProofCase):
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

    def test_a_checkpoint_is_shown_to_go_on_from_an_older_one(self):
        done = self.prove("--since", self.first)
        self.assertEqual(done.returncode, DONE, done.stderr)
        sizes = {"entries": self.seq_of(self.second), "begins_with_entries": self.seq_of(self.first)}
        self.assertEqual(self.check(done.stdout), {"ledger": NAME, **sizes})
        proof = json.loads(done.stdout)
        for i in range(len(proof["path"])):
            changed = dict(proof, path=proof["path"][:i] + proof["path"][i + 1 :])
            written = json.dumps(changed, ensure_ascii=False, separators=(",", ":")) + "\n"
            self.assertRaises(check_proof.Wrong, self.check, written)
        self.assertEqual(self.prove("--since", self.second, checkpoint=self.first).returncode, USAGE)

    def test_what_was_decided_later_or_never_is_not_proven(self):
        done = self.prove("capture", checkpoint=self.first)
        self.assertEqual((done.returncode, done.stdout), (REJECTED, ""))
        self.assertIn("after the checkpoint's", done.stderr)
        done = self.prove("never")
        self.assertEqual((done.returncode, done.stdout), (REJECTED, ""))
        self.assertIn("nothing was ever decided under never", done.stderr)
        self.assertIn("no money moved", done.stderr)


class Checkpoints(ProofCase):
    def copy(self, name):
        """A folder with the ledger as it is now, at rest; returns it and a connection that may change it."""
        folder = self.path(name)
        os.mkdir(folder)
        with contextlib.closing(sqlite3.connect(f"{self.data}/ledger.db")) as ledger:
            ledger.execute(f"VACUUM INTO '{folder}/ledger.db'")
        return folder

    @contextlib.contextmanager
    def changing(self, folder):
        with contextlib.closing(sqlite3.connect(f"{folder}/ledger.db")) as ledger:
            yield ledger
            ledger.commit()
            ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @staticmethod
    def rehash(ledger):
        """Writes the digests of the whole chain anew, as docs/PROOFS.md has it."""
        posting = struct.Struct("<IIqqq")
        digest, commit = bytes(32), b""
        rows = ledger.execute(
            "SELECT seq, at, kind, outcome, uid, key, from_account, to_account, amount, from_after, to_after,"
            " details, metadata, digest FROM journal ORDER BY seq"
        ).fetchall()
        for seq, at, kind, outcome, uid, key, *money, details, metadata, stored in rows:
            legs = ledger.execute(
                "SELECT from_account, to_account, amount, from_after, to_after FROM legs WHERE seq = ? ORDER BY leg", (seq,)
            ).fetchall()
            key, details, metadata = ((text or "").encode() for text in (key, details, metadata))
            commit += struct.pack("<QqBBIB", seq, at, kind, outcome, uid, len(key)) + key + posting.pack(*money)
            commit += struct.pack("<I", len(legs)) + b"".join(posting.pack(*leg) for leg in legs)
            commit += b"".join(struct.pack("<I", len(text)) + text for text in (details, metadata))
            if stored is None:
                continue
            digest, commit = hashlib.sha256(digest + commit).digest(), b""
            ledger.execute("UPDATE journal SET digest = ? WHERE seq = ?", (digest, seq))
        return digest.hex()

    def refused(self, folder, words, checkpoint=None, proof_too=True):
        """By verify against the checkpoint, by the next signing, and by a proof."""
        checkpoint = checkpoint or self.second
        done = self.verify("--checkpoint", checkpoint, data=folder)
        self.assertEqual(done.returncode, REJECTED, done.stdout + done.stderr)
        self.assertIn(words, done.stdout)
        self.assertIn("Stop payments", done.stderr)
        shelf = f"{folder}/shelf-{self.seq_of(checkpoint)}"
        os.mkdir(shelf)
        shutil.copy(checkpoint, f"{shelf}/{self.seq_of(checkpoint):020}.checkpoint")
        done = self.sign("--into", shelf, data=folder)
        self.assertEqual((done.returncode, done.stdout), (REJECTED, ""), done.stderr)
        self.assertIn("Nothing was signed", done.stderr)
        self.assertEqual(len(os.listdir(shelf)), 1)
        if proof_too:
            done = self.prove("top", checkpoint=checkpoint, data=folder)
            self.assertEqual((done.returncode, done.stdout), (REJECTED, ""), done.stderr)

    def test_the_ledger_extends_its_own_checkpoints_beside_its_daemon(self):
        self.pay("goes-on", "acct:a", "acct:b", 1)
        done = self.verify("--checkpoint", self.first, "--checkpoint", self.second, "--json")
        self.assertEqual(done.returncode, DONE, done.stderr)
        result = json_of(done)
        self.assertTrue(result["ok"])
        self.assertEqual([each["signed"] for each in result["checkpoints"]], [True, True])
        shown = self.verify("--checkpoint", self.first)
        self.assertRegex(shown.stdout, rf"{self.seq_of(self.first)} +{NAME} +good +extends it")

    def test_without_a_public_key_it_says_that_nobody_looked_who_signed(self):
        done = self.run_giro("verify", "--data", self.data, "--checkpoint", self.first)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("not checked", done.stdout)
        self.assertIn("--public-key", done.stderr)

    def test_a_rewritten_chain_is_whole_by_itself_and_found_by_an_old_checkpoint(self):
        folder = self.copy("rewritten")
        with self.changing(folder) as ledger:
            before = json_of(self.verify("--checkpoint", self.first, "--json", data=folder))["head_digest"]
            self.assertEqual(self.rehash(ledger), before)
            ledger.execute("UPDATE journal SET uid = uid + 1 WHERE key = 'top'")
            self.rehash(ledger)
        done = self.run_giro("verify", "--data", folder)
        self.assertEqual(done.returncode, DONE, done.stdout)
        self.refused(folder, "the root of the tree over all entries, the audit chain's digest", checkpoint=self.first)

    def test_a_row_that_was_changed_is_found_twice(self):
        folder = self.copy("changed")
        with self.changing(folder) as ledger:
            ledger.execute("UPDATE journal SET uid = uid + 1 WHERE key = 'top'")
        self.refused(folder, "audit chain breaks")

    def test_a_last_commit_that_was_removed_is_found(self):
        folder = self.copy("removed")
        with self.changing(folder) as ledger:
            ledger.execute(
                "DELETE FROM journal WHERE seq > (SELECT max(seq) FROM journal WHERE digest IS NOT NULL AND seq < ?)",
                (self.seq_of(self.second),),
            )
        self.refused(folder, f"before the checkpoint's {self.seq_of(self.second)}")

    def test_two_entries_that_changed_places_are_found(self):
        folder = self.copy("reordered")
        with self.changing(folder) as ledger:
            first, second = (
                ledger.execute("SELECT seq FROM journal WHERE key = ?", (key,)).fetchone()[0] for key in ("top", "poor")
            )
            for old, new in ((first, -1), (second, first), (-1, second)):
                ledger.execute("UPDATE journal SET seq = ? WHERE seq = ?", (new, old))
            self.rehash(ledger)
        self.refused(folder, "the root of the tree")

    def test_commits_that_were_drawn_together_are_found(self):
        folder = self.copy("together")
        with self.changing(folder) as ledger:
            end = self.seq_of(self.first)
            ledger.execute("UPDATE journal SET digest = NULL, group_index = NULL WHERE seq = ?", (end,))
            self.rehash(ledger)
        # All entries are the ones that were signed, so that a proof of one holds.
        self.refused(folder, f"no commit ends at seq {end} any more", checkpoint=self.first, proof_too=False)

    def test_another_ledger_is_found(self):
        folder, socket = self.path("another"), self.path("another.sock")
        daemon = self.start_daemon(data=folder, socket=socket)
        self.addCleanup(self.stop_daemon, daemon)
        for name in ("world", "a", "b", "c", "d", "e"):
            self.done("account", "open", name, "--currency", "EUR", "--floor", "none", socket=socket)
        self.done("pay", "world", "a", "1", "EUR", "--key", "top", socket=socket)
        self.refused(folder, "other than at seq", checkpoint=self.first)
        self.refused(folder, "the ledger ends at seq 7", checkpoint=self.second)

    def test_totals_that_were_changed_in_a_checkpoint_are_found_with_its_key_and_without(self):
        forged = write(self.path("forged"), read(self.second).replace("total EUR 2 4 ", "total EUR 2 5 "))
        self.assertNotEqual(read(forged), read(self.second))
        done = self.verify("--checkpoint", forged)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("NOT THIS KEY'S", done.stdout)
        self.assertIn("proves nothing", done.stderr)
        done = self.run_giro("verify", "--data", self.data, "--checkpoint", forged)
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn(": the totals", done.stdout)

    def test_a_checkpoint_of_another_key_is_refused(self):
        done = self.verify("--checkpoint", self.second, key="other.pem")
        self.assertEqual(done.returncode, REJECTED)
        self.assertIn("NOT THIS KEY'S", done.stdout)

    def test_a_checkpoint_that_was_cut_short_is_none(self):
        text = read(self.second)
        for size in (0, 20, len(text) // 2, len(text) - 1):
            short = write(self.path("short"), text[:size])
            done = self.verify("--checkpoint", short)
            self.assertEqual(done.returncode, USAGE, done.stdout)
            self.assertIn("is no checkpoint", done.stderr)
            self.assertIn("no money moved", done.stderr)

    def test_a_folder_keeps_a_checkpoint_a_state(self):
        shelf = self.path("shelf")
        os.mkdir(shelf)
        self.pay("shelf-1", "acct:a", "acct:b", 1)
        first = self.sign("--into", shelf)
        self.assertEqual(first.returncode, DONE, first.stderr)
        again = self.sign("--into", shelf)
        self.assertEqual((again.returncode, again.stdout), (DONE, first.stdout))
        self.pay("shelf-2", "acct:a", "acct:b", 1)
        later = self.sign("--into", shelf)
        self.assertEqual(sorted(f"{shelf}/{name}" for name in os.listdir(shelf)), [first.stdout.strip(), later.stdout.strip()])

    def test_a_ledger_that_is_not_whole_is_not_signed(self):
        folder = self.copy("damaged")
        with self.changing(folder) as ledger:
            ledger.execute("UPDATE accounts SET posted_in = posted_in + 1 WHERE number = 2")
        done = self.sign(data=folder)
        self.assertEqual((done.returncode, done.stdout), (REJECTED, ""))
        self.assertIn("Nothing was signed", done.stderr)

    def test_the_key_comes_from_a_file_or_from_systemd_and_nobody_else_may_read_it(self):
        os.mkdir(self.path("credentials"))
        shutil.copy(self.path("key"), self.path("credentials/giro-checkpoint-key"))
        os.chmod(self.path("credentials/giro-checkpoint-key"), 0o440)  # As systemd's access lists look.
        words = (GIRO, "checkpoint", "--data", self.data, "--name", NAME)
        with_credential = dict(os.environ, CREDENTIALS_DIRECTORY=self.path("credentials"))
        done = subprocess.run(words, env=with_credential, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, DONE, done.stderr)
        without = {name: value for name, value in os.environ.items() if name != "CREDENTIALS_DIRECTORY"}
        done = subprocess.run(words, env=without, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertIn("no key to sign with", done.stderr)
        os.chmod(self.path("other"), 0o644)
        done = self.sign(key="other")
        os.chmod(self.path("other"), 0o600)
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertIn("can be used by others", done.stderr)

    def test_openssl_checks_the_signature_too(self):
        if shutil.which("openssl") is None:
            self.skipTest("openssl isn't installed")
        shutil.copy(self.path("key"), self.path("by-openssl"))
        public = subprocess.run(("openssl", "pkey", "-in", self.path("by-openssl"), "-pubout"), capture_output=True, check=True)
        self.assertEqual(public.stdout, read(self.path("key.pem"), "rb"))

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_user_without_rights_is_told_so(self):
        words = (GIRO, "proof", "top", "--checkpoint", self.second, "--data", self.data)
        os.chmod(self.folder.name, 0o755)
        done = subprocess.run(words, capture_output=True, text=True, check=False, user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertIn("Nothing was changed", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
