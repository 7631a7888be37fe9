"""Facts folded per entity: observations in the order of design.md §4, last value wins, tracked points by R11 and R12.

Observation: one sighting. Point: one value of one tracked field with the instant it took hold. Run: equal points in a
row read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.oracle.oracle_values import ALWAYS, HOUR, SECOND, ident, instant

Order = tuple[int, int, int, str]
Value = TypeVar("Value")
LINE, ROW, WEBHOOK, DELETE = -1, 0, 1, 2
Y2000 = 946_684_800 * SECOND


@dataclass(frozen=True)
class Observation:
    """One sighting of an entity (keys of `fields` in lower case)."""

    order: Order
    seen_at: int
    changed_at: int | None
    rank: int
    created: bool
    exists: bool
    fields: dict[str, Any]


@dataclass(frozen=True)
class Point:
    """A value of a field, its observation's place in the order, when that was seen and when the value took hold."""

    order: Order
    seen_at: int
    at: int
    value: Any
    line: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a ticket's history."""

    at: int
    name: str
    old: int | None
    new: int | None


@dataclass(frozen=True)
class History:
    """The import of a ticket's history that stands."""

    imported_at: int
    understood: bool
    lines: tuple[Line, ...]


@dataclass
class Entity:
    """An entity and all its observations in order."""

    kind: str
    id: int
    observations: list[Observation] = field(default_factory=list)
    times: dict[Order, int] = field(default_factory=dict)  # R12: when what an observation carries took hold

    @property
    def exists(self) -> bool:
        """Existence is a field like any other."""
        return self.observations[-1].exists

    def last(self, name: str) -> Any:
        """The last value seen of a field; None when null or unknown."""
        for seen in reversed(self.observations):
            if name.lower() in seen.fields:
                return seen.fields[name.lower()]
        return None

    def id_of(self, name: str) -> int | None:
        """The last value of an id field."""
        return ident(self.last(name))

    def instant_of(self, name: str) -> int | None:
        """The last value of an instant field."""
        return instant(self.last(name))

    def values(self, name: str) -> list[Any]:
        """Every value seen of a field, in order."""
        return [seen.fields[name.lower()] for seen in self.observations if name.lower() in seen.fields]

    def at(self, seen: Observation) -> int:
        """The transition time of an observation before it is held against the field's previous point."""
        return self.times.get(seen.order, seen.seen_at if seen.changed_at is None else seen.changed_at)

    def points(self, name: str, read: Callable[[object], object]) -> list[Point]:
        """Every observed point of a field (`exists` is one of them), repeats included."""
        found: list[Point] = []
        for seen in self.observations:
            if name == "exists":
                value: object = seen.exists
            elif name.lower() in seen.fields:
                value = read(seen.fields[name.lower()])
            else:
                continue
            at = self.at(seen)
            if found and found[-1].seen_at > at:
                at = found[-1].seen_at
            found.append(Point(seen.order, seen.seen_at, at, value))
        return found


def runs(points: list[Point]) -> list[Point]:
    """Points without the repeats of the value before."""
    return [point for place, point in enumerate(points) if not place or points[place - 1].value != point.value]


def in_force(points: list[Point], moment: int) -> Any:
    """The value at an instant, changes stamped exactly then included; the first one holds backwards (R11)."""
    return next((point.value for point in reversed(points) if point.at <= moment), points[0].value if points else None)


def just_before(points: list[Point], moment: int) -> Any:
    """The value just before an instant."""
    return next((point.value for point in reversed(points) if point.at < moment), points[0].value if points else None)


def read_observation(place: int, fact: dict[str, Any]) -> Observation | None:
    """An event or a row; None when the event would be parked for its time (design §4)."""
    fields = {str(key).lower(): value for key, value in (fact.get("fields") or {}).items()}
    tie = repr((place, sorted(fields.items(), key=repr)))
    if fact["kind"] == "row":
        seen = instant(fact.get("seen_at"))
        if seen is None:
            return None
        return Observation(
            (seen // SECOND, ROW, 0, tie), seen, instant(fact.get("changed_at")), ROW, False, True, fields
        )
    seen, received = instant(fact.get("event_time")), instant(fact.get("received_at"))
    if seen is None or seen < Y2000 or (received is not None and seen > received + 24 * HOUR):
        return None
    action = str(fact.get("action", "")).lower()
    gone = action == "delete"
    rank = DELETE if gone else WEBHOOK
    order = (seen // SECOND, rank, ident(fact.get("sequence")) or 0, tie)
    return Observation(order, seen, seen, rank, action == "create", not gone, {} if gone else fields)


class Facts:
    """A tape, folded. `of[kind][id]`: entities; the rest are the facts that are no observations."""

    def __init__(self, tape: Iterable[dict[str, Any]]) -> None:
        self.of: dict[str, dict[int, Entity]] = {}
        self.heard = ALWAYS
        self.gaps: dict[int, tuple[int, int | None]] = {}
        self.lost: dict[int, list[int]] = {}
        self.histories: dict[int, History] = {}
        self._gap_received: dict[int, tuple[int, bool]] = {}
        self._lost_seen: dict[int, tuple[int, int]] = {}
        self._imports: dict[int, tuple[int, int]] = {}
        self._contests: dict[int, dict[str, Any]] = {}
        self._undone: set[int] = set()
        for place, fact in enumerate(tape):
            self._take(place, fact)
        for ticket, at in self._lost_seen.values():
            self.lost.setdefault(ticket, []).append(at)
        for entities in self.of.values():
            for entity in entities.values():
                entity.observations.sort(key=lambda seen: seen.order)

    def all(self, kind: str) -> list[Entity]:
        """Entities of a kind by id."""
        return [entity for _, entity in sorted(self.of.get(kind, {}).items())]

    def get(self, kind: str, key: int | None) -> Entity | None:
        """One entity, if it was ever seen."""
        return None if key is None else self.of.get(kind, {}).get(key)

    def contest(self, ticket: int | None, kpi: str) -> dict[str, Any] | None:
        """The latest contest not undone of a ticket and KPI (§2)."""
        standing = [
            ((instant(fact["at"]) or 0, int(key)), fact)
            for key, fact in self._contests.items()
            if key not in self._undone and fact["ticket"] == ticket and fact["kpi"] == kpi
        ]
        return max(standing, key=lambda found: found[0])[1] if ticket is not None and standing else None

    def _take(self, place: int, fact: dict[str, Any]) -> None:
        kind = fact["kind"]
        if kind in {"event", "row"}:
            key, seen = ident(fact.get("id")), read_observation(place, fact)
            if key is None or seen is None:
                return
            entity = self.of.setdefault(fact["entity"], {}).setdefault(key, Entity(fact["entity"], key))
            entity.observations.append(seen)
            self.heard = max(self.heard, seen.seen_at)
        elif kind == "gap":
            start, end = instant(fact["start"]), instant(fact.get("end"))
            received = (instant(fact.get("received_at")) or 0, end is not None)
            if start is not None and received >= self._gap_received.get(fact["id"], (ALWAYS, False)):
                self._gap_received[fact["id"]] = received
                self.gaps[fact["id"]] = (start, end)
        elif kind == "lost_event":
            at, ticket = instant(fact["at"]), ident(fact.get("ticket"))
            if at is not None and ticket is not None:
                self._lost_seen[fact["id"]] = (ticket, at)
        elif kind == "history":
            self._take_history(fact)
        elif kind == "contest":
            self._contests[fact["id"]] = fact
        elif kind == "contest_undone":
            self._undone.add(fact["id"])

    def _take_history(self, fact: dict[str, Any]) -> None:
        imported, ticket = instant(fact["imported_at"]), ident(fact["ticket"])
        if imported is None or ticket is None:
            return
        standing = (imported, instant(fact.get("received_at")) or 0)
        if standing < self._imports.get(ticket, (ALWAYS, ALWAYS)):
            return
        self._imports[ticket] = standing
        lines = []
        for line in fact.get("lines") or []:
            at = instant(line["at"])
            if at is not None:
                lines.append(Line(at, str(line["field"]).lower(), ident(line.get("old")), ident(line.get("new"))))
        self.histories[ticket] = History(
            imported, bool(fact.get("understood")), tuple(sorted(lines, key=lambda line: line.at))
        )
