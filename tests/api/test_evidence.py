"""``GET /api/v1/kpis/{kpi}/evidence``: the rows behind every figure, and that they make that figure."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest
from pydantic import HttpUrl

from models.database import Database
from models.entities import MILLION
from models.ledger import Scope
from service.app import create_app
from service.scorecards.scorecard import Board
from service.serve import ROUTERS
from tests.door import problem_of, serving, settings_for
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, BOB, CLIENT, QUEUE, Shop

PATH = "/api/v1/kpis/sla_completion/evidence"
ROW_KEYS = [
    *("subject_type", "subject_id", "ticket_id", "ticket_number", "url", "tech_id", "queue_id", "company_id", "day"),
    *("happened_at", "numerator", "denominator", "sample", "outcome", "reason", "provisional"),
]


def busy(shop: Shop) -> None:
    """A month of a small desk: met, missed, open, pending, left out, on time and late entries."""
    entry = {"resourceID": ANN, "ticketID": 1, "dateWorked": "2026-09-10T00:00:00", "hoursWorked": "1.25"}
    ended = {"startDateTime": "2026-09-10T08:00:00Z", "endDateTime": "2026-09-10T09:00:00Z"}
    shop.tell(
        *(
            shop.decided(f"2026-09-{day:02} 09:00", met=day % 3 > 0, who=ANN if day % 2 else BOB)
            for day in range(1, 12)
        ),
        shop.decided("2026-08-20 09:00"),
        shop.decided("2026-09-03 09:00", queue=QUEUE + 1),
        shop.overdue("2026-09-14 11:58", who=BOB),
        shop.overdue("2026-09-12 11:58", who=ANN),
        shop.overdue("2026-09-14 18:00"),
        webhook("Ticket", 900, shop.now, {"companyID": CLIENT, "createDate": "2026-09-14T10:00:00Z"}),
        shop.resource(ANN, "Ann", "Archer"),
        webhook("TimeEntry", 501, shop.now, entry | ended | {"createDateTime": "2026-09-10T09:05:00Z"}),
        webhook("TimeEntry", 502, shop.now, entry | ended | {"createDateTime": "2026-09-10T12:05:00Z"}),
        webhook("TimeEntry", 503, shop.now, {**entry, "ticketID": None, "createDateTime": "2026-09-10T12:05:00Z"}),
    )


async def everything(
    client: httpx.AsyncClient, path: str, **params: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All rows by following the cursor, and the totals as the first page has them."""
    rows: list[dict[str, Any]] = []
    totals: dict[str, Any] = {}
    cursor = ""
    while True:
        response = await client.get(path, params={**params, "cursor": cursor})
        assert response.status_code == 200, response.text
        document = response.json()
        totals = totals or document["totals"]
        assert totals == document["totals"]
        rows += document["items"]
        if document["next_cursor"] is None:
            return rows, totals
        cursor = document["next_cursor"]


SCOPES = (
    ("", Scope.TEAM, 0),
    ("tech_id", Scope.TECH, ANN),
    ("queue_id", Scope.QUEUE, QUEUE),
    ("company_id", Scope.COMPANY, CLIENT),
)


@pytest.mark.parametrize("kpi", ["sla_completion", "sla_triage", "real_time_entry"])
async def test_the_rows_make_the_figure(shop: Shop, client: httpx.AsyncClient, kpi: str) -> None:
    """In every scope and window the rows, their totals and the scorecard's figure are the same sums."""
    busy(shop)
    for window, (name, scope, scope_id) in itertools.product(("mtd", "7d", "today", "2026-08"), SCOPES):
        asked = {name: scope_id} if name else {}
        rows, totals = await everything(client, f"/api/v1/kpis/{kpi}/evidence", window=window, limit=5, **asked)
        with shop.view() as view:
            board = Board(view)
            figures = board.figures(board.window(window), scope, (scope_id,))[scope_id]
        figure = next(one for one in figures if one.kpi == kpi)

        expected = (figure.numerator, figure.denominator, figure.sample_size, figure.provisional)
        assert expected == (totals["numerator"], totals["denominator"], totals["sample_size"], totals["provisional"])
        assert expected[:3] == tuple(sum(row[key] for row in rows) for key in ("numerator", "denominator", "sample"))


async def test_a_row_as_the_contract_has_it(shop: Shop, client: httpx.AsyncClient) -> None:
    """Keys in order; nobody and none are null; a miss says which ticket, whose, when and why."""
    shop.tell(shop.overdue("2026-09-14 10:00", who=-1), shop.resource(ANN, "Ann", "Archer"))
    document = (await client.get(PATH)).json()
    (row,) = document["items"]

    assert ["kpi", "as_of", "position", "window", "totals", "items", "next_cursor"] == list(document)
    assert ROW_KEYS == list(row)
    assert row == {
        "subject_type": "Ticket",
        "subject_id": 1,
        "ticket_id": 1,
        "ticket_number": None,
        "url": None,
        "tech_id": None,
        "queue_id": QUEUE,
        "company_id": CLIENT,
        "day": "2026-09-14",
        "happened_at": "2026-09-14T10:00:00Z",
        "numerator": 0,
        "denominator": MILLION,
        "sample": 1,
        "outcome": "counted",
        "reason": "open_breach",
        "provisional": False,
    }


async def test_each_row_once_whatever_the_page_size(shop: Shop, client: httpx.AsyncClient) -> None:
    """Pages of one, three or all rows hold the same rows in the same order, newest first."""
    busy(shop)
    by_size = {size: (await everything(client, PATH, limit=size))[0] for size in (1, 3, 500)}

    assert by_size[500] == by_size[1] == by_size[3]
    days = [(row["day"], row["happened_at"]) for row in by_size[500]]
    assert sorted(days, reverse=True) == days
    assert 16 == len({row["subject_id"] for row in by_size[500]})


async def test_an_entry_leads_to_its_ticket(shop: Shop, client: httpx.AsyncClient) -> None:
    """The row of a time entry names the ticket it stands on; one on no ticket names none, and why it is left out."""
    busy(shop)
    rows, _ = await everything(client, "/api/v1/kpis/real_time_entry/evidence")

    assert [("TimeEntry", 501, 1, MILLION, "counted", None), ("TimeEntry", 502, 1, 0, "counted", None)] == [
        tuple(row[key] for key in ("subject_type", "subject_id", "ticket_id", "numerator", "outcome", "reason"))
        for row in sorted(rows, key=lambda row: row["subject_id"])[:2]
    ]
    assert [(None, "excluded", "internal")] == [
        (row["ticket_id"], row["outcome"], row["reason"]) for row in rows if row["subject_id"] == 503
    ]


async def test_outcomes_part_the_rows(shop: Shop, client: httpx.AsyncClient) -> None:
    """Counted, excluded and pending rows together are all rows; what does not count says why."""
    busy(shop)
    parts = {word: (await everything(client, PATH, outcome=word))[0] for word in ("counted", "excluded", "pending")}
    rows, _ = await everything(client, PATH)

    assert len(rows) == sum(map(len, parts.values()))
    assert [{"no_sla"}, {"pending"}] == [{row["reason"] for row in parts[word]} for word in ("excluded", "pending")]
    assert {0} == {row["denominator"] for row in parts["excluded"] + parts["pending"]}


@pytest.mark.parametrize(
    ("path", "params", "problem"),
    [
        ("/api/v1/kpis/nonsense/evidence", {}, (404, "unknown_kpi")),
        ("/api/v1/kpis/roster/evidence", {}, (404, "unknown_kpi")),
        (PATH, {"window": "fortnight"}, (400, "unknown_window")),
        (PATH, {"outcome": "maybe"}, (400, "unknown_outcome")),
        (PATH, {"cursor": "x"}, (400, "bad_cursor")),
        (PATH, {"cursor": "WzEsMiwzLDQsNV0"}, (400, "bad_cursor")),
        (PATH, {"cursor": "\x00é"}, (400, "bad_cursor")),
        (PATH, {"tech_id": 424242}, (404, "unknown_technician")),
        (PATH, {"queue_id": 424242}, (404, "unknown_queue")),
        (PATH, {"company_id": 424242}, (404, "unknown_company")),
        (PATH, {"tech_id": -1}, (422, "invalid_request")),
        (PATH, {"tech_id": 2**63}, (422, "invalid_request")),
        (PATH, {"tech_id": "x"}, (422, "invalid_request")),
        (PATH, {"limit": 501}, (422, "invalid_request")),
        (PATH, {"limit": 0}, (422, "invalid_request")),
    ],
)
async def test_what_is_not_there_has_its_own_word(
    client: httpx.AsyncClient, path: str, params: dict[str, Any], problem: tuple[int, str]
) -> None:
    """Each mistake is a problem with a stable reason, never a 500 and never an empty list."""
    assert problem == problem_of(await client.get(path, params=params))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (None, None),
        (
            "https://webservices5.autotask.net/ATServicesRest/",
            "https://ww5.autotask.net/Mvc/ServiceDesk/TicketDetail.mvc?ticketId=1",
        ),
        ("http://127.0.0.1:9/ATServicesRest/", None),
    ],
)
async def test_the_link_into_autotask(database: Database, shop: Shop, zone: str | None, expected: str | None) -> None:
    """The zone's web host is made of its API host; without a zone, or with a simulator's, there is no link."""
    shop.tell(shop.decided("2026-09-14 09:00"))
    settings = settings_for("sqlite:///unused.db").model_copy(update={"autotask_zone_url": zone and HttpUrl(zone)})
    app = create_app(settings, database=database, clock=shop.harness.clock, routers=ROUTERS)
    async with serving(app) as client:
        (row,) = (await client.get(PATH)).json()["items"]

    assert expected == row["url"]


async def test_the_same_evidence_is_304(shop: Shop, client: httpx.AsyncClient) -> None:
    """Evidence has the figures' tag: the same until something changes, another for another question."""
    busy(shop)
    first = await client.get(PATH)
    tag = {"If-None-Match": first.headers["etag"]}
    again, other = await client.get(PATH, headers=tag), await client.get(PATH, params={"limit": 3}, headers=tag)

    assert [304, 200] == [again.status_code, other.status_code]
