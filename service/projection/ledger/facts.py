"""Folded states of entities, and the edges between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal, select, tuple_

from models.ledger import NONE
from service.projection.edges import CHILD_TARGETS, READ_SOURCES, SUBJECTS, EdgeRow
from service.projection.fold import EntityState, dump, load
from service.projection.ledger.tables import (
    CONTRIBUTION,
    DEADLINE,
    EDGE,
    STATE,
    Key,
    add_rows,
    delete_rows,
    grouped,
    insert_rows,
    on_conflict,
)

_EDGE_COLUMNS = tuple(EDGE.c[name] for name in EdgeRow._fields)

_EDGE_KEY = ("source_type", "source_id", "target_type", "target_id")
_NEWER_BODY = on_conflict(STATE, body="excluded.body")
_INTO = select(*_EDGE_COLUMNS).where(
    EDGE.c.target_type == bindparam("kind"),
    EDGE.c.target_id.in_(bindparam("numbers", expanding=True)),
    EDGE.c.source_type.in_(bindparam("sources", expanding=True)),
)
_OF_TYPE = (
    select(STATE.c.entity_id, STATE.c.body).where(STATE.c.entity_type == bindparam("kind")).order_by(STATE.c.entity_id)
)
_AFTER = (
    select(STATE.c.entity_id)
    .where(STATE.c.entity_type == bindparam("kind"), STATE.c.entity_id > bindparam("after"))
    .order_by(STATE.c.entity_id)
    .limit(bindparam("most"))
)
_BODIES = select(STATE.c.entity_id, STATE.c.body).where(
    STATE.c.entity_type == bindparam("kind"), STATE.c.entity_id.in_(bindparam("numbers", expanding=True))
)


def load_states(connection: Connection, keys: Iterable[Key]) -> dict[Key, EntityState]:
    """The states of entities; unknown ones are absent."""
    found: dict[Key, EntityState] = {}
    for kind, numbers in grouped(keys):
        for number, body in connection.execute(_BODIES, {"kind": kind, "numbers": numbers}).all():
            found[Key(kind, number)] = load(kind, number, body)
    return found


def save_states(connection: Connection, states: Collection[EntityState]) -> None:
    """Write states, new or changed."""
    if states:
        rows = [(state.entity_type, state.entity_id, dump(state)) for state in states]
        insert_rows(connection, STATE, rows, _NEWER_BODY)


def add_states(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write states of entities that have none, as rows."""
    add_rows(connection, STATE, rows)


def load_edges(connection: Connection, targets: Iterable[Key], sources: Sequence[str]) -> set[EdgeRow]:
    """The edges into these subjects from entities of these types."""
    found: set[EdgeRow] = set()
    for kind, numbers in grouped(targets):
        rows = connection.execute(_INTO, {"kind": kind, "numbers": numbers, "sources": sources}).all()
        found.update(EdgeRow(*row) for row in rows)
    return found


def load_reads(connection: Connection, subjects: Iterable[Key]) -> set[EdgeRow]:
    """The edges that follow from the subjects' own facts."""
    by_type: dict[str, list[Key]] = {}
    for key in subjects:
        by_type.setdefault(key.type, []).append(key)
    found: set[EdgeRow] = set()
    for kind, keys in by_type.items():
        found |= load_edges(connection, keys, READ_SOURCES[kind])
    return found


def save_edges(connection: Connection, gone: Collection[EdgeRow], new: Collection[EdgeRow]) -> None:
    """Remove and add edges; an edge whose ``at`` changed is in both."""
    if gone:
        delete_rows(connection, EDGE, _EDGE_KEY, [row[: len(_EDGE_KEY)] for row in sorted(gone)])
    if new:
        insert_rows(connection, EDGE, sorted(new))


def add_edges(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write edges that are not there, as rows in their order."""
    add_rows(connection, EDGE, rows)


def state_keys_after(connection: Connection, after: Key, limit: int, kinds: Collection[str] = ()) -> list[Key]:
    """The next entities that have a state, by type and id; of some types only, if given."""
    if kinds:
        return _of_kinds_after(connection, after, limit, kinds)
    statement = select(STATE.c.entity_type, STATE.c.entity_id).where(
        tuple_(STATE.c.entity_type, STATE.c.entity_id) > tuple_(literal(after.type), literal(after.id))
    )
    rows = connection.execute(statement.order_by(STATE.c.entity_type, STATE.c.entity_id).limit(limit))
    return [Key(*row) for row in rows]


def _of_kinds_after(connection: Connection, after: Key, limit: int, kinds: Collection[str]) -> list[Key]:
    """Type by type: with all in one statement SQLite goes through each type from its first entity on."""
    found: list[Key] = []
    for kind in sorted(kinds):
        if kind >= after.type and len(found) < limit:
            first = after.id if kind == after.type else NONE
            wanted = {"kind": kind, "after": first, "most": limit - len(found)}
            found += [Key(kind, number) for number in connection.execute(_AFTER, wanted).scalars()]
    return found


def count_states(connection: Connection, kinds: Collection[str]) -> int:
    """How many entities of some types have a state."""
    counted = select(func.count()).select_from(STATE).where(STATE.c.entity_type.in_(sorted(kinds)))
    return int(connection.execute(counted).scalar_one())


def load_bodies(connection: Connection, keys: Iterable[Key]) -> dict[Key, bytes]:
    """The states of entities as they are stored."""
    found: dict[Key, bytes] = {}
    for kind, numbers in grouped(keys):
        rows = connection.execute(_BODIES, {"kind": kind, "numbers": numbers})
        found.update((Key(kind, number), bytes(body)) for number, body in rows)
    return found


def load_child_edges(connection: Connection, sources: Iterable[Key]) -> set[EdgeRow]:
    """The edges that children among these entities say of themselves."""
    found: set[EdgeRow] = set()
    for kind, numbers in grouped(key for key in sources if key.type in CHILD_TARGETS):
        rows = connection.execute(
            select(*_EDGE_COLUMNS).where(
                EDGE.c.source_type == kind,
                EDGE.c.source_id.in_(numbers),
                EDGE.c.target_type == CHILD_TARGETS[kind],
            )
        )
        found.update(EdgeRow(*row) for row in rows)
    return found


def subject_keys_after(connection: Connection, after: Key, limit: int) -> list[Key]:
    """The next subjects of which the ledger holds anything: a state, contributions or a deadline."""
    found: set[Key] = set(state_keys_after(connection, after, limit, sorted(SUBJECTS)))
    for source in (CONTRIBUTION, DEADLINE):
        rows = connection.execute(
            select(source.c.subject_type, source.c.subject_id)
            .where(tuple_(source.c.subject_type, source.c.subject_id) > tuple_(literal(after.type), literal(after.id)))
            .distinct()
            .order_by(source.c.subject_type, source.c.subject_id)
            .limit(limit)
        )
        found.update(Key(*row) for row in rows)
    return sorted(found)[:limit]


def states_of(connection: Connection, entity_type: str) -> list[EntityState]:
    """The states of all entities of a type of which there are few (holidays, locations, gaps)."""
    rows = connection.execute(_OF_TYPE, {"kind": entity_type})
    return [load(entity_type, number, bytes(body)) for number, body in rows]


def largest_state_id(connection: Connection, entity_type: str) -> int:
    """The greatest id of the entities of a type; 0 without one."""
    found = connection.execute(select(func.max(STATE.c.entity_id)).where(STATE.c.entity_type == entity_type)).scalar()
    return found or 0
