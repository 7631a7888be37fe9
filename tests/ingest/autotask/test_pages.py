"""Reading: pages by id, single rows, counts, fields; what is sent and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ingest.autotask.client import AutotaskClient
from ingest.autotask.filters import AllOf, AnyOf, Filter, before, begins_with, eq, gt, is_in, since, wire
from ingest.autotask.values import FieldInfo, PicklistValue, Threshold
from models.errors import BadAnswer
from models.instants import SECOND, parse_instant
from tests.ingest.autotask.stand import START, ZONE, Stand, errors, items

NEXT = f"{ZONE}/v1.0/Tickets/query?paging=abc"


async def _ids(client: AutotaskClient, collection: str = "Tickets", **options: Any) -> list[list[int]]:
    return [[row["id"] for row in page.rows] async for page in client.pages(collection, [], ["status"], **options)]


async def test_pages_go_by_id() -> None:
    """Each page asks for the ids after the last one; the first asks without one, for a company's id may be 0."""
    stand = Stand(items([{"id": 0}, {"id": 3}], NEXT), items([{"id": 9}]))
    assert [[0, 3], [9]] == await _ids(stand.client, page_size=2)
    assert [
        {"MaxRecords": 2, "IncludeFields": ["id", "status"], "Filter": [{"op": "gte", "field": "id", "value": 0}]},
        {"MaxRecords": 2, "IncludeFields": ["id", "status"], "Filter": [{"op": "gt", "field": "id", "value": 3}]},
    ] == stand.bodies
    assert {"/atservicesrest/v1.0/Tickets/query"} == {request.url.path for request in stand.requests}


async def test_a_read_is_taken_up_after_an_id() -> None:
    """``after_id`` joins the filters."""
    stand = Stand(items([]))
    pages = [page async for page in stand.client.pages("Tickets", [eq("status", 5)], ["status"], after_id=77)]
    assert 1 == len(pages)
    assert [
        {"op": "eq", "field": "status", "value": 5},
        {"op": "gt", "field": "id", "value": 77},
    ] == stand.bodies[0]["Filter"]


async def test_where_one_filter_is_allowed_the_next_page_is_followed() -> None:
    """The history of a ticket takes no second filter: same verb, same body, the address Autotask gave."""
    address = f"{ZONE}/v1.0/TicketHistory/query?paging=abc"
    stand = Stand(items([{"id": 7}, {"id": 2}], address), items([{"id": 1}]))
    rows = [row["id"] async for row in stand.client.query("TicketHistory", [eq("ticketID", 4)], ["date"])]
    assert [2, 7, 1] == rows
    first, second = stand.requests
    assert (first.method, first.content) == (second.method, second.content)
    assert address == str(second.url)


async def test_an_empty_page_that_is_not_the_last_is_passed_by_the_next_address() -> None:
    """Autotask may page inside; without rows there is no id to go on from."""
    stand = Stand(items([], NEXT), items([{"id": 5}]))
    assert [[], [5]] == await _ids(stand.client)
    assert NEXT == str(stand.requests[1].url)


async def test_the_secret_follows_no_address_of_another_host() -> None:
    """A next page elsewhere is refused."""
    stand = Stand(items([], "https://elsewhere.example.com/v1.0/Tickets/query"))
    with pytest.raises(BadAnswer, match="another host"):
        await _ids(stand.client)
    assert 1 == len(stand.requests)


@pytest.mark.parametrize(
    "replies",
    [
        [items([{"id": 9}, {"id": 3}], NEXT)],
        [items([{"id": 3}], NEXT), items([{"id": 3}], NEXT)],
        [items([], NEXT)],
        [httpx.Response(200, json={"items": "none"})],
        [items([{"id": None}])],
        [items([{"status": 1}])],
    ],
    ids=["not by id", "no progress", "only empty pages", "no items", "null id", "no id"],
)
async def test_pages_that_could_lose_rows_are_refused(replies: list[httpx.Response]) -> None:
    """What breaks the order, or never ends, is an error and not a short result."""
    with pytest.raises(BadAnswer):
        await _ids(Stand(*replies).client)


async def test_when_a_page_was_read() -> None:
    """The lower bound: the answer's Date, less the time to the first byte, less a second (design §4)."""

    def slow(_: httpx.Request) -> httpx.Response:
        stand.clock.advance(3 * SECOND)
        return items([{"id": 1}])

    stand = Stand(slow)
    [page] = [page async for page in stand.client.pages("Tickets", [], [])]
    assert (START + 3 * SECOND, START - SECOND) == (page.server_at, page.read_at)


async def test_without_a_date_nothing_says_when() -> None:
    """Our own clock is no substitute for the server's."""
    stand = Stand(httpx.Response(200, json={"items": []}, headers={"date": "yesterday"}))
    with pytest.raises(BadAnswer, match="Date"):
        await _ids(stand.client)


async def test_prose_is_never_requested_and_never_kept() -> None:
    """A query for it is refused; a single row comes without it."""
    stand = Stand(httpx.Response(200, json={"item": {"id": 5, "description": "pw", "status": 1, "resolution": "x"}}))
    with pytest.raises(ValueError, match="description"):
        await anext(aiter(stand.client.pages("Tickets", [], ["description"])))
    assert {"id": 5, "status": 1} == (await stand.client.get("Tickets", 5)).row


@pytest.mark.parametrize("size", [0, 501])
async def test_page_sizes_autotask_has_not(size: int) -> None:
    """``MaxRecords`` is 1 to 500."""
    with pytest.raises(ValueError, match="1 to 500"):
        await _ids(Stand(items([])).client, page_size=size)


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, json={"item": None}),
        httpx.Response(404, json={"errors": ["nothing here"]}),
        httpx.Response(404),
        errors(500, "No matching records found"),
    ],
    ids=["null", "404", "empty 404", "500 with words"],
)
async def test_an_absent_entity(reply: httpx.Response) -> None:
    """All of Autotask's ways to say so give no row, and when that was."""
    found = await Stand(reply).client.get("Tickets", 5)
    assert (None, START) == (found.row, found.server_at)
    assert START - 2 * SECOND < found.read_at <= START - SECOND


async def test_a_web_servers_own_404_is_no_absence() -> None:
    """A wrong address must not look as if everything had been deleted."""
    with pytest.raises(BadAnswer, match="no such address"):
        await Stand(httpx.Response(404, html="<html>Not Found</html>")).client.get("Tickets", 5)


async def test_count() -> None:
    """The number of rows that match."""
    stand = Stand(httpx.Response(200, json={"queryCount": 17}))
    assert 17 == await stand.client.count("Tickets", [gt("id", 5)])
    assert ("/atservicesrest/v1.0/Tickets/query/count", {"Filter": [{"op": "gt", "field": "id", "value": 5}]}) == (
        stand.requests[0].url.path,
        stand.bodies[0],
    )


async def test_fields_and_picklists() -> None:
    """Values that are numbers come as numbers; inactive ones stay; parents are kept."""
    raw = {
        "name": "subIssueType",
        "dataType": "integer",
        "isQueryable": True,
        "isSupportedWebhookField": True,
        "picklistValues": [
            {"value": "5", "label": "Disk", "sortOrder": 2, "parentValue": "3", "isActive": False, "isNew": 1},
            {"value": "AUD", "label": None},
        ],
    }
    stand = Stand(httpx.Response(200, json={"fields": [raw, {"name": "id", "picklistValues": None}]}))
    fields = await stand.client.fields("Tickets")
    values = (PicklistValue(5, "Disk", is_active=False, sort_order=2, parent=3), PicklistValue("AUD", ""))
    assert {
        "subIssueType": FieldInfo("subIssueType", "integer", True, values, True),
        "id": FieldInfo("id"),
    } == fields


async def test_entity_information_and_threshold() -> None:
    """What may be done with a collection; how busy the tenant is."""
    stand = Stand(httpx.Response(200, json={"info": {"supportsWebhookCallouts": True}}))
    assert {"supportsWebhookCallouts": True} == await stand.client.entity_information("Tickets")
    assert Threshold(10_000, 10, 60) == await stand.client.threshold()


@pytest.mark.parametrize(
    ("body", "ask"),
    [
        ({"queryCount": None}, lambda client: client.count("Tickets", [])),
        ({"fields": None}, lambda client: client.fields("Tickets")),
        ({"fields": [{"label": "x"}]}, lambda client: client.fields("Tickets")),
        ({}, lambda client: client.entity_information("Tickets")),
        ({"item": {"status": 1}}, lambda client: client.get("Tickets", 1)),
        ({}, lambda client: client.create("Tickets", {})),
    ],
)
async def test_answers_that_say_nothing(body: object, ask: Callable[[AutotaskClient], Any]) -> None:
    """JSON of another shape is ``bad_answer``."""
    with pytest.raises(BadAnswer):
        await ask(Stand(httpx.Response(200, json=body)).client)


async def test_children_are_listed_by_get() -> None:
    """Small lists below an entity, page after page."""
    address = f"{ZONE}/v1.0/TicketWebhooks/7/Fields?page=2"
    stand = Stand(items([{"id": 1}], address), items([{"id": 2}]))
    assert [1, 2] == [row["id"] for row in await stand.client.children("TicketWebhooks/7/Fields")]
    assert ["GET", "GET"] == [request.method for request in stand.requests]


async def test_writes() -> None:
    """POST and PATCH go to the collection, the id in the body; a delete of what is not there says so."""
    stand = Stand(httpx.Response(200, json={"itemId": 4}), httpx.Response(200, json={"itemId": "4"}))
    assert 4 == await stand.client.create("TicketWebhooks", {"name": "x"})
    assert 4 == await stand.client.update("TicketWebhooks", {"id": 4, "isActive": True})
    assert [("POST", "TicketWebhooks"), ("PATCH", "TicketWebhooks")] == [
        (request.method, request.url.path.rpartition("/")[2]) for request in stand.requests
    ]
    gone = Stand(httpx.Response(200, json={"itemId": 4}), errors(500, "No matching records found"))
    assert [True, False] == [await gone.client.delete("TicketWebhooks/4") for _ in range(2)]


def test_filters_on_the_wire() -> None:
    """Groups, lists, existence, and instants as UTC text."""
    noon = parse_instant("2026-09-15T12:00:00.25Z")
    either = AnyOf((is_in("id", [1, 2]), AllOf((Filter("exist", "completedDate"), begins_with("name", "x")))))
    assert [
        {"op": "gte", "field": "lastActivityDate", "value": "2026-09-15T12:00:00.250000Z"},
        {"op": "lt", "field": "lastActivityDate", "value": "2026-09-15T12:00:00.250000Z"},
        {
            "op": "or",
            "items": [
                {"op": "in", "field": "id", "value": [1, 2]},
                {
                    "op": "and",
                    "items": [
                        {"op": "exist", "field": "completedDate"},
                        {"op": "beginsWith", "field": "name", "value": "x"},
                    ],
                },
            ],
        },
    ] == wire([since("lastActivityDate", noon), before("lastActivityDate", noon), either])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Filter("between", "id"),
        lambda: is_in("id", []),
        lambda: is_in("id", range(501)),
        lambda: AnyOf(()),
        lambda: AnyOf((eq("id", 1),) * 501),
    ],
)
def test_filters_autotask_has_not(make: Callable[[], object]) -> None:
    """Operators it does not know and more than 500 conditions are refused before anything is sent."""
    with pytest.raises(ValueError, match=r"operator|values|conditions"):
        make()
