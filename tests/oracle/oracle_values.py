"""Raw values as the page reads them: instants, days, millionths and ids out of text (kpis.md R4, R5).

Instant: int microseconds since 1970 in UTC. Day: datetime.date, local. Millionths: int.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MILLION = 1_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
WEEK = 7 * 24 * HOUR
NEVER = 1 << 62  # later than everything
ALWAYS = -(1 << 62)  # earlier than everything
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE
)


def instant(value: object) -> int | None:
    """Microseconds of ISO text; without an offset it is UTC, digits after the sixth are cut."""
    if not isinstance(value, str) or not (found := INSTANT.match(value.strip())):
        return None
    day, clock, digits, offset = found.groups()
    clock = clock or "00:00"
    zone = "+00:00" if offset in {None, "Z", "z"} else offset
    try:
        moment = datetime.fromisoformat(f"{day}T{clock if len(clock) > 5 else clock + ':00'}{zone}")
    except ValueError:
        return None
    since = moment - EPOCH
    return (since.days * 86400 + since.seconds) * SECOND + int((digits or "").ljust(6, "0")[:6])


def pure_date(value: object) -> date | None:
    """The date part of the text, never shifted."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None


def number(value: object) -> Decimal | None:
    """The shortest decimal text of a JSON number or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        read = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def millionths(value: object) -> int | None:
    """Millionths, half-even."""
    read = number(value)
    return None if read is None else half_even(Fraction(read) * MILLION)


def half_even(value: Fraction) -> int:
    """Fraction rounds half to even by itself."""
    return round(value)


def ident(value: object) -> int | None:
    """An id given as number or text."""
    read = number(value)
    return int(read) if read is not None and read == read.to_integral_value() else None


def truth(value: object) -> bool | None:
    """A flag given as JSON true, text or number; null and the unreadable are unknown."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def local_day(moment: int, zone: ZoneInfo) -> date:
    """The local date of an instant."""
    return (EPOCH + timedelta(microseconds=moment)).astimezone(zone).date()


@cache
def wall(day: date, clock: str, zone: ZoneInfo) -> int:
    """The instant at which the local clock shows `clock` ("HH:MM") on a day."""
    hours, minutes = (int(part) for part in clock.split(":")[:2])
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hours, minutes=minutes)
    since = local.astimezone(UTC) - EPOCH
    return (since.days * 86400 + since.seconds) * SECOND


def end_of_day(day: date, zone: ZoneInfo) -> int:
    """The local midnight with which the next day begins."""
    return wall(day + timedelta(days=1), "00:00", zone)
