#!/usr/bin/env python3
"""What a test draws can be drawn again (tests/system/seeded.py, tests/again.cpp).

Usage: seeds_test.py SOURCES
"""

import contextlib
import io
import os
import pathlib
import re
import sys
import unittest
from unittest import mock

SOURCES = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCES / "tests/system"))
from seeded import seeded  # pylint: disable=wrong-import-position

# By the ending: all of Python's module `random`, but for what takes a seed; and what C++ has.
UNSEEDED = {".py": re.compile(r"\brandom\.[a-z]\w*\(|\bimport secrets\b"), ".cpp": re.compile(r"\brandom_device\b")}
UNSEEDED[".hpp"] = UNSEEDED[".cpp"]
# These draw a seed, and print it; or speak of it.
DRAW_SEEDS = {"tests/system/seeded.py", "tests/system/cluster_test.cpp", "tests/sources/seeds_test.py"}


class Seeds(unittest.TestCase):
    def test_no_test_draws_without_a_seed(self):
        found = []
        files = [file for kind in ("*.py", "*.[ch]pp") for file in (SOURCES / "tests").rglob(kind)]
        self.assertGreater(len(files), 200, "the tests are looked for in the wrong place")
        for file in files:
            name = str(file.relative_to(SOURCES))
            if name not in DRAW_SEEDS:
                drawn = UNSEEDED[file.suffix].finditer(file.read_text(encoding="utf-8"))
                found += [f"{name}: {it[0]}" for it in drawn]
        self.assertEqual(found, [])

    def test_a_seeded_test_that_fails_prints_the_command_that_draws_the_same_again(self):
        drawn = []

        class Case(unittest.TestCase):
            @seeded
            def runTest(self, dice):
                drawn.append(dice.random())
                self.fail("it draws first")

        said = io.StringIO()
        with contextlib.redirect_stderr(said), mock.patch.dict(os.environ, {"GIRO_SEED": ""}):
            self.assertEqual(len(Case().run().failures), 1)
        again = re.fullmatch(r"Again: GIRO_SEED=(\d+) .*seeds_test.py .* Case.runTest\n", said.getvalue())
        self.assertIsNotNone(again, said.getvalue())
        with contextlib.redirect_stderr(said), mock.patch.dict(os.environ, {"GIRO_SEED": again[1]}):
            Case().run()
        self.assertEqual(drawn[0], drawn[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
