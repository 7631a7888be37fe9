"""The pen of a tape: what is true in a make-believe MSP, and how each truth comes to be heard.

*Truth* is the field values an entity really has at a time; ``tell`` changes it and writes the fact by which
Techscore hears of it: a signed event, a REST row, or nothing at all (the change is met later). Instants are aware
UTC datetimes inside and ISO text on the tape. *Features* are the odd things that really were put on the tape.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

Fact = dict[str, Any]
Item = TypeVar("Item")

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = timedelta()

# Per entity a field nobody reads, so that no two rows of it are ever equal.
_NOISE = {
    "Ticket": "hoursToBeScheduled",
    "TimeEntry": "hoursToBill",
    "Resource": "internalCost",
    "Company": "assetValue",
    "ServiceLevelAgreementResults": "firstResponseElapsedHours",
    "Task": "remainingHours",
    "Project": "actualHours",
    "ResourceDailyAvailability": "weeklyBillableHoursGoal",
    "TimeOffRequest": "lastApprovedLevel",
    "Holiday": "holidayName",
    "HolidaySet": "holidaySetName",
    "InternalLocation": "name",
    "SurveyResults": "contactRating",
    "ConfigurationItem": "hourlyCost",
}
_CURSOR = {"Ticket": "lastActivityDate", "TimeEntry": "lastModifiedDateTime", "ConfigurationItem": "lastModifiedTime"}


def iso(at: datetime) -> str:
    """An instant as the tape writes it: whole seconds, or microseconds where there are any."""
    text = at.astimezone(UTC).isoformat(timespec="microseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def pure(day: date) -> str:
    """A pure date as Autotask writes it."""
    return f"{day.isoformat()}T00:00:00Z"


@dataclass
class World:
    """One tape in the making. ``start`` and ``end`` bound when things happen and are received."""

    rng: Random
    zone: ZoneInfo
    start: datetime
    end: datetime
    policy: dict[str, Any]
    event_share: float
    lateness: float
    technicians: list[int] = field(default_factory=list)
    companies: list[int] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    features: set[str] = field(default_factory=set)
    bounds: list[datetime] = field(default_factory=list)
    truth: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    _cursor: dict[tuple[str, int], datetime] = field(default_factory=dict)
    _sequence: int = 0
    _rows: set[tuple[str, int, int]] = field(default_factory=set)
    _texts: set[str] = field(default_factory=set)
    _ids: dict[str, int] = field(default_factory=dict)

    # drawing

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        return self.rng.choice(items)

    def tag(self, *names: str) -> None:
        self.features.update(names)

    def new_id(self, kind: str, first: int = 1) -> int:
        self._ids[kind] = self._ids.get(kind, first - 1) + 1
        return self._ids[kind]

    def edge(self, bound: datetime) -> datetime:
        """On a bound, or a second (rarely a microsecond) to either side; ``now`` may stand there too."""
        self.bounds.append(bound)
        off = self.pick((NOW, NOW, NOW, SECOND, SECOND, -SECOND, -SECOND, timedelta(microseconds=1)))
        name = "on_bound" if not off else "second_off_bound" if abs(off) == SECOND else "microsecond_off_bound"
        self.tag(name)
        return bound + off

    def some_time(self, least: timedelta, most: timedelta) -> timedelta:
        """Whole seconds, more often short than long."""
        low, high = least.total_seconds(), most.total_seconds()
        return timedelta(seconds=int(low + (high - low) * self.rng.random() ** 2))

    # the calendar

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def local(self, day: date, hour: int = 0, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def working_time(self, at: datetime) -> datetime:
        """Some minute of the local working day of ``at``; now and then about its midnight."""
        if self.chance(0.12):
            self.tag("about_midnight")
            return self.edge(self.local(self.day_of(at) + DAY))
        return self.local(self.day_of(at), self.rng.randint(7, 17), self.rng.randint(0, 59))

    def fits(self, at: datetime) -> bool:
        return at <= self.end

    # telling

    def fields(self, entity: str, entity_id: int) -> dict[str, Any]:
        return self.truth.setdefault((entity, entity_id), {})

    def tell(
        self,
        entity: str,
        entity_id: int,
        at: datetime,
        changes: Mapping[str, Any],
        how: str = "any",
        delay: timedelta | None = None,
    ) -> None:
        """Change the truth at ``at`` and write a fact of it.

        ``how``: create, event, row, any, or silent (nothing is heard); ``delay``: of the arrival, drawn when None.
        """
        key = (entity, entity_id)
        self.fields(entity, entity_id).update(changes)
        if changes or key not in self._cursor:
            self._cursor[key] = at
        if how == "silent":
            return
        if how == "any":
            how = "event" if self.chance(self.event_share) else "row"
        if how == "row":
            self._row(entity, entity_id, at, delay)
        else:
            self._event(entity, entity_id, "Create" if how == "create" else "Update", at, dict(changes), delay)

    def delete(self, entity: str, entity_id: int, at: datetime) -> None:
        """A signed Delete."""
        self._event(entity, entity_id, "Delete", at, {}, None)

    def raw(self, fact: Fact) -> None:
        """A fact of another kind, as it is."""
        self.facts.append(fact)

    def _event(
        self, entity: str, entity_id: int, action: str, at: datetime, fields: dict[str, Any], delay: timedelta | None
    ) -> None:
        if action == "Update" and self.chance(0.25):
            known = self.fields(entity, entity_id)
            for name in self.rng.sample(sorted(known), min(3, len(known))):
                fields.setdefault(name, known[name])  # display-always fields
            self.tag("repeated_values")
        self._sequence += 1
        fact = {
            "kind": "event",
            "entity": entity,
            "id": entity_id,
            "action": action,
            "event_time": iso(at),
            "sequence": self._sequence,
            "received_at": iso(self._arrival(at, delay)),
            "fields": fields,
        }
        self._put(fact)

    def _row(self, entity: str, entity_id: int, at: datetime, delay: timedelta | None) -> None:
        known, changed = self.fields(entity, entity_id), self._cursor[entity, entity_id]
        seen = max(at, changed) + SECOND * self.pick((0, 0, 0, 1, 2))
        while (entity, entity_id, int(seen.timestamp())) in self._rows:
            seen += SECOND
        self._rows.add((entity, entity_id, int(seen.timestamp())))
        fields = {"id": entity_id, **known}
        if entity in _CURSOR:
            fields[_CURSOR[entity]] = iso(changed)
        while (text := json.dumps([entity, entity_id, fields], sort_keys=True)) in self._texts:
            fields[_NOISE[entity]] = (fields.get(_NOISE[entity]) or 0) + 1
        self._texts.add(text)
        blind = self.chance(0.12)
        self.tag("row_without_cursor" if blind else "row_with_cursor")
        if not blind and seen - changed > HOUR:
            self.tag("row_cursor_lags")
        fact = {
            "kind": "row",
            "entity": entity,
            "id": entity_id,
            "seen_at": iso(seen),
            "changed_at": None if blind else iso(changed),
            "received_at": iso(self._arrival(seen, delay)),
            "fields": fields,
        }
        self._put(fact)

    def _put(self, fact: Fact) -> None:
        self.facts.append(copy.deepcopy(fact))
        if self.chance(0.03):
            self.facts.append(copy.deepcopy(fact))
            self.tag("duplicate_fact")

    def _arrival(self, at: datetime, delay: timedelta | None) -> datetime:
        if delay is None:
            delay = SECOND * self.pick((0, 1, 1, 2, 4))
            if self.chance(self.lateness):
                delay = self.some_time(30 * SECOND, 6 * DAY)
        return max(at, min(at + delay, self.end))
