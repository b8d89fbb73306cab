#!/usr/bin/env python3
"""What operators use: `giro check`, `doctor`, `top`, `context` and the prompt, on a terminal and off.

Usage: operator_test.py GIROD GIRO
"""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from daemon_case import DONE, GIRO, NO_DAEMON, NOBODY, REJECTED, USAGE, DaemonCase, json_of
from terminal import Terminal

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
QUICK = ("--interval", "0.2")


class OperatorCase(DaemonCase):
    """With a home of its own, in which there are no contexts and no history."""

    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.contexts = f"{self.home.name}/.config/giro/contexts.toml"
        self.history = f"{self.home.name}/.local/state/giro/history"
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "GIRO_CONTEXT", "NO_COLOR"):
            os.environ.pop(name, None)
        os.environ["HOME"] = self.home.name

    def terminal(self, *words, **environment):
        return Terminal(GIRO, *words, environment={"GIRO_SOCKET": self.socket, "NO_COLOR": "1", "PAGER": "cat", **environment})


class Check(OperatorCase):
    def check(self, code, *words, **how):
        quick = () if "--interval" in words else QUICK
        done = self.run_and_expect(code, "check", *quick, *words, **how)
        self.assertEqual(done.stdout.count("\n"), 1)
        return done.stdout

    def test_a_daemon_that_is_well_is_ok_with_figures(self):
        line = self.check(OK, "--warn-disk", "1", "--crit-disk", "1")
        self.assertRegex(line, r"^GIRO OK - [^|]+ \| ")
        for figure in line.partition(" | ")[2].split():
            self.assertRegex(figure, r"^\w+=(U|-?[0-9.e+-]+(s|B|%|c)?)(;[0-9.e:+~-]*){0,4}$")

    def test_what_is_past_its_threshold_is_a_warning_or_critical(self):
        self.assertIn("of the ledger's disk are free", self.check(WARNING, "--warn-disk", "900TiB", "--crit-disk", "1"))
        self.assertRegex(self.check(CRITICAL, "--crit-disk", "900TiB"), "^GIRO CRITICAL - ")

    def test_latency_is_measured_over_the_interval(self):
        def pay():
            for _ in range(20):
                self.run_giro("pay", "world", "acct:a", "1", "EUR")

        payer = threading.Thread(target=pay)
        payer.start()
        line = self.check(CRITICAL, "--interval", "0.5", "--warn-latency", "0", "--crit-latency", "0")
        payer.join()
        self.assertRegex(line, r"a commit takes .* \(p99\).*commit_p99=0\.\d+s;0;0;0")

    def test_no_daemon_is_critical(self):
        self.assertIn("/nowhere/giro.sock", self.check(CRITICAL, socket="/nowhere/giro.sock"))

    def test_a_daemon_that_hangs_is_critical(self):
        os.kill(self.daemon.pid, signal.SIGSTOP)
        try:
            self.assertIn("didn't answer in time", self.check(CRITICAL, "--timeout", "0.3"))
        finally:
            os.kill(self.daemon.pid, signal.SIGCONT)

    def test_wrong_usage_is_unknown_and_said_on_stdout(self):
        self.assertRegex(self.run_and_expect(UNKNOWN, "check", "--nonsense").stdout, "^GIRO UNKNOWN - ")
        self.assertRegex(self.run_and_expect(UNKNOWN, "check", "--warn-disk", "much").stdout, "^GIRO UNKNOWN - ")
        self.assertRegex(self.check(UNKNOWN, "--context", "gone"), "no context `gone`")

    def test_json_has_the_same(self):
        done = self.run_and_expect(WARNING, "check", "--json", *QUICK, "--warn-disk", "900TiB", "--crit-disk", "1")
        found = json_of(done)
        self.assertEqual((found["state"], found["findings"][0]["state"]), ("WARNING", "WARNING"))
        self.assertGreater(found["figures"]["disk_free"], 0)


class Doctor(OperatorCase):
    CONFIG = "[limits]\nconnections = 100\n"  # So that the usual limit of open files is enough.

    def doctor(self, *words, **how):
        config = () if "--config" in words else ("--config", self.path("girod.toml"))
        done = self.run_giro("doctor", "--json", *config, *words, **how)
        found = json_of(done)
        self.assertEqual(done.returncode, DONE if found["ok"] else REJECTED, done.stdout)
        return {finding["subject"]: finding for finding in found["findings"]}

    def test_it_sees_what_is_well(self):
        found = self.doctor()
        for subject in ("socket", "settings", "data", "ledger.db", "anchor", "limits", "versions", "schema", "ledger"):
            self.assertEqual(found[subject]["verdict"], "well", found[subject])
        self.assertRegex(found["sync"]["what"], r"synced in .*s \(median of \d+")

    def test_trouble_has_a_remedy(self):
        os.chmod(self.path("data/ledger.db"), 0o666)
        os.chmod(self.socket, 0o666)
        try:
            found = self.doctor()
        finally:
            os.chmod(self.path("data/ledger.db"), 0o600)
            os.chmod(self.socket, 0o660)
        self.assertEqual(found["ledger.db"]["verdict"], "trouble")
        self.assertIn("chmod", found["ledger.db"]["remedy"])
        self.assertIn("everybody may connect", found["socket"]["what"])

    @unittest.skipUnless(os.geteuid() == 0, "only root may give a file to another user")
    def test_a_file_that_isnt_the_daemons_is_found(self):
        os.chown(self.path("data/ledger.db-wal"), NOBODY, NOBODY)
        try:
            found = self.doctor()
        finally:
            os.chown(self.path("data/ledger.db-wal"), 0, 0)
        self.assertIn("chown", found["ledger.db-wal"]["remedy"])

    def test_settings_that_are_wrong_are_told_with_their_line(self):
        with open(self.path("wrong.toml"), "w", encoding="utf-8") as file:
            file.write('sokket = "/x"\n')
        found = self.doctor("--config", self.path("wrong.toml"))
        self.assertIn("line 1: sokket isn't a setting here", found["settings"]["what"])

    def test_memory_is_no_place_for_a_ledger(self):
        if not os.path.ismount("/dev/shm"):
            self.skipTest("/dev/shm isn't mounted")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            found = self.doctor("--data", folder)
        self.assertIn("tmpfs", found["filesystem"]["what"])
        self.assertEqual(found["filesystem"]["verdict"], "trouble")
        self.assertIn("no ledger", found["ledger.db"]["what"])

    def test_without_a_daemon_it_says_what_it_couldnt_see(self):
        found = self.doctor("--data", self.path("data"), socket="/nowhere/giro.sock")
        self.assertEqual(found["socket"]["verdict"], "trouble")
        for subject in ("limits", "ledger"):
            self.assertEqual(found[subject]["verdict"], "unseen")
            self.assertTrue(found[subject]["remedy"])
        self.assertEqual(found["ledger.db"]["verdict"], "well")

    def test_for_people_each_remedy_stands_below_its_trouble(self):
        done = self.run_and_expect(REJECTED, "doctor", socket="/nowhere/giro.sock")
        self.assertRegex(done.stdout, r"trouble +socket +/nowhere.*\n +-> Start the daemon")


class Top(OperatorCase):
    def pay_for(self, seconds):
        """In the background: payments between the same two accounts."""
        with open(self.path("many.csv"), "w", encoding="utf-8") as file:
            file.write("key,from,to,amount,currency\n")
            file.writelines(f"{time.monotonic_ns()}-{n},world,acct:b,0.01,EUR\n" for n in range(2000))
        payer = threading.Timer(seconds, lambda: self.run_giro("submit", self.path("many.csv")))
        payer.start()
        self.addCleanup(payer.join)

    def test_once_prints_rates_and_how_things_stand(self):
        self.pay_for(0.2)
        done = self.done("top", "--once", "--interval", "1.5")
        self.assertRegex(done.stdout, r"decided +[\d,.]+/s")
        self.assertRegex(done.stdout, r"payment +[\d,.]+ +0\n")
        self.assertRegex(done.stdout, r"(?m)^acct:b +[\d,.]+$")
        self.assertNotIn("\x1b", done.stdout)

    def test_json_has_the_figures_of_an_interval(self):
        self.pay_for(0.2)
        found = json_of(self.done("top", "--once", "--json", "--interval", "1.5"))
        rates = found["per_second"]
        self.assertAlmostEqual(rates["decisions"], 2000 / found["seconds"], delta=1)
        self.assertEqual({account["id"] for account in rates["accounts"]}, {"world", "acct:b"})
        self.assertIsNotNone(found["latency_seconds"]["group"]["p99"])
        self.assertIn(str(os.geteuid()), found["connections_by_uid"])

    def test_without_a_daemon_the_screen_isnt_taken(self):
        done = self.run_giro("top", "--once", socket="/nowhere/giro.sock")
        self.assertEqual(done.returncode, NO_DAEMON)
        self.assertEqual(done.stdout, "")

    def test_the_screen_is_redrawn_in_place_and_q_gives_the_terminal_back(self):
        with self.terminal("top", "--interval", "0.3") as terminal:
            terminal.wait_for(r"first figures")
            for _ in range(3):
                drawn = terminal.wait_for(r"(?s)\x1b\[H(.*?)\x1b\[J")[0]
                self.assertNotIn("\x1b[2J", drawn[3:])
            self.assertFalse(terminal.has_echo())
            terminal.resize(5, 30)
            terminal.wait_for(r"\x1b\[H")
            small = terminal.wait_for(r"(?s)(.*?)\x1b\[H")[1]
            self.assertLessEqual(small.count("\n"), 5)
            terminal.type("q")
            terminal.wait_for(r"\x1b\[\?25h\x1b\[\?1049l")
            self.assertEqual(terminal.end(), DONE)

    def test_ctrl_c_and_signals_give_the_terminal_back_too(self):
        for end, code in (("\x03", DONE), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 128 + signal.SIGINT)):
            with self.subTest(end=end), self.terminal("top", "--interval", "30") as terminal:
                terminal.wait_for(r"first figures")
                if isinstance(end, str):
                    terminal.type(end)
                else:
                    os.kill(terminal.pid, end)
                terminal.wait_for(r"\x1b\[\?1049l")
                self.assertEqual(terminal.end(), code)

    def test_a_daemon_that_goes_away_is_waited_for(self):
        other = f"{self.home.name}/o.sock"
        daemon = self.start_daemon(data=f"{self.home.name}/data", socket=other)
        with self.terminal("top", "--interval", "0.2", GIRO_SOCKET=other) as terminal:
            terminal.wait_for("decided")
            self.stop_daemon(daemon)
            terminal.wait_for("no daemon answers")
            daemon = self.start_daemon(data=f"{self.home.name}/data", socket=other)
            terminal.wait_for("decided")
            terminal.type("q")
            self.assertEqual(terminal.end(), DONE)
        self.stop_daemon(daemon)


class Prompt(OperatorCase):
    def test_it_takes_the_commands_of_giro_and_errors_dont_end_it(self):
        with self.terminal() as terminal:
            terminal.wait_for("giro> ")
            terminal.type("account show acct:a\n")
            terminal.wait_for(r"balance +")
            terminal.type("giro nonsense\n")
            terminal.wait_for("unknown command `nonsense`")
            terminal.type("get 'never sent'\n")
            terminal.wait_for("unknown")
            terminal.type("get 'open\n")
            terminal.wait_for("quote isn't closed")
            terminal.type("help pay\n")
            terminal.wait_for("Usage: giro pay")
            terminal.type("help exit-codes\n")
            terminal.wait_for("no_permission")
            terminal.type("quit\n")
            self.assertEqual(terminal.end(), DONE)
        mode = os.stat(self.history).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        with open(self.history, encoding="utf-8") as file:
            self.assertEqual(file.readline(), "account show acct:a\n")

    def test_ctrl_c_aborts_a_line_or_a_command_and_ctrl_d_ends(self):
        with self.terminal() as terminal:
            terminal.wait_for("giro> ")
            terminal.type("account open lost --curr")
            time.sleep(0.3)
            terminal.type("\x03")
            terminal.wait_for(r"giro> ")
            terminal.type("tail\n")
            self.wait_for_subscriber()
            terminal.type("\x03")
            terminal.wait_for("giro> ")
            terminal.type("version\n")
            terminal.wait_for(r"giro \d+\.")
            terminal.wait_for("giro> ")
            terminal.type_end()
            self.assertEqual(terminal.end(), DONE)
        self.assertNotEqual(self.run_giro("account", "show", "lost").returncode, DONE)

    def wait_for_subscriber(self):
        deadline = time.monotonic() + 10
        while json_of(self.done("status", "--json"))["subscribers"] == 0:
            self.assertLess(time.monotonic(), deadline)

    def test_tab_completes_as_in_a_shell(self):
        with self.terminal() as terminal:
            terminal.wait_for("giro> ")
            terminal.type("account sho\t")
            terminal.wait_for("w ")  # The rest of the word.
            terminal.type("acct:\t\t")
            terminal.wait_for(r"acct:a +\S+ EUR")
            terminal.type("p\t\n")
            terminal.wait_for(r"account +acct:poor")
            terminal.type("quit\n")
            self.assertEqual(terminal.end(), DONE)

    def test_history_comes_back_with_the_next_prompt(self):
        for typed in ("version\n", "\x1b[A\n"):
            with self.terminal() as terminal:
                terminal.wait_for("giro> ")
                terminal.type(typed)
                terminal.wait_for(r"giro \d+\.\d+\.\d+\r?\n")
                terminal.wait_for("giro> ")
                terminal.type_end()
                self.assertEqual(terminal.end(), DONE)

    def test_the_terminal_is_given_back(self):
        with Terminal("sh", "-c", f"{GIRO}; echo over; sleep 30", environment={"GIRO_SOCKET": self.socket}) as terminal:
            terminal.wait_for("giro> ")
            terminal.type_end()
            terminal.wait_for("over")
            self.assertTrue(terminal.has_echo())

    def test_without_a_terminal_giro_alone_is_wrong_usage(self):
        self.assertEqual(self.run_giro(text="").returncode, USAGE)


class Context(OperatorCase):
    def setUp(self):
        super().setUp()
        os.environ["GIRO_SOCKET"] = ""

    def run_here(self, code, *words, **environment):
        environment = dict(os.environ, **environment)
        done = subprocess.run([GIRO, *words], env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_a_daemon_has_a_name_that_can_be_used(self):
        self.run_here(DONE, "context", "add", "live", "--socket", self.socket)
        self.run_here(DONE, "--context", "live", "status")
        self.run_here(DONE, "status", "--context", "live")
        self.run_here(DONE, "status", GIRO_CONTEXT="live")
        self.run_here(DONE, "context", "use", "live")
        self.run_here(DONE, "status")
        self.assertIn("live", self.run_here(DONE, "context", "list").stdout)
        self.assertEqual(stat.S_IMODE(os.stat(self.contexts).st_mode), 0o600)

    def test_it_says_which_is_used_and_why(self):
        self.run_here(DONE, "context", "add", "live", "--socket", self.socket)
        self.run_here(DONE, "context", "use", "live")

        def shown(*words, **environment):
            return json_of(self.run_here(DONE, "context", *words, "--json", **environment))

        self.assertEqual(shown(), {"context": "live", "socket": self.socket, "why": "giro context use"})
        self.assertEqual(shown(GIRO_CONTEXT="live")["why"], "GIRO_CONTEXT")
        self.assertEqual(shown(GIRO_SOCKET="/x"), {"context": None, "socket": "/x", "why": "GIRO_SOCKET"})
        self.assertEqual(shown("--socket", "/y", GIRO_SOCKET="/x")["why"], "--socket")

    def test_a_name_that_isnt_known_never_means_another_daemon(self):
        payment = ("pay", "world", "acct:a", "1", "EUR")
        for words, environment in ((("--context", "gone"), {}), ((), {"GIRO_CONTEXT": "gone"})):
            refused = self.run_here(USAGE, *words, *payment, **environment)
            self.assertIn("no context `gone`", refused.stderr)
        self.run_here(USAGE, "context", "use", "gone")
        self.run_here(USAGE, "context", "remove", "gone")

    def test_a_name_in_use_is_neither_given_again_nor_removed(self):
        self.run_here(DONE, "context", "add", "live", "--socket", self.socket)
        self.run_here(USAGE, "context", "add", "live", "--socket", "/other")
        self.run_here(DONE, "context", "use", "live")
        self.run_here(USAGE, "context", "remove", "live")
        self.run_here(DONE, "context", "use", "--none")
        self.run_here(DONE, "context", "remove", "live")
        self.assertEqual(self.run_here(DONE, "context", "list", "--json").stdout, "[]\n")

    def test_a_file_that_others_may_change_isnt_believed(self):
        self.run_here(DONE, "context", "add", "live", "--socket", self.socket)
        os.chmod(self.contexts, 0o622)
        self.assertIn("isn't believed", self.run_here(USAGE, "--context", "live", "status").stderr)

    def test_the_prompt_shows_the_context(self):
        self.run_here(DONE, "context", "add", "live", "--socket", self.socket)
        with self.terminal("--context", "live", GIRO_SOCKET="") as terminal:
            terminal.wait_for(r"giro \(live\)> ")
            terminal.type("status\n")
            terminal.wait_for("read_only +false")
            terminal.wait_for(r"giro \(live\)> ")
            terminal.type_end()
            self.assertEqual(terminal.end(), DONE)

    def test_names_are_completed(self):
        self.run_here(DONE, "context", "add", "live", "--socket", self.socket)
        names = self.run_here(DONE, "__complete", "status", "--context", "li")
        self.assertEqual(names.stdout, f"live\t{self.socket}\n")
        accounts = self.run_here(DONE, "__complete", "--context", "live", "account", "show", "acct:p")
        self.assertTrue(accounts.stdout.startswith("acct:poor\t"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
