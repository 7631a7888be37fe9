"""A site for each test of reconciliation."""

from __future__ import annotations

import pytest

from models.database import Database
from tests.reconcile.site import Site


@pytest.fixture
def site(database: Database) -> Site:
    """Nothing is stored, and Autotask has nothing."""
    return Site(database)
