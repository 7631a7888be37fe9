"""Every expression of every dashboard, asked of a real Prometheus that scrapes the real service with a past behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.kpis.registry import KPIS
from simulator.tenancy import Tenancy
from simulator.world.policy import policy_text
from tests.e2e.running import Service, until
from tests.grafana.watched import Watched

DAYS = 14
ENOUGH = "".join(f"\n[kpis.{kpi.key}]\nminimum_sample = 1\n" for kpi in KPIS)
"""Two weeks are few; with this they are enough for a score."""
PATIENCE_SECONDS = 120.0
STALE_SECONDS = 240
QUIET = {
    ("*", "C"): "of misses left, few left and overdrawn one is so",
}
"""Queries that may be unanswered although all is there, with the reason."""


def started(folder: Path, **settings: str) -> Service:
    """A service that is ready, on a database of its own, which tells dashboards where it is."""
    service = Service(folder, f"sqlite:///{folder / 'techscore.db'}", **settings)
    service.environment["TECHSCORE_PUBLIC_URL"] = f"http://127.0.0.1:{service.port}"
    return service


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A desk with a past and a present: read, counted, scraped; with an event set aside and one refused."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "scorecard.toml").write_text(policy_text() + ENOUGH, encoding="utf-8")
    tenancy = Tenancy(seed=1, days=DAYS, speed=600.0)
    service = started(
        folder,
        POLICY_FILE=str(folder / "scorecard.toml"),
        AUTOTASK_USERNAME=tenancy.account.username,
        AUTOTASK_SECRET=tenancy.account.secret,
        AUTOTASK_INTEGRATION_CODE=tenancy.account.integration_code,
        AUTOTASK_ZONE_URL=tenancy.zone_url,
        AUTOTASK_HOURLY_BUDGET="10000",
    )
    until("the past", tenancy.has_past)
    installed = service.run("webhooks", "install")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    watched = Watched(folder, service.start().wait_ready(PATIENCE_SECONDS))
    try:
        read = service.run("backfill", "--since", f"{DAYS}d")
        assert read.returncode == 0, read.stdout + read.stderr
        until("every KPI to have a figure", lambda: all_measured(service), PATIENCE_SECONDS)
        yield watched
    finally:
        watched.close()
        tenancy.close()


def all_measured(service: Service) -> bool:
    """Whether the scorecard is complete, and all technicians have a score."""
    document = service.client.get("/api/v1/scorecard", params={"window": "30d"}).json()
    kpis = document.get("team", {}).get("kpis", ())
    scores = [one["score"] for one in document.get("technicians", ())]
    return bool(kpis) and all(one["value"] is not None for one in kpis) and None not in scores
