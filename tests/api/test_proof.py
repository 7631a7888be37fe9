"""``GET /api/v1/proof``: how the last verifications ended."""

from __future__ import annotations

import httpx
from sqlalchemy import update

from models.ledger import LEDGER_METADATA
from service.desk import Pointer
from service.proofs import Prover
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.projection.harness import GENERATION, at
from tests.scorecards.shop import ANN, Shop

PATH = "/api/v1/proof"


def prove(shop: Shop) -> None:
    """The night comes, and the whole ledger is verified."""
    prover = Prover(shop.database, shop.harness.clock, lambda: 0.0)
    pointer = Pointer(GENERATION, 1)
    prover.turn(shop.harness.ledger, pointer, shop.policy)
    shop.harness.advance_to(at("2026-09-15 03:00"))
    for _ in range(20):
        prover.turn(shop.harness.ledger, pointer, shop.policy)


async def test_nothing_proven_yet(client: httpx.AsyncClient) -> None:
    """An empty list, not an agreement."""
    assert {"items": [], "next_cursor": None} == (await client.get(PATH)).json()


async def test_it_agrees(shop: Shop, client: httpx.AsyncClient) -> None:
    """Which verification, of how much, as of when."""
    shop.tell(shop.decided("2026-09-14 09:00"))
    prove(shop)
    (one,) = (await client.get(PATH)).json()["items"]
    assert {
        "kind": "full",
        "agreed": True,
        "as_of": "2026-09-15T03:00:00Z",
        "finished_at": "2026-09-15T03:00:00Z",
        "position": 1,
        "subjects": 1,
        "differences": 0,
        "details": [],
    } == one


async def test_it_does_not_agree(shop: Shop, client: httpx.AsyncClient) -> None:
    """A planted digit is told with the first differences."""
    shop.tell(shop.decided("2026-09-14 09:00"))
    contribution = LEDGER_METADATA.tables["contribution"]
    with shop.harness.ledger.write() as connection:
        connection.execute(update(contribution).values(numerator=contribution.c.numerator + 1))
    prove(shop)
    (one,) = (await client.get(PATH)).json()["items"]
    assert (False, True) == (one["agreed"], one["differences"] > 0)
    assert "contribution" in {detail["kind"] for detail in one["details"]}


async def test_who_may_ask(shop: Shop) -> None:
    """Readers; a technician's own token is not enough."""
    tokens = [new_token(shop.database, scope) for scope in ("read", f"technician:{ANN}")]
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        answers = [await client.get(PATH, headers=bearer(token)) for token in tokens]
    assert [200, 403] == [one.status_code for one in answers]
