#!/usr/bin/env python3
"""Real users beside each other: each `giro` here runs as a user of its own, whom the kernel names to `girod`.

Usage: other_users_test.py GIROD GIRO
"""

import contextlib
import grp
import itertools
import json
import multiprocessing
import os
import socket
import sys
import unittest

from daemon_case import DONE, NO_PERMISSION, NOBODY, REJECTED, DaemonCase, json_of

ADA, BEN, STRANGER = NOBODY + 1, NOBODY + 2, NOBODY + 3
GROUP = grp.getgrnam("daemon")  # One that every Debian has.


def hold_connections(user, path, count, end):
    """As the user: connects until it is sent away, says how many it holds, and keeps them until the end."""
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    with contextlib.ExitStack() as held:
        for held_before in itertools.count():
            one = held.enter_context(socket.socket(socket.AF_UNIX))
            one.connect(path)
            with contextlib.suppress(BrokenPipeError):  # Sent away already; what was said can be read.
                one.sendall(b'{"jsonrpc":"2.0","id":1,"method":"server.info"}\n')
            if b'"result"' not in one.recv(65536):
                break
        count.put(held_before)
        end.wait()


def as_user(user, *groups):
    return {"user": user, "group": user, "extra_groups": list(groups)}


class UsersCase(DaemonCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can become another user")
        super().setUpClass()
        os.chmod(cls.folder.name, 0o755)

    @classmethod
    def submit(cls, key, amount, **who):
        params = {"key": key, "from": "world", "to": "acct:a", "amount": amount, "currency": "EUR", "reference": "rent"}
        return cls.run_giro("call", "payments.submit", "-", "--json", text=json.dumps(params), **who)

    def log_lines(self, words):
        with open(self.path("log"), encoding="utf-8") as log:
            return [line for line in log if words in line]


class UsersByRules(UsersCase):
    CONFIG = f"""
        socket_mode = "0666"
        [limits]
        connections = 16
        [[rule]]
        users = [0, {ADA}, {BEN}]
        methods = ["*"]
    """

    def test_a_conflict_with_another_users_key_tells_nothing_of_that_payment(self):
        self.assertEqual(self.submit("rent-1", 70123, **as_user(ADA)).returncode, DONE)
        for done in (
            self.submit("rent-1", 1, **as_user(BEN)),
            self.run_giro("pay", "world", "acct:b", "1", "EUR", "--key", "rent-1", **as_user(BEN)),
        ):
            self.assertEqual(done.returncode, REJECTED)
            said = done.stdout + done.stderr
            self.assertIn("another user's", said)
            for secret in ("seq", "amount", "differs", "701", "acct:a", str(ADA)):
                self.assertNotIn(secret, said)

    def test_the_owner_of_a_key_is_told_what_differs(self):
        self.submit("rent-2", 5, **as_user(ADA))
        done = self.submit("rent-2", 6, **as_user(ADA))
        self.assertIn("amount", done.stderr)

    def test_the_same_payment_sent_by_two_users_is_made_once(self):
        first = json_of(self.submit("rent-3", 5, **as_user(ADA)))
        balance = self.balance("acct:a")
        second = json_of(self.submit("rent-3", 5, **as_user(BEN)))
        self.assertTrue(second["replayed"])
        self.assertEqual(second["seq"], first["seq"])
        self.assertEqual(self.balance("acct:a"), balance)

    def test_the_journal_names_who_asked(self):
        self.submit("rent-4", 5, **as_user(BEN))
        self.assertEqual(json_of(self.run_giro("get", "rent-4", "--json"))["uid"], BEN)

    def test_one_users_flood_of_connections_leaves_another_served(self):
        fork = multiprocessing.get_context("fork")
        count, end = fork.Queue(), fork.Event()
        flood = fork.Process(target=hold_connections, args=(ADA, self.socket, count, end))
        flood.start()
        self.addCleanup(flood.join)
        self.addCleanup(end.set)
        self.assertEqual(count.get(timeout=30), 12)  # Three quarters of 16.
        self.assertEqual(self.submit("beside", 5, **as_user(BEN)).returncode, DONE)
        self.assertIn("as this user may have", self.submit("flood", 5, **as_user(ADA)).stderr)
        self.assertEqual(len(self.log_lines(f"a client of user {ADA} was sent away")), 1)

    def test_a_refused_user_is_told_so_each_time_and_logged_once(self):
        for attempt in range(5):
            done = self.submit(f"stranger-{attempt}", 5, **as_user(STRANGER))
            self.assertEqual(done.returncode, NO_PERMISSION)
            self.assertIn("decided nothing", done.stderr)
        lines = self.log_lines(f"user {STRANGER}")
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("payments.submit", lines[0])


class UsersByDefault(UsersCase):
    CONFIG = f"""
        socket_group = "{GROUP.gr_name}"
    """

    def test_a_member_of_the_sockets_group_pays_and_reads(self):
        member = as_user(ADA, GROUP.gr_gid)
        self.assertEqual(self.submit("member", 5, **member).returncode, DONE)
        self.assertEqual(self.run_giro("account", "show", "acct:a", **member).returncode, DONE)

    def test_a_member_of_the_sockets_group_opens_no_account(self):
        done = self.run_giro("account", "open", "mine", "--currency", "EUR", **as_user(ADA, GROUP.gr_gid))
        self.assertEqual(done.returncode, NO_PERMISSION)
        self.assertNotEqual(self.run_giro("account", "show", "mine").returncode, DONE)

    def test_others_cant_even_connect(self):
        done = self.submit("other", 5, **as_user(STRANGER))
        self.assertEqual(done.returncode, NO_PERMISSION)
        self.assertIn("group", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
