"""The laws of the projection on drawn histories, the same class on SQLite and PostgreSQL (design I2-I5, I9)."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from models.database import Database
from models.instants import MINUTE
from tests.projection import laws
from tests.projection.histories import LATEST, START, Plan, histories, plans
from tests.projection.tape_plans import recorded, seeds, tape_plans

EXAMPLES = {"order": (30, 6), "rebuild": (10, 3), "prefixes": (3, 1), "commits": (10, 3), "next_change": (15, 3)}
TAPES = {"order": (6, 2), "rebuild": (4, 1), "prefixes": (1, 1), "commits": (3, 1), "next_change": (4, 1)}
"""How many histories each law is tried on: SQLite, PostgreSQL. ``LAW_TIMES=20`` in the environment: that many
times more, for a long run."""


@pytest.fixture
def main(new_database: Callable[[], Database]) -> Database:
    """One database per test; every example empties it."""
    return new_database()


def _examples(law: str, main: Database, of: dict[str, tuple[int, int]] = EXAMPLES) -> int:
    return of[law][0 if main.is_sqlite else 1] * int(os.environ.get("LAW_TIMES", "1"))


class TestLaws:
    """For every history of >= 30 observations over three tickets that share technicians."""

    def test_order_repetition_and_batches_do_not_matter(self, main: Database) -> None:
        """Any permutation with repetitions, any batch split, any clock on the way: byte-equal ledgers."""
        laws.obey(lambda plan: laws.law_of_order(main, plan), plans(), _examples("order", main))

    def test_a_rebuild_gives_the_same_ledger(self, main: Database) -> None:
        """Per subject or step by step: the same rows in state, edge, contribution, counter, deadline."""
        laws.obey(lambda plan: laws.law_of_rebuild(main, plan), plans(), _examples("rebuild", main))

    def test_verify_agrees_at_every_prefix(self, main: Database) -> None:
        """After every single fact the ledger is what the facts so far make."""
        laws.obey(lambda plan: laws.law_of_prefixes(main, plan), plans(), _examples("prefixes", main))

    def test_every_commit_keeps_the_books(self, main: Database) -> None:
        """Counters are sums at every commit; as_of is monotonic and waits for the reached deadlines."""
        laws.obey(lambda plan: laws.law_of_commits(main, plan), plans(), _examples("commits", main))

    def test_nothing_changes_before_next_change_at(self, main: Database) -> None:
        """The law of ``next_change_at`` and ``next_heard_at``."""
        laws.obey(lambda facts: laws.law_of_next_change(main, facts), histories(), _examples("next_change", main))


class TestLawsOnTapes:
    """The same laws for everything any KPI reads: people's days, endpoints, surveys, gaps, imports, contests."""

    def test_order_repetition_and_batches_do_not_matter(self, main: Database) -> None:
        """Any permutation with repetitions, any batch split, any clock on the way: byte-equal ledgers."""
        laws.obey(lambda plan: laws.law_of_order(main, plan), tape_plans(), _examples("order", main, TAPES))

    def test_a_rebuild_gives_the_same_ledger(self, main: Database) -> None:
        """Per subject or step by step: the same rows in every derived table."""
        laws.obey(lambda plan: laws.law_of_rebuild(main, plan), tape_plans(), _examples("rebuild", main, TAPES))

    def test_verify_agrees_at_every_prefix(self, main: Database) -> None:
        """After every single fact the ledger is what the facts so far make."""
        laws.obey(lambda plan: laws.law_of_prefixes(main, plan), tape_plans(), _examples("prefixes", main, TAPES))

    def test_every_commit_keeps_the_books(self, main: Database) -> None:
        """Counters are sums at every commit, a day's endpoints included; as_of is monotonic."""
        laws.obey(lambda plan: laws.law_of_commits(main, plan), tape_plans(), _examples("commits", main, TAPES))

    def test_nothing_changes_before_next_change_at(self, main: Database) -> None:
        """The law of ``next_change_at``, looked at about the instants at which a rule may end something."""

        def law(seed: int) -> None:
            told = recorded(seed)
            laws.law_of_next_change(main, told.facts, policy=told.policy, moments=told.bounds(25))

        laws.obey(law, seeds(), _examples("next_change", main, TAPES))


class TestTheHistories:
    """The laws are worth what the histories hold."""

    def test_what_they_hold(self, main: Database) -> None:
        """Histories make decisions, breaches, completions, exclusions and deadlines, in number and in kind."""
        rules: set[str] = set()
        reasons: set[str] = set()
        clocks: set[str] = set()
        sizes: set[int] = set()

        def look(plan: Plan) -> None:
            sizes.add(len(plan.facts))
            with laws.emptied(main) as harness:
                harness.tell(*plan.facts)
                for now in (START, START + 45 * MINUTE, LATEST):
                    harness.advance_to(now)
                    dump = harness.dump(("contribution", "deadline"))
                    rules.update(row[14] for row in dump["contribution"])
                    reasons.update(row[13] for row in dump["contribution"])
                    clocks.update(row[2] for row in dump["deadline"])

        laws.obey(look, plans(), 8)
        assert min(sizes) >= 30
        assert {"1", "3", "4", "5", "7", "exclusion"} <= rules
        assert {"no_sla", "pending", "open_breach", "closed_without_event"} <= reasons
        assert "now" in clocks
