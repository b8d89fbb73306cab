#!/usr/bin/env python3
"""`giro` with the sockets of two nodes: one that isn't there, or dies in between, is passed over, and nothing is paid twice.

Usage: several_sockets_test.py GIROD GIRO
"""

import os
import signal
import subprocess
import sys
import time
import unittest

from cluster_case import SKIPPED, ClusterCase, find_etcd
from daemon_case import DONE, GIRO, NO_DAEMON, TRY_AGAIN, json_of

NOWHERE = "/nowhere/giro.sock"


class SeveralSockets(ClusterCase):
    """The nearest node is `b`, which dies; `a` stays."""

    @property
    def both(self):
        return f"{self.socket_of('b')}:{self.socket}"

    def setUp(self):
        self.shop = f"{self._testMethodName[5:55]}:shop"
        self.done("account", "open", self.shop, "--currency", "EUR")
        self.addCleanup(self.revive)

    def revive(self):
        if "b" not in self.nodes:
            self.start_node("b")
        self.until_well()

    def kill(self):
        daemon = self.nodes.pop("b")
        daemon.kill()
        daemon.wait()

    def pay(self, *words, **how):
        return self.done("pay", "world", self.shop, "0.01", "EUR", *words, **how)

    def beside(self, *words, **pipes):
        environment = dict(os.environ, GIRO_SOCKET=self.both)
        ran = subprocess.Popen([GIRO, *words], env=environment, stdout=subprocess.PIPE, text=True, **pipes)
        self.addCleanup(ran.stdout.close)
        return ran

    def cents(self):
        """What was paid at any node."""
        seqs = [json_of(self.done("status", "--json", socket=self.socket_of(name)))["seq"] for name in self.nodes]
        return json_of(self.done("call", "accounts.get", f"id={self.shop}", f"min_seq={max(seqs)}"))["balance"]

    def test_a_node_that_isnt_there_is_passed_over(self):
        self.pay("--socket", NOWHERE, "--socket", self.socket)
        self.pay(socket=f"{NOWHERE}:{self.socket}")
        self.done("context", "add", "several", NOWHERE, self.socket_of("b"), self.socket)
        self.pay("--context", "several", socket="")
        self.done("context", "remove", "several")
        self.assertEqual(self.cents(), 3)

    def test_a_file_goes_on_at_the_next_node_when_one_is_killed(self):
        submit = self.beside("submit", "-", "--batch", "50", stdin=subprocess.PIPE)
        submit.stdin.write("key,from,to,amount,currency\n")
        for row in range(6000):
            if row == 3000:
                submit.stdin.flush()
                self.kill()
            submit.stdin.write(f"{self.shop}-{row},world,{self.shop},0.01,EUR\n")
        told = submit.communicate()[0]
        self.assertEqual(submit.returncode, DONE, told)
        self.assertRegex(told, r"^\d+ applied, 0 rejected, \d+ replayed\n$")
        self.assertEqual(sum(map(int, told.replace(",", "").split()[::2])), 6000, told)
        self.assertEqual(self.cents(), 6000)

    def test_decisions_are_followed_across_nodes_without_a_gap(self):
        first = json_of(self.done("status", "--json"))["seq"] + 1
        tail = self.beside("tail", "--from", str(first), "--count", "20", "--output", "ndjson", stderr=subprocess.PIPE)
        self.addCleanup(tail.stderr.close)
        for paid in range(20):
            if paid == 10:
                tail.stdout.readline()  # It follows b by now.
                self.kill()
            self.pay()
        rest = tail.stdout.read().splitlines()
        self.assertEqual(tail.wait(), DONE, tail.stderr.read())
        self.assertEqual(len(rest), 19)

    def test_commands_about_one_daemon_are_about_the_first_that_answers(self):
        self.kill()
        self.assertEqual(self.done("ready", socket=self.both).stdout, f"ready at {self.socket}\n")
        self.assertRegex(self.done("status", socket=self.both).stdout, r"(?m)^cluster\.node +a$")
        doctor = self.run_giro("doctor", "--dir", self.folder.name, socket=self.both).stdout
        self.assertRegex(doctor, rf"(?m)^well +socket +{self.socket}")
        # The dead one would be critical; a machine that is slow is a warning.
        self.assertRegex(self.run_giro("check", "--interval", "0", socket=self.both).stdout, "^GIRO (OK|WARNING)")
        self.done("top", "--once", "--interval", "0.2", socket=self.both)

    def test_where_nobody_is_there_each_socket_is_told(self):
        begun = time.monotonic()
        other = "/nowhere/other.sock"
        for words in (("status",), ("pay", "world", self.shop, "0.01", "EUR"), ("top", "--once")):
            failed = self.run_and_expect(NO_DAEMON, *words, socket=f"{NOWHERE}:{other}")
            for told in (NOWHERE, other):
                self.assertIn(f"no daemon answers at {told}", failed.stderr)
            self.assertIn("Nothing was sent and no money moved", failed.stderr)
        self.assertLess(time.monotonic() - begun, 10)
        waited = self.run_and_expect(NO_DAEMON, "ready", "--timeout", "0.2", socket=f"{NOWHERE}:{other}")
        self.assertIn(other, waited.stderr)

    def test_without_a_quorum_each_node_is_asked_and_nothing_is_paid(self):
        self.member.send_signal(signal.SIGSTOP)
        self.addCleanup(self.member.send_signal, signal.SIGCONT)
        self.until(lambda: json_of(self.done("status", "--json"))["cluster"]["state"] == "isolated")
        words = ("pay", "world", self.shop, "0.01", "EUR", "--timeout", "2", "--key", f"{self.shop}-q")
        failed = self.run_and_expect(TRY_AGAIN, *words, socket=self.both)
        for told in (self.socket, self.socket_of("b"), "busy"):
            self.assertIn(told, failed.stderr)
        self.member.send_signal(signal.SIGCONT)
        self.pay("--key", f"{self.shop}-q", "--timeout", "30", socket=self.both)
        self.assertEqual(self.cents(), 1)


if __name__ == "__main__":
    if find_etcd() is None:
        print("there is no etcd here; `./dev deps cluster` gets it")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
