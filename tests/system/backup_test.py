#!/usr/bin/env python3
"""`giro backup`, `giro restore` and `giro backup --follow` beside a `girod` under load; kills, a full disk, misuse.

Usage: backup_test.py GIROD GIRO
"""

import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

from daemon_case import DONE, GIRO, NO_OUTPUT, REJECTED, USAGE, DaemonCase, json_of
from seeded import seeded

PAYMENTS = 150_000
ACCOUNTS = ("acct:a", "acct:b")


def read_by_the_description(backup):
    """What docs/BACKUP.md says of the format, in a few lines: the last seq and digest of a backup, proved."""
    at, last, before = 0, 0, bytes(32)
    while True:
        header = backup[at : at + 56]
        magic, first, stored, size = struct.unpack("<8sQ32sQ", header)
        assert (magic, first, stored) == (b"GIROSEG1", last + 1, before)
        at += 56
        end = at + size
        checksum = hashlib.sha256(before + header)
        while at < end:
            group, seq, time_ns, entries = struct.unpack("<QQqQ", backup[at : at + 32])
            assert group > 0 and time_ns > 0 and seq > last
            digest = hashlib.sha256(before + backup[at + 32 : at + 32 + entries]).digest()
            assert digest == backup[at + 32 + entries : at + 64 + entries]
            checksum.update(backup[at : at + 32] + digest)
            at += 64 + entries
            last, before = seq, digest
        assert checksum.digest() == backup[at : at + 32]
        at += 32
        if size == 0:
            assert at == len(backup)
            return last, before.hex()


class Backup(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load = None

    def setUp(self):
        self.here = self.path(self._testMethodName)
        os.mkdir(self.here)

    def tearDown(self):
        if self.load:
            self.load.kill()
            self.load.wait()

    def begin_load(self):
        """Payments in small groups, so that there are thousands of commits."""
        payments = f"{self.here}/payments.csv"
        with open(payments, "w", encoding="utf-8") as file:
            file.write("key,from,to,amount,currency\n")
            for i in range(PAYMENTS):
                file.write(f"{self._testMethodName[:30]}-{i},world,{ACCOUNTS[i % 2]},0.0{1 + i % 9},EUR\n")
        head = self.head()
        self.load = subprocess.Popen(
            [GIRO, "submit", "--batch", "50", payments],
            env=dict(os.environ, GIRO_SOCKET=self.socket),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while self.head() < head + 500:
            self.assertIsNone(self.load.poll())
            time.sleep(0.01)

    def head(self):
        return json_of(self.done("status", "--json"))["seq"]

    def restore(self, source, *words):
        folder = f"{self.here}/restored"
        shutil.rmtree(folder, ignore_errors=True)
        return folder, json_of(self.done("restore", source, "--data", folder, *words, "--json"))

    def balances(self, *words, **how):
        """Of each account; one that isn't open yet has nothing, as a question about its past says, too."""
        shown = {}
        for name in ("world", *ACCOUNTS):
            ran = self.run_giro("account", "show", name, "--json", *words, **how)
            if ran.returncode != DONE:
                self.assertEqual(json.loads(ran.stderr)["error"]["code"], "account_unknown")
            shown[name] = json_of(ran)["balance"] if ran.returncode == DONE else 0
        return shown

    def expect_the_ledger_of(self, folder, made):
        socket = self.path("restored.sock")
        verified = json_of(self.done("verify", "--data", folder, "--json"))
        self.assertEqual(verified["head_digest"], made["head_digest"])
        daemon = self.start_daemon(data=folder, socket=socket)
        try:
            shown = self.balances(socket=socket)
        finally:
            self.stop_daemon(daemon)
        # The running daemon knows what was true at that moment: it is the model.
        self.assertEqual(shown, self.balances("--at", str(made["head_seq"])))

    @seeded
    def test_a_backup_under_load_is_restored_to_20_random_seqs(self, dice):
        self.begin_load()
        backup = f"{self.here}/giro.giro"
        made = json_of(self.done("backup", backup, "--data", self.path("data"), "--json"))
        self.assertLess(made["head_seq"], self.head(), "payments went on")
        self.assertNotIn("giro.giro.part", os.listdir(self.here))
        checked = json_of(self.done("verify", "--backup", backup, "--json"))
        self.assertEqual(checked["head_digest"], made["head_digest"])
        for asked in (1, 2, *(dice.randint(3, made["head_seq"]) for _ in range(18))):
            folder, restored = self.restore(backup, "--to-seq", str(asked))
            self.assertLessEqual(restored["head_seq"], asked)
            self.assertLess(asked - restored["head_seq"], 50, "the commit before")
            self.expect_the_ledger_of(folder, restored)

    @seeded
    def test_a_folder_that_follows_under_load_is_a_second_behind_at_most_and_survives_kills(self, dice):
        kept = f"{self.here}/kept"
        self.begin_load()
        os.mkdir(kept)
        words = [GIRO, "backup", "--follow", kept, "--data", self.path("data")]
        for _ in range(5):
            follower = subprocess.Popen(words, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.05, 0.6))
            follower.kill()
            follower.wait()
            if any(name.endswith(".giro") for name in os.listdir(kept)):
                self.done("verify", "--backup", kept)
        follower = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        try:
            while "is up with the ledger" not in follower.stderr.readline():
                self.assertIsNone(follower.poll())
            self.done("pay", "world", "acct:a", "1.00", "EUR", "--key", "followed")
            decided = self.head()
            deadline = time.monotonic() + 30
            while json_of(self.done("verify", "--backup", kept, "--json"))["head_seq"] < decided:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
        finally:
            follower.send_signal(signal.SIGTERM)
            self.assertEqual(follower.wait(timeout=30), -signal.SIGTERM)
            follower.stderr.close()
        folder, restored = self.restore(kept)
        self.expect_the_ledger_of(folder, restored)
        again = self.run_and_expect(
            REJECTED, "backup", "--follow", kept, "--data", self.restore(kept, "--to-seq", "3")[0]
        )
        self.assertIn("isn't the one that the backup", again.stderr)
        self.assertIn("the backup has payments that the ledger lacks", again.stderr)

    def test_a_backup_goes_through_a_pipe(self):
        with subprocess.Popen(
            [GIRO, "backup", "-", "--data", self.path("data")], stdout=subprocess.PIPE
        ) as backup:
            ran = subprocess.run(
                [GIRO, "restore", "-", "--data", f"{self.here}/there", "--json"],
                stdin=backup.stdout,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                check=True,
                text=True,
            )
        self.assertEqual(backup.returncode, 0)
        self.expect_the_ledger_of(f"{self.here}/there", json.loads(ran.stdout))

    def test_a_pipe_that_breaks_is_told_as_one(self):
        nobody_reads, pipe = os.pipe()
        os.close(nobody_reads)
        words = [GIRO, "backup", "-", "--data", self.path("data")]
        made = subprocess.run(words, stdout=pipe, stderr=subprocess.PIPE, check=False, text=True)
        os.close(pipe)
        self.assertEqual(made.returncode, NO_OUTPUT)
        self.assertIn("The program behind the pipe ended early", made.stderr)
        self.assertIn("is no whole backup", made.stderr)

    def test_the_format_is_what_its_description_says(self):
        backup = f"{self.here}/giro.giro"
        self.done("pay", "world", "acct:a", "1", "EUR", "--key", "described", "--reference", "inv-1")
        made = json_of(self.done("backup", backup, "--data", self.path("data"), "--json"))
        with open(backup, "rb") as file:
            self.assertEqual(read_by_the_description(file.read()), (made["head_seq"], made["head_digest"]))

    def test_a_moment_in_the_past_is_restored_by_its_time(self):
        backup = f"{self.here}/giro.giro"
        first = json_of(self.done("pay", "world", "acct:a", "1", "EUR", "--key", "early", "--json"))
        self.done("pay", "world", "acct:a", "2", "EUR", "--key", "late")
        self.done("backup", backup, "--data", self.path("data"))
        folder, restored = self.restore(backup, "--to-time", first["at"])
        self.assertEqual((restored["head_seq"], restored["at"]), (first["seq"], first["at"]))
        self.assertEqual((restored["asked"], restored["complete"]), (first["at"], True))
        self.expect_the_ledger_of(folder, restored)

    def test_a_backup_that_ends_before_what_was_asked_says_so(self):
        backup = f"{self.here}/giro.giro"
        made = json_of(self.done("backup", backup, "--data", self.path("data"), "--json"))
        end = made["head_seq"]
        for words, asked, complete, said in (
            ((), None, True, None),
            (("--to-seq", str(end)), end, True, None),
            (("--to-seq", str(end + 1)), end + 1, False, f"The backup ends at seq {end}, before seq {end + 1}."),
            (("--to-time", made["at"]), made["at"], True, None),
            (
                ("--to-time", "2100-01-01T00:00:00Z"),
                "2100-01-01T00:00:00Z",
                False,
                f"The backup ends at seq {end}, of {made['at']}, before 2100-01-01T00:00:00",
            ),
        ):
            shutil.rmtree(f"{self.here}/then", ignore_errors=True)
            ran = self.done("restore", backup, "--data", f"{self.here}/then", *words, "--json")
            answer = json_of(ran)
            self.assertEqual((answer["complete"], answer["head_seq"]), (complete, end))
            self.assertEqual(str(answer["asked"])[:19], str(asked)[:19])
            self.assertEqual("The backup ends" in ran.stderr, said is not None)
            self.assertIn(said or "", ran.stderr)

    def test_a_restore_fills_a_mount(self):
        backup, there = f"{self.here}/giro.giro", f"{self.here}/mount"
        self.done("backup", backup, "--data", self.path("data"))
        os.mkdir(there)
        mount = ["unshare", "-m", "sh", "-c"]
        if subprocess.run([*mount, f"mount -t tmpfs none {there}"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("this user may not mount")
        script = f"mount -t tmpfs none {there} && {GIRO} restore {backup} --data {there} && {GIRO} verify --data {there}"
        ran = subprocess.run([*mount, script], check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(sorted(os.listdir(self.here)), ["giro.giro", "mount"])

    def test_a_follower_tells_a_ledger_that_was_put_back_in_its_own_files(self):
        data, socket, kept = f"{self.here}/data", self.path("put-back.sock"), f"{self.here}/kept"
        older = f"{self.here}/older"
        for remove_log in (True, False):
            shutil.rmtree(data, ignore_errors=True)
            shutil.rmtree(kept, ignore_errors=True)
            daemon = self.start_daemon(data=data, socket=socket)
            self.done("account", "open", "world", "--currency", "EUR", "--floor", "none", socket=socket)
            self.done("account", "open", "acct:a", "--currency", "EUR", socket=socket)
            self.stop_daemon(daemon)
            shutil.copytree(data, older, dirs_exist_ok=True)
            daemon = self.start_daemon(data=data, socket=socket)
            pay = ("pay", "world", "acct:a", "1", "EUR", "--key")
            self.done(*pay, "lost", socket=socket)
            with subprocess.Popen(
                [GIRO, "backup", "--follow", kept, "--data", data], stderr=subprocess.PIPE, text=True
            ) as follower:
                while "is up with the ledger, at seq 3" not in follower.stderr.readline():
                    self.assertIsNone(follower.poll())
                self.stop_daemon(daemon)
                for name in ("ledger.db", "anchor"):
                    shutil.copyfile(f"{older}/{name}", f"{data}/{name}")
                if remove_log:
                    os.remove(f"{data}/ledger.db-wal")
                    os.remove(f"{data}/ledger.db-shm")
                daemon = self.start_daemon(data=data, socket=socket)
                self.done(*pay, "one", socket=socket)
                self.done(*pay, "two", socket=socket)
                said = follower.stderr.read()
                self.assertEqual(follower.wait(timeout=30), REJECTED, said)
            self.stop_daemon(daemon)
            self.assertIn("the backup has payments that the ledger lacks", said)
            self.assertNotIn("is damaged", said)

    def test_keys_after_the_end_are_new_again_and_those_before_answer_as_they_did(self):
        backup = f"{self.here}/giro.giro"
        before = json_of(self.done("pay", "world", "acct:a", "1", "EUR", "--key", "kept", "--json"))
        self.done("backup", backup, "--data", self.path("data"))
        after = self.done("pay", "world", "acct:a", "1", "EUR", "--key", "lost", "--json")
        folder = f"{self.here}/restored"
        said = self.done("restore", backup, "--data", folder).stderr
        self.assertIn("its keys are new again", said)
        socket = self.path("restored.sock")
        daemon = self.start_daemon(data=folder, socket=socket)
        pay = ("pay", "world", "acct:a", "1", "EUR", "--json", "--key")
        again = json_of(self.done(*pay, "kept", socket=socket))
        self.assertEqual((again["seq"], again["replayed"]), (before["seq"], True))
        anew = json_of(self.done(*pay, "lost", socket=socket))
        self.assertEqual((anew["seq"], anew["replayed"]), (json_of(after)["seq"], False))
        self.stop_daemon(daemon)

    def test_what_cant_be_done_says_why_and_leaves_nothing(self):
        backup, data = f"{self.here}/giro.giro", ("--data", self.path("data"))
        self.done("backup", backup, *data)
        size = os.path.getsize(backup)
        self.assertIn("isn't overwritten", self.run_and_expect(USAGE, "backup", backup, *data).stderr)
        self.done("backup", backup, "--overwrite", *data)
        ledger = self.path("data/ledger.db")
        for place in ((ledger, "--overwrite"), (f"{ledger}.giro",), ("--follow", self.path("data"))):
            refused = self.run_and_expect(USAGE, "backup", *place, *data)
            self.assertIn("is a ledger's own folder", refused.stderr)
        self.done("pay", "world", "acct:a", "1", "EUR", "--key", "as before")
        figures = self.run_and_expect(USAGE, "bench", "W1", "--json", ledger)
        self.assertIn("a ledger's own folder", figures.stderr)
        is_ledger = self.run_and_expect(REJECTED, "verify", "--backup", ledger)
        self.assertIn("is a ledger itself", is_ledger.stderr)
        self.run_and_expect(USAGE, "backup", *data)
        self.run_and_expect(USAGE, "backup", backup, "--follow", self.here, *data)
        nowhere = self.run_and_expect(USAGE, "backup", f"{self.here}/b", "--data", f"{self.here}/nowhere")
        self.assertIn("can't be read", nowhere.stderr)
        self.run_and_expect(NO_OUTPUT, "backup", f"{self.here}/nowhere/b", *data)
        full = ["bash", "-c", f"ulimit -f {size // 2048}; trap '' XFSZ; exec {GIRO} backup {self.here}/b {' '.join(data)}"]
        ran = subprocess.run(full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(ran.returncode, NO_OUTPUT, ran.stderr)
        self.assertIn("Make room", ran.stderr)
        self.assertEqual(os.listdir(self.here), ["giro.giro"])

        taken = self.run_and_expect(USAGE, "restore", backup, *data)
        self.assertIn("isn't an empty folder", taken.stderr)
        with open(backup, "r+b") as file:
            file.truncate(size - 40)
        cut = self.run_and_expect(REJECTED, "restore", backup, "--data", f"{self.here}/r")
        self.assertIn("ends in the middle of a segment", cut.stderr)
        self.assertIn("No ledger was touched", cut.stderr)
        self.assertIn("--to-seq", cut.stderr)
        self.assertEqual(os.listdir(self.here), ["giro.giro"])
        self.run_and_expect(REJECTED, "verify", "--backup", backup)
        self.run_and_expect(USAGE, "restore", backup, "--data", f"{self.here}/r", "--to-seq", "x")
        self.run_and_expect(
            USAGE, "restore", backup, "--data", f"{self.here}/r", "--to-seq", "1", "--to-time", "now"
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
