#!/usr/bin/env python3
"""What `giro relay` does with endpoints that refuse, redirect or can't be trusted, and as a process: signals, a full
disk, girod's restarts, another ledger, and its other commands.

Usage: relay_process_test.py GIROD GIRO
"""

import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from daemon_case import REJECTED, TRY_AGAIN, USAGE, json_of
from relay_case import RelayCase


class Endpoints(RelayCase):
    def test_gone_disables_an_endpoint_until_it_is_enabled(self):
        gone = [True]
        receiver = self.receive(lambda _message: 410 if gone else "accept")
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        self.wait_until(lambda: self.status()["disabled_at"], "it is disabled")
        self.kill_relay()
        self.start_relay()
        self.done("pay", "world", "acct:a", "2.00", "EUR")
        self.wait_for_log("it answered 410 and gets nothing until `giro relay enable e0`")
        self.assertEqual(len(receiver.seen), 1)
        gone.clear()
        self.relay_command("enable", "e0")
        self.assertEqual([m.data["amount"] for m in receiver.wait_for(2)], [100, 200])
        self.wait_until(lambda: self.status()["condition"] == "fine", "it is fine again")

    def test_a_dead_letter_is_kept_and_sent_again_with_its_id(self):
        payer, shop = self.accounts(2)
        refused = [True]
        receiver = self.receive(lambda m: 400 if refused and m.data["amount"] == 13 else "accept")
        self.configure(f'url = "{receiver.url}"\nattempts_max = 2\nretry_first = "1s"\n')
        self.start_relay()
        self.pay([(payer, shop, 12), (payer, shop, 13), (payer, shop, 14)])
        receiver.wait_for(2)
        self.wait_until(lambda: self.status()["dead"] == 1, "it is dead")
        shown = self.relay_command("dead", "list").stdout
        self.assertIn("it answered 400 Bad Request", shown)
        letter = json_of(self.relay_command("dead", "list", "--json"))
        self.assertEqual((letter["failures"], letter["body"]["data"]["amount"]), (2, 13))
        self.relay_command("dead", "resend", "99999", code=REJECTED)
        refused.clear()
        self.relay_command("dead", "resend", str(letter["id"]))
        again = receiver.wait_for(3)[-1]
        self.assertEqual((again.id, again.data["amount"]), (letter["webhook_id"], 13))
        self.wait_until(lambda: self.status()["dead"] == 0, "it is no dead letter any more")

    def test_retry_after_is_honoured(self):
        times = []

        def busy_once(_message):
            times.append(time.monotonic())
            return (429, {"Retry-After": "3"}) if len(times) == 1 else "accept"

        receiver = self.receive(busy_once)
        self.configure(f'url = "{receiver.url}"\nretry_first = "1s"')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        self.done("pay", "world", "acct:b", "1.00", "EUR")
        receiver.wait_for(2)
        self.assertGreaterEqual(min(times[1:]) - times[0], 2.9)

    def test_no_redirect_is_followed(self):
        target = self.receive()
        receiver = self.receive(lambda _message: (307, {"Location": target.url}))
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        self.wait_for_log("redirects aren't followed")
        self.assertEqual(target.seen, [])

    def test_an_address_of_the_machine_itself_is_reached_only_where_it_is_named(self):
        receiver = self.receive()
        url = f"https://localhost:{receiver.port}/"
        self.configure(f'url = "{url}"\nnetworks = ["10.0.0.0/8"]')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        self.wait_for_log("which is no public address: name it in `networks` if that is right")
        self.assertEqual(receiver.seen, [])

    @unittest.skipUnless(shutil.which("openssl"), "openssl isn't here to make a certificate")
    def test_only_a_certificate_for_its_host_by_a_trusted_authority_is_taken(self):
        key, cert = self.path("key.pem"), self.path("cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True,
        )
        receiver = self.receive(tls=(cert, key))
        port = receiver.port
        self.configure(
            f'url = "https://localhost:{port}/x"\nca_file = "{cert}"\nnetworks = ["127.0.0.0/8", "::1"]',
            f'url = "https://localhost:{port}/x"\nnetworks = ["127.0.0.0/8", "::1"]',
            f'url = "https://127.0.0.1:{port}/x"\nca_file = "{cert}"',
        )
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        receiver.wait_for(1)
        for endpoint in ("e1", "e2"):
            self.wait_until(lambda e=endpoint: "certificate verify failed" in self.status(e)["condition"], endpoint)
        self.assertEqual(len(receiver.seen), 1)
        self.assertEqual(self.status("e0")["condition"], "fine")


class Process(RelayCase):
    def test_sigterm_waits_for_what_is_on_its_way(self):
        receiver = self.receive(lambda _message: time.sleep(1) or "accept")
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        self.wait_until(lambda: receiver.seen, "it is on its way")
        self.stop_relay()
        self.assertEqual((len(receiver.accepted), self.status()["delivered"]), (1, 1))
        self.start_relay()
        self.wait_for_log("follows the feed")
        time.sleep(0.3)
        self.assertEqual(len(receiver.seen), 1, "and isn't posted again")

    def test_sighup_takes_a_new_configuration_over_and_keeps_the_old_one_where_it_is_wrong(self):
        first, second = self.receive(), self.receive()
        self.configure(f'url = "{first.url}"')
        self.start_relay()
        self.wait_for_log("follows the feed")
        self.write_config(f'url = "{first.url}"\ntypo = 1')
        self.relay.send_signal(signal.SIGHUP)
        self.wait_for_log("typo isn't a setting here")
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        first.wait_for(1)
        self.write_config(f'url = "{second.url}"', f'url = "{second.url}"')
        self.relay.send_signal(signal.SIGHUP)
        self.wait_for_log("reloaded: 2 endpoints")
        self.done("pay", "world", "acct:a", "2.00", "EUR")
        self.assertEqual(sorted(m.data["amount"] for m in second.wait_for(3)), [100, 200, 200])
        self.assertEqual(len(first.seen), 1)

    def test_events_wait_while_girod_is_away(self):
        receiver = self.receive()
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.wait_for_log("follows the feed")
        self.stop_daemon(type(self).daemon)
        self.wait_for_log("Decisions wait in the ledger")
        type(self).daemon = self.start_daemon(data=self.path("data"), socket=self.socket)
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        receiver.wait_for(1)

    def test_a_full_disk_stops_it_before_it_could_repeat_without_end_and_it_goes_on_by_itself(self):
        receiver = self.receive()
        payer, shop = self.accounts(2)
        self.configure('url = "http://127.0.0.1:1/"', f'url = "{receiver.url}"')
        size_max = 80_000  # The empty file has 50,000.
        self.start_relay(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_max, -1)))
        self.wait_for_log("e1: follows the feed")
        for _round in range(4):
            self.pay([(payer, shop, 5)] * 50)
        self.wait_for_log("Nothing more is taken or posted until it can")
        time.sleep(0.5)
        self.pay([(payer, shop, 7)])
        time.sleep(0.5)
        self.assertNotIn(7, [message.data["amount"] for message in receiver.seen])
        resource.prlimit(self.relay.pid, resource.RLIMIT_FSIZE, (-1, -1))
        self.assertEqual(receiver.wait_for(201)[-1].data["amount"], 7)
        self.wait_until(lambda: self.status("e0")["pending"] == 201, "the other endpoint's events are kept")

    def test_another_ledger_is_noticed_and_nothing_of_it_posted_until_it_is_told_where_to_go_on(self):
        receiver = self.receive()
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.done("pay", "world", "acct:a", "1.00", "EUR")
        receiver.wait_for(1)
        self.stop_relay()
        with tempfile.TemporaryDirectory() as folder:
            other = f"{folder}/s"
            daemon = self.start_daemon("--init", data=f"{folder}/d", socket=other)
            try:
                self.done("account", "open", "x", "--currency", "EUR", "--floor", "none", socket=other)
                self.write_config(f'url = "{receiver.url}"')
                with open(self.config, encoding="utf-8") as file:
                    text = file.read().replace(self.socket, other)
                with open(self.config, "w", encoding="utf-8") as file:
                    file.write(text)
                self.start_relay()
                self.wait_for_log("it isn't the ledger that it was")
                self.assertEqual(len(receiver.seen), 1)
                self.relay_command("seek", "e0", "1")
                self.assertEqual(receiver.wait_for(2)[1].type, "giro.account.applied")
            finally:
                self.kill_relay()
                self.stop_daemon(daemon)

    def test_a_second_relay_on_the_same_state_is_refused(self):
        receiver = self.receive()
        self.configure(f'url = "{receiver.url}"')
        self.start_relay()
        self.wait_for_log("follows the feed")
        second = self.relay_command("run", code=TRY_AGAIN)
        self.assertIn("another relay runs", second.stderr)

    def test_check_says_what_is_wrong_and_sends_a_test_message(self):
        receiver = self.receive()
        self.configure(f'url = "{receiver.url}"', 'url = "http://127.0.0.1:1/"')
        self.assertIn("e0", self.relay_command("check").stdout)
        self.assertEqual(receiver.seen, [])
        self.assertRegex(self.relay_command("check", "--send", "--endpoint", "e0").stdout, r"e0 .*taken")
        self.assertEqual([m.type for m in receiver.wait_for(1)], ["giro.test"])
        both = self.relay_command("check", "--send", code=REJECTED)
        self.assertRegex(both.stdout, r"e1 .*failed: no connection to 127\.0\.0\.1:1: Connection refused")
        self.write_config(f'url = "{receiver.url}"\nca_file = "/nonexistent"')
        self.assertIn("the certificates of /nonexistent can't be read", self.relay_command("check", code=USAGE).stderr)
        self.write_config(f'url = "{receiver.url}"\ntimout = "3s"')
        self.assertIn("did you mean timeout?", self.relay_command("check", code=USAGE).stderr)

    def test_status_before_the_first_run_says_so(self):
        self.configure('url = "http://127.0.0.1:1/"')
        self.assertIn("giro relay run", self.relay_command("status", code=REJECTED).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
