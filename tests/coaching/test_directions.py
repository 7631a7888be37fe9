"""Plans about KPIs of which less is better, and guards that are hours or rates."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
import pytest

from models.inbox import Fact
from models.instants import HOUR
from models.policy import KpiPolicy, Policy
from tests.coaching.talks import on, ordinary_ann, plan_of, start
from tests.coaching.test_states import worked
from tests.projection.harness import at, webhook
from tests.scorecards.shop import ANN, CLIENT, QUEUE, Shop

NEW, COMPLETE = 1, 5
RATE = "reopen_rate"


@pytest.fixture(autouse=True)
def few_are_enough(shop: Shop) -> None:
    """Ten completions tell a rate here."""
    shop.put_in_force(Policy(timezone="UTC", kpis={RATE: KpiPolicy(minimum_sample=10)}))


def completed(first: int, day: str, of: int, reopened: int) -> Iterable[Fact]:
    """So many tickets that Ann completes on a day; the first of them are opened again after an hour."""
    for number in range(first, first + of):
        done = at(f"{day} 10:00")
        fields = {"companyID": CLIENT, "queueID": QUEUE, "assignedResourceID": ANN, "status": NEW}
        begun = done - HOUR
        yield webhook("Ticket", number, begun, fields, action="Create", received_at=begun)
        yield webhook("Ticket", number, done, {"status": COMPLETE, "completedByResourceID": ANN})
        if number < first + reopened:
            yield webhook("Ticket", number, done + HOUR, {"status": NEW})


async def test_less_is_better(shop: Shop, client: httpx.AsyncClient) -> None:
    """From 50 % half way to 3 %: as much as before is behind, less than the goal is reached."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"), *completed(10_000, "2026-09-01", 10, 5))
    number = await start(client, kpi=RATE)
    begun = await plan_of(client, number)
    assert (0.5, 0.265) == (begun["baseline"]["value"], begun["goal"])
    assert {10_000, 10_001, 10_002, 10_003, 10_004} == {one["ticket_id"] for one in begun["baseline"]["costliest"]}
    shop.tell(*completed(20_000, "2026-09-15", 10, 5))
    on(shop, "2026-09-24")
    plan = await plan_of(client, number)
    assert ("behind", 0.421667) == (plan["state"], plan["expected"])
    shop.tell(*completed(30_000, "2026-09-23", 4, 0))
    assert ("on_course", 0.357143) == tuple_of(await plan_of(client, number))
    shop.tell(*completed(40_000, "2026-09-24", 16, 0))
    assert ("reached", 0.166667) == tuple_of(await plan_of(client, number))


def tuple_of(plan: dict[str, object]) -> tuple[object, object]:
    """State and value."""
    now = plan["now"]
    assert isinstance(now, dict)
    return plan["state"], now["value"]


async def test_a_guarded_rate_rises(shop: Shop, client: httpx.AsyncClient) -> None:
    """Ten of twenty reopened after none is a slip; what falls is none."""
    ordinary_ann(shop)
    shop.tell(*completed(10_000, "2026-09-01", 20, 0))
    number = await start(client, kpi="sla_completion")
    shop.tell(*completed(20_000, "2026-09-15", 20, 10))
    on(shop, "2026-09-16")
    plan = await plan_of(client, number)
    assert ("slipping", [RATE]) == (plan["state"], plan["slipped"])


async def test_guarded_hours_fall(shop: Shop, client: httpx.AsyncClient) -> None:
    """From seven hours a day to four, once there are days enough to tell."""
    ordinary_ann(shop)
    worked(shop, "2026-08-17", 28, 7)
    number = await start(client, kpi="sla_completion")
    on(shop, "2026-09-18")
    worked(shop, "2026-09-15", 4, 4)
    assert [] == (await plan_of(client, number))["slipped"]
    on(shop, "2026-09-26")
    worked(shop, "2026-09-20", 6, 4)
    assert ["utilization"] == (await plan_of(client, number))["slipped"]
