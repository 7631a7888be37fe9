"""The make-believe Autotask behaves as reference/autotask.md says the real one does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models.instants import MINUTE, SECOND
from simulator.autotask.faults import Faults
from simulator.autotask.server import LoopbackServer
from simulator.callouts import Action, sign
from tests.simulator.autotask.stand import Stand


def leaf(op: str, field: str, value: Any = None) -> dict[str, Any]:
    return {"op": op, "field": field, "value": value}


def tickets(stand: Stand, count: int = 5) -> None:
    for number in range(1, count + 1):
        fields = {"status": 1 + number % 2, "title": f"Printer {number}", "ticketNumber": f"T20260914.{number:04d}"}
        stand.change("Tickets", number, fields)
        stand.clock.advance(SECOND)


async def test_zone() -> None:
    """The zone is told without authentication, an unknown user is a 500 with errors."""
    stand = Stand()
    known = await stand.http.get("zoneInformation", params={"user": stand.tenant.account.username})
    unknown = await stand.http.get("zoneInformation", params={"user": "nobody"})
    assert (known.json()["url"], unknown.status_code) == ("http://autotask.test/ATServicesRest/", 500)
    assert "errors" in unknown.json()


async def test_authentication() -> None:
    """A wrong secret is a 401."""
    stand = Stand()
    answer = await stand.http.get("Tickets/1", headers={"Secret": "wrong"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (leaf("eq", "id", 2), [2]),
        (leaf("noteq", "status", 1), [1, 3, 5]),
        (leaf("gt", "id", 3), [4, 5]),
        (leaf("lte", "id", 2), [1, 2]),
        (leaf("gte", "lastActivityDate", "2026-09-14T08:00:03.147"), [4, 5]),
        (leaf("lt", "lastActivityDate", "2026-09-14T08:00:01.147Z"), [1]),
        (leaf("beginsWith", "title", "print"), [1, 2, 3, 4, 5]),
        (leaf("endsWith", "title", "4"), [4]),
        (leaf("contains", "title", "er 5"), [5]),
        (leaf("exist", "queueID"), []),
        (leaf("notExist", "queueID"), [1, 2, 3, 4, 5]),
        (leaf("in", "id", [5, 1, 77]), [1, 5]),
        (leaf("notIn", "id", [1, 2, 3]), [4, 5]),
        ({"op": "or", "items": [leaf("eq", "id", 1), leaf("eq", "id", 4)]}, [1, 4]),
        ({"op": "and", "items": [leaf("gt", "id", 1), leaf("eq", "status", 2)]}, [3, 5]),
    ],
)
async def test_filters(item: dict[str, Any], expected: list[int]) -> None:
    """Every operator and group finds what it says."""
    stand = Stand()
    tickets(stand)
    assert expected == await stand.ids("Tickets", item)


@pytest.mark.parametrize(
    ("items", "more"),
    [
        ([leaf("between", "id", 1)], {}),
        ([leaf("eq", "nonsense", 1)], {}),
        ([], {}),
        ([leaf("gt", "id", 0)], {"MaxRecords": 501}),
        ([leaf("in", "id", list(range(501)))], {}),
        ([leaf("eq", "creatorType", 1)], {}),
    ],
)
async def test_refused_queries(items: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """What Autotask does not take is a 500 with errors."""
    answer = await Stand().query("Tickets", *items, **more)
    assert (answer.status_code, list(answer.json())) == (500, ["errors"])


async def test_pages() -> None:
    """Pages follow each other by POST with the same body and by GET, and carry only what was asked for."""
    stand = Stand()
    tickets(stand)
    body = {"filter": [leaf("gte", "id", 0)], "MaxRecords": 2, "IncludeFields": ["id", "queueID"]}
    first = (await stand.http.post("Tickets/query", json=body)).json()
    second = (await stand.http.post(first["pageDetails"]["nextPageUrl"], json=body)).json()
    got = await stand.http.get("Tickets/query", params={"search": '{"filter":[{"op":"gt","field":"id","value":4}]}'})
    assert second["items"] == [{"id": 3, "queueID": None}, {"id": 4, "queueID": None}]
    assert [row["id"] for row in got.json()["items"]] == [5]
    assert got.json()["pageDetails"]["nextPageUrl"] is None


async def test_count_and_get() -> None:
    """Rows are counted, one row is got, and one that is not there is a 404."""
    stand = Stand()
    tickets(stand)
    counted = await stand.http.post("Tickets/query/count", json={"filter": [leaf("gt", "id", 2)]})
    row, missing = await stand.http.get("Tickets/3"), await stand.http.get("Tickets/99")
    assert (counted.json(), row.json()["item"]["title"], missing.status_code) == ({"queryCount": 3}, "Printer 3", 404)


async def test_picklists_in_the_tenants_language() -> None:
    """Labels of picklists are the tenant's."""
    answer = await Stand(language="de").http.get("Tickets/entityInformation/fields")
    status = next(one for one in answer.json()["fields"] if one["name"] == "status")
    assert (status["picklistValues"][0]["value"], status["picklistValues"][0]["label"]) == ("1", "Neu")


async def test_webhook_life() -> None:
    """A webhook is ready a moment after its first field; a long name and a second delete are refused."""
    stand = Stand()
    long = await stand.http.post("TicketWebhooks", json={"name": "x" * 51})
    number = await stand.hook()
    row = (await stand.http.get(f"TicketWebhooks/{number}")).json()["item"]
    gone, again = [await stand.http.delete(f"TicketWebhooks/{number}") for _ in range(2)]
    assert (long.status_code, row["isReady"], gone.status_code, again.status_code) == (500, True, 200, 500)
    assert again.json() == {"errors": ["No matching records found"]}


async def test_callout() -> None:
    """An update is sent signed, with what changed and what is always displayed, under the legacy name."""
    stand = Stand()
    await stand.hook()
    tickets(stand, 1)
    stand.change("Tickets", 1, {"status": 5, "title": "Other"}, Action.UPDATE)
    stand.change("Tickets", 1, {"title": "Another"}, Action.UPDATE)
    await stand.dispatcher.step(stand.clock.now() + 5 * SECOND)
    create, update = stand.receiver.events()
    assert (create["EntityType"], create["Action"], update["Action"]) == ("Ticket", "Create", "Update")
    assert update["Fields"] == {"Status": "5", "TicketNumber": "T20260914.0001"}
    assert update["EventTime"] == "2026-09-14T08:00:07Z"
    assert stand.receiver.got[0][2] == sign(stand.receiver.got[0][1], "a-secret")


async def test_retries_and_deactivation() -> None:
    """A callout is tried five times, then logged; the 25th that fails disables the webhook and says so."""
    stand = Stand(Faults(payload_share=1.0))
    number = await stand.hook()
    stand.receiver.status = 500
    tickets(stand, 26)
    await stand.dispatcher.step(stand.clock.now() + 100 * MINUTE)
    assert len(stand.receiver.events()) == 125
    assert stand.receiver.got[-1][0] == "/off"
    assert len(stand.tenant.tables["WebhookEventErrorLogs"]) == 25
    assert not stand.tenant.tables["TicketWebhooks"].rows[number]["isActive"]


async def test_history() -> None:
    """The history of one ticket names labels in the tenant's language, and takes one filter only."""
    stand = Stand(language="de")
    tickets(stand, 1)
    stand.change("Tickets", 1, {"status": 5}, Action.UPDATE)
    answer = await stand.query("TicketHistory", leaf("eq", "ticketID", 1))
    details = [row["detail"] for row in answer.json()["items"]]
    assert 'Status geändert von "2" in "Abgeschlossen"' in details
    assert (await stand.query("TicketHistory", leaf("gt", "id", 1))).status_code == 500


async def test_time_entries() -> None:
    """A time entry moves its ticket's cursor and nudges, and its deletion is logged."""
    stand = Stand()
    tickets(stand, 1)
    stand.clock.advance(MINUTE)
    stand.change("TimeEntries", 7, {"ticketID": 1, "resourceID": 4, "hoursWorked": 0.5})
    moved = (await stand.http.get("Tickets/1")).json()["item"]["lastActivityDate"]
    stand.change("TimeEntries", 7, {}, Action.DELETE)
    await stand.dispatcher.step(stand.clock.now() + 2 * SECOND)
    logs = await stand.query("DeletedTicketActivityLogs", leaf("eq", "ticketID", 1))
    assert moved == "2026-09-14T08:01:01.147Z"
    assert [row["hoursWorked"] for row in logs.json()["items"]] == [0.5]
    assert stand.receiver.got[0][:2] == ("/extension", b"id=1")


async def test_faults_are_counted() -> None:
    """Each kind of fault happens and is counted per entity."""
    shares = Faults(lost_share=0.2, duplicated_share=0.2, delayed_share=0.2, reordered_share=0.2, error_share=0.1)
    stand = Stand(shares)
    stand.app.state.api.faults = Faults()
    await stand.hook()
    stand.app.state.api.faults = shares
    tickets(stand, 100)
    await stand.dispatcher.step(stand.clock.now() + 100 * MINUTE)
    for _ in range(50):
        await stand.http.get("Tickets/1")
    counts = stand.dispatcher.dice.counts + stand.app.state.api.dice.counts
    kinds = {"lost", "duplicated", "delayed", "reordered", "error", "payload_kept"}
    assert {kind for kind, entity in counts if entity == "Tickets"} == kinds


async def test_permissions() -> None:
    """A withdrawn permission is a 500 that says so; hidden non-billable rows are silently missing."""
    stand = Stand(Faults(withdrawn=frozenset({"Tickets"}), hides_non_billable=True))
    stand.change("TimeEntries", 1, {"isNonBillable": True})
    stand.change("TimeEntries", 2, {"isNonBillable": False})
    refused = await stand.http.get("Tickets/1")
    assert (refused.status_code, "adequate permissions" in refused.text) == (500, True)
    assert await stand.ids("TimeEntries", leaf("gt", "id", 0)) == [2]


async def test_threshold_and_date() -> None:
    """Requests of the last hour are counted, and Date is the simulated clock's."""
    stand = Stand()
    await stand.http.get("Tickets/1")
    answer = await stand.http.get("ThresholdInformation")
    assert answer.json()["currentTimeframeRequestCount"] == 2
    assert answer.headers["date"] == "Mon, 14 Sep 2026 08:00:00 GMT"


async def test_thread_limit() -> None:
    """The fourth request at once on an endpoint is refused in plain text, under whatever status the knob says."""
    stand = Stand(Faults(thread_status=500))
    answers = await asyncio.gather(*(stand.http.get("Tickets/1") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [404, 404, 404, 500]
    assert [answer.text[:25] for answer in answers if answer.status_code == 500] == ["Thread Threshold Exceeded"]


def test_server() -> None:
    """The door opens on a free port and closes twice."""
    server = LoopbackServer(Stand().app)
    server.close()
    server.close()
    assert server.url.startswith("http://127.0.0.1:")
