"""``GET /api/v1/events/{position}``: what became of each event."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ingest.webhooks import fact_of
from models.instants import HOUR, isoformat
from service import discards
from tests.door import problem_of
from tests.projection.harness import at, row, webhook
from tests.scorecards.shop import ANN, Shop

EVENT_KEYS = ["position", "state", "reason", "origin", "received_at", "entity_type", "entity_id", "contributions"]


async def fate_of(client: httpx.AsyncClient, position: int) -> dict[str, Any]:
    """An event's fate."""
    response = await client.get(f"/api/v1/events/{position}")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


async def test_waiting_then_applied(shop: Shop, client: httpx.AsyncClient) -> None:
    """A stored event waits until the projector took it; then it names what its ticket contributes."""
    shop.harness.store(shop.overdue("2026-09-14 10:00"))
    before = await fate_of(client, 1)
    shop.harness.settle()
    after = await fate_of(client, 1)

    assert EVENT_KEYS == list(before)
    assert ("waiting", "Ticket", 1, []) == tuple(
        before[key] for key in ("state", "entity_type", "entity_id", "contributions")
    )
    assert ("applied", None) == (after["state"], after["reason"])
    assert "open_breach" in [one["reason"] for one in after["contributions"] if one["measure"] == "sla_completion"]


async def test_parked_with_its_reason(shop: Shop, client: httpx.AsyncClient) -> None:
    """An event that cannot be read says which word it was set aside under."""
    shop.tell(fact_of(b'{"Action":"Update","EntityType":"Ticket","Id":1}', shop.now))

    found = await fate_of(client, 1)

    assert ("parked", "no_event_time", None) == (found["state"], found["reason"], found["entity_type"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"Action":"Deactivated","EntityType":"Ticket","Id":1}',
        b'{"Action":"Update","EntityType":"Contact","Id":1,"EventTime":"2026-09-14T08:00:00Z"}',
    ],
)
async def test_nothing_reads_it(shop: Shop, client: httpx.AsyncClient, body: bytes) -> None:
    """A hint, or an entity no release reads yet, has no effect, and that is said."""
    shop.tell(fact_of(body, shop.now))
    found = await fate_of(client, 1)

    assert ("no_effect", "nothing_reads_it") == (found["state"], found["reason"])


async def test_an_overtaken_event_changes_nothing(shop: Shop, client: httpx.AsyncClient) -> None:
    """An old name that arrives after a newer one has no effect; the newer one has; a repeated status still has."""
    then = shop.now - HOUR
    shop.tell(webhook("Company", 7, shop.now, {"companyName": "New"}))
    shop.tell(webhook("Company", 7, then, {"companyName": "Old"}))
    shop.tell(webhook("Ticket", 1, then, {"status": 1}), webhook("Ticket", 1, shop.now, {"status": 1}))

    assert ["applied", "no_effect", "applied", "applied"] == [
        (await fate_of(client, position))["state"] for position in (1, 2, 3, 4)
    ]


async def test_an_entry_and_its_ticket(shop: Shop, client: httpx.AsyncClient) -> None:
    """A time entry's event tells of the entry and of the ticket it stands on."""
    start = at("2026-09-14 08:00")
    entry = {"resourceID": ANN, "ticketID": 1, "endDateTime": isoformat(start), "createDateTime": isoformat(start)}
    shop.tell(shop.decided("2026-09-14 09:00"), row("TimeEntry", 5, start + HOUR, entry))
    found = await fate_of(client, 2)

    assert ("rest", {("TimeEntry", 5), ("Ticket", 1)}) == (
        found["origin"],
        {(one["subject_type"], one["subject_id"]) for one in found["contributions"]},
    )


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/api/v1/events/404", (404, "unknown_event")), ("/api/v1/events/-1", (422, "invalid_request"))],
)
async def test_no_such_event(client: httpx.AsyncClient, path: str, problem: tuple[int, str]) -> None:
    """Where nothing is stored there is no fate."""
    assert problem == problem_of(await client.get(path))


async def test_discarded_by_hand(shop: Shop, client: httpx.AsyncClient) -> None:
    """An event somebody gave up says so with the word they gave, and its tag is another than before."""
    shop.tell(fact_of(b'{"Action":"Update","EntityType":"Ticket","Id":1}', shop.now))
    before = await client.get("/api/v1/events/1")
    with shop.database.write() as connection:
        discards.discard(connection, [1], "sent by mistake", "sam", shop.now)
    after = await client.get("/api/v1/events/1", headers={"If-None-Match": before.headers["etag"]})

    assert (200, "discarded", "sent by mistake") == (after.status_code, after.json()["state"], after.json()["reason"])
