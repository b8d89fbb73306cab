#!/usr/bin/env python3
"""What `./dev bench` compares Giro with and how it keeps the figures: the plain SQLite program, a document, the list
of results, the options. PostgreSQL isn't needed.

Usage: compare_test.py SOURCE-DIR GIRO_PLAIN_SQLITE
"""

import copy
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv[1])
PLAIN_SQLITE = sys.argv[2]
COMPARE = SOURCE / "bench" / "compare"

USAGE, INTERNAL = 64, 70


def outcome(ident, per_second, **more):
    return {
        "id": ident,
        "title": f"how {ident} pays",
        "payments": {"done": 1000, "seconds": 1.0, "per_second": per_second},
        "other_cpu_seconds": 0.0,
        "latencies": [{"what": "a payment", "count": 1000, "p50_ms": 0.5, "p99_ms": 12.34}],
        **more,
    }


GIRO = {
    "taken_at": "2026-02-03T04:05:06Z",
    "scale": 0.1,
    "sqlite": "3.54.1",
    "machine": {"processor": "A Chip", "cores": 2, "memory_bytes": 2**33, "filesystem": "ext4", "sync_floor_ms": 0.17},
    "workloads": [outcome("W1", 500_000.0), outcome("W3", 80_000.0)],
}
OLDER = dict(GIRO, taken_at="2025-12-31T23:59:00Z")
POSTGRES = outcome("postgresql", 10_000.0, name="PostgreSQL", version="15.1", settings={"fsync": "on"})
PLAIN = outcome("plain_sqlite", 2_500.0, name="plain SQLite", version="3.54.1", settings={"synchronous": "full"})


class InScratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def run_program(self, *words):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)

    def results(self, *words):
        return self.run_program(COMPARE / "results.py", *words)


class PlainSqlite(InScratch):
    def test_it_reports_a_rate_for_payments_that_are_there_and_sum_to_zero(self):
        done = self.run_program(PLAIN_SQLITE, self.folder / "new", 0.2)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        payments = report["payments"]
        self.assertGreater(payments["done"], 0)
        self.assertAlmostEqual(payments["per_second"], payments["done"] / payments["seconds"], delta=0.01)
        self.assertEqual(report["latencies"][0]["count"], payments["done"])
        self.assertLessEqual(report["latencies"][0]["p50_ms"], report["latencies"][0]["p99_ms"])
        self.assertEqual(report["settings"]["journal_mode"], "wal")
        self.assertEqual(report["settings"]["synchronous"], "full")
        with sqlite3.connect(self.folder / "new" / "plain.db") as database:
            (count, amount) = database.execute("SELECT count(*), min(amount) FROM payments").fetchone()
            (accounts, net) = database.execute("SELECT count(*), sum(balance) FROM accounts").fetchone()
        self.assertEqual((count, accounts, net), (payments["done"], 10_000, 0))
        self.assertGreaterEqual(amount, 1_000)

    def test_it_takes_a_new_folder_and_a_time_only(self):
        for words in ([], [self.folder / "new"], [self.folder / "new", "soon"], [self.folder / "new", "0"]):
            done = self.run_program(PLAIN_SQLITE, *words)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
            self.assertIn("usage:", done.stderr)
        done = self.run_program(PLAIN_SQLITE, self.folder, 0.2)
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertIn("new folder", done.stderr)


class Results(InScratch):
    def document(self, giro):
        files = [self.file("in", giro), self.file("postgres", POSTGRES), self.file("plain", PLAIN)]
        merged = self.results("merge", *files)
        self.assertEqual(merged.returncode, 0, merged.stderr)
        return json.loads(merged.stdout)

    def kept(self):
        folder = self.folder / "results"
        folder.mkdir()
        return folder

    def test_a_document_has_all_of_them_and_the_ratios_of_w3(self):
        document = self.document(GIRO)
        self.assertEqual(document["giro"], GIRO)
        self.assertEqual(document["compared"], [POSTGRES, PLAIN])
        self.assertEqual(document["ratios"], {"postgresql": 8.0, "plain_sqlite": 32.0})

    def test_without_w3_there_is_nothing_to_compare(self):
        giro = dict(GIRO, workloads=[outcome("W1", 1.0)])
        done = self.results("merge", self.file("in", giro), self.file("plain", PLAIN))
        self.assertEqual((done.returncode, done.stdout), (INTERNAL, ""))
        self.assertIn("no W3", done.stderr)

    def test_the_table_has_rates_latencies_ratios_and_settings(self):
        shown = self.results("show", self.file("document", self.document(GIRO))).stdout
        lines = [" ".join(line.split()) for line in shown.splitlines()]
        self.assertIn("Giro, W3 how W3 pays 80,000 0.50 ms 12.3 ms", lines)
        self.assertIn("PostgreSQL 15.1 how postgresql pays 10,000 0.50 ms 12.3 ms 8.0 times that", lines)
        self.assertIn("plain SQLite 3.54.1 how plain_sqlite pays 2,500 0.50 ms 12.3 ms 32 times that", lines)
        self.assertIn("fsync=on", lines)
        self.assertNotIn("kept the processors busy", shown)

    def test_saving_keeps_the_document_and_lists_all_with_the_newest_first(self):
        folder = self.kept()
        (folder / "an-older-one.json").write_text(json.dumps(OLDER), encoding="utf-8")
        document = self.document(GIRO)
        done = self.results("save", self.file("document", document), folder)
        self.assertEqual(done.stdout, "bench/results/2026-02-03T0405.json\n")
        self.assertEqual(json.loads((folder / "2026-02-03T0405.json").read_text(encoding="utf-8")), document)
        rows = [line for line in (folder / "README.md").read_text(encoding="utf-8").splitlines() if line[:3] == "| ["]
        self.assertEqual(
            rows,
            [
                "| [2026-02-03 04:05](2026-02-03T0405.json) | A Chip, 2 cores, 8 GiB, ext4 (sync 0.17 ms) | 3.54.1 "
                "| 0.1 | 500,000 (0.50 ms, 12.3 ms) | 80,000 (0.50 ms, 12.3 ms) "
                "| 15.1: 10,000 (0.50 ms, 12.3 ms), x 8.0 | 3.54.1: 2,500 (0.50 ms, 12.3 ms), x 32 |",
                "| [2025-12-31 23:59](an-older-one.json) | A Chip, 2 cores, 8 GiB, ext4 (sync 0.17 ms) | 3.54.1 "
                "| 0.1 | 500,000 (0.50 ms, 12.3 ms) | 80,000 (0.50 ms, 12.3 ms) | - | - |",
            ],
        )

    def test_a_run_beside_other_work_is_called_disturbed(self):
        giro = copy.deepcopy(GIRO)
        giro["workloads"][1]["other_cpu_seconds"] = 0.5  # Of two cores' one second.
        document = self.file("document", self.document(giro))
        self.assertIn("kept the processors busy", self.results("show", document).stdout)
        folder = self.kept()
        self.results("save", document, folder)
        self.assertIn("; disturbed |", (folder / "README.md").read_text(encoding="utf-8"))

    def test_a_file_that_is_no_result_is_named_and_the_list_left_alone(self):
        folder = self.kept()
        (folder / "broken.json").write_text("{", encoding="utf-8")
        done = self.results("list", folder)
        self.assertEqual(done.returncode, INTERNAL)
        self.assertIn("broken.json", done.stderr)
        self.assertEqual(os.listdir(folder), ["broken.json"])

    def test_the_list_in_the_repository_is_that_of_its_files(self):
        folder = self.kept()
        for path in (SOURCE / "bench" / "results").iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        self.results("list", folder)
        self.assertEqual((folder / "README.md").read_text(), (SOURCE / "bench" / "results" / "README.md").read_text())


class Options(InScratch):
    def test_misuse_is_told_before_anything_is_done(self):
        long_folder = self.folder / ("long" * 10)
        long_folder.mkdir()
        for words, told in (
            (["--fast"], "no option '--fast'"),
            (["W3"], "giro bench W3"),
            (["--scale"], "--scale needs a value"),
            (["--scale", "0"], "from 0.0001 to 100, not '0'"),
            (["--scale", "1e"], "not '1e'"),
            (["--seconds", "0.5"], "a whole number"),
            (["--dir", self.folder / "none"], "there is no folder"),
            (["--dir", long_folder], "at most 40 characters"),
        ):
            done = self.run_program(COMPARE / "run.sh", self.folder, *words)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""), words)
            self.assertIn(told, done.stderr)
            self.assertIn("--help", done.stderr)

    def test_help_names_every_option(self):
        done = self.run_program(COMPARE / "run.sh", self.folder, "--help")
        self.assertEqual(done.returncode, 0)
        for option in ("--scale", "--seconds", "--dir", "--no-results"):
            self.assertIn(option, done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
