"""The forms of the coaching pages: what managers can do without a script, and who else cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import urlencode

import httpx
import pytest

from tests.access.site import bearer, cookie, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.coaching.talks import PATH, on, ordinary_ann, plan_of
from tests.pages.sheets import words_of
from tests.scorecards.shop import ANN, Shop

Said: TypeAlias = Mapping[str, str | list[str]]
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1"}


async def post(client: httpx.AsyncClient, path: str, said: Said, **headers: str) -> httpx.Response:
    """What a browser posts."""
    return await client.post(path, content=urlencode(said, doseq=True).encode(), headers=FORM | headers)


def filled(page: httpx.Response) -> dict[str, str | list[str]]:
    """What the fields for goal and days have in them as the page is opened."""
    fields = re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page.text)
    return {name: [value for named, value in fields if named == name] for name in ("goal_percent", "check_backs")}


async def test_from_the_first_talk_to_the_last(shop: Shop, client: httpx.AsyncClient) -> None:
    """Start, note a check-back, close: each leads to the brief, which has no form left in the end."""
    ordinary_ann(shop)
    shop.tell(*shop.worked("2026-09-14", ANN))
    page = await client.get("/coaching")
    assert ("same-origin", True) == (page.headers["referrer-policy"], f'<option value="{ANN}">' in page.text)
    begun = await post(client, "/coaching", {"tech_id": str(ANN), "kpi": "sla_completion", "note": "Call first."})
    where = begun.headers["location"]
    number = number_of(begun)
    assert (303, "Call first.") == (begun.status_code, (await plan_of(client, number))["note"])
    on(shop, "2026-09-28")
    held = await post(client, f"{where}/check-backs", {"note": "Agreed."})
    closed = await post(client, f"{where}/closing", {"sentence": "Well done."})
    assert [(303, where)] * 2 == [(one.status_code, one.headers["location"]) for one in (held, closed)]
    brief = await client.get(where)
    assert ("After the talk" in brief.text, "Well done." in words_of(brief)) == (False, True)
    assert ["started", "checked_back", "closed"] == [one["kind"] for one in (await plan_of(client, number))["history"]]


async def test_goal_and_days_are_what_was_agreed(shop: Shop, client: httpx.AsyncClient) -> None:
    """The form proposes days; a goal in percent and other days are taken, an empty goal is the next step."""
    ordinary_ann(shop)
    shop.tell(*shop.worked("2026-09-14", ANN))
    proposed = filled(await client.get("/coaching"))
    assert {"goal_percent": [""], "check_backs": ["2026-09-28", "2026-10-14"]} == proposed
    said: dict[str, str | list[str]] = {"tech_id": str(ANN), "kpi": "sla_completion"}
    by_default = await plan_of(client, number_of(await post(client, "/coaching", said | proposed)))
    assert (0.8, proposed["check_backs"]) == (by_default["goal"], by_default["check_backs"])
    agreed: dict[str, str | list[str]] = {"kpi": "sla_triage", "goal_percent": "97", "check_backs": ["2026-10-02", ""]}
    plan = await plan_of(client, number_of(await post(client, "/coaching", said | agreed)))
    assert (0.97, ["2026-10-02"]) == (plan["goal"], plan["check_backs"])


async def test_only_what_is_another_is_changed(shop: Shop, client: httpx.AsyncClient) -> None:
    """The form comes filled in; sent as it is it changes nothing, and each field changes what it is for."""
    ordinary_ann(shop)
    said = {
        "tech_id": str(ANN),
        "kpi": "sla_completion",
        "goal_percent": "83.3333",
        "note": "Call first.\r\nThen write.",
    }
    begun = await post(client, "/coaching", said)
    where, number = begun.headers["location"], number_of(begun)
    opened = filled(await client.get(where))
    assert {"goal_percent": ["83.3333"], "check_backs": ["2026-09-28", "2026-10-14", ""]} == opened
    assert "Now, from Tue 15 Sep 2026 on no data" in words_of(await client.get(where))
    note = (await plan_of(client, number))["note"]
    sent: list[tuple[dict[str, str | list[str]], list[str]]] = [
        ({"note": note}, []),
        ({"note": note.replace("\n", "\r\n"), "check_backs": opened["check_backs"][::-1]}, []),
        ({"note": note, "goal_percent": "85"}, ["goal"]),
        ({"note": "", "goal_percent": "85", "check_backs": ["2026-09-28", "2026-10-20"]}, ["check_backs", "note"]),
    ]
    for changes, kinds in sent:
        before = (await plan_of(client, number))["history"]
        changed = await post(client, f"{where}/changes", opened | changes)
        assert (303, where) == (changed.status_code, changed.headers["location"])
        assert kinds == [one["kind"] for one in (await plan_of(client, number))["history"][len(before) :]]
    plan = await plan_of(client, number)
    assert (0.85, "", "2026-10-20") == (plan["goal"], plan["note"], plan["goal_day"])
    refused = await post(client, f"{where}/changes", opened | {"goal_percent": "95"})
    assert (400, True) == (refused.status_code, "between the baseline and the target" in words_of(refused))


async def test_a_closed_plan_is_opened_again(shop: Shop, client: httpx.AsyncClient) -> None:
    """The only thing its page offers; an open one cannot be."""
    ordinary_ann(shop)
    where = (await post(client, "/coaching", {"tech_id": str(ANN), "kpi": "sla_completion"})).headers["location"]
    assert 409 == (await post(client, f"{where}/reopening", {})).status_code
    await post(client, f"{where}/closing", {"sentence": "Well done."})
    page = await client.get(where)
    assert [f"{where}/reopening"] == re.findall(r'action="([^"]*)"', page.text)
    assert 409 == (await post(client, f"{where}/changes", {"note": "x"})).status_code
    assert 303 == (await post(client, f"{where}/reopening", {})).status_code
    assert "Change the plan" in (await client.get(where)).text


def number_of(begun: httpx.Response) -> int:
    """Which plan a form started."""
    return int(begun.headers["location"].rpartition("/")[2])


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({}, 400, "tech_id"),
        ({"tech_id": "999"}, 404, "No fact and no figure names this technician."),
        ({"tech_id": str(ANN), "kpi": "happiness"}, 404, "There is no such KPI."),
        ({"tech_id": str(ANN), "state": "reached"}, 400, "state"),
        ({"tech_id": str(ANN), "kpi": "sla_completion", "goal_percent": "much"}, 400, "goal_percent: a number"),
        ({"tech_id": str(ANN), "kpi": "sla_completion", "goal_percent": "NaN"}, 400, "goal"),
        ({"tech_id": str(ANN), "kpi": "sla_completion", "goal_percent": "9e9999999999"}, 400, "goal_percent: a number"),
        ({"tech_id": str(ANN), "kpi": "sla_completion", "goal_percent": "9e99999"}, 400, "goal"),
        (
            {"tech_id": str(ANN), "kpi": "sla_completion", "goal_percent": "95"},
            400,
            "between the baseline and the target",
        ),
        ({"tech_id": str(ANN), "kpi": "sla_completion", "check_backs": "14.9.2026"}, 400, "check_backs.0"),
        ({"tech_id": str(ANN), "kpi": "sla_completion", "check_backs": "2026-09-14"}, 400, "after today"),
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
