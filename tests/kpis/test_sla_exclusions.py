"""Which tickets are scored (kpis.md §2), and on which day those stand that are not (R6)."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from models.policy import Policy
from tests.kpis.desk import (
    ALERT,
    ANN,
    BOB,
    CANCELLED,
    COMPLETE,
    DUPLICATE,
    EXCLUDED_CATEGORY,
    EXCLUDED_QUEUE,
    INTERNAL,
    MERGED,
    MERGED_QUEUE,
    MONITORING,
    NEW,
    SYSTEM,
    TRIAGE,
    VACATION,
    Desk,
    left_out,
    met,
    open_desk,
    waits,
)

ONE = 1_000_000


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": MERGED}, "merged"),
        ({"queue": MERGED_QUEUE}, "merged"),
        ({"status": DUPLICATE}, "duplicate"),
        ({"status": CANCELLED}, "cancelled"),
        ({"company": 0}, "internal_company"),
        ({"company": INTERNAL}, "internal_company"),
        ({"queue": EXCLUDED_QUEUE}, "excluded_queue"),
        ({"category": EXCLUDED_CATEGORY}, "excluded_category"),
        ({"kind": ALERT}, "alert_without_labour"),
        ({"source": MONITORING}, "alert_without_labour"),
        ({"status": MERGED, "company": 0, "kind": ALERT}, "merged"),
        ({"company": 0, "queue": EXCLUDED_QUEUE, "category": EXCLUDED_CATEGORY}, "internal_company"),
    ],
)
async def test_excluded_by_its_state_now(triage: Desk, fields: dict[str, Any], reason: str) -> None:
    """A decided ticket that comes to be excluded leaves the counters, with the first reason that matches."""
    await triage.ticket("09:00", "Create", status=NEW, queue=10, due="10:00", company=50)
    await triage.ticket("09:30", happened="09:30")
    assert met("09:30") == triage.line()
    await triage.ticket("11:00", **fields)
    assert left_out(reason) == triage.line()
    assert {} == triage.counters()


async def test_deleted_and_revived(desk: Desk) -> None:
    """Deleted stands before all else; seen again later, the ticket is there again."""
    await desk.ticket("09:00", "Create", status=MERGED, due="10:00", happened="09:30")
    await desk.ticket("11:00", "Delete")
    assert left_out("deleted") == desk.line()
    await desk.ticket("11:30", status=NEW)
    assert met("09:30") == desk.line()


async def test_a_sighting_of_before_the_delete_does_not_revive(desk: Desk) -> None:
    """Late news of an earlier time changes nothing; in the same second the delete wins."""
    await desk.ticket("09:00", "Create", status=NEW, due="10:00", happened="09:30")
    await desk.ticket("11:00", "Delete")
    await desk.ticket("10:30", status=NEW, arrives="11:10")
    await desk.ticket("11:00", status=NEW, arrives="11:11")
    assert left_out("deleted") == desk.line()


async def test_unknown_company_is_scored(desk: Desk) -> None:
    """A ticket whose company is not known counts, in no company."""
    await desk.ticket("09:00", "Create", due="10:00", happened="09:30")
    assert {20260914: (ONE, ONE, 1, 0)} == desk.counters("company", -1)


class TestAlerts:
    """An alert nobody worked on is not scored."""

    async def test_worked_on_by_a_technician(self, triage: Desk) -> None:
        """A technician's entry makes it count; deleted, it does not any more."""
        await triage.ticket("09:00", "Create", kind=ALERT, due="10:00", happened="09:30")
        assert left_out("alert_without_labour") == triage.line()
        await triage.entry("09:40", ANN, number=1)
        assert met("09:30") == triage.line()
        await triage.event("TimeEntry", 1, "09:50", {}, action="Delete")
        assert left_out("alert_without_labour") == triage.line()

    async def test_the_entry_came_first(self, triage: Desk) -> None:
        """An entry known before its ticket finds it."""
        await triage.entry("09:40", ANN)
        await triage.ticket("09:30", "Create", source=MONITORING, due="10:00", happened="09:30", arrives="09:50")
        assert met("09:30") == triage.line()

    async def test_worked_on_by_a_non_technician(self, triage: Desk) -> None:
        """Entries of the system user or an API user count nowhere, also when that is known late."""
        await triage.ticket("09:00", "Create", kind=ALERT, due="10:00", happened="09:30")
        await triage.entry("09:40", SYSTEM, number=1)
        assert left_out("alert_without_labour") == triage.line()
        await triage.entry("09:41", BOB, number=2)
        assert met("09:30") == triage.line()
        await triage.resource("09:50", BOB, 7)
        assert left_out("alert_without_labour") == triage.line()

    async def test_time_off_is_no_labour(self, triage: Desk) -> None:
        """An entry on a work type of role time_off counts nowhere (R13)."""
        await triage.ticket("09:00", "Create", kind=ALERT, due="10:00", happened="09:30")
        await triage.entry("09:40", ANN, billingCodeID=VACATION)
        assert left_out("alert_without_labour") == triage.line()
        await triage.entry("09:50", ANN, billingCodeID=1)
        assert met("09:30") == triage.line()

    async def test_an_entry_moved_to_another_ticket(self, triage: Desk) -> None:
        """The labour goes with the entry."""
        await triage.ticket("09:00", "Create", number=1, kind=ALERT, due="10:00", happened="09:30")
        await triage.ticket("09:00", "Create", number=2, kind=ALERT, due="10:00", happened="09:30")
        await triage.entry("09:40", ANN, ticket=1)
        assert [met("09:30"), left_out("alert_without_labour")] == [triage.line(1), triage.line(2)]
        await triage.entry("09:50", ANN, ticket=2)
        assert [left_out("alert_without_labour"), met("09:30")] == [triage.line(1), triage.line(2)]


class TestUncountedRows:
    """A row that counts nothing: its day, queue and primary (R6)."""

    async def test_the_day_it_waits_for(self, desk: Desk) -> None:
        """Pending and excluded rows stand on the due date's day, with queue and primary of now."""
        await desk.ticket("09:00", "Create", due="2026-09-16T10:00:00Z", created="09:00", queue=10, primary=ANN)
        await desk.ticket("09:10", queue=11, primary=BOB)
        row = desk.stored()
        assert ("pending", 20260916, 11, BOB) == (row and (row["outcome"], row["day"], row["queue_id"], row["tech_id"]))
        await desk.ticket("09:20", company=0)
        row = desk.stored()
        assert ("excluded", 20260916, 11, BOB) == (
            row and (row["outcome"], row["day"], row["queue_id"], row["tech_id"])
        )

    async def test_without_due_date_the_day_of_creation(self, desk: Desk) -> None:
        """No due date to wait for: the day of ``createDate``."""
        await desk.ticket("09:00", due=None, created="2026-09-10T09:00:00Z")
        assert left_out("no_sla") == desk.line()
        row = desk.stored()
        assert 20260910 == (row and row["day"])

    async def test_closed_without_event_is_excluded_not_pending(self, desk: Desk) -> None:
        """Only pending, paused and open wait."""
        await desk.ticket("09:00", "Create", status=NEW, due="2026-09-16T10:00:00Z")
        await desk.ticket("09:30", status=COMPLETE)
        assert left_out("closed_without_event") == desk.line()


async def test_days_are_local(main: Database) -> None:
    """In New York 02:00 UTC is the evening before (R4)."""
    async with open_desk(main, TRIAGE, Policy(timezone="America/New_York")) as desk:
        await desk.ticket("09:00", "Create", due="2026-09-15T02:00:00Z")
        assert waits("pending") == desk.line()
        desk.look("2026-09-15T02:00:00Z")
        assert [20260914] == list(desk.counters())


async def test_grace_is_the_policys(main: Database) -> None:
    """``breach_grace_minutes = 0``: no provisional time once Autotask was heard."""
    async with open_desk(main, TRIAGE, Policy(timezone="UTC", breach_grace_minutes=0)) as desk:
        await desk.ticket("09:00", "Create", due="10:00")
        await desk.hear("10:00")
        assert not desk.line().provisional
        assert 1 == desk.line().decided
