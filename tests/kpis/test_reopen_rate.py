"""Reopen rate: worked examples 5 and 6 of kpis.md §6 and one example per rule and reason, read by the API."""

from __future__ import annotations

import pytest

from tests.kpis.desk import ALERT, ANN, BOB, CANCELLED, CAT, COMPLETE, DUPLICATE, MERGED, WORKING
from tests.kpis.office import EXCLUSIONS, FIRST_LINE, OTHER_CLIENT, SECOND_LINE, Office, Row

KPI = "reopen_rate"
MONDAY, WEDNESDAY, THURSDAY = "2026-09-14", "2026-09-16", "2026-09-17"
WEEK_LATER = "2026-09-21"


async def completed(office: Office, *, by: int = ANN, at: str = "09:00") -> None:
    """A ticket opened at 08:30 and completed."""
    await office.open_ticket("08:30")
    await office.ticket(at, status=COMPLETE, completed_by=by)


async def test_example_5(office: Office) -> None:
    """Completed Monday 09:00 by Ann, reopened Wednesday, completed Thursday by Bob: Ann 1/1 Monday, Bob 0/1."""
    await completed(office)
    await office.ticket(f"{WEDNESDAY} 09:00", status=WORKING)
    await office.ticket(f"{THURSDAY} 09:00", status=COMPLETE, completed_by=BOB)
    assert [Row(MONDAY, ANN, 1, 1), Row(THURSDAY, BOB, 0, 1)] == await office.rows(KPI)
    assert 0.5 == (await office.figure(KPI))["value"]
    assert [(1, 1), (0, 1)] == [await office.sums(KPI, who=who) for who in (ANN, BOB)]


async def test_example_6(office: Office) -> None:
    """Completed 09:00, reopened 09:05 by a thank-you mail, completed 09:06: one completion, not reopened."""
    await completed(office)
    await office.ticket("09:05", status=WORKING)
    await office.ticket("09:06", status=COMPLETE, completed_by=BOB)
    office.look("10:00")
    (row,) = await office.evidence(KPI)
    assert ("2026-09-14T09:00:00Z", ANN, 0, 1_000_000) == (
        row["happened_at"],
        row["tech_id"],
        row["numerator"],
        row["denominator"],
    )


@pytest.mark.parametrize(("left", "reopened"), [("09:00", 1), ("09:00:00.000001", 0)])
async def test_seven_days_inclusive(office: Office, left: str, reopened: int) -> None:
    """Left exactly 7 x 24 h after the completion is reopened; a microsecond later is not."""
    await completed(office)
    await office.ticket(f"{WEEK_LATER} {left}", status=WORKING)
    office.look(f"{WEEK_LATER} 10:00")
    assert [Row(MONDAY, ANN, reopened, 1)] == await office.rows(KPI)


async def test_provisional_for_seven_days(office: Office) -> None:
    """Counted from the completion on, provisional until T + 7 days, with no event arriving."""
    await completed(office)
    office.look(f"{WEEK_LATER} 08:59:59.999999")
    figure = await office.figure(KPI)
    assert (1, 1_000_000) == (figure["provisional"], figure["denominator"])
    office.look(f"{WEEK_LATER} 09:00")
    figure = await office.figure(KPI)
    assert (0, 1_000_000) == (figure["provisional"], figure["denominator"])


async def test_undecided_is_not_reopened(office: Office) -> None:
    """While now <= leaving + 15 minutes the ticket counts as complete for every rule."""
    await completed(office)
    await office.ticket("10:00", status=WORKING)
    office.look("10:15")
    assert [Row(MONDAY, ANN, 0, 1)] == await office.rows(KPI)
    office.look("10:15:00.000001")
    assert [Row(MONDAY, ANN, 1, 1)] == await office.rows(KPI)


@pytest.mark.parametrize("status", [MERGED, CANCELLED, DUPLICATE])
async def test_aside_is_no_reopening(office: Office, status: int) -> None:
    """To merged, cancelled or duplicate and back: one completion that lasted."""
    await completed(office)
    await office.ticket("10:00", status=status)
    await office.ticket("12:00", status=COMPLETE, completed_by=BOB)
    office.look("13:00")
    assert [Row(MONDAY, ANN, 0, 1)] == await office.rows(KPI)


async def test_from_aside_to_work_is_leaving(office: Office) -> None:
    """Cancelled at 10:00 and back in work at 12:00: left at 12:00."""
    await completed(office)
    await office.ticket("10:00", status=CANCELLED)
    await office.ticket("12:00", status=WORKING)
    office.look("13:00")
    assert [Row(MONDAY, ANN, 1, 1)] == await office.rows(KPI)


async def test_where_it_was_just_before(office: Office) -> None:
    """R8: the queue just before the completion, whatever the update that completes it says."""
    await office.open_ticket("08:30", queue=FIRST_LINE)
    await office.ticket("09:00", status=COMPLETE, queue=SECOND_LINE)
    assert (0, 1) == await office.sums(KPI, queue=FIRST_LINE)


async def test_whose_ticket_it_is_now(office: Office) -> None:
    """R8: the company is the ticket's current one."""
    await completed(office)
    await office.ticket("12:00", company=OTHER_CLIENT)
    assert (0, 1) == await office.sums(KPI, company=OTHER_CLIENT)
    assert (0, 1) == await office.sums(KPI)


async def test_a_late_fact_moves_it(office: Office) -> None:
    """R7, R10: that it was reopened on Wednesday is told on Friday; Monday's completion changes."""
    await completed(office)
    office.look("2026-09-18 09:00")
    assert [Row(MONDAY, ANN, 0, 1)] == await office.rows(KPI)
    await office.ticket(f"{WEDNESDAY} 09:00", status=WORKING, arrives="2026-09-18 09:00")
    assert [Row(MONDAY, ANN, 1, 1)] == await office.rows(KPI)


class TestReasons:
    """Why a completion does not count."""

    async def test_open(self, office: Office) -> None:
        """Never completed: pending, with the primary now."""
        await office.open_ticket("08:30", primary=BOB)
        (row,) = await office.evidence(KPI)
        assert (MONDAY, BOB, "open", "pending") == (row["day"], row["tech_id"], row["reason"], row["outcome"])

    async def test_history_unknown(self, office: Office) -> None:
        """First seen more than an hour after its creation (R14)."""
        await office.ticket("10:30", company=7, status=WORKING, created="08:20", primary=ANN)
        await office.ticket("11:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 0, 0, "history_unknown")] == await office.rows(KPI)
        assert 0.0 == (await office.figure(KPI))["companions"]["history_coverage"]

    @pytest.mark.parametrize("reason", EXCLUSIONS)
    async def test_excluded(self, office: Office, reason: str) -> None:
        """Every exclusion of §2, by the ticket's state now."""
        await completed(office)
        await office.work("09:30")
        await office.exclude("11:00", KPI, reason)
        assert [Row(MONDAY, ANN, 0, 0, reason)] == await office.rows(KPI)

    async def test_alert_without_labour(self, office: Office) -> None:
        """An alert nobody worked on; an entry brings it in."""
        await office.open_ticket("08:30", kind=ALERT)
        await office.ticket("09:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 0, 0, "alert_without_labour")] == await office.rows(KPI)
        await office.work("09:30")
        assert [Row(MONDAY, ANN, 0, 1)] == await office.rows(KPI)

    async def test_credit_moved(self, office: Office) -> None:
        """§2: a new credit replaces that of the ticket's contributions, and is counted beside the number."""
        await completed(office)
        office.contest("10:00", KPI, credit_to=CAT)
        assert [Row(MONDAY, CAT, 0, 1)] == await office.rows(KPI)
        assert 1 == (await office.figure(KPI, who=CAT))["companions"]["contested"]


async def test_month_end(office: Office) -> None:
    """It belongs to the month of its completion, wherever the reopening lies."""
    await office.open_ticket("2026-09-29 08:30")
    await office.ticket("2026-09-30 23:00", status=COMPLETE)
    await office.ticket("2026-10-02 09:00", status=WORKING)
    office.look("2026-10-02 10:00")
    assert (1, 1) == await office.sums(KPI, "2026-09")
    assert (0, 0) == await office.sums(KPI, "2026-10")
