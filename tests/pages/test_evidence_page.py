"""``/kpis/{kpi}``: the rows behind a figure, and the way there from the live page."""

from __future__ import annotations

import httpx
import pytest

from tests.pages.sheets import links_of, words_of
from tests.scorecards.shop import ANN, BOB, CLIENT, QUEUE, Shop


async def test_three_clicks_from_any_number_to_its_tickets(shop: Shop, site: httpx.AsyncClient) -> None:
    """A tile, a technician's figure and a breach each lead to the very tickets, within three clicks."""
    shop.tell(
        shop.decided("2026-09-02 09:00", met=False),
        shop.overdue("2026-09-14 10:00"),
        shop.resource(ANN, "Ann", "Archer"),
        *shop.worked("2026-09-14", ANN),
    )
    wall = await site.get("/")
    (tile,) = links_of(wall, "/kpis/sla_completion?window=mtd")[:1]
    figure = f"/kpis/sla_completion?window=mtd&tech_id={ANN}"
    breaches = "/kpis/sla_completion?window=90d&reason=open_breach"

    assert ["/tickets/2", "/tickets/1"] == [
        one for one in links_of(await site.get(tile), "/tickets/") if one[-1] in "12"
    ]
    assert {figure, breaches} <= set(links_of(wall, "/kpis/"))
    assert ["/tickets/2", "/tickets/1"] == links_of(await site.get(figure), "/tickets/")
    assert ["/tickets/2"] == links_of(await site.get(breaches), "/tickets/")
    assert [f"/technicians/{ANN}?window=mtd"] == links_of(wall, "/technicians/")
    assert ["/tickets/2"] == links_of(wall, "/tickets/")
    assert 200 == (await site.get("/tickets/2")).status_code


async def test_rows_say_result_holder_and_why(shop: Shop, site: httpx.AsyncClient) -> None:
    """Met, missed, left out and pending differ in words; the figure and its n stand above them."""
    shop.tell(
        shop.decided("2026-09-02 09:00"),
        shop.overdue("2026-09-10 10:00"),
        shop.overdue("2026-09-14 18:00"),
        shop.decided("2026-09-03 09:00", kpi="sla_triage"),
        shop.resource(ANN, "Ann", "<b>Archer</b>"),
    )
    page = await site.get("/kpis/sla_completion")
    said = words_of(page)

    assert "50.0% target 90% n 2" in said
    assert "Met" in said
    assert "Missed" in said
    assert "Left out" in said
    assert "It has no due date for this event." in said
    assert "It is not due yet." in said
    assert "Ann <b>Archer</b>" in said
    assert "<b>Archer</b>" not in page.text


async def test_filters_are_links(shop: Shop, site: httpx.AsyncClient) -> None:
    """Outcome, window and scope are kept from click to click, and a scope can be let go."""
    shop.tell(
        shop.decided("2026-09-02 09:00"), shop.decided("2026-09-03 09:00", who=BOB), shop.overdue("2026-09-14 18:00")
    )
    address = f"/kpis/sla_completion?window=30d&queue_id={QUEUE}&company_id={CLIENT}&tech_id={BOB}"
    page = await site.get(address)
    counted = f"/kpis/sla_completion?window=30d&outcome=counted&tech_id={BOB}&queue_id={QUEUE}&company_id={CLIENT}"
    everybody = f"/kpis/sla_completion?window=30d&queue_id={QUEUE}&company_id={CLIENT}"

    assert ["/tickets/2"] == links_of(page, "/tickets/")
    assert {counted, everybody} <= set(links_of(page, "/kpis/"))
    assert ["/tickets/2", "/tickets/1"] == links_of(await site.get(f"{everybody}&outcome=counted"), "/tickets/")


async def test_older_rows_are_one_link_away(shop: Shop, site: httpx.AsyncClient) -> None:
    """A page that does not hold all leads to the next."""
    shop.tell(*(shop.decided(f"2026-09-{day:02} 09:00") for day in range(1, 5)))
    first = await site.get("/kpis/sla_completion?limit=3")
    (older,) = [one for one in links_of(first, "/kpis/") if "cursor=" in one]

    assert ["/tickets/4", "/tickets/3", "/tickets/2"] == links_of(first, "/tickets/")
    assert ["/tickets/1"] == links_of(await site.get(older), "/tickets/")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/kpis/nonsense", 404, "There is no such KPI."),
        ("/kpis/sla_triage?window=<script>", 400, "There is no such window"),
        ("/kpis/sla_triage?tech_id=424242", 404, "names this technician"),
        ("/kpis/sla_triage?cursor=x", 400, "next_cursor"),
    ],
)
async def test_what_is_not_there_is_said(site: httpx.AsyncClient, path: str, status: int, said: str) -> None:
    """A page in words, never markup of the asker's making."""
    page = await site.get(path)

    assert (status, True) == (page.status_code, said in words_of(page))
    assert "<script>" not in page.text


async def test_the_same_page_is_304(shop: Shop, site: httpx.AsyncClient) -> None:
    """Until something changes."""
    shop.tell(shop.decided("2026-09-02 09:00"))
    first = await site.get("/kpis/sla_completion")
    again = await site.get("/kpis/sla_completion", headers={"If-None-Match": first.headers["etag"]})
    shop.tell(shop.decided("2026-09-03 09:00"))
    news = await site.get("/kpis/sla_completion", headers={"If-None-Match": first.headers["etag"]})

    assert [200, 304, 200] == [first.status_code, again.status_code, news.status_code]
    assert "script-src 'self'" in first.headers["content-security-policy"]
