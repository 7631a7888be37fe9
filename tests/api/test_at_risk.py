"""``GET /api/v1/tickets/at-risk``: bands and who is at risk by business time (kpis.md §3 and the wall's rule)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.database import Database
from models.instants import isoformat
from models.policy import Policy
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.projection.harness import at, webhook
from tests.scorecards.shop import ANN, BOB, CLIENT, QUEUE, Shop, open_shop

PATH = "/api/v1/tickets/at-risk"
NOON = "2026-09-14 12:00"
"""A Monday; the business day is 08:00 to 17:00."""


def waiting(shop: Shop, due: str, *, number: int = 1, created: str = "2026-09-14 11:59", **fields: Any) -> None:
    """A ticket of the client, due for triage."""
    moment = at(created)
    usual = {
        "companyID": CLIENT,
        "queueID": QUEUE,
        "assignedResourceID": ANN,
        "priority": 2,
        "ticketNumber": f"T20260914.{number:04}",
        "title": "Printer on fire",
        "createDate": isoformat(moment),
        "firstResponseDueDateTime": isoformat(at(due)),
    }
    shop.tell(webhook("Ticket", number, moment, usual | fields, action="Create", received_at=moment))


async def items(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    """Every open event, or those asked for."""
    answer = await client.get(PATH, params={"all": True} | asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_whole_document(shop: Shop, client: httpx.AsyncClient) -> None:
    """What the wall shows of one event."""
    waiting(shop, "2026-09-14 12:20")
    shop.tell(shop.resource(ANN, "Ann", "Archer"))
    document = (await client.get(PATH)).json()
    assert {"as_of": "2026-09-14T12:00:00Z", "next_cursor": None} == {
        key: document[key] for key in ("as_of", "next_cursor")
    }
    assert [
        {
            "ticket_id": 1,
            "ticket_number": "T20260914.0001",
            "title": "Printer on fire",
            "url": None,
            "event": "triage",
            "due": "2026-09-14T12:20:00Z",
            "minutes_left": 20,
            "business_time": True,
            "band": "30m",
            "at_risk": True,
            "tech_id": ANN,
            "holder": "Ann Archer",
            "queue_id": QUEUE,
            "company_id": CLIENT,
            "priority": 2,
        }
    ] == document["items"]


@pytest.mark.parametrize(
    ("due", "band"),
    [
        ("2026-09-14 11:59", "over"),
        (NOON, "over"),
        ("2026-09-14 12:15", "15m"),
        ("2026-09-14 12:16", "30m"),
        ("2026-09-14 12:30", "30m"),
        ("2026-09-14 13:00", "60m"),
        ("2026-09-14 13:01", "today"),
        ("2026-09-14 16:59", "today"),
        ("2026-09-15 09:00", "later"),
    ],
)
async def test_bands(shop: Shop, client: httpx.AsyncClient, due: str, band: str) -> None:
    """By the business minutes that are left; over at the due time itself."""
    waiting(shop, due, created="2026-09-14 08:00")
    assert [band] == [one["band"] for one in await items(client)]


async def test_business_minutes(database: Database) -> None:
    """At 16:30 on Friday, 08:10 on Monday is 40 business minutes away: 30 of Friday and 10 of Monday."""
    with open_shop(database, now="2026-09-18 16:30") as shop:
        waiting(shop, "2026-09-21 08:10", created="2026-09-18 16:29")
        async with serving_figures(database, shop.harness.clock) as client:
            (found,) = await items(client)
    assert (40, True, "60m") == (found["minutes_left"], found["business_time"], found["band"])


async def test_a_holiday_is_no_business_time(database: Database) -> None:
    """Monday is a holiday of the default location: due on Tuesday 08:10 is as near."""
    with open_shop(database, now="2026-09-18 16:30") as shop:
        shop.tell(
            webhook("InternalLocation", 1, shop.now, {"holidaySetId": 5, "isDefault": True}),
            webhook("Holiday", 1, shop.now, {"holidaySetID": 5, "holidayDate": "2026-09-21T00:00:00Z"}),
        )
        waiting(shop, "2026-09-22 08:10", created="2026-09-18 16:29")
        async with serving_figures(database, shop.harness.clock) as client:
            (found,) = await items(client)
    assert 40 == found["minutes_left"]


async def test_the_policy_s_default_location(database: Database) -> None:
    """The policy's location stands above Autotask's default one, as for scheduled hours (§4)."""
    with open_shop(database, now="2026-09-18 16:30", policy=Policy(timezone="UTC", default_location=2)) as shop:
        shop.tell(
            webhook("InternalLocation", 1, shop.now, {"holidaySetId": 5, "isDefault": True}),
            webhook("InternalLocation", 2, shop.now, {"holidaySetId": 6, "isDefault": False}),
            webhook("Holiday", 1, shop.now, {"holidaySetID": 6, "holidayDate": "2026-09-21T00:00:00Z"}),
        )
        waiting(shop, "2026-09-22 08:10", created="2026-09-18 16:29")
        async with serving_figures(database, shop.harness.clock) as client:
            (found,) = await items(client)
    assert 40 == found["minutes_left"]


@pytest.mark.parametrize(
    ("created", "due", "at_risk"),
    [
        ("2026-09-14 11:00", "2026-09-14 12:30", True),
        ("2026-09-14 11:00", "2026-09-14 12:31", False),
        ("2026-09-14 08:00", "2026-09-14 13:19", True),
        ("2026-09-14 08:00", "2026-09-14 13:20", False),
    ],
    ids=["30 minutes left", "31 of 91", "79 of 319", "80 of 320 are a quarter"],
)
async def test_at_risk(shop: Shop, client: httpx.AsyncClient, created: str, due: str, at_risk: bool) -> None:
    """Less than 25 % of the business minutes from creation to due, or 30 minutes left, whichever is more."""
    waiting(shop, due, created=created)
    assert [at_risk] == [one["at_risk"] for one in await items(client)]
    assert int(at_risk) == len(await items(client, all=False))


@pytest.mark.parametrize(
    ("due", "minutes", "band"), [("2026-09-14 20:00", 480, "today"), ("2026-09-19 12:00", 7200, "later")]
)
async def test_a_due_time_outside_business_hours(
    shop: Shop, client: httpx.AsyncClient, due: str, minutes: int, band: str
) -> None:
    """It counts in plain minutes: 8 h to the evening, 5 days to Saturday."""
    waiting(shop, due)
    (found,) = await items(client)
    assert (minutes, False, band) == (found["minutes_left"], found["business_time"], found["band"])


async def test_what_is_not_open_is_left_out(shop: Shop, client: httpx.AsyncClient) -> None:
    """Answered, paused, without SLA, internal: none of them waits for anybody."""
    waiting(shop, "2026-09-14 12:20", number=1, firstResponseDateTime="2026-09-14T11:59:30Z")
    waiting(shop, "2026-09-14 11:59:30", number=2, status=7)
    waiting(shop, "2026-09-14 12:20", number=3, firstResponseDueDateTime=None)
    waiting(shop, "2026-09-14 12:20", number=4, companyID=0)
    assert [] == await items(client)


async def test_filters_order_and_pages(shop: Shop, client: httpx.AsyncClient) -> None:
    """The most urgent first; by technician, queue and event; a page at a time."""
    waiting(shop, "2026-09-14 12:25", number=1)
    waiting(shop, "2026-09-14 12:10", number=2, assignedResourceID=BOB, queueID=QUEUE + 1)
    waiting(shop, "2026-09-14 11:00", number=3, resolvedDueDateTime="2026-09-14T12:05:00Z", created="2026-09-14 10:00")
    assert [3, 3, 2, 1] == [one["ticket_id"] for one in await items(client)]
    assert [2] == [one["ticket_id"] for one in await items(client, tech_id=BOB)]
    assert [2] == [one["ticket_id"] for one in await items(client, queue_id=QUEUE + 1)]
    assert ["completion"] == [one["event"] for one in await items(client, event="completion")]
    first = (await client.get(PATH, params={"all": True, "limit": 3})).json()
    assert (3, "3") == (len(first["items"]), first["next_cursor"])
    assert [1] == [one["ticket_id"] for one in await items(client, limit=3, cursor=first["next_cursor"])]


async def test_a_technician_s_token(shop: Shop) -> None:
    """Is given what they hold, and may not ask for anybody else's."""
    waiting(shop, "2026-09-14 12:25", number=1)
    waiting(shop, "2026-09-14 12:10", number=2, assignedResourceID=BOB)
    token = new_token(shop.database, f"technician:{ANN}")
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        mine = await client.get(PATH, headers=bearer(token))
        other = await client.get(PATH, params={"tech_id": BOB}, headers=bearer(token))
    assert [1] == [one["ticket_id"] for one in mine.json()["items"]]
    assert 403 == other.status_code
