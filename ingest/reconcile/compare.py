"""Comparing rows with what is stored (pure): which differ, how, and what may be gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.reconcile.known import Known, value_of
from ingest.reconcile.store import Kind
from models.inbox import Fact, StoredFact
from models.instants import Instant


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that differs from what is stored: the fact that mends it."""

    kind: Kind
    fact: Fact


def differences(facts: Iterable[Fact], stored: Mapping[int, Known]) -> list[Difference]:
    """The rows that are not as stored; one that cannot be read is passed over, its facts are parked already."""
    found: list[Difference] = []
    for fact in facts:
        one = stored.get(fact.entity_id)
        if one is None or not one.exists:
            found.append(Difference(Kind.MISSING, fact))
        elif _differs(fact, one):
            found.append(Difference(Kind.STALE, fact))
    return found


def suspects(stored: Mapping[int, Known], shown: Iterable[int], changed_since: Instant) -> list[Known]:
    """Entities that exist, that changed since then, and that a read of all that changed since then does not show."""
    there = set(shown)
    return [
        one for one in stored.values() if one.exists and one.changed_at > changed_since and one.entity_id not in there
    ]


def _differs(fact: Fact, stored: Known) -> bool:
    row = value_of(StoredFact(0, fact.received_at, fact.origin, fact.body, ""))
    if row is None:
        return False  # it could not be read then and cannot now
    return any(name not in stored.fields or stored.fields[name] != value for name, value in row.fields.items())
