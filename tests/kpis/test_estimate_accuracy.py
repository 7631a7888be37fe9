"""Estimated against actual: worked example 4 of kpis.md §6 and one example per rule and reason, read by the API."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from tests.kpis.desk import ALERT, ANN, BOB, CAT, COMPLETE, SYSTEM, VACATION, WORKING
from tests.kpis.office import CLIENT, EXCLUSIONS, FIRST_LINE, SECOND_LINE, Office, Row, open_office, policy

KPI = "estimate_accuracy"
MONDAY = "2026-09-14"


async def test_example_4(office: Office) -> None:
    """Estimate 2 h, Ann logged 1 h, Bob 3 h: 0.5 ÷ 1 and 1.5 ÷ 3, together 2 ÷ 4 = 0.5."""
    await office.open_ticket("08:30", estimate="2")
    await office.work("09:00", ANN, "1")
    await office.work("09:30", BOB, "3")
    await office.ticket("13:00", status=COMPLETE)
    assert [Row(MONDAY, ANN, 0.5, 1), Row(MONDAY, BOB, 1.5, 3)] == await office.rows(KPI)
    figure = await office.figure(KPI)
    assert (0.5, 2_000_000, 4_000_000, 2) == tuple(
        figure[key] for key in ("value", "numerator", "denominator", "sample_size")
    )
    assert (0.5, 1) == await office.sums(KPI, who=ANN)
    assert (2, 4) == await office.sums(KPI, queue=FIRST_LINE)
    assert (2, 4) == await office.sums(KPI, company=CLIENT)


async def test_the_highest_id_gets_what_the_others_leave(office: Office) -> None:
    """R5: 1 h among three with 1 h each is 0.333333 twice and 0.333334, whole when added up."""
    await office.open_ticket("08:30", estimate="1")
    for who in (CAT, ANN, BOB):
        await office.work("09:00", who, "1")
    await office.ticket("13:00", status=COMPLETE)
    assert [0.333333, 0.333333, 0.333334] == [row.numerator for row in await office.rows(KPI)]
    assert (1, 3) == await office.sums(KPI)


async def test_several_entries_of_one_technician(office: Office) -> None:
    """Hours add up per technician; the sample is one per ticket and technician."""
    await office.open_ticket("08:30", estimate="3")
    await office.work("09:00", ANN, "1")
    await office.work("11:00", ANN, "0.5")
    await office.ticket("13:00", status=COMPLETE)
    assert [Row(MONDAY, ANN, 3, 1.5)] == await office.rows(KPI)
    assert 1 == (await office.figure(KPI))["sample_size"]


@pytest.mark.parametrize(
    "fields", [{"who": SYSTEM}, {"billingCodeID": VACATION}, {"hours": "0"}], ids=["system", "time off", "no hours"]
)
async def test_who_has_no_hours_has_no_share(office: Office, fields: dict[str, Any]) -> None:
    """A non-technician's entry (R9), time off (R13), and an entry of no hours are no work."""
    await office.open_ticket("08:30", estimate="2")
    await office.work("09:00", ANN, "1")
    told: dict[str, Any] = {"who": BOB, "hours": "3"} | fields
    await office.work("09:30", **told)
    await office.ticket("13:00", status=COMPLETE)
    assert [Row(MONDAY, ANN, 2, 1)] == await office.rows(KPI)


class TestEstimate:
    """Which estimate counts."""

    async def test_the_one_when_work_began(self, office: Office) -> None:
        """2 h stood when the earliest-created entry was typed in; what it was made afterwards does not count."""
        await office.open_ticket("08:30", estimate="1")
        await office.ticket("08:40", estimate="2")
        await office.work("09:00", ANN, "1", start="08:35")
        await office.ticket("10:00", estimate="5")
        await office.ticket("13:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 2, 1)] == await office.rows(KPI)

    @pytest.mark.parametrize("none", [None, "0"])
    async def test_else_the_first_one_after_it(self, office: Office, none: str | None) -> None:
        """Null and 0 both mean none: the first value above 0 known later counts, not the last."""
        await office.open_ticket("08:30", estimate=none)
        await office.work("09:00", ANN, "1")
        await office.ticket("10:00", estimate="3")
        await office.ticket("11:00", estimate="4")
        await office.ticket("13:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 3, 1)] == await office.rows(KPI)

    async def test_first_observed_late(self, office: Office) -> None:
        """R11: the first observed value was in force all along."""
        await office.open_ticket("08:30")
        await office.work("09:00", ANN, "1")
        await office.ticket("13:00", status=COMPLETE, estimate="2")
        await office.ticket("14:00", estimate="3")
        assert [Row(MONDAY, ANN, 2, 1)] == await office.rows(KPI)

    async def test_a_deleted_entry_began_nothing(self, office: Office) -> None:
        """The earliest entry is deleted: the estimate is that at the next one's creation."""
        await office.open_ticket("08:30", estimate="1")
        first = await office.work("09:00", ANN, "1")
        await office.ticket("10:00", estimate="2")
        await office.work("11:00", ANN, "1")
        await office.ticket("13:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 1, 2)] == await office.rows(KPI)
        await office.event("TimeEntry", first, "14:00", {}, action="Delete")
        assert [Row(MONDAY, ANN, 2, 1)] == await office.rows(KPI)


class TestWhen:
    """The day and the queue are those of the last completion."""

    async def test_the_last_completion(self, office: Office) -> None:
        """Reopened for two hours and moved on: it counts on the second completion, in the queue just before it."""
        await office.open_ticket("08:30", estimate="2")
        await office.work("09:00", ANN, "1")
        await office.ticket("10:00", status=COMPLETE)
        await office.ticket("12:00", status=WORKING, queue=SECOND_LINE)
        office.look("12:16")
        assert [Row(MONDAY, ANN, 0, 0, "open")] == await office.rows(KPI)
        await office.ticket("2026-09-15 09:00", status=COMPLETE, queue=FIRST_LINE)
        assert [Row("2026-09-15", ANN, 2, 1)] == await office.rows(KPI)
        assert (2, 1) == await office.sums(KPI, queue=SECOND_LINE)

    async def test_the_local_day(self, main: Database) -> None:
        """Completed at 01:00 UTC is the evening before in New York (R4)."""
        async with open_office(main, policy(timezone="America/New_York")) as office:
            await office.open_ticket("08:30", estimate="2")
            await office.work("09:00", ANN, "1")
            await office.ticket("2026-09-15 01:00", status=COMPLETE)
            assert [Row(MONDAY, ANN, 2, 1)] == await office.rows(KPI)


class TestReasons:
    """Why a ticket does not count."""

    async def test_open(self, office: Office) -> None:
        """Not complete now: on the day it was created, pending."""
        await office.open_ticket("08:30", estimate="2")
        await office.work("09:00", ANN, "1")
        (row,) = await office.evidence(KPI)
        assert (MONDAY, "open", "pending", 0) == (row["day"], row["reason"], row["outcome"], row["denominator"])

    async def test_no_estimate(self, office: Office) -> None:
        """Null when work began and 0 after it."""
        await office.open_ticket("08:30", estimate=None)
        await office.work("09:00", ANN, "1")
        await office.ticket("13:00", status=COMPLETE, estimate="0")
        assert [Row(MONDAY, ANN, 0, 0, "no_estimate")] == await office.rows(KPI)

    async def test_no_hours(self, office: Office) -> None:
        """Nobody logged anything."""
        await office.open_ticket("08:30", estimate="2")
        await office.ticket("13:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 0, 0, "no_hours")] == await office.rows(KPI)

    @pytest.mark.parametrize("reason", EXCLUSIONS)
    async def test_excluded(self, office: Office, reason: str) -> None:
        """Every exclusion of §2, by the ticket's state now."""
        await office.open_ticket("08:30", estimate="2")
        await office.work("09:00", ANN, "1")
        await office.ticket("10:00", status=COMPLETE)
        await office.exclude("10:30", KPI, reason)
        (row,) = await office.evidence(KPI)
        assert (reason, "excluded", 0, 0) == (row["reason"], row["outcome"], row["numerator"], row["denominator"])

    async def test_alert_without_labour(self, office: Office) -> None:
        """An alert nobody worked on."""
        await office.open_ticket("08:30", kind=ALERT, estimate="2")
        await office.ticket("10:00", status=COMPLETE)
        assert ["alert_without_labour"] == [row.reason for row in await office.rows(KPI)]

    async def test_credit_cannot_be_moved(self, office: Office) -> None:
        """§2: one contribution per technician, so a new credit moves nothing."""
        await office.open_ticket("08:30", estimate="2")
        await office.work("09:00", ANN, "1")
        await office.ticket("10:00", status=COMPLETE)
        office.contest("11:00", KPI, credit_to=BOB)
        assert [Row(MONDAY, ANN, 2, 1)] == await office.rows(KPI)


@pytest.mark.parametrize(("estimate", "flags"), [("1.5", []), ("1.51", ["padding"])])
async def test_padding(office: Office, estimate: str, flags: list[str]) -> None:
    """Above 1.5 the estimates are padded; 1.5 is not above it."""
    await office.open_ticket("08:30", estimate=estimate)
    await office.work("09:00", ANN, "1")
    await office.ticket("10:00", status=COMPLETE)
    assert flags == (await office.figure(KPI))["flags"]


@pytest.mark.parametrize(("tickets", "sufficient"), [(9, False), (10, True)])
async def test_minimum(office: Office, tickets: int, sufficient: bool) -> None:
    """R3: ten pairs of ticket and technician make it sufficient."""
    for number in range(1, tickets + 1):
        await office.open_ticket("08:30", number=number, estimate="2", status=COMPLETE, completed="09:00")
        await office.work("08:40", ANN, "1", ticket=number)
    assert sufficient == (await office.figure(KPI))["sufficient"]
