"""Requests that change nothing.

`min_seq` is up to where the answering node must know the ledger; it waits for that, 10 seconds at most. Where it isn't
given a client of several nodes takes what it was answered itself; 0: whatever the node knows.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ._decisions import currencies_in, related_to
from ._forms import Unreadable, form_of
from ._json import Object
from ._params import AnyDay, given, may_be_money
from ._plan import Call
from ._request import Plan, Question
from .entries import Entry
from .money import Money
from .results import (
    Account,
    AccountAt,
    EffectiveBalance,
    EffectiveLine,
    EffectiveStatement,
    Page,
    ServerInfo,
    Statement,
    StatementLine,
    Status,
    Totals,
    TotalsRow,
    TrialBalance,
    Verification,
)
from .times import Moment, day_text, moment_of

T = TypeVar("T")


# ---- Accounts ----


def get_account(id: str, *, min_seq: int | None = None) -> Question[Account]:
    """accounts.get. NothingDecided with `account_unknown` where there is none."""
    return _plain(Account, "accounts.get", id=id, min_seq=min_seq)


def get_account_at(id: str, at: Moment, *, min_seq: int | None = None) -> Question[AccountAt]:
    """accounts.get at a time or a seq."""
    return _plain(AccountAt, "accounts.get", id=id, at=moment_of(at), min_seq=min_seq)


def get_account_effective(
    id: str, effective_at: AnyDay, *, min_seq: int | None = None
) -> Question[EffectiveBalance]:
    """accounts.get at the end of a day, by effective date."""
    return _plain(EffectiveBalance, "accounts.get", id=id, effective_at=day_text(effective_at), min_seq=min_seq)


def list_accounts(
    prefix: str = "", *, after: str | None = None, limit: int | None = None, min_seq: int | None = None
) -> Question[Page[Account]]:
    """accounts.list: a page of those whose ids begin with `prefix`."""
    return _page(Account, "accounts.list", "accounts", prefix=prefix, after=after, limit=limit, min_seq=min_seq)


def list_accounts_at(
    at: Moment, prefix: str = "", *, after: str | None = None, limit: int | None = None, min_seq: int | None = None
) -> Question[Page[AccountAt]]:
    """accounts.list at a time or a seq: those that were open then."""
    fields: Object = {"prefix": prefix, "after": after, "limit": limit, "at": moment_of(at), "min_seq": min_seq}
    return _page(AccountAt, "accounts.list", "accounts", **fields)


def statement(
    id: str,
    *,
    from_: Moment | None = None,
    to: Moment | None = None,
    order: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Statement]:
    """accounts.statement: a page of it; the newest lines first, unless `order` is `asc`. Both ends are included."""
    return _plain(Statement, "accounts.statement", **_range(id, from_, to, order, cursor, limit, min_seq))


def statement_lines(
    id: str,
    *,
    from_: Moment | None = None,
    to: Moment | None = None,
    order: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Page[StatementLine]]:
    """The lines of accounts.statement."""
    whole = statement(id, from_=from_, to=to, order=order, cursor=cursor, limit=limit, min_seq=min_seq)

    def read(call: Call, result: Any) -> Plan[Page[StatementLine]]:
        found = yield from whole.read(call, result)
        return Page(found.lines, found.next, found.age_ms)

    return Question(whole.method, whole.params, read)


def statement_effective(
    id: str,
    *,
    from_: AnyDay | None = None,
    to: AnyDay | None = None,
    order: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[EffectiveStatement]:
    """accounts.statement by effective date; `from_` and `to` are days."""
    begin, end = (None if day is None else day_text(day) for day in (from_, to))
    fields = _range(id, begin, end, order, cursor, limit, min_seq)
    return _plain(EffectiveStatement, "accounts.statement", by="effective_date", **fields)


def statement_effective_lines(
    id: str,
    *,
    from_: AnyDay | None = None,
    to: AnyDay | None = None,
    order: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Page[EffectiveLine]]:
    """The lines of accounts.statement by effective date."""
    whole = statement_effective(id, from_=from_, to=to, order=order, cursor=cursor, limit=limit, min_seq=min_seq)

    def read(call: Call, result: Any) -> Plan[Page[EffectiveLine]]:
        found = yield from whole.read(call, result)
        return Page(found.lines, found.next, found.age_ms)

    return Question(whole.method, whole.params, read)


# ---- Payments, holds, schedules: entries ----


def get_payment(key: str | int, *, min_seq: int | None = None) -> Question[Entry | None]:
    """payments.get: what was decided under a key, or at a seq (an int), and what became of it. None: nothing was.

    After OutcomeUnknown this is the question to ask, and None means that nothing was decided when it was asked.
    """
    named: Object = {"key" if isinstance(key, str) else "seq": key, **given(min_seq=min_seq)}

    def read(call: Call, result: Any) -> Plan[Entry | None]:
        if isinstance(result, dict) and result.get("status") == "unknown" and "type" not in result:
            return None
        return (yield from read_entry(call, result))

    return Question("payments.get", named, read)


def list_payments(
    *,
    account: str | None = None,
    type: str | None = None,
    status: str | None = None,
    code: str | None = None,
    payment_code: int | None = None,
    reference: str | None = None,
    reference_prefix: str | None = None,
    currency: str | None = None,
    amount_gte: Money | None = None,
    amount_lte: Money | None = None,
    from_: Moment | None = None,
    to: Moment | None = None,
    order: str | None = None,
    after: int | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Page[Entry]]:
    """payments.list: a page of the entries of which all of this is true. An amount means its currency, too."""
    for amount in (amount_gte, amount_lte):
        may_be_money(amount)
        if amount is not None and currency not in (None, amount.currency):
            raise ValueError(f"{amount} isn't an amount in {currency}")
        currency = currency if amount is None else amount.currency
    moments = {"from": None if from_ is None else moment_of(from_), "to": None if to is None else moment_of(to)}
    return _entries(
        "payments.list",
        "payments",
        account=account,
        type=type,
        status=status,
        code=code,
        payment_code=payment_code,
        reference=reference,
        reference_prefix=reference_prefix,
        currency=currency,
        amount_gte=amount_gte,
        amount_lte=amount_lte,
        order=order,
        after=after,
        limit=limit,
        min_seq=min_seq,
        **moments,
    )


def list_holds(
    *,
    account: str | None = None,
    order: str | None = None,
    after: int | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Page[Entry]]:
    """holds.list: a page of those that are open, with what is `left` of each."""
    return _entries("holds.list", "holds", account=account, order=order, after=after, limit=limit, min_seq=min_seq)


def list_schedules(
    *, account: str | None = None, after: int | None = None, limit: int | None = None, min_seq: int | None = None
) -> Question[Page[Entry]]:
    """schedules.list: a page of what is still to be decided, with `next_at`."""
    return _entries("schedules.list", "schedules", account=account, after=after, limit=limit, min_seq=min_seq)


# ---- The ledger ----


def trial_balance(
    *, at: Moment | None = None, effective_at: AnyDay | None = None, min_seq: int | None = None
) -> Question[TrialBalance]:
    """ledger.trial_balance: now, at a time or a seq, or at the end of a day by effective date."""
    moment = None if at is None else moment_of(at)
    day = None if effective_at is None else day_text(effective_at)
    return _plain(TrialBalance, "ledger.trial_balance", at=moment, effective_at=day, min_seq=min_seq)


def totals(
    prefix: str = "",
    *,
    depth: int | None = None,
    at: Moment | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Totals]:
    """ledger.totals: a page of the sums of balances by the parts of accounts' ids."""
    moment = None if at is None else moment_of(at)
    fields: Object = {"prefix": prefix, "depth": depth, "at": moment, "cursor": cursor, "limit": limit}
    return _plain(Totals, "ledger.totals", **fields, min_seq=min_seq)


def totals_rows(
    prefix: str = "",
    *,
    depth: int | None = None,
    at: Moment | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    min_seq: int | None = None,
) -> Question[Page[TotalsRow]]:
    """The rows of ledger.totals."""
    whole = totals(prefix, depth=depth, at=at, cursor=cursor, limit=limit, min_seq=min_seq)

    def read(call: Call, result: Any) -> Plan[Page[TotalsRow]]:
        found = yield from whole.read(call, result)
        return Page(found.rows, found.next, found.age_ms)

    return Question(whole.method, whole.params, read)


def verify() -> Question[Verification]:
    """ledger.verify: reads and checks the whole journal. A long one takes long: `client.within(3600)`."""
    return _plain(Verification, "ledger.verify")


def status() -> Question[Status]:
    """ledger.status: the daemon's figures."""
    return _plain(Status, "ledger.status")


def info() -> Question[ServerInfo]:
    """server.info: which daemon this is, its methods and limits."""
    return _plain(ServerInfo, "server.info")


def discover() -> Question[Object]:
    """rpc.discover: the methods, their params and answers as an OpenRPC document, as it came."""
    return Question("rpc.discover", {}, _read_document)


def _read_document(_: Call, result: Any) -> Plan[Object]:
    if not isinstance(result, dict) or "openrpc" not in result:
        raise Unreadable(f"{result!r:.100} isn't an OpenRPC document")
    yield from ()  # There is nothing to ask for.
    return result


# ---- What they share ----


def _range(
    id: str,
    begin: Moment | None,
    end: Moment | None,
    order: str | None,
    cursor: str | None,
    limit: int | None,
    min_seq: int | None,
) -> Object:
    moments = {"from": None if begin is None else moment_of(begin), "to": None if end is None else moment_of(end)}
    return {"id": id, **moments, "order": order, "cursor": cursor, "limit": limit, "min_seq": min_seq}


def _plain(of: type[T], method: str, **fields: Any) -> Question[T]:
    form = form_of(of)

    def read(call: Call, result: Any) -> Plan[T]:
        return call.read(form, result)

    return Question(method, given(**fields), read)


def _page(of: type[T], method: str, name: str, **fields: Any) -> Question[Page[T]]:
    form = form_of(of)
    return Question(
        method,
        given(**fields),
        lambda call, result: _read_page(call, result, name, lambda call, each: call.read(form, each)),
    )


def _entries(method: str, name: str, **fields: Any) -> Question[Page[Entry]]:
    return Question(method, given(**fields), lambda call, result: _read_page(call, result, name, read_entry))


def _read_page(call: Call, result: Any, name: str, read: Any) -> Plan[Page[Any]]:
    if not isinstance(result, dict) or not isinstance(result.get(name), list):
        raise Unreadable(f"{result!r:.100} isn't a page of {name}")
    items = []
    for each in result[name]:
        items.append((yield from read(call, each)))
    return Page(tuple(items), result.get("next"), _age_of(result))


def _age_of(result: Object) -> int | None:
    age = result.get("age_ms")
    if age is not None and type(age) is not int:
        raise Unreadable(f"age_ms is {age!r:.100}")
    return age


# ---- Entries ----

# Amounts that an entry may have without a currency of its own.
_AMOUNTS = ("asked", "left", "reversed", "released", "life", "floor", "ceiling", "limits", "alerts", "balance")
_CHANGED = ("floor", "ceiling", "frozen", "metadata", "limits", "alerts")


def read_entry(call: Call, json: Any) -> Plan[Entry]:
    """An entry, wherever it is shown. Asks what its amounts are in, where it doesn't say."""
    if not isinstance(json, dict):
        raise Unreadable(f"{json!r:.100} isn't an entry")
    currencies = currencies_in(json)
    if json.get("type") == "reversal":
        # `reversed` is in what the original's first leg moved, and a reversal begins with the last one.
        currencies = currencies[::-1]
    if not currencies and any(name in json for name in _AMOUNTS):
        related = related_to(json)
        if related is not None:
            currencies = yield from call.currencies_of(related)
    return (yield from call.read(form_of(Entry), _shaped(json), currencies))


def _shaped(json: Object) -> Object:
    """What belongs to changes of accounts and books, in an object of its own: `floor: null` isn't no floor there."""
    kind = json.get("type")
    if kind in ("account_update", "account_close", "account_reopen"):
        rest = {name: value for name, value in json.items() if name not in _CHANGED}
        return {**rest, "change": {**json, "named": [name for name in _CHANGED if name in json]}}
    if kind in ("books_close", "books_open"):
        books = {"until": json.get("until"), "closed_before": json.get("closed_before")}
        return {**{name: value for name, value in json.items() if name != "until"}, "books": books}
    return json
