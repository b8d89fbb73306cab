"""A test case with a ledger of every kind of entry that was signed twice, and the page that checks proofs.

Its files are run as `FILE GIROD GIRO`.
"""

import importlib.util
import json
import pathlib
import time

from daemon_case import DONE, DaemonCase, json_of

PAGE = pathlib.Path(__file__).parents[2] / "contrib" / "check_proof.py"
NAME = "bank.example/ledger"

_spec = importlib.util.spec_from_file_location("check_proof", PAGE)
check_proof = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check_proof)


def read(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    return path


class ProofCase(DaemonCase):
    """A ledger with every kind of entry, signed twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.path("data")
        for key in ("key", "other"):
            write(cls.path(f"{key}.pem"), cls.done("checkpoint", "--new-key", cls.path(key)).stdout)
        cls.pay("top", "world", "acct:a", 10_000, reference="top up", metadata={"n": [1, "é"]})
        cls.first = cls.checkpoint("first")
        cls.decide_every_kind()
        cls.second = cls.checkpoint("second")
        feed = cls.done("tail", "--from", "1", "--count", str(cls.seq_of(cls.second)), "--json")
        cls.events = [json.loads(line) for line in feed.stdout.splitlines()]

    @classmethod
    def call(cls, method, **params):
        return json_of(cls.run_giro("call", method, "-", text=json.dumps(params)))

    @classmethod
    def pay(cls, key, payer, payee, amount, **more):
        return cls.call("payments.submit", key=key, **cls.leg(payer, payee, amount), **more)

    @staticmethod
    def leg(payer, payee, amount):
        return {"from": payer, "to": payee, "amount": amount, "currency": "EUR"}

    @classmethod
    def decide_every_kind(cls):
        cls.pay("poor", "acct:poor", "acct:b", 5)
        cls.pay("nobody", "acct:a", "acct:nobody", 5)
        cls.call("payments.submit", key="legs", legs=[cls.leg("acct:a", "acct:b", 7), cls.leg("acct:b", "world", 2)])
        cls.call("payments.submit", key="no-legs", legs=[cls.leg("acct:a", "acct:b", 7), cls.leg("acct:poor", "world", 2)])
        cls.call("payments.hold", key="hold", **cls.leg("acct:a", "acct:b", 100))
        cls.call("payments.capture", key="capture", hold="hold", amount=40)
        cls.call("payments.void", key="void", hold="hold")
        cls.call("payments.hold", key="expiring", **cls.leg("acct:a", "acct:b", 100), timeout="1s")
        cls.call("payments.reverse", key="reverse", original="top", amount=10)
        cls.call("accounts.update", key="update", id="acct:b", metadata={"city": "Wien"})
        cls.call("accounts.open", id="points", currency="PTS", scale=0)
        cls.call("accounts.close", key="close", id="points")
        cls.pay("two-currencies", "acct:a", "points", 5)
        past = "2020-01-31T09:00:00Z"
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        cls.call("payments.schedule", key="past", **cls.leg("acct:a", "acct:b", 9), at=past)
        cls.call("payments.schedule", key="soon", **cls.leg("acct:a", "acct:b", 9), at=soon)
        cls.call("payments.schedule", key="later", **cls.leg("acct:a", "acct:b", 9), at="2099-01-31T09:00:00Z")
        cls.call("payments.cancel", key="cancel", schedule="later")
        cls.call("ledger.close_books", key="books", until="2001-12-31")
        members = [{"method": "payments.submit", "params": {"key": f"g-{i}", **cls.leg("acct:a", "acct:b", i)}} for i in (1, 2)]
        cls.call("payments.submit_group", members=members)
        deadline = time.time() + 30
        decided = set()
        while not {"expiry", "scheduled_payment"} <= decided and time.time() < deadline:
            time.sleep(0.2)
            found = cls.call("payments.list", limit=1000)["payments"]
            decided = {entry["type"] for entry in found}

    @classmethod
    def sign(cls, *words, data=None, key="key", name=NAME):
        words += ("--name", name) if name else ()
        return cls.run_giro("checkpoint", "--data", data or cls.data, "--key", cls.path(key), *words)

    @classmethod
    def checkpoint(cls, file, **how):
        done = cls.sign(**how)
        assert done.returncode == DONE, done.stderr
        return write(cls.path(file), done.stdout)

    @staticmethod
    def seq_of(checkpoint):
        return int(read(checkpoint).split("\n")[1])

    @classmethod
    def prove(cls, *words, checkpoint=None, data=None):
        return cls.run_giro("proof", *words, "--checkpoint", checkpoint or cls.second, "--data", data or cls.data)

    @classmethod
    def verify(cls, *words, data=None, key="key.pem"):
        return cls.run_giro("verify", "--data", data or cls.data, "--public-key", cls.path(key), *words)

    def check(self, text, key="key.pem"):
        return check_proof.check(text, read(self.path(key), "rb"))
