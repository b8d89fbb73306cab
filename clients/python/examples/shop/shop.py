"""A small shop: what a customer orders is reserved, paid when it is shipped, let go of when it is cancelled, and paid
back when it comes back.

Two files must agree about an order: the shop's own (SQLite) and the ledger. No transaction spans both, and the program
can die between any two lines. So each step is done like this:

    1. the shop's file says what is about to be done           (`placing`, `shipping`, ...)
    2. the ledger does it, under a key made from the order     (`order-7:place`, `order-7:ship:1`, ...)
    3. the shop's file says what became of it                  (`held`, `shipped`, ...)

Killed before 1, nothing has happened. Killed after it, `recover()` finds the order and does 2 and 3 again: with the
same key and the same request the ledger answers what it decided the first time, and decides it now if it never did.
Nothing is paid twice, and nothing is left halfway.

An order has its number from outside (a cart's), and so has a refund (a complaint's). Who doesn't know whether a step
was done asks for it again, with the same number. A step that the ledger rejected has used up its key: where it may be
tried again (the account was frozen), the next try has the next key.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from giro import Change, Client, Money, Rejected, changes
from giro.outcomes import Outcome

WORLD, SALES = "world", "shop:sales"
HELD_FOR = dt.timedelta(days=7)

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (number TEXT PRIMARY KEY, customer TEXT NOT NULL, amount TEXT NOT NULL,
  currency TEXT NOT NULL, state TEXT NOT NULL, why TEXT, tries INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE IF NOT EXISTS refunds (number TEXT PRIMARY KEY, order_number TEXT NOT NULL REFERENCES orders,
  amount TEXT NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL, why TEXT, tries INTEGER NOT NULL DEFAULT 1) STRICT;
"""


@dataclass(frozen=True)
class Step:
    before: str | None  # None: it begins with this step.
    during: str
    done: str
    failed: str


STEPS = {
    "place": Step(None, "placing", "held", failed="refused"),
    "ship": Step("held", "shipping", "shipped", failed="lapsed"),
    "cancel": Step("held", "cancelling", "cancelled", failed="lapsed"),
    "refund": Step(None, "refunding", "refunded", failed="refused"),
}


@dataclass(frozen=True)
class Row:
    """An order, or a refund of one."""

    table: str
    number: str
    order: str
    amount: Money
    state: str
    customer: str = ""
    why: str | None = None  # The ledger's code, where it rejected a step.
    tries: int = 1


@dataclass(frozen=True)
class Report:
    day: dt.date
    opening: Money
    shipped: Money
    refunded: Money
    closing: Money
    reserved: Money  # Of orders that wait to be shipped: now, whatever day it is.
    orders: dict[str, int]  # By state, now.


class Mistake(Exception):
    """What was asked can't be done, and nothing was."""


class Shop:
    def __init__(self, client: Client, file: str, currency: str = "EUR") -> None:
        self._client = client
        self._currency = currency
        self._file = sqlite3.connect(file, isolation_level=None, timeout=10)
        self._file.execute("PRAGMA synchronous=FULL")
        self._file.executescript(SCHEMA)
        client.accounts.open(WORLD, currency, floor=None)
        client.accounts.open(SALES, currency)

    def close(self) -> None:
        self._file.close()

    # ---- Customers ----

    def add_customer(self, name: str) -> None:
        self._client.accounts.open(account_of(name), self._currency)

    def deposit(self, number: str, name: str, amount: Money) -> None:
        self._client.payments.submit(WORLD, account_of(name), amount, key=f"deposit-{number}")

    # ---- Orders ----

    def place(self, number: str, customer: str, amount: Money) -> Row:
        """Reserves the money: `held`, or `refused` where the customer doesn't have it."""
        self._begin("place", "orders", (number, customer, str(amount.amount), amount.currency))
        return self._do("place", self.order(number))

    def ship(self, number: str) -> Row:
        return self._do("ship", self.order(number))

    def cancel(self, number: str) -> Row:
        return self._do("cancel", self.order(number))

    def refund(self, number: str, order: str, amount: Money) -> Row:
        """Pays back a part of what a shipped order cost, or all of it. `number` is the refund's own."""
        if self.order(order).state != "shipped":
            raise Mistake(f"order {order} is {self.order(order).state}: only what was shipped is refunded")
        self._begin("refund", "refunds", (number, order, str(amount.amount), amount.currency))
        return self._do("refund", self._row("refunds", number))

    def order(self, number: str) -> Row:
        return self._row("orders", number)

    def recover(self) -> list[Row]:
        """Ends what was begun: at every start, before anything else."""
        return [self._end(name, row) for name, step in STEPS.items() for row in self._rows_in(name, step.during)]

    # ---- What was sold ----

    def report(self, day: dt.date) -> Report:
        """A day's sales as the ledger has them. What the shop's file says must agree with it: Mistake, if not."""
        begin, end = f"{day}T00:00:00Z", f"{day}T23:59:59.999999999Z"
        statement = self._client.accounts.statement(SALES, from_=begin, to=end, limit=1)
        reserved = statement.closing_balance * 0
        for hold in self._client.holds.each(account=SALES):
            if hold.left is not None:
                reserved += hold.left
        self._check_holds()
        states = self._file.execute("SELECT state, count(*) FROM orders GROUP BY state ORDER BY state")
        return Report(
            day,
            statement.opening_balance,
            statement.in_,
            statement.out,
            statement.closing_balance,
            reserved,
            dict(states),
        )

    def _check_holds(self) -> None:
        held_here = {key_of("place", row) for row in self._rows_in("place", "held")}
        held_there = {hold.key for hold in self._client.holds.each(account=SALES)}
        if held_here != held_there:
            # A hold whose time is over, or an order that another process is about to place or ship.
            raise Mistake(
                f"held in one place only: {sorted(held_here ^ held_there)}; run `recover`, or ship or cancel them"
            )

    # ---- One step ----

    def _do(self, name: str, row: Row) -> Row:
        """From where the row is: done already, begun, or about to begin."""
        step = STEPS[name]
        if row.state == step.during:
            return self._end(name, row)
        if step.before is None or row.state in (step.done, step.failed):
            return row
        if row.state != step.before:
            raise Mistake(f"order {row.order} is {row.state} and not {step.before}: it can't be {step.done}")
        self._move(row, row.state, step.during)  # Unless another process was faster.
        return self._do(name, self._row(row.table, row.number))

    def _end(self, name: str, row: Row) -> Row:
        step = STEPS[name]
        try:
            self._client.send(self._change(name, row))
            self._move(row, step.during, step.done)
        except Rejected as error:
            if step.before is None or error.code == "hold_expired":
                self._move(row, step.during, step.failed, error.code)
            else:
                self._move(row, step.during, step.before, error.code, tries=row.tries + 1)
        return self._row(row.table, row.number)

    def _change(self, name: str, row: Row) -> Change[Outcome]:
        """What the ledger is asked, from nothing but the row: so it is the same whenever it is asked."""
        key = key_of(name, row)
        if name == "place":
            return changes.hold(
                account_of(row.customer), SALES, row.amount, key=key, timeout=HELD_FOR, reference=row.order
            )
        if name == "ship":
            return changes.capture(key_of("place", row), key=key)
        if name == "cancel":
            return changes.void(key_of("place", row), key=key)
        return changes.reverse(key_of("ship", self.order(row.order)), row.amount, key=key, reference=row.order)

    # ---- The shop's file ----

    def _begin(self, name: str, table: str, values: tuple[str, str, str, str]) -> None:
        """Unless it was begun before, and then it must be the same."""
        named = "customer" if table == "orders" else "order_number"
        fields = f"number, {named}, amount, currency"
        begun = (*values, STEPS[name].during)
        self._file.execute(f"INSERT OR IGNORE INTO {table} ({fields}, state) VALUES (?, ?, ?, ?, ?)", begun)
        there = self._file.execute(f"SELECT {fields} FROM {table} WHERE number = ?", values[:1]).fetchone()
        if there != values:
            raise Mistake(f"{values[0]} is another one already: {there}")

    def _move(self, row: Row, old: str, new: str, why: str | None = None, tries: int | None = None) -> None:
        """If it is still where it was. Durable when this returns."""
        self._file.execute(
            f"UPDATE {row.table} SET state = ?, why = ?, tries = ? WHERE number = ? AND state = ? AND tries = ?",
            (new, why, tries or row.tries, row.number, old, row.tries),
        )

    def _row(self, table: str, number: str) -> Row:
        for row in self._rows(table, "number", number):
            return row
        raise Mistake(f"there is no {number} in {table}")

    def _rows_in(self, name: str, state: str) -> list[Row]:
        return list(self._rows("refunds" if name == "refund" else "orders", "state", state))

    def _rows(self, table: str, field: str, value: str) -> Iterator[Row]:
        named = "number, customer" if table == "orders" else "order_number, ''"
        query = (
            f"SELECT number, amount, currency, state, why, tries, {named} FROM {table} WHERE {field} = ? ORDER BY rowid"
        )
        for number, amount, currency, state, why, tries, order, customer in self._file.execute(
            query, (value,)
        ).fetchall():
            yield Row(table, number, order, Money(amount, currency), state, customer, why, tries)


def account_of(customer: str) -> str:
    return f"customers:{customer}"


def key_of(name: str, row: Row) -> str:
    which = {"ship": f":{row.tries}", "refund": f":{row.number}"}.get(name, "")
    return f"order-{row.order}:{name}{which}"
