"""Which tickets need their history: those the ledger leaves out for it, until they have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.own import HistoryLine, history_fact
from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, isoformat
from service.histories import unknown_histories, wanted_histories
from tests.projection.harness import at, row
from tests.scorecards.shop import Shop, open_shop

CREATED = at("2026-09-10 08:00")


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def completed(number: int, days: int) -> Fact:
    """A ticket first met long after it was created, and complete by then."""
    done = CREATED + days * 24 * HOUR
    fields = {
        "createDate": isoformat(CREATED),
        "companyID": 5,
        "ticketType": 2,
        "status": 5,
        "completedDate": isoformat(done),
        "assignedResourceID": 7,
    }
    return row("Ticket", number, done + 2 * HOUR, fields, done)


def wanted(shop: Shop) -> list[int]:
    """What the ledger wants."""
    with shop.view() as view:
        return unknown_histories(view.connection)


def test_the_newest_first_until_imported(shop: Shop) -> None:
    """Tickets met late are wanted by the day of their completion; an understood history ends it."""
    shop.tell(completed(1, 1), completed(2, 2), completed(3, 2))
    assert [3, 2, 1] == wanted(shop)
    line = HistoryLine(CREATED + HOUR, "status", 1, 5)
    shop.tell(history_fact(3, shop.now, [line], understood=True, received_at=shop.now))
    shop.tell(history_fact(2, shop.now, [], understood=False, received_at=shop.now, unknown=["?"], words=1))
    assert [2, 1] == wanted(shop)


def test_without_a_ledger_nothing_is_wanted(database: Database) -> None:
    """Before the first build there is nobody to ask."""
    assert [] == wanted_histories(database)
