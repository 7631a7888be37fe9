"""Which rows of a batch are worth storing: a REST row that only repeats what was seen last is not.

A REST row is left out when the latest stored fact of its entity, of any origin, is a REST row of equal content
(design §4); rows earlier in the same batch count. A service level agreement's result changes meaning with its
ticket, so it is stored again when a fact of the ticket came in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, func, select

from ingest.inbox.tables import INBOX
from ingest.prose import parse
from ingest.values import read_id
from models.entities import SLA_RESULT, TICKET
from models.errors import Unreadable
from models.inbox import NO_ENTITY, NO_ID, Fact, Origin

EntityKey: TypeAlias = tuple[str, int]
_IN_BATCH = 2**63  # above every position


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest fact of an entity: where it stands, and which it is."""

    order: int
    origin: str
    content_key: bytes
    dedup_key: bytes


def plan(connection: Connection, facts: Sequence[Fact], known: Mapping[bytes, int]) -> list[bytes]:
    """For each fact the key of the row that stands for it: its own, or that of the row it repeats.

    ``known``: positions of the facts that are stored already, by key. Call it only while no other writer can
    append (the lock of the inserting transaction).
    """
    latest = _latest(connection, _entities(facts))
    planned: set[bytes] = set()
    keys: list[bytes] = []
    for index, fact in enumerate(facts):
        seen = latest.get((fact.entity_type, fact.entity_id))
        if fact.dedup_key in known or fact.dedup_key in planned:
            keys.append(fact.dedup_key)
        elif seen is not None and _repeats(fact, seen, latest):
            keys.append(seen.dedup_key)
        else:
            keys.append(fact.dedup_key)
            planned.add(fact.dedup_key)
            latest[fact.entity_type, fact.entity_id] = Latest(
                _IN_BATCH + index, fact.origin, fact.content_key, fact.dedup_key
            )
    return keys


def _repeats(fact: Fact, seen: Latest, latest: Mapping[EntityKey, Latest]) -> bool:
    if fact.origin != Origin.REST or seen.origin != Origin.REST or seen.content_key != fact.content_key:
        return False
    ticket = latest.get(_ticket_of(fact)) if fact.entity_type == SLA_RESULT else None
    return ticket is None or ticket.order < seen.order


def _entities(facts: Iterable[Fact]) -> set[EntityKey]:
    rows = [fact for fact in facts if fact.origin == Origin.REST]
    tickets = {_ticket_of(fact) for fact in rows if fact.entity_type == SLA_RESULT}
    return {(fact.entity_type, fact.entity_id) for fact in rows} | tickets


def _ticket_of(fact: Fact) -> EntityKey:
    """The ticket a service level agreement's result belongs to; no entity's key when its row does not say."""
    try:
        document = parse(fact.body)
    except Unreadable:
        document = None
    fields = _lowered(_lowered(document).get("fields"))
    try:
        return TICKET, read_id(fields.get("ticketid"))
    except ValueError:
        return NO_ENTITY, NO_ID


def _lowered(document: object) -> dict[str, Any]:
    return {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else {}


def _latest(connection: Connection, entities: set[EntityKey]) -> dict[EntityKey, Latest]:
    by_type: dict[str, list[int]] = {}
    for entity_type, entity_id in entities:
        by_type.setdefault(entity_type, []).append(entity_id)
    found: dict[EntityKey, Latest] = {}
    for entity_type, ids in by_type.items():
        newest = (
            select(func.max(INBOX.c.position))
            .where(INBOX.c.entity_type == entity_type, INBOX.c.entity_id.in_(ids))
            .group_by(INBOX.c.entity_id)
        )
        rows = connection.execute(
            select(INBOX.c.entity_id, INBOX.c.position, INBOX.c.origin, INBOX.c.content_key, INBOX.c.dedup_key).where(
                INBOX.c.position.in_(newest)
            )
        )
        for entity_id, position, origin, content_key, dedup_key in rows:
            found[entity_type, entity_id] = Latest(position, origin, bytes(content_key), bytes(dedup_key))
    return found
