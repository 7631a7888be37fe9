"""A counter that comes to nothing is gone, from whichever side it came (``models.ledger.Counter``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from models.database import Database
from models.ledger import LEDGER_METADATA
from service.projection.ledger.figures import apply_delta
from tests.projection.harness import Harness, at

KEY = ("reactive_hours_per_endpoint.endpoints", "team", 0, 20261010)
COUNTER = LEDGER_METADATA.tables["counter"]


@pytest.fixture
def harness(new_database: Callable[[], Database]) -> Iterator[Harness]:
    """An empty ledger."""
    made = Harness(new_database(), now=at("2026-10-11 12:00"))
    yield made
    made.close()


def _moved(harness: Harness, *amounts: int) -> list[tuple[object, ...]]:
    for amount in amounts:
        with harness.ledger.write() as connection:
            apply_delta(connection, {KEY: [0, 0, amount, 0]})
    with harness.ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(COUNTER))]


@pytest.mark.parametrize("amounts", [(1, -1), (-1, 1), (2, -3, 1), (-2, 1, 1)])
def test_nothing_is_left(harness: Harness, amounts: tuple[int, ...]) -> None:
    """Up and down, or down and up: an endpoint that went may be taken back."""
    assert [] == _moved(harness, *amounts)


def test_what_is_left_stays(harness: Harness) -> None:
    """Below nothing is something."""
    assert [(*KEY, 0, 0, -1, 0)] == _moved(harness, -2, 1)


def test_the_removal_reads_no_table(harness: Harness) -> None:
    """It finds what came to nothing by an index that is otherwise empty, however many counters there are."""
    if not harness.main.is_sqlite:
        pytest.skip("PostgreSQL's planner reads a small table whole")
    removal = "DELETE FROM counter WHERE numerator = 0 AND denominator = 0 AND sample = 0 AND provisional = 0"
    with harness.ledger.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {removal}").all()
    assert "ix_counter_nothing" in str(plan)
