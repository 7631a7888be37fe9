"""Working time of the make-believe MSP, and where on the clock it falls.

Everything is timed in *working minutes* from the start of the story: 0 is eight o'clock of the first working
day, 540 eight o'clock of the second. A ``Timeline`` says which instant a working minute is: ``WorkingTime`` on
real days, with nights, weekends and holidays left out; ``SpedUp``, from one minute on, without any of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from models.instants import MINUTE, Instant, date_of, local_day, to_datetime, to_instant

TIMEZONE = "America/New_York"
ZONE = ZoneInfo(TIMEZONE)
OPENS = time(8)
DAY_MINUTES = 540
WORKING_DAYS = 5
_DAYS_AHEAD = 400
_SHORTEST_MINUTES = 1.0
_MILLISECOND = 1_000


class Timeline(Protocol):
    """Where working minutes fall, and what an entry's minutes are worth."""

    @property
    def live(self) -> bool:
        """Whether days fly by: then nobody goes on holiday."""
        ...

    def at(self, minutes: float) -> Instant:
        """The instant of a working minute, in whole milliseconds."""
        ...

    def weekday(self, minutes: float) -> int:
        """0 (Monday) to 4 (Friday)."""
        ...

    def hours(self, minutes: float) -> float:
        """The hours written down for work of so many working minutes."""
        ...


class WorkingTime:
    """Real working days: those from ``start`` to ``end`` and on into the future for what is due then."""

    live = False

    def __init__(self, start: Instant, end: Instant) -> None:
        first = to_datetime(start).astimezone(ZONE).date()
        length = (to_datetime(end).astimezone(ZONE).date() - first).days + _DAYS_AHEAD
        every = (first + timedelta(days=offset) for offset in range(1, length))
        self.days = [day for day in every if day.weekday() < WORKING_DAYS and day not in holidays(day.year)]
        self._opens = [to_instant(datetime.combine(day, OPENS, ZONE)) for day in self.days]

    def at(self, minutes: float) -> Instant:
        day, rest = divmod(minutes, DAY_MINUTES)
        return self._opens[int(day)] + int(rest * 60_000) * _MILLISECOND

    def weekday(self, minutes: float) -> int:
        return self.days[int(minutes // DAY_MINUTES)].weekday()

    def hours(self, minutes: float) -> float:
        return max(round(minutes / 60, 2), 0.01)

    def minutes_until(self, instant: Instant) -> float:
        """Working minutes from the start of the story until an instant."""
        day = bisect_right(self._opens, instant) - 1
        if day < 0:
            return 0.0
        return day * DAY_MINUTES + min(float(DAY_MINUTES), (instant - self._opens[day]) / MINUTE)


class SpedUp:
    """From ``origin`` on, one working day after the other with nothing between, ``speed`` times the clock.

    Hours written are the clock's, a minute at least: a technician who works three quarters of the sped-up day
    also works three quarters of the time that really passes, so that the utilization of today stays what it is.
    """

    live = True

    def __init__(self, origin: float, start: Instant, speed: float) -> None:
        self._origin = origin
        self._start = start - start % _MILLISECOND
        self._speed = speed

    def at(self, minutes: float) -> Instant:
        passed = int((minutes - self._origin) * 60_000 / self._speed) * _MILLISECOND
        return self._start + passed

    def weekday(self, minutes: float) -> int:
        return int(minutes // DAY_MINUTES) % WORKING_DAYS

    def hours(self, minutes: float) -> float:
        return round(max(minutes / self._speed, _SHORTEST_MINUTES) / 60, 4)


def stamp(instant: Instant) -> str:
    """``2025-09-15T16:02:11.147Z``: the milliseconds always written."""
    return f"{to_datetime(instant).isoformat(timespec='milliseconds')[:23]}Z"


def pure_date(day: date) -> str:
    """A date as Autotask writes it: at 00:00, without a shift."""
    return f"{day.isoformat()}T00:00:00Z"


def local_date(instant: Instant) -> date:
    """The office's date of an instant."""
    return date_of(local_day(instant, ZONE))


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
