"""One database as the rest sees it: ``read()`` gives a consistent snapshot, ``write()`` one transaction.

SQLite and PostgreSQL behave the same through this class (invariant I9):

* ``read()``: SQLite ``BEGIN`` on a WAL file; PostgreSQL ``REPEATABLE READ, READ ONLY``.
* ``write()``: SQLite ``BEGIN IMMEDIATE`` (no lock is ever upgraded); PostgreSQL ``READ COMMITTED``.

Both commit on a clean exit and roll back otherwise. Foreign errors leave as the ones of ``models.errors``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.engine import URL

from models.errors import ConfigurationError, LedgerMissing, RowRefused, StorageUnavailable

BUSY_TIMEOUT_SECONDS = 10
POSTGRES_CONNECT_TIMEOUT_SECONDS = 5
POSTGRES_POOL_SIZE = 10
_WRITE = {"techscore_write": True}
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16384",  # KiB: the writer of a ledger with years in it touches more pages than the default 2 MiB hold
)


class Database:
    """An engine with the house's transaction rules. ``close()`` may be called twice."""

    def __init__(self, url: str, *, schema: str | None = None, must_exist: bool = False) -> None:
        """Open ``url``; ``schema`` is the PostgreSQL schema unqualified names live in."""
        self.url = parse_url(url)
        self.schema = schema
        if self.is_sqlite:
            self._engine = _sqlite_engine(self.url, must_exist)
        else:
            self._engine = _postgres_engine(self.url, schema)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """The engine, for schema work (migrations, ``create_all``) only."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction that sees one moment."""
        options: dict[str, Any] = {}
        if not self.is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with mapped_errors(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction; commits on a clean exit."""
        with mapped_errors(), self._engine.connect().execution_options(**_WRITE) as connection, connection.begin():
            yield connection

    @contextmanager
    def bulk_write(self) -> Iterator[Connection]:
        """As ``write``, for statements that sort more than memory should hold: SQLite sorts in temporary files."""
        with mapped_errors(), self._engine.connect().execution_options(**_WRITE) as connection:
            driver: Any = connection.connection.driver_connection  # outside a transaction, where alone this can be said
            if self.is_sqlite:
                driver.execute("PRAGMA temp_store=FILE")
            try:
                with connection.begin():
                    yield connection
            finally:
                if self.is_sqlite:
                    driver.execute("PRAGMA temp_store=MEMORY")

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Turn the driver's errors into ours: what may pass by waiting, and what this very row is to blame for."""
    try:
        yield
    except (exc.DataError, exc.IntegrityError) as error:
        raise RowRefused(str(error.orig)) from error
    except exc.DBAPIError as error:
        if isinstance(error.orig, OverflowError | UnicodeEncodeError | sqlite3.DataError):
            raise RowRefused(str(error.orig)) from error
        raise StorageUnavailable(str(error.orig)) from error
    except (exc.TimeoutError, exc.InvalidRequestError, ConnectionError) as error:
        raise StorageUnavailable(str(error)) from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise RowRefused(str(error)) from error


def parse_url(url: str) -> URL:
    """The SQLAlchemy URL of a setting, with the driver we use; ``ConfigurationError`` for other databases."""
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise ConfigurationError("DATABASE_URL is not a database URL") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigurationError(f"DATABASE_URL names {backend!r}: only sqlite and postgresql are supported")


def _sqlite_engine(url: URL, must_exist: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("DATABASE_URL: Techscore is two processes, an in-memory SQLite cannot serve both")
    path = Path(url.database)
    if must_exist and not path.exists():
        raise LedgerMissing(path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself: see _begin
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("techscore_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgres_engine(url: URL, schema: str | None) -> Engine:
    engine = create_engine(
        url,
        pool_size=POSTGRES_POOL_SIZE,
        pool_pre_ping=True,
        connect_args={"connect_timeout": POSTGRES_CONNECT_TIMEOUT_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.autocommit = True
        with connection.cursor() as cursor:
            # A role may default to synchronous_commit=off; a 2xx must mean fsync (I1).
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
            if schema is not None:
                cursor.execute("SELECT set_config('search_path', %s, false)", (schema,))
        connection.autocommit = False

    return engine
