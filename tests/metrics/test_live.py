"""Backlog, lag and parked items, read at the scrape: true while nobody projects. And readiness, which asks the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest import inbox
from ingest.feeds import store, watch
from models.clock import ManualClock, WallClock
from models.database import Database
from models.instants import MINUTE, SECOND
from service import heartbeat, readiness
from service.lag import read_standing
from service.leadership import Leadership
from service.metrics import live
from service.reading import Reader
from tests.metrics.text import check, value
from tests.projection.harness import at, webhook
from tests.scorecards.shop import NOON, Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def scraped(shop: Shop) -> bytes:
    """The live metrics now."""
    with shop.view() as view:
        return live.render(shop.database, view, shop.harness.clock)


def behind(shop: Shop) -> tuple[float | None, float | None]:
    """Backlog and lag in seconds."""
    text = scraped(shop)
    return value(text, "techscore_inbox_backlog"), value(text, "techscore_projection_lag_seconds")


def test_nothing_waits_in_a_settled_ledger(shop: Shop) -> None:
    """All taken: no backlog, no lag, nothing parked, and no time of an oldest that is not there."""
    shop.tell(shop.decided("2026-09-14 09:00"))
    text = scraped(shop)

    assert (0, 0) == behind(shop)
    assert (0, 0) == tuple(value(text, "techscore_parked", kind=kind) for kind in ("event", "subject"))
    assert value(text, "techscore_parked_oldest_timestamp_seconds", kind="event") is None


def test_events_that_wait_are_the_lag(shop: Shop) -> None:
    """The lag is the age of the oldest event not projected, by when it was received."""
    shop.harness.store(webhook("Company", 1, shop.now), webhook("Company", 2, shop.now, received_at=shop.now + SECOND))
    shop.harness.clock.advance(90 * SECOND)
    assert (2, 90) == behind(shop)

    shop.harness.settle()
    assert (0, 0) == behind(shop)


def test_a_deadline_nobody_takes_is_lag(shop: Shop) -> None:
    """A due date that passed while the worker was down is waited for, though no event is."""
    created = at(NOON)
    fields = {"companyID": 7, "createDate": NOON, "resolvedDueDateTime": "2026-09-14T12:10:00Z"}
    shop.tell(webhook("Ticket", 1, created, fields, action="Create"))
    shop.harness.clock.set(at("2026-09-14 12:09"))
    assert (0, 0) == behind(shop)

    shop.harness.clock.set(at("2026-09-14 12:12"))
    assert (0, 120) == behind(shop)
    shop.harness.settle()
    assert (0, 0) == behind(shop)


def test_parked_items_have_a_kind_and_a_time(shop: Shop) -> None:
    """An event that cannot be read is counted, with the ledger's time at which it was set aside."""
    shop.tell(webhook("Ticket", 1, shop.now, {"createDate": "yesterday"}))
    text = scraped(shop)

    assert (1, 0) == tuple(value(text, "techscore_parked", kind=kind) for kind in ("event", "subject"))
    assert shop.now / SECOND == value(text, "techscore_parked_oldest_timestamp_seconds", kind="event")


def test_without_a_ledger_the_whole_inbox_waits(database: Database) -> None:
    """Before the first build the backlog is everything stored."""

    moment = at(NOON)
    with database.write() as connection:
        inbox.append(connection, [webhook("Company", number, moment) for number in range(3)])
    text = live.render(database, None, ManualClock(moment + MINUTE))

    assert 3 == value(text, "techscore_inbox_backlog")
    assert 60 == value(text, "techscore_projection_lag_seconds")


def test_promtool_finds_nothing(shop: Shop) -> None:
    """Names, help texts and format are as Prometheus wants them."""
    check(scraped(shop))


def test_readiness_follows_worker_ledger_and_lag(database: Database) -> None:
    """Each check gives nothing when it holds, and its own word when it does not."""
    assert "no_worker_yet" == heartbeat.worker_alive(database)
    assert "no_figures_yet" == readiness.ledger_shown(database)
    with open_shop(database) as shop:
        assert readiness.ledger_shown(database) is None
        shop.harness.store(webhook("Company", 1, shop.now))
        shop.harness.clock.advance(MINUTE)
        assert readiness.short_lag(database, shop.harness.clock) is None
        shop.harness.clock.advance(1)
        assert "projection_behind" == readiness.short_lag(database, shop.harness.clock)

    leadership = Leadership(database)
    try:
        leadership.acquire()
        assert heartbeat.worker_alive(database) is None
    finally:
        leadership.close()


def test_readiness_of_a_database_that_is_gone() -> None:
    """Every check says so instead of raising."""
    gone = Database("postgresql://nobody@127.0.0.1:1/nothing")

    assert ["storage_unavailable"] * 4 == [check.run(gone) for check in readiness.checks(WallClock())]
    gone.close()


def test_standing_before_the_first_build(database: Database) -> None:
    """No ledger and no events is no lag."""
    reader = Reader(database)
    found = read_standing(database, reader, WallClock())
    reader.close()

    assert (0, 0) == (found.backlog, found.lag)


def test_feeds_and_webhooks_are_read_at_the_scrape(shop: Shop) -> None:
    """When each feed last succeeded, which webhooks were active: true while the worker is down."""
    noon = at(NOON)
    with shop.database.write() as connection:
        store.succeeded(connection, "Tickets", reached=None, at=noon)
        store.succeeded(connection, "references", reached=7, at=noon)
        store.failed(connection, "Tasks", "unreachable", noon)
        watch.found_registered(connection, {"Ticket": True, "Company": False}, (), noon, noon)
    text = scraped(shop)

    family = "techscore_source_last_success_timestamp_seconds"
    assert noon / SECOND == value(text, family, feed="Tickets")
    assert [None, None] == [value(text, family, feed=feed) for feed in ("references", "Tasks")]
    assert [1, 0] == [value(text, "techscore_webhook_active", entity=entity) for entity in ("Ticket", "Company")]
