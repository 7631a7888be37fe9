"""Attainment, scores, focus and bands (kpis.md §3, worked example 7 of §6), read by the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from models.database import Database
from models.policy_tables import KpiPolicy
from tests.kpis.desk import ANN, COMPLETE, WORKING
from tests.kpis.office import SECOND_LINE, TIERS, Office, open_office, policy

KPIS = ("utilization", "real_time_entry", "estimate_accuracy", "escalation_rate", "reopen_rate")
NEXT_DAY = "2026-09-15 08:00"


def with_few(**kpis: KpiPolicy) -> Any:
    """A policy under which one sample is enough, other terms by KPI."""
    least = {kpi: KpiPolicy(minimum_sample=1) for kpi in (*KPIS, "first_contact_resolution")}
    merged = {kpi: least.get(kpi, KpiPolicy()).model_copy(update=told(kpis.get(kpi))) for kpi in {*least, *kpis}}
    return policy(kpis=merged, tiers=TIERS)


def told(terms: KpiPolicy | None) -> dict[str, Any]:
    """What terms say."""
    return {} if terms is None else terms.model_dump(exclude_none=True)


async def a_day(office: Office, until: str = NEXT_DAY) -> None:
    """Ann works 5.76 of 8 h on five tickets, in time, as estimated; one is handed up, four are completed."""
    await office.technician("08:00")
    for number in range(1, 6):
        await office.open_ticket("08:30", number=number, estimate="1.152")
        await office.work("10:00", hours="1.152", start="08:40", end="10:00", ticket=number)
    await office.ticket("10:10", number=5, queue=SECOND_LINE)
    for number in range(1, 5):
        await office.ticket("11:00", number=number, status=COMPLETE)
    office.look(until)


async def team(office: Office) -> Any:
    """The team's card."""
    return (await office.read("/api/v1/scorecard", window="mtd"))["team"]


async def test_example_7(office: Office) -> None:
    """Utilization 0.72 attains 0.7333…; escalation 0.20 attains 0.8; both also where the sample is insufficient."""
    await a_day(office)
    found = {kpi: await office.figure(kpi) for kpi in ("utilization", "escalation_rate")}
    assert [(0.72, 0.733333), (0.2, 0.8)] == [(one["value"], one["attainment"]) for one in found.values()]
    assert [True, False] == [one["sufficient"] for one in found.values()]


async def test_fewer_than_five_slots(office: Office) -> None:
    """Only utilization has a sufficient sample: no score and no band."""
    await a_day(office)
    card = await team(office)
    assert (None, None) == (card["score"], card["band"])


async def test_the_score(main: Database) -> None:
    """Six equal slots: 0.7333…, 1 four times and 0.8 make 100 x 5.5333… ÷ 6 = 92.222222; utilization is the focus."""
    async with open_office(main, with_few()) as office:
        await a_day(office)
        (ann,) = (await office.read("/api/v1/scorecard", window="mtd"))["technicians"]
        assert (92.222222, "on_track", "utilization") == (ann["score"], ann["band"], ann["focus"])
        card = await team(office)
        assert (92.222222, "on_track") == (card["score"], card["band"])


async def test_weights(main: Database) -> None:
    """Utilization weighs nothing: (4 + 0.8) ÷ 5 = 96, which is best in class; the focus is then escalations."""
    async with open_office(main, with_few(utilization=KpiPolicy(weight=Decimal(0)))) as office:
        await a_day(office)
        (ann,) = (await office.read("/api/v1/scorecard", window="mtd"))["technicians"]
        assert (96.0, "best_in_class", "escalation_rate") == (ann["score"], ann["band"], ann["focus"])


async def test_other_targets(main: Database) -> None:
    """A target of 0.72 is reached: 100 x 5.8 ÷ 6 = 96.666667."""
    async with open_office(main, with_few(utilization=KpiPolicy(target=Decimal("0.72")))) as office:
        await a_day(office)
        assert 96.666667 == (await team(office))["score"]


async def test_the_lowest_band(main: Database) -> None:
    """All four reopened: estimates count no more; escalations, reopenings and first contact attain nothing.

    100 x 1.7333… ÷ 5 = 34.666667, intervene; three KPIs cost the same, the first in order is the focus.
    """
    async with open_office(main, with_few()) as office:
        await a_day(office, until="2026-09-15 05:00")
        for number in range(1, 5):
            await office.ticket("2026-09-15 05:00", number=number, status=WORKING)
        office.look("2026-09-15 05:16")
        (ann,) = (await office.read("/api/v1/scorecard", window="mtd"))["technicians"]
        assert (34.666667, "intervene", "escalation_rate") == (ann["score"], ann["band"], ann["focus"])


async def test_reactive_hours_are_in_no_score(main: Database) -> None:
    """The worst reactive hours change nothing."""
    async with open_office(main, with_few()) as office:
        await a_day(office)
        fields = {"isActive": True, "companyID": 7, "createDate": "2026-09-15T08:00:00Z"}
        await office.event("ConfigurationItem", 1, NEXT_DAY, fields, action="Create")
        assert 0.0 == (await office.figure("reactive_hours_per_endpoint", "mtd"))["attainment"]
        assert 92.222222 == (await team(office))["score"]


async def test_nobody_is_not_the_team_s_average(main: Database) -> None:
    """R1: team figures are sums over all contributions, and Ann is the whole team here."""
    async with open_office(main, with_few()) as office:
        await a_day(office)
        assert await office.sums("reopen_rate", "mtd", who=ANN) == await office.sums("reopen_rate", "mtd")
