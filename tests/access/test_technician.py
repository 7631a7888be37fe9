"""A technician's token: the team's figures and one's own, by no way another technician's."""

from __future__ import annotations

import itertools
import re

import httpx
import pytest

from service.access.guard import declared_routes
from service.access.scopes import Need
from service.kpis.registry import KPIS
from tests.access.site import (
    ADA,
    ADA_NAME,
    ADA_TICKET,
    BOB,
    BOB_NAME,
    BOB_TICKET,
    BROWSER,
    Site,
    bearer,
    everything_of,
    outcome,
)

CARD = "/api/v1/scorecard"
OF_BOB = (str(BOB), BOB_NAME, BOB_NAME.split()[1], BOB_TICKET, "T20260914.0013")
QUERIES = (
    "",
    "?window=today",
    "?window=30d",
    f"?tech_id={BOB}",
    f"?tech_id={BOB}&window=mtd",
    "?fragment=1",
    "?part=ledger",
)
VALUES = (str(ADA), str(BOB), "1", "2", "12", "29683354", "629")
PARAMETER = re.compile(r"{[^}]*}")


def addresses(path: str) -> set[str]:
    """A template with Ada, Bob, their tickets, queue and company in every place, and each KPI where one goes."""
    by_kpi = [path.replace("{kpi}", kpi.key) for kpi in KPIS]
    return {PARAMETER.sub(value, template) for template in by_kpi for value in VALUES}


@pytest.fixture
def ada(site: Site) -> dict[str, str]:
    """Ada's way in."""
    return bearer(site.token(f"technician:{ADA}"))


async def test_no_route_tells_of_another(site: Site, client: httpx.AsyncClient, ada: dict[str, str]) -> None:
    """Every route as served, every parameter with Bob's id in it, errors and headers included: nothing of Bob."""
    told, read = [], 0
    for (method, path, need), query in itertools.product(declared_routes(site.app), QUERIES):
        if need is Need.PUBLIC:
            continue
        for address in (one + query for one in addresses(path)):
            answer = await client.request(method, address, headers=ada | BROWSER)
            read += answer.status_code == 200
            told += [f"{address}: {word}" for word in OF_BOB if word in everything_of(answer).replace(address, "")]

    assert [] == told
    assert read > 0


async def test_a_reader_is_told(client: httpx.AsyncClient, site: Site) -> None:
    """The words looked for above are there for whoever may see them: the test above can fail."""
    reader = bearer(site.token("read"))
    everything = "".join([everything_of(await client.get(path, headers=reader)) for path in (CARD, "/", "/metrics")])

    assert [] == [word for word in (*OF_BOB, ADA_NAME, ADA_TICKET) if word not in everything]


async def test_the_scorecard_is_the_teams_and_ones_own(
    site: Site, client: httpx.AsyncClient, ada: dict[str, str]
) -> None:
    """The team's figures are those a reader sees, of the technicians there is one."""
    whole = (await client.get(CARD, headers=bearer(site.token("read")))).json()
    own = (await client.get(CARD, headers=ada)).json()

    assert whole["team"] == own["team"]
    assert [ADA, BOB] == sorted(one["tech_id"] for one in whole["technicians"])
    assert [one for one in whole["technicians"] if one["tech_id"] == ADA] == own["technicians"]


async def test_the_page_is_the_teams_and_ones_own(client: httpx.AsyncClient, ada: dict[str, str]) -> None:
    """Of the breaches one's own are listed and counted; the tiles are the team's."""
    page = (await client.get("/", headers=ada | BROWSER)).text

    assert [True, True, False, False] == [word in page for word in (ADA_NAME, ADA_TICKET, BOB_NAME, BOB_TICKET)]
    assert '<b class="total" data-figure="breaches">1</b>' in page


async def test_tags_are_of_one_sight(site: Site, client: httpx.AsyncClient, ada: dict[str, str]) -> None:
    """Nobody's cached answer is taken for another's: a tag of a reader gives a technician no 304, nor the reverse."""
    reader, bob = bearer(site.token("read")), bearer(site.token(f"technician:{BOB}"))
    for path in (CARD, "/"):
        tags = [(await client.get(path, headers=who)).headers["etag"] for who in (reader, ada, bob)]
        crossed = [
            (await client.get(path, headers=who | {"If-None-Match": tag})).status_code
            for who, tag in itertools.product((reader, ada, bob), tags)
        ]

        assert 3 == len(set(tags))
        assert [304, 200, 200, 200, 304, 200, 200, 200, 304] == crossed
    both = [(await client.get(CARD, headers=bearer(site.token(scope)))).headers["etag"] for scope in ("read", "admin")]
    assert 1 == len(set(both))


async def test_no_answer_may_be_shared(client: httpx.AsyncClient, ada: dict[str, str]) -> None:
    """A cache between us and the browsers keeps none of it."""
    for path in (CARD, "/"):
        assert "private" in (await client.get(path, headers=ada)).headers["cache-control"]


async def test_metrics_are_not_for_technicians(client: httpx.AsyncClient, ada: dict[str, str]) -> None:
    """They hold everybody's numbers."""
    assert (403, "scope_missing") == outcome(await client.get("/metrics", headers=ada))


async def test_somebody_who_is_none_sees_the_team(site: Site, client: httpx.AsyncClient) -> None:
    """A token for an id that no technician has shows the team alone, in the same words."""
    nobody = (await client.get(CARD, headers=bearer(site.token("technician:5")))).json()

    assert ([], True) == (nobody["technicians"], bool(nobody["team"]["kpis"]))
