"""The story of the digests, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database import Database
from tests.digest.story import open_story
from tests.scorecards.shop import Shop


@pytest.fixture
def story(database: Database) -> Iterator[Shop]:
    """Three technicians on a Monday morning."""
    with open_story(database) as shop:
        yield shop
