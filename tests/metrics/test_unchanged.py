"""What is kept between renderings of the metrics: the text is the same as without it, whatever came in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.database import Database
from models.ledger import Scope
from models.policy import Policy
from service.desk import Pointer
from service.metrics.ledger import render
from service.reading import view_of
from service.scorecards.unchanged import Unchanged
from service.scorecards.windows import Window
from tests.projection import laws
from tests.projection.harness import GENERATION, Harness
from tests.projection.histories import Plan
from tests.projection.tape_plans import tape_plans


@pytest.fixture
def main(new_database: Callable[[], Database]) -> Database:
    """One database per test; every example empties it."""
    return new_database()


def rendered(harness: Harness, policy: Policy, unchanged: Unchanged | None) -> bytes:
    """The metrics of a ledger."""
    with harness.ledger.read() as connection:
        view = view_of(connection, Pointer(GENERATION, 1), policy, 1)
        return render(view, frozen=False, unchanged=unchanged)


def differences(main: Database, plan: Plan, *, tells: bool) -> int:
    """At how many of a plan's moments the text with and without what is kept differ; ``tells``: of what moved."""
    unchanged, different = Unchanged(), 0
    with laws.emptied(main, now=plan.start, policy=plan.policy, batch=plan.batch) as harness:
        for portion, clock in zip(plan.portions, plan.clocks, strict=True):
            harness.store(*portion)
            harness.advance_to(min(clock, plan.now))
            moved = harness.projector.take_moved()
            if tells:
                unchanged.moved(moved)
            different += rendered(harness, plan.policy, unchanged) != rendered(harness, plan.policy, None)
    return different


def test_the_text_is_as_if_nothing_were_kept(main: Database) -> None:
    """Everything any KPI reads, in whatever order, days and months passing in between."""

    def law(plan: Plan) -> None:
        assert 0 == differences(main, plan, tells=True)

    laws.obey(law, tape_plans(), 8 if main.is_sqlite else 3)


def test_the_law_above_can_fail(main: Database) -> None:
    """Where nobody says what moved, the text gets old."""
    found: list[int] = []
    laws.obey(lambda plan: found.append(differences(main, plan, tells=False)), tape_plans(), 4)
    assert any(found)


def test_what_moved_is_forgotten_in_every_window() -> None:
    """And nothing else; under another basis nothing is known."""
    unchanged = Unchanged()
    windows = (Window("today", 20260914, 20260914), Window("mtd", 20260901, 20260914))
    for whole in windows:
        unchanged.figures("policy", whole, Scope.TECH).update({1: (), 2: ()})
        unchanged.figures("policy", whole, Scope.QUEUE).update({1: ()})
    unchanged.moved([(Scope.TECH.value, 1), (Scope.COMPANY.value, 2)])

    for whole in windows:
        assert {2: ()} == unchanged.figures("policy", whole, Scope.TECH)
        assert {1: ()} == unchanged.figures("policy", whole, Scope.QUEUE)
    assert {} == unchanged.figures("another policy", windows[0], Scope.TECH)
