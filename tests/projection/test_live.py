"""The switch from the ledger on show to its successor, while facts never stop coming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from ingest import inbox
from models.clock import ManualClock
from models.database import Database
from models.policy import Policy
from service.leadership import Leadership
from service.projection.live import Live
from tests.projection.harness import at, webhook

NOON = at("2026-09-14 12:00")
MOST_TURNS = 100
LONGER_THAN_A_TURN = 1_000


@contextmanager
def leading(database: Database) -> Iterator[Live]:
    """The ledgers of a leader, nothing built yet."""
    leadership = Leadership(database)
    term = leadership.acquire()
    assert term is not None
    live = Live(database, ManualClock(NOON), Policy(timezone="UTC"), term, lambda *_: None)
    try:
        yield live
    finally:
        live.close()
        leadership.close()


def test_a_build_is_shown_though_facts_never_stop_coming(database: Database) -> None:
    """A build of several turns, a fact more before each of them: as far as the ledger on show, it takes over."""
    numbers = count(1)

    def tell(how_many: int) -> None:
        facts = [webhook("Ticket", next(numbers), NOON, {"companyID": 7}) for _ in range(how_many)]
        with database.write() as connection:
            inbox.append(connection, facts)

    def turns_until_built(live: Live) -> int:
        for turn in range(MOST_TURNS):
            tell(1)
            live.turn()
            if live.building is None:
                return turn
        return MOST_TURNS

    tell(LONGER_THAN_A_TURN)
    with leading(database) as live:
        assert 0 < turns_until_built(live) < MOST_TURNS
        live.begin_build()
        assert 0 < turns_until_built(live) < MOST_TURNS
        assert live.shown is not None
        assert 2 == live.shown[1].build
