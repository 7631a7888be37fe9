"""Which source says nothing: the tenant, each feed, each webhook (the doctor's "sources silent since")."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ingest.feeds import store, watch
from models.database import Database
from models.instants import HOUR, MINUTE
from service.sources import Source, sources
from tests.api.conftest import serving_figures
from tests.projection.harness import at
from tests.scorecards.shop import Shop, open_shop

HEARD = at("2026-09-14 09:00")


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop that heard of a ticket at nine on a Monday, UTC."""
    with open_shop(database, now="2026-09-14 09:00") as opened:
        opened.tell(opened.decided("2026-09-14 10:00"))
        yield opened


def _sources(shop: Shop) -> dict[str, Source]:
    with shop.view() as view:
        return {one.name: one for one in sources(shop.database, view)}


def test_nothing_was_ever_heard(database: Database) -> None:
    """Before the first fact that is what is said, not a date."""
    with open_shop(database) as empty:
        assert {"autotask": Source("autotask", None, None, "never_heard")} == _sources(empty)


@pytest.mark.parametrize(
    ("now", "is_silent"),
    [
        (HEARD + HOUR, False),
        (HEARD + HOUR + MINUTE, True),
        (at("2026-09-14 17:00"), True),
    ],
)
def test_an_hour_of_business_time(shop: Shop, now: int, is_silent: bool) -> None:
    """More than an hour of business time without any fact is silence."""
    shop.harness.advance_to(now)

    said = _sources(shop)["autotask"]
    assert (HEARD, (HEARD, "nothing_heard") if is_silent else (None, None)) == (
        said.last_at,
        (said.silent_since, said.reason),
    )


def test_a_night_is_no_silence(database: Database) -> None:
    """Heard just before closing time: until an hour after opening nobody is missed."""
    with open_shop(database, now="2026-09-14 16:59") as shop:
        shop.tell(shop.decided("2026-09-14 17:59"))
        shop.harness.advance_to(at("2026-09-15 08:58"))
        assert _sources(shop)["autotask"].reason is None
        shop.harness.advance_to(at("2026-09-15 09:01"))
        assert "nothing_heard" == _sources(shop)["autotask"].reason


async def test_feeds_and_webhooks(shop: Shop) -> None:
    """A failing feed says since when and why; a webhook that is switched off says so; the API writes both."""
    with shop.database.write() as connection:
        store.succeeded(connection, "Companies", reached=1, at=HEARD)
        store.succeeded(connection, "Tickets", reached=1, at=HEARD)
        store.failed(connection, "Tickets", "unreachable", HEARD + MINUTE)
        watch.found_registered(connection, {"Ticket": False, "Company": True}, (), HEARD + MINUTE, HEARD + MINUTE)
    said = _sources(shop)

    assert Source("feed Companies", HEARD) == said["feed Companies"]
    assert Source("feed Tickets", HEARD, HEARD + MINUTE, "unreachable") == said["feed Tickets"]
    assert Source("webhook Ticket", None, HEARD + MINUTE, "webhook_inactive") == said["webhook Ticket"]
    assert Source("webhook Company", HEARD + MINUTE) == said["webhook Company"]
    async with serving_figures(shop.database, shop.harness.clock) as client:
        document = (await client.get("/api/v1/doctor")).json()
        page = await client.get("/doctor")
    assert {
        "source": "feed Tickets",
        "last_at": "2026-09-14T09:00:00Z",
        "silent_since": "2026-09-14T09:01:00Z",
        "reason": "unreachable",
    } in document["sources"]
    assert httpx.codes.OK == page.status_code
    assert "webhook Ticket: silent since 09:01: it is switched off in Autotask" in page.text
