"""Sums of windows that end on the same day, of which the longer ones hold the shorter: no day is read twice.

Today, the month to date and the last thirty days are asked for one after the other at every rendering of the metrics.
Asked for the shortest first, each reads only the days that the one before left out. Nor is anything looked for that
has no counter at all: a seek for each measure and technician is what reading costs most.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from models.instants import Day, add_days
from models.ledger import Scope
from service.kpis.companions import Sums
from service.scorecards.sums import SumsOf, known_measures, read_sums

_Sums: TypeAlias = dict[tuple[str, int], Sums]


class _Known(NamedTuple):
    """What has been read of some measures up to some day: the days since ``first_day``, of these scope ids."""

    first_day: Day
    ids: frozenset[int]
    sums: SumsOf


class NestedSums:
    """The sums of one view; remembers what it read until the view ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[frozenset[str], Scope, Day], _Known] = {}
        self._measures: dict[Scope, frozenset[str]] = {}

    def read(
        self, measures: Collection[str], scope: Scope, scope_ids: Collection[int], first_day: Day, last_day: Day
    ) -> SumsOf:
        """As ``read_sums``; what comes back is not to be changed."""
        if scope not in self._measures:
            self._measures[scope] = known_measures(self._connection, scope)
        ids, measures = frozenset(scope_ids), self._measures[scope].intersection(measures)
        key = (measures, scope, last_day)
        known = self._known.get(key)
        if known is None or known.first_day < first_day:
            found = read_sums(self._connection, measures, scope, ids, first_day, last_day)
        else:
            found = self._longer(known, measures, scope, ids, first_day, last_day)
        if known is None or first_day <= known.first_day:
            self._known[key] = _Known(first_day, ids, found)
        return found

    def _longer(
        self, known: _Known, measures: Collection[str], scope: Scope, ids: frozenset[int], first_day: Day, last_day: Day
    ) -> _Sums:
        before = add_days(known.first_day, -1)
        found = {key: sums for key, sums in known.sums.items() if key[1] in ids}
        if first_day <= before:
            earlier = read_sums(self._connection, measures, scope, ids & known.ids, first_day, before)
            for key, sums in earlier.items():
                later = found.get(key)
                found[key] = sums if later is None else Sums(*map(int.__add__, sums, later))
        if others := ids - known.ids:
            found |= read_sums(self._connection, measures, scope, others, first_day, last_day)
        return found
