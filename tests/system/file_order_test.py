#!/usr/bin/env python3
"""A file takes effect in its order, through a daemon that is too busy for it again and again.

A coin goes from hand to hand: each row applies only where all rows before it did.

Usage: file_order_test.py GIROD GIRO
"""

import json
import socket
import sqlite3
import sys
import threading
import unittest

from daemon_case import DONE, DaemonCase

HANDS = 10
ROWS = 12_000  # Some batches of `giro submit`.
FLOODERS = 4  # Together they ask for more than the queue takes.
BUSY_A_WAVE = 4  # So often a batch is refused before it gets through.
TRIES = 20  # Whether a flood comes in a batch's way is chance.


def coin_goes_round(name):
    def row(number, giver, taker):
        return {"key": f"{name}-{number}", "from": giver, "to": taker, "amount": 1, "currency": "EUR"}

    rows = [row(0, "world", "hand:0")]
    rows += [row(i, f"hand:{(i - 1) % HANDS}", f"hand:{i % HANDS}") for i in range(1, ROWS - 1)]
    return rows + [row(ROWS - 1, f"hand:{(ROWS - 2) % HANDS}", "world")]


class Relay:
    """Stands between `giro` and `girod`, and sees each answer before `giro` does."""

    def __init__(self, path, daemon, see):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.daemon = daemon
        self.see = see
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        client, _ = self.listener.accept()
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self.daemon)
            threading.Thread(target=self.pass_requests, args=(client, server), daemon=True).start()
            with server.makefile("rb") as answers:
                for answer in answers:
                    self.see(answer)
                    client.sendall(answer)

    @staticmethod
    def pass_requests(client, server):
        while data := client.recv(1 << 16):
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()


class FileOrder(DaemonCase):
    CONFIG = "[limits]\nqueue_items = 3000\n"  # One batch of `giro submit`, and half of another.

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_giro("account", "open", *(f"hand:{i}" for i in range(HANDS)), "--currency", "EUR")

    def submit_while_busy(self, name, begin_wave, end_wave):
        """Every batch that was decided begins a wave, and so many answers of `busy` end it: how many came."""
        busy = 0

        def see(answer):
            nonlocal busy
            if b'"code":"busy"' in answer:
                busy += 1
                if busy % BUSY_A_WAVE == 0:
                    end_wave()
            elif b'"not_applied"' in answer:
                begin_wave()

        rows = coin_goes_round(name)
        relay = Relay(self.path(f"{name}.sock"), self.socket, see)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        done = self.run_giro("submit", "-", text=text, socket=self.path(f"{name}.sock"))
        relay.close()
        end_wave()
        self.assertEqual((done.returncode, done.stdout), (DONE, f"{ROWS} applied, 0 rejected, 0 replayed\n"), done.stderr)
        with sqlite3.connect(f"file:{self.path('data')}/ledger.db?mode=ro", uri=True) as ledger:
            keys = ledger.execute("SELECT key FROM v_payments WHERE key GLOB ? ORDER BY seq", (f"{name}-*",))
            self.assertEqual([key for (key,) in keys], [row["key"] for row in rows])
        return busy

    def test_is_kept_while_another_client_fills_the_queue(self):
        flood = threading.Event()
        over = threading.Event()

        def fill(flooder):
            with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answers:
                connection.connect(self.socket)
                round_of = 0
                while not over.is_set():
                    if not flood.wait(timeout=0.1):
                        continue
                    round_of += 1
                    payments = [
                        {
                            "key": f"flood-{flooder}-{round_of}-{i}",
                            "from": "world",
                            "to": "acct:a",
                            "amount": 1,
                            "currency": "EUR",
                        }
                        for i in range(1_000)
                    ]
                    request = {
                        "jsonrpc": "2.0",
                        "id": round_of,
                        "method": "payments.submit_many",
                        "params": {"payments": payments},
                    }
                    connection.sendall(json.dumps(request).encode() + b"\n")
                    answers.readline()

        flooders = [threading.Thread(target=fill, args=(i,)) for i in range(FLOODERS)]
        for flooder in flooders:
            flooder.start()
        try:
            tries = (self.submit_while_busy(f"flooded-{i}", flood.set, flood.clear) for i in range(TRIES))
            self.assertTrue(any(busy >= BUSY_A_WAVE for busy in tries), "It was never busy: this shows nothing.")
        finally:
            over.set()
            for flooder in flooders:
                flooder.join()

    def test_is_kept_while_another_program_locks_the_ledger(self):
        other = sqlite3.connect(f"{self.path('data')}/ledger.db", isolation_level=None, check_same_thread=False)

        def lock():
            if not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

        def release():
            if other.in_transaction:
                other.execute("ROLLBACK")

        self.assertGreaterEqual(self.submit_while_busy("locked", lock, release), BUSY_A_WAVE)
        other.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
