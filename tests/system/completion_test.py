#!/usr/bin/env python3
"""What Tab does: `giro __complete` and the scripts of bash, zsh and fish, in real shells on a terminal.

Usage: completion_test.py GIROD GIRO
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from daemon_case import GIRO, DaemonCase
from terminal import Terminal

SCRIPTS = os.path.join(os.path.dirname(__file__), "../../completions")
MANY = 300  # More accounts than are listed one by one.


class CompletionCase(DaemonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done("account", "open", *(f"many:{n:03}" for n in range(MANY)), "--currency", "EUR")
        cls.done("account", "open", "max:only", "--currency", "EUR")
        cls.done("pay", "world", "acct:a", "5.00", "EUR", "--key", "inv 17")
        cls.done("hold", "acct:a", "acct:b", "1.00", "EUR", "--key", "room-7")


class Complete(CompletionCase):
    """`giro __complete WORDS`: a line a candidate."""

    def lines(self, *words, **how):
        done = self.done("__complete", *words, **how)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def words(self, *words, **how):
        return [line.split("\t")[0] for line in self.lines(*words, **how) if not line.startswith("\t")]

    def test_commands_come_with_the_beginning_of_what_they_do(self):
        self.assertIn("account\tOpens accounts, shows and changes them", self.lines("acc"))
        self.assertEqual(self.words("account", "cl"), ["close"])

    def test_hidden_commands_are_not_offered(self):
        self.assertEqual(self.lines("__"), [])

    def test_options_are_those_of_the_command_that_were_not_given_yet(self):
        self.assertEqual(self.words("pay", "--ref"), ["--reference"])
        self.assertEqual(self.words("pay", "--reference", "x", "--ref"), [])
        self.assertNotIn("--json", self.words("status", "--json", "-"))
        self.assertIn("--json", self.words("status", "-"))

    def test_behind_two_dashes_there_are_no_options(self):
        self.assertEqual(self.words("get", "--", "--"), [])

    def test_a_value_with_few_choices_is_chosen(self):
        self.assertEqual(self.words("statement", "acct:a", "--by", ""), ["at", "effective-date"])
        self.assertEqual(self.words("statement", "acct:a", "--by=e"), ["--by=effective-date"])

    def test_accounts_come_with_their_balances(self):
        shown = ["acct:a\t5.00 EUR", "acct:b\t0.00 EUR", "acct:poor\t0.00 EUR"]
        self.assertEqual(self.lines("account", "show", "acct:"), shown)
        self.assertEqual(self.words("pay", "world", "acct:p"), ["acct:poor"])

    def test_of_many_accounts_the_parts_come_and_none_is_left_out(self):
        parts = ["\tpart", "acct:", "\tpart", "many:", "\tpart", "max:", "world"]
        self.assertEqual(self.lines("statement", ""), parts)
        self.assertEqual(self.words("statement", "ma"), ["many:", "max:"])
        letters = [line for n in "012" for line in ("\tpart", f"many:{n}")]
        self.assertEqual(self.lines("statement", "many:"), letters)
        self.assertEqual(self.words("statement", "many:12"), [f"many:12{n}" for n in range(10)])

    def test_keys_are_those_of_what_can_be_done_with_them(self):
        self.assertEqual(self.lines("capture", "ro"), ["room-7\thold acct:a -> acct:b"])
        self.assertEqual(self.words("capture", "inv"), [])
        self.assertEqual(self.words("get", ""), ["room-7", "inv 17"])
        self.assertEqual(self.words("cancel", ""), [])

    def test_currencies_and_methods_come_from_the_daemon(self):
        self.assertEqual(self.words("pay", "world", "acct:a", "1", "E"), ["EUR"])
        self.assertEqual(self.words("call", "accounts.l"), ["accounts.list"])

    def test_files_are_left_to_the_shell(self):
        self.assertEqual(self.lines("submit", ""), ["\tfiles"])
        self.assertEqual(self.lines("restore", ""), ["\tfiles"])
        self.assertEqual(self.lines("verify", "--data", ""), ["\tfolders"])

    def test_the_socket_on_the_command_line_is_the_one_that_is_asked(self):
        self.assertEqual(self.words("get", "--socket", self.socket, "inv", socket="/nowhere"), ["inv 17"])
        self.assertEqual(self.words("get", f"--socket={self.socket}", "inv", socket="/nowhere"), ["inv 17"])

    def test_without_a_daemon_it_is_silent(self):
        self.assertEqual(self.lines("get", "inv", socket="/nowhere/giro.sock"), [])

    def test_a_daemon_that_hangs_is_waited_for_no_longer_than_a_third_of_a_second(self):
        os.kill(self.daemon.pid, signal.SIGSTOP)
        try:
            begin = time.monotonic()
            self.assertEqual(self.lines("account", "show", "a"), [])
            self.assertLess(time.monotonic() - begin, 2)  # 0.3 s, and what a busy machine adds.
        finally:
            os.kill(self.daemon.pid, signal.SIGCONT)


class Shells(CompletionCase):
    """A line is typed, Tab pressed, and what stands there then is given to printf."""

    def environment(self, **more):
        path = f"{os.path.dirname(GIRO)}:{os.environ['PATH']}"
        return dict(GIRO_SOCKET=self.socket, PATH=path, HOME=self.folder.name, **more)

    def in_shell(self, shell, setup, cases):
        if shutil.which(shell[0]) is None:
            self.skipTest(f"{shell[0]} isn't installed")
        with open(self.path("may.csv"), "w", encoding="utf-8"):
            pass
        with Terminal(*shell, environment=self.environment()) as terminal:
            terminal.type(f"cd {self.folder.name}; PS1='>>'; {setup}; echo rea''dy\n")
            terminal.wait_for(r"ready\s")
            for typed, words in cases:
                with self.subTest(typed=typed):
                    terminal.type(typed + "\t")
                    # Only once it is completed: a shell may take the rest for an answer.
                    time.sleep(0.7)
                    terminal.type("end; echo\x01printf '<%s>' \n")
                    found = terminal.wait_for(r"(<giro>[^\r\n]*)\r?\n")
                    self.assertEqual(found[1], "".join(f"<{word}>" for word in words))

    CASES = (
        ("giro account sho", ("giro", "account", "show", "end")),
        ("giro pay world acct:p", ("giro", "pay", "world", "acct:poor", "end")),
        ("giro statement man", ("giro", "statement", "many:end")),
        ("giro get in", ("giro", "get", "inv 17", "end")),
        ("giro statement acct:a --by=eff", ("giro", "statement", "acct:a", "--by=effective-date", "end")),
        ("giro submit ma", ("giro", "submit", "may.csv", "end")),
        ("giro capture ro", ("giro", "capture", "room-7", "end")),
    )

    def test_bash(self):
        self.in_shell(("bash", "--norc", "--noprofile", "-i"), f"source {SCRIPTS}/giro.bash", self.CASES)

    def test_zsh(self):
        setup = f"fpath=({SCRIPTS} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt auto_menu"
        self.in_shell(("zsh", "-f", "-i"), setup, self.CASES)

    def test_fish(self):
        if shutil.which("fish") is None:
            self.skipTest("fish isn't installed")
        for typed, words in self.CASES:
            with self.subTest(typed=typed):
                script = f"cd {self.folder.name}; source {SCRIPTS}/giro.fish; complete -C '{typed}'"
                done = subprocess.run(["fish", "--no-config", "-c", script], env=dict(os.environ, **self.environment()),
                                      capture_output=True, text=True, check=True)
                expected = words[-2].removesuffix("end") if words[-1] == "end" else words[-1].removesuffix("end")
                self.assertEqual([line.split("\t")[0] for line in done.stdout.splitlines()], [expected])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
