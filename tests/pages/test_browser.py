"""The live page in a real Chromium: it moves without a reload, keeps to its own host, and fits the wall."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, expect

from models.database import Database
from models.instants import HOUR, MINUTE, isoformat
from service.pages import render
from service.pages.breaches import SLA_KEYS
from service.pages.status import status
from tests.databases import SqliteServer
from tests.pages.cards import (
    AS_OF,
    POLICY,
    breaches_of,
    busy_desk,
    figure,
    fresh,
    scorecard_of,
    view_model,
)
from tests.pages.chromium import SCROLL_SIZE, asked_by, listening, said_by
from tests.pages.desk import START, PageDesk, resource, ticket
from tests.projection.harness import webhook

PHONE = ViewportSize(width=390, height=844)
PATIENCE_MS = 15_000
ADDRESS = "https://techscore.example"

OVERFLOWING = """() => Array.from(document.querySelectorAll("main, main > *, .tile, .tile > *, .rows > li, .events"))
  .filter(e => e.clientHeight && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
    || e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.id || e.getAttribute("class") || e.textContent.trim())"""


@pytest.fixture
def desk(sqlite_server: SqliteServer) -> Iterator[PageDesk]:
    """A desk on SQLite whose ledger is shown."""
    url = sqlite_server.create_migrated()
    main = Database(url)
    made = PageDesk(main)
    made.show()
    yield made
    made.close()
    main.close()
    sqlite_server.drop(url)


@pytest.fixture
def address(desk: PageDesk) -> Iterator[str]:
    """Where the desk's application listens."""
    with listening(desk.app) as where:
        yield where


def test_numbers_move_without_a_reload(desk: PageDesk, address: str, context: BrowserContext) -> None:
    """From nothing over the first ticket to a breach, on one page load, from one host, with a silent console."""
    page = context.new_page()
    said = said_by(page)
    asked = asked_by(page)
    page.goto(address)
    page.evaluate("() => { window.sameDocument = true }")
    expect(page.locator("#empty")).to_be_visible()

    desk.harness.tell(
        resource(100, "Ada", "Moreau"),
        ticket(1, START, Title="<script>window.broken = 1</script>", ResolvedDueDateTime=isoformat(START + HOUR)),
        ticket(2, START, FirstResponseDueDateTime=isoformat(START + HOUR)),
        webhook("Ticket", 2, START + MINUTE, {"FirstResponseDateTime": isoformat(START + MINUTE)}, sequence=2),
    )
    expect(page.locator("[data-figure=sla_triage]")).to_have_text("100%", timeout=PATIENCE_MS)
    desk.harness.advance_to(START + 2 * HOUR)
    expect(page.locator("[data-figure=breaches]")).to_have_text("1", timeout=PATIENCE_MS)
    expect(page.locator("[data-figure=breaches]")).to_have_class(re.compile("moved"))
    expect(page.locator("#breaches .title")).to_have_text("<script>window.broken = 1</script>")

    assert page.evaluate("() => window.sameDocument === true && window.broken === undefined")
    assert [] == [url for url in asked if not url.startswith(f"{address}/")]
    assert [] == said


def test_the_age_counts_by_the_services_clock(desk: PageDesk, address: str, context: BrowserContext) -> None:
    """A display whose own clock is years off still tells how old the figures are."""
    desk.harness.tell(ticket(1, START))
    page = context.new_page()
    page.clock.install(time="2031-01-01T00:00:00")
    page.goto(address)

    expect(page.locator(".age")).to_have_text(re.compile(r"^\d{1,2} s ago$"))
    page.clock.fast_forward("00:01")
    expect(page.locator(".age")).to_have_text(re.compile(r"^\d{1,2} s ago$"))


def test_a_lost_connection_is_said_and_found_again(address: str, context: BrowserContext) -> None:
    """After ten seconds without an answer the page says so, and takes it back when it is answered again."""
    page = context.new_page()
    page.clock.install()
    page.goto(address)
    context.set_offline(True)
    page.clock.fast_forward("00:06")
    expect(page.locator("#connection")).to_be_hidden()
    page.clock.fast_forward("00:06")
    expect(page.locator("#connection")).to_contain_text("No connection to Techscore since")
    assert "lost" == page.evaluate("() => document.documentElement.dataset.connection")

    context.set_offline(False)
    page.clock.fast_forward("00:03")
    expect(page.locator("#connection")).to_be_hidden(timeout=PATIENCE_MS)


def test_who_wants_no_motion_gets_none(browser: Browser, address: str) -> None:
    """The mark on a number that moved is still for those who asked for that."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    name = page.evaluate(
        "() => { document.body.className = 'moved'; return getComputedStyle(document.body).animationName }"
    )
    context.close()

    assert "none" == name


def _states() -> dict[str, str]:
    """The page in each state worth looking at."""
    busy, breaches = busy_desk()
    zone = POLICY.zone
    stale = status(fresh(now=AS_OF + 14 * MINUTE, waiting=12_345), zone)
    unmeasurable = (
        figure("sla_triage", 3_120, 3_200),
        figure("sla_engagement", 0, 37, measurable=False),
        figure("sla_completion", 6, 7),
    )
    nothing = tuple(figure(kpi, 0, 0, measurable=False) for kpi in SLA_KEYS)
    return {
        "live": render.wall(view_model(busy, breaches), ADDRESS),
        "crowded": render.wall(view_model(*busy_desk(technicians=30)), ADDRESS),
        "stale": render.wall(view_model(busy, breaches, stale, AS_OF + 14 * MINUTE), ADDRESS),
        "frozen": render.wall(view_model(busy, breaches, status(fresh(frozen=True), zone)), ADDRESS),
        "behind": render.wall(view_model(busy, breaches, status(fresh(waiting=12_345), zone)), ADDRESS),
        "not_measurable": render.wall(view_model(scorecard_of(unmeasurable), breaches_of()), ADDRESS),
        "no_data": render.wall(view_model(scorecard_of(nothing), breaches_of()), ADDRESS),
        "empty": render.wall(view_model(scorecard_of((), position=0)), ADDRESS),
        "starting": render.notice("starting", "no ledger has been built yet: is the worker running?"),
        "unavailable": render.notice("unavailable"),
    }


STATES = _states()


@pytest.mark.parametrize("state", STATES)
def test_every_state_fits_wall_and_phone(address: str, context: BrowserContext, state: str) -> None:
    """On the wall nothing scrolls and no part is cut off, whatever there is to say; a phone scrolls down only."""
    page = _page_in(state, address, context)
    wall, cut_off = page.evaluate(SCROLL_SIZE), page.evaluate(OVERFLOWING)
    page.set_viewport_size(PHONE)

    assert ([1920, 1080], []) == (wall, cut_off)
    assert 390 == page.evaluate(SCROLL_SIZE)[0]


def _page_in(state: str, address: str, context: BrowserContext) -> Page:
    """The page in a state, its style and script from the real service."""

    def answer(route: Route) -> None:
        route.fulfill(body=STATES[state], content_type="text/html; charset=utf-8")

    page = context.new_page()
    page.route(re.compile(rf"^{re.escape(address)}/(\?.*)?$"), answer)
    page.goto(address)
    return page
