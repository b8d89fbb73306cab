"""Times and days, as the ledger writes them.

A ledger's time has nanoseconds, which a `datetime` would drop, and sorts as text does. So `Time` is that text, to the
letter, and `Day` is `YYYY-MM-DD`; their properties give what Python calculates with. Wherever a request takes a time,
it takes a `Time`, RFC 3339 text or an aware `datetime`; for a day a `Day`, text or a `date`.
"""

from __future__ import annotations

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Time(str):
    """`2026-11-23T09:00:00.000000001Z`."""

    __slots__ = ()

    @property
    def datetime(self) -> dt.datetime:
        """In UTC, without what is less than a microsecond."""
        return dt.datetime.fromisoformat(self[:26] + "+00:00")

    @property
    def ns(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z."""
        whole = dt.datetime.fromisoformat(self[:19] + "+00:00") - _EPOCH
        return (whole.days * 86_400 + whole.seconds) * 1_000_000_000 + int(self[20:29])


class Day(str):
    """`2026-11-23`."""

    __slots__ = ()

    @property
    def date(self) -> dt.date:
        """ValueError for the year 0, which Python doesn't have."""
        return dt.date.fromisoformat(self)


# A point in the ledger's history: a seq, or a time.
Moment = int | str | dt.datetime


def time_text(time: str | dt.datetime) -> str:
    if not isinstance(time, dt.datetime):
        return time
    if time.tzinfo is None:
        raise ValueError(f"{time!r} doesn't say its time zone: datetime.now(UTC), for instance, does")
    return time.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"


def moment_of(moment: Moment) -> int | str:
    return moment if isinstance(moment, int) else time_text(moment)


def day_text(day: str | dt.date) -> str:
    if isinstance(day, dt.datetime):
        raise TypeError(f"a day is a date; {day!r} is a time: which day it is depends on where, say .date() there")
    return day if isinstance(day, str) else day.isoformat()


def duration_text(duration: str | dt.timedelta) -> str:
    if isinstance(duration, str):
        return duration
    seconds, rest = divmod(duration, dt.timedelta(seconds=1))
    if rest or seconds < 1:
        raise ValueError(f"{duration} isn't a whole number of seconds, from 1")
    return f"{seconds}s"
