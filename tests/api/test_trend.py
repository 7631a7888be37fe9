"""``GET /api/v1/kpis/{kpi}/trend``: a KPI by day, week and month (kpis.md §5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.entities import MILLION
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, BOB, CLIENT, QUEUE, Shop

PATH = "/api/v1/kpis/sla_completion/trend"


def told(shop: Shop) -> None:
    """Decisions on 31 August, 6 and 7 September, and two today, 14 September; one of each pair missed."""
    shop.tell(
        shop.decided("2026-08-31 09:00", met=False),
        shop.decided("2026-09-06 09:00", who=BOB),
        shop.decided("2026-09-07 09:00", met=False, queue=QUEUE + 1),
        shop.decided("2026-09-14 09:00"),
        shop.decided("2026-09-14 10:00", met=False),
    )


async def points(client: httpx.AsyncClient, **asked: Any) -> dict[str, tuple[str, int, int, float | None]]:
    """Last day, met, decided and value of each bucket that has data, by its first day."""
    answer = await client.get(PATH, params={name.rstrip("_"): value for name, value in asked.items()})
    assert answer.status_code == 200, answer.text
    return {
        one["from"]: (one["to"], one["numerator"] // MILLION, one["denominator"] // MILLION, one["value"])
        for one in answer.json()["items"]
        if one["denominator"]
    }


async def test_the_whole_document(shop: Shop, client: httpx.AsyncClient) -> None:
    """Thirteen months by default, the last one cut at today; a month without data has no value."""
    told(shop)
    document = (await client.get(PATH)).json()
    assert ["kpi", "bucket", "as_of", "measurable", "reason", "items", "next_cursor"] == list(document)
    assert ("sla_completion", "month", True, None) == tuple(
        document[key] for key in ("kpi", "bucket", "measurable", "reason")
    )
    assert (13, "2025-09-01", None) == (
        len(document["items"]),
        document["items"][0]["from"],
        document["items"][0]["value"],
    )
    assert {
        "from": "2026-09-01",
        "to": "2026-09-14",
        "numerator": 2 * MILLION,
        "denominator": 4 * MILLION,
        "value": 0.5,
        "sample_size": 4,
        "sufficient": False,
        "provisional": 0,
    } == document["items"][-1]


async def test_by_month(shop: Shop, client: httpx.AsyncClient) -> None:
    """A local day belongs to its month."""
    told(shop)
    assert {"2026-08-01": ("2026-08-31", 0, 1, 0.0), "2026-09-01": ("2026-09-14", 2, 4, 0.5)} == await points(
        client, bucket="month"
    )


async def test_by_week(shop: Shop, client: httpx.AsyncClient) -> None:
    """Weeks begin on Monday: Sunday 6 September is in the week of 31 August, and the last week ends today."""
    told(shop)
    assert {
        "2026-08-31": ("2026-09-06", 1, 2, 0.5),
        "2026-09-07": ("2026-09-13", 0, 1, 0.0),
        "2026-09-14": ("2026-09-14", 1, 2, 0.5),
    } == await points(client, bucket="week", from_="2026-08-31")


async def test_weeks_are_cut_at_both_ends(client: httpx.AsyncClient) -> None:
    """Asked from Thursday to Tuesday: four days of one week, two of the next."""
    answer = await client.get(PATH, params={"bucket": "week", "from": "2026-09-03", "to": "2026-09-08"})
    assert [("2026-09-03", "2026-09-06"), ("2026-09-07", "2026-09-08")] == [
        (one["from"], one["to"]) for one in answer.json()["items"]
    ]


async def test_by_day(shop: Shop, client: httpx.AsyncClient) -> None:
    """Each day by itself; days to come are no buckets."""
    told(shop)
    asked = {"bucket": "day", "from": "2026-09-12", "to": "2026-09-20"}
    items = (await client.get(PATH, params=asked)).json()["items"]
    assert ["2026-09-12", "2026-09-13", "2026-09-14"] == [one["from"] for one in items]
    assert [None, None, 0.5] == [one["value"] for one in items]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [({"tech_id": BOB}, (1, 1)), ({"queue_id": QUEUE + 1}, (0, 1)), ({"company_id": CLIENT}, (2, 4))],
)
async def test_scopes(shop: Shop, client: httpx.AsyncClient, scope: dict[str, int], expected: tuple[int, int]) -> None:
    """One technician, one queue, one company."""
    told(shop)
    assert expected == (await points(client, from_="2026-09-01", **scope))["2026-09-01"][1:3]


async def test_surveys_cover_ninety_days(shop: Shop, client: httpx.AsyncClient) -> None:
    """In each bucket the 90 days ending with its last day: an answer of 10 June is in June, July and August."""
    fields = {"surveyRating": "5", "completeDate": "2026-06-10T10:00:00Z"}
    shop.tell(webhook("SurveyResults", 1, shop.now, fields))
    items = (await client.get("/api/v1/kpis/client_survey/trend")).json()["items"]
    assert ["2026-06-01", "2026-07-01", "2026-08-01"] == [one["from"] for one in items if one["denominator"]]


async def test_endpoints_by_their_days(shop: Shop, client: httpx.AsyncClient) -> None:
    """An endpoint since 1 August: a whole month of August, ⌊10⁶ · 14 ÷ 30⌋ of September so far."""
    fields = {"isActive": True, "companyID": CLIENT, "createDate": "2026-08-01T09:00:00Z"}
    shop.tell(webhook("ConfigurationItem", 1, shop.now, fields))
    items = (await client.get("/api/v1/kpis/reactive_hours_per_endpoint/trend")).json()["items"]
    assert [0, 1_000_000, 466_666] == [one["denominator"] for one in items[-3:]]


async def test_not_measurable(shop: Shop, client: httpx.AsyncClient) -> None:
    """R2: the reason, and no value in any bucket; the sums stay visible."""
    shop.tell(shop.overdue("2026-09-14 09:00", kpi="sla_triage"))
    document = (await client.get("/api/v1/kpis/sla_triage/trend")).json()
    last = document["items"][-1]
    assert (False, "no_event_in_90_days", None, MILLION) == (
        document["measurable"],
        document["reason"],
        last["value"],
        last["denominator"],
    )


async def test_refusals(shop: Shop, client: httpx.AsyncClient) -> None:
    """More than 400 buckets, two scopes, a KPI there is not."""
    told(shop)
    long = await client.get(PATH, params={"bucket": "day", "from": "2025-01-01"})
    two = await client.get(PATH, params={"tech_id": ANN, "queue_id": QUEUE})
    none = await client.get("/api/v1/kpis/happiness/trend")
    assert [(400, "too_many_buckets"), (400, "one_scope"), (404, "unknown_kpi")] == [
        problem_of(one) for one in (long, two, none)
    ]


async def test_a_technician_s_token(shop: Shop) -> None:
    """Sees their own series only."""
    told(shop)
    token = new_token(shop.database, f"technician:{BOB}")
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        answers = [
            await client.get(PATH, params=scope, headers=bearer(token))
            for scope in ({"tech_id": BOB}, {"tech_id": ANN}, {"queue_id": QUEUE})
        ]
    assert [200, 403, 403] == [one.status_code for one in answers]
