"""``/health``: whether Techscore itself is well, and what is not."""

from __future__ import annotations

import httpx

from ingest.feeds import store
from ingest.reconcile import store as drift
from ingest.reconcile.store import Kind
from models.database import Database
from models.instants import HOUR, MINUTE
from tests.door import serving
from tests.pages.desk import PageDesk
from tests.pages.sheets import words_of
from tests.projection.harness import webhook
from tests.scorecards.shop import Shop


async def test_each_part_says_how_it_is(shop: Shop, site: httpx.AsyncClient) -> None:
    """Inbox, feeds, drift and parked, each in words, and how many of them want an act."""
    shop.tell(shop.decided("2026-09-02 09:00"), webhook("Ticket", 77, shop.now, {"createDate": "yesterday"}))
    with shop.database.write() as connection:
        store.succeeded(connection, "tickets", reached=1, at=shop.now - 5 * MINUTE)
        store.failed(connection, "time entries", "auth_failed", shop.now - HOUR)
        drift.write(connection, "Ticket", {Kind.STALE: 3}, shop.now - HOUR)
    said = words_of(await site.get("/health"))

    assert "Inbox 2 events stored" in said
    assert "tickets Good: last read 5 min ago" in said
    assert "time entries Act: failing since 11:00: auth failed; never read to the end yet" in said
    assert "Ticket Watch: 3 stale, repaired, 1 h ago" in said
    assert "(Ticket 77) Act: " in said
    assert "No webhook has been looked at in Autotask yet." in said
    assert "Not verified yet." in said
    assert "2 to act on" in said


async def test_before_the_first_ledger(database: Database) -> None:
    """The page is there before any figures are, for that is when it is looked for."""
    made = PageDesk(database)
    async with serving(made.app) as client:
        page = await client.get("/health")
    made.close()

    assert (200, True) == (page.status_code, "0 events stored" in words_of(page))


async def test_the_menu_leads_everywhere(site: httpx.AsyncClient) -> None:
    """Every page of the menu is there, and says which it is."""
    page = await site.get("/scorecard")
    for path in ("/", "/scorecard", "/at-risk", "/coaching", "/doctor", "/health"):
        assert f'href="{path}"' in page.text
        assert f'<a href="{path}" aria-current="page">' in (await site.get(path)).text or path == "/"
