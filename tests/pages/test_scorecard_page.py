"""``/scorecard``: technicians by KPIs of a month, sorted by links, as known now and as reported."""

from __future__ import annotations

import re

import httpx

from tests.pages.past import ADA, BEN, tell_past
from tests.pages.sheets import links_of, words_of
from tests.scorecards.shop import Shop


def rows_of(page: httpx.Response) -> list[str]:
    """Who stands in the table, from the top."""
    return re.findall(r'<th scope="row">(?:<span.*?</span> )?(?:<a [^>]*>)?([^<]*)', page.text)


async def test_figures_with_all_that_belongs_to_them(shop: Shop, site: httpx.AsyncClient) -> None:
    """Value, target, sample, the way since last month, and a link to the evidence, of the team and each technician."""
    tell_past(shop)
    page = await site.get("/scorecard")
    said = words_of(page)

    assert 200 == page.status_code
    assert ["Team", "Ada Moreau", "Ben Ferraro-Lindqvist", "Chidi Okafor", "Dana Roe"] == rows_of(page)
    assert "Completion ▲" not in said
    assert "target 90%" in said
    assert "since the month before, " in said
    assert f"/kpis/sla_completion?window=2026-09&tech_id={ADA}" in links_of(page, "/kpis/")
    assert f"/technicians/{ADA}?window=2026-09" in links_of(page, "/technicians/")


async def test_whoever_needs_help_comes_first_when_sorted(shop: Shop, site: httpx.AsyncClient) -> None:
    """A heading sorts by its KPI, the one to help first; again, the other way round; the team stays on top."""
    tell_past(shop)
    first = await site.get("/scorecard?sort=sla_completion&month=2026-08")
    turned = next(one for one in links_of(first, "/scorecard?") if "sort=-sla_completion" in one)
    second = await site.get(turned)

    assert "Ben Ferraro-Lindqvist" == rows_of(first)[1]
    assert 'aria-sort="ascending"' in first.text
    assert ["Team", *rows_of(first)[:0:-1]] == rows_of(second)
    assert 'aria-sort="descending"' in second.text
    assert rows_of(await site.get("/scorecard?month=2026-08")) == rows_of(
        await site.get("/scorecard?sort=<script>&month=2026-08")
    )


async def test_as_reported_and_as_corrected(shop: Shop, site: httpx.AsyncClient) -> None:
    """A month reported keeps its numbers; what changed since is marked with what it was."""
    tell_past(shop)
    told = words_of(await site.get("/scorecard?month=2026-07&as=reported"))
    shop.tell(*(shop.decided("2026-07-06 10:00", met=False, who=BEN) for _ in range(9)))
    corrected = words_of(await site.get("/scorecard?month=2026-07"))
    reported = words_of(await site.get("/scorecard?month=2026-07&as=reported"))

    assert "Reported on 14 Sep 2026." in told
    assert "differ from what was reported" not in told
    assert "figures differ from what was reported." in corrected
    assert ", was " in corrected
    assert told == reported


async def test_a_month_without_a_report_says_why(shop: Shop, site: httpx.AsyncClient) -> None:
    """This month is not closed, one before the inbox never was; one to come, and one that is none, are refused."""
    tell_past(shop, each=1, lately=1)

    assert "the month has not been closed" in words_of(await site.get("/scorecard?as=reported"))
    assert "began before Techscore did" in words_of(await site.get("/scorecard?month=2025-08"))
    for month in ("2026-10", "<script>", "2026-13"):
        page = await site.get("/scorecard", params={"month": month})
        assert (400, False) == (page.status_code, "<script>" in page.text)


async def test_empty_and_not_measurable(site: httpx.AsyncClient) -> None:
    """Without facts there is a team row and a sentence; what cannot be measured is called so."""
    said = words_of(await site.get("/scorecard"))

    assert "No technician has worked in this month yet." in said
    assert "not measurable" in said
