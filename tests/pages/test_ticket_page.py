"""``/tickets/{id}``: timeline, contributions and rules, and the way into Autotask."""

from __future__ import annotations

import httpx
from pydantic import HttpUrl

from models.database import Database
from service.app import create_app
from service.serve import ROUTERS
from tests.api.test_tickets import a_story
from tests.door import serving, settings_for
from tests.pages.sheets import links_of, words_of
from tests.scorecards.shop import ANN, BOB, Shop


async def test_the_whole_story(shop: Shop, site: httpx.AsyncClient) -> None:
    """What it counts for and by which rule, its SLA, its time, and who changed what when."""
    a_story(shop)
    shop.tell(shop.resource(ANN, "Ann", "Archer"), shop.resource(BOB, "Bob", "<i>Baker</i>"))
    page = await site.get("/tickets/1")
    said = words_of(page)

    assert "T20260914.0001 Printer" in said
    assert "Triage Met 08:01 Ann Archer The event has happened" in said
    assert "Completion Missed 10:00 Bob <i>Baker</i> The due date has passed" in said
    assert "It has no due date for this event." in said
    assert "Triage 10:00 08:01 met" in said
    assert "Primary Ann Archer → Bob <i>Baker</i>" in said
    assert "Estimate 1.5 h" in said
    assert "<i>Baker" not in page.text
    assert [] == links_of(page, "https://")


async def test_the_link_into_autotask(database: Database, shop: Shop) -> None:
    """With the zone known, one click leads to the ticket itself."""
    a_story(shop)
    zone = {"autotask_zone_url": HttpUrl("https://webservices5.autotask.net/ATServicesRest/")}
    settings = settings_for("sqlite:///unused.db").model_copy(update=zone)
    app = create_app(settings, database=database, clock=shop.harness.clock, routers=ROUTERS)
    async with serving(app) as client:
        page = await client.get("/tickets/1")

    expected = "https://ww5.autotask.net/Mvc/ServiceDesk/TicketDetail.mvc?ticketId=1"
    assert [expected] == links_of(page, "https://")


async def test_a_ticket_nobody_told_of(site: httpx.AsyncClient) -> None:
    """A page that says so."""
    page = await site.get("/tickets/404")

    assert (404, True) == (page.status_code, "No fact of this ticket has arrived" in words_of(page))
