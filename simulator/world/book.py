"""Who is there when, and what they are doing: the technicians' days, hour by hour.

Times are working minutes. A *day* is the number of a working day of the story.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from random import Random

from simulator.world.calendar import DAY_MINUTES
from simulator.world.cast import Technician
from simulator.world.stage import Stage

_LUNCH_MINUTES = 60
_SPARE_MINUTES = 2
_SHORTEST_MINUTES = 5
_LONGEST_WAIT_DAYS = 12
_LOOKED_AT = 12
_SHARE_FOR_TICKETS = 0.8


class Book:
    """The appointments of all technicians; ``until`` is the working minute at which the history ends."""

    def __init__(self, stage: Stage, people: Sequence[Technician], until: float) -> None:
        self.people = people
        self._stage = stage
        self._until = until
        self._away: dict[tuple[int, int], float] = {}
        self._busy: dict[tuple[int, int], list[tuple[float, float]]] = {}
        self._booked: defaultdict[tuple[int, int], float] = defaultdict(float)

    def here(self, who: Technician, minute: float) -> bool:
        """Whether somebody works on the day of a minute."""
        return self.employed(who, minute) and (
            self._stage.timeline.weekday(minute) in who.weekdays and self.scheduled(who, day_of(minute)) > 0
        )

    def employed(self, who: Technician, minute: float) -> bool:
        """Whether somebody has joined and not left yet."""
        joins, leaves = self.stay(who)
        return joins <= minute < leaves

    def stay(self, who: Technician) -> tuple[float, float]:
        """The minutes at which somebody joins and leaves: mornings."""
        joins = int(self._until * who.joins // DAY_MINUTES) * DAY_MINUTES
        leaves = float("inf") if who.leaves >= 1 else int(self._until * who.leaves // DAY_MINUTES) * DAY_MINUTES
        return joins, leaves

    def scheduled(self, who: Technician, day: int) -> float:
        """Minutes of a working day that are not time off."""
        away = 0.0 if self._stage.timeline.live else self._away.get((who.resource_id, day), 0.0)
        return max(who.scheduled_minutes - away, 0.0)

    def off(self, who: Technician, day: int, minutes: float) -> None:
        """Somebody is not there on a day; ``minutes`` 0: after all they are."""
        self._away[who.resource_id, day] = minutes

    def booked(self, who: Technician, day: int) -> float:
        """Minutes of work on tickets on a day."""
        return self._booked[who.resource_id, day]

    def worked(self, who: Technician) -> float:
        """Minutes of that work that are past."""
        now, day = self._stage.now, day_of(self._stage.now)
        done = ((start, min(end, now)) for start, end in self._busy.get((who.resource_id, day), ()) if start < now)
        lunch = _lunch(who, day)[0][0]
        return sum(end - start for start, end in done if start != lunch)

    def forget(self, who: Technician, day: int) -> None:
        """A day is over and will not be looked at again."""
        self._busy.pop((who.resource_id, day), None)
        self._booked.pop((who.resource_id, day), None)
        self._away.pop((who.resource_id, day), None)

    def place(
        self, who: Technician, wanted: float, minutes: float, latest: float = float("inf")
    ) -> tuple[float, float]:
        """Start and length of work by somebody, not before ``wanted``: in the first free time, or, should that
        end after ``latest``, over other work (shortened to what is left of the day)."""
        found = self._first_free(who, wanted, minutes)
        left = _closing(wanted) - wanted
        pressed = found is None or (found + minutes > latest and self.here(who, wanted))
        if found is None or (pressed and left >= _SHORTEST_MINUTES):
            found = wanted
            minutes = min(minutes, max(left, 1.0))
        key = (who.resource_id, day_of(found))
        insort(self._busy.setdefault(key, _lunch(who, key[1])), (found, found + minutes))
        self._booked[key] += minutes
        return found, minutes

    def pick(self, rng: Random, tier: int, *, but: Technician | None = None) -> Technician:
        """Somebody of a tier who is there today and has time; of the next tier, or anybody, if there is nobody."""
        now = self._stage.now
        there = [who for who in self._some(rng) if who is not but and self.here(who, now)]
        suited = (
            [who for who in there if who.tier == tier]
            or [who for who in there if who.tier > tier]
            or there
            or [who for who in self.people if who is not but and self.employed(who, now)]
        )
        return rng.choices(suited, [self._room(who) for who in suited])[0]

    def _some(self, rng: Random) -> Sequence[Technician]:
        """Everybody of a small MSP; of a large one a few, so that a pick does not cost more with its size."""
        return self.people if len(self.people) <= _LOOKED_AT else rng.sample(self.people, 3 * _LOOKED_AT)

    def _room(self, who: Technician) -> float:
        today = day_of(self._stage.now)
        wanted = who.utilization * self.scheduled(who, today) * _SHARE_FOR_TICKETS
        return math.pow(max(wanted - self.booked(who, today), 10.0), 1.5)

    def _first_free(self, who: Technician, wanted: float, minutes: float) -> float | None:
        for day in range(day_of(wanted), day_of(wanted) + _LONGEST_WAIT_DAYS):
            opens = float(day * DAY_MINUTES)
            if not self.here(who, opens):
                continue
            free = max(wanted, opens)
            for start, end in self._busy.get((who.resource_id, day)) or _lunch(who, day):
                if start >= free + minutes:
                    break
                free = max(free, end)
            if free + minutes <= _closing(opens):
                return free
        return None


def day_of(minute: float) -> int:
    """The working day of a minute."""
    return int(minute // DAY_MINUTES)


def _closing(minute: float) -> float:
    """When the day of a minute is over but for writing down the last entry."""
    return float((day_of(minute) + 1) * DAY_MINUTES - _SPARE_MINUTES)


def _lunch(who: Technician, day: int) -> list[tuple[float, float]]:
    starts = day * DAY_MINUTES + 210.0 + who.resource_id % 4 * 20
    return [(starts, starts + _LUNCH_MINUTES)]
