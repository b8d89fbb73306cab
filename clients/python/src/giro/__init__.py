"""Giro from Python: a payments ledger for one machine, over its Unix socket.

    from giro import Client, Money

    with Client() as client:
        client.payments.submit("customers:ada", "shop:sales", Money("12.50", "EUR"), key="inv-17")

`Client` waits, `AsyncClient` is awaited; both have the methods of docs/PROTOCOL.md, in the parts `accounts`,
`payments`, `holds`, `schedules`, `ledger` and `server`, and `events()`. What goes wrong is told by three exceptions:
`Rejected`, `NothingDecided`, `OutcomeUnknown` (giro.errors).
"""

from . import changes
from .aio import AsyncClient, AsyncSubscription
from .changes import NOT_GIVEN, Change, Leg
from .client import Client, Subscription
from .entries import Entry
from .errors import GiroError, KeyConflict, NothingDecided, OutcomeUnknown, Rejected
from .money import Money
from .results import Alerts, Limit
from .times import Day, Time

__all__ = [
    "Alerts",
    "AsyncClient",
    "AsyncSubscription",
    "Change",
    "Client",
    "Day",
    "Entry",
    "GiroError",
    "KeyConflict",
    "Leg",
    "Limit",
    "Money",
    "NOT_GIVEN",
    "NothingDecided",
    "OutcomeUnknown",
    "Rejected",
    "Subscription",
    "Time",
    "changes",
]

__version__ = "0.1.0"
