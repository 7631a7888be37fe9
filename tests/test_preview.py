"""The dashboards' preview: what it installs, what the repository leaves out, and that it can draw what there is."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PREVIEW = ROOT / "grafana" / "preview"
GRAFANA = "12.4.0"


def manifest() -> dict[str, Any]:
    """``package.json``."""
    document: dict[str, Any] = json.loads((PREVIEW / "package.json").read_text("utf-8"))
    return document


def panels() -> list[dict[str, Any]]:
    """Every panel of every dashboard."""
    boards = [json.loads(path.read_text("utf-8")) for path in (ROOT / "grafana" / "dashboards").glob("*.json")]
    return [panel for board in boards for panel in board["panels"]]


def test_it_is_grafanas_libraries_in_one_version() -> None:
    """All four of them, of the version whose JSON the dashboards are."""
    names = ("data", "runtime", "schema", "ui")
    assert [GRAFANA] * 4 == [manifest()["dependencies"][f"@grafana/{name}"] for name in names]


def test_every_dependency_is_one_version_of_a_registry() -> None:
    """Exact versions, no address; the one that Grafana takes from a repository is replaced."""
    pins = manifest()["dependencies"] | manifest()["overrides"]
    assert {} == {name: pin for name, pin in pins.items() if not re.fullmatch(r"\d+\.\d+\.\d+(-beta\.\d+)?", pin)}
    assert {"react-data-grid": "7.0.0-beta.56"} == manifest()["overrides"]


def test_what_is_installed_is_no_part_of_the_repository() -> None:
    """Libraries, what is built of them and a lock file, with its addresses, are ignored by git."""
    names = [str(PREVIEW / name) for name in ("node_modules/react/index.js", "dist/index.html", "package-lock.json")]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, check=False, text=True)
    assert names == ignored.stdout.splitlines()


def test_no_script_of_a_package_runs() -> None:
    """Installing fetches files and runs nothing; no lock file comes of it."""
    settings = (PREVIEW / ".npmrc").read_text("utf-8").splitlines()
    assert {"legacy-peer-deps=true", "ignore-scripts=true", "package-lock=false"} <= set(settings)


def test_every_kind_of_panel_can_be_drawn() -> None:
    """The preview knows each type of panel that a dashboard has."""
    drawn = set(re.findall(r"case '(\w+)':", (PREVIEW / "src" / "panels.tsx").read_text("utf-8")))
    assert set() == {panel["type"] for panel in panels()} - drawn - {"row"}


def test_nobody_takes_it_for_grafana() -> None:
    """Every page says what it is."""
    assert "Preview: not Grafana" in (PREVIEW / "src" / "main.tsx").read_text("utf-8")
