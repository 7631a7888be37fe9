"""A tracked value day by day: what was in force at the end of each local day, of today at now (kpis.md §3, §4).

The first observation holds backwards. Of what is stamped later than now nothing is said yet; ``next_at`` tells when.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.entities import Rank, Value
from models.instants import NEVER, Day, Instant, local_day
from service.projection.fold import EntityState
from service.projection.history import history


class Step(NamedTuple):
    """A value from an instant on."""

    at: Instant
    value: Value


@dataclass(frozen=True)
class Steps:
    """Values at the end of days: ``values[n]`` from ``days[n]`` to the day before ``days[n + 1]``; ``first`` before."""

    days: tuple[Day, ...] = ()
    values: tuple[Value, ...] = ()
    first: Value = None
    next_at: Instant = NEVER

    @classmethod
    def of(cls, steps: Iterable[Step], now: Instant, zone: ZoneInfo) -> Steps:
        """The days on which steps, in the order of their sightings, make a difference."""
        known = list(steps)
        later = min((one.at for one in known if one.at > now), default=NEVER)
        told = [(local_day(one.at, zone), one.value) for one in known if one.at <= now]
        days = sorted({day for day, _ in told})
        values = [next(value for at, value in reversed(told) if at <= day) for day in days]
        return cls(tuple(days), tuple(values), known[0].value if known else None, later)

    def on(self, day: Day) -> Value:
        """The value at the end of a day; ``None`` also when nothing was ever observed."""
        place = bisect_right(self.days, day)
        return self.values[place - 1] if place else self.first


def steps_of(state: EntityState, name: str, now: Instant, zone: ZoneInfo) -> Steps:
    """A tracked field of an entity day by day."""
    times = [sighting.effective_at for sighting in state.sightings]
    points = history(name, state.sightings, times).points
    return Steps.of((Step(point.at, point.value) for point in points), now, zone)


def existence(state: EntityState, now: Instant, zone: ZoneInfo) -> Steps:
    """Whether an entity was there, day by day."""
    steps: list[Step] = []
    seen_at: Instant = -NEVER
    for sighting in state.sightings:
        steps.append(Step(max(sighting.effective_at, seen_at), sighting.rank != Rank.DELETE))
        seen_at = sighting.seen_at
    return Steps.of(steps, now, zone)
