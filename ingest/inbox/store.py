"""The SQL of the inbox: one append that de-duplicates, and the reads of the projector and the rebuild.

Positions become visible in order, so a reader that goes on after the last position it saw skips none (I7):
SQLite has one writer; on PostgreSQL the insert takes an advisory lock that is held to the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal, select, text, tuple_
from sqlalchemy.dialects import postgresql

from ingest.inbox.sightings import plan
from ingest.inbox.tables import INBOX, STORED, stored_fact
from models.inbox import NO_ENTITY, Fact, Origin, Receipt, StoredFact

_APPEND_LOCK = 0x7463_0002  # "tc", 2
_ROWS_AT_ONCE = 1_000
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_COLUMNS = ("received_at", "origin", "dedup_key", "entity_type", "entity_id", "content_key", "body")
_AFTER = (
    select(*STORED).where(INBOX.c.position > bindparam("after")).order_by(INBOX.c.position).limit(bindparam("most"))
)
_INSERT = (
    postgresql.insert(INBOX)
    .on_conflict_do_nothing(index_elements=[INBOX.c.dedup_key])
    .returning(INBOX.c.position, INBOX.c.dedup_key)
)


def append(connection: Connection, facts: Sequence[Fact]) -> list[Receipt]:
    """Store what is not stored yet; one receipt per fact, in their order.

    To be called in a write transaction; durable when it commits. ``RowRefused`` (as the transaction leaves)
    when the database refuses a row: then none of the batch is stored.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"key": _APPEND_LOCK})
    slices = [facts[start : start + _ROWS_AT_ONCE] for start in range(0, len(facts), _ROWS_AT_ONCE)]
    return [receipt for some in slices for receipt in _append(connection, some)]


def read_after(connection: Connection, position: int, limit: int) -> list[StoredFact]:
    """The next ``limit`` facts after ``position``, in order of position."""
    rows = connection.execute(_AFTER, {"after": position, "most": limit}).all()
    return [stored_fact(row) for row in rows]


def read_at(connection: Connection, positions: Collection[int]) -> list[StoredFact]:
    """The facts at these positions, in order of position."""
    return [stored_fact(row) for row in _at(connection, STORED, positions)]


def entities_at(connection: Connection, positions: Collection[int]) -> dict[int, tuple[str, int]]:
    """Entity type and id of the facts at these positions; those that named none at the door are left out."""
    rows = _at(connection, (INBOX.c.position, INBOX.c.entity_type, INBOX.c.entity_id), positions)
    return {row.position: (row.entity_type, row.entity_id) for row in rows if row.entity_type != NO_ENTITY}


def last_position(connection: Connection) -> int:
    """The highest position given, 0 when nothing was ever stored."""
    return int(connection.execute(select(func.coalesce(func.max(INBOX.c.position), 0))).scalar_one())


def facts_of(
    connection: Connection, entity_type: str, first_id: int, last_id: int, up_to: int
) -> list[tuple[str, int, StoredFact]]:
    """The facts up to position ``up_to`` of the entities with ``first_id <= id <= last_id``, by id and position."""
    query = (
        select(*STORED, INBOX.c.entity_type, INBOX.c.entity_id)
        .where(
            INBOX.c.entity_type == entity_type,
            INBOX.c.entity_id.between(first_id, last_id),
            INBOX.c.position <= up_to,
        )
        .order_by(INBOX.c.entity_id, INBOX.c.position)
    )
    return [(row[-2], row[-1], stored_fact(row)) for row in connection.execute(query).all()]


def entities_after(connection: Connection, entity_type: str, entity_id: int, limit: int) -> list[tuple[str, int]]:
    """The next entities of which there are facts, after this one, by type and id."""
    after = tuple_(INBOX.c.entity_type, INBOX.c.entity_id) > tuple_(literal(entity_type), literal(entity_id))
    query = (
        select(INBOX.c.entity_type, INBOX.c.entity_id)
        .where(after)
        .distinct()
        .order_by(INBOX.c.entity_type, INBOX.c.entity_id)
        .limit(limit)
    )
    return [(row.entity_type, row.entity_id) for row in connection.execute(query)]


def _at(connection: Connection, columns: Sequence[Any], positions: Collection[int]) -> Iterator[Any]:
    ordered = sorted(set(positions))
    for start in range(0, len(ordered), _ROWS_AT_ONCE):
        some = INBOX.c.position.in_(ordered[start : start + _ROWS_AT_ONCE])
        yield from connection.execute(select(*columns).where(some).order_by(INBOX.c.position))


def _append(connection: Connection, facts: Sequence[Fact]) -> list[Receipt]:
    keys = [fact.dedup_key for fact in facts]
    positions: dict[bytes, int] = {}
    if any(fact.origin == Origin.REST for fact in facts):
        positions = _positions(connection, keys)
        keys = plan(connection, facts, positions)
    first = {key: index for index, key in reversed(list(enumerate(keys)))}
    own = [fact for index, fact in enumerate(facts) if first[keys[index]] == index and keys[index] == fact.dedup_key]
    inserted = _store(connection, [fact for fact in own if fact.dedup_key not in positions])
    positions |= inserted
    if missing := [key for key in first if key not in positions]:
        positions |= _positions(connection, missing)
    return [
        Receipt(positions[key], duplicate=not (key in inserted and first[key] == index))
        for index, key in enumerate(keys)
    ]


def _store(connection: Connection, facts: Sequence[Fact]) -> dict[bytes, int]:
    """Insert what is new; the positions of the rows that were."""
    if not facts:
        return {}
    if connection.dialect.name == "sqlite":
        return _store_sqlite(connection, facts)
    rows = [dict(zip(_COLUMNS, _values(fact), strict=True)) for fact in facts]
    return {bytes(key): position for position, key in connection.execute(_INSERT, rows)}


def _store_sqlite(connection: Connection, facts: Sequence[Fact]) -> dict[bytes, int]:
    """One statement without RETURNING: the driver gives up the interpreter lock at every row it fetches.

    No other writer can come in between, so positions rise one by one in the order of the rows, above all others.
    """
    values = tuple(value for fact in facts for value in _values(fact))
    inserted = connection.exec_driver_sql(_sqlite_insert(len(facts)), values)
    if inserted.rowcount == len(facts):
        first = inserted.lastrowid - len(facts) + 1
        return {fact.dedup_key: first + index for index, fact in enumerate(facts)}
    positions = _positions(connection, [fact.dedup_key for fact in facts])
    newest = sorted(positions.items(), key=lambda item: item[1], reverse=True)
    return dict(newest[: inserted.rowcount])


@lru_cache(maxsize=1_024)
def _sqlite_insert(rows: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS))})"
    return (
        f"INSERT INTO {INBOX.name} ({', '.join(_COLUMNS)}) VALUES {', '.join([row] * rows)} "  # noqa: S608 -- constants
        "ON CONFLICT (dedup_key) DO NOTHING"
    )


def _values(fact: Fact) -> tuple[int, str, bytes, str, int, bytes, bytes]:
    """The values of ``_COLUMNS``."""
    return (
        fact.received_at,
        str(fact.origin),
        fact.dedup_key,
        fact.entity_type,
        fact.entity_id,
        fact.content_key,
        fact.body,
    )


def _positions(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, int]:
    query = select(INBOX.c.dedup_key, INBOX.c.position).where(INBOX.c.dedup_key.in_(keys))
    return {bytes(key): position for key, position in connection.execute(query)}
