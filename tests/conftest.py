"""Fixtures every test may use: a fresh database per test, each such test run on SQLite and on PostgreSQL.

``database_url`` is the URL of an empty database; ``database`` an open one at the head of the migrations;
``new_database`` makes as many migrated ones as a test wants (for laws tried on many examples).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from models.database import Database
from tests.databases import POSTGRES_MISSING, PostgresServer, Server, SqliteServer, postgres_is_installed


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    """Makes SQLite files."""
    return SqliteServer(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test run; without one a laptop skips, CI fails."""
    if not postgres_is_installed():
        if os.environ.get("CI") == "true":
            pytest.fail(POSTGRES_MISSING)
        pytest.skip(POSTGRES_MISSING)
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """The maker of databases; a test that uses it runs once per kind of database."""
    name = "sqlite_server" if request.param == "sqlite" else "postgres_server"
    made: Server = request.getfixturevalue(name)
    return made


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    """The URL of an empty database."""
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def new_database(server: Server) -> Iterator[Callable[[], Database]]:
    """Makes fresh migrated databases; all are closed and dropped after the test."""
    made: list[tuple[str, Database]] = []

    def make() -> Database:
        url = server.create_migrated()
        database = Database(url)
        made.append((url, database))
        return database

    yield make
    for url, database in made:
        database.close()
        server.drop(url)


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """An open, migrated, empty database."""
    return new_database()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts that a test recorded are shown, also when it passed in another process."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == "counts":
                terminalreporter.write_line(str(value))
