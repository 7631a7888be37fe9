"""A plan's life: start, progress, the slip of a guarded KPI, a check-back with its brief, reached, closed."""

from __future__ import annotations

import httpx

from models.entities import COACHING_PLAN
from tests.coaching.talks import PATH, on, ordinary_ann, plan_of, start, state, tickets
from tests.scorecards.shop import ANN, Shop


async def test_a_plan_s_life(shop: Shop, client: httpx.AsyncClient) -> None:
    """From the first talk to the last sentence; every state is computed, and the history tells all of it."""
    ordinary_ann(shop)
    number = await start(client, note="Call before lunch.")
    begun = await plan_of(client, number)
    assert ("sla_completion", "on_course", "small_sample") == (begun["kpi"], begun["state"], begun["reason"])
    base = begun["baseline"]
    assert (0.7, 30, 21_000_000, 30_000_000) == tuple(
        base[name] for name in ("value", "sample_size", "numerator", "denominator")
    )
    assert ("2026-08-15", "2026-09-13") == (base["from"], base["to"])
    assert ["2026-09-08"] * 5 == [case["day"] for case in base["costliest"]]
    assert (0.1, 0.8, "2026-10-14") == (base["pace"], begun["goal"], begun["goal_day"])
    assert "sla_triage" in [one["kpi"] for one in begun["guards"]]

    tickets(shop, "2026-09-15", 10, 20)
    on(shop, "2026-09-24")
    assert "behind" == await state(client, number)
    tickets(shop, "2026-09-24", 20, 20)
    now = await plan_of(client, number)
    assert ("on_course", 0.75, 0.733333) == (now["state"], now["now"]["value"], now["expected"])

    tickets(shop, "2026-09-25", 10, 20, "sla_triage")
    on(shop, "2026-09-28")
    now = await plan_of(client, number)
    assert ("slipping", "on_course", ["sla_triage"], True) == (
        now["state"],
        now["course"],
        now["slipped"],
        now["is_due"],
    )
    brief = (await client.get(f"{PATH}/{number}/brief")).json()
    said = {line["topic"]: line["words"] for line in brief["script"]}
    assert ["effort", "number", "help", "goal", "others", "check_back"] == list(said)
    assert "Thank Ann Archer for the effort: the number moved the right way, from 70.0% to 75.0%." == said["effort"]
    words = "Completion: 70.0% then (n = 30), 75.0% now (n = 40). That is on course; the line stands at 74.7% today."
    assert words == said["number"]
    assert "This slipped meanwhile: Triage from 100% to 50.0%." in said["others"]
    assert "The check-back of Mon 28 Sep 2026 is due" in said["check_back"]
    assert (["2026-09-15"] * 5, ["2026-09-24"] * 5) == tuple(
        [case["day"] for case in brief[name]] for name in ("costliest", "went_right")
    )

    held = await client.post(f"{PATH}/{number}/check-backs", json={"note": "Triage first thing."})
    assert 200 == held.status_code
    now = await plan_of(client, number)
    assert ("2026-10-14", False) == (now["next_check_back"], now["is_due"])

    tickets(shop, "2026-09-29", 100, 100, "sla_triage")
    tickets(shop, "2026-09-30", 20, 20)
    on(shop, "2026-10-05")
    assert "reached" == await state(client, number)

    closed = await client.put(f"{PATH}/{number}/closing", json={"sentence": "Best month so far; well done."})
    assert 200 == closed.status_code
    done = await plan_of(client, number)
    assert ("closed", "reached", "Best month so far; well done.", None) == tuple(
        done[name] for name in ("state", "course", "sentence", "next_check_back")
    )
    told = [(one["kind"], one.get("stood", {}).get("state")) for one in done["history"]]
    assert [("started", None), ("checked_back", "slipping"), ("closed", "reached")] == told
    assert {"open access"} == {one["author"] for one in done["history"]}

    shop.harness.settle()
    assert [] == shop.harness.verify().differences
    assert COACHING_PLAN not in {row[0] for row in shop.harness.dump(["state"])["state"]}


async def test_what_was_frozen_stays(shop: Shop, client: httpx.AsyncClient) -> None:
    """A contest of a baseline's ticket changes the card and not what the plan began with."""
    ordinary_ann(shop)
    number = await start(client)
    before = (await plan_of(client, number))["baseline"]
    missed = before["costliest"][0]["ticket_id"]
    said = {"ticket_id": missed, "kpi": "sla_completion", "action": "exclude", "reason": "The line was down."}
    await client.post("/api/v1/contests", json=said)
    shop.harness.settle()
    card = (await client.get(f"/api/v1/technicians/{ANN}/scorecard", params={"window": "30d"})).json()
    assert 29_000_000 == next(one["denominator"] for one in card["kpis"] if one["kpi"] == "sla_completion")
    assert before == (await plan_of(client, number))["baseline"]
