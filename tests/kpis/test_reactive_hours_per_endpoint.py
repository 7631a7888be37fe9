"""Reactive hours per endpoint: worked example 2 of kpis.md §6 and one example per rule and reason, read by the API.

September has 30 days, October 31: day d of n is worth floor(10^6 d/n) - floor(10^6 (d-1)/n) millionths.
"""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from models.instants import isoformat
from tests.kpis.desk import ALERT, ANN, INTERNAL, MONITORING, NEW, SYSTEM, VACATION, moment
from tests.kpis.office import (
    CLIENT,
    EXCLUSIONS,
    OTHER_CLIENT,
    REQUEST,
    UNMANAGED,
    Office,
    Row,
    open_office,
    policy,
)
from tests.projection.harness import row

KPI = "reactive_hours_per_endpoint"
MONDAY = "2026-09-14"
SERVER, LAPTOP = 3, 4


async def endpoint(office: Office, when: str, number: int = 1, *, created: str | None = None, **fields: Any) -> None:
    """An active configuration item of the client, created when it is first seen unless said otherwise."""
    usual = {"isActive": True, "companyID": CLIENT, "configurationItemType": LAPTOP}
    dated = {"createDate": isoformat(moment(created or when))}
    await office.event("ConfigurationItem", number, when, usual | dated | fields, action="Create")


async def days(office: Office, window: str = "2026-09", *, company: int = CLIENT) -> float:
    """The endpoint-months of a company in a window."""
    found = await office.figure(KPI, window, company=company)
    return float(found["denominator"] / 1_000_000)


async def test_example_2(office: Office) -> None:
    """10 h on 5 endpoints and 50 h on 400, a full month: 60 ÷ 405 = 0.148148, not the average of 2 and 0.125."""
    await office.open_ticket("08:30")
    await office.open_ticket("08:30", number=2, company=OTHER_CLIENT)
    companies = {number: CLIENT if number <= 5 else OTHER_CLIENT for number in range(1, 406)}
    office.harness.tell(
        *(
            row("ConfigurationItem", number, moment("08:30"), {"companyID": company, "isActive": True})
            for number, company in companies.items()
        )
    )
    await office.work("2026-10-05 09:00", hours="10", ticket=1)
    await office.work("2026-10-05 09:00", hours="50", ticket=2)
    office.look("2026-11-01 08:00")
    figure = await office.figure(KPI, "2026-10")
    assert (60_000_000, 405_000_000, 0.148148) == (figure["numerator"], figure["denominator"], figure["value"])
    for company, value in ((CLIENT, 2.0), (OTHER_CLIENT, 0.125)):
        assert value == (await office.figure(KPI, "2026-10", company=company))["value"]


class TestHours:
    """The numerator."""

    @pytest.mark.parametrize("fields", [{}, {"kind": ALERT}])
    async def test_incidents_and_alerts(self, office: Office, fields: dict[str, Any]) -> None:
        """Work on an alert makes it worked on; it counts on dateWorked, for team and company only."""
        await office.open_ticket("08:30", **fields)
        await office.work("09:00", hours="1.5")
        assert [Row(MONDAY, None, 1.5, 0)] == await office.rows(KPI)
        assert (1.5, 0) == await office.sums(KPI, company=CLIENT)
        card = await office.read(f"/api/v1/technicians/{ANN}/scorecard")
        assert KPI not in [one["kpi"] for one in card["kpis"]]

    async def test_the_sample(self, office: Office) -> None:
        """One per counted entry, none on the denominator's side; sufficient when the denominator is above 0."""
        await office.open_ticket("08:30")
        await office.work("09:00")
        figure = await office.figure(KPI)
        assert (1, False, None) == (figure["sample_size"], figure["sufficient"], figure["value"])
        await endpoint(office, "09:10")
        figure = await office.figure(KPI)
        assert (1, True) == (figure["sample_size"], figure["sufficient"])

    async def test_unassigned(self, office: Office) -> None:
        """Hours of companies without endpoints stay in the team's numerator and are listed beside it."""
        await office.open_ticket("08:30")
        await office.open_ticket("08:30", number=2, company=OTHER_CLIENT)
        await office.work("09:00", hours="2")
        await office.work("09:00", hours="3", ticket=2)
        await endpoint(office, "09:10")
        figure = await office.figure(KPI)
        assert (5_000_000, 3.0) == (figure["numerator"], figure["companions"]["unassigned_hours"])


class TestReasons:
    """Why hours do not count."""

    @pytest.mark.parametrize(
        ("ticket", "entry", "reason"),
        [
            ({}, {"who": SYSTEM}, "not_a_technician"),
            ({}, {"billingCodeID": VACATION}, "time_off"),
            ({}, {"ticket": 99}, "unknown_company"),
            ({"company": None}, {}, "unknown_company"),
            ({"kind": REQUEST}, {}, "wrong_type"),
            ({"kind": None}, {}, "wrong_type"),
            ({"company": UNMANAGED}, {}, "unmanaged"),
            ({"company": INTERNAL}, {}, "internal_company"),
        ],
    )
    async def test_left_out(self, office: Office, ticket: dict[str, Any], entry: dict[str, Any], reason: str) -> None:
        """Neither a technician's incident nor alert of a managed company."""
        await office.open_ticket("08:30", **ticket)
        await office.work("09:00", **entry)
        assert [Row(MONDAY, None, 0, 0, reason)] == await office.rows(KPI)

    async def test_a_monitored_request_is_of_the_wrong_type(self, office: Office) -> None:
        """Only the type role decides: whatever the source says."""
        await office.open_ticket("08:30", kind=REQUEST, source=MONITORING)
        await office.work("09:00")
        assert ["wrong_type"] == [row.reason for row in await office.rows(KPI)]

    @pytest.mark.parametrize("reason", EXCLUSIONS)
    async def test_excluded(self, office: Office, reason: str) -> None:
        """Only scored tickets count: every exclusion of §2."""
        await office.open_ticket("08:30")
        await office.work("09:00")
        await office.exclude("10:00", KPI, reason)
        assert [Row(MONDAY, None, 0, 0, reason)] == await office.rows(KPI)

    async def test_an_entry_on_no_ticket(self, office: Office) -> None:
        """Project work is no subject of it."""
        await office.work("09:00", ticketID=None, taskID=70)
        assert [] == await office.rows(KPI)


class TestEndpoints:
    """The denominator: active managed endpoints, day by day."""

    @pytest.mark.parametrize(
        ("now", "months"),
        [("23:00", 0.033333), ("2026-09-15 00:30", 0.066667), ("2026-09-30 08:00", 0.566667)],
        ids=["its first day, whole", "two days", "the rest of the month"],
    )
    async def test_days(self, office: Office, now: str, months: float) -> None:
        """From 14 September on: 466 666 - 433 333, 500 000 - 433 333, 1 000 000 - 433 333."""
        await endpoint(office, "12:00")
        office.look(now)
        assert months == await days(office)

    async def test_a_full_month_is_one(self, office: Office) -> None:
        """First seen in September, created in August: September is exactly 1, back to createDate and no further."""
        await endpoint(office, "12:00", created="2026-08-31 23:00")
        office.look("2026-10-01 08:00")
        assert 1.0 == await days(office, "2026-09")
        assert 0.032259 == await days(office, "2026-08")

    async def test_a_deleted_one(self, office: Office) -> None:
        """Counted until the day before its delete: on that day's end it is gone."""
        await endpoint(office, "12:00")
        await office.event("ConfigurationItem", 1, "2026-09-16 12:00", {}, action="Delete")
        office.look("2026-09-20 08:00")
        assert 0.066667 == await days(office)

    async def test_seen_and_deleted_on_one_day(self, office: Office) -> None:
        """The first observation holds back to createDate, whatever else is seen that day."""
        await endpoint(office, "12:00", created="2026-09-12 12:00")
        await office.event("ConfigurationItem", 1, "13:00", {}, action="Delete")
        assert 0.066667 == await days(office)

    async def test_inactive_for_two_days(self, office: Office) -> None:
        """At the local end of a day it is what it is: off on the 15th and 16th, on again on the 17th."""
        await endpoint(office, "12:00")
        await office.event("ConfigurationItem", 1, "2026-09-15 12:00", {"isActive": False})
        await office.event("ConfigurationItem", 1, "2026-09-17 12:00", {"isActive": True})
        assert 0.066666 == await days(office)

    async def test_moved_to_another_company(self, office: Office) -> None:
        """Each company has its days; the team has all."""
        await endpoint(office, "12:00")
        await office.event("ConfigurationItem", 1, "2026-09-16 12:00", {"companyID": OTHER_CLIENT})
        assert (0.066667, 0.033333) == (await days(office), await days(office, company=OTHER_CLIENT))
        assert 100_000 == (await office.figure(KPI, "2026-09"))["denominator"]

    @pytest.mark.parametrize("company", [INTERNAL, UNMANAGED, 0, None])
    async def test_not_managed(self, office: Office, company: int | None) -> None:
        """Neither the house's own nor an unmanaged company's endpoints count."""
        await endpoint(office, "12:00", companyID=company)
        assert 0 == (await office.figure(KPI))["denominator"]

    async def test_endpoint_types(self, main: Database) -> None:
        """The policy's types only; one that changes its type comes in on that day."""
        async with open_office(main, policy(endpoint_types=(SERVER,))) as office:
            await endpoint(office, "12:00")
            await endpoint(office, "12:00", 2, configurationItemType=SERVER)
            assert 33_333 == (await office.figure(KPI))["denominator"]
            await office.event("ConfigurationItem", 1, "2026-09-15 12:00", {"configurationItemType": SERVER})
            assert 100_001 == (await office.figure(KPI))["denominator"]

    async def test_the_local_day(self, main: Database) -> None:
        """Deleted at 02:00 UTC on the 16th is the 15th in New York: one day."""
        async with open_office(main, policy(timezone="America/New_York")) as office:
            await endpoint(office, "12:00")
            await office.event("ConfigurationItem", 1, "2026-09-16 02:00", {}, action="Delete")
            assert 0.033333 == await days(office)


async def test_new_is_a_status(office: Office) -> None:
    """An open ticket counts as a completed one does."""
    await office.open_ticket("08:30", status=NEW)
    await office.work("09:00")
    assert (1, 0) == await office.sums(KPI)
