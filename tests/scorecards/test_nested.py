"""Windows read one inside the other give what each would give by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest

from models.database import Database
from models.ledger import Scope
from service.scorecards.nested import NestedSums
from service.scorecards.sums import read_sums
from tests.scorecards.shop import ANN, BOB, Shop, open_shop

LAST = 20260914
FIRST = (20260914, 20260901, 20260816)
MEASURES = ("sla_completion", "real_time_entry", "utilization")


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """Two technicians, on days of each window."""
    with open_shop(database) as opened:
        for day in ("2026-08-20", "2026-09-03", "2026-09-14"):
            opened.tell(opened.decided(f"{day} 09:00"), *opened.worked(day, ANN), *opened.worked(day, BOB))
        yield opened


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_windows_read_in_any_order_are_what_they_are(shop: Shop, order: tuple[int, ...]) -> None:
    """Each with other people in it: some come, some go, and one comes back."""
    people = ((ANN,), (ANN, BOB), (BOB, ANN, 99))
    with shop.harness.ledger.read() as connection:
        nested = NestedSums(connection)
        for number in (*order, *order):
            asked = (MEASURES, Scope.TECH, people[number], FIRST[number], LAST)
            assert read_sums(connection, *asked) == nested.read(*asked)
        assert any(sums.sample > 1 for sums in nested.read(MEASURES, Scope.TECH, (ANN, BOB), FIRST[2], LAST).values())
