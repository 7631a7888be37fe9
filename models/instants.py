"""Time as Techscore holds it: whole microseconds since 1970-01-01T00:00:00Z, as ``int``.

An *instant* is such an integer (``Instant``); a *day* is a local date written ``YYYYMMDD`` as an integer
(``Day``), so that ranges of days are ranges of integers and a person can read them in any SQL shell.
``UtcInstant`` is the column type of the main database: aware ``datetime`` in Python, integer microseconds
in SQL; it refuses naive values instead of guessing a zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

Instant: TypeAlias = int
Day: TypeAlias = int

SECOND: Instant = 1_000_000
MINUTE: Instant = 60 * SECOND
HOUR: Instant = 60 * MINUTE
NEVER: Instant = 2**63 - 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"(\.\d{6})\d+")


def to_instant(value: datetime) -> Instant:
    """Microseconds since the epoch of an aware datetime; ``ValueError`` for a naive one."""
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value.isoformat()}: an instant needs a time zone")
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def isoformat(instant: Instant) -> str:
    """``2025-09-15T15:10:00Z``, with six fractional digits only where there is a fraction."""
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> Instant:
    """Read an ISO 8601 time as Autotask writes it (with or without zone, 0-7 fractional digits).

    A time without zone is UTC; digits past the microsecond are cut (kpis.md R4). ``ValueError`` otherwise.
    """
    text = text.strip()
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = datetime.fromisoformat(_FRACTION.sub(r"\1", text))  # more digits than it reads, in another script
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return to_instant(value)


def day_of(value: date) -> Day:
    """The integer of a date: 2026-09-14 is 20260914."""
    return value.year * 10_000 + value.month * 100 + value.day


def date_of(day: Day) -> date:
    """The date of a day integer."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def add_days(day: Day, count: int) -> Day:
    """The day ``count`` days later, earlier when negative."""
    return day_of(date_of(day) + timedelta(days=count))


@lru_cache(maxsize=65_536)
def _local_day_of_quarter(quarter: int, zone: ZoneInfo) -> Day:
    return day_of(to_datetime(quarter * 15 * MINUTE).astimezone(zone).date())


def local_day(instant: Instant, zone: ZoneInfo) -> Day:
    """The local date of an instant. Cached by quarter hours: no zone's midnight lies inside one since 1972."""
    return _local_day_of_quarter(instant // (15 * MINUTE), zone)


@lru_cache(maxsize=65_536)
def start_of_day(day: Day, zone: ZoneInfo) -> Instant:
    """The instant at which a local day begins."""
    value = date_of(day)
    return to_instant(datetime(value.year, value.month, value.day, tzinfo=zone))


class UtcInstant(TypeDecorator[datetime]):
    """A point in time: aware ``datetime`` in Python, integer microseconds UTC in SQL."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_instant(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else to_datetime(int(value))
