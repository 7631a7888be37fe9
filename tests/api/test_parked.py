"""``GET /api/v1/parked``: what is set aside, page by page, for those who may see everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from ingest.webhooks import fact_of
from models.clock import WallClock
from models.database import Database
from models.instants import HOUR, MINUTE, SECOND, isoformat
from models.ledger import ParkedKind
from models.policy import Policy
from service import desk, readiness
from service.access.tokens import create_token
from service.api import parked, scorecard
from service.app import create_app
from service.desk import Pointer
from service.kpis.definition import Measure
from service.metrics import live
from service.reading import Reader
from tests.access.site import bearer, outcome, settings_with_tokens
from tests.door import problem_of, serving
from tests.metrics.text import value
from tests.projection.aside import Broken, with_measure
from tests.projection.harness import GENERATION, Harness, at, webhook

POLICY = Policy(timezone="UTC")
NOON = at("2026-09-14 12:00")
PATH = "/api/v1/parked"
DUE = "2026-09-14T13:00:00Z"


class Shown:
    """A harness whose ledger is shown."""

    def __init__(self, database: Database, measures: Mapping[str, Sequence[Measure]]) -> None:
        self.database = database
        self.harness = Harness(database, now=NOON, policy=POLICY, measures=measures)
        with database.write() as connection:
            desk.write_policy(connection, POLICY, NOON)
            desk.write_pointer(connection, Pointer(GENERATION, 1), NOON)
            self.token = create_token(connection, "reader", ["read"], WallClock().now())
            self.own = create_token(connection, "ada", ["technician:70001"], WallClock().now())
            self.scraper = create_token(connection, "prometheus", ["scrape"], WallClock().now())


@pytest.fixture
def broken() -> Broken:
    """A KPI that raises on tickets of status 99."""
    return Broken(on="status", value=99)


@pytest.fixture
def shown(database: Database, broken: Broken) -> Iterator[Shown]:
    """A ledger with nothing in it."""
    made = Shown(database, with_measure(broken))
    yield made
    made.harness.close()


@pytest.fixture
async def client(shown: Shown) -> AsyncIterator[httpx.AsyncClient]:
    """A reader's client of the running application."""
    app = create_app(
        settings_with_tokens(),
        database=shown.database,
        clock=shown.harness.clock,
        routers=(parked.router, scorecard.router),
        checks=readiness.checks(shown.harness.clock),
    )
    async with serving(app) as running:
        running.headers.update(bearer(shown.token))
        yield running


async def _items(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    response = await client.get(PATH + query)
    assert 200 == response.status_code, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_nothing_is_an_empty_list(client: httpx.AsyncClient) -> None:
    """No item, no next page."""
    assert {"items": [], "next_cursor": None} == (await client.get(PATH)).json()


async def test_an_event_and_a_subject(client: httpx.AsyncClient, shown: Shown) -> None:
    """Each with what it is, why, since when, how often it was tried and when it is tried next."""
    shown.harness.tell(
        webhook("Ticket", 7, NOON, {"createDate": "yesterday"}, received_at=NOON - HOUR),
        webhook("Ticket", 8, NOON, {"status": 99}),
    )
    event, subject = await _items(client)
    assert {
        "kind": "event",
        "item": str(event["position"]),
        "position": event["position"],
        "subject_type": None,
        "subject_id": None,
        "reason": "bad_value",
        "detail": "createDate: 'yesterday'",
        "since": isoformat(NOON - HOUR),
        "attempts": 1,
        "entity": {"type": "Ticket", "id": 7},
        "next_retry_at": isoformat(NOON + MINUTE),
    } == event
    assert {
        "kind": "subject",
        "item": "Ticket/8",
        "position": None,
        "subject_type": "Ticket",
        "subject_id": 8,
        "reason": "kpi_raised",
        "detail": "KeyError: 'status'",
        "since": isoformat(NOON),
        "attempts": 1,
        "entity": {"type": "Ticket", "id": 8},
        "next_retry_at": isoformat(NOON + MINUTE),
    } == subject


async def test_a_kpi_that_raises_parks_its_subject_only(
    client: httpx.AsyncClient, shown: Shown, broken: Broken
) -> None:
    """The parked ticket keeps what it had counted, its neighbour goes on, and it comes back by itself."""

    async def counted() -> tuple[int, int]:
        kpis = (await client.get("/api/v1/scorecard?window=today")).json()["team"]["kpis"]
        triage = next(kpi for kpi in kpis if kpi["kpi"] == "sla_triage")
        return triage["numerator"], triage["denominator"]

    answered = {
        "status": 1,
        "createDate": isoformat(NOON - HOUR),
        "firstResponseDueDateTime": DUE,
        "firstResponseDateTime": isoformat(NOON),
    }
    shown.harness.tell(*(webhook("Ticket", number, NOON, answered) for number in (1, 2)))
    assert (2_000_000, 2_000_000) == await counted()
    late = {"firstResponseDueDateTime": isoformat(NOON - MINUTE)}
    shown.harness.tell(
        webhook("Ticket", 1, NOON + SECOND, late | {"status": 99}), webhook("Ticket", 2, NOON + SECOND, late)
    )
    assert ["Ticket/1"] == [item["item"] for item in await _items(client)]
    assert (1_000_000, 2_000_000) == await counted()
    assert [] == shown.harness.verify().differences
    broken.mended = True
    shown.harness.advance_to(NOON + 2 * MINUTE)
    assert [] == await _items(client)
    assert (0, 2_000_000) == await counted()


async def test_pages_hold_each_item_once(client: httpx.AsyncClient, shown: Shown) -> None:
    """Following next_cursor gives all, the longest parked first, whatever the size of a page; kinds can be chosen."""
    for number in range(5):
        shown.harness.tell(fact_of(b"{" * (number + 1), NOON - number * SECOND))
    shown.harness.tell(*(webhook("Ticket", number, NOON, {"status": 99}) for number in (1, 2)))
    whole = await _items(client)
    assert sorted(item["since"] for item in whole) == [item["since"] for item in whole]
    assert 7 == len({item["item"] for item in whole})
    for limit in (1, 3, 7):
        page = (await client.get(PATH, params={"limit": limit})).json()
        found = page["items"]
        while page["next_cursor"] is not None:
            page = (await client.get(PATH, params={"limit": limit, "cursor": page["next_cursor"]})).json()
            found += page["items"]
        assert whole == found
    assert ["Ticket/1", "Ticket/2"] == [item["item"] for item in await _items(client, "?kind=subject")]
    assert 5 == len(await _items(client, "?kind=event"))


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!", "é", "W10", "WzEsMl0", "WzEsImV2ZW50IiwiaW5ib3giLDFlMzBd", "WzEsImV2ZW50IiwiYSdiIiwxXQ", "eyJhIjoxfQ"],
)
async def test_a_cursor_that_was_never_given(client: httpx.AsyncClient, cursor: str) -> None:
    """400, whatever it holds."""
    assert (400, "bad_cursor") == problem_of(await client.get(PATH, params={"cursor": cursor}))


@pytest.mark.parametrize("query", ["?limit=0", "?limit=501", "?limit=x", "?kind=both"])
async def test_parameters_out_of_range(client: httpx.AsyncClient, query: str) -> None:
    """422 says which."""
    assert (422, "invalid_request") == problem_of(await client.get(PATH + query))


async def test_the_tag_is_the_bodys_own(client: httpx.AsyncClient, shown: Shown) -> None:
    """304 while nothing is different; another retry is another tag, though no figure moved."""
    shown.harness.tell(fact_of(b"{", NOON))
    first = await client.get(PATH)
    tagged = {"If-None-Match": first.headers["etag"]}
    assert 304 == (await client.get(PATH, headers=tagged)).status_code
    shown.harness.projector.retry([first.json()["items"][0]["position"]])
    assert 200 == (await client.get(PATH, headers=tagged)).status_code


async def test_who_may_see_it(client: httpx.AsyncClient, shown: Shown) -> None:
    """A technician's token does not: others' tickets stand in it. Nor a scraper's, nor none."""
    shown.harness.tell(webhook("Ticket", 8, NOON, {"status": 99}))
    for token in (shown.own, shown.scraper):
        assert (403, "scope_missing") == outcome(await client.get(PATH, headers=bearer(token)))
    client.headers.pop("Authorization")
    assert (401, "token_missing") == outcome(await client.get(PATH))


async def test_before_the_first_ledger(database: Database) -> None:
    """503 that says so."""
    app = create_app(settings_with_tokens(auth="open"), database=database, routers=(parked.router,))
    async with serving(app) as client:
        assert (503, "no_figures_yet") == problem_of(await client.get(PATH))


async def test_what_nobody_looks_after_makes_the_service_not_ready(client: httpx.AsyncClient, shown: Shown) -> None:
    """A day after it was received, and not before; metrics tell since when. Discarded it is forgotten."""
    shown.harness.tell(fact_of(b"{", NOON - 23 * HOUR))
    assert readiness.young_parked(shown.database, shown.harness.clock) is None
    shown.harness.advance_to(NOON + HOUR)
    assert readiness.young_parked(shown.database, shown.harness.clock) is None
    shown.harness.advance_to(NOON + HOUR + MINUTE)
    assert "parked_ageing" == readiness.young_parked(shown.database, shown.harness.clock)
    assert "parked_ageing" == (await client.get("/readyz")).json()["checks"]["parked"]
    reader = Reader(shown.database)
    with reader.view() as view:
        text = live.render(shown.database, view, shown.harness.clock)
    reader.close()
    assert 1 == value(text, "techscore_parked", kind=ParkedKind.EVENT)
    assert (NOON - 23 * HOUR) / SECOND == value(text, "techscore_parked_oldest_timestamp_seconds", kind="event")
