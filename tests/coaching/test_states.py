"""States: what flips them, and what never does."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest

from models.policy import KpiPolicy, Policy
from tests.coaching.talks import START, on, ordinary_ann, plan_of, start, state, tickets
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, CLIENT, Shop


async def test_small_samples_never_flip_a_state(shop: Shop, client: httpx.AsyncClient) -> None:
    """Nineteen tickets, all missed, of the focus and of a guarded KPI: nothing is concluded; the twentieth tells."""
    ordinary_ann(shop)
    number = await start(client)
    tickets(shop, "2026-09-15", 0, 19)
    tickets(shop, "2026-09-15", 0, 19, "sla_triage")
    on(shop, "2026-10-14")
    plan = await plan_of(client, number)
    assert ("on_course", "small_sample", []) == (plan["state"], plan["reason"], plan["slipped"])
    guard = next(one for one in plan["guards"] if one["kpi"] == "sla_triage")
    assert (False, "small_sample", 19) == (guard["slipped"], guard["reason"], guard["now"]["sample_size"])
    tickets(shop, "2026-09-26", 0, 20, "sla_triage")
    assert "slipping" == await state(client, number)


async def test_nor_do_good_ones(shop: Shop, client: httpx.AsyncClient) -> None:
    """Nineteen met are not reached; twenty are."""
    ordinary_ann(shop)
    number = await start(client)
    tickets(shop, "2026-09-15", 19, 19)
    on(shop, "2026-09-16")
    assert "on_course" == await state(client, number)
    tickets(shop, "2026-09-16", 1, 1)
    assert "reached" == await state(client, number)


async def test_a_small_baseline_guards_nothing(shop: Shop, client: httpx.AsyncClient) -> None:
    """What was hardly measured at the start cannot slip, however bad it is now."""
    ordinary_ann(shop)
    tickets(shop, "2026-09-10", 5, 5, "sla_engagement")
    number = await start(client, kpi="sla_completion")
    tickets(shop, "2026-09-15", 0, 50, "sla_engagement")
    on(shop, "2026-09-16")
    guard = next(one for one in (await plan_of(client, number))["guards"] if one["kpi"] == "sla_engagement")
    assert (False, "small_sample") == (guard["slipped"], guard["reason"])


async def test_chance_is_no_slip(shop: Shop, client: httpx.AsyncClient) -> None:
    """Worse, with enough of a sample, but within the noise of both."""
    ordinary_ann(shop)
    number = await start(client)
    tickets(shop, "2026-09-15", 19, 20, "sla_triage")
    on(shop, "2026-09-16")
    plan = await plan_of(client, number)
    guard = next(one for one in plan["guards"] if one["kpi"] == "sla_triage")
    assert (False, None, 0.95, []) == (guard["slipped"], guard["reason"], guard["now"]["value"], plan["slipped"])


async def test_the_day_of_the_talk_is_neither_s(shop: Shop, client: httpx.AsyncClient) -> None:
    """Tickets of the first day, before the talk and after, are in no figure of the plan."""
    ordinary_ann(shop)
    tickets(shop, START, 0, 5)
    number = await start(client)
    tickets(shop, START, 0, 30)
    on(shop, "2026-09-15")
    plan = await plan_of(client, number)
    assert (30, 0) == (plan["baseline"]["sample_size"], plan["now"]["sample_size"])


async def test_like_with_like(shop: Shop, client: httpx.AsyncClient) -> None:
    """The figure is of as many days as the baseline: weeks long gone are not held against anybody."""
    ordinary_ann(shop)
    number = await start(client)
    tickets(shop, "2026-09-15", 0, 40)
    tickets(shop, "2026-11-02", 20, 20)
    on(shop, "2026-11-10")
    plan = await plan_of(client, number)
    assert ("reached", 1.0, 20, "2026-10-12") == (
        plan["state"],
        plan["now"]["value"],
        plan["now"]["sample_size"],
        plan["now"]["from"],
    )
    assert ("2026-09-15", 60) == (plan["since_start"]["from"], plan["since_start"]["sample_size"])


async def test_a_thin_month_is_a_quarter(shop: Shop, client: httpx.AsyncClient) -> None:
    """Where thirty days hold too little, baseline and figure are of ninety."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"))
    tickets(shop, "2026-07-20", 10, 15)
    tickets(shop, "2026-09-08", 4, 10)
    number = await start(client, kpi="sla_completion")
    base = (await plan_of(client, number))["baseline"]
    assert ("2026-06-16", 25, 0.56) == (base["from"], base["sample_size"], base["value"])


@pytest.fixture
def workshop(shop: Shop) -> Shop:
    """A shop in which only hours count."""
    shop.put_in_force(Policy(timezone="UTC", kpis={"utilization": KpiPolicy(target=Decimal("0.80"))}))
    return shop


def worked(shop: Shop, first: str, days: int, hours: int) -> None:
    """Ann's hours for customers, the same on each business day of so many days."""
    begun = date.fromisoformat(first)
    for day in (begun + timedelta(days=count) for count in range(days)):
        if day.weekday() < 5:
            number = int(day.strftime("%Y%m%d"))
            entry = {"resourceID": ANN, "ticketID": 77, "dateWorked": f"{day}T00:00:00", "hoursWorked": str(hours)}
            shop.tell(
                webhook("Ticket", 77, shop.now, {"companyID": CLIENT}), webhook("TimeEntry", number, shop.now, entry)
            )


async def test_utilization_is_of_days(workshop: Shop, client: httpx.AsyncClient) -> None:
    """Its noise is of days, so that a week concludes nothing; what cost most and went right are days, too."""
    workshop.tell(workshop.resource(ANN, "Ann", "Archer"))
    worked(workshop, "2026-08-17", 28, 5)
    number = await start(client)
    plan = await plan_of(client, number)
    assert ("utilization", 0.625) == (plan["kpi"], plan["baseline"]["value"])
    assert ["TechnicianDays"] * 5 == [one["subject_type"] for one in plan["baseline"]["costliest"]]
    on(workshop, "2026-09-21")
    worked(workshop, "2026-09-15", 5, 8)
    plan = await plan_of(client, number)
    assert ("on_course", "small_sample") == (plan["state"], plan["reason"])
    on(workshop, "2026-09-26")
    worked(workshop, "2026-09-20", 6, 8)
    assert "reached" == await state(client, number)
    brief = (await client.get(f"/api/v1/coaching-plans/{number}/brief")).json()
    assert "2026-09-25" == brief["went_right"][0]["day"]
