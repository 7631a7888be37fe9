"""What is known of entities that a read does not show: their last sighting, and the facts that say they are gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from ingest import inbox, observations
from models.entities import Observation, Value
from models.errors import Unreadable
from models.inbox import Fact, StoredFact
from models.instants import Instant


@dataclass(frozen=True, slots=True)
class Sighted:
    """An entity that exists as far as its facts say: when it was seen last, and the last value of each field."""

    entity_type: str
    entity_id: int
    seen_at: Instant
    fields: Mapping[str, Value]


def last_sightings(connection: Connection, entity_type: str, ids: Collection[int]) -> list[Sighted]:
    """Those of the entities that exist, by their facts; one that was deleted before, or never known, is left out."""
    last = inbox.last_position(connection)
    found = []
    for one in sorted(ids):
        rows = inbox.facts_of(connection, entity_type, one, one, last)
        for _, group in groupby(rows, key=lambda row: row[1]):
            sighted = _sighted(list(_read(row[2] for row in group)))
            found += [] if sighted is None else [sighted]
    return found


def gone_facts(gone: Iterable[Sighted], read_at: Instant, received_at: Instant) -> list[Fact]:
    """The deletes that a read implies. They come after the last sighting: the read was asked for later."""
    return [
        observations.gone_fact(
            one.entity_type, one.entity_id, seen_at=max(read_at, one.seen_at), received_at=received_at
        )
        for one in gone
    ]


def _read(stored: Iterable[StoredFact]) -> Iterator[Observation]:
    for one in stored:
        try:
            observation = observations.read(one)
        except Unreadable:
            continue
        if observation is not None:
            yield observation


def _sighted(found: list[Observation]) -> Sighted | None:
    found.sort(key=lambda one: one.order)
    if not found or not found[-1].exists:
        return None
    fields: dict[str, Value] = {}
    for one in found:
        fields |= one.fields
    last = found[-1]
    return Sighted(last.entity_type, last.entity_id, max(one.seen_at for one in found), fields)
