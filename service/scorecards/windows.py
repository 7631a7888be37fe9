"""Which days a figure covers (kpis.md §5): windows are ranges of local days, and they end today.

A *window* is a name with its first and last day; a *month* is an integer ``YYYYMM`` as a day is ``YYYYMMDD``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from models.instants import Day, Instant, add_days, date_of, local_day

Month: TypeAlias = int

ROLLING_DAYS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
NAMES = (*ROLLING_DAYS, "wtd", "mtd", "last_month")
"""The named windows; any month up to the present one is a window too, named ``YYYY-MM``."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_FIRST_YEAR = 1970


class UnknownWindow(ValueError):
    """A text that names no window, or a month that has not begun."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no window {name[:40]!r}; allowed: {', '.join(NAMES)}, YYYY-MM up to the present month")
        self.name = name


@dataclass(frozen=True, slots=True)
class Window:
    """Local days from ``first_day`` to ``last_day``, both included."""

    name: str
    first_day: Day
    last_day: Day


def window(name: str, as_of: Instant, zone: ZoneInfo) -> Window:
    """The window of that name at ``as_of``; ``UnknownWindow`` for a malformed name or a month to come."""
    today = local_day(as_of, zone)
    if name in ROLLING_DAYS:
        return Window(name, add_days(today, 1 - ROLLING_DAYS[name]), today)
    if name == "wtd":
        return Window(name, add_days(today, -date_of(today).weekday()), today)
    if name == "mtd":
        return Window(name, first_day_of(month_of(today)), today)
    if name == "last_month":
        month = previous_month(month_of(today))
        return Window(name, first_day_of(month), last_day_of(month))
    month = parse_month(name)
    if month > month_of(today):
        raise UnknownWindow(name)
    return Window(name, first_day_of(month), min(last_day_of(month), today))


def ending(whole: Window, days: int) -> Window:
    """The ``days`` days ending with the window's last day, under the window's name (surveys 90, burn-out 28)."""
    return Window(whole.name, add_days(whole.last_day, 1 - days), whole.last_day)


def month_of(day: Day) -> Month:
    """The month a day lies in."""
    return day // 100


def previous_month(month: Month) -> Month:
    """The month before."""
    return months_back(month, 1)


def months_back(month: Month, count: int) -> Month:
    """The month ``count`` months earlier."""
    months = month // 100 * 12 + month % 100 - 1 - count
    return months // 12 * 100 + months % 12 + 1


def first_day_of(month: Month) -> Day:
    """The first day of a month."""
    return month * 100 + 1


def last_day_of(month: Month) -> Day:
    """The last day of a month."""
    return month * 100 + monthrange(month // 100, month % 100)[1]


def month_name(month: Month) -> str:
    """``YYYY-MM``."""
    return f"{month // 100:04}-{month % 100:02}"


def parse_month(name: str) -> Month:
    """Read ``YYYY-MM``; ``UnknownWindow`` otherwise, also before 1970."""
    match = _MONTH.fullmatch(name)
    if match is None or int(match[1]) < _FIRST_YEAR:
        raise UnknownWindow(name)
    return int(match[1]) * 100 + int(match[2])
