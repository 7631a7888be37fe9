"""What is not there any more: deletes that are told or implied, and absences that prove nothing (design §4)."""

from __future__ import annotations

import pytest

from ingest.observations import gone_fact, read
from models.entities import ENDPOINT, HOLIDAY, RESOURCE, TICKET, TIME_ENTRY, Rank
from models.errors import PermissionMissing
from models.inbox import StoredFact
from models.instants import HOUR, MINUTE, SECOND
from tests.feeds.conftest import NOON, Shop

DAY = 24 * HOUR


def test_a_gone_fact_is_a_delete_at_the_time_of_its_reading() -> None:
    """It reads as a sighting of rank Delete without fields, and says so whenever it is read."""
    fact = gone_fact(TIME_ENTRY, 5, seen_at=NOON, received_at=NOON + SECOND)
    seen = read(StoredFact(1, fact.received_at, fact.origin, fact.body, "k"))

    assert seen is not None
    assert (False, Rank.DELETE, NOON, {}) == (seen.exists, seen.rank, seen.seen_at, seen.fields)


async def test_a_deleted_entry_disappears(shop: Shop) -> None:
    """The log's line nudges its ticket, whose entries are read; the missing one is deleted, its sister stays."""
    shop.tenant.entry(100, 1, hoursWorked=0.5)
    shop.tenant.entry(101, 1)
    await shop.run(15)
    shop.tenant.delete_entry(100)
    await shop.run(35)

    assert (False, True) == (shop.state(TIME_ENTRY, 100).exists, shop.state(TIME_ENTRY, 101).exists)


async def test_an_entry_deleted_in_the_second_it_was_changed_is_gone(shop: Shop) -> None:
    """The delete comes after the last sighting although the reading's lower bound is before it."""
    await shop.run(10)
    shop.tenant.entry(100, 1)
    shop.event("TimeEntry", 100, "Create", ticketID=1, hoursWorked=1)
    shop.event("Ticket", 1, status=8)
    shop.tenant.delete_entry(100)
    await shop.run(35)

    assert False is shop.state(TIME_ENTRY, 100).exists


async def test_a_moved_entry_is_not_deleted(shop: Shop) -> None:
    """Missing on its ticket, it is found by its id on another."""
    shop.tenant.ticket(1)
    shop.tenant.entry(100, 1)
    await shop.run(15)
    shop.tenant.rows["TimeEntries"][100]["ticketID"] = 2
    shop.event("Ticket", 1, status=8)
    await shop.run(5)

    assert (True, 2) == (shop.state(TIME_ENTRY, 100).exists, shop.state(TIME_ENTRY, 100).number("ticketID"))


async def test_an_entry_that_cannot_be_seen_is_not_deleted(shop: Shop) -> None:
    """Without a line in the log of deletions an absence is a permission that is missing."""
    shop.tenant.entry(100, 1)
    shop.tenant.entry(101, 1)
    await shop.run(15)
    shop.tenant.hidden = lambda collection, row: collection == "TimeEntries" and row["id"] == 100
    shop.event("Ticket", 1, status=8)
    await shop.run(40)

    assert True is shop.state(TIME_ENTRY, 100).exists


async def test_a_line_of_the_log_speaks_of_one_entry(shop: Shop) -> None:
    """Two entries are missing, one line fits: the one it fits is deleted."""
    shop.tenant.entry(100, 1, hoursWorked=0.25)
    shop.tenant.entry(101, 1, hoursWorked=0.75)
    await shop.run(15)
    shop.tenant.delete_entry(101)
    shop.tenant.hidden = lambda collection, _: collection == "TimeEntries"
    await shop.run(40)

    assert (True, False) == (shop.state(TIME_ENTRY, 100).exists, shop.state(TIME_ENTRY, 101).exists)


@pytest.mark.parametrize(("hidden", "exists"), [(0, False), (30, True)])
async def test_where_the_log_cannot_be_read_a_sample_decides(shop: Shop, hidden: int, exists: bool) -> None:
    """An entry absent while the others are there was deleted; absent with a third of the others it is a permission."""
    for number in range(100):
        shop.tenant.entry(1_000 + number, 1 + number % 5)
    await shop.run(15)
    shop.tenant.failing["DeletedTicketActivityLogs"] = PermissionMissing("no")
    shop.tenant.delete_entry(1_050, line=False)
    shop.tenant.hidden = lambda collection, row: collection == "TimeEntries" and row["id"] < 1_000 + hidden
    shop.event("Ticket", 1, status=8)
    await shop.run(5)

    assert exists is shop.state(TIME_ENTRY, 1_050).exists
    assert True is shop.state(TIME_ENTRY, 1_000).exists


async def test_an_entry_of_a_task_disappears(shop: Shop) -> None:
    """The log of tasks' deletions does for tasks what the other does for tickets."""
    shop.tenant.put("Tasks", 3, projectID=4)
    shop.tenant.entry(100, 0, ticketID=None, taskID=3)
    await shop.run(15)
    row = shop.tenant.rows["TimeEntries"].pop(100)
    said = {"taskID": 3, "hoursWorked": row["hoursWorked"], "deletedDateTime": shop.tenant.text}
    shop.tenant.put("DeletedTaskActivityLogs", 1, **said)
    await shop.run(65, step=5)

    assert False is shop.state(TIME_ENTRY, 100).exists


async def test_the_log_of_deleted_tickets_deletes_known_tickets(shop: Shop) -> None:
    """At the time the log says; of a ticket nobody knows there is nothing to say."""
    shop.tenant.ticket(1)
    await shop.run(15)
    shop.tenant.rows["Tickets"].clear()
    deleted_at = shop.tenant.now
    for line, ticket in ((1, 1), (2, 99)):
        shop.tenant.put("DeletedTicketLogs", line, ticketID=ticket, deletedDateTime=shop.tenant.text)
    await shop.run(65, step=5)

    (gone,) = [one for one in shop.seen(TICKET) if not one.exists]
    assert (1, deleted_at) == (gone.entity_id, gone.seen_at)


async def test_what_is_missing_from_two_sweeps_is_deleted(shop: Shop) -> None:
    """One of ten holidays: the first sweep without it waits, the second deletes."""
    for number in range(10):
        shop.tenant.put("Holidays", number, holidayDate="2026-12-25", holidaySetID=1)
    await shop.run(2)
    del shop.tenant.rows["Holidays"][3]
    shop.clock.advance(6 * HOUR)
    await shop.run(2)
    after_one = shop.state(HOLIDAY, 3).exists
    shop.clock.advance(6 * HOUR)
    await shop.run(2)

    assert (True, False) == (after_one, shop.state(HOLIDAY, 3).exists)
    assert True is shop.state(HOLIDAY, 4).exists


async def test_the_brake_refuses_a_mass_delete(shop: Shop) -> None:
    """Three of ten missing at once: nothing is deleted, however often, and the feed says why."""
    for number in range(10):
        shop.tenant.put("Holidays", number, holidayDate="2026-12-25", holidaySetID=1)
    await shop.run(2)
    shop.tenant.hidden = lambda collection, row: collection == "Holidays" and row["id"] < 3
    for _ in range(3):
        shop.clock.advance(6 * HOUR)
        await shop.run(2)

    assert [True] * 3 == [shop.state(HOLIDAY, number).exists for number in range(3)]
    assert "mass_delete" == shop.standing("Holidays").reason


async def test_a_sweep_that_may_not_see_all_deletes_nothing(shop: Shop) -> None:
    """Where Autotask says that the user's queries are restricted, absence proves nothing."""
    for number in range(10):
        shop.tenant.put("Holidays", number, holidayDate="2026-12-25", holidaySetID=1)
    await shop.run(2)
    shop.tenant.access = "Restricted"
    shop.tenant.hidden = lambda collection, row: collection == "Holidays" and row["id"] == 3
    for _ in range(3):
        shop.clock.advance(6 * HOUR)
        await shop.run(2)

    assert True is shop.state(HOLIDAY, 3).exists


async def test_deactivated_and_reactivated_ends_active(shop: Shop) -> None:
    """An entity without change time: the third sighting equals the first, and counts for itself."""
    for active in (True, False, True):
        shop.tenant.put("Resources", 11, isActive=active)
        await shop.run(2)
        shop.clock.advance(15 * MINUTE)

    assert [True, False, True] == [one.fields["isActive"] for one in shop.seen(RESOURCE, 11)]
    assert True is shop.state(RESOURCE, 11).tracked("isActive")


async def test_reactivated_after_an_event_said_otherwise_ends_active(shop: Shop) -> None:
    """After an event the next sighting is stored, although it equals the row before the event."""
    shop.tenant.put("ConfigurationItems", 5, isActive=True, companyID=7, lastModifiedTime=None)
    await shop.run(2)
    shop.event("InstalledProduct", 5, isActive=False)
    shop.clock.advance(DAY)
    await shop.run(2)

    assert True is shop.state(ENDPOINT, 5).tracked("isActive")


async def test_a_permission_withdrawn_and_given_back_changes_nothing(shop: Shop) -> None:
    """While rows vanish nothing is deleted; what changed in the meantime is read when they are back."""
    for number in range(1, 11):
        shop.tenant.ticket(number, status=1)
        shop.tenant.entry(100 + number, number)
        shop.tenant.put("Resources", number, isActive=True)
        shop.tenant.put("ConfigurationItems", number, isActive=True, lastModifiedTime=shop.tenant.text)
    await shop.run(15)
    shop.tenant.hidden = lambda collection, _: not collection.startswith("Deleted")
    await shop.run(30)
    failing = {name: shop.standing(name).reason for name in ("Tickets", "TimeEntries")}
    shop.tenant.ticket(3, status=5)
    shop.tenant.entry(104, 4, hoursWorked=2.0)
    shop.event("Ticket", 4, status=8)
    await shop.run(30 * 60, step=45)
    shop.tenant.hidden = lambda *_: False
    await shop.run(10 * 60, step=45)

    assert {"Tickets": "rows_vanished", "TimeEntries": "rows_vanished"} == failing
    assert [] == [one for one in map(_read_exists, shop.stored()) if one is False]
    assert 5 == shop.state(TICKET, 3).tracked("status")
    assert 2_000_000 == shop.state(TIME_ENTRY, 104).tracked("hoursWorked")
    assert (None, []) == (shop.standing("Tickets").reason, shop.gaps())


def _read_exists(stored: StoredFact) -> bool | None:
    seen = read(stored)
    return None if seen is None else seen.exists
