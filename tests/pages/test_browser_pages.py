"""Every page in a real Chromium: with a past, with nothing, with old figures; on a desk, a phone, and the wall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from models.database import Database
from models.instants import MINUTE
from service.app import create_app
from service.serve import ROUTERS
from tests.databases import SqliteServer
from tests.door import DOOR, settings_for, signed
from tests.pages.chromium import SCROLL_SIZE, WALL, asked_by, listening, said_by
from tests.pages.past import BEN, tell_past
from tests.scorecards.shop import Shop, open_shop

PHONE = ViewportSize(width=360, height=780)
UHD = ViewportSize(width=3840, height=2160)
PATIENCE_MS = 15_000
SERIOUS = ("serious", "critical")
EVERYWHERE = ("/", "/scorecard", "/kpis/sla_completion?limit=9", "/at-risk", "/coaching", "/doctor", "/health")
OF_A_PAST = (
    *EVERYWHERE,
    "/scorecard?month=2026-07&as=reported&sort=sla_completion",
    "/kpis/escalation_rate",
    f"/kpis/sla_completion?tech_id={BEN}&window=90d&limit=9",
    f"/technicians/{BEN}",
    "/tickets/1",
)

axe = Axe()


@contextmanager
def shown(server: SqliteServer) -> Iterator[tuple[Shop, str]]:
    """A shop and where its pages are."""
    url = server.create_migrated()
    database = Database(url)
    with open_shop(database, now="2026-09-14 16:30") as shop:
        app = create_app(
            settings_for("sqlite:///unused.db"), database=database, clock=shop.harness.clock, routers=ROUTERS
        )
        with listening(app) as address:
            yield shop, address
    database.close()
    server.drop(url)


@pytest.fixture(scope="module")
def past(sqlite_server: SqliteServer) -> Iterator[str]:
    """Where a desk with thirteen months behind it is shown; three of its tickets are past due."""
    with shown(sqlite_server) as (shop, address):
        tell_past(shop)
        shop.tell(*(shop.overdue(f"2026-09-14 {hour}:20", who=BEN) for hour in (10, 12, 15)))
        yield address


@pytest.fixture(scope="module")
def nothing(sqlite_server: SqliteServer) -> Iterator[str]:
    """Where a desk of which nothing was heard yet is shown."""
    with shown(sqlite_server) as (_, address):
        yield address


@pytest.fixture(scope="module")
def old(sqlite_server: SqliteServer) -> Iterator[str]:
    """Where figures are shown that no worker has moved for a quarter of an hour."""
    with shown(sqlite_server) as (shop, address):
        shop.tell(shop.decided("2026-09-02 09:00"), shop.decided("2026-09-03 09:00", met=False))
        shop.harness.clock.advance(15 * MINUTE)
        yield address


@pytest.mark.parametrize("path", OF_A_PAST)
def test_with_a_past(past: str, context: BrowserContext, path: str) -> None:
    """Nothing to hear from the console, nothing asked of others, no barrier, nothing beside the screen."""
    page = looked_at(context, past, path)

    assert page.locator("main").inner_text()


@pytest.mark.parametrize("path", EVERYWHERE)
def test_with_nothing(nothing: str, context: BrowserContext, path: str) -> None:
    """Empty pages say that they are, in words, and hold to the same."""
    looked_at(context, nothing, path)


def test_with_old_figures(old: str, context: BrowserContext) -> None:
    """Every page says that its figures are not live, the kiosk too."""
    looked_at(context, old, "/scorecard")
    page = context.new_page()
    for path in ("/?kiosk", *EVERYWHERE):
        page.goto(old + path)
        expect(page.locator(".banner.stale")).to_contain_text("Not live: figures as of 16:30 UTC")


@pytest.mark.parametrize("path", ["/", "/scorecard"])
def test_in_the_dark(past: str, browser: Browser, path: str) -> None:
    """Whoever's screen is dark reads as well."""
    context = browser.new_context(viewport=WALL, color_scheme="dark")
    looked_at(context, past, path)
    context.close()


def test_what_cannot_be_measured_is_called_so(past: str, context: BrowserContext) -> None:
    """The figure's place holds words and what to do, not a nought."""
    page = context.new_page()
    page.goto(f"{past}/kpis/escalation_rate")

    expect(page.locator("#figure .big")).to_have_text("Not measurable")


def test_a_page_shown_again_keeps_its_style(past: str, context: BrowserContext) -> None:
    """The second visit is answered with 304; what the browser kept is shown as it was."""
    families = []
    for page in (context.new_page(), context.new_page()):
        page.goto(f"{past}/scorecard")
        families.append(page.evaluate("() => getComputedStyle(document.body).fontFamily"))

    assert families[0] == families[1]


@pytest.mark.parametrize("size", [ViewportSize(width=1920, height=1080), UHD])
def test_the_kiosk_fits_its_screen(past: str, context: BrowserContext, size: ViewportSize) -> None:
    """Nothing scrolls at 1080p nor in 4K, and there is nothing that leads elsewhere."""
    page = context.new_page()
    page.set_viewport_size(size)
    page.goto(f"{past}/?kiosk")
    expect(page.locator("#tiles")).to_be_visible()

    assert [size["width"], size["height"]] == page.evaluate(SCROLL_SIZE)
    assert 0 == page.locator("nav").count()
    assert "none" == page.evaluate("() => getComputedStyle(document.querySelector('#tiles a')).pointerEvents")


def test_a_webhook_moves_the_kiosk_and_it_heals(sqlite_server: SqliteServer, context: BrowserContext) -> None:
    """Within two seconds of a webhook; after the network was away, by itself; all on one page load."""
    with shown(sqlite_server) as (shop, address):
        shop.tell(shop.decided("2026-09-02 09:00"))
        page = context.new_page()
        page.clock.install()
        page.goto(f"{address}/?kiosk")
        page.evaluate("() => { window.sameDocument = true }")
        figure = page.locator("[data-figure=sla_completion-n]")
        expect(figure).to_have_text("1")

        began = monotonic()
        send(shop, address, 901)
        expect(figure).to_have_text("2", timeout=PATIENCE_MS)
        took = monotonic() - began

        context.set_offline(True)
        send(shop, address, 902)
        page.clock.fast_forward("00:12")
        expect(page.locator("#connection")).to_contain_text("No connection", timeout=PATIENCE_MS)
        context.set_offline(False)
        page.clock.fast_forward("00:03")
        expect(figure).to_have_text("3", timeout=PATIENCE_MS)
        expect(page.locator("#connection")).to_be_hidden()

        assert page.evaluate("() => window.sameDocument === true")
        assert took < 2


def test_a_webhook_moves_the_pages_behind_the_wall(sqlite_server: SqliteServer, context: BrowserContext) -> None:
    """Within two seconds, on one page load; what is unfolded stays so, and whoever chooses in a form is left alone."""
    with shown(sqlite_server) as (shop, address):
        shop.tell(shop.decided("2026-09-02 09:00", who=BEN))
        choosing, *pages = (context.new_page() for _ in range(3))
        for page, path in ((choosing, "/scorecard"), (pages[0], "/kpis/sla_completion"), (pages[1], "/scorecard")):
            page.goto(address + path)
            page.evaluate("() => { window.sameDocument = true }")
            page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true }")
        choosing.locator("#month").focus()
        chosen = choosing.locator("main").inner_text()

        for number, page in enumerate(pages, 901):
            before = page.locator("main").inner_text()
            began = monotonic()
            send(shop, address, number)
            page.wait_for_function("was => document.querySelector('main').innerText !== was", arg=before)
            assert monotonic() - began < 2

        assert pages[0].evaluate("() => [...document.querySelectorAll('details')].every(one => one.open)")
        assert chosen == choosing.locator("main").inner_text()
        choosing.locator("#month").blur()
        send(shop, address, 903)
        choosing.wait_for_function("was => document.querySelector('main').innerText !== was", arg=chosen)
        assert [True] * 3 == [page.evaluate("() => window.sameDocument === true") for page in (choosing, *pages)]


def test_a_plan_is_started_changed_and_closed_by_hand(past: str, context: BrowserContext) -> None:
    """What a manager does in a talk and after it, with every form of the pages; each page is looked at on the way."""
    page = looked_at(context, past, "/coaching")
    page.set_viewport_size(WALL)
    page.get_by_label("Focus").select_option("sla_completion")
    page.get_by_label("Technician", exact=True).select_option(str(BEN))
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#script")).to_contain_text("The goal is")
    where = page.url.removeprefix(past)
    page = looked_at(context, past, where)
    page.set_viewport_size(WALL)
    page.get_by_label("Goal in percent").fill("90")
    page.get_by_label("Check-back 2").fill("2026-10-30")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("#standing")).to_contain_text("90.0% by Fri 30 Oct 2026")
    page.get_by_label("How it ended").fill("He knows what to do.")
    page.get_by_role("button", name="Close the plan").click()
    expect(page.locator("#standing")).to_contain_text("He knows what to do.")
    looked_at(context, past, where).get_by_role("button", name="Open the plan again").click()
    expect(context.pages[-1].locator("#change")).to_be_visible()


def looked_at(context: BrowserContext, address: str, path: str) -> Page:
    """A page as a visitor has it, looked at from all sides."""
    page = context.new_page()
    said, asked = said_by(page), asked_by(page)
    page.goto(address + path)
    found = [one for one in axe.run(page).response["violations"] if one["impact"] in SERIOUS]
    wide = page.evaluate(SCROLL_SIZE)[0]
    page.set_viewport_size(PHONE)
    narrow = page.evaluate(SCROLL_SIZE)[0]

    assert [] == [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
    assert (1920, 360) == (wide, narrow)
    assert [] == [url for url in asked if not url.startswith(f"{address}/")]
    assert [] == said
    return page


def send(shop: Shop, address: str, number: int) -> None:
    """A ticket resolved in time, through the door, and into the ledger."""
    body = (
        b'{"Action":"Create","EntityType":"Ticket","Id":%d,"EventTime":"2026-09-14T16:30:00Z","SequenceNumber":1,'
        b'"Fields":{"CompanyID":7,"QueueID":29,"AssignedResourceID":201,"CreateDate":"2026-09-14T09:00:00Z",'
        b'"ResolvedDateTime":"2026-09-14T10:00:00Z","ResolvedDueDateTime":"2026-09-14T11:00:00Z"}}' % number
    )
    assert 202 == httpx.post(f"{address}{DOOR}", content=body, headers=signed(body)).status_code
    shop.harness.settle()
