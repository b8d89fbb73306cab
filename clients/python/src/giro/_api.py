"""The methods of both clients, named once.

A part (`client.payments`) has the functions of `giro.changes` and their like as methods: called on a sync client they
return what the daemon answers, on an asyncio client a coroutine of it.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Generic, ParamSpec, TypeVar, overload

from . import _batches, _questions, changes
from ._request import Request
from .results import Page

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")


class Blocking:
    """Marks the parts of a client whose methods wait."""


class Awaited:
    """Marks the parts of a client whose methods are awaited."""


class Part(Generic[M]):
    def __init__(self, run: Callable[[Any], Any], pages: Callable[[Callable[[Any], Any]], Any]) -> None:
        self._run = run  # A request to its result, or a coroutine of it.
        self._pages = pages  # Of what makes the request for the page after a `next`: an iterator of items.


class Method(Generic[P, T]):
    """A function that makes a request, as a method that sends it."""

    def __init__(self, make: Callable[P, Request[T]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__
        self.__wrapped__ = make

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, part: None, owner: type[object]) -> Method[P, T]:
        ...

    @overload
    def __get__(self, part: Part[Blocking], owner: type[object]) -> Callable[P, T]:
        ...

    @overload
    def __get__(self, part: Part[Awaited], owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]:
        ...

    def __get__(self, part: Any, owner: type[object]) -> Any:
        if part is None:
            return self
        make, run = self._make, part._run

        @functools.wraps(make)
        def bound(*words: P.args, **named: P.kwargs) -> Any:
            return run(make(*words, **named))

        # Python looks there first from now on.
        part.__dict__[self._name] = bound
        return bound


class Each(Generic[P, T]):
    """A function that makes the request for a page, as a method that iterates over all pages' items."""

    def __init__(self, make: Callable[P, Request[Page[T]]], cursor: str) -> None:
        self._make = make
        self._cursor = cursor
        self.__doc__ = (
            f"{make.__doc__} This iterates over the items of all pages, and asks for the next one when it is needed."
        )
        self.__wrapped__ = make

    @overload
    def __get__(self, part: None, owner: type[object]) -> Each[P, T]:
        ...

    @overload
    def __get__(self, part: Part[Blocking], owner: type[object]) -> Callable[P, Iterator[T]]:
        ...

    @overload
    def __get__(self, part: Part[Awaited], owner: type[object]) -> Callable[P, AsyncIterator[T]]:
        ...

    def __get__(self, part: Any, owner: type[object]) -> Any:
        if part is None:
            return self

        @functools.wraps(self._make)
        def bound(*words: Any, **named: Any) -> Any:
            def page_after(cursor: Any) -> Any:
                return self._make(*words, **(named if cursor is None else {**named, self._cursor: cursor}))

            return part._pages(page_after)

        return bound


class Accounts(Part[M]):
    """accounts.*"""

    open = Method(changes.open_account)
    update = Method(changes.update_account)
    close = Method(changes.close_account)
    reopen = Method(changes.reopen_account)
    get = Method(_questions.get_account)
    get_at = Method(_questions.get_account_at)
    get_effective = Method(_questions.get_account_effective)
    list = Method(_questions.list_accounts)
    list_at = Method(_questions.list_accounts_at)
    each = Each(_questions.list_accounts, "after")
    each_at = Each(_questions.list_accounts_at, "after")
    statement = Method(_questions.statement)
    statement_effective = Method(_questions.statement_effective)
    each_line = Each(_questions.statement_lines, "cursor")
    each_effective_line = Each(_questions.statement_effective_lines, "cursor")


class Payments(Part[M]):
    """payments.*"""

    submit = Method(changes.submit)
    submit_legs = Method(changes.submit_legs)
    submit_many = Method(_batches.submit_many)
    submit_group = Method(_batches.submit_group)
    hold = Method(changes.hold)
    capture = Method(changes.capture)
    void = Method(changes.void)
    reverse = Method(changes.reverse)
    schedule = Method(changes.schedule)
    schedule_legs = Method(changes.schedule_legs)
    cancel = Method(changes.cancel)
    get = Method(_questions.get_payment)
    list = Method(_questions.list_payments)
    each = Each(_questions.list_payments, "after")


class Holds(Part[M]):
    """holds.*"""

    list = Method(_questions.list_holds)
    each = Each(_questions.list_holds, "after")


class Schedules(Part[M]):
    """schedules.*"""

    list = Method(_questions.list_schedules)
    each = Each(_questions.list_schedules, "after")


class Ledger(Part[M]):
    """ledger.*"""

    trial_balance = Method(_questions.trial_balance)
    totals = Method(_questions.totals)
    each_total = Each(_questions.totals_rows, "cursor")
    close_books = Method(changes.close_books)
    open_books = Method(changes.open_books)
    verify = Method(_questions.verify)
    status = Method(_questions.status)


class Server(Part[M]):
    """server.*, rpc.*"""

    info = Method(_questions.info)
    discover = Method(_questions.discover)


class Methods(Generic[M]):
    """What a client of either kind can be asked."""

    def __init__(self, run: Callable[[Any], Any], pages: Callable[[Callable[[Any], Any]], Any]) -> None:
        self.accounts: Accounts[M] = Accounts(run, pages)
        self.payments: Payments[M] = Payments(run, pages)
        self.holds: Holds[M] = Holds(run, pages)
        self.schedules: Schedules[M] = Schedules(run, pages)
        self.ledger: Ledger[M] = Ledger(run, pages)
        self.server: Server[M] = Server(run, pages)
