"""``/api/v1/contests``: who may contest, what comes of it, and that it can be taken back (kpis.md §2)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from models.entities import MILLION
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.scorecards.shop import ANN, BOB, Shop

PATH = "/api/v1/contests"
EXCLUDE = {"ticket_id": 1, "kpi": "sla_completion", "action": "exclude", "reason": "The line was down."}
CREDIT = {**EXCLUDE, "action": "credit", "tech_id": BOB}


def told(shop: Shop) -> None:
    """Ann missed ticket 1 and met ticket 2; Bob exists."""
    shop.tell(
        shop.decided("2026-09-14 09:00", met=False),
        shop.decided("2026-09-14 10:00"),
        shop.resource(ANN, "Ann", "Archer"),
        shop.resource(BOB, "Bob", "Baker"),
        *shop.worked("2026-09-14", BOB),
    )


async def contest(shop: Shop, client: httpx.AsyncClient, said: dict[str, Any]) -> int:
    """Make a contest and let it be folded; its id."""
    answer = await client.post(PATH, json=said)
    assert answer.status_code == 201, answer.text
    shop.harness.settle()
    return int(answer.json()["id"])


async def figure(client: httpx.AsyncClient, who: int = 0) -> tuple[int, int, int | None]:
    """Met and decided of completion, and how many contributions are contested; of the team or a technician."""
    path = f"/api/v1/technicians/{who}/scorecard" if who else "/api/v1/scorecard"
    document = (await client.get(path)).json()
    kpis = document["kpis"] if who else document["team"]["kpis"]
    found = next(one for one in kpis if one["kpi"] == "sla_completion")
    return found["numerator"] // MILLION, found["denominator"] // MILLION, found["companions"].get("contested")


async def test_exclude_and_undo(shop: Shop, client: httpx.AsyncClient) -> None:
    """The ticket is out, which the number says; then it is in again, and the list remembers both."""
    told(shop)
    assert (1, 2, None) == await figure(client)
    number = await contest(shop, client, EXCLUDE)
    assert (1, 1, 1) == await figure(client)
    assert (1, 1, 1) == await figure(client, ANN)
    evidence = (await client.get("/api/v1/kpis/sla_completion/evidence")).json()["items"]
    assert ["contested"] == [one["reason"] for one in evidence if one["subject_id"] == 1]

    assert 200 == (await client.delete(f"{PATH}/{number}")).status_code
    shop.harness.settle()
    assert (1, 2, None) == await figure(client)
    (made,) = (await client.get(PATH)).json()["items"]
    assert {
        "id": number,
        "ticket_id": 1,
        "kpi": "sla_completion",
        "action": "exclude",
        "tech_id": None,
        "reason": "The line was down.",
        "author": "open access",
        "made_at": "2026-09-14T12:00:00Z",
        "undone_at": "2026-09-14T12:00:01Z",
        "undone_by": "open access",
    } == made


async def test_credit(shop: Shop, client: httpx.AsyncClient) -> None:
    """Ann's miss becomes Bob's; the team has what it had, and all who are touched say so."""
    told(shop)
    await contest(shop, client, CREDIT)
    assert [(1, 2, 1), (1, 1, None), (0, 1, 1)] == [await figure(client, who) for who in (0, ANN, BOB)]


async def test_the_ticket_s_story_tells_it(shop: Shop, client: httpx.AsyncClient) -> None:
    """Why the ticket does not count stands in its story."""
    told(shop)
    await contest(shop, client, EXCLUDE)
    story = (await client.get("/api/v1/tickets/1/story")).json()
    assert ("sla_completion", "contested") in [(one["kpi"], one["reason"]) for one in story["left_out"]]


async def test_the_list(shop: Shop, client: httpx.AsyncClient) -> None:
    """By ticket and by KPI."""
    told(shop)
    first = await contest(shop, client, EXCLUDE)
    second = await contest(shop, client, {**EXCLUDE, "ticket_id": 2, "kpi": "sla_triage"})
    by_ticket = (await client.get(PATH, params={"ticket_id": 1})).json()["items"]
    by_kpi = (await client.get(PATH, params={"kpi": "sla_triage"})).json()["items"]
    assert [[first], [second]] == [[one["id"] for one in found] for found in (by_ticket, by_kpi)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kpi": "happiness"}, (404, "unknown_kpi")),
        ({"ticket_id": 99}, (404, "unknown_ticket")),
        ({"tech_id": BOB}, (400, "bad_contest")),
        ({"action": "credit"}, (400, "bad_contest")),
        ({"action": "credit", "tech_id": BOB, "kpi": "estimate_accuracy"}, (400, "no_credit")),
        ({"action": "credit", "tech_id": BOB, "kpi": "escalation_rate"}, (400, "no_credit")),
        ({"action": "credit", "tech_id": 999}, (404, "unknown_technician")),
    ],
)
async def test_refusals(
    shop: Shop, client: httpx.AsyncClient, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    """What there is not, what contradicts itself, and credit that cannot be moved (§2)."""
    told(shop)
    assert expected == problem_of(await client.post(PATH, json=EXCLUDE | changes))


@pytest.mark.parametrize("reason", ["", "   ", None])
async def test_a_reason_is_asked_for(shop: Shop, client: httpx.AsyncClient, reason: str | None) -> None:
    """No contest without one."""
    told(shop)
    answer = await client.post(PATH, json={**EXCLUDE, "reason": reason})
    assert 400 <= answer.status_code < 500
    assert [] == (await client.get(PATH)).json()["items"]


async def test_undone_once(shop: Shop, client: httpx.AsyncClient) -> None:
    """Neither twice nor what never was."""
    told(shop)
    number = await contest(shop, client, EXCLUDE)
    await client.delete(f"{PATH}/{number}")
    again, never = await client.delete(f"{PATH}/{number}"), await client.delete(f"{PATH}/12345")
    assert [(409, "already_undone"), (404, "unknown_contest")] == [problem_of(one) for one in (again, never)]


async def test_who_may(shop: Shop) -> None:
    """Managers contest and undo, readers only look, technicians neither; the author is the token."""
    told(shop)
    tokens = {name: new_token(shop.database, name) for name in ("manage", "read", f"technician:{ANN}")}
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        made = {
            name: (await client.post(PATH, json=EXCLUDE, headers=bearer(token))).status_code
            for name, token in tokens.items()
        }
        listed = {name: await client.get(PATH, headers=bearer(token)) for name, token in tokens.items()}
        (one,) = listed["read"].json()["items"]
        undone = {
            name: (await client.delete(f"{PATH}/{one['id']}", headers=bearer(token))).status_code
            for name, token in reversed(tokens.items())
        }
        nobody = await client.post(PATH, json=EXCLUDE)
    assert {"manage": 201, "read": 403, f"technician:{ANN}": 403} == made
    assert {"manage": 200, "read": 200, f"technician:{ANN}": 403} == {n: a.status_code for n, a in listed.items()}
    assert {"manage": 200, "read": 403, f"technician:{ANN}": 403} == undone
    assert 401 == nobody.status_code
    assert one["author"] in tokens["manage"]
