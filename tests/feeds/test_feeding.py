"""The feeds as a worker runs them: a thread while it leads, the real client, the clock on the wall."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from ingest.feeds import store
from models.clock import ManualClock, WallClock
from models.database import Database
from models.entities import SLA_RESULT, TIME_ENTRY
from models.settings import Settings, load_settings
from service import desk
from service.leadership import Leadership
from service.metrics import live
from service.worker import Worker
from tests.feeds.front import serving
from tests.feeds.tenant import Tenant

WITHIN_SECONDS = 30.0


class Wall(ManualClock):
    """A tenant's clock that goes like the wall's."""

    def now(self) -> int:
        return WallClock().now()


@pytest.fixture
def tenant() -> Tenant:
    """A tenant that lives now."""
    return Tenant(Wall(0))


def _settings(database: Database, zone: str, **others: object) -> Settings:
    usual: dict[str, object] = {
        "database_url": database.url.render_as_string(hide_password=False),
        "autotask_username": "api@example.com",
        "autotask_secret": SecretStr("s"),
        "autotask_integration_code": SecretStr("c"),
        "autotask_zone_url": zone,
    }
    return load_settings(**{**usual, **others})


@contextmanager
def working(settings: Settings, database: Database) -> Iterator[None]:
    """A worker in a thread; it has ended when this is left."""
    stop = threading.Event()
    worker = threading.Thread(target=Worker(settings, database, settings.clock(), stop).run)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(WITHIN_SECONDS)
        assert not worker.is_alive()
        assert not _feeds()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for a condition, with a bound."""
    until = time.monotonic() + WITHIN_SECONDS
    while not holds():
        assert time.monotonic() < until
        threading.Event().wait(0.05)


def _knows(database: Database, entity_type: str, entity_id: int) -> bool:
    with database.read() as connection:
        return entity_id in store.known(connection, entity_type, [entity_id])


def test_the_leading_worker_feeds(database: Database, tenant: Tenant) -> None:
    """What is logged in Autotask comes in by itself, with the SLA result of its ticket; the scrape says since when."""
    tenant.ticket(1, status=1)
    tenant.entry(100, 1)
    tenant.put("ServiceLevelAgreementResults", 9, ticketID=1, isResolutionMet=True)
    with serving(tenant) as zone, working(_settings(database, zone), database):
        eventually(lambda: _knows(database, TIME_ENTRY, 100) and _knows(database, SLA_RESULT, 9))
        text = live.render(database, None, WallClock()).decode()

    assert 'techscore_source_last_success_timestamp_seconds{feed="Tickets"}' in text


def test_a_worker_that_stands_by_asks_nothing_until_it_leads(database: Database, tenant: Tenant) -> None:
    """Another leads: this one leaves Autotask alone; when the lead is free it feeds."""
    tenant.entry(100, 1)
    leadership = Leadership(database)
    leadership.acquire()
    with serving(tenant) as zone, working(_settings(database, zone), database):
        asked, feeds = list(tenant.asked), _feeds()
        leadership.close()
        eventually(lambda: _knows(database, TIME_ENTRY, 100))

    assert ([], False) == (asked, feeds)


@pytest.mark.parametrize("others", [{"now": "2026-03-03T12:00:00Z"}, {"autotask_integration_code": None}])
def test_a_frozen_worker_and_one_without_credentials_ask_nothing(
    database: Database, tenant: Tenant, others: dict[str, object]
) -> None:
    """They lead and project, and no more."""
    with serving(tenant) as zone, working(_settings(database, zone, **others), database):
        eventually(lambda: _shows(database))
        feeds = _feeds()

    assert ([], False) == (tenant.asked, feeds)


def _feeds() -> bool:
    return "feeds" in {thread.name for thread in threading.enumerate()}


def _shows(database: Database) -> bool:
    with database.read() as connection:
        return desk.read_pointer(connection) is not None
