"""A running application on a shop's figures, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from models.clock import Clock
from models.database import Database
from models.settings import Settings
from service.app import create_app
from service.serve import ROUTERS
from tests.door import serving, settings_for
from tests.scorecards.shop import Shop, open_shop


@asynccontextmanager
async def serving_figures(
    database: Database, clock: Clock, settings: Settings | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with every router there is; open to this machine unless settings are given."""
    app = create_app(
        settings or settings_for("sqlite:///unused.db"),
        database=database,
        clock=clock,
        routers=ROUTERS,
    )
    async with serving(app) as client:
        yield client


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application on the shop's figures."""
    async with serving_figures(shop.database, shop.harness.clock) as running:
        yield running
