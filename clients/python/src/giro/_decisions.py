"""What a decision says, and in which currencies. No I/O."""

from __future__ import annotations

from typing import Any

from ._forms import Unreadable, form_of
from ._json import Object
from ._request import Answered, Currencies, Reference
from .errors import Rejected
from .outcomes import LegsOutcome, Outcome, Rejection


def outcome_of(answered: Answered, result: Any) -> Outcome:
    """Raises Rejected for what was decided against, and Unreadable."""
    change, currencies, scales = answered.change, answered.currencies, answered.scales
    if not isinstance(result, dict):
        raise Unreadable(f"{result!r:.100} isn't an outcome")
    if result.get("status") == "rejected":
        raise Rejected(rejection_of(answered, result))
    if change.outcome is LegsOutcome and "legs" not in result:
        # One leg is answered as none is.
        leg = {name: value for name, value in result.items() if name.startswith(("from_", "to_", "crossed"))}
        result = {**result, "legs": [leg]}
    if "legs" in result:
        # A reversal begins with the last one.
        result = {**result, "legs": _with(currencies if change.about is None else currencies[::-1], result["legs"])}
    outcome: Outcome = form_of(change.outcome).read(result, scales, currencies)
    return outcome


def _with(currencies: Currencies, legs: Any) -> list[Object]:
    if not isinstance(legs, list) or len(legs) != len(currencies) or not all(isinstance(leg, dict) for leg in legs):
        raise Unreadable(f"{legs!r:.100} aren't {len(currencies)} legs")
    return [{**leg, "currency": currency} for leg, currency in zip(legs, currencies, strict=True)]


# Decided before anybody looked whether the accounts keep the currency that was asked for.
_CURRENCY_NOT_SURE = frozenset({"currency_mismatch", "deadline_passed", "books_closed", "group_failed"})


def rejection_of(answered: Answered, result: Object) -> Rejection:
    currencies = answered.currencies
    leg = result.get("leg")
    if type(leg) is int and 0 <= leg < len(currencies):
        currencies = currencies[leg : leg + 1]
    form = form_of(Rejection)
    rejection = form.read(result, answered.scales, currencies)
    is_sure = answered.change.about is not None or not {rejection.code, rejection.leg_code} & _CURRENCY_NOT_SURE
    return rejection if is_sure else form.read(result, answered.scales)


def last_seq_in(result: Any) -> int:
    """The highest seq of what a change, or several, were answered with; 0 where there is none."""
    if not isinstance(result, dict):
        return 0
    found = [result.get("seq"), result.get("last_seq")]
    for name in ("members", "not_applied"):
        of_each = result.get(name)
        found += [each.get("seq") for each in of_each if isinstance(each, dict)] if isinstance(of_each, list) else []
    return max((seq for seq in found if type(seq) is int), default=0)


def currencies_in(json: Any) -> Currencies:
    """Of an account or entry: one, or one a leg."""
    if not isinstance(json, dict):
        return ()
    legs = json.get("legs")
    if isinstance(legs, list):
        return tuple(str(leg["currency"]) for leg in legs if isinstance(leg, dict) and "currency" in leg)
    account = json.get("account")
    currency = account.get("currency") if isinstance(account, dict) else json.get("currency")
    return (currency,) if isinstance(currency, str) else ()


def related_to(entry: Object) -> Reference | None:
    """What an entry without a currency of its own is about."""
    for name in ("hold_seq", "original_seq", "schedule_seq"):
        if type(entry.get(name)) is int:
            return ("entry", entry[name])
    if isinstance(entry.get("id"), str):
        return ("account", entry["id"])
    return None
