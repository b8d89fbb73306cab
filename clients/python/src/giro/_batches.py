"""Requests of several changes: all or none, or each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ._decisions import outcome_of, rejection_of
from ._forms import Scales, Unreadable, form_of
from ._json import Object
from ._request import Answered, Batch, Change
from ._troubles import error_of
from .errors import GiroError, Rejected
from .outcomes import GroupOutcome, ManyOutcome, NotApplied, Outcome


def submit_group(members: Sequence[Change[Outcome]], *, dry_run: bool = False) -> Batch[GroupOutcome]:
    """payments.submit_group: decides up to 1,000 of `giro.changes` together: all are applied, or every one is rejected.

    Raises Rejected for the member that failed. A member may refer to what an earlier one does.
    """
    params: Object = {"members": [{"method": each.method, "params": each.params} for each in members]}
    if dry_run:
        params["dry_run"] = True
    declared = {
        each.params["currency"]: each.params["scale"]
        for each in members
        if each.method == "accounts.open" and "scale" in each.params
    }
    return Batch("payments.submit_group", params, members, _group, all_or_none=True, scales=declared)


def submit_many(payments: Sequence[Change[Outcome]]) -> Batch[ManyOutcome]:
    """payments.submit_many: up to 10,000 of `giro.changes`, each by itself, in their order.

    The answer names those that weren't applied, and raises none of them. Sending the same again is safe; those with
    `error.retry` are decided then. One that this user may not make refuses all (NothingDecided). An amount to capture
    of a hold that is made in the same call can't be checked against it: send the hold first, or use submit_group.
    """
    elements = [
        each.params if each.method == "payments.submit" else {"method": each.method, "params": each.params}
        for each in payments
    ]
    return Batch("payments.submit_many", {"payments": elements}, payments, _many, all_or_none=False, scales={})


def _group(result: Any, answered: Sequence[Answered]) -> GroupOutcome:
    members = _list_of(result, "members", len(answered))
    if result.get("status") == "rejected":
        failed = result.get("failed")
        if type(failed) is not int or not 0 <= failed < len(members):
            raise Unreadable(f"failed is {failed!r}")
        raise Rejected(rejection_of(answered[failed], _object(members[failed])), failed)
    outcomes = tuple([outcome_of(each, member) for each, member in zip(answered, members, strict=True)])
    return replace(form_of(GroupOutcome).read({**result, "members": []}, Scales()), members=outcomes)


def _many(result: Any, answered: Sequence[Answered]) -> ManyOutcome:
    not_applied = tuple([_not_applied(_object(each), answered) for each in _list_of(result, "not_applied")])
    return replace(form_of(ManyOutcome).read({**result, "not_applied": []}, Scales()), not_applied=not_applied)


def _not_applied(json: Object, answered: Sequence[Answered]) -> NotApplied:
    index = json.get("index")
    if type(index) is not int or not 0 <= index < len(answered):
        raise Unreadable(f"index is {index!r}")
    key = json.get("key")
    refused = json.get("error")
    error: GiroError
    if refused is not None:
        error = error_of(_object(refused), key)
    else:
        error = Rejected(rejection_of(answered[index], json))
    values = {name: json[name] for name in ("index", "key", "seq", "replayed") if name in json}
    return form_of(NotApplied).read({**values, "error": error}, Scales())


def _list_of(result: Any, name: str, count: int | None = None) -> list[Any]:
    values = _object(result).get(name)
    if not isinstance(values, list) or count not in (None, len(values)):
        raise Unreadable(f"{name} is {values!r:.100}")
    return values


def _object(json: Any) -> Object:
    if not isinstance(json, dict):
        raise Unreadable(f"{json!r:.100} isn't an object")
    return json
