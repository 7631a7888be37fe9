"""Where ledgers live: a SQLite file beside the main one, or a PostgreSQL schema, per generation and build."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Index, text

from models.database import Database
from models.errors import LedgerMissing
from models.ledger import LEDGER_METADATA
from service.projection.ledger.tables import CONTRIBUTION


def open_ledger(main: Database, generation: str, build: int) -> Database:
    """The ledger of a generation and build; ``LedgerMissing`` when there is none."""
    if main.is_sqlite:
        return Database(f"sqlite:///{ledger_path(main, generation, build)}", must_exist=True)
    schema = _schema(generation, build)
    with main.read() as connection:
        found = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": schema})
        if found.first() is None:
            raise LedgerMissing(schema)
    return _postgres(main, schema)


def create_ledger(main: Database, generation: str, build: int, *, indexed: bool = True) -> Database:
    """An empty ledger under that name; what stood there (a build that died) is removed first.

    ``indexed``: with the indexes by which figures are found; a build adds them when it is done (``add_indexes``), for
    to keep them up row by row costs more than all the rest of storing it.
    """
    drop_ledger(main, generation, build)
    if main.is_sqlite:
        ledger = Database(f"sqlite:///{ledger_path(main, generation, build)}")
    else:
        schema = _schema(generation, build)
        with main.write() as connection:
            connection.execute(text(f'CREATE SCHEMA "{schema}"'))
        ledger = _postgres(main, schema)
    with ledger.write() as connection:
        LEDGER_METADATA.create_all(connection)
        for index in () if indexed else _indexes():
            index.drop(connection)
    return ledger


def add_indexes(ledger: Database) -> None:
    """The indexes that a ledger was created without; nothing where they are there."""
    with ledger.bulk_write() as connection:
        for index in _indexes():
            index.create(connection, checkfirst=True)


def _indexes() -> list[Index]:
    return sorted(CONTRIBUTION.indexes, key=lambda index: str(index.name))


def drop_ledger(main: Database, generation: str, build: int) -> None:
    """Remove a ledger, if it is there."""
    if main.is_sqlite:
        path = ledger_path(main, generation, build)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    else:
        with main.write() as connection:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{_schema(generation, build)}" CASCADE'))


def ledger_path(main: Database, generation: str, build: int) -> Path:
    """The file of a SQLite ledger: ``<main>-ledger-<generation>-<build>.db``."""
    assert main.url.database is not None
    path = Path(main.url.database)
    return path.with_name(f"{path.stem}-ledger-{generation}-{build}.db")


def _schema(generation: str, build: int) -> str:
    return f"ledger_{generation}_{build}"


def _postgres(main: Database, schema: str) -> Database:
    return Database(main.url.render_as_string(hide_password=False), schema=schema)
