"""The shop from the command line.

    python3 -m shop customer ada                   opens her account
    python3 -m shop deposit d-1 ada 100.00         puts money into it
    python3 -m shop place 7 ada 12.50              order 7: reserves the money
    python3 -m shop ship 7                         takes it
    python3 -m shop cancel 7                       or lets go of it
    python3 -m shop refund complaint-3 7 2.50      pays some of it back
    python3 -m shop report [2026-11-23]            a day's sales
    python3 -m shop recover                        ends what a killed shop had begun; each command does so first

$SHOP_FILE is the shop's own file (default: shop.db here), $GIRO_SOCKET the ledger's socket.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import sys

from giro import Client, GiroError, Money

from .shop import Mistake, Row, Shop

CURRENCY = "EUR"


def said(row: Row) -> str:
    what = f"order {row.order}" if row.table == "orders" else f"refund {row.number} of order {row.order}"
    return f"{what}: {row.state}, {row.amount}" + (f" ({row.why})" if row.why else "")


def run(shop: Shop, words: list[str]) -> str:
    match words:
        case ["customer", name]:
            shop.add_customer(name)
            return f"{name} is a customer"
        case ["deposit", number, name, amount]:
            shop.deposit(number, name, Money(amount, CURRENCY))
            return f"{name} has {amount} {CURRENCY} more"
        case ["place", number, name, amount]:
            return said(shop.place(number, name, Money(amount, CURRENCY)))
        case ["ship", number]:
            return said(shop.ship(number))
        case ["cancel", number]:
            return said(shop.cancel(number))
        case ["refund", number, order, amount]:
            return said(shop.refund(number, order, Money(amount, CURRENCY)))
        case ["report"]:
            return run(shop, ["report", dt.datetime.now(dt.UTC).date().isoformat()])
        case ["report", day]:
            report = shop.report(dt.date.fromisoformat(day))
            orders = ", ".join(f"{count} {state}" for state, count in report.orders.items())
            lines = [
                f"{name:9}{getattr(report, name)}" for name in ("opening", "shipped", "refunded", "closing", "reserved")
            ]
            return "\n".join([*lines, f"orders   {orders or 'none'}"])
        case ["recover"]:
            return "nothing is left halfway"
    raise Mistake(str(__doc__))


def main() -> int:
    try:
        with Client() as client:
            shop = Shop(client, os.environ.get("SHOP_FILE", "shop.db"), CURRENCY)
            for row in shop.recover():
                print(f"recovered {said(row)}")
            print(run(shop, sys.argv[1:]))
            shop.close()
    except (Mistake, GiroError, ValueError, sqlite3.Error) as error:
        print(f"shop: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
