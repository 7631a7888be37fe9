"""The fold: one entity's observations joined into one state, in any order, any number of times.

State is a set of sightings kept in their order (entities with tracked fields), the last value of each other
field, the earliest of some. Each is a join (commutative, associative, idempotent), so order and repetition
of facts cannot matter (design I2, I3). Canonical JSON makes equal states equal bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from ingest.autotask.catalogue import CATALOGUE, Merge
from models.entities import MILLION, Observation, Value
from models.instants import Instant

REVISION = 3
"""Part of the generation: raise it when the same facts shall fold to something else."""

_EXISTS = "exists"


class Sighting(NamedTuple):
    """One observation as the state keeps it; ``fields`` are the tracked ones it carried."""

    seen_at: Instant
    changed_at: Instant | None
    rank: int
    sequence: int
    key: str
    created: bool
    actor_id: int | None
    fields: dict[str, Value]

    @property
    def order(self) -> tuple[int, int, int, str]:
        return (self.seen_at // MILLION, self.rank, self.sequence, self.key)

    @property
    def effective_at(self) -> Instant:
        """When what it says came true, where nothing better is known: ``changed_at``, else ``seen_at`` (R12)."""
        return self.seen_at if self.changed_at is None else self.changed_at


class Last(NamedTuple):
    """The winning value of an untracked field and the order that won."""

    order: tuple[int, int, int, str]
    value: Value


@dataclass(slots=True)
class EntityState:
    """The folded facts of one entity."""

    entity_type: str
    entity_id: int
    last: dict[str, Last] = field(default_factory=dict)
    earliest: dict[str, int] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def known(self) -> bool:
        """Whether anything was ever observed."""
        return _EXISTS in self.last

    @property
    def exists(self) -> bool:
        """Whether the entity is there now, as far as was observed."""
        return _EXISTS in self.last and self.last[_EXISTS].value is True

    @property
    def seen_at(self) -> Instant:
        """When it was seen last, in whole seconds."""
        return self.last[_EXISTS].order[0] * MILLION

    def value(self, name: str) -> Value:
        """The value of an untracked field now; ``None`` when null or never observed."""
        last = self.last.get(name)
        return None if last is None else last[1]

    def number(self, name: str) -> int | None:
        """The integer value of an untracked field now (ids, instants, days, millionths)."""
        last = self.last.get(name)
        return last[1] if last is not None and type(last[1]) is int else None  # a flag is no number

    def tracked(self, name: str) -> Value:
        """The value of a tracked field now: the last observed one."""
        for sighting in reversed(self.sightings):
            if name in sighting.fields:
                return sighting.fields[name]
        return None

    def fold(self, observation: Observation) -> None:
        """Join one more observation into this state."""
        entity = CATALOGUE[self.entity_type]
        order = observation.order
        self._join_last(_EXISTS, order, observation.exists)
        tracked: dict[str, Value] = {}
        for name, value in observation.fields.items():
            merge = entity.fields[name].merge
            if merge is Merge.TRACKED:
                tracked[name] = value
            elif merge is Merge.LAST:
                self._join_last(name, order, value)
            elif isinstance(value, int):
                self.earliest[name] = min(value, self.earliest.get(name, value))
        if entity.tracked:
            self._insert(observation, tracked)

    def _join_last(self, name: str, order: tuple[int, int, int, str], value: Value) -> None:
        known = self.last.get(name)
        if known is None or known.order < order:
            self.last[name] = Last(order, value)

    def _insert(self, observation: Observation, tracked: dict[str, Value]) -> None:
        at = bisect_left(self.sightings, observation.order, key=lambda sighting: sighting.order)
        if at < len(self.sightings) and self.sightings[at].order == observation.order:
            return
        sighting = Sighting(
            observation.seen_at,
            observation.changed_at,
            int(observation.rank),
            observation.sequence,
            observation.key,
            observation.created,
            observation.actor_id,
            tracked,
        )
        self.sightings.insert(at, sighting)


def dump(state: EntityState) -> bytes:
    """Canonical bytes of a state."""
    document: dict[str, Any] = {"last": {name: tuple(last) for name, last in state.last.items()}}
    if state.earliest:
        document["earliest"] = state.earliest
    if state.sightings:
        document["sightings"] = [tuple(sighting) for sighting in state.sightings]
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


_LAST = tuple.__new__
"""How a ``Last`` is made without the call in between: some twenty are for each state that is read."""


def load(entity_type: str, entity_id: int, body: bytes) -> EntityState:
    """The state a ``dump`` stands for."""
    document = orjson.loads(body)
    return EntityState(
        entity_type,
        entity_id,
        {name: _LAST(Last, (tuple(order), value)) for name, (order, value) in document["last"].items()},
        document.get("earliest", {}),
        [Sighting(*row) for row in document.get("sightings", ())],
    )
