"""Reconciliation by itself: once a night; the error log every hour."""

from __future__ import annotations

from ingest.feeds.source import Kit
from ingest.reconcile.error_log import COLLECTION
from ingest.reconcile.nightly import ErrorLogDrain, Nightly
from models.instants import HOUR, Day, Instant
from tests.reconcile.site import Site
from tests.reconcile.test_error_log import log_row, payload


def _night(moment: Instant) -> Day:
    return moment // (24 * HOUR)


def _lane(site: Site) -> Nightly:
    return Nightly(Kit(site.past, site.database, site.clock), _night, site.sleep)


async def test_once_a_night(site: Site) -> None:
    """Not on the first day, once in each night after it, also by another process."""
    lane, looks = _lane(site), []
    for _ in range(58):
        await lane.run()
        looks.append(site.past.asked("query", "Tickets"))
        site.clock.advance(HOUR)
    assert [0, 1, 2] == sorted(set(looks))
    await _lane(site).run()
    assert 2 == site.past.asked("query", "Tickets")


async def test_a_night_that_was_missed(site: Site) -> None:
    """A process that starts after a night without reconciliation makes up for it."""
    site.clock.advance(24 * HOUR)
    first = _lane(site)
    site.clock.advance(24 * HOUR)
    await first.run()
    site.clock.advance(48 * HOUR)
    await _lane(site).run()
    assert 2 == site.past.asked("query", "Tickets")


async def test_the_drain(site: Site) -> None:
    """What lies in the log is stored."""
    site.past.put(COLLECTION, log_row(10, payload(1)))
    await ErrorLogDrain(site.past, site.database, site.clock).run()
    assert site.known("Ticket", 1).exists
