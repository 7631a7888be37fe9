"""Figures of one technician, queue or company, and the lists of queues and companies."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.entities import MILLION
from tests.api.test_scorecard import KPI_KEYS
from tests.door import problem_of
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, BOB, CLIENT, QUEUE, Shop

MOMENT = ["as_of", "position", "generation", "window"]


def figure(document: dict[str, Any], kpi: str = "sla_completion") -> tuple[int, int]:
    """Numerator and denominator of one KPI, in whole things."""
    found = next(one for one in document["kpis"] if one["kpi"] == kpi)
    return found["numerator"] // MILLION, found["denominator"] // MILLION


async def test_a_technician_alone_is_the_technician_of_the_scorecard(shop: Shop, client: httpx.AsyncClient) -> None:
    """The same object as in the team's scorecard, with the moment it holds at."""
    shop.tell(
        shop.decided("2026-09-01 09:00"),
        shop.decided("2026-09-02 09:00", who=BOB),
        *shop.worked("2026-09-14", ANN),
        shop.resource(ANN, "Ann", "Archer"),
    )
    alone = (await client.get(f"/api/v1/technicians/{ANN}/scorecard")).json()
    (in_team,) = (await client.get("/api/v1/scorecard")).json()["technicians"]

    assert [*MOMENT, "tech_id", "name", "score", "band", "focus", "kpis"] == list(alone)
    assert in_team == {key: alone[key] for key in in_team}
    assert (1, 1) == figure(alone)


async def test_a_technician_without_a_row_still_has_figures(shop: Shop, client: httpx.AsyncClient) -> None:
    """Who is in no list of this window can be asked for by id."""
    shop.tell(shop.decided("2026-08-01 09:00", who=BOB))
    alone = (await client.get(f"/api/v1/technicians/{BOB}/scorecard", params={"window": "2026-08"})).json()

    assert ("Technician 102", (1, 1), "2026-08-31") == (alone["name"], figure(alone), alone["window"]["to"])


async def test_queues_and_companies(shop: Shop, client: httpx.AsyncClient) -> None:
    """Lists name each with its id; one scope has its own sums in the same KPI objects."""
    shop.tell(
        shop.decided("2026-09-01 09:00"),
        shop.decided("2026-09-02 09:00", met=False, queue=QUEUE + 1),
        webhook("Company", CLIENT, shop.now, {"companyName": "Acme <Ltd>"}),
    )
    queues = (await client.get("/api/v1/queues")).json()
    companies = (await client.get("/api/v1/companies")).json()
    queue = (await client.get(f"/api/v1/queues/{QUEUE + 1}/scorecard")).json()
    company = (await client.get(f"/api/v1/companies/{CLIENT}/scorecard")).json()

    assert queues == {
        "items": [{"queue_id": QUEUE, "name": None}, {"queue_id": QUEUE + 1, "name": None}],
        "next_cursor": None,
    }
    assert companies == {"items": [{"company_id": CLIENT, "name": "Acme <Ltd>"}], "next_cursor": None}
    assert [*MOMENT, "queue_id", "name", "kpis"] == list(queue)
    assert [*MOMENT, "company_id", "name", "kpis"] == list(company)
    assert ((0, 1), (1, 2), "Acme <Ltd>") == (figure(queue), figure(company), company["name"])
    assert [KPI_KEYS] * len(queue["kpis"]) == [list(kpi) for kpi in queue["kpis"]]


async def test_lists_go_on_after_the_cursor(shop: Shop, client: httpx.AsyncClient) -> None:
    """Pages of one hold every queue once."""
    shop.tell(*(shop.decided("2026-09-01 09:00", queue=number) for number in (0, 5, 7)))
    found, params = [], {"limit": "1"}
    while True:
        document = (await client.get("/api/v1/queues", params=params)).json()
        found += [item["queue_id"] for item in document["items"]]
        if document["next_cursor"] is None:
            break
        params["cursor"] = document["next_cursor"]

    assert [0, 5, 7] == found


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/api/v1/technicians/424242/scorecard", (404, "unknown_technician")),
        ("/api/v1/queues/424242/scorecard", (404, "unknown_queue")),
        ("/api/v1/companies/424242/scorecard", (404, "unknown_company")),
        (f"/api/v1/queues/{QUEUE}/scorecard?window=never", (400, "unknown_window")),
        ("/api/v1/technicians/-1/scorecard", (422, "invalid_request")),
        (f"/api/v1/companies/{2**63}/scorecard", (422, "invalid_request")),
        ("/api/v1/queues?cursor=x", (422, "invalid_request")),
    ],
)
async def test_what_is_not_there_has_its_own_word(
    shop: Shop, client: httpx.AsyncClient, path: str, problem: tuple[int, str]
) -> None:
    """Unknown ids and windows are problems with stable reasons."""
    shop.tell(shop.decided("2026-09-01 09:00"))

    assert problem == problem_of(await client.get(path))
