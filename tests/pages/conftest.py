"""A shop's figures and the application that shows them, for the pages behind the wall."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from models.database import Database
from tests.api.conftest import serving_figures
from tests.pages.chromium import ARGUMENTS, CHROMIUM, MISSING, WALL
from tests.scorecards.shop import Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


@pytest.fixture
async def site(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on the shop's figures."""
    async with serving_figures(shop.database, shop.harness.clock) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium; without it a laptop skips, CI fails."""
    if shutil.which(CHROMIUM) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser session the size of the wall."""
    made = browser.new_context(viewport=WALL)
    yield made
    made.close()
