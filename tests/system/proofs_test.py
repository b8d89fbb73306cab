#!/usr/bin/env python3
"""Checkpoints and proofs by the real `giro` beside a real `girod`: what is signed can't be changed unseen.

Usage: proofs_test.py GIROD GIRO
"""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import unittest

from daemon_case import DONE, GIRO, NOBODY, REJECTED, USAGE, json_of
from proof_case import NAME, ProofCase, check_proof, read, write


class Proofs(ProofCase):
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

    def test_growth_is_shown_only_where_a_checker_takes_it(self):
        renamed = self.checkpoint("renamed", name="bank.example/renamed")
        by_another = self.checkpoint("by-another", key="other")
        for checkpoint, words in ((renamed, "under one name"), (by_another, "signed by two keys")):
            done = self.prove("--since", self.first, checkpoint=checkpoint)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
            self.assertIn(words, done.stderr)
            self.assertIn("`giro checkpoint --", done.stderr)

    def test_with_a_public_key_nothing_is_shown_against_what_it_did_not_sign(self):
        by_key = ("--public-key", self.path("key.pem"))
        self.assertNotIn("Who signed", self.prove("top", *by_key).stderr)
        self.assertIn("Who signed wasn't checked", self.prove("top").stderr)
        forged = write(self.path("forged"), read(self.second).replace("total EUR 2 4 ", "total EUR 2 5 "))
        for words in (("top",), ("--since", self.first)):
            done = self.prove(*words, *by_key, checkpoint=forged)
            self.assertEqual((done.returncode, done.stdout), (REJECTED, ""))
            self.assertIn(f"the public key didn't sign {forged}", done.stderr)
        done = self.prove("top", "--public-key", "")
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))

    def test_what_was_decided_later_or_never_is_not_proven(self):
        done = self.prove("capture", checkpoint=self.first)
        self.assertEqual((done.returncode, done.stdout), (REJECTED, ""))
        self.assertIn("after the checkpoint's", done.stderr)
        done = self.prove("never")
        self.assertEqual((done.returncode, done.stdout), (REJECTED, ""))
        self.assertIn("nothing was ever decided under never", done.stderr)
        self.assertIn("no money moved", done.stderr)
        self.assertIn("#99999: the ledger ends at seq ", self.prove("#99999").stderr)


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
        self.assertIn("first see with --public-key", done.stderr)

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

    def test_what_is_no_checkpoint_is_told_from_one_whatever_it_is(self):
        text = read(self.second)
        with open(self.path("crlf"), "w", encoding="utf-8", newline="\r\n") as file:
            file.write(text)
        for file, words in (
            (self.folder.name, "can't be read"),
            (self.path("nowhere"), "can't be read"),
            (write(self.path("empty"), ""), "is no checkpoint"),
            (self.path("crlf"), "CR LF"),
            ("/dev/zero", "longer than any checkpoint"),  # As a file of any size.
        ):
            for done in (
                self.verify("--checkpoint", file),
                self.prove("top", checkpoint=file),
                self.prove("--since", file),
            ):
                self.assertEqual((done.returncode, done.stdout), (USAGE, ""), done.stderr)
                self.assertIn(words, done.stderr)

    def shelf(self, name):
        """A folder with two checkpoints, of which the newer one is of the ledger as it is."""
        shelf = self.path(name)
        os.mkdir(shelf)
        files = []
        for i in range(2):
            self.pay(f"{name}-{i}", "acct:a", "acct:b", 1)
            done = self.sign("--into", shelf)
            self.assertEqual(done.returncode, DONE, done.stderr)
            files.append(done.stdout.strip())
        return shelf, files

    def test_a_folder_goes_on_under_the_name_it_began_with(self):
        shelf, files = self.shelf("named")
        self.pay("named-later", "acct:a", "acct:b", 1)
        done = self.sign("--into", shelf, name="bank.example/renamed")
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertIn("can't be of bank.example/renamed", done.stderr)
        done = self.sign("--into", shelf, name=None)  # This host is called otherwise.
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertTrue(read(done.stdout.strip()).startswith(f"{NAME}\n"))
        self.assertEqual(self.prove("--since", files[0], checkpoint=done.stdout.strip()).returncode, DONE)

    def test_a_folder_does_not_go_on_from_what_its_key_did_not_sign(self):
        shelf, (older, newest) = self.shelf("spoiled")
        good = read(newest)
        for name, spoiled in (
            ("signature", good[:-9] + ("B" if good[-9] == "A" else "A") + good[-8:]),
            ("total", good.replace("total EUR 2 4 ", "total EUR 2 5 ")),
            ("another key's", self.sign(key="other").stdout),
            ("an older one", read(older)),
            ("cut short", good[:60]),
            ("empty", ""),
        ):
            with self.subTest(newest=name):
                self.assertNotEqual(write(newest, spoiled) and spoiled, good)
                done = self.sign("--into", shelf)
                self.assertEqual((done.returncode, done.stdout), (REJECTED, ""), done.stderr)
                self.assertIn("Nothing was signed", done.stderr)
                self.assertIn("move the file elsewhere", done.stderr)
                self.assertEqual((read(newest), len(os.listdir(shelf))), (spoiled, 2))
        os.unlink(newest)
        done = self.sign("--into", shelf)
        self.assertEqual((done.returncode, done.stdout.strip(), read(newest)), (DONE, newest, good), done.stderr)

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
