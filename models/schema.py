"""The schema of the main database: brought to the newest migration under a lock, by whoever starts first.

The main database holds the inbox and the desk. The ledger is not migrated: it is disposable, a new layout
is a new generation (design §5).
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import models.backfill
import models.desk
import models.feeds
import models.inbox  # noqa: F401 -- these declare the tables
from models.database import Database
from models.errors import ConfigurationError

METADATA = SQLModel.metadata

_SCRIPTS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x7463_0001  # "tc", 1: the advisory lock of upgrades


def upgrade(database: Database) -> None:
    """Run the missing migrations in one transaction; callers in other threads and processes wait.

    ``ConfigurationError`` when the database was written by a newer release, ``StorageUnavailable`` when it
    cannot be reached.
    """
    with _one_at_a_time(database), database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise ConfigurationError(f"the database does not belong to this release: {error}") from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _one_at_a_time(database: Database) -> Iterator[None]:
    """SQLite: a lock file, for its own busy timeout is shorter than a migration may take."""
    if not database.is_sqlite:
        yield
        return
    with Path(f"{database.url.database}.upgrade-lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
