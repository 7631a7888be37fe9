"""The ledger's tables as Core tables, and the little SQL that differs between databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from models.ledger import (
    ContributionRow,
    Counter,
    Deadline,
    Edge,
    LedgerModel,
    Parked,
    Progress,
    Snapshot,
    State,
    WorkRow,
)

CHUNK = 500


class Key(NamedTuple):
    """An entity, or a subject, by type and id."""

    type: str
    id: int


def table(model: type[LedgerModel]) -> Table:
    """The Core table of a ledger model."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


PROGRESS, STATE, EDGE, WORK = table(Progress), table(State), table(Edge), table(WorkRow)
CONTRIBUTION, COUNTER = table(ContributionRow), table(Counter)
DEADLINE, PARKED, SNAPSHOT = table(Deadline), table(Parked), table(Snapshot)


def dialect_insert(connection: Connection, target: Table) -> Any:
    """An INSERT that knows ON CONFLICT, for either database."""
    return sqlite.insert(target) if connection.dialect.name == "sqlite" else postgresql.insert(target)


def insert_rows(connection: Connection, target: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given in the order of the table's columns. Written out: what SQLAlchemy does a row and column is
    dearer than storing it."""
    names = ", ".join(f'"{column.name}"' for column in target.columns)
    place = "?" if connection.dialect.name == "sqlite" else "%s"
    places = ", ".join([place] * len(target.columns))
    connection.exec_driver_sql(
        f'INSERT INTO "{target.name}" ({names}) VALUES ({places})',  # noqa: S608 -- names of our own tables
        list(rows),
    )


def grouped(keys: Iterable[Key]) -> Iterable[tuple[str, list[int]]]:
    """Keys by type, in runs short enough for one statement."""
    by_type: dict[str, set[int]] = {}
    for key in keys:
        by_type.setdefault(key.type, set()).add(key.id)
    for kind, numbers in sorted(by_type.items()):
        ordered = sorted(numbers)
        for start in range(0, len(ordered), CHUNK):
            yield kind, ordered[start : start + CHUNK]
