"""``POST /api/v1/what-if``: the scores under other terms, and nothing stored."""

from __future__ import annotations

from typing import Any

import httpx

from models.policy_tables import KpiPolicy
from service import desk
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.scorecards.shop import ANN, BOB, Shop

PATH = "/api/v1/what-if"


def told(shop: Shop) -> None:
    """Three of four completions in time."""
    shop.tell(
        *(shop.decided("2026-09-14 09:00", met=number > 0) for number in range(4)),
        *shop.worked("2026-09-14", ANN),
    )


def completion(document: dict[str, Any]) -> dict[str, Any]:
    """The team's completion figure."""
    found: dict[str, Any] = next(one for one in document["team"]["kpis"] if one["kpi"] == "sla_completion")
    return found


async def test_other_terms(shop: Shop, client: httpx.AsyncClient) -> None:
    """0.75 between floor 0.65 and target 0.90 attains 0.4; with a floor of 0.5 and a target of 0.8 it is 0.833333."""
    told(shop)
    asked = {"kpis": {"sla_completion": {"target": "0.80", "floor": "0.50", "minimum_sample": 4}}}
    answer = await client.post(PATH, json=asked)
    assert 200 == answer.status_code
    figure = completion(answer.json()["scorecard"])
    assert (0.8, 0.5, 0.833333, True) == tuple(figure[key] for key in ("target", "floor", "attainment", "sufficient"))
    assert {"now", "what_if"} == answer.json()["scores"].keys()


async def test_nothing_is_stored(shop: Shop, client: httpx.AsyncClient) -> None:
    """The policy in force, the inbox and the figures are as before."""
    told(shop)
    before = (await client.get("/api/v1/scorecard")).json()
    await client.post(PATH, json={"kpis": {"sla_completion": {"target": "0.80"}}})
    assert before == (await client.get("/api/v1/scorecard")).json()
    assert 0.4 == completion(before)["attainment"]
    with shop.database.read() as connection:
        stored = desk.read_policy(connection)
    assert stored is not None
    assert shop.policy == stored.policy


async def test_what_is_not_given_stays(shop: Shop, client: httpx.AsyncClient) -> None:
    """The policy's own floor holds where only a target is asked for."""
    told(shop)
    kept = KpiPolicy.model_validate({"floor": "0.70"})
    shop.put_in_force(shop.policy.model_copy(update={"kpis": {"sla_completion": kept}}))
    answer = await client.post(PATH, json={"kpis": {"sla_completion": {"target": "0.80"}}})
    figure = completion(answer.json()["scorecard"])
    assert (0.7, 0.8, 0.5) == tuple(figure[key] for key in ("floor", "target", "attainment"))


async def test_in_a_window(client: httpx.AsyncClient) -> None:
    """Any window, as the scorecard's."""
    answer = await client.post(PATH, json={"kpis": {}}, params={"window": "2026-08"})
    assert "2026-08-31" == answer.json()["scorecard"]["window"]["to"]


async def test_refusals(client: httpx.AsyncClient) -> None:
    """A KPI there is not, a target on the wrong side of the floor, and a key there is not."""
    unknown = await client.post(PATH, json={"kpis": {"happiness": {"target": "0.8"}}})
    wrong = await client.post(PATH, json={"kpis": {"sla_completion": {"target": "0.5"}}})
    other = await client.post(PATH, json={"kpis": {}, "timezone": "UTC"})
    assert [(404, "unknown_kpi"), (400, "misdirected")] == [problem_of(one) for one in (unknown, wrong)]
    assert 400 <= other.status_code < 500


async def test_a_technician_s_token(shop: Shop) -> None:
    """Is told of nobody else."""
    told(shop)
    shop.tell(*shop.worked("2026-09-14", BOB))
    token = new_token(shop.database, f"technician:{BOB}")
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        answer = await client.post(PATH, json={"kpis": {}}, headers=bearer(token))
    people = answer.json()["scores"]["what_if"]["technicians"]
    assert [BOB] == [one["tech_id"] for one in people]
