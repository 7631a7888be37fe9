"""How far back: ``13mo``, ``90d``, ``2w``, ``1y`` or a date (pure)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from models.errors import ConfigurationError
from models.instants import HOUR, Instant, to_datetime, to_instant

_DURATION = re.compile(r"(\d{1,4})\s*(d|w|mo|y)", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"mo": 1, "y": 12}
_EARLIEST_YEAR = 2000


def since_of(text: str, now: Instant) -> Instant:
    """The start of the day (UTC) meant by a duration before ``now`` or a date; ``ConfigurationError`` otherwise."""
    day = to_datetime(now).date()
    if (found := _DURATION.fullmatch(text.strip())) is not None:
        count, unit = int(found.group(1)), found.group(2).lower()
        began = _days_before(day, count * _DAYS[unit]) if unit in _DAYS else _months_before(day, count * _MONTHS[unit])
    else:
        began = _date(text)
    if began.year < _EARLIEST_YEAR or began >= day:
        raise ConfigurationError(f"{text!r} is no time to begin at: write 13mo, 90d, 2w, 1y or a past date")
    return to_instant(datetime(began.year, began.month, began.day, tzinfo=UTC))


def _days_before(day: date, count: int) -> date:
    noon = to_instant(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    return to_datetime(noon - count * 24 * HOUR).date()


def _months_before(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(max(year, 1), month + 1, min(day.day, 28))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(f"{text!r} is no time to begin at: write 13mo, 90d, 2w, 1y or 2025-01-31") from None
