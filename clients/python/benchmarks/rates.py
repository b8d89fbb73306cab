#!/usr/bin/env python3
"""Payments a second through this client, in each way of using it, against a fresh daemon.

Beside `giro bench W1 W3` on the same machine it says what Python costs.
Usage: PYTHONPATH=../src rates.py GIROD FOLDER [SECONDS]; the ledger lies in FOLDER, which should be on a disk
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

from giro import AsyncClient, Client, GiroError, Money, changes

ACCOUNTS = 10_000
ONE = Money("12.34", "EUR")


def two_accounts() -> tuple[str, str]:
    payer, payee = random.sample(range(ACCOUNTS), 2)
    return f"a:{payer}", f"a:{payee}"


def open_accounts(client: Client) -> None:
    for begin in range(0, ACCOUNTS, 1_000):
        opened = [changes.open_account(f"a:{begin + i}", "EUR", floor=None) for i in range(1_000)]
        assert client.payments.submit_many(opened).applied == 1_000


def one_thread(path: str, seconds: float) -> int:
    return threads(path, seconds, 1)


def threads(path: str, seconds: float, count: int) -> int:
    done = [0] * count
    until = time.monotonic() + seconds

    def pay(number: int) -> None:
        while time.monotonic() < until:
            client.payments.submit(*two_accounts(), ONE)
            done[number] += 1

    with Client(path) as client:
        workers = [threading.Thread(target=pay, args=(number,)) for number in range(count)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return sum(done)


def tasks(path: str, seconds: float, count: int) -> int:
    async def main() -> int:
        done = 0
        until = time.monotonic() + seconds

        async def pay() -> None:
            nonlocal done
            while time.monotonic() < until:
                await client.payments.submit(*two_accounts(), ONE)
                done += 1

        async with AsyncClient(path) as client:
            await asyncio.gather(*[pay() for _ in range(count)])
        return done

    return asyncio.run(main())


def batches(path: str, seconds: float, size: int) -> int:
    done = 0
    until = time.monotonic() + seconds
    with Client(path) as client:
        while time.monotonic() < until:
            done += client.payments.submit_many([changes.submit(*two_accounts(), ONE) for _ in range(size)]).applied
    return done


WAYS: list[tuple[str, Callable[[str, float], int]]] = [
    ("Client, 1 thread", one_thread),
    ("Client, 8 threads", lambda path, seconds: threads(path, seconds, 8)),
    ("Client, 32 threads", lambda path, seconds: threads(path, seconds, 32)),
    ("AsyncClient, 1 task", lambda path, seconds: tasks(path, seconds, 1)),
    ("AsyncClient, 32 tasks", lambda path, seconds: tasks(path, seconds, 32)),
    ("AsyncClient, 1,000 tasks", lambda path, seconds: tasks(path, seconds, 1_000)),
    ("submit_many of 100", lambda path, seconds: batches(path, seconds, 100)),
    ("submit_many of 1,000", lambda path, seconds: batches(path, seconds, 1_000)),
    ("submit_many of 8,189", lambda path, seconds: batches(path, seconds, 8_189)),
]


def main() -> int:
    girod, folder = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 5.0
    with tempfile.TemporaryDirectory(dir=folder) as data, tempfile.TemporaryDirectory() as run:
        path = f"{run}/giro.sock"
        with open(f"{run}/log", "wb") as log:
            daemon = subprocess.Popen([girod, "--init", "--data", f"{data}/d", "--socket", path], stderr=log)
        try:
            with Client(path, timeout=10) as client:
                wait_for(client)
                open_accounts(client)
                for name, way in WAYS:
                    before = client.ledger.status().decisions
                    begun, busy = time.monotonic(), time.process_time()
                    paid = way(path, seconds)
                    rate = paid / (time.monotonic() - begun)
                    cost_us = (time.process_time() - busy) / paid * 1e6
                    assert client.ledger.status().decisions - before == paid, "not every payment was decided once"
                    print(f"{name:26}{rate:>10,.0f}/s  {cost_us:>5.0f} us of this process's time each", flush=True)
        finally:
            daemon.terminate()
            daemon.wait()
    return 0


def wait_for(client: Client) -> None:
    for _ in range(200):
        try:
            client.server.info()
            return
        except GiroError:
            time.sleep(0.05)
    raise SystemExit("the daemon doesn't start")


if __name__ == "__main__":
    sys.exit(main())
