"""A row as Autotask serves it, made a fact: the rules of design §4 for what is read over REST, in one place.

``changed_at`` is the row's change cursor. ``seen_at`` is the greater of it and the lower bound of when the row was
read: a webhook that came in between the read and the response's ``Date`` is later than the row, as it was in life.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.autotask.catalogue import CATALOGUE
from ingest.observations import rest_fact
from ingest.values import read_id
from models.inbox import Fact
from models.instants import Instant, parse_instant

Row = Mapping[str, Any]


def fields_of(entity: str) -> tuple[str, ...]:
    """The fields anything here reads of an entity; never prose."""
    return tuple(CATALOGUE[entity].fields) if entity in CATALOGUE else ()


def requested(entity: str) -> tuple[str, ...]:
    """The fields to ask for: those, the id and the change cursor."""
    return CATALOGUE[entity].requested


def row_id(row: Row) -> int:
    """The id of a row; ``ValueError`` for one without."""
    return read_id(row.get("id"))


def cursor_of(row: Row, cursor: str | None) -> Instant | None:
    """When a row says it changed last, or ``None`` where it does not say or cannot be read."""
    text = None if cursor is None else row.get(cursor)
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        return None


def fact_of(
    entity: str, row: Row, *, fields: Sequence[str], cursor: str | None, read_at: Instant, received_at: Instant
) -> Fact:
    """The fact of a row. Only ``fields`` are kept, whatever else was served; the cursor stands beside them."""
    changed_at = cursor_of(row, cursor)
    return rest_fact(
        entity,
        row_id(row),
        {name: row[name] for name in fields if name in row},
        changed_at=changed_at,
        seen_at=read_at if changed_at is None else max(changed_at, read_at),
        received_at=received_at,
    )
