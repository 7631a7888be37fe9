"""The ledger's tables as Core tables, and the little SQL that differs between databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table, exc
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


def dialect_insert(dialect: str, target: Table) -> Any:
    """An INSERT that knows ON CONFLICT, for either database."""
    return sqlite.insert(target) if dialect == "sqlite" else postgresql.insert(target)


def insert_rows(connection: Connection, target: Table, rows: Sequence[tuple[Any, ...]], conflict: str = "") -> None:
    """Insert rows given in the order of the table's columns; ``conflict``: of ``on_conflict``. Written out: what
    SQLAlchemy does a row and column is dearer than storing it."""
    connection.exec_driver_sql(_insertion(connection.dialect.name, target, conflict), list(rows))


def add_rows(connection: Connection, target: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows whose keys are not there, in the order of the table's columns; PostgreSQL copies them in."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        insert_rows(connection, target, rows)
        return
    driver: Any = connection.connection.driver_connection
    base = connection.dialect.loaded_dbapi.Error
    command = _copying(target)
    try:
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in rows:
                copy.write_row(row)
    except base as error:  # as SQLAlchemy raises what its own statements meet
        raise exc.DBAPIError.instance(command, None, error, base, dialect=connection.dialect) from error


def delete_rows(connection: Connection, target: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Delete the rows that have these values in these columns."""
    connection.exec_driver_sql(_deletion(connection.dialect.name, target, tuple(columns)), list(rows))


def on_conflict(target: Table, *, where: str = "", **changes: str) -> str:
    """What becomes of a row whose key is there already: columns with the SQL of their new values."""
    keys = ", ".join(f'"{column.name}"' for column in target.primary_key)
    news = ", ".join(f'"{name}" = {value}' for name, value in changes.items())
    return f"ON CONFLICT ({keys}) DO UPDATE SET {news}" + (f" WHERE {where}" if where else "")


@cache
def _insertion(dialect: str, target: Table, conflict: str) -> str:
    names = ", ".join(f'"{column.name}"' for column in target.columns)
    places = ", ".join([_place(dialect)] * len(target.columns))
    return f'INSERT INTO "{target.name}" ({names}) VALUES ({places}) {conflict}'  # noqa: S608 -- names of our own tables


@cache
def _copying(target: Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in target.columns)
    return f'COPY "{target.name}" ({names}) FROM STDIN'


@cache
def _deletion(dialect: str, target: Table, columns: tuple[str, ...]) -> str:
    same = " AND ".join(f'"{name}" = {_place(dialect)}' for name in columns)
    return f'DELETE FROM "{target.name}" WHERE {same}'  # noqa: S608 -- names of our own tables


def _place(dialect: str) -> str:
    return "?" if dialect == "sqlite" else "%s"


def grouped(keys: Iterable[Key]) -> Iterable[tuple[str, list[int]]]:
    """Keys by type, in runs short enough for one statement."""
    by_type: dict[str, set[int]] = {}
    for key in keys:
        by_type.setdefault(key.type, set()).add(key.id)
    for kind, numbers in sorted(by_type.items()):
        ordered = sorted(numbers)
        for start in range(0, len(ordered), CHUNK):
            yield kind, ordered[start : start + CHUNK]
