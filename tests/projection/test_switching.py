"""The pointer moves to a new ledger while events keep coming (design §5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest import inbox
from models.clock import ManualClock
from models.database import Database
from models.instants import isoformat
from models.policy import Policy
from service.leadership import Leadership
from service.projection.live import Live
from tests.projection.harness import at, webhook

NOW = at("2026-09-14 12:00")
TURNS = 60


@pytest.fixture
def leadership(database: Database) -> Iterator[Leadership]:
    """The lead of a database with nothing in it."""
    made = Leadership(database)
    yield made
    made.close()


def _store_one(database: Database, number: int) -> None:
    fields = {"companyID": 7, "createDate": isoformat(NOW), "queueID": 29}
    with database.write() as connection:
        inbox.append(connection, [webhook("Ticket", number, NOW, fields, action="Create")])


def test_a_switch_does_not_wait_for_silence(database: Database, leadership: Leadership) -> None:
    """With a new fact before every turn a changed meaning is shown all the same."""
    term = leadership.acquire()
    assert term is not None
    live = Live(database, ManualClock(NOW), Policy(timezone="UTC"), term, lambda *_: None)
    try:
        for number in range(TURNS):
            _store_one(database, number)
            live.turn()
        assert live.shown is not None
        before = live.shown[1]
        live.adopt(Policy(timezone="UTC", excluded_queues=(29,)))
        for number in range(TURNS, 2 * TURNS):
            _store_one(database, number)
            live.turn()
        assert live.shown[1].generation != before.generation
        assert live.building is None
    finally:
        live.close()
