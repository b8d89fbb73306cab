#!/usr/bin/env python3
"""Feeds of a cluster's events, `giro tail` and `giro relay`, go on at the next node where the one that they follow is gone,
silent or apart from the others: each event once and in order.

Usage: cluster_feeds_test.py GIROD GIRO
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import unittest

from cluster_case import SKIPPED, ClusterCase, find_etcd
from daemon_case import DONE, GIRO, json_of
from relay_case import RelayCase

# A feed asks after ten quiet seconds, and waits for an answer as long.
LEFT_AFTER_S = 40


class Way:
    """A socket that leads to another one, but while it is cut."""

    def __init__(self, path, to):
        self.to, self.is_cut, self.ends = to, False, set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self):
        self.is_cut = True
        for end in list(self.ends):
            with contextlib.suppress(OSError):  # It may end by itself.
                end.shutdown(socket.SHUT_RDWR)

    def heal(self):
        self.is_cut = False

    def _serve(self):
        while True:
            here = self.listener.accept()[0]
            if self.is_cut:
                here.close()
                continue
            there = socket.socket(socket.AF_UNIX)
            there.connect(self.to)
            self.ends |= {here, there}
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one, other):
        """One direction, and the end of both; whoever carries the other one closes what it reads."""
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_RDWR)
        self.ends.discard(one)
        one.close()


class Feeds(ClusterCase, RelayCase):
    """The nearest node is `b`, which has a way of its own to etcd; `a` stays."""

    PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    @classmethod
    def config_of(cls, name):
        if name == "a":
            return super().config_of(name)
        path = str(cls.etcd_folder / "way.sock")
        if not os.path.exists(path):
            cls.way = Way(path, cls.etcd)
        return super().config_of(name).replace(cls.etcd, path)

    def setUp(self):
        super().setUp()
        self.until_well()
        self.first, self.paid = self.head() + 1, 0
        self.receiver = self.receive()
        self.write_config(f'url = "{self.receiver.url}"')
        self.start_relay()
        words = ["tail", "--from", str(self.first), "--count", "4", "--output", "ndjson"]
        environment = dict(os.environ, GIRO_SOCKET=":".join(self.followed()))
        self.tail = subprocess.Popen([GIRO, *words], env=environment, **self.PIPES)
        self.shown = []
        threading.Thread(target=lambda: self.shown.extend(map(json.loads, self.tail.stdout)), daemon=True).start()
        self.pay_and_see("all is well")

    def tearDown(self):
        self.tail.kill()
        self.tail.wait()
        self.tail.stdout.close()
        self.tail.stderr.close()
        super().tearDown()

    def followed(self):
        return [self.socket_of("b"), self.socket]

    def pay_and_see(self, what):
        """Two payments at `a`, which both feeds tell."""
        for _ in range(2):
            self.paid += 1
            self.done("pay", "world", "acct:a", "0.01", "EUR")

        def are_told():
            return len(self.shown) >= self.paid and len(self.receiver.accepted) >= self.paid

        self.wait_until(are_told, what, seconds=LEFT_AFTER_S)
        wanted = list(range(self.first, self.first + self.paid))
        self.assertEqual([entry["seq"] for entry in self.shown], wanted)
        self.assertEqual(sorted(message.seq for message in self.receiver.accepted), wanted)

    def told_by_tail(self):
        """Once it has shown all that it was asked for."""
        self.assertEqual(self.tail.wait(timeout=5), DONE)
        return self.tail.stderr.read()

    def test_leave_a_node_that_is_gone(self):
        self.stop_node("b")
        self.addCleanup(self.start_node, "b")
        self.pay_and_see("they go on at a")
        self.assertIn("the daemon is back", self.told_by_tail())

    def test_leave_a_node_that_falls_silent(self):
        daemon = self.nodes["b"]
        daemon.send_signal(signal.SIGSTOP)
        self.addCleanup(daemon.send_signal, signal.SIGCONT)
        self.pay_and_see("they go on at a")
        self.wait_for_log(f"girod at {self.socket_of('b')} doesn't answer")
        self.assertIn(f"the daemon at {self.socket_of('b')} doesn't answer", self.told_by_tail())

    def test_leave_a_node_that_doesnt_reach_the_others(self):
        self.way.cut()
        self.addCleanup(self.way.heal)
        self.until(lambda: self.state_of("b") == "isolated")
        self.pay_and_see("they go on at a")
        self.wait_for_log(f"girod at {self.socket_of('b')} doesn't reach the other nodes")
        self.assertIn(f"the daemon at {self.socket_of('b')} doesn't reach the other nodes", self.told_by_tail())

    def state_of(self, name):
        return json_of(self.done("status", "--json", socket=self.socket_of(name)))["cluster"]["state"]


if __name__ == "__main__":
    if find_etcd() is None:
        print("there is no etcd here; `./dev deps cluster` gets it")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
