"""Facts folded per entity, each once: the path that rebuild and verify take, and the projector does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection

from ingest import inbox, observations
from ingest.autotask.catalogue import CATALOGUE
from models.entities import OWN
from models.errors import Unreadable
from models.inbox import NO_ENTITY, NO_ID, StoredFact
from models.instants import Instant
from service.projection.fold import EntityState
from service.projection.ledger.tables import Key

NAMELESS = Key(NO_ENTITY, NO_ID)
"""Facts that named no entity at the door; before every entity in the order of keys."""


@dataclass
class Refolded:
    """States of entities from their facts; events that cannot be read; the newest ``seen_at``; facts taken."""

    states: dict[Key, EntityState] = field(default_factory=dict)
    unreadable: list[tuple[StoredFact, Unreadable]] = field(default_factory=list)
    heard: Instant = 0
    facts: int = 0


def refold(
    connection: Connection,
    keys: Sequence[Key],
    up_to: int,
    *,
    strays: dict[Key, EntityState] | None = None,
    without: frozenset[int] = frozenset(),
) -> Refolded:
    """Fold all facts up to position ``up_to`` of these entities (sorted by type and id).

    ``strays``: states from facts that named no entity at the door and can be read now (``refold`` of
    ``NAMELESS`` alone); those of ``keys`` are taken out of it and joined. ``without``: positions left out, the
    events that were given up or that the ledger's database refused.
    """
    result = Refolded()
    for key in keys:
        if strays and key in strays:
            result.states[key] = strays.pop(key)
    for kind, group in groupby(keys, key=lambda key: key.type):
        numbers = [key.id for key in group]
        wanted = set(numbers)
        rows = inbox.facts_of(connection, kind, numbers[0], numbers[-1], up_to)
        _fold(result, (row for _, number, row in rows if number in wanted and row.position not in without))
    return result


def _fold(result: Refolded, rows: Iterable[StoredFact]) -> None:
    for row in rows:
        result.facts += 1
        try:
            observation = observations.read(row)
        except Unreadable as error:
            result.unreadable.append((row, error))
            continue
        if observation is None:
            continue
        if observation.entity_type not in OWN:
            result.heard = max(result.heard, observation.seen_at)
        if observation.entity_type not in CATALOGUE:
            continue
        key = Key(observation.entity_type, observation.entity_id)
        state = result.states.get(key)
        if state is None:
            state = result.states[key] = EntityState(*key)
        state.fold(observation)
