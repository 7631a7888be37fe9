"""The tenant of the workbook's tests, and an application that serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from models.database import Database
from tests.api.conftest import serving_figures
from tests.databases import SqliteServer
from tests.scorecards.shop import Shop
from tests.workbook.tenancy import open_tenancy


@pytest.fixture(scope="module")
def on_sqlite(sqlite_server: SqliteServer) -> Iterator[Shop]:
    """The tenant, played once for all tests of a module that only read."""
    url = sqlite_server.create_migrated()
    database = Database(url)
    with open_tenancy(database) as shop:
        yield shop
    database.close()
    sqlite_server.drop(url)


@pytest.fixture
def tenancy(database: Database) -> Iterator[Shop]:
    """The tenant on each kind of database."""
    with open_tenancy(database) as shop:
        yield shop


@pytest.fixture
async def client(tenancy: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application on the tenant's figures."""
    async with serving_figures(tenancy.database, tenancy.harness.clock) as running:
        yield running
