"""Working time of the make-believe MSP, and where on the clock it falls.

Everything on the desk is timed in *working minutes* from the start of its story: 0 is eight o'clock of the
first working day, 540 eight o'clock of the second. A ``Timeline`` says which instant a working minute is:
``WorkingTime`` on real days, with nights, weekends and holidays left out; ``SpedUp`` without any of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from models.instants import MINUTE, Instant, to_datetime, to_instant

ZONE = ZoneInfo("America/New_York")
OPENS = time(8)
DAY_MINUTES = 540
WORKING_DAYS = 5
_DAYS_AHEAD = 60
_MILLISECOND = 1_000


class Timeline(Protocol):
    """Where working minutes fall."""

    def at(self, minutes: float) -> Instant:
        """The instant of a working minute, in whole milliseconds."""
        ...

    def weekday(self, minutes: float) -> int:
        """0 (Monday) to 4 (Friday)."""
        ...


class WorkingTime:
    """Real working days: from ``days`` days before ``start``, and on into the future for what is due then."""

    def __init__(self, start: Instant, days: int) -> None:
        today = to_datetime(start).astimezone(ZONE).date()
        every = (today + timedelta(days=offset) for offset in range(-days, _DAYS_AHEAD))
        self._days = [day for day in every if day.weekday() < WORKING_DAYS and day not in holidays(day.year)]
        self._opens = [to_instant(datetime.combine(day, OPENS, ZONE)) for day in self._days]

    def at(self, minutes: float) -> Instant:
        day, rest = divmod(minutes, DAY_MINUTES)
        return self._opens[int(day)] + int(rest * 60_000) * _MILLISECOND

    def weekday(self, minutes: float) -> int:
        return self._days[int(minutes // DAY_MINUTES)].weekday()

    def minutes_until(self, instant: Instant) -> float:
        """Working minutes from the start of the story until an instant."""
        day = bisect_right(self._opens, instant) - 1
        if day < 0:
            return 0.0
        return day * DAY_MINUTES + min(float(DAY_MINUTES), (instant - self._opens[day]) / MINUTE)


class SpedUp:
    """One working day after the other with nothing between them, ``speed`` times as fast as the clock."""

    def __init__(self, start: Instant, speed: float) -> None:
        self._start = start - start % _MILLISECOND
        self._millis_per_minute = 60_000 / speed

    def at(self, minutes: float) -> Instant:
        return self._start + int(minutes * self._millis_per_minute) * _MILLISECOND

    def weekday(self, minutes: float) -> int:
        return int(minutes // DAY_MINUTES) % WORKING_DAYS


def within_day(start: float, minutes: float) -> float:
    """How much of ``minutes`` from ``start`` on lies in the same working day; at least one."""
    return max(1.0, min(minutes, DAY_MINUTES - start % DAY_MINUTES))


def local_midnight(instant: Instant) -> str:
    """The pure date of an instant as Autotask writes it: local, at 00:00, without a shift."""
    return f"{to_datetime(instant).astimezone(ZONE):%Y-%m-%d}T00:00:00Z"


def holidays(year: int) -> dict[date, str]:
    """The days of a year on which the make-believe MSP is closed."""
    november = date(year, 11, 1)
    thanksgiving = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
    return {
        date(year, 1, 1): "New Year's Day",
        date(year, 7, 4): "Independence Day",
        thanksgiving: "Thanksgiving",
        date(year, 12, 25): "Christmas Day",
    }


def holidays_between(first: int, last: int) -> Iterator[tuple[date, str]]:
    """The holidays of the years ``first`` to ``last``, in order."""
    for year in range(first, last + 1):
        yield from holidays(year).items()
