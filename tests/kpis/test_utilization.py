"""Utilization: worked example 1 of kpis.md §6 and one example per rule and reason of §3, read by the API."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from tests.kpis.desk import ANN, BOB, CANCELLED, INTERNAL, MERGED, SYSTEM, VACATION
from tests.kpis.office import CLIENT, Office, Row, open_office, policy

KPI = "utilization"
MONDAY, TUESDAY = "2026-09-14", "2026-09-15"
NEXT_DAY = f"{TUESDAY} 08:00"
"""Before today's business day has begun, so that today's schedule is still nothing."""


async def at_work(office: Office, *people: int) -> None:
    """Technicians, and a client's ticket 1, on Monday morning."""
    for who in people or (ANN,):
        await office.technician("08:00", who)
    await office.open_ticket("08:00")


class TestRatio:
    """Hours for customers ÷ scheduled hours."""

    async def test_example_1(self, office: Office) -> None:
        """6 h customer-facing and 1 h internal on a past day with 8 scheduled: 6 ÷ 8, coverage 7 ÷ 8."""
        await at_work(office)
        await office.work("15:00", hours="6")
        await office.work("16:00", hours="1", ticketID=None)
        office.look(NEXT_DAY)
        figure = await office.figure(KPI)
        assert (0.75, 6_000_000, 8_000_000) == (figure["value"], figure["numerator"], figure["denominator"])
        assert 0.875 == figure["companions"]["time_coverage"]
        assert [Row(MONDAY, ANN, 0, 8), Row(MONDAY, ANN, 6, 0), Row(MONDAY, ANN, 0, 0, "internal")] == sorted(
            await office.rows(KPI), key=lambda row: (-row.denominator, -row.numerator)
        )

    async def test_the_team_is_the_sum_of_its_technicians(self, office: Office) -> None:
        """R1: 6 of 8 and 2 of 8 hours are 8 of 16, for the team as for the sums."""
        await at_work(office, ANN, BOB)
        await office.work("15:00", ANN, "6")
        await office.work("15:00", BOB, "2")
        office.look(NEXT_DAY)
        assert (8, 16) == await office.sums(KPI)
        assert [(6, 8), (2, 8)] == [await office.sums(KPI, who=who) for who in (ANN, BOB)]
        figure = await office.figure(KPI)
        assert (2, True) == (figure["sample_size"], figure["sufficient"])

    async def test_it_is_not_clamped(self, office: Office) -> None:
        """10 h in a day of 8 are 1.25; the attainment ends at 1."""
        await at_work(office)
        await office.work("15:00", hours="10")
        office.look(NEXT_DAY)
        figure = await office.figure(KPI)
        assert (1.25, 1.0) == (figure["value"], figure["attainment"])

    async def test_no_data_is_no_zero(self, office: Office) -> None:
        """R2: hours without any schedule have no ratio."""
        await office.open_ticket("08:00")
        await office.work("15:00", hours="6")
        office.look(NEXT_DAY)
        figure = await office.figure(KPI)
        assert (None, 6_000_000, 0, False) == (
            figure["value"],
            figure["numerator"],
            figure["denominator"],
            figure["sufficient"],
        )

    @pytest.mark.parametrize(("text", "millionths"), [("0.3333335", 333_334), ("0.3333325", 333_332)])
    async def test_hours_are_read_half_even(self, office: Office, text: str, millionths: int) -> None:
        """R5: from the shortest decimal text, half to the even millionth."""
        await at_work(office)
        await office.work("15:00", hours=text)
        assert millionths == (await office.figure(KPI))["numerator"]

    async def test_the_day_is_the_date_worked(self, main: Database) -> None:
        """R4: a pure date is not shifted into the policy's time zone, where midnight UTC is the day before."""
        async with open_office(main, policy(timezone="America/New_York")) as office:
            await at_work(office)
            await office.work("15:00", hours="6")
            assert MONDAY == (await office.rows(KPI))[0].day

    async def test_an_edit_moves_no_day(self, office: Office) -> None:
        """R7: edited days later, the new hours stand on the day of the work; a deletion takes them away."""
        await at_work(office)
        number = await office.work("15:00", hours="6")
        await office.work("2026-09-17 09:00", hours="5", number=number, dateWorked=f"{MONDAY}T00:00:00Z")
        assert Row(MONDAY, ANN, 5, 0) in await office.rows(KPI)
        await office.event("TimeEntry", number, "2026-09-17 10:00", {}, action="Delete")
        assert [Row(MONDAY, ANN, 0, 0, "deleted")] == await office.rows(KPI)


class TestReasons:
    """Why hours do not count."""

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"who": SYSTEM}, "not_a_technician"),
            ({"ticketID": None}, "internal"),
            ({"ticket": 99}, "unknown_company"),
            ({"billingCodeID": VACATION}, "time_off"),
            ({"internalBillingCodeID": VACATION}, "time_off"),
        ],
    )
    async def test_left_out(self, office: Office, fields: dict[str, Any], reason: str) -> None:
        """Not a technician's, for the house itself, for whom nobody knows, no work at all."""
        await at_work(office)
        await office.work("14:00", hours="1")
        number = await office.work("15:00", **({"hours": "2"} | fields))
        (found,) = [one for one in await office.evidence(KPI) if one["subject_id"] == number]
        assert (0, 0, reason) == (found["numerator"], found["denominator"], found["reason"])

    @pytest.mark.parametrize(
        ("company", "expected"),
        [(INTERNAL, "internal"), (0, "internal"), (None, "unknown_company"), (CLIENT, None)],
    )
    async def test_whose_ticket_it_is(self, office: Office, company: int | None, expected: str | None) -> None:
        """Company 0 and the policy's list are internal, null is unknown; no Company fact is needed."""
        await at_work(office)
        await office.work("14:00", hours="1")
        await office.open_ticket("14:30", number=2, company=company)
        number = await office.work("15:00", ticket=2)
        found = next(one for one in await office.evidence(KPI) if one["subject_id"] == number)
        assert expected == found["reason"]

    async def test_an_unknown_company_is_mended(self, office: Office) -> None:
        """By the ticket, or by the task's project, as soon as the fact arrives."""
        await at_work(office)
        await office.work("14:00", hours="1")
        await office.work("15:00", hours="2", ticket=2)
        await office.work("15:00", hours="4", ticketID=None, taskID=70)
        assert 1_000_000 == (await office.figure(KPI))["numerator"]
        await office.open_ticket("15:01", number=2)
        assert 3_000_000 == (await office.figure(KPI))["numerator"]
        await office.event("Task", 70, "15:02", {"projectID": 80})
        await office.event("Project", 80, "15:03", {"companyID": CLIENT})
        assert 7_000_000 == (await office.figure(KPI))["numerator"]

    async def test_not_a_member(self, office: Office) -> None:
        """R9: internal hours of somebody without customer work in 60 days count neither here nor in the coverage."""
        await at_work(office, ANN, BOB)
        await office.work("15:00", ANN, "6")
        await office.work("15:00", BOB, "3", ticketID=None)
        office.look(NEXT_DAY)
        assert Row(MONDAY, BOB, 0, 0, "not_a_member") in await office.rows(KPI)
        assert (6, 8) == await office.sums(KPI)
        assert 0.75 == (await office.figure(KPI))["companions"]["time_coverage"]

    async def test_first_not_a_technician_then_not_a_member(self, office: Office) -> None:
        """The order of reasons: an API user's internal hours are a non-technician's before anything else."""
        await office.resource("08:00", BOB, 7)
        await office.work("15:00", BOB, "3", ticketID=None)
        assert ["not_a_technician"] == [row.reason for row in await office.rows(KPI)]

    async def test_contested(self, office: Office) -> None:
        """A ticket taken out by a manager counts nothing; time coverage is of what was logged and stays."""
        await at_work(office)
        await office.work("15:00", hours="6")
        office.contest("16:00", KPI)
        office.look(NEXT_DAY)
        assert Row(MONDAY, ANN, 0, 0, "contested") in await office.rows(KPI)
        figure = await office.figure(KPI)
        assert (0.0, 0.75, 1) == (
            figure["value"],
            figure["companions"]["time_coverage"],
            figure["companions"]["contested"],
        )

    async def test_of_a_deleted_ticket(self, office: Office) -> None:
        """R13: every entry of a deleted ticket counts nowhere."""
        await at_work(office)
        await office.work("15:00")
        await office.event("Ticket", 1, "16:00", {}, action="Delete")
        assert ["deleted"] == [row.reason for row in await office.rows(KPI)]

    @pytest.mark.parametrize("status", [MERGED, CANCELLED])
    async def test_merged_and_cancelled_tickets_count(self, office: Office, status: int) -> None:
        """Work on them was work for a customer; so is what is not billable."""
        await at_work(office)
        await office.ticket("09:00", status=status)
        await office.work("15:00", hours="6", isNonBillable=True)
        assert Row(MONDAY, ANN, 6, 0) in await office.rows(KPI)


class TestBeside:
    """Companions, flag, scopes."""

    async def test_unknown_company_is_logged_time(self, office: Office) -> None:
        """Time coverage holds what is logged by members, also where nobody knows yet for whom."""
        await at_work(office)
        await office.work("15:00", hours="2")
        await office.work("15:00", hours="4", ticket=99)
        office.look(NEXT_DAY)
        figure = await office.figure(KPI)
        assert (0.25, 0.75) == (figure["value"], figure["companions"]["time_coverage"])

    async def test_what_is_lost(self, office: Office) -> None:
        """10 points below target of a day of 8 h at $150 are $120; the team's follows from the team's ratio."""
        await at_work(office, ANN, BOB)
        await office.work("15:00", ANN, "5.6")
        await office.work("15:00", BOB, "8")
        office.look(NEXT_DAY)
        lost = [(await office.figure(KPI, who=who))["companions"]["lost_utilization_cost"] for who in (ANN, BOB)]
        assert [120, 0] == lost
        assert 0 == (await office.figure(KPI))["companions"]["lost_utilization_cost"]

    @pytest.mark.parametrize(("hours", "flags"), [("7.2", []), ("7.21", ["burnout_risk"])])
    async def test_burnout_risk(self, office: Office, hours: str, flags: list[str]) -> None:
        """Above 90 % over the 28 days ending with the window's last day, whatever the window holds itself."""
        await at_work(office)
        await office.work("15:00", hours=hours)
        office.look(NEXT_DAY)
        assert flags == (await office.figure(KPI, "today", who=ANN))["flags"]

    async def test_no_queue_and_no_company_has_it(self, office: Office) -> None:
        """Capacity belongs to technicians and the team."""
        await at_work(office)
        await office.work("15:00", hours="6")
        for scope in ("queues/11", f"companies/{CLIENT}"):
            document = await office.read(f"/api/v1/{scope}/scorecard")
            assert KPI not in [one["kpi"] for one in document["kpis"]]
