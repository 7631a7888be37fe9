"""A shop's figures and the application that shows them, for plans about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from models.database import Database
from tests.api.conftest import serving_figures
from tests.scorecards.shop import Shop, open_shop


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
