"""The committed dashboards: made by the code, sound by every rule, leading to pages that exist, read by Prometheus."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it has no types of its own, and one test needs no package of stubs

from grafana import links
from grafana.catalogue import FOLDER, boards, files
from service.access.guard import declared_routes
from service.serve import web_app
from tests.alerts.test_rules import promtool
from tests.door import settings_for
from tests.grafana import checks

ROOT = Path(__file__).parents[2]
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / FOLDER).glob("*.json"))
}


def test_the_committed_dashboards_are_those_of_the_code() -> None:
    """``make docs`` writes them, always alike."""
    committed = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*")}
    assert {str(path): text for path, text in files().items()} == {str(path): text for path, text in committed.items()}


def test_the_six_are_there() -> None:
    """Each under its uid, none twice."""
    assert [f"techscore-{name}" for name in DASHBOARDS] == [one["uid"] for one in DASHBOARDS.values()]
    assert set(links.TITLES) == {one["uid"] for one in DASHBOARDS.values()}
    assert len(boards()) == 6


@pytest.mark.parametrize("name", DASHBOARDS)
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_a_dashboard_is_sound(check: checks.Check, name: str) -> None:
    """Every rule, every dashboard."""
    assert [] == list(check(DASHBOARDS[name]))


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    """As rules of a file that ``promtool`` checks, variables filled in."""
    every = [(where, query) for one in DASHBOARDS.values() for where, query in checks.queries(one)]
    rules = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$__\w+", "5m", query).replace("$", "")}
        for number, (_, query) in enumerate(every)
    ]
    path = tmp_path / "panels.yml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert 0 == (found := promtool("check", "rules", path))[0], found[1]
    assert len(every) > 150


def test_links_lead_to_pages_there_are(tmp_path: Path) -> None:
    """Each link to Techscore is a page of it."""
    routes = declared_routes(web_app(settings_for(f"sqlite:///{tmp_path}/x.db")))
    pages = [re.compile(re.sub(r"\{\w+\}", r"[^/?]+", path)) for method, path, _ in routes if method == "GET"]
    texts = [text for one in DASHBOARDS.values() for text in checks.strings(one)]
    found = {path for text in texts for path in re.findall(r"\$\{techscore\}(/[^\s?)\"]*)", text)}
    assert {"/at-risk", "/kpis/utilization", "/technicians/$technician"} <= found
    assert [] == [path for path in sorted(found) if not any(page.fullmatch(path) for page in pages)]


def test_from_the_wall_to_the_evidence() -> None:
    """Wall, scorecard, technician, evidence: each leads to the next."""
    texts = {name: " ".join(checks.strings(one)) for name, one in DASHBOARDS.items()}
    assert "/d/techscore-scorecard" in texts["wall"]
    assert "/d/techscore-technician?var-technician=${__data.fields.tech_id}" in texts["scorecard"]
    assert "${techscore}/technicians/$technician" in texts["technician"]
    assert "${techscore}/kpis/${__data.fields.kpi}?tech_id=$technician" in texts["technician"]


def test_provisioning_finds_them() -> None:
    """One data source with the uid that all panels ask, one folder from the place where compose puts the files."""
    folder = ROOT / "grafana/provisioning"
    (source,) = yaml.safe_load((folder / "datasources/techscore.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards/techscore.yml").read_text())["providers"]
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["grafana"]
    assert source["url"].removeprefix("$") in composed["environment"]
    assert checks.SOURCE == {"type": source["type"], "uid": source["uid"]}
    assert ("Techscore", "/etc/techscore/dashboards") == (provider["folder"], provider["options"]["path"])


def test_check_tells_what_lags(tmp_path: Path) -> None:
    """``python -m grafana --check`` fails with the names of files that are not as the code makes them."""
    command = (sys.executable, "-m", "grafana")
    environment = {"PYTHONPATH": str(ROOT)}
    assert 0 == subprocess.run(command, cwd=tmp_path, env=environment, check=False).returncode
    wall = tmp_path / FOLDER / "wall.json"
    wall.write_text(wall.read_text().replace("Service wall", "Wall"))
    done = subprocess.run(
        (*command, "--check"), cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
    )
    assert (1, "grafana/dashboards/wall.json lags behind the code: run `make docs`\n") == (done.returncode, done.stderr)
