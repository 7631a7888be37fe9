"""One ticket against one SLA event: what the rules of ``service.kpis.sla`` ask of its story."""

from __future__ import annotations

from dataclasses import dataclass

from models.instants import NEVER, Instant
from models.lazy import lazy
from service.projection.fold import EntityState
from service.projection.history import History
from service.projection.story import Moment, TicketStory


@dataclass(frozen=True)
class SlaEvent:
    """One of Autotask's SLA events: the ticket's fields, the result's flag, and who gets credit."""

    time_field: str
    due_field: str
    flag_field: str
    result_person: str
    ticket_person: str = ""


@dataclass(frozen=True)
class Case:
    """One ticket against one SLA event, with what the rules ask of it."""

    story: TicketStory
    event: SlaEvent
    moment: Moment

    @lazy
    def due_history(self) -> History:
        return self.story.history(self.event.due_field)

    @lazy
    def due(self) -> Instant | None:
        return _instant(self.due_history.now)

    @lazy
    def happened(self) -> Instant | None:
        return _instant(self.story.history(self.event.time_field).now)

    @property
    def first_due_at(self) -> Instant | None:
        """When the ticket got its first ever due date, if that was later than its creation (rule 2)."""
        points = self.due_history.points
        if not points or points[0].value is not None:
            return None
        return next((point.at for point in points if point.value is not None), None)

    @lazy
    def flag(self) -> bool | None:
        """The result's verdict, if it was seen since the event's time and due date changed last (rule 3)."""
        result = self.story.sla_result
        if result is None:
            return None
        value, seen_at = _flag_seen(result, self.event.flag_field)
        changes = (self.due_history.last_change_at, self.story.history(self.event.time_field).last_change_at)
        stale = any(change is not None and seen_at < change for change in changes)
        return None if stale or not isinstance(value, bool) else value

    @property
    def paused(self) -> bool:
        """Whether the clock stood when it was due and Autotask has not said anything newer since (rule 6)."""
        assert self.due is not None
        for entered, left in _spells(self.story.history("status"), self.story.rules.sla_paused):
            if entered <= self.due and (left is None or self.due < left):
                return left is None or not any(point.seen_at >= left for point in self.due_history.points)
        return False

    def result_value(self, name: str) -> object:
        return None if self.story.sla_result is None else self.story.sla_result.value(name)


def _instant(value: object) -> Instant | None:
    return value if isinstance(value, int) else None


def _flag_seen(result: EntityState, name: str) -> tuple[object, Instant]:
    """The flag's last value and the newest time it was seen in its last run of equal values."""
    carried = [sighting for sighting in result.sightings if name in sighting.fields]
    value = carried[-1].fields[name] if carried else None
    seen_at: Instant = 0
    for sighting in reversed(carried):
        if sighting.fields[name] != value:
            break
        seen_at = max(seen_at, sighting.seen_at)
    return value, seen_at


def _spells(status: History, role: frozenset[int]) -> list[tuple[Instant, Instant | None]]:
    """When the status was in a role: [entered, left); a spell first seen began before anything known (R11)."""
    spells: list[tuple[Instant, Instant | None]] = []
    entered: Instant | None = None
    for number, point in enumerate(status.points):
        if point.value in role:
            if entered is None:
                entered = point.at if number else -NEVER
        elif entered is not None:
            spells.append((entered, point.at))
            entered = None
    return spells if entered is None else [*spells, (entered, None)]
