"""Where ledgers live: a SQLite file beside the main one, or a PostgreSQL schema, per generation and build."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from models.database import Database
from models.errors import LedgerMissing
from models.ledger import LEDGER_METADATA


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


def create_ledger(main: Database, generation: str, build: int) -> Database:
    """An empty ledger under that name; what stood there (a build that died) is removed first."""
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
    return ledger


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
