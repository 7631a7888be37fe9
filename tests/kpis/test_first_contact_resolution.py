"""First contact resolution: one example per rule and reason of kpis.md §3 (and example 6 of §6), read by the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kpis.desk import ALERT, ANN, BOB, CAT, COMPLETE, SYSTEM, WAITING, WORKING
from tests.kpis.office import (
    CHANGE,
    CLIENT,
    ESCALATED,
    EXCLUSIONS,
    FIRST_LINE,
    INCIDENT,
    REQUEST,
    SECOND_LINE,
    SIDE_LINE,
    Office,
    Row,
)

KPI = "first_contact_resolution"
MONDAY = "2026-09-14"
WEEK_LATER = "2026-09-21"
RESOLVED = Row(MONDAY, ANN, 1, 1)


def failed(reason: str, who: int = ANN) -> Row:
    """It counts, and not as resolved."""
    return Row(MONDAY, who, 0, 1, reason)


async def worked_ticket(office: Office, *, end: str = "09:30", **fields: Any) -> None:
    """A ticket of 08:30 that Ann works on from 09:00 to 09:30."""
    await office.open_ticket("08:30", **fields)
    await office.work("09:30", start="09:00", end=end)


async def complete(office: Office, when: str = "12:00") -> list[Row]:
    """It is completed at noon; what it contributes."""
    await office.ticket(when, status=COMPLETE)
    return await office.rows(KPI)


@pytest.mark.parametrize("kind", [INCIDENT, REQUEST])
async def test_resolved(office: Office, kind: int) -> None:
    """One technician, one engagement, not handed on, never waiting: 1 ÷ 1 for the first entry's technician."""
    await worked_ticket(office, kind=kind)
    assert [RESOLVED] == await complete(office)
    assert (1, 1) == await office.sums(KPI, who=ANN)
    assert (1, 1) == await office.sums(KPI, queue=FIRST_LINE)


async def test_example_6(office: Office) -> None:
    """Reopened by a thank-you mail and completed a minute later: not broken."""
    await worked_ticket(office)
    await complete(office)
    await office.ticket("12:05", status=WORKING)
    await office.ticket("12:06", status=COMPLETE)
    office.look("13:00")
    assert [RESOLVED] == await office.rows(KPI)


class TestEngagements:
    """Several technicians, several engagements."""

    async def test_several_technicians(self, office: Office) -> None:
        """Bob has an entry too."""
        await worked_ticket(office)
        await office.work("09:40", BOB)
        assert [failed("several_technicians")] == await complete(office)

    async def test_a_non_technician_is_none(self, office: Office) -> None:
        """R9: the system user's entry counts nowhere."""
        await worked_ticket(office)
        await office.work("09:40", SYSTEM)
        assert [RESOLVED] == await complete(office)

    @pytest.mark.parametrize(
        ("start", "expected"), [("10:00", RESOLVED), ("10:00:00.000001", failed("several_engagements"))]
    )
    async def test_a_pause_of_thirty_minutes(self, office: Office, start: str, expected: Row) -> None:
        """30 minutes after the end so far is the same engagement, a microsecond more is another."""
        await worked_ticket(office)
        await office.work("11:00", start=start)
        assert [expected] == await complete(office)

    async def test_after_the_greatest_end_so_far(self, office: Office) -> None:
        """A short entry within a long one does not shorten it."""
        await worked_ticket(office, end="11:00")
        await office.work("11:01", start="09:10", end="09:15")
        await office.work("11:31", start="11:30")
        assert [RESOLVED] == await complete(office)

    @pytest.mark.parametrize(
        ("start", "expected"), [("11:59:59.999999", failed("several_technicians")), ("12:00", RESOLVED)]
    )
    async def test_entries_of_seven_days(self, office: Office, start: str, expected: Row) -> None:
        """Only entries that start before T1 + 7 x 24 h are looked at."""
        await worked_ticket(office)
        await complete(office)
        await office.work(f"{WEEK_LATER} 12:00", BOB, start=f"{WEEK_LATER} {start}")
        assert [expected] == await office.rows(KPI)


class TestHandedOn:
    """A hand-up or a change of primary in (start of the first entry, T1]."""

    @pytest.mark.parametrize(
        "change",
        [{"queue": SECOND_LINE}, {"status": ESCALATED}, {"primary": BOB}, {"primary": None}, {"primary": CAT}],
        ids=["queue", "status", "primary up", "to nobody", "primary further up"],
    )
    async def test_handed_on(self, office: Office, change: dict[str, Any]) -> None:
        """Up by queue, by status, or to whomever else."""
        await worked_ticket(office)
        await office.ticket("10:00", **change)
        assert [failed("handed_on")] == await complete(office)

    @pytest.mark.parametrize(
        ("when", "expected"),
        [("09:00", RESOLVED), ("09:00:00.000001", failed("handed_on")), ("12:00", failed("handed_on"))],
    )
    async def test_its_bounds(self, office: Office, when: str, expected: Row) -> None:
        """At the start of the first entry it is not, right after it is, and so it is at T1 itself."""
        await office.open_ticket("08:30")
        change: dict[str, Any] = {"primary": BOB} | ({"status": COMPLETE} if when == "12:00" else {})
        await office.ticket(when, **change)
        await office.work("12:00", start="09:00", end="09:30")
        assert [expected] == (await office.rows(KPI) if when == "12:00" else await complete(office))

    async def test_after_completion(self, office: Office) -> None:
        """What happens after T1 is no handing on."""
        await worked_ticket(office)
        await complete(office)
        await office.ticket("12:10", primary=BOB)
        assert [RESOLVED] == await office.rows(KPI)

    @pytest.mark.parametrize(("primary", "expected"), [(ANN, RESOLVED), (BOB, failed("handed_on"))])
    async def test_from_nobody(self, office: Office, primary: int, expected: Row) -> None:
        """Nobody to the first entry's technician is no change, to anybody else it is."""
        await worked_ticket(office, primary=None)
        await office.ticket("10:00", primary=primary)
        assert [expected] == await complete(office)

    async def test_a_queue_of_no_tier(self, office: Office) -> None:
        """Moved aside is not handed on."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SIDE_LINE)
        assert [RESOLVED] == await complete(office)


class TestWaited:
    """Role ``waiting`` in force at any instant of [start of the first entry, T1)."""

    async def test_waited(self, office: Office) -> None:
        """For the customer, for a while."""
        await worked_ticket(office)
        await office.ticket("10:00", status=WAITING)
        await office.ticket("10:30", status=WORKING)
        assert [failed("waited")] == await complete(office)

    @pytest.mark.parametrize(("left", "expected"), [("09:00", RESOLVED), ("09:00:00.000001", failed("waited"))])
    async def test_before_the_first_entry(self, office: Office, left: str, expected: Row) -> None:
        """Left as the first entry starts it did not wait; a microsecond later it did."""
        await office.open_ticket("08:30", status=WAITING)
        await office.ticket(left, status=WORKING)
        await office.work("09:30", start="09:00", end="09:30")
        assert [expected] == await complete(office)

    async def test_from_completion_on(self, office: Office) -> None:
        """T1 itself is no instant of it."""
        await worked_ticket(office)
        await complete(office)
        await office.ticket("12:30", status=WAITING)
        office.look("12:45")
        assert [RESOLVED] == await office.rows(KPI)


class TestReopened:
    """Within 7 x 24 h of T1."""

    @pytest.mark.parametrize(("left", "expected"), [("12:00", failed("reopened")), ("12:00:00.000001", RESOLVED)])
    async def test_reopened(self, office: Office, left: str, expected: Row) -> None:
        """Inclusive, as in the reopen rate."""
        await worked_ticket(office)
        await complete(office)
        await office.ticket(f"{WEEK_LATER} {left}", status=WORKING)
        office.look(f"{WEEK_LATER} 13:00")
        assert [expected] == await office.rows(KPI)

    async def test_the_first_completion_is_judged(self, office: Office) -> None:
        """Completed for good by Bob later: Ann's first completion stays the one that counts."""
        await worked_ticket(office)
        await complete(office)
        await office.ticket("2026-09-15 09:00", status=WORKING)
        await office.ticket("2026-09-15 10:00", status=COMPLETE, completed_by=BOB)
        assert [failed("reopened")] == await office.rows(KPI)

    async def test_provisional(self, office: Office) -> None:
        """Until T1 + 7 days, with no event arriving."""
        await worked_ticket(office)
        await complete(office)
        office.look(f"{WEEK_LATER} 11:59:59.999999")
        assert 1 == (await office.figure(KPI))["provisional"]
        office.look(f"{WEEK_LATER} 12:00")
        assert 0 == (await office.figure(KPI))["provisional"]


async def test_the_first_rule_that_fails_is_the_reason(office: Office) -> None:
    """Everything went wrong: each rule is told once those before it hold."""
    await worked_ticket(office)
    await office.ticket("10:00", status=WAITING, primary=BOB)
    number = await office.work("11:00", BOB)
    await office.ticket("12:00", status=COMPLETE)
    await office.ticket("2026-09-15 09:00", status=WORKING)
    office.look("2026-09-15 10:00")
    assert [failed("several_technicians")] == await office.rows(KPI)
    await office.event("TimeEntry", number, "2026-09-15 10:00", {"resourceID": ANN})
    assert [failed("several_engagements")] == await office.rows(KPI)
    await office.event("TimeEntry", number, "2026-09-15 10:01", {}, action="Delete")
    assert [failed("handed_on")] == await office.rows(KPI)


async def test_credit(office: Office) -> None:
    """The technician of the entry with the least (start, id), whoever is primary or completed it."""
    await office.open_ticket("08:30", primary=ANN)
    await office.work("10:00", BOB, start="09:30", number=2)
    await office.work("10:00", CAT, start="09:00", number=3)
    await office.work("10:00", BOB, start="09:00", number=4)
    assert [failed("several_technicians", CAT)] == await complete(office)


class TestReasons:
    """Why a ticket does not count."""

    @pytest.mark.parametrize("kind", [CHANGE, None])
    async def test_wrong_type(self, office: Office, kind: int | None) -> None:
        """Neither incident nor request."""
        await worked_ticket(office, kind=kind)
        assert [Row(MONDAY, ANN, 0, 0, "wrong_type")] == await complete(office)

    async def test_no_entry(self, office: Office) -> None:
        """No technician's entry that starts before T1 + 7 x 24 h; one that does brings it in."""
        await office.open_ticket("08:30")
        assert [Row(MONDAY, ANN, 0, 0, "no_entry")] == await complete(office)
        await office.work("12:30", start="11:00")
        assert [RESOLVED] == await office.rows(KPI)

    async def test_open(self, office: Office) -> None:
        """Never completed: pending on the day of its creation."""
        await worked_ticket(office)
        (row,) = await office.evidence(KPI)
        assert (MONDAY, "open", "pending") == (row["day"], row["reason"], row["outcome"])

    async def test_history_unknown(self, office: Office) -> None:
        """First seen more than an hour after its creation (R14)."""
        await office.ticket("10:30", company=CLIENT, kind=INCIDENT, status=WORKING, created="08:20")
        await office.work("11:00", start="09:00")
        assert [Row(MONDAY, ANN, 0, 0, "history_unknown")] == await complete(office)
        assert 0.0 == (await office.figure(KPI))["companions"]["history_coverage"]

    @pytest.mark.parametrize("reason", EXCLUSIONS)
    async def test_excluded(self, office: Office, reason: str) -> None:
        """Every exclusion of §2, by the ticket's state now."""
        await worked_ticket(office)
        await complete(office)
        await office.exclude("12:10", KPI, reason)
        (row,) = await office.rows(KPI)
        assert (0, 0, reason) == row[2:]

    async def test_alert_without_labour(self, office: Office) -> None:
        """An alert nobody worked on; with an entry it is still of the wrong type."""
        await office.open_ticket("08:30", kind=ALERT)
        assert [Row(MONDAY, ANN, 0, 0, "alert_without_labour")] == await complete(office)
        await office.work("12:30")
        assert [Row(MONDAY, ANN, 0, 0, "wrong_type")] == await office.rows(KPI)

    async def test_credit_moved(self, office: Office) -> None:
        """§2: a new credit replaces that of the ticket."""
        await worked_ticket(office)
        await complete(office)
        office.contest("12:10", KPI, credit_to=CAT)
        assert [Row(MONDAY, CAT, 1, 1)] == await office.rows(KPI)
