"""A real service that a real Prometheus scrapes, as ``prometheus.yml`` has it, with the alert rules beside."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.programs import program
from tests.e2e.running import ROOT, Service, free_port, until
from tests.grafana import checks

CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - {{job_name: techscore-ledger, params: {{part: [ledger]}}, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}
  - {{job_name: techscore-process, params: {{part: [process]}}, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}
"""
INTERVALS = {"__rate_interval": "30s", "__range": "2m", "__interval": "5s"}
RANGE_SECONDS, STEP_SECONDS = 60, 5


class Watched:
    """A service, its Prometheus, and what a dashboard asks it. ``close()`` ends both."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.service = service
        self._port = free_port()
        rules = ROOT / "prometheus/rules/techscore.yml"
        (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=service.port, rules=rules))
        arguments = (
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
        )
        with (folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen((program("prometheus"), *arguments), stdout=log, stderr=log)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=20)
        until("Prometheus to be ready", self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return self._client.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def has(self, query: str) -> bool:
        """Whether a query has an answer now."""
        return bool(self.ask(query))

    def ask(self, query: str, *, later: float = 0) -> list[dict[str, Any]]:
        """An instant query, so many seconds from now."""
        return self._answer("/api/v1/query", {"query": query, "time": time.time() + later}, "value")

    def course(self, query: str) -> list[dict[str, Any]]:
        """A range query over the last minute."""
        end = time.time()
        asked = {"query": query, "start": end - RANGE_SECONDS, "end": end, "step": STEP_SECONDS}
        return self._answer("/api/v1/query_range", asked, "values")

    def panel(self, panel: Mapping[str, Any], chosen: Mapping[str, str], later: float = 0) -> dict[str, Any]:
        """What a panel is answered, by the names of its queries."""
        found = {}
        for target in panel.get("targets", ()):
            query = filled(target["expr"], chosen)
            found[target["refId"]] = self.course(query) if target.get("range") else self.ask(query, later=later)
        return found

    def choose(self, dashboard: checks.Dashboard) -> dict[str, str]:
        """A value of each variable, as Grafana would find it: the last; empty where there is none."""
        chosen = {}
        for name, one in checks.variables(dashboard).items():
            if one["type"] == "custom":
                chosen[name] = one["current"]["value"]
                continue
            series = self.ask(checks.expression_of(one["query"]["query"]))
            chosen[name] = max((value_of(one, each) for each in series), default="")
        return chosen

    def _answer(self, path: str, parameters: Mapping[str, Any], values: str) -> list[dict[str, Any]]:
        response = self._client.get(path, params=parameters)
        document = response.json()
        assert document["status"] == "success", f"{document.get('error')}\n{parameters['query']}"
        result: list[dict[str, Any]] = document["data"]["result"]
        for series in result:
            told = [series[values]] if values == "value" else series[values]
            assert not {"NaN", "+Inf", "-Inf"} & {number for _, number in told}, f"{series}\n{parameters['query']}"
        return result

    def close(self) -> None:
        """End both."""
        self._client.close()
        self._process.terminate()
        self._process.wait(20)
        self.service.close()


def filled(expression: str, chosen: Mapping[str, str]) -> str:
    """An expression with its variables filled in, as Grafana does: what is none of them (``$1``) stays."""
    return re.sub(r"\$(\w+)", lambda hit: (INTERVALS | dict(chosen)).get(hit[1], hit[0]), expression)


def value_of(variable: Mapping[str, Any], series: Mapping[str, Any]) -> str:
    """The value that Grafana reads out of a series: by the variable's regular expression, or its label."""
    query = variable["query"]["query"]
    if query.startswith("label_values"):
        label: str = query.rstrip(")").rsplit(", ", 1)[1]
        return str(series["metric"][label])
    shown = ",".join(f'{name}="{value}"' for name, value in series["metric"].items())
    pattern = variable["regex"].strip("/").replace("(?<", "(?P<")
    hit = re.search(pattern, f"{{{shown}}} {series['value'][1]} 0")
    assert hit is not None
    assert hit["text"]
    return hit["value"]
