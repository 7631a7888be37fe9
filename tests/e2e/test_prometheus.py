"""A real Prometheus scrapes the service and answers for what it read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from models.clock import WallClock
from models.instants import MINUTE, isoformat
from tests.e2e.programs import program
from tests.e2e.running import Service, event, free_port, until
from tests.metrics.text import check


@pytest.fixture
def prometheus(tmp_path: Path, service: Service) -> Iterator[httpx.Client]:
    """A Prometheus that scrapes the service every second."""
    port = free_port()
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n"
        f"  - {{job_name: techscore, static_configs: [{{targets: ['127.0.0.1:{service.port}']}}]}}\n"
    )
    arguments = (
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen((program("prometheus"), *arguments), stdout=log, stderr=log)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        yield client
    process.terminate()
    process.wait(20)


def _answers(client: httpx.Client, query: str) -> list[str]:
    try:
        response = client.get("/api/v1/query", params={"query": query})
    except httpx.TransportError:
        return []
    return [sample["value"][1] for sample in response.json()["data"]["result"]] if response.status_code == 200 else []


def test_prometheus_answers_for_the_team(service: Service, prometheus: httpx.Client) -> None:
    """``techscore_team_kpi_value`` of a live scrape is what the webhook made it."""
    now = WallClock().now()
    fields = {
        "Status": "8",
        "FirstResponseDueDateTime": isoformat(now - MINUTE),
        "FirstResponseDateTime": isoformat(now - 2 * MINUTE),
    }
    service.wait_projected(service.post(event("Ticket", 1, now - MINUTE, fields)))
    query = 'techscore_team_kpi_value{kpi="sla_triage",window="today"}'
    until("Prometheus to have it", lambda: _answers(prometheus, query) == ["1"])


def test_promtool_finds_nothing_to_say_about_a_live_scrape(service: Service) -> None:
    """``promtool check metrics`` is clean, but for the names that the contract wants."""
    service.wait_projected(service.post(event("Ticket", 1, WallClock().now(), {"Status": "1"})))
    until("a snapshot", lambda: "techscore_team_kpi_numerator" in service.client.get("/metrics").text)
    check(service.client.get("/metrics").content)
