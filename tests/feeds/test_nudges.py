"""Nudges: what an event or a callout makes the feeds read at once, together, and again if it is asked again."""

from __future__ import annotations

from ingest.feeds import store
from models.entities import SLA_RESULT, TICKET, TIME_ENTRY
from models.errors import Unreachable
from models.feeds import NudgeKind
from models.instants import SECOND, Instant
from tests.feeds.conftest import Shop

ENTRIES = ("TimeEntries", "in ticketID")


def _callout(shop: Shop, *tickets: int) -> Instant:
    """A callout for each ticket came in; when."""
    with shop.main.write() as connection:
        store.nudge(connection, NudgeKind.TICKET, tickets, shop.clock.now())
    return shop.clock.now()


async def _quiet(shop: Shop) -> None:
    """Feeds that have just polled, so that the next eight seconds are the nudges' alone."""
    await shop.run(11)
    shop.tenant.asked.clear()


async def test_a_ticket_event_brings_its_entries_within_two_seconds(shop: Shop) -> None:
    """The entry that was logged with the change is there before the feed asks again."""
    await _quiet(shop)
    shop.tenant.entry(100, 1)
    shop.event("Ticket", 1, status=8)
    await shop.run(2)

    assert 1 == len(shop.seen(TIME_ENTRY, 100))
    assert ("TimeEntries", "gte lastModifiedDateTime") not in shop.tenant.asked


async def test_a_note_event_brings_the_entries_of_its_ticket(shop: Shop) -> None:
    """The note's event names the ticket."""
    await _quiet(shop)
    shop.tenant.entry(100, 1)
    shop.event("TicketNote", 55, "Create", TicketID="1")
    await shop.run(2)

    assert 1 == len(shop.seen(TIME_ENTRY, 100))


async def test_a_note_event_without_ticket_is_no_nudge(shop: Shop) -> None:
    """Where the webhook does not carry the field there is nothing to read."""
    await _quiet(shop)
    shop.event("TicketNote", 55, "Create")
    await shop.run(2)

    assert ENTRIES not in shop.tenant.asked


async def test_a_callout_brings_entries_and_sla_result(shop: Shop) -> None:
    """A row of the table is enough."""
    shop.tenant.ticket(1)
    await _quiet(shop)
    shop.tenant.entry(100, 1)
    shop.tenant.put("ServiceLevelAgreementResults", 9, ticketID=1, isResolutionMet=True)
    _callout(shop, 1)
    await shop.run(3)

    assert (1, 1) == (len(shop.seen(TIME_ENTRY, 100)), len(shop.seen(SLA_RESULT, 9)))


async def test_nudges_are_read_together(shop: Shop) -> None:
    """Thirty events of ten tickets and three callouts are one request."""
    await _quiet(shop)
    for number in range(30):
        shop.event("Ticket", number % 10, status=8)
    _callout(shop, 3, 4, 5)
    await shop.run(1)

    assert 1 == shop.tenant.asked.count(ENTRIES)


async def test_a_nudge_stays_until_it_was_answered(shop: Shop) -> None:
    """Autotask cannot be reached: the nudge waits, and so does the event's."""
    await _quiet(shop)
    shop.tenant.failing["TimeEntries"] = Unreachable("502")
    _callout(shop, 1)
    shop.event("Ticket", 2, status=8)
    await shop.run(3)
    shop.tenant.failing.clear()
    shop.tenant.entry(100, 1)
    shop.tenant.entry(200, 2)
    shop.start()
    await shop.run(2)

    assert {100, 200} == {one.entity_id for one in shop.seen(TIME_ENTRY)}


async def test_a_nudge_that_comes_while_it_is_answered_is_answered_again(shop: Shop) -> None:
    """What is asked after the reading began is not lost with the answer."""
    await _quiet(shop)
    _callout(shop, 1)

    def log_time(collection: str) -> None:
        if collection == "TimeEntries" and 100 not in shop.tenant.rows.get("TimeEntries", {}):
            shop.clock.advance(1)
            shop.tenant.entry(100, 1)
            _callout(shop, 1)

    shop.tenant.on_query = log_time
    await shop.run(2)

    assert 1 == len(shop.seen(TIME_ENTRY, 100))


async def test_events_from_before_the_first_start_are_no_nudges(shop: Shop) -> None:
    """Whoever turns the feeds on does not read every ticket of the past again."""
    for number in range(20):
        shop.event("Ticket", number, status=8)
    await shop.run(2)

    assert ENTRIES not in shop.tenant.asked


async def test_an_event_between_reading_and_answer_makes_no_extra_transition(shop: Shop) -> None:
    """A ticket is completed after its row was read and before the response was stamped: one change, at the event."""
    shop.tenant.ticket(1, status=1)
    await shop.run(11)

    def complete(collection: str) -> None:
        if collection == "Tickets":
            shop.tenant.on_query = lambda _: None
            shop.clock.advance(3 * SECOND)
            shop.tenant.ticket(1, status=5)
            shop.event("Ticket", 1, status=5)
            shop.clock.advance(2 * SECOND)

    shop.tenant.put("Tickets", 1, priority=2, lastActivityDate=shop.tenant.text)
    shop.tenant.on_query = complete
    await shop.run(25)

    points = [one.fields["status"] for one in shop.state(TICKET, 1).sightings if "status" in one.fields]
    assert [1, 5] == [value for at, value in enumerate(points) if at == 0 or points[at - 1] != value]
    assert 2 < len(points)
