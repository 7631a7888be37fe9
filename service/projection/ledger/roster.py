"""Technicians' days with an entry that makes a member (kpis.md R9), read from the counters of the roster measure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, select

from models.instants import Day
from models.ledger import Scope
from service.projection.ledger.figures import Delta
from service.projection.ledger.tables import COUNTER, Key, grouped

ROSTER_MEASURE = "roster"
_FIRST, _LAST = 0, 99_991_231
_DAYS = select(COUNTER.c.scope_id, COUNTER.c.day).where(
    COUNTER.c.measure == ROSTER_MEASURE,
    COUNTER.c.scope == Scope.TECH.value,
    COUNTER.c.scope_id.in_(bindparam("ids", expanding=True)),
    COUNTER.c.day.between(bindparam("first"), bindparam("last")),
    COUNTER.c.sample > 0,
)
_SAMPLES = _DAYS.add_columns(COUNTER.c.sample)


def days_of(
    connection: Connection, people: Collection[int], first: Day = _FIRST, last: Day = _LAST
) -> dict[int, frozenset[Day]]:
    """The roster days of technicians from first to last; those without one are absent."""
    found: dict[int, set[Day]] = {}
    for _, ids in grouped(Key("", one) for one in people):
        for tech_id, day in connection.execute(_DAYS, {"ids": ids, "first": first, "last": last}).all():
            found.setdefault(tech_id, set()).add(day)
    return {tech_id: frozenset(days) for tech_id, days in found.items()}


def crossings(connection: Connection, delta: Delta) -> Iterable[tuple[int, Day]]:
    """The (technician, day) that came to be on the roster, or left it, by counters that have just moved."""
    moved = {
        (scope_id, day): sums[2]
        for (measure, scope, scope_id, day), sums in delta.items()
        if measure == ROSTER_MEASURE and scope == Scope.TECH.value and sums[2]
    }
    if not moved:
        return
    days = [day for _, day in moved]
    people = {tech_id for tech_id, _ in moved}
    samples: dict[tuple[int, Day], int] = {}
    for _, ids in grouped(Key("", one) for one in people):
        for tech_id, day, sample in connection.execute(_SAMPLES, {"ids": ids, "first": min(days), "last": max(days)}):
            samples[tech_id, day] = sample
    for place, change in sorted(moved.items()):
        after = samples.get(place, 0)
        if (after == 0) != (after - change == 0):
            yield place
