"""``/api/v1/coaching-plans``: what may be asked for, by whom, and that everything is remembered."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from service.api.coaching_documents import BRIEF, FULL, SUMMARY
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.api.test_manners import shape
from tests.coaching.talks import PATH, on, ordinary_ann, plan_of, start, tickets
from tests.door import problem_of
from tests.scorecards.shop import ANN, BOB, Shop


def desk(shop: Shop) -> None:
    """Ann as in every talk, and Bob with tickets of his own."""
    ordinary_ann(shop)
    shop.tell(shop.resource(BOB, "Bob", "Baker"))
    tickets(shop, "2026-09-08", 10, 30, who=BOB)


async def test_examples_are_answers(shop: Shop, client: httpx.AsyncClient) -> None:
    """What OpenAPI shows has the keys, in the order, of what is really answered."""
    desk(shop)
    number = await start(client, note="Triage first.")
    tickets(shop, "2026-09-15", 5, 10)
    on(shop, "2026-09-16")
    listed = (await client.get(PATH)).json()
    whole, brief = await plan_of(client, number), (await client.get(f"{PATH}/{number}/brief")).json()
    for example, real in ((SUMMARY, listed["items"][0]), (FULL, whole), (BRIEF, brief)):
        assert list(example) == list(real)
        assert _plain(shape(example)) == _plain(shape(real))


def _plain(document: Any) -> Any:
    """Without the history: what an item says depends on its kind."""
    if isinstance(document, dict):
        return {key: _plain(value) for key, value in document.items() if key != "history"}
    return document


async def test_changes(shop: Shop, client: httpx.AsyncClient) -> None:
    """Goal, dates and note are changed together or apart, and the history has each with its author."""
    desk(shop)
    number = await start(client)
    changed = {"goal": 0.85, "check_backs": ["2026-10-30", "2026-10-01", "2026-10-01"], "note": " Call first. "}
    assert 200 == (await client.patch(f"{PATH}/{number}", json=changed)).status_code
    plan = await plan_of(client, number)
    assert (0.85, ["2026-10-01", "2026-10-30"], "Call first.", "2026-10-30") == tuple(
        plan[name] for name in ("goal", "check_backs", "note", "goal_day")
    )
    assert ["started", "goal", "check_backs", "note"] == [one["kind"] for one in plan["history"]]
    assert (0.8, 0.85) == tuple(one["goal"] for one in plan["history"] if "goal" in one)


async def test_held_days_stay(shop: Shop, client: httpx.AsyncClient) -> None:
    """New dates take the place of those to come; what was held is held."""
    desk(shop)
    number = await start(client)
    on(shop, "2026-09-29")
    await client.post(f"{PATH}/{number}/check-backs", json={})
    await client.patch(f"{PATH}/{number}", json={"check_backs": ["2026-10-20"]})
    plan = await plan_of(client, number)
    assert (["2026-09-28", "2026-10-20"], "2026-10-20") == (plan["check_backs"], plan["next_check_back"])


async def test_a_day_that_is_due_stays_when_it_is_asked_for(shop: Shop, client: httpx.AsyncClient) -> None:
    """A day that has come is no new one; left out, the look at it is put off."""
    desk(shop)
    number = await start(client)
    on(shop, "2026-09-29")
    for days, due in ((["2026-09-28", "2026-10-20"], True), (["2026-10-20"], False)):
        assert 200 == (await client.patch(f"{PATH}/{number}", json={"check_backs": days})).status_code
        plan = await plan_of(client, number)
        assert (days, due) == (plan["check_backs"], plan["is_due"])
    refused = await client.patch(f"{PATH}/{number}", json={"check_backs": ["2026-09-28", "2026-10-20"]})
    assert (400, "bad_check_back") == problem_of(refused)


async def test_closed_and_opened_again(shop: Shop, client: httpx.AsyncClient) -> None:
    """A closing can be taken back; both stay in the history, and a closed plan takes no other change."""
    desk(shop)
    number = await start(client)
    path = f"{PATH}/{number}"
    assert (409, "plan_not_closed") == problem_of(await client.delete(f"{path}/closing"))
    await client.put(f"{path}/closing", json={"sentence": "Moved to projects."})
    refused = [
        await client.put(f"{path}/closing", json={"sentence": "Again."}),
        await client.patch(path, json={"note": "x"}),
        await client.post(f"{path}/check-backs", json={}),
    ]
    assert [(409, "plan_closed")] * 3 == [problem_of(one) for one in refused]
    assert 200 == (await client.delete(f"{path}/closing")).status_code
    plan = await plan_of(client, number)
    assert ("on_course", None) == (plan["state"], plan["sentence"])
    assert ["started", "closed", "reopened"] == [one["kind"] for one in plan["history"]]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"tech_id": 999}, (404, "unknown_technician")),
        ({"kpi": "happiness"}, (404, "unknown_kpi")),
        ({"kpi": "reactive_hours_per_endpoint"}, (400, "not_measurable")),
        ({"kpi": "escalation_rate"}, (400, "not_measurable")),
        ({"goal": 0.95}, (400, "bad_goal")),
        ({"goal": 0.7}, (400, "bad_goal")),
        ({"goal": -1}, (422, "invalid_request")),
        ({"goal": "NaN"}, (422, "invalid_request")),
        ({"goal": 0.8000001}, (422, "invalid_request")),
        ({"check_backs": []}, (400, "bad_check_back")),
        ({"check_backs": ["2026-09-14"]}, (400, "bad_check_back")),
        ({"check_backs": ["2028-01-01"]}, (400, "bad_check_back")),
        ({"check_backs": ["someday"]}, (422, "invalid_request")),
        ({"note": "x" * 2_001}, (422, "invalid_request")),
        ({"state": "reached"}, (422, "invalid_request")),
    ],
)
async def test_refusals(
    shop: Shop, client: httpx.AsyncClient, wanted: dict[str, Any], expected: tuple[int, str]
) -> None:
    """What there is not, what lies beyond the target or in the past, and a state that somebody would type."""
    ordinary_ann(shop)
    assert expected == problem_of(await client.post(PATH, json={"tech_id": ANN, **wanted}))


async def test_further_refusals(shop: Shop, client: httpx.AsyncClient) -> None:
    """A second plan on one KPI, a technician without a score, no change, no sentence, no plan."""
    desk(shop)
    shop.tell(shop.resource(103, "Cat", "Carter"))
    number = await start(client)
    found = [
        await client.post(PATH, json={"tech_id": ANN}),
        await client.post(PATH, json={"tech_id": 103}),
        await client.patch(f"{PATH}/{number}", json={}),
        await client.put(f"{PATH}/{number}/closing", json={"sentence": "  "}),
        await client.get(f"{PATH}/12345"),
        await client.get(f"{PATH}/12345/brief"),
        await client.post(f"{PATH}/12345/check-backs", json={}),
    ]
    assert [
        (409, "plan_open"),
        (409, "no_focus"),
        (400, "nothing_to_change"),
        (422, "invalid_request"),
        *[(404, "unknown_plan")] * 3,
    ] == [problem_of(one) for one in found]


async def test_the_list(shop: Shop, client: httpx.AsyncClient) -> None:
    """The newest first, by technician, KPI and state, page by page, with a tag."""
    desk(shop)
    anns = await start(client)
    on(shop, "2026-09-15")
    bobs = int((await client.post(PATH, json={"tech_id": BOB})).json()["id"])
    await client.put(f"{PATH}/{anns}/closing", json={"sentence": "Done."})

    async def ids(**asked: Any) -> list[int]:
        return [one["id"] for one in (await client.get(PATH, params=asked)).json()["items"]]

    found = [await ids(), await ids(tech_id=ANN), await ids(state="closed"), await ids(kpi="utilization")]
    assert [[bobs, anns], [anns], [anns], []] == found
    first = (await client.get(PATH, params={"limit": 1})).json()
    assert ("1", [anns]) == (first["next_cursor"], await ids(limit=1, cursor=first["next_cursor"]))
    tag = (await client.get(PATH)).headers["etag"]
    assert 304 == (await client.get(PATH, headers={"If-None-Match": tag})).status_code
    await client.patch(f"{PATH}/{bobs}", json={"note": "Another."})
    assert 200 == (await client.get(PATH, headers={"If-None-Match": tag})).status_code


async def test_who_may(shop: Shop) -> None:
    """Managers write, readers look, technicians see their own plan and nobody else's; the author is the token."""
    desk(shop)
    tokens = {name: new_token(shop.database, name) for name in ("manage", "read", f"technician:{ANN}")}
    heads = {name: bearer(token) for name, token in tokens.items()}
    mine = heads[f"technician:{ANN}"]
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        made = {
            name: (await client.post(PATH, json={"tech_id": ANN}, headers=who)).status_code
            for name, who in heads.items()
        }
        bobs = (await client.post(PATH, json={"tech_id": BOB}, headers=heads["manage"])).json()["id"]
        listed = {name: (await client.get(PATH, headers=who)).json()["items"] for name, who in heads.items()}
        (own,) = listed[f"technician:{ANN}"]
        ways = [f"{PATH}/{bobs}", f"{PATH}/{bobs}/brief", f"{PATH}?tech_id={BOB}", f"/coaching/{bobs}"]
        refused = [await client.get(way, headers=mine) for way in ways]
        shown = [await client.get(f"{PATH}/{own['id']}{rest}", headers=mine) for rest in ("", "/brief")]
        writes = [
            (await client.patch(f"{PATH}/{own['id']}", json={"note": "x"}, headers=who)).status_code
            for who in (heads["read"], mine, {})
        ]
    assert {"manage": 201, "read": 403, f"technician:{ANN}": 403} == made
    assert [2, 2, 1] == [len(items) for items in listed.values()]
    assert (ANN, True) == (own["tech_id"], own["author"] in tokens["manage"])
    assert [404, 404, 403, 404] == [one.status_code for one in refused]
    assert [] == [one.text for one in refused if "Bob" in one.text]
    assert [200, 200] == [one.status_code for one in shown]
    assert [403, 403, 401] == writes
