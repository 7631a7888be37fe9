"""The desk of the examples: an application, an inbox and a ledger on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from models.database import Database
from tests.databases import PostgresServer, SqliteServer
from tests.kpis.desk import COMPLETION, ENGAGEMENT, TRIAGE, Desk, open_desk
from tests.kpis.office import Office, open_office

_TURNS = [
    pytest.param(("sqlite_main", TRIAGE), id="sqlite-triage"),
    pytest.param(("sqlite_main", ENGAGEMENT), id="sqlite-engagement"),
    pytest.param(("sqlite_main", COMPLETION), id="sqlite-completion"),
    pytest.param(("postgres_main", TRIAGE), id="postgresql-triage"),
]


@pytest.fixture(scope="session")
def sqlite_main(sqlite_server: SqliteServer) -> Iterator[Database]:
    """One SQLite database for all examples; a desk that opens empties it."""
    yield from _one(sqlite_server)


@pytest.fixture(scope="session")
def postgres_main(postgres_server: PostgresServer) -> Iterator[Database]:
    """One PostgreSQL database for all examples; a desk that opens empties it."""
    yield from _one(postgres_server)


def _one(server: SqliteServer | PostgresServer) -> Iterator[Database]:
    url = server.create_migrated()
    database = Database(url)
    yield database
    database.close()
    server.drop(url)


@pytest.fixture(params=["sqlite_main", "postgres_main"])
def main(request: pytest.FixtureRequest) -> Database:
    """The main database of a desk, on each kind in turn."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=_TURNS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A desk that looks at each of the three KPIs in turn (the rules are the same), and on each database."""
    name, sla = request.param
    async with open_desk(request.getfixturevalue(name), sla) as opened:
        yield opened


@pytest.fixture
async def triage(main: Database) -> AsyncIterator[Desk]:
    """A desk that looks at triage."""
    async with open_desk(main, TRIAGE) as opened:
        yield opened


@pytest.fixture
async def engagement(main: Database) -> AsyncIterator[Desk]:
    """A desk that looks at technician engagement."""
    async with open_desk(main, ENGAGEMENT) as opened:
        yield opened


@pytest.fixture
async def completion(main: Database) -> AsyncIterator[Desk]:
    """A desk that looks at completion."""
    async with open_desk(main, COMPLETION) as opened:
        yield opened


@pytest.fixture
async def office(main: Database) -> AsyncIterator[Office]:
    """An office whose figures are read by the API."""
    async with open_office(main) as opened:
        yield opened
