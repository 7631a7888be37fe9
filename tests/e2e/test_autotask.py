"""From Autotask to ``/metrics``: what is logged there is seen here, and what is deleted there is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.door import TOKEN
from tests.e2e.running import Service, until
from tests.e2e.tenancy import Tenancy

FEED_SECONDS, CALLOUT_SECONDS = 15.0, 3.0


@pytest.fixture
def tenancy() -> Iterator[Tenancy]:
    """A make-believe Autotask."""
    made = Tenancy()
    yield made
    made.close()


@pytest.fixture
def service(tenancy: Tenancy, new_service: Callable[..., Service]) -> Service:
    """A service that reads it."""
    return new_service(**tenancy.settings).start().wait_ready()


def polled(service: Service) -> str:
    """When the feed of time entries last read, as ``/metrics`` says."""
    name = 'techscore_source_last_success_timestamp_seconds{feed="TimeEntries"}'
    return next((one for one in service.client.get("/metrics").text.splitlines() if one.startswith(name)), "")


def shows(service: Service, entries: int) -> Callable[[], bool]:
    """Whether ``/metrics`` counts so many time entries."""
    line = f'techscore_team_kpi_sample_size{{kpi="real_time_entry",window="30d"}} {entries}'
    return lambda: any(one in (line, f"{line}.0") for one in service.client.get("/metrics").text.splitlines())


def test_a_time_entry_is_seen_and_a_deleted_one_is_gone(tenancy: Tenancy, service: Service) -> None:
    """Within 15 s by the feed alone, within 3 s when a callout names the ticket; what is taken back is gone as soon."""
    until("the feed's first read", lambda: polled(service))
    until("no entry", shows(service, 0))
    tenancy.log_time(1)
    until("the first entry, by the feed", shows(service, 1), FEED_SECONDS)
    tenancy.callout_url = f"http://127.0.0.1:{service.port}/webhooks/autotask/{TOKEN}/callout"
    before = polled(service)
    until("a read of the feed, so that the next is ten seconds off", lambda: polled(service) != before)
    tenancy.log_time(2)
    until("the second entry, by a callout", shows(service, 2), CALLOUT_SECONDS)
    tenancy.delete_time(1)
    until("the first entry gone, by a callout", shows(service, 1), CALLOUT_SECONDS)
