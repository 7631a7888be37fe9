"""The sums behind every figure: what was asked for, from the counters, and nothing beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database import Database
from models.entities import MILLION
from models.ledger import NOBODY, Scope
from service.kpis.companions import Sums
from service.scorecards.sums import ids_on_days, known_ids, read_sums
from tests.scorecards.shop import ANN, BOB, Shop, open_shop

COMPLETION, ENGAGEMENT = "sla_completion", "sla_engagement"


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """Ann met one and missed one on two days; Bob engaged once; nobody is charged with one."""
    with open_shop(database) as opened:
        opened.tell(
            opened.decided("2026-09-10 10:00", who=ANN, queue=1),
            opened.decided("2026-09-12 10:00", who=ANN, queue=2, met=False),
            opened.decided("2026-09-12 11:00", who=BOB, queue=2, kpi=ENGAGEMENT),
            opened.overdue("2026-09-12 12:00", who=NOBODY, queue=NOBODY),
        )
        yield opened


def test_sums_of_several_measures_and_people_come_together(shop: Shop) -> None:
    """One call gives numerator, denominator, sample and provisional by measure and technician."""
    with shop.view() as view:
        found = read_sums(view.connection, (COMPLETION, ENGAGEMENT), Scope.TECH, (ANN, BOB, 999), 20260901, 20260930)

    assert found == {
        (COMPLETION, ANN): Sums(MILLION, 2 * MILLION, 2, 0),
        (ENGAGEMENT, BOB): Sums(MILLION, MILLION, 1, 0),
    }


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (20260910, 20260910, Sums(MILLION, MILLION, 1, 0)),
        (20260911, 20260912, Sums(0, 2 * MILLION, 2, 1)),
        (20260910, 20260912, Sums(MILLION, 3 * MILLION, 3, 1)),
    ],
)
def test_both_ends_of_the_days_are_included(shop: Shop, first: int, last: int, expected: Sums) -> None:
    """A range holds its first and its last day and no other."""
    with shop.view() as view:
        found = read_sums(view.connection, (COMPLETION,), Scope.TEAM, (0,), first, last)

    assert found == {(COMPLETION, 0): expected}


def test_nothing_asked_for_is_nothing_found(shop: Shop) -> None:
    """No ids and no measures are empty answers, not errors."""
    with shop.view() as view:
        assert read_sums(view.connection, (COMPLETION,), Scope.TECH, (), 20260901, 20260930) == {}
        assert read_sums(view.connection, (), Scope.TEAM, (0,), 20260901, 20260930) == {}


def test_more_ids_than_one_statement_takes(shop: Shop) -> None:
    """Any number of ids is read in pieces."""
    with shop.view() as view:
        found = read_sums(view.connection, (COMPLETION,), Scope.TECH, range(2_000), 20260901, 20260930)

    assert found == {(COMPLETION, ANN): Sums(MILLION, 2 * MILLION, 2, 0)}


def test_ids_are_known_by_measure_and_scope(shop: Shop) -> None:
    """Nobody and no queue are ids like others; each is told once."""
    with shop.view() as view:
        assert known_ids(view.connection, (COMPLETION,), Scope.TECH) == [NOBODY, ANN]
        assert known_ids(view.connection, (COMPLETION, ENGAGEMENT), Scope.TECH) == [NOBODY, ANN, BOB]
        assert known_ids(view.connection, (COMPLETION, ENGAGEMENT), Scope.QUEUE) == [NOBODY, 1, 2]
        assert known_ids(view.connection, ("no_such_measure",), Scope.TECH) == []


def test_ids_on_days_need_a_sample_there(shop: Shop) -> None:
    """Whoever has a sample only on other days is left out."""
    with shop.view() as view:
        assert ids_on_days(view.connection, COMPLETION, Scope.QUEUE, 20260911, 20260930) == [NOBODY, 2]
        assert ids_on_days(view.connection, COMPLETION, Scope.QUEUE, 20260901, 20260911) == [1]
        assert ids_on_days(view.connection, COMPLETION, Scope.QUEUE, 20260901, 20260909) == []
