"""What can go wrong, by what it means for the money.

    GiroError
    ├── Rejected         decided: kept in the journal for ever, nothing moved, the key is used
    ├── NothingDecided   no decision: nothing moved, the key is still free
    │   └── KeyConflict  the key belongs to another request, whose outcome stands
    └── OutcomeUnknown   perhaps decided: ask by the key, or send the same again with the same key

A rejection is raised, not returned: a result that has to be looked at is a result that somebody forgets to look at, and
then the goods leave and the money doesn't. So whatever a call returns did happen. A rejection that a program expects is
one `except giro.Rejected as no:` with a look at `no.code`.

Only requests that change the ledger raise `Rejected` and `OutcomeUnknown`; a question never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .outcomes import Rejection


class GiroError(Exception):
    """`code` is the protocol's, or this client's own: see NothingDecided and OutcomeUnknown."""

    def __init__(
        self, message: str, *, code: str, field: str | None = None, key: str | None = None, retry: bool = False
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.message = message  # What happened, what it means for the money, what to do.
        self.code = code
        self.field = field  # Which field of the request it is about.
        self.key = key  # Of a request that changes the ledger, also where the client made it; an opening's id.
        self.retry = retry  # The same request, with the same key, may well succeed later.


class Rejected(GiroError):
    """Decided, and decided against. The same request with the same key is answered so for ever.

    For a group `outcome` is that of the member that failed, and `member` its index.
    """

    def __init__(self, outcome: Rejection, member: int | None = None) -> None:
        who = "a dry run was rejected" if outcome.dry_run else f"rejected at seq {outcome.seq}, and kept"
        who = who if member is None else f"its member {member}: {who}"
        why = f" ({outcome.leg_code} in leg {outcome.leg})" if outcome.leg_code else ""
        about = f" ({outcome.field})" if outcome.field else ""
        todo = "the keys are still free" if outcome.dry_run else "a new try needs a new key"
        message = f"{who}{why}{about}; nothing moved, {todo}"
        super().__init__(message, code=outcome.code, field=outcome.field, key=outcome.key or outcome.id)
        self.outcome = outcome
        self.member = member


class NothingDecided(GiroError):
    """This request took no effect. With `retry` it was tried until its time was over.

    Codes beside the protocol's: `unreachable` (no daemon, or no permission), `untrusted` (another user's socket),
    `timed_out` (it was never sent), `connection_lost` and `not_the_protocol` (both of a question), `too_large` (not
    sent), `scale_unknown` (no account has the currency), `closed` (the client was closed), `history_lost` (of events:
    the ledger ends before the seq that was to come next).
    """


class KeyConflict(NothingDecided):
    """`field` is the first one that differs, `seq` the decision that stands; None where the key is another user's."""

    def __init__(self, message: str, *, field: str | None, key: str | None, seq: int | None) -> None:
        super().__init__(message, code="key_conflict", field=field, key=key)
        self.seq = seq


class OutcomeUnknown(GiroError):
    """It was sent, and no answer says what became of it.

    `payments.get(error.key)` tells, and so does the same call with `key=error.key`: it never pays twice.
    Codes: `outcome_unknown` (the daemon's disk failed), `connection_lost`, `timed_out`, `not_the_protocol`, or that of
    the last attempt, where an earlier one was lost.
    """
