"""``GET /api/v1/scorecard`` as the contract of design §6 has it."""

from __future__ import annotations

import httpx
import pytest

from models.clock import FrozenClock
from models.database import Database
from models.entities import MILLION
from service.kpis.registry import KPIS
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.scorecards.shop import ANN, Shop

PATH = "/api/v1/scorecard"
KPI_KEYS = [
    "kpi",
    "value",
    "numerator",
    "denominator",
    "sample_size",
    "sufficient",
    "measurable",
    "reason",
    "target",
    "floor",
    "attainment",
    "provisional",
    "from",
    "to",
    "companions",
    "flags",
]


async def test_the_whole_document(shop: Shop, client: httpx.AsyncClient) -> None:
    """Keys, their order and their kinds are the contract's; ratios have six decimals, sums are exact."""
    shop.tell(
        shop.decided("2026-09-01 09:00"),
        shop.decided("2026-09-02 09:00"),
        shop.decided("2026-09-14 09:00", met=False),
        *shop.worked("2026-09-14", ANN),
        shop.resource(ANN, "Ann", "<Archer>"),
    )
    document = (await client.get(PATH)).json()

    assert ["as_of", "position", "generation", "window", "team", "technicians"] == list(document)
    assert ("2026-09-14T12:00:00Z", 6, "test") == (document["as_of"], document["position"], document["generation"])
    assert {"name": "mtd", "from": "2026-09-01", "to": "2026-09-14"} == document["window"]
    assert ["score", "band", "kpis"] == list(document["team"])
    assert (None, None) == (document["team"]["score"], document["team"]["band"])
    assert [KPI_KEYS] * len(KPIS) == [list(kpi) for kpi in document["team"]["kpis"]]
    assert next(kpi for kpi in document["team"]["kpis"] if kpi["kpi"] == "sla_completion") == {
        "kpi": "sla_completion",
        "value": 0.666667,
        "numerator": 2 * MILLION,
        "denominator": 3 * MILLION,
        "sample_size": 3,
        "sufficient": False,
        "measurable": True,
        "reason": None,
        "target": 0.9,
        "floor": 0.65,
        "attainment": 0.066667,
        "provisional": 0,
        "from": "2026-09-01",
        "to": "2026-09-14",
        "companions": {"sla_coverage": 1.0, "misses_allowed": 0, "misses_left": -1},
        "flags": [],
    }
    (ann,) = document["technicians"]
    assert ["tech_id", "name", "score", "band", "focus", "kpis"] == list(ann)
    assert (ANN, "Ann <Archer>", None, None, "utilization") == (
        ann["tech_id"],
        ann["name"],
        ann["score"],
        ann["band"],
        ann["focus"],
    )
    completion = next(kpi for kpi in ann["kpis"] if kpi["kpi"] == "sla_completion")
    assert {"misses_allowed": 0, "misses_left": -1} == completion["companions"]
    assert "reactive_hours_per_endpoint" not in [kpi["kpi"] for kpi in ann["kpis"]]


async def test_an_empty_ledger_is_answered(client: httpx.AsyncClient) -> None:
    """No facts is no error: nulls with a reason, and nobody."""
    response = await client.get(PATH, params={"window": "today"})
    kpi = next(one for one in response.json()["team"]["kpis"] if one["kpi"] == "sla_triage")

    assert 200 == response.status_code
    assert (None, 0, False, "no_event_in_90_days") == (
        kpi["value"],
        kpi["denominator"],
        kpi["measurable"],
        kpi["reason"],
    )
    assert [] == response.json()["technicians"]


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [("2026-08", "2026-08-01", "2026-08-31"), ("7d", "2026-09-08", "2026-09-14"), ("wtd", "2026-09-14", "2026-09-14")],
)
async def test_windows_by_name(client: httpx.AsyncClient, window: str, first: str, last: str) -> None:
    """Every window says its days."""
    document = (await client.get(PATH, params={"window": window})).json()

    assert {"name": window, "from": first, "to": last} == document["window"]


@pytest.mark.parametrize("window", ["fortnight", "2026-13", "2026-10", "", "' OR 1=1 --"])
async def test_an_unknown_window_is_refused(client: httpx.AsyncClient, window: str) -> None:
    """What is no window is a 400 that lists the windows there are and repeats nothing."""
    response = await client.get(PATH, params={"window": window})

    assert (400, "unknown_window") == problem_of(response)
    assert ["today", "7d", "30d", "90d", "wtd", "mtd", "last_month", "YYYY-MM"] == response.json()["allowed"]
    assert not window or window not in response.json()["detail"]


async def test_no_figures_yet(database: Database) -> None:
    """Before a worker ever built a ledger the answer is 503 with its own word, and when to ask again."""
    async with serving_figures(database, FrozenClock(0)) as client:
        response = await client.get(PATH)

    assert (503, "no_figures_yet") == problem_of(response)
    assert "5" == response.headers["retry-after"]


async def test_the_same_figures_have_the_same_tag(shop: Shop, client: httpx.AsyncClient) -> None:
    """A client that names the tag is told 304 without a body, until a fact or a target changes something."""
    first = await client.get(PATH)
    again = await client.get(PATH, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    other_window = await client.get(PATH, params={"window": "today"})
    shop.tell(shop.decided("2026-09-14 09:00"))
    changed = await client.get(PATH, headers={"If-None-Match": first.headers["etag"]})

    assert (304, b"", first.headers["etag"]) == (again.status_code, again.content, again.headers["etag"])
    assert other_window.headers["etag"] != first.headers["etag"]
    assert 200 == changed.status_code
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_frozen_clock_is_told(shop: Shop) -> None:
    """While the clock stands still every answer says at which instant; else none does."""
    async with serving_figures(shop.database, FrozenClock(shop.now)) as frozen:
        assert "2026-09-14T12:00:00Z" == (await frozen.get(PATH)).headers["techscore-frozen-at"]
    async with serving_figures(shop.database, shop.harness.clock) as live:
        assert "techscore-frozen-at" not in (await live.get(PATH)).headers
