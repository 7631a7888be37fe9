"""The history of one tracked field: its points, when each change happened, what was in force (kpis.md R11, R12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from models.entities import Rank, Value
from models.instants import Instant
from service.projection.fold import EntityState, Sighting


class Point(NamedTuple):
    """One observed value of a field. ``at``: when it changes to this value by R12; ``nth``: of the sighting."""

    at: Instant
    seen_at: Instant
    value: Value
    nth: int


class Change(NamedTuple):
    """A change of value, repeats left out."""

    at: Instant
    old: Value
    new: Value
    nth: int


@dataclass(frozen=True, slots=True)
class History:
    """All points of one field, in the order of their sightings. The first value held since creation (R11)."""

    points: tuple[Point, ...]

    @property
    def known(self) -> bool:
        """Whether any observation has carried the field."""
        return bool(self.points)

    @property
    def now(self) -> Value:
        """The last observed value; ``None`` also when never observed."""
        return self.points[-1].value if self.points else None

    def in_force(self, moment: Instant) -> Value:
        """The value at a moment, a change stamped exactly then included."""
        for point in reversed(self.points):
            if point.at <= moment:
                return point.value
        return self.points[0].value if self.points else None

    def just_before(self, moment: Instant) -> Value:
        """The value just before a moment, a change stamped exactly then excluded."""
        for point in reversed(self.points):
            if point.at < moment:
                return point.value
        return self.points[0].value if self.points else None

    def changes(self) -> list[Change]:
        """The changes of value; the first observed value is none."""
        return [
            Change(new.at, old.value, new.value, new.nth)
            for old, new in pairwise(self.points)
            if old.value != new.value
        ]

    @property
    def last_change_at(self) -> Instant | None:
        """When the value changed last, or ``None`` if it never did."""
        changes = self.changes()
        return changes[-1].at if changes else None


def transition_times(sightings: Sequence[Sighting], complete: frozenset[int]) -> list[Instant]:
    """The one transition time of each sighting of a ticket (R12).

    The ``completedDate`` it carries when it shows the ticket entering a status of ``complete``, if that date
    is later than the previous point of the status; else ``changed_at``, else ``seen_at``.
    """
    times: list[Instant] = []
    status: Value = None
    status_seen_at: Instant | None = None
    for sighting in sightings:
        at = sighting.effective_at
        if "status" in sighting.fields:
            completed = sighting.fields.get("completedDate")
            entering = sighting.fields["status"] in complete and (status_seen_at is None or status not in complete)
            if entering and isinstance(completed, int) and (status_seen_at is None or completed > status_seen_at):
                at = completed
            status, status_seen_at = sighting.fields["status"], sighting.seen_at
        times.append(at)
    return times


def history(name: str, sightings: Sequence[Sighting], times: Sequence[Instant]) -> History:
    """The history of one field; it changes no earlier than its previous point was still seen (R12)."""
    points: list[Point] = []
    seen_at: Instant | None = None
    for index, sighting in enumerate(sightings):
        fields = sighting.fields
        if name in fields:
            at = times[index]
            if seen_at is not None and seen_at > at:
                at = seen_at
            seen_at = sighting.seen_at
            points.append(Point(at, seen_at, fields[name], index))
    return History(tuple(points))


TOLD = ("status", "queueID", "assignedResourceID", "priority")
"""The fields an imported history tells of."""


def with_history(
    sightings: Sequence[Sighting], imported: EntityState | None, created: Instant | None
) -> Sequence[Sighting]:
    """Sightings joined with the lines of an imported history.

    Where every line was understood, what the lines tell up to the import comes from them alone.
    """
    if imported is None or not imported.exists:
        return sightings
    lines: list[list[Any]] = [one for one in orjson.loads(str(imported.value("lines") or "[]")) if one[1] in TOLD]
    imported_at = imported.number("importedAt")
    if imported.value("understood") is True and imported_at is not None:
        told = {line[1] for line in lines}
        sightings = [
            s if s.seen_at > imported_at or told.isdisjoint(s.fields) else s._replace(fields=_without(s.fields, told))
            for s in sightings
        ]
    told_by_lines = [_line(number, at, name, new) for number, (at, name, _, new) in enumerate(lines)]
    merged = sorted((*sightings, *told_by_lines), key=lambda one: one.order)
    for name in {line[1] for line in lines}:
        number, (at, _, old, _) = next((n, line) for n, line in enumerate(lines) if line[1] == name)
        first = next(place for place, one in enumerate(merged) if name in one.fields)
        if merged[first].rank == Rank.HISTORY and merged[first].sequence == number:
            held_since = at if created is None else min(created, at)
            merged.insert(first, _line(number, held_since, name, old))
    return merged


def _without(fields: Mapping[str, Value], told: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if name not in told}


def _line(number: int, at: Instant, name: str, value: Value) -> Sighting:
    return Sighting(at, at, int(Rank.HISTORY), number, "", False, None, {name: value})
