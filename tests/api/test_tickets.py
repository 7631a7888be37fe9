"""``GET /api/v1/tickets/{id}/story``: what happened to a ticket, and what each KPI made of it and why."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.instants import HOUR, MINUTE, isoformat
from service.kpis.population import REASONS
from service.kpis.registry import KPIS
from tests.door import problem_of
from tests.projection.harness import at, row, webhook
from tests.scorecards.shop import ANN, BOB, CLIENT, QUEUE, Shop

MADE = at("2026-09-14 08:00")
DUE = at("2026-09-14 10:00")


def a_story(shop: Shop) -> None:
    """Ticket 1: created, handed to Bob, seen by a feed, breached; worked by Ann, whose entry was logged late."""
    created = {
        "ticketNumber": "T20260914.0001",
        "title": "Printer",
        "status": 1,
        "queueID": QUEUE,
        "companyID": CLIENT,
        "assignedResourceID": ANN,
        "createDate": isoformat(MADE),
        "estimatedHours": "1.5",
        "firstResponseDueDateTime": isoformat(DUE),
        "firstResponseDateTime": isoformat(MADE + MINUTE),
        "firstResponseInitiatingResourceID": ANN,
        "resolvedDueDateTime": isoformat(DUE),
    }
    worked = {
        "resourceID": ANN,
        "ticketID": 1,
        "dateWorked": "2026-09-14T00:00:00",
        "hoursWorked": "0.25",
        "startDateTime": isoformat(MADE),
        "endDateTime": isoformat(MADE + 15 * MINUTE),
        "createDateTime": isoformat(MADE + HOUR),
    }
    shop.tell(
        webhook("Ticket", 1, MADE, created, action="Create"),
        webhook("Ticket", 1, MADE + HOUR, {"assignedResourceID": BOB, "queueID": QUEUE}),
        row("Ticket", 1, MADE + 2 * HOUR, {"status": 1}, MADE + 2 * HOUR - MINUTE),
        webhook("ServiceLevelAgreementResults", 4, MADE + HOUR, {"ticketID": 1, "isFirstResponseMet": True}),
        webhook("TimeEntry", 9, MADE + HOUR, worked),
        webhook("TimeEntry", 10, MADE + HOUR, worked | {"resourceID": BOB}),
        webhook("TimeEntry", 10, MADE + 2 * HOUR, {}, action="Delete"),
    )


async def story_of(client: httpx.AsyncClient) -> dict[str, Any]:
    """Ticket 1's story."""
    response = await client.get("/api/v1/tickets/1/story")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


async def test_the_timeline_says_who_changed_what_and_when(shop: Shop, client: httpx.AsyncClient) -> None:
    """Each sighting with its origin and actor, and only what it changed, at the time kpis.md R12 gives it."""
    a_story(shop)
    created, handed, seen = (await story_of(client))["timeline"]

    assert ("webhook", True, 30691780) == (created["origin"], created["created"], created["actor_id"])
    assert {"field": "estimatedHours", "at": isoformat(MADE), "from": None, "to": 1.5, "first_seen": True} in created[
        "changes"
    ]
    assert handed["changes"] == [
        {"field": "assignedResourceID", "at": isoformat(MADE + HOUR), "from": ANN, "to": BOB, "first_seen": False}
    ]
    assert ("row", None, [], isoformat(MADE + 2 * HOUR), isoformat(MADE + 2 * HOUR - MINUTE)) == tuple(
        seen[key] for key in ("origin", "actor_id", "changes", "seen_at", "changed_at")
    )


async def test_the_state_now_entries_and_sla(shop: Shop, client: httpx.AsyncClient) -> None:
    """The ticket as it stands, its entries (a deleted one marked), and Autotask's own verdict."""
    a_story(shop)
    story = await story_of(client)

    assert (1, BOB, 1.5, isoformat(DUE), "Printer") == tuple(
        story["now"][name]
        for name in ("status", "assignedResourceID", "estimatedHours", "resolvedDueDateTime", "title")
    )
    assert [(9, ANN, 0.25, True), (10, BOB, 0.25, False)] == [
        (entry["entry_id"], entry["tech_id"], entry["hours"], entry["exists"]) for entry in story["time_entries"]
    ]
    triage = story["sla"]["events"][0]
    assert ("sla_triage", isoformat(MADE + MINUTE), True) == (triage["kpi"], triage["happened_at"], triage["verdict"])


async def test_each_contribution_names_its_rule(shop: Shop, client: httpx.AsyncClient) -> None:
    """Why triage is met, completion missed, engagement left out, and one entry late, each in a sentence."""
    a_story(shop)
    story = await story_of(client)
    told = {(one["measure"], one["subject_id"]): one for one in story["contributions"]}
    triage, completion = told["sla_triage", 1], told["sla_completion", 1]

    assert (1_000_000, "3", ANN) == (triage["numerator"], triage["rule"], triage["tech_id"])
    assert "The event has happened" in triage["rule_words"]
    assert (0, "7", "open_breach", BOB) == tuple(completion[key] for key in ("numerator", "rule", "reason", "tech_id"))
    assert "past due" in completion["reason_words"]
    assert (0, 1_000_000) == tuple(told["real_time_entry", 9][key] for key in ("numerator", "denominator"))
    assert "deleted" == told["real_time_entry", 10]["reason"]
    left_out = [(one["kpi"], one["reason"], one["reason_words"]) for one in story["left_out"]]
    assert ("sla_engagement", "no_sla", "It has no due date for this event.") in left_out
    assert ("estimate_accuracy", "open", "The ticket is not complete.") in left_out


async def test_every_rule_and_reason_has_words(shop: Shop, client: httpx.AsyncClient) -> None:
    """No contribution of a KPI stands there without a sentence for its rule and its reason."""
    a_story(shop)
    story = await story_of(client)
    values = [one for one in story["contributions"] if one["measure"] == one["kpi"]]

    assert [] == [one for one in values if not one["rule_words"] or (one["reason"] and not one["reason_words"])]
    assert all(REASONS.items() <= kpi.definition.reasons.items() for kpi in KPIS if kpi.subject_type == "Ticket")


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/api/v1/tickets/404/story", (404, "unknown_ticket")), ("/api/v1/tickets/x/story", (422, "invalid_request"))],
)
async def test_a_ticket_nobody_told_of(client: httpx.AsyncClient, path: str, problem: tuple[int, str]) -> None:
    """There is no story of it."""
    assert problem == problem_of(await client.get(path))
