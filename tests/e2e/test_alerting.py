"""From a bad morning at the desk to somebody who is told, and to the word that it is over: every piece is real."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.instants import HOUR, MINUTE
from tests.databases import SqliteServer
from tests.e2e.running import Service, until
from tests.e2e.tenancy import Tenancy
from tests.e2e.watching import SPEED, Watch, read, seconds, watching

ALERT = "TechscoreSlaFastBurn"
BURN = 'techscore_sla_burn_rate{event="triage",span="3bh"} '
MONTHS = 'techscore_team_kpi_month_value{kpi="sla_triage",'
READ = 'techscore_source_last_success_timestamp_seconds{feed="Tickets"} '
FEED_SECONDS = 25.0
TOLD_SECONDS = 30.0
START_SECONDS = 90.0
A_BUSY_MACHINE_SECONDS = 1.0
FIRST = 9_000


@pytest.fixture
def tenancy() -> Iterator[Tenancy]:
    """A make-believe Autotask."""
    made = Tenancy()
    yield made
    made.close()


@pytest.fixture
def service(tmp_path: Path, sqlite_server: SqliteServer, tenancy: Tenancy) -> Iterator[Service]:
    """A service that reads it and asks for tokens; on one database, for alerts see nothing of it but ``/metrics``."""
    url = sqlite_server.create()
    made = Service(tmp_path, url, **tenancy.settings | {"AUTH": "required"})
    yield made
    made.close()
    sqlite_server.drop(url)


@pytest.fixture
def watch(tmp_path: Path, service: Service) -> Iterator[Watch]:
    """The service running, scraped with a token of its own, and watched."""
    token = service.run("tokens", "create", "--name", "prometheus", "--scope", "scrape").stdout.strip()
    service.client.headers["Authorization"] = f"Bearer {token}"
    until("ready", service.start().is_ready, START_SECONDS)
    with watching(tmp_path, service.port, token) as made:
        yield made


def shown(service: Service, series: str) -> float | None:
    """A value of ``/metrics``."""
    lines = service.client.get("/metrics?part=ledger").text.splitlines()
    return next((float(line.removeprefix(series)) for line in lines if line.startswith(series)), None)


def held() -> float:
    """How long the alert must be so before it fires, as fast as the test goes."""
    (group,) = (one for one in read("rules/techscore.yml")["groups"] if one["name"] == "techscore-kpi")
    return seconds(next(rule["for"] for rule in group["rules"] if rule["alert"] == ALERT)) / SPEED


def evaluation() -> float:
    """How often rules are looked at, as fast as the test goes."""
    return seconds(read("prometheus.yml")["global"]["evaluation_interval"]) / SPEED


def test_triage_goes_bad_is_told_and_is_told_to_be_over(tenancy: Tenancy, service: Service, watch: Watch) -> None:
    """Told two evaluations after it has been bad long enough; a corrected miss ends it, and so do better times."""
    now = tenancy.clock.now()
    until("a first reading", lambda: shown(service, READ), START_SECONDS)
    for number in range(10):
        due = now - (20 - number) * MINUTE
        tenancy.answer(FIRST + number, due, due + (MINUTE if number < 3 else -MINUTE))

    until("three misses of ten", lambda: (shown(service, BURN) or 0) > 9, FEED_SECONDS)
    bad_since = time.monotonic()
    until("it is told", lambda: watch.chat.says(ALERT, "firing"), TOLD_SECONDS)
    told = watch.chat.last(ALERT)
    assert told is not None
    assert told.at - bad_since <= held() + 2 * evaluation() + A_BUSY_MACHINE_SECONDS
    assert told.summary == (
        "Triage misses come 10.0 times as fast as the target of 97% allows: 3 of 10 missed in the last 3 business hours"
    )

    due = now - 20 * MINUTE
    tenancy.answer(FIRST, due, due - MINUTE)
    until(
        "it is over, for two misses may be chance",
        lambda: watch.chat.says(ALERT, "resolved"),
        FEED_SECONDS + TOLD_SECONDS,
    )

    tenancy.answer(FIRST, due, due + MINUTE)
    until("it is told again", lambda: watch.chat.says(ALERT, "firing"), FEED_SECONDS + TOLD_SECONDS)
    for number in range(10, 50):
        due = now - number * MINUTE // 2
        tenancy.answer(FIRST + number, due, due - MINUTE)
    until("it is over, for better times came", lambda: watch.chat.says(ALERT, "resolved"), FEED_SECONDS + TOLD_SECONDS)


@pytest.fixture
def _after_a_bad_past(tenancy: Tenancy) -> None:
    """Thirteen months in which every ticket was answered late, up to ten days ago."""
    now = tenancy.clock.now()
    for number in range(10, 395):
        due = now - number * 24 * HOUR
        tenancy.answer(FIRST + number, due, due + 5 * MINUTE)


@pytest.mark.usefixtures("_after_a_bad_past")
def test_reading_a_bad_past_wakes_nobody(service: Service, watch: Watch) -> None:
    """A backfill of it counts every miss; no alert that calls somebody fires meanwhile, nor two evaluations after."""
    before = watch.evaluations()
    done = service.run("backfill", "--since", "13mo")
    assert 0 == done.returncode, done.stdout + done.stderr

    def counted() -> bool:
        lines = service.client.get("/metrics?part=ledger").text.splitlines()
        return len([line for line in lines if line.startswith(MONTHS) and line.endswith(" 0.0")]) >= 12

    until("a year of months without one answer in time, this one's first days aside", counted)
    read_by = watch.evaluations()
    until("two evaluations more", lambda: watch.evaluations() >= read_by + 2, TOLD_SECONDS)

    assert before < read_by
    fired = watch.ask('count by (alertname) (count_over_time(ALERTS{alertstate="firing",severity="critical"}[1h]))')
    assert [] == [one["metric"]["alertname"] for one in fired]
    assert [] == watch.chat.told
