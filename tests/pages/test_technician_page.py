"""``/technicians/{id}``: a person's figures, what they missed, and what was left out and why."""

from __future__ import annotations

import httpx

from tests.pages.sheets import links_of, words_of
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, BOB, Shop


async def test_figures_misses_and_what_was_left_out(shop: Shop, site: httpx.AsyncClient) -> None:
    """Each figure with target and n leads to its rows; misses and exclusions are listed with reasons, nobody else's."""
    proxy = {"resourceID": ANN, "ticketID": 1, "creatorUserID": BOB, "endDateTime": "2026-09-14T09:00:00Z"}
    shop.tell(
        shop.decided("2026-09-02 09:00"),
        shop.decided("2026-09-03 09:00", met=False),
        shop.overdue("2026-09-14 10:00"),
        shop.decided("2026-09-04 09:00", met=False, who=BOB),
        shop.resource(ANN, "Ann", "Archer"),
        webhook("TimeEntry", 9, shop.now, proxy | {"createDateTime": "2026-09-14T09:01:00Z"}),
    )
    page = await site.get(f"/technicians/{ANN}")
    said = words_of(page)

    assert "Ann Archer" in said
    assert "33.3% n 3, small sample target 90%" in said
    assert f"/kpis/sla_completion?window=mtd&tech_id={ANN}" in links_of(page, "/kpis/")
    misses, _, left_out = said.partition("Missed")[2].partition("Left out, and why")
    assert misses.index("#3 ") < misses.index("#2 ")
    assert "It is past due" in misses
    assert "#4 " not in said
    assert "Another technician typed it in." in left_out


async def test_nothing_missed_is_said(shop: Shop, site: httpx.AsyncClient) -> None:
    """A clean window says so; it is not an empty box."""
    shop.tell(shop.decided("2026-08-02 09:00", met=False), shop.resource(ANN, "Ann", "Archer"))
    said = words_of(await site.get(f"/technicians/{ANN}?window=today"))

    assert "Nothing missed in this window." in said
    assert "no data" in said


async def test_nobody_of_that_id(site: httpx.AsyncClient) -> None:
    """A person no fact names has no page."""
    page = await site.get("/technicians/424242")

    assert (404, True) == (page.status_code, "names this technician" in words_of(page))
