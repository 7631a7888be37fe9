"""The switch from the ledger on show to its successor, while facts never stop coming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import inspect

from ingest import inbox
from models.clock import ManualClock
from models.database import Database
from models.ledger import LEDGER_METADATA
from models.policy import Policy
from service.leadership import Leadership
from service.projection.ledgers import add_indexes, create_ledger
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


def indexes(ledger: Database) -> set[tuple[str, str]]:
    """The indexes that a ledger has, with their tables."""
    looker = inspect(ledger.engine)
    return {(name, str(one["name"])) for name in LEDGER_METADATA.tables for one in looker.get_indexes(name)}


def test_a_build_adds_its_indexes_when_it_is_done(database: Database) -> None:
    """None of those by which figures are found while it stores, every one of them on show."""
    declared = {(name, str(one.name)) for name, table in LEDGER_METADATA.tables.items() for one in table.indexes}
    with database.write() as connection:
        inbox.append(connection, [webhook("Ticket", 1, NOON, {"companyID": 7})])
    with leading(database) as live:
        assert live.building is not None
        under_way = create_ledger(database, "under_way", 1, indexed=False)
        assert {(name, one) for name, one in declared if name != "contribution"} == indexes(under_way)
        for _ in range(2):  # a second time adds nothing
            add_indexes(under_way)
        assert declared == indexes(under_way)
        under_way.close()

        for _ in range(MOST_TURNS):
            if live.building is not None:
                live.turn()
        assert live.shown is not None
        assert declared == indexes(live.shown[0])
