"""Where the make-believe MSP's life takes place: the moment, the numbering of rows, and what was changed.

A *process* is a generator that yields the working minute at which it goes on; what it tells the stage between
two yields happens at that minute. The stage runs all of them in order and holds only those still waiting.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import TypeAlias

from models.instants import Instant
from simulator.autotask.changes import Change
from simulator.callouts import Action
from simulator.dotnet_json import Json
from simulator.world.calendar import Timeline, local_date, pure_date, stamp

Process: TypeAlias = Iterator[float]


class Stage:
    """The moment ``now`` (working minutes) of one world. ``timeline`` may be changed while it runs."""

    def __init__(self, seed: int, timeline: Timeline) -> None:
        self.timeline = timeline
        self.now = 0.0
        self._seed = seed
        self._ids: Counter[str] = Counter()
        self._ties = count()
        self._waiting: list[tuple[float, int, Process]] = []
        self._told: list[Change] = []

    def random(self, name: str) -> Random:
        """Random numbers of one process, the same whatever the others do."""
        return Random(f"{self._seed}:{name}")

    def start(self, process: Process, at: float | None = None) -> None:
        """Let a process run, from now on or from a later minute."""
        moment = self.now if at is None else max(at, self.now)
        heapq.heappush(self._waiting, (moment, next(self._ties), process))

    def run(self, until: Instant | None) -> Iterator[Change]:
        """What changes up to an instant (inclusive), in order; without one, forever."""
        while self._waiting:
            moment, _, process = self._waiting[0]
            if until is not None and self.timeline.at(moment) > until:
                return
            self.now = moment
            wake = next(process, None)
            if wake is None:
                heapq.heappop(self._waiting)
            else:
                heapq.heapreplace(self._waiting, (max(wake, moment), next(self._ties), process))
            told, self._told = self._told, []
            yield from told

    def number(self, collection: str, first: int) -> int:
        """The next id of a collection."""
        self._ids[collection] += 1
        return first + self._ids[collection] - 1

    def create(self, collection: str, entity_id: int, fields: dict[str, Json], person_id: int) -> None:
        """A row comes into being now."""
        self._tell(Action.CREATE, collection, entity_id, {"id": entity_id, **fields}, person_id)

    def update(self, collection: str, entity_id: int, fields: dict[str, Json], person_id: int) -> None:
        """Some fields change now."""
        self._tell(Action.UPDATE, collection, entity_id, fields, person_id)

    def delete(self, collection: str, entity_id: int, person_id: int) -> None:
        """A row is gone now."""
        self._tell(Action.DELETE, collection, entity_id, {}, person_id)

    def stamp(self, minutes: float | None = None) -> str:
        """A working minute (now) as Autotask writes instants."""
        return stamp(self.timeline.at(self.now if minutes is None else minutes))

    def date(self, minutes: float | None = None) -> str:
        """The local date of a working minute (now) as Autotask writes dates."""
        return pure_date(local_date(self.timeline.at(self.now if minutes is None else minutes)))

    def _tell(self, action: Action, collection: str, entity_id: int, fields: dict[str, Json], person_id: int) -> None:
        self._told.append(Change(self.timeline.at(self.now), action, collection, entity_id, fields, person_id))
