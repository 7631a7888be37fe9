"""``/coaching`` and the brief: how plans stand in words, and the talk on one printable page."""

from __future__ import annotations

import httpx

from models.settings_values import TechnicianLabel
from service.coaching.kept import AT_ONCE, KeptStandings
from service.coaching.store import plans
from service.coaching_command import tell
from service.metrics import ledger
from service.pages.coaching import lines_of
from service.scorecards.scorecard import Board
from tests.coaching.talks import PATH, on, ordinary_ann, start, tickets
from tests.door import settings_for
from tests.metrics.text import check, samples, value
from tests.pages.sheets import links_of, words_of
from tests.scorecards.shop import ANN, BOB, Shop


async def test_no_plan_is_said(client: httpx.AsyncClient) -> None:
    """An empty list says how to begin."""
    page = await client.get("/coaching")
    assert (200, True) == (page.status_code, "No plan is open." in words_of(page))


async def test_the_list_and_the_brief(shop: Shop, client: httpx.AsyncClient) -> None:
    """State, then and now, goal, what slipped, due dates; the brief has the talk, the tickets and the history."""
    ordinary_ann(shop)
    number = await start(client, note="Call <b>before</b> lunch.")
    tickets(shop, "2026-09-15", 10, 20)
    tickets(shop, "2026-09-16", 10, 20, "sla_triage")
    on(shop, "2026-09-28")
    page = await client.get("/coaching")
    said = words_of(page)
    assert "Ann Archer Completion Slipping elsewhere then 70.0% now 50.0% n 20 80.0% by Wed 14 Oct 2026" in said
    assert "Mon 28 Sep 2026 Due slipped: Triage" in said
    assert [f"/coaching/{number}"] == links_of(page, "/coaching/")

    brief = await client.get(f"/coaching/{number}")
    told = words_of(brief)
    assert "Thank Ann Archer for the effort, and begin with what went right" in told
    assert "That is behind the line to the goal" in told
    assert "Triage then 100% n 30 now 50.0% n 20 Slipped" in told
    assert "Call <b>before</b> lunch." in told
    assert (5, 5, 5) == tuple(told.partition(title)[2].partition("Cost")[0].count("Ticket ") for title in _PARTS)
    tag = brief.headers["etag"]
    assert 304 == (await client.get(f"/coaching/{number}", headers={"If-None-Match": tag})).status_code

    await client.put(f"{PATH}/{number}/closing", json={"sentence": "Another focus."})
    closed = words_of(await client.get("/coaching"))
    assert ("No plan is open." in closed, "Closed then 70.0%" in closed, "Another focus." in closed) == (
        True,
        True,
        True,
    )


_PARTS = ("Went right since the start", "Cost most since the start", "Cost most before")


async def test_the_part_on_a_technician_s_page(shop: Shop, client: httpx.AsyncClient) -> None:
    """Their plans and nobody else's, the open ones first."""
    ordinary_ann(shop)
    first = await start(client)
    await client.put(f"{PATH}/{first}/closing", json={"sentence": "Once more."})
    on(shop, "2026-09-15")
    second = await start(client)
    await start(client, kpi="sla_triage")
    await client.put(f"{PATH}/{second}/closing", json={"sentence": "Another."})
    with shop.database.read() as connection, shop.view() as view:
        found = plans(connection)
        lines = [lines_of(Board(view), found, who) for who in (ANN, BOB)]
    assert [["Triage", "Completion", "Completion"], []] == [[one.title for one in some] for some in lines]
    assert [0, 1, 1] == [one.state == "Closed" for one in lines[0]]


async def test_no_such_plan(client: httpx.AsyncClient) -> None:
    """A page that says so."""
    page = await client.get("/coaching/12345")
    assert (404, True) == (page.status_code, "There is no such plan" in words_of(page))


def rendered(shop: Shop, kept: KeptStandings, technician: TechnicianLabel = "name") -> bytes:
    """The metrics with the plans."""
    with shop.view() as view:
        return ledger.render(view, frozen=False, technician=technician, plans=kept)


async def test_metrics(shop: Shop, client: httpx.AsyncClient) -> None:
    """Every state of a plan from 0; the next check-back's day; closed plans for a month, and two are one series."""
    ordinary_ann(shop)
    first = await start(client)
    kept = KeptStandings(shop.database)
    labels = {"tech": "Ann Archer", "tech_id": str(ANN), "kpi": "sla_completion"}
    text = rendered(shop, kept)
    check(text)
    states = ("on_course", "behind", "reached", "slipping", "closed")
    assert [1, 0, 0, 0, 0] == [value(text, "techscore_coaching_plan", **labels, state=one) for one in states]
    assert 1_790_553_600 == value(text, "techscore_coaching_check_back_timestamp_seconds", **labels)
    initials = rendered(shop, KeptStandings(shop.database), "initials")
    assert 1 == value(initials, "techscore_coaching_plan", **{**labels, "tech": "AA"}, state="on_course")

    await client.put(f"{PATH}/{first}/closing", json={"sentence": "Once more."})
    await start(client)
    tickets(shop, "2026-09-15", 0, 20)
    on(shop, "2026-09-24")
    text = rendered(shop, kept)
    assert [0, 1, 0, 0, 1] == [value(text, "techscore_coaching_plan", **labels, state=one) for one in states]
    on(shop, "2026-10-25")
    text = rendered(shop, kept)
    assert 0 == value(text, "techscore_coaching_plan", **labels, state="closed")


async def test_many_plans_come_in_by_and_by(shop: Shop, client: httpx.AsyncClient) -> None:
    """A rendering works out few, and in turn all of them."""
    ordinary_ann(shop)
    shop.tell(shop.resource(BOB, "Bob", "Baker"))
    tickets(shop, "2026-09-08", 10, 30, who=BOB)
    for kpi in ("sla_completion", "sla_engagement", "sla_triage", "utilization"):
        for who in (ANN, BOB):
            await client.post(PATH, json={"tech_id": who, "kpi": kpi})
    with shop.database.read() as connection:
        there = len(plans(connection))
    kept = KeptStandings(shop.database)
    seen = [len(samples(rendered(shop, kept)).get("techscore_coaching_plan", {})) // 5 for _ in range(2)]
    assert [AT_ONCE, there] == seen
    assert there > AT_ONCE


async def test_the_command(shop: Shop, client: httpx.AsyncClient) -> None:
    """The open plans in a table; closed ones when asked for, of one technician if given."""
    ordinary_ann(shop)
    number = await start(client)
    settings = settings_for(shop.database.url.render_as_string(hide_password=False))

    def told(**asked: object) -> list[str]:
        lines: list[str] = []
        wanted = {"every": False, "tech_id": None, **asked}
        assert 0 == tell(settings, lines.append, every=bool(wanted["every"]), tech_id=wanted["tech_id"])  # type: ignore[arg-type] # one of two
        return lines

    as_of, head, line = told()
    assert ("as of 2026-09-14T12:00:00Z", "plan") == (as_of, head.split()[0])
    assert [str(number), "Ann", "Archer", "Completion", "On", "course"] == line.split()[:6]
    assert "no open plan" == told(tech_id=BOB)[1]
    await client.put(f"{PATH}/{number}/closing", json={"sentence": "Done\nwell."})
    assert ("no open plan", True) == (told()[1], told(every=True)[2].endswith("Done well."))
