"""What every route of the API has in common: examples, problems for what is not served, own numbers only."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.database import Database
from service.api import examples
from service.api.openapi import document
from service.serve import web_app
from tests.access.site import ADA, ADA_TICKET, BOB, BOB_NAME, BOB_TICKET, Site, bearer, everything_of, outcome
from tests.api.test_tickets import a_story
from tests.door import problem_of, settings_for
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, CLIENT, QUEUE, Shop

FREE = {"now", "companions", "url"}
"""Members whose keys depend on what is known, and what no zone is set for."""


def shape(value: object) -> object:
    """The keys of a document, all the way down, the first item of a list standing for all."""
    if isinstance(value, dict):
        return {key: "free" if key in FREE else shape(one) for key, one in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else "value"


def test_every_route_has_an_example() -> None:
    """OpenAPI shows an answer of each route under /api/v1, and its errors as problems."""
    described = document(web_app(settings_for("sqlite:///unused.db")))
    bare, no_problem = [], []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if not path.startswith("/api/v1/"):
                continue
            contents = [one for status, one in operation["responses"].items() if status[0] == "2"]
            examples_of = [kind for one in contents for kind in one.get("content", {}).values() if "example" in kind]
            if not examples_of:
                bare.append(f"{method} {path}")
            no_problem += [
                f"{method} {path} {status}"
                for status, one in operation["responses"].items()
                if status[0] in "45" and "application/problem+json" not in one.get("content", {})
            ]
    assert ([], []) == (bare, [one for one in no_problem if not one.startswith("get /api/v1/parked ")])


@pytest.mark.parametrize(
    ("path", "described"),
    [
        ("/api/v1/scorecard", examples.SCORECARD),
        ("/api/v1/kpis", examples.KPIS),
        ("/api/v1/kpis/sla_completion/evidence", examples.EVIDENCE),
        (f"/api/v1/technicians/{ANN}/scorecard", examples.TECHNICIAN),
        ("/api/v1/queues", examples.QUEUES),
        (f"/api/v1/queues/{QUEUE}/scorecard", examples.QUEUE),
        ("/api/v1/companies", examples.COMPANIES),
        (f"/api/v1/companies/{CLIENT}/scorecard", examples.COMPANY),
        ("/api/v1/tickets/1/story", examples.STORY),
        ("/api/v1/events/1", examples.EVENT),
    ],
)
async def test_examples_are_answers(
    shop: Shop, client: httpx.AsyncClient, path: str, described: examples.Responses
) -> None:
    """What the document shows has the keys, in the order, of what is really answered."""
    a_story(shop)
    shop.tell(shop.resource(ANN, "Ann", "Archer"), *shop.worked("2026-09-14", ANN))
    example: Any = described[200]["content"]["application/json"]["example"]
    real = (await client.get(path)).json()

    assert shape(example) == shape(real)
    assert list(example) == list(real)


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [
        ("GET", "/api/v1/nothing", (404, "not_found")),
        ("POST", "/api/v1/scorecard", (405, "method_not_allowed")),
        ("DELETE", "/api/v1/kpis/sla_triage/evidence", (405, "method_not_allowed")),
        ("GET", "/api/v1/events/x", (422, "invalid_request")),
    ],
)
async def test_what_is_not_served_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, problem: tuple[int, str]
) -> None:
    """Unknown paths, methods and parameters have stable words like everything else."""
    assert problem == problem_of(await client.request(method, path))


@pytest.fixture
async def site(database: Database) -> Any:
    """A site with Ada's and Bob's figures, tokens required."""
    made = Site(database)
    made.show_figures()
    yield made
    made.close()


async def test_a_technician_is_given_their_own_rows(site: Site) -> None:
    """Evidence is cut to them and says so by its sums; another's is refused by the same word as nobody's."""
    mine = bearer(site.token(f"technician:{ADA}"))
    path = "/api/v1/kpis/sla_triage/evidence"
    async with site.serving() as client:
        cut = (await client.get(path, headers=mine)).json()
        own = (await client.get(path, params={"tech_id": ADA}, headers=mine)).json()
        refused = [outcome(await client.get(path, params={"tech_id": one}, headers=mine)) for one in (BOB, 424242)]
        page = await client.get("/kpis/sla_triage", headers=mine)

    assert [(ADA, ADA_TICKET)] == [(row["tech_id"], row["ticket_number"]) for row in cut["items"]]
    assert (own["items"], own["totals"]) == (cut["items"], cut["totals"])
    assert [(403, "scope_missing")] * 2 == refused
    assert (True, False) == (ADA_TICKET in page.text, "T20260914.0012" in page.text)


async def test_another_technicians_ticket_is_not_found(site: Site) -> None:
    """Tickets with which one has nothing to do are not there; nor are pages, queues and events of all."""
    mine = bearer(site.token(f"technician:{ADA}"))
    paths = {
        "/api/v1/tickets/1/story": (200, ""),
        "/api/v1/tickets/12/story": (404, "unknown_ticket"),
        "/api/v1/tickets/424242/story": (404, "unknown_ticket"),
        f"/api/v1/technicians/{ADA}/scorecard": (200, ""),
        f"/api/v1/technicians/{BOB}/scorecard": (403, "scope_missing"),
        "/api/v1/technicians/424242/scorecard": (403, "scope_missing"),
        "/api/v1/queues": (403, "scope_missing"),
        "/api/v1/companies/629/scorecard": (403, "scope_missing"),
        "/api/v1/events/3": (403, "scope_missing"),
        "/tickets/1": (200, ""),
        "/tickets/12": (404, ""),
        f"/technicians/{BOB}": (403, ""),
    }
    async with site.serving() as client:
        answers = {path: await client.get(path, headers=mine) for path in paths}

    assert paths == {path: outcome(answer) for path, answer in answers.items()}
    told = "".join(everything_of(answer) for answer in answers.values())
    assert [] == [secret for secret in (BOB_NAME, BOB_TICKET, str(BOB)) if secret in told]


async def test_other_people_in_ones_own_ticket_are_somebody_else(site: Site) -> None:
    """A ticket that was Bob's before it was Ada's tells Ada nothing of Bob."""
    site.harness.tell(ticket_of(13, ADA, site))
    mine, all_of_it = bearer(site.token(f"technician:{ADA}")), bearer(site.token("read"))
    async with site.serving() as client:
        own = await client.get("/api/v1/tickets/13/story", headers=mine)
        page = await client.get("/tickets/13", headers=mine)
        whole = await client.get("/api/v1/tickets/13/story", headers=all_of_it)
    changes = [change for one in own.json()["timeline"] for change in one["changes"]]

    assert [(None, "somebody_else"), ("somebody_else", ADA)] == [
        (change["from"], change["to"]) for change in changes if change["field"] == "assignedResourceID"
    ]
    assert (False, False, True) == tuple(str(BOB) in text for text in (own.text, page.text, whole.text))
    assert (False, True) == (BOB_NAME in page.text, "Somebody else" in page.text)
    assert own.headers["etag"] != whole.headers["etag"]


def ticket_of(number: int, tech_id: int, site: Site) -> Any:
    """A ticket handed to somebody now."""
    return webhook("Ticket", number, site.harness.clock.now(), {"assignedResourceID": tech_id}, sequence=7)
