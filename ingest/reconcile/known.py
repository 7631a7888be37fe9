"""What the stored facts say of entities now: the last value of each field, by the order of sightings (design §4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ingest import inbox, observations
from ingest.inbox.tables import INBOX
from models.entities import Observation, Value
from models.errors import Unreadable
from models.inbox import StoredFact
from models.instants import Instant

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """An entity as its facts have it. ``changed_at``: the latest time of change that any of them gave."""

    entity_id: int
    exists: bool
    fields: Mapping[str, Value]
    changed_at: Instant
    seen_at: Instant


def known(connection: Connection, entity_type: str, ids: Collection[int]) -> dict[int, Known]:
    """Those of the entities of which there is a readable fact."""
    last = inbox.last_position(connection)
    found: dict[int, Known] = {}
    for one in sorted(ids):
        facts = [stored for _, _, stored in inbox.facts_of(connection, entity_type, one, one, last)]
        if (state := _joined(one, facts)) is not None:
            found[one] = state
    return found


def known_between(
    connection: Connection, entity_type: str, after_id: int, up_to_id: int | None, heard_since: Instant
) -> Iterator[dict[int, Known]]:
    """The entities with ``after_id < id <= up_to_id`` that a fact received since then speaks of, some at a time."""
    while True:
        query = select(INBOX.c.entity_id).where(
            INBOX.c.entity_type == entity_type, INBOX.c.entity_id > after_id, INBOX.c.received_at >= heard_since
        )
        if up_to_id is not None:
            query = query.where(INBOX.c.entity_id <= up_to_id)
        ids = list(connection.execute(query.distinct().order_by(INBOX.c.entity_id).limit(AT_ONCE)).scalars())
        if not ids:
            return
        yield known(connection, entity_type, ids)
        after_id = ids[-1]


def value_of(stored: StoredFact) -> Observation | None:
    """The observation of a fact, ``None`` where it makes none or cannot be read."""
    try:
        return observations.read(stored)
    except Unreadable:
        return None


def _joined(entity_id: int, facts: list[StoredFact]) -> Known | None:
    seen = sorted((one for one in map(value_of, facts) if one is not None), key=lambda one: one.order)
    if not seen:
        return None
    fields: dict[str, Value] = {}
    for one in seen:
        fields |= one.fields
    changed = max(one.changed_at or 0 for one in seen)
    return Known(entity_id, seen[-1].exists, fields, changed, max(one.seen_at for one in seen))
