"""The drift's SQL: what the last reconciliation of each entity found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection, Table, select

from ingest.feeds.plan import CHANGE_FEEDS, SWEEPS
from ingest.feeds.store import put
from models.backfill import Drift
from models.entities import SLA_RESULT
from models.instants import Instant, to_datetime, to_instant

_DRIFT = cast(Table, Drift.__table__)  # type: ignore[attr-defined]


class Kind(StrEnum):
    """How what is stored differed from what Autotask says."""

    MISSING = "missing"
    """Autotask has it; nothing is stored, or only that it was deleted."""
    STALE = "stale"
    """A field has another value."""
    DELETED = "deleted"
    """Autotask has it no more."""


ENTITIES = frozenset({one.entity for one in SWEEPS} | {one.entity for one in CHANGE_FEEDS} | {SLA_RESULT})
"""Everything that is compared."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many differed, the last time it was looked."""

    entity: str
    kind: Kind
    found: int
    counted_at: Instant


def write(connection: Connection, entity: str, found: Mapping[Kind, int], now: Instant) -> None:
    """Keep what a reconciliation of an entity found, in place of the one before."""
    for kind in Kind:
        values = {"found": found.get(kind, 0), "counted_at": to_datetime(now)}
        put(connection, _DRIFT, {"entity": entity, "kind": kind.value}, values)


def read(connection: Connection) -> list[Found]:
    """What the last reconciliations found."""
    rows = connection.execute(select(_DRIFT).order_by(_DRIFT.c.entity, _DRIFT.c.kind))
    return [Found(row.entity, Kind(row.kind), row.found, to_instant(row.counted_at)) for row in rows]
