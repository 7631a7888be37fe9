"""The budget's journal in the main database: what was set aside is counted after a restart."""

from __future__ import annotations

from ingest.autotask.journal import KeptJournal
from ingest.autotask.limits import BLOCKS_PER_HOUR, WINDOW, Budget, Spent
from models.clock import ManualClock
from models.database import Database
from models.instants import HOUR, SECOND, parse_instant

NOON = parse_instant("2026-03-03T12:00:00Z")


def test_a_restart_gives_nothing_back(database: Database) -> None:
    """However often the process begins anew, the share of an hour is not exceeded."""
    clock = ManualClock(NOON)
    sent = 0
    for _ in range(60):
        budget = Budget(BLOCKS_PER_HOUR * 2, clock, KeptJournal(database))
        for _ in range(3):
            sent += budget.take() == 0
        clock.advance(30 * SECOND)

    assert True is (BLOCKS_PER_HOUR <= sent <= BLOCKS_PER_HOUR * 2)
    clock.advance(2 * HOUR)
    assert 0 == Budget(BLOCKS_PER_HOUR * 2, clock, KeptJournal(database)).take()


def test_what_is_long_ago_is_forgotten(database: Database) -> None:
    """The table holds no more than the window does."""
    journal = KeptJournal(database)
    journal.note(Spent(NOON, 5))
    journal.note(Spent(NOON + 2 * WINDOW, 7))

    assert [Spent(NOON + 2 * WINDOW, 7)] == list(journal.load(0))
