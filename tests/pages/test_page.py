"""The live page over HTTP, on both databases: what it shows, its headers, and when it says 304."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from models.database import Database
from models.instants import HOUR, MINUTE, isoformat, to_datetime
from service import desk as desk_tables
from service.pages import assets
from service.pages.breaches import open_breaches
from tests.door import serving
from tests.pages.desk import START, PageDesk, resource, ticket
from tests.projection.harness import webhook


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[PageDesk]:
    """A desk whose ledger is shown."""
    made = PageDesk(database)
    made.show()
    yield made
    made.close()


@pytest.fixture
async def client(desk: PageDesk) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application."""
    async with serving(desk.app) as running:
        yield running


def text_of(response: httpx.Response) -> str:
    """The page with every run of white space made one."""
    return " ".join(response.text.split())


async def test_an_empty_ledger_waits_for_the_first_webhook(client: httpx.AsyncClient) -> None:
    """With no fact the page says how to send one."""
    page = await client.get("/")

    assert (200, "text/html; charset=utf-8") == (page.status_code, page.headers["content-type"])
    assert "Waiting for the first webhook" in page.text


async def test_before_the_first_ledger_the_page_says_so(database: Database) -> None:
    """Without a worker the page is there and names what is missing."""
    made = PageDesk(database)
    async with serving(made.app) as client:
        page = await client.get("/")
    made.close()

    assert (200, True) == (page.status_code, "No figures yet." in page.text)


async def test_a_breach_appears_by_itself(desk: PageDesk, client: httpx.AsyncClient) -> None:
    """When a due date passes the ticket stands in the list with holder and queue, provisional within grace."""
    due = START + HOUR
    desk.harness.tell(
        resource(100, "Ada", "<b>Moreau</b>"),
        ticket(1, START, Title="<script>alert(1)</script>", FirstResponseDueDateTime=isoformat(due)),
    )
    before = text_of(await client.get("/"))
    desk.harness.advance_to(due + 2 * MINUTE)
    during = text_of(await client.get("/"))
    desk.harness.advance_to(due + 6 * MINUTE)
    desk.harness.tell(ticket(2, due + 6 * MINUTE))
    after = text_of(await client.get("/"))

    assert "Nothing is past due." in before
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in during
    assert "<script>alert" not in during + after
    assert "Ada &lt;b&gt;Moreau&lt;/b&gt;" in during
    assert "Queue 29683354" in during
    assert "<i>provisional</i>" in during
    assert "Triage <b>6 min</b>" in after
    assert "<i>provisional</i>" not in after


async def test_a_met_response_counts(desk: PageDesk, client: httpx.AsyncClient) -> None:
    """One response in time is one of one, and too few to judge."""
    desk.harness.tell(
        ticket(1, START, FirstResponseDueDateTime=isoformat(START + HOUR)),
        webhook("Ticket", 1, START + MINUTE, {"FirstResponseDateTime": isoformat(START + MINUTE)}, sequence=2),
    )

    assert "Sample too small (n 1 &lt; 20)" in text_of(await client.get("/"))


async def test_nothing_new_is_304_and_news_is_not(desk: PageDesk, client: httpx.AsyncClient) -> None:
    """A page that has the figures of this version is told so; a new fact, or growing stale, changes the tag."""
    first = await client.get("/?fragment=1")
    tag = {"If-None-Match": first.headers["etag"]}
    same = await client.get("/?fragment=1", headers=tag)
    other_window = await client.get("/?fragment=1&window=7d", headers=tag)
    desk.harness.clock.advance(3 * MINUTE)
    stale = await client.get("/?fragment=1", headers=tag)
    desk.harness.tell(ticket(1, START))
    news = await client.get("/?fragment=1", headers={"If-None-Match": stale.headers["etag"]})

    assert [200, 304, 200, 200, 200] == [r.status_code for r in (first, same, other_window, stale, news)]
    assert b"" == same.content
    assert same.headers["techscore-now"] == first.headers["techscore-now"]
    assert 'data-condition="stale"' in stale.text
    assert 'data-condition="live"' in news.text


async def test_the_fragment_is_main_alone(client: httpx.AsyncClient) -> None:
    """What the script fetches has no head to parse."""
    fragment = (await client.get("/?fragment=1")).text.strip()

    assert fragment.startswith("<main")
    assert fragment.endswith("</main>")


@pytest.mark.parametrize("path", ["/", "/?fragment=1", "/?window=nonsense"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    """Nothing inline, nothing from elsewhere, no framing by others, also on errors."""
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert ("nosniff", "no-referrer") == (headers["x-content-type-options"], headers["referrer-policy"])


async def test_a_304_leaves_the_pages_policy_alone(client: httpx.AsyncClient) -> None:
    """The headers of a 304 take the place of those kept with the page: a policy of data would take its style away."""
    tag = {"If-None-Match": (await client.get("/")).headers["etag"]}
    again = await client.get("/", headers=tag)

    assert (304, False) == (again.status_code, "content-security-policy" in again.headers)
    assert "nosniff" == again.headers["x-content-type-options"]


async def test_a_file_that_is_none_runs_nothing(client: httpx.AsyncClient) -> None:
    """What is no page is given the policy of data."""
    headers = (await client.get("/static/nothing.css")).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")
    assert ("nosniff", "no-referrer") == (headers["x-content-type-options"], headers["referrer-policy"])


async def test_the_window_is_chosen_by_the_address(desk: PageDesk, client: httpx.AsyncClient) -> None:
    """Each window is current on its own page; a window that is none is refused in words, escaped."""
    desk.harness.tell(ticket(1, START))
    week = text_of(await client.get("/?window=7d"))
    month = text_of(await client.get("/?window=2026-08"))
    nonsense = await client.get("/?window=<script>")

    assert 'href="/?window=7d" aria-current="page">7 days' in week
    assert "August 2026" in month
    assert (400, True, False) == (nonsense.status_code, "&lt;script&gt;" in nonsense.text, "<script>" in nonsense.text)


async def test_a_kiosk_shows_the_same_without_ways_out(desk: PageDesk, client: httpx.AsyncClient) -> None:
    """``?kiosk`` leaves windows and menu away, whatever it is set to but 0; its tag is another."""
    desk.harness.tell(ticket(1, START))
    plain, kiosk, off = [await client.get(f"/{query}") for query in ("", "?kiosk", "?kiosk=0")]

    assert ('aria-label="Window"' in plain.text, 'href="/scorecard"' in plain.text) == (True, True)
    assert ('aria-label="Window"' in kiosk.text, 'href="/scorecard"' in kiosk.text) == (False, False)
    assert 'id="tiles"' in kiosk.text
    assert plain.text == off.text
    assert plain.headers["etag"] != kiosk.headers["etag"]


async def test_assets_are_kept_for_good_under_their_hash(client: httpx.AsyncClient) -> None:
    """Style, script and icon are served under a name that changes with their content; other names are not there."""
    page = (await client.get("/")).text
    files = {
        "wall.css": "text/css",
        "live.js": "text/javascript",
        "wall.js": "text/javascript",
        "icon.svg": "image/svg",
    }
    for file_name, media_type in files.items():
        response = await client.get(assets.url(file_name))
        assert assets.url(file_name) in page
        assert 200 == response.status_code
        assert response.headers["content-type"].startswith(media_type)
        assert "immutable" in response.headers["cache-control"]
    for name in ("wall.css", "..%2Frouter.py", "page.html"):
        assert 404 == (await client.get(f"/static/{name}")).status_code


async def test_a_silent_worker_is_said_on_the_page(database: Database, client: httpx.AsyncClient) -> None:
    """A leader that stopped beating makes the page stale although its figures are fresh."""
    with database.write() as connection:
        connection.execute(
            desk_tables.LEADER.insert().values(id=1, term=1, since=to_datetime(START), seen_at=to_datetime(START))
        )

    assert "The worker has not been heard of since" in (await client.get("/")).text


async def test_the_newest_breaches_come_first_and_all_are_counted(desk: PageDesk) -> None:
    """The list is bounded by tickets; the sums are not."""
    due = [START + number * MINUTE for number in range(1, 6)]
    desk.harness.tell(
        *(ticket(n, START, FirstResponseDueDateTime=isoformat(due[n - 1])) for n in range(1, 5)),
        ticket(5, START, FirstResponseDueDateTime=isoformat(due[4]), ResolvedDueDateTime=isoformat(due[0])),
    )
    desk.harness.advance_to(START + HOUR)
    with desk.harness.ledger.read() as connection:
        found = open_breaches(connection, limit=2)

    assert [(5, 2), (4, 1)] == [(breach.ticket_id, len(breach.overdue)) for breach in found.newest]
    assert (5, {"sla_triage": 5, "sla_engagement": 0, "sla_completion": 1}) == (found.tickets, found.by_kpi)
    assert due[0] == found.oldest_due
