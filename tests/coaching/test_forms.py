"""The forms of the coaching pages: what managers can do without a script, and who else cannot."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest

from tests.access.site import bearer, cookie, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.coaching.talks import PATH, on, ordinary_ann, plan_of
from tests.pages.sheets import words_of
from tests.scorecards.shop import ANN, Shop

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1"}


async def post(client: httpx.AsyncClient, path: str, said: dict[str, str], **headers: str) -> httpx.Response:
    """What a browser posts."""
    return await client.post(path, content=urlencode(said).encode(), headers=FORM | headers)


async def test_from_the_first_talk_to_the_last(shop: Shop, client: httpx.AsyncClient) -> None:
    """Start, note a check-back, close: each leads to the brief, which has no form left in the end."""
    ordinary_ann(shop)
    shop.tell(*shop.worked("2026-09-14", ANN))
    page = await client.get("/coaching")
    assert ("same-origin", True) == (page.headers["referrer-policy"], f'<option value="{ANN}">' in page.text)
    begun = await post(client, "/coaching", {"tech_id": str(ANN), "kpi": "sla_completion", "note": "Call first."})
    where = begun.headers["location"]
    number = int(where.rpartition("/")[2])
    assert (303, "Call first.") == (begun.status_code, (await plan_of(client, number))["note"])
    on(shop, "2026-09-28")
    held = await post(client, f"{where}/check-backs", {"note": "Agreed."})
    closed = await post(client, f"{where}/closing", {"sentence": "Well done."})
    assert [(303, where)] * 2 == [(one.status_code, one.headers["location"]) for one in (held, closed)]
    brief = await client.get(where)
    assert ("After the talk" in brief.text, "Well done." in words_of(brief)) == (False, True)
    assert ["started", "checked_back", "closed"] == [one["kind"] for one in (await plan_of(client, number))["history"]]


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({}, 400, "tech_id"),
        ({"tech_id": "999"}, 404, "No fact and no figure names this technician."),
        ({"tech_id": str(ANN), "kpi": "happiness"}, 404, "There is no such KPI."),
        ({"tech_id": str(ANN), "state": "reached"}, 400, "state"),
        ({f"x{number}": "1" for number in range(20)}, 400, "could not be read"),
    ],
)
async def test_a_bad_form(shop: Shop, client: httpx.AsyncClient, said: dict[str, str], status: int, words: str) -> None:
    """A page says what is wrong."""
    ordinary_ann(shop)
    page = await post(client, "/coaching", said)
    assert (status, True) == (page.status_code, words in words_of(page))


async def test_who_may(shop: Shop) -> None:
    """Readers and technicians are shown no form and may send none; a manager's cookie is no good to another site."""
    ordinary_ann(shop)
    tokens = {name: new_token(shop.database, name) for name in ("manage", "read", f"technician:{ANN}")}
    said = {"tech_id": str(ANN), "kpi": "sla_completion"}
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        manager = cookie(tokens["manage"]) | {"Origin": "https://evil.example"}
        foreign = await post(client, "/coaching", said, **manager)
        sent = [(await post(client, "/coaching", said, **cookie(token))).status_code for token in tokens.values()]
        (plan,) = (await client.get(PATH, headers=bearer(tokens["read"]))).json()["items"]
        pages = [(await client.get(f"/coaching/{plan['id']}", headers=bearer(token))).text for token in tokens.values()]
    assert 403 == foreign.status_code
    assert [303, 403, 403] == sent
    assert [True, False, False] == ["<form" in page for page in pages]
