#!/usr/bin/env python3
"""`giro cluster`: status, verify, members, leave and join, with nodes that share one ledger by one member of etcd.

Usage: cluster_commands_test.py GIROD GIRO
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

from cluster_case import SKIPPED, ClusterCase, find_etcd
from daemon_case import DONE, GIROD, NO_DAEMON, NOBODY, REJECTED, TRY_AGAIN, USAGE, json_of


class Status(ClusterCase):
    def test_the_nodes_stand_in_a_table_and_in_json(self):
        table = self.done("cluster", "status").stdout
        self.assertRegex(table, r"(?m)^cluster +test$")
        self.assertRegex(table, r"(?m)^NODE +STATE +GROUP +BEHIND +VERSION +SAID +LEDGER$")
        for name in "ab":
            self.assertRegex(table, rf"(?m)^{name} +serving +\d+ +\d+ +\S+ +\d+ s ago +same$")
        self.assertEqual(set(self.rows()), {"a", "b"})
        csv = self.done("cluster", "status", "--output", "csv").stdout.splitlines()
        self.assertEqual((csv[0][:24], len(csv)), ("node,state,index,behind,", 3))

    def test_the_figures_of_the_daemon_tell_of_the_cluster(self):
        status = json_of(self.done("status", "--json"))["cluster"]
        expected = {"name": "test", "node": "a", "state": "serving", "trouble": None}
        self.assertEqual({name: status[name] for name in expected}, expected)
        self.assertRegex(self.done("status").stdout, r"(?m)^cluster\.state +serving$")

    def test_the_cluster_is_as_the_api_describes_it(self):
        schemas = json_of(self.done("call", "rpc.discover"))["components"]["schemas"]
        status = json_of(self.done("call", "ledger.status"))
        for name, answer in (("Cluster", status["cluster"]), ("ClusterNode", status["cluster"]["nodes"][0])):
            schema = schemas[name]
            self.assertEqual(set(answer), set(schema["required"]), name)
            self.assertEqual(set(answer), set(schema["properties"]), name)
            self.assertIn(answer["state"], schema["properties"]["state"]["enum"])

    def test_equal_digests_are_found_side_by_side(self):
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        table = self.done("cluster", "verify", "--timeout", "30").stdout
        self.assertEqual(len({line.split()[2] for line in table.splitlines()[1:]}), 1, table)
        self.assertRegex(table, r"(?m)^b +\d+ +[0-9a-f]{16} +equal$")

    def test_a_payment_on_one_node_is_the_other_ones_too(self):
        self.done("pay", "world", "acct:b", "7.00", "EUR", "--key", "shared", socket=self.socket_of("b"))
        again = self.done("pay", "world", "acct:b", "7.00", "EUR", "--key", "shared", "--json")
        self.assertTrue(json_of(again)["replayed"])

    def test_an_entry_says_at_every_node_at_which_it_was_asked(self):
        schemas = json_of(self.done("call", "rpc.discover"))["components"]["schemas"]
        self.assertIn("node", schemas["PaymentEntry"]["properties"])
        for name in "ab":
            words = ("pay", "world", "acct:b", "0.01", "EUR", "--key", f"at-{name}", "--json")
            seq = json_of(self.done(*words, socket=self.socket_of(name)))["seq"]
            self.done(*words, socket=self.socket_of("a"))  # Again: it stays whose it was.
            for other in "ab":
                words = ("call", "payments.get", f"key=at-{name}", f"min_seq={seq}")
                entry = json_of(self.done(*words, socket=self.socket_of(other)))
                self.assertEqual((entry["uid"], entry["node"]), (os.getuid(), name))
                self.assertEqual(list(entry).index("node"), list(entry).index("uid") + 1)
            self.assertRegex(self.done("get", f"at-{name}").stdout, rf"(?m)^node +{name}$")
        rows = self.done("payments", "--output", "csv").stdout.splitlines()
        self.assertTrue(rows[0].endswith(",uid,node"), rows[0])
        self.assertTrue(any(row.endswith(",b") for row in rows), rows)

    def test_a_proof_names_the_node_at_which_it_was_asked(self):
        words = ("pay", "world", "acct:b", "0.01", "EUR", "--key", "proven")
        self.done(*words, socket=self.socket_of("b"))
        self.done(*words)  # It is in this one's ledger, too, once that has answered.
        files = {name: self.path(name) for name in ("sign.key", "sign.pem", "checkpoint", "proof")}
        ledger = ("--data", self.path("data"))
        for name, words in (
            ("sign.pem", ("checkpoint", "--new-key", files["sign.key"])),
            ("checkpoint", ("checkpoint", *ledger, "--key", files["sign.key"], "--name", "bank.example/ledger")),
            ("proof", ("proof", "proven", *ledger, "--checkpoint", files["checkpoint"])),
        ):
            pathlib.Path(files[name]).write_text(self.done(*words).stdout, encoding="utf-8")
        page = pathlib.Path(__file__).parents[2] / "contrib/check_proof.py"
        shown = subprocess.run([sys.executable, page, files["proof"], files["sign.pem"]],
                               capture_output=True, text=True, check=True)  # fmt: skip
        self.assertEqual([json_of(shown)[name] for name in ("key", "node")], ["proven", "b"])

    def test_who_paid_at_one_node_sees_it_at_the_other_one(self):
        for i in range(20):
            words = ("pay", "world", "acct:b", "0.01", "EUR", "--key", f"seen-{i}", "--json")
            seq = json_of(self.done(*words))["seq"]
            words = ("call", "payments.get", f"key=seen-{i}", f"min_seq={seq}")
            found = json_of(self.done(*words, socket=self.socket_of("b")))
            self.assertEqual((found["status"], found["seq"]), ("applied", seq))

    def test_answers_say_how_old_they_may_be(self):
        schemas = json_of(self.done("call", "rpc.discover"))["components"]["schemas"]
        for method, words, name in (
            ("accounts.get", ["id=acct:a"], "Account"),
            ("accounts.list", [], "AccountsPage"),
            ("payments.list", [], "PaymentsPage"),
            ("payments.get", ["key=never"], "Unknown"),
            ("ledger.trial_balance", [], "TrialBalance"),
        ):
            answer = json_of(self.done("call", method, *words))
            self.assertIn("age_ms", schemas[name]["properties"])
            self.assertGreaterEqual(answer["age_ms"], 0, method)
            self.assertLess(answer["age_ms"], 10_000, method)

    def test_members_are_those_of_etcd_and_their_health(self):
        report = json_of(self.with_etcd(DONE, "members", "--json"))
        self.assertEqual((report["quorum"], report["leader"], report["alarms"]), (True, True, []))
        self.assertEqual([(one["name"], one["own"], one["leader"]) for one in report["members"]], [("one", True, True)])
        self.assertRegex(self.with_etcd(DONE, "members").stdout, r"(?m)^one +[0-9a-f]+ +leader +http://")

    def test_where_there_is_no_etcd_it_is_said(self):
        for words in (("members",), ("leave", "b"), ("join", "-", "--data", self.path("none"), "--node", "c")):
            ran = self.run_and_expect(NO_DAEMON, "cluster", *words, "--etcd", self.path("none.sock"), text="")
            self.assertIn("etcd can't be reached", ran.stderr)
        self.assertFalse(os.path.exists(self.path("none")))

    def test_who_is_no_etcd_is_told_from_an_etcd_that_is_away(self):
        for words in (("members",), ("leave", "b"), ("join", "-", "--data", self.path("none"), "--node", "c")):
            ran = self.run_and_expect(USAGE, "cluster", *words, "--etcd", self.socket, text="")
            self.assertIn("is no etcd", ran.stderr)
            self.assertIn("`etcd` in [cluster]", ran.stderr)
            ran = self.run_and_expect(USAGE, "cluster", *words, "--etcd", f"unix://{self.etcd}", text="")
            self.assertIn("is a URL", ran.stderr)


class LeavingAndJoining(ClusterCase):
    def pay(self, name="a"):
        self.done("pay", "world", "acct:a", "1.00", "EUR", socket=self.socket_of(name))

    def backup(self, name):
        self.done("backup", self.path(name), "--data", self.path("data"))
        return self.path(name)

    def join(self, code, source, name, *words):
        return self.with_etcd(code, "join", source, "--data", self.path(f"data-{name}"), "--node", name, *words)

    def another_clusters_backup(self):
        """Of a ledger that has its place in the log of another etcd."""
        socket = self.path("other.sock")
        member, etcd = self.start_member("other")
        pathlib.Path(self.path("other.toml")).write_text(self.config_of("a", etcd), encoding="utf-8")
        daemon = self.start_daemon("--init", "--config", self.path("other.toml"), data=self.path("other"), socket=socket)
        self.until(lambda: self.run_giro("cluster", "status", socket=socket).returncode == DONE)
        self.done("account", "open", "world", "--currency", "EUR", "--floor", "none", socket=socket)
        self.done("backup", self.path("other.giro"), "--data", self.path("other"))
        self.stop_daemon(daemon)
        member.kill()
        member.wait()
        return self.path("other.giro")

    def test_a_node_that_runs_isnt_let_go(self):
        self.assertIn("runs", self.with_etcd(REJECTED, "leave", "b").stderr)
        self.assertIn("b", self.rows())

    def test_who_lets_a_node_go_unseen_is_told_that_one_that_runs_is_back(self):
        self.assertIn("one that does is back", self.with_etcd(DONE, "leave", "b", "--force").stderr)
        self.until_well()
        self.assertIn("b", self.rows())

    def test_a_node_that_nobody_knows_cant_leave(self):
        self.assertIn("doesn't wait for a node nobody", self.with_etcd(REJECTED, "leave", "nobody").stderr)
        self.with_etcd(USAGE, "leave", "No Body")

    def test_a_new_node_goes_on_where_the_backup_ends_and_may_leave_again(self):
        self.pay()
        made = self.join(DONE, self.backup("for-c"), "c", "--json")
        self.assertGreater(json_of(made)["group"], 0)
        self.until(lambda: "c" in self.rows())
        self.assertEqual(self.rows()["c"]["state"], "joining")
        table = self.run_and_expect(REJECTED, "cluster", "status").stdout
        self.assertRegex(table, r"(?m)^c +joining +- +- +\S+ +\d+ s ago +-$")
        csv = self.run_and_expect(REJECTED, "cluster", "status", "--output", "csv").stdout
        self.assertRegex(csv, r"(?m)^c,joining,,,[^,]+,\d+,,$")
        for _ in range(20):
            self.pay()  # The log keeps these for it.
        self.start_node("c")
        self.until_well()
        self.pay("c")
        self.done("cluster", "verify", "--timeout", "30")
        self.assertEqual(
            json_of(self.done("account", "show", "acct:a", "--json", socket=self.socket_of("c")))["balance"],
            self.balance("acct:a"),
        )
        self.stop_node("c")
        self.assertIn("knows a node c already", self.join(REJECTED, self.path("for-c"), "c").stderr)
        self.assertEqual(json_of(self.with_etcd(DONE, "leave", "c", "--json"))["status"], "left")
        self.until_well()

    def test_a_node_whose_ledger_is_lost_is_made_anew_under_its_name(self):
        self.pay("b")
        self.assertIn("runs", self.join(REJECTED, self.backup("anew"), "b", "--anew").stderr)
        self.stop_node("b")
        shutil.rmtree(self.path("data-b"))
        self.pay()
        words = ("--data", self.path("data-b"), "--node", "b", "--anew", "--etcd", self.etcd)
        ran = self.run_giro("cluster", "join", self.path("anew"), *words)
        if ran.returncode == TRY_AGAIN:  # The others needed no more what follows this backup; from now on it is kept.
            shutil.rmtree(self.path("data-b"))
            self.join(DONE, self.backup("newer"), "b", "--anew")
        self.start_node("b")
        self.until_well()
        self.pay("b")
        self.done("cluster", "verify", "--timeout", "30")

    def test_a_backup_that_the_log_has_gone_beyond_makes_no_node_but_the_next_one_does(self):
        old = self.backup("old")
        self.pay()
        self.until(lambda: self.is_too_old(old, "d"))
        shutil.rmtree(self.path("data-d"))
        self.join(DONE, self.backup("new"), "d")
        self.start_node("d")
        self.until_well()
        self.stop_node("d")
        self.with_etcd(DONE, "leave", "d")

    def is_too_old(self, backup, name):
        """Once both nodes have said that they need no more what follows it; before, a node could be made of it."""
        time.sleep(2.5)  # They say so each second, and whoever is let in keeps the log as it is.
        words = ("--data", self.path(f"data-{name}"), "--node", name, "--etcd", self.etcd)
        ran = self.run_giro("cluster", "join", backup, *words)
        if ran.returncode == TRY_AGAIN:
            self.assertIn("older than what the log still has", ran.stderr)
            return True
        self.assertEqual(ran.returncode, DONE, ran.stderr)
        shutil.rmtree(self.path(f"data-{name}"))
        self.with_etcd(DONE, "leave", name, "--force")
        return False

    def test_a_backup_of_a_ledger_by_itself_makes_no_node(self):
        alone = self.path("alone")
        daemon = self.start_daemon("--init", data=alone, socket=self.path("alone.sock"))
        self.stop_daemon(daemon)
        self.done("backup", self.path("alone.giro"), "--data", alone)
        ran = self.join(REJECTED, self.path("alone.giro"), "e")
        self.assertIn("doesn't say where in a cluster's log", ran.stderr)
        self.assertNotIn("e", self.rows())

    def test_a_join_that_comes_to_nothing_leaves_the_log_as_it_was(self):
        self.pay("b")
        other = self.another_clusters_backup()
        self.assertIn("of another log", self.join(REJECTED, other, "f").stderr)
        self.join(REJECTED, "/dev/null", "g")
        self.stop_node("b")
        for source in (other, "/dev/null"):  # Its name was mistaken for another one's.
            data = ("--data", self.path("data-h"), "--etcd", self.etcd)
            self.run_and_expect(REJECTED, "cluster", "join", source, *data, "--node", "b", "--anew")
            shutil.rmtree(self.path("data-h"), ignore_errors=True)
        self.pay()
        time.sleep(2.5)  # What all nodes have is removed from the log: b lacks this.
        self.assertEqual(self.rows()["b"]["state"], "serving")  # As it said last.
        self.start_node("b")
        self.until_well()
        self.assertEqual(self.rows().keys(), {"a", "b"})

    def test_a_folder_that_cant_be_made_is_found_before_the_log_is_told(self):
        words = ("join", "-", "--data", self.path("not/there"), "--node", "i")
        ran = self.with_etcd(USAGE, *words, text="")
        self.assertIn(f"there is no folder {self.path('not')}", ran.stderr)
        self.assertNotIn("i", self.rows())

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_folder_that_is_there_needs_no_rights_beside_it(self):
        backup, data = self.backup("for-j"), self.path("data-j")
        os.mkdir(data)
        for path in (backup, data):
            os.chown(path, NOBODY, NOBODY)
        for path in (self.folder.name, self.etcd_folder):
            os.chmod(path, 0o755)
        os.chmod(self.etcd, 0o666)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.with_etcd(DONE, "join", backup, "--data", data, "--node", "j", **user)
        self.assertTrue(os.path.exists(f"{data}/ledger.db"))
        self.with_etcd(DONE, "leave", "j")
        ran = self.with_etcd(USAGE, "join", backup, "--data", self.path("data-k"), "--node", "k", **user)
        self.assertIn(f"this user may not write to {self.folder.name}", ran.stderr)

    def test_a_restored_ledger_is_one_by_itself(self):
        self.done("restore", self.backup("by-itself"), "--data", self.path("by-itself-data"))
        daemon = self.start_daemon(data=self.path("by-itself-data"), socket=self.path("by-itself.sock"))
        ran = self.run_and_expect(USAGE, "cluster", "status", socket=self.path("by-itself.sock"))
        self.assertIn("in no cluster", ran.stderr)
        self.stop_daemon(daemon)

    def test_a_node_doesnt_start_without_its_cluster(self):
        self.stop_node("b")
        ended = subprocess.run([GIROD, "--data", self.path("data-b"), "--socket", self.path("b-alone.sock")],
                               capture_output=True, text=True, check=False)
        self.assertNotEqual(ended.returncode, DONE)
        self.assertIn("is part of a cluster", ended.stderr)
        self.start_node("b")
        self.until_well()


if __name__ == "__main__":
    if find_etcd() is None:
        print("there is no etcd here; `./dev deps cluster` gets it")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
