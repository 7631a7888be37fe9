"""Feeds that ask by change time: what changed becomes facts, once, whatever is interrupted or late."""

from __future__ import annotations

import pytest

from ingest.feeds import store
from models.entities import COMPANY, ENDPOINT, PROJECT, RESOURCE, SLA_RESULT, TASK, TICKET, TIME_ENTRY
from models.errors import Unreachable
from models.instants import HOUR, MINUTE, SECOND
from tests.feeds.conftest import NOON, Shop


def _reached(shop: Shop, name: str) -> int | None:
    with shop.main.read() as connection:
        return store.standing(connection, name).reached


async def test_a_changed_ticket_is_read_within_ten_seconds(shop: Shop) -> None:
    """A ticket, and its change, each become one observation with the change cursor."""
    await shop.run(1)
    shop.tenant.ticket(1, status=1)
    await shop.run(11)
    shop.tenant.ticket(1, status=5)
    await shop.run(11)

    seen = shop.seen(TICKET, 1)
    assert [1, 5] == [one.fields["status"] for one in seen]
    assert [NOON + SECOND, NOON + 12 * SECOND] == [one.changed_at for one in seen]


async def test_what_is_seen_again_is_not_stored_again(shop: Shop) -> None:
    """The overlap reads a row many times; of equal content one is kept."""
    shop.tenant.ticket(1, status=1)
    await shop.run(60, step=5)

    assert 1 == len(shop.seen(TICKET, 1))


async def test_the_first_poll_takes_one_day(shop: Shop) -> None:
    """A feed without a past takes the changes of the last 24 hours of Autotask's clock; the rest is the backfill's."""
    shop.tenant.ahead = 3 * HOUR
    shop.clock.set(NOON - 25 * HOUR)
    shop.tenant.ticket(1)
    shop.clock.set(NOON - 23 * HOUR)
    shop.tenant.ticket(2)
    shop.clock.set(NOON)
    await shop.run(1)

    assert {2} == {one.entity_id for one in shop.seen(TICKET)}


async def test_companies_and_endpoints_are_all_read_at_first(shop: Shop) -> None:
    """What hardly ever changes is taken whole by the first poll."""
    shop.tenant.put("Companies", 0, companyName="own", lastActivityDate="2019-01-01T00:00:00Z")
    shop.tenant.put("ConfigurationItems", 5, companyID=0, isActive=True, lastModifiedTime=None)
    await shop.run(1)

    assert [0, 5] == [shop.seen(COMPANY)[0].entity_id, shop.seen(ENDPOINT)[0].entity_id]


async def test_the_cursor_is_autotasks_clock(shop: Shop) -> None:
    """Whatever our clock says, the point reached is the response's ``Date``."""
    shop.tenant.ahead = -2 * HOUR
    await shop.run(1)

    assert NOON + SECOND - 2 * HOUR == _reached(shop, "Tickets")  # the first second is the watcher's


async def test_a_change_time_in_the_far_future_does_not_blind_the_feed(shop: Shop) -> None:
    """A row stamped a year ahead is stored, and the cursor stays with Autotask's clock."""
    shop.tenant.put("Tickets", 1, lastActivityDate="2026-03-03T13:00:00Z", companyID=7)
    await shop.run(1)
    shop.tenant.ticket(2)
    await shop.run(11)

    assert {1, 2} == {one.entity_id for one in shop.seen(TICKET)}


async def test_a_row_that_becomes_visible_late_is_found(shop: Shop) -> None:
    """A row stamped nine minutes before it can be seen is inside the next wide look."""
    await shop.run(60, step=10)
    stamped = shop.tenant.text
    await shop.run(9 * 60, step=10)
    shop.tenant.put("Tickets", 1, lastActivityDate=stamped, companyID=7)
    await shop.run(5 * 60, step=10)

    assert {1} == {one.entity_id for one in shop.seen(TICKET)}


async def test_an_interrupted_read_goes_on_where_it_was(shop: Shop) -> None:
    """Pages stored are not asked for again, and the cursor moves only at the end of the read."""
    await shop.run(1)
    before = _reached(shop, "Tickets")
    for number in range(1, 1_201):
        shop.tenant.ticket(number, status=1)

    def break_after_second(_: str) -> None:
        if shop.tenant.asked[-2:] == [("Tickets", "gte lastActivityDate")] * 2:
            shop.tenant.failing["Tickets"] = Unreachable("gone")

    shop.tenant.on_query = break_after_second
    await shop.run(11)
    assert before == _reached(shop, "Tickets")
    first = len(shop.seen(TICKET))
    shop.tenant.on_query = lambda _: None
    shop.tenant.failing.clear()
    shop.tenant.asked.clear()
    shop.start()
    await shop.run(1)

    assert 2 == shop.tenant.asked.count(("Tickets", "gte lastActivityDate"))
    assert (500, 1_200) == (first, len(shop.seen(TICKET)))
    assert NOON < (_reached(shop, "Tickets") or 0) <= NOON + 12 * SECOND


async def test_a_row_changed_between_two_pages_is_not_lost(shop: Shop) -> None:
    """What changes behind a long read has a later change time than the point it reaches."""
    await shop.run(1)
    for number in range(1, 901):
        shop.tenant.ticket(number, status=1)

    def change_behind(collection: str) -> None:
        if collection == "Tickets":
            shop.clock.advance(15 * MINUTE)
            shop.tenant.ticket(1, status=5)
            shop.tenant.on_query = lambda _: None

    shop.tenant.on_query = change_behind
    await shop.run(30)

    assert 5 == shop.state(TICKET, 1).tracked("status")


async def test_a_failing_feed_says_why_and_others_go_on(shop: Shop) -> None:
    """One feed without permission does not hold up another; its reason is kept until it works again."""
    shop.tenant.failing["TimeEntries"] = Unreachable("502")
    shop.tenant.ticket(1)
    await shop.run(20)
    with shop.main.read() as connection:
        failing = store.standing(connection, "TimeEntries")
    shop.tenant.failing.clear()
    await shop.run(40)
    with shop.main.read() as connection:
        well = store.standing(connection, "TimeEntries")

    assert ("unreachable", None) == (failing.reason, well.reason)
    assert 1 == len(shop.seen(TICKET, 1))


async def test_entities_seen_only_by_id_are_fetched(shop: Shop) -> None:
    """An entry leads to its ticket, task, project and technician, and those to their company."""
    shop.tenant.put("Tickets", 1, companyID=7, lastActivityDate="2020-01-01T00:00:00Z", status=5)
    shop.tenant.put("Companies", 7, companyName="c")
    shop.tenant.put("Tasks", 3, projectID=4)
    shop.tenant.put("Projects", 4, companyID=7)
    await shop.run(1)
    shop.tenant.put("Companies", 8, companyName="new")
    shop.tenant.rows["Projects"][4]["companyID"] = 8
    shop.tenant.put("Resources", 12, isActive=True)
    shop.tenant.entry(100, 1, resourceID=12)
    shop.tenant.entry(101, 1, ticketID=None, taskID=3, resourceID=12)
    await shop.run(15)

    fetched = {kind: {one.entity_id for one in shop.seen(kind)} for kind in (TICKET, TASK, PROJECT, COMPANY, RESOURCE)}
    assert {TICKET: {1}, TASK: {3}, PROJECT: {4}, COMPANY: {7, 8}, RESOURCE: {12}} == fetched


async def test_an_id_that_nobody_knows_is_not_asked_for_again_and_again(shop: Shop) -> None:
    """A deleted company is looked for once."""
    shop.tenant.ticket(1, companyID=77)
    await shop.run(60, step=5)

    assert 1 == shop.tenant.asked.count(("Companies", "in id"))


@pytest.mark.parametrize("origin", ["feed", "webhook"])
async def test_a_ticket_fact_makes_its_sla_result_be_read(shop: Shop, origin: str) -> None:
    """Whichever way the fact came in; an equal result is stored again, for its ticket moved."""
    shop.tenant.put("ServiceLevelAgreementResults", 9, ticketID=1, isResolutionMet=True)
    await shop.run(1)
    for status in (1, 8):
        if origin == "feed":
            shop.tenant.ticket(1, status=status)
        else:
            shop.event("Ticket", 1, status=status)
        await shop.run(13)

    assert 2 == len(shop.seen(SLA_RESULT, 9))


async def test_sla_results_are_asked_for_in_lists(shop: Shop) -> None:
    """Nine hundred changed tickets take three requests."""
    for number in range(1, 901):
        shop.tenant.ticket(number)
        shop.tenant.put("ServiceLevelAgreementResults", number, ticketID=number, isResolutionMet=True)
    await shop.run(20)

    assert 900 == len(shop.seen(SLA_RESULT))
    assert 3 == shop.tenant.asked.count(("ServiceLevelAgreementResults", "in ticketID"))


async def test_entries_of_the_feed_have_the_later_of_cursor_and_reading(shop: Shop) -> None:
    """A fresh row was seen no earlier than it says it changed."""
    await shop.run(5)
    shop.tenant.entry(100, 1)
    changed = shop.tenant.now
    await shop.run(10)

    (seen,) = shop.seen(TIME_ENTRY, 100)
    assert (changed, True) == (seen.changed_at, seen.seen_at >= changed)
