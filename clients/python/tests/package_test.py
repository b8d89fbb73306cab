#!/usr/bin/env python3
"""The package as others get it: typed throughout, and a wheel that has all of it. Usage: package_test.py GIROD GIRO"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

from support import PACKAGE, run


class Package(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mypy"), "mypy isn't installed")
    def test_mypy_finds_nothing_in_its_strict_mode(self):
        with tempfile.TemporaryDirectory() as cache:
            for what in (["src", "benchmarks"], ["-p", "shop"]):
                ran = subprocess.run(
                    ["mypy", "--strict", "--no-error-summary", "--cache-dir", cache, *what],
                    cwd=PACKAGE,
                    env={**os.environ, "MYPYPATH": f"{PACKAGE}/src:{PACKAGE}/examples"},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual((ran.stdout, ran.returncode), ("", 0), ran.stderr)

    @unittest.skipUnless(shutil.which("mypy"), "mypy isn't installed")
    def test_what_would_be_wrong_is_found_by_mypy_in_programs_that_use_it(self):
        program = """
from giro import AsyncClient, Client, Money
client = Client("/s")
reveal_type(client.payments.submit("a", "b", Money("1", "EUR")))
client.payments.submit("a", "b", 12.5)
client.payments.submit("a", "b")
client.payments.get("k").amount
async def main() -> None:
    reveal_type(await AsyncClient("/s").accounts.get("a"))
"""
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/program.py", "w", encoding="utf-8") as file:
                file.write(program)
            ran = subprocess.run(
                ["mypy", "--strict", "--cache-dir", folder, f"{folder}/program.py"],
                env={**os.environ, "MYPYPATH": f"{PACKAGE}/src"},
                capture_output=True,
                text=True,
                check=False,
            )
        for words in (
            ':4: note: Revealed type is "giro.outcomes.PaymentOutcome"',
            ':5: error: Argument 3 has incompatible type "float"; expected "Money"',
            ":6: error: Too few arguments",
            ':7: error: Item "None" of "Optional[Entry]" has no attribute "amount"',
            ':9: note: Revealed type is "giro.results.Account"',
            "Found 3 errors",
        ):
            self.assertIn(words, ran.stdout)

    def test_nothing_but_the_standard_library_is_imported(self):
        program = "import sys; before = set(sys.modules); import giro; print(*set(sys.modules) - before)"
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": f"{PACKAGE}/src"},
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual({name.split(".")[0] for name in ran.stdout.split()} - set(sys.stdlib_module_names), {"giro"})

    @unittest.skipUnless(
        importlib.util.find_spec("setuptools") and importlib.util.find_spec("wheel"),
        "setuptools or wheel isn't installed",
    )
    def test_the_wheel_has_every_module_and_the_mark_of_its_types(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(PACKAGE, f"{folder}/package", ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache"))
            build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
            ran = subprocess.run(
                [sys.executable, "-c", build, folder],
                cwd=f"{folder}/package",
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(ran.returncode, 0, ran.stderr)
            wheel = f"{folder}/{ran.stdout.splitlines()[-1]}"
            self.assertIn("giro_ledger-0.1.0-py3-none-any.whl", wheel)
            with zipfile.ZipFile(wheel) as files:
                there = {name for name in files.namelist() if name.startswith("giro/")}
            self.assertEqual(
                there,
                {f"giro/{name}" for name in os.listdir(f"{PACKAGE}/src/giro") if not name.startswith((".", "__p"))},
            )


if __name__ == "__main__":
    run()
