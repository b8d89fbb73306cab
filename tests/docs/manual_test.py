#!/usr/bin/env python3
"""The manual says what the programs take: no option, setting, method or code is missing, and none is made up.

Usage: manual_test.py SOURCES BUILT_GIRO_1 GIROD GIRO
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCES, GIRO_1, GIROD, GIRO = sys.argv[1:5]
PAGES = {name: f"{SOURCES}/docs/man/{name}" for name in ("girod.8", "girod.toml.5", "giro-protocol.7")}
PAGES["giro.1"] = GIRO_1


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def options_in_help(text):
    """The options as --help lists them: lines that begin with two blanks and a mark."""
    found = re.findall(r"^  ((?:-\w, ?)?-{1,2}[\w-]+(?:, ?--[\w-]+)*)", text, re.MULTILINE)
    return {name.strip() for names in found for name in names.split(",")}


def subcommands_in_help(text):
    """Of a command that has some: all that stands between its usage and its options, but for other pages."""
    usage, _, rest = text.partition("\nUsage: ")[2].partition("\n")
    listed = re.split(r"\n(?:More to read|Options):\n", rest)[0]
    return re.findall(r"^  ([a-z]\S*)", listed, re.MULTILINE) if re.search(r"\bCOMMAND\b", usage) else []


def options_in_page(text):
    """The options that a page explains: `Fl` in the heads of its lists."""
    heads = re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE)
    return {"-" + name.replace("\\&", "").replace("\\", "") for head in heads for name in re.findall(r"Fl (\S+)", head)}


def section(text, kind, name):
    """What stands under this heading, up to the next one of its kind."""
    found = re.search(rf"^\.{kind} {re.escape(name)}\n(.*?)(?=^\.(?:{kind}|Sh) |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else None


class Manual(unittest.TestCase):
    def test_the_pages_are_without_a_warning(self):
        if shutil.which("mandoc") is None:
            self.skipTest("mandoc isn't installed")
        for name, path in PAGES.items():
            with self.subTest(page=name):
                done = subprocess.run(("mandoc", "-T", "lint", "-W", "warning", path), capture_output=True, text=True)
                self.assertEqual(done.stdout + done.stderr, "")

    def test_groff_sets_the_pages_without_a_warning(self):
        if shutil.which("groff") is None:
            self.skipTest("groff isn't installed")
        if subprocess.run(("groff", "-mdoc", "-Tutf8", "/dev/null"), capture_output=True).returncode:
            self.skipTest("groff has no mdoc macros here")
        for name, path in PAGES.items():
            with self.subTest(page=name):
                done = subprocess.run(("groff", "-ww", "-mdoc", "-Tutf8", path), capture_output=True, text=True)
                self.assertEqual(done.stderr, "")

    def test_girod_8_has_the_options_of_girod(self):
        self.assertEqual(options_in_page(read(PAGES["girod.8"])), options_in_help(output_of(GIROD, "--help")))

    def test_giro_1_has_every_command_with_its_options(self):
        page = read(GIRO_1)
        shared = options_in_page(section(page, "Sh", "OPTIONS"))
        self.assertEqual(shared, options_in_help(output_of(GIRO, "--help")))
        headings = set(re.findall(r"^\.Ss giro (.+)$", page, re.MULTILINE))
        self.assertEqual(headings, set(self.check_commands_below((), page, shared)))

    def check_commands_below(self, path, page, shared):
        commands = []
        for name in subcommands_in_help(output_of(GIRO, *path, "--help")):
            command = (*path, name)
            commands.append(" ".join(command))
            with self.subTest(command=commands[-1]):
                here = section(page, "Ss", f"giro {commands[-1]}")
                self.assertIsNotNone(here)
                taken = options_in_help(output_of(GIRO, *command, "--help"))
                self.assertEqual(options_in_page(here) | (shared & taken), taken)
            commands += self.check_commands_below(command, page, shared)
        return commands

    def test_girod_toml_5_has_the_settings_and_their_defaults(self):
        page = read(PAGES["girod.toml.5"])
        documented = dict(re.findall(r"^\.It Va (\w+) No = (.*)$", page, re.MULTILINE))
        sample = read(f"{SOURCES}/systemd/girod.toml")
        settings = dict(re.findall(r"^#?(\w+) = (.*)$", sample, re.MULTILINE))
        self.assertEqual(documented.keys(), settings.keys())
        in_effect = self.default_settings()
        self.assertEqual(in_effect.keys() - documented.keys(), set())
        for name, default in in_effect.items():
            if name not in ("data", "socket", "socket_group"):
                self.assertEqual(self.plain(documented[name]), default.strip('"'), name)

    @staticmethod
    def plain(value):
        """"64 MiB" as its bytes, everything else as it is."""
        size = re.fullmatch(r"(\d+) MiB", value.removeprefix("Qq "))
        return str(int(size[1]) << 20) if size else value.removeprefix("Qq ")

    def default_settings(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as empty:
            checked = output_of(GIROD, "--check-config", "--config", empty.name)
        return dict(re.findall(r"^(\w+) = (.*)$", checked, re.MULTILINE))

    def test_giro_protocol_7_has_the_methods_and_codes_of_the_protocol(self):
        page = read(PAGES["giro-protocol.7"])
        protocol = read(f"{SOURCES}/docs/PROTOCOL.md")
        headings = ", ".join(re.findall(r"^### (.*)$", protocol, re.MULTILINE)).split(", ")
        # One is no method, and one has no heading of its own.
        methods = {name for name in headings if "." in name} - {"payment.decided"} | {"events.unsubscribe"}
        self.assertEqual(set(re.findall(r"\b[a-z]+\.[a-z_]+", section(page, "Ss", "Methods"))), methods)
        errors, rejections = re.findall(r"^\| `?(?:error.)?code.*?\n\n", protocol, re.MULTILINE | re.DOTALL)[:2]
        for table, heading in ((errors, "Errors"), (rejections, "Rejections")):
            column = 1 if table is errors else 0
            cells = [row.split(" | ")[column] for row in table.splitlines()[2:] if row]
            codes = set(re.findall(r"`([\w*]+)`", " ".join(cells)))
            here = section(page, "Ss", heading)
            listed = set(" , ".join(re.findall(r"^\.(?:It )?Li (.*)$", here, re.MULTILINE)).split(" , "))
            self.assertEqual(codes - listed, set())
            self.assertEqual(listed - codes, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
