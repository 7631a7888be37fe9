"""The desk of the examples: an application, an inbox and a ledger on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from models.database import Database
from tests.databases import Server
from tests.kpis.desk import COMPLETION, ENGAGEMENT, TRIAGE, Desk, open_desk

_TURNS = [
    pytest.param(("sqlite_server", TRIAGE), id="sqlite-triage"),
    pytest.param(("sqlite_server", ENGAGEMENT), id="sqlite-engagement"),
    pytest.param(("sqlite_server", COMPLETION), id="sqlite-completion"),
    pytest.param(("postgres_server", TRIAGE), id="postgresql-triage"),
]


@pytest.fixture(params=_TURNS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A desk that looks at each of the three KPIs in turn (the rules are the same), and on each database."""
    name, sla = request.param
    server: Server = request.getfixturevalue(name)
    url = server.create_migrated()
    database = Database(url)
    async with open_desk(database, sla) as opened:
        yield opened
    database.close()
    server.drop(url)


@pytest.fixture
async def triage(new_database: Callable[[], Database]) -> AsyncIterator[Desk]:
    """A desk that looks at triage."""
    async with open_desk(new_database(), TRIAGE) as opened:
        yield opened


@pytest.fixture
async def engagement(new_database: Callable[[], Database]) -> AsyncIterator[Desk]:
    """A desk that looks at technician engagement."""
    async with open_desk(new_database(), ENGAGEMENT) as opened:
        yield opened


@pytest.fixture
async def completion(new_database: Callable[[], Database]) -> AsyncIterator[Desk]:
    """A desk that looks at completion."""
    async with open_desk(new_database(), COMPLETION) as opened:
        yield opened
