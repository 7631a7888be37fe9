"""A site per test, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from models.database import Database
from models.policy import Policy
from service.api import parked, scorecard
from service.app import create_app
from tests.door import serving, settings_for
from tests.hostile.site import NOW, Site
from tests.scorecards.shop import Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A ledger that is shown, with nothing in it."""
    with open_shop(database, now=NOW, policy=Policy(timezone="UTC")) as opened:
        yield opened


@pytest.fixture
async def site(shop: Shop) -> AsyncIterator[Site]:
    """The running application before it."""
    app = create_app(
        settings_for("sqlite:///unused.db"),
        database=shop.database,
        clock=shop.harness.clock,
        routers=(scorecard.router, parked.router),
    )
    async with serving(app) as client:
        yield Site(shop, client)
