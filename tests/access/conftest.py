"""A site with figures, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from models.database import Database
from tests.access.site import Site


@pytest.fixture
def new_site(database: Database) -> Iterator[Callable[..., Site]]:
    """Makes the site with other settings; it is put away after the test."""
    made: list[Site] = []

    def make(**overrides: Any) -> Site:
        site = Site(database, **overrides)
        made.append(site)
        return site

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """A site that shows figures."""
    made = new_site()
    made.show_figures()
    return made


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the site."""
    async with site.serving() as running:
        yield running
