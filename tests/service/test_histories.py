"""Which tickets need their history: those the ledger leaves out for it, until they have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.own import HistoryLine, gap_fact, history_fact, lost_event_fact
from models.clock import ManualClock
from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, Instant, isoformat
from service.histories import WantedHistories, unknown_histories
from service.unseen import CATCHES_UP
from tests.projection.harness import at, row
from tests.scorecards.shop import Shop, open_shop

CREATED = at("2026-09-10 08:00")
NOW = at("2026-09-14 12:00")


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


def test_what_happened_unseen_until_imported(shop: Shop) -> None:
    """A ticket that changed in a gap is wanted, and one that lost an event; not one that changed after the gap. Who has
    asked before is told the same as who asks for the first time, at every moment."""
    asked = WantedHistories(shop.database, ManualClock(NOW))

    def wanted() -> list[int]:
        found = asked()
        assert WantedHistories(shop.database, ManualClock(NOW))() == found
        return found

    end = NOW - HOUR
    shop.tell(gap_fact(1, end - HOUR, None, at=end - HOUR, received_at=end - HOUR))
    shop.tell(changed(1, end - HOUR // 2, end - HOUR // 4))
    assert [] == wanted()  # nobody knows yet how long the gap is
    shop.tell(gap_fact(1, end - HOUR, end, at=end, received_at=end))
    assert [1] == wanted()
    shop.tell(changed(2, end + HOUR // 2, end + HOUR // 2), lost_event_fact(9, 3, end, received_at=end))
    assert [3, 1] == wanted()
    shop.tell(changed(4, end - HOUR // 2, end + HOUR // 2), changed(5, end - HOUR // 2, end + CATCHES_UP + 1))
    assert [4, 3, 1] == wanted()
    shop.tell(*(history_fact(one, NOW, [], understood=True, received_at=NOW) for one in (1, 3, 4)))
    assert [] == wanted()


def changed(number: int, when: Instant, read_at: Instant) -> Fact:
    """A ticket's row that changed at a time and was read at another."""
    fields = {"createDate": isoformat(CREATED), "companyID": 5, "ticketType": 2, "status": 8}
    return row("Ticket", number, read_at, fields, when)


def test_without_a_ledger_nothing_is_wanted(database: Database) -> None:
    """Before the first build there is nobody to ask."""
    assert [] == WantedHistories(database, ManualClock(NOW))()
