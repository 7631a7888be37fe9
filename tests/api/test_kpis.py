"""``GET /api/v1/kpis``: definitions with the terms in force."""

from __future__ import annotations

from decimal import Decimal

import httpx

from models.clock import FrozenClock
from models.database import Database
from models.policy import KpiPolicy, Policy
from service.kpis.registry import KPIS
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.scorecards.shop import Shop

PATH = "/api/v1/kpis"


async def test_definitions(client: httpx.AsyncClient) -> None:
    """Every KPI in the order of kpis.md with all that a reader needs to judge a value."""
    document = (await client.get(PATH)).json()
    triage = next(item for item in document["items"] if item["kpi"] == "sla_triage")

    assert ["items", "next_cursor"] == list(document)
    assert [kpi.key for kpi in KPIS] == [item["kpi"] for item in document["items"]]
    assert document["next_cursor"] is None
    assert {"sla_coverage", "misses_allowed", "misses_left"} == triage.pop("companions").keys()
    assert triage == {
        "kpi": "sla_triage",
        "title": "Triage",
        "meaning": "Tickets whose first response came by its SLA due date.",
        "direction": "higher",
        "slot": "sla",
        "target": 0.97,
        "floor": 0.75,
        "minimum_sample": 20,
        "tech_weight": 0.0,
        "team_weight": 0.041667,
        "window_days": None,
    }


async def test_the_policy_is_in_force(shop: Shop, client: httpx.AsyncClient) -> None:
    """What the policy file says takes the place of the KPI's own terms; a weight counts in slots."""
    own = KpiPolicy(target=Decimal("0.99"), floor=Decimal("0.5"), minimum_sample=3, weight=Decimal(2))
    before = (await client.get(PATH)).headers["etag"]
    shop.put_in_force(Policy(timezone="UTC", kpis={"sla_completion": own}))
    response = await client.get(PATH)
    item = next(one for one in response.json()["items"] if one["kpi"] == "sla_completion")

    assert (0.99, 0.5, 3) == (item["target"], item["floor"], item["minimum_sample"])
    assert (0.25, 0.25) == (item["tech_weight"], item["team_weight"])
    assert before != response.headers["etag"]


async def test_no_figures_yet(database: Database) -> None:
    """Before a worker ever ran nobody knows the policy in force."""
    async with serving_figures(database, FrozenClock(0)) as client:
        assert (503, "no_figures_yet") == problem_of(await client.get(PATH))
