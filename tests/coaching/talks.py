"""Ann's tickets by day, and plans about them, in one line each."""

from __future__ import annotations

from typing import Any

import httpx

from tests.projection.harness import at
from tests.scorecards.shop import ANN, Shop

PATH = "/api/v1/coaching-plans"
START = "2026-09-14"
"""The day on which plans start in these tests: a Monday; check-backs fall on 28 September and 14 October."""


def tickets(shop: Shop, day: str, met: int, of: int, kpi: str = "sla_completion", who: int = ANN) -> None:
    """So many tickets decided on a day, the missed ones first."""
    whens = [f"{day} {9 + number // 60:02}:{number % 60:02}" for number in range(of)]
    shop.tell(*(shop.decided(when, kpi=kpi, met=number >= of - met, who=who) for number, when in enumerate(whens)))


def ordinary_ann(shop: Shop) -> None:
    """Completion 70 % of 30 in September (June 50 %, July 60 % of 20); triage 30 of 30."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"))
    tickets(shop, "2026-06-10", 10, 20)
    tickets(shop, "2026-07-10", 12, 20)
    tickets(shop, "2026-09-08", 21, 30)
    tickets(shop, "2026-09-09", 30, 30, "sla_triage")


async def start(client: httpx.AsyncClient, **wanted: Any) -> int:
    """A plan for Ann; its id."""
    answer = await client.post(PATH, json={"tech_id": ANN, **wanted})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def plan_of(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """A plan as the API tells it."""
    found: dict[str, Any] = (await client.get(f"{PATH}/{number}")).json()
    return found


async def state(client: httpx.AsyncClient, number: int) -> str:
    """How a plan stands."""
    return str((await plan_of(client, number))["state"])


def on(shop: Shop, day: str) -> None:
    """It is noon of that day."""
    shop.harness.advance_to(at(f"{day} 12:00"))
