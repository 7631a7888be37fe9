"""docs/reference.md says everything that exists: a command, setting, route or KPI left out fails here."""

from __future__ import annotations

from pathlib import Path

import typer.main

from models.settings import PREFIX, Settings
from service.access.guard import declared_routes
from service.cli import app
from service.kpis.registry import KPIS
from service.serve import web_app
from tests.door import settings_for

REFERENCE = (Path(__file__).parents[1] / "docs" / "reference.md").read_text()


def missing(names: set[str]) -> set[str]:
    """Those that the page does not say."""
    assert names
    return {name for name in names if f"`{name}`" not in REFERENCE}


def _commands(command: object, path: str) -> set[str]:
    children: dict[str, object] = getattr(command, "commands", {})  # a group has them, whoever's click it is
    leaves = {leaf for name, child in children.items() for leaf in _commands(child, f"{path} {name}")}
    return leaves or {path}


def test_every_command() -> None:
    """Each leaf of the command line."""
    assert set() == missing(_commands(typer.main.get_command(app), "techscore"))


def test_every_setting() -> None:
    """Each environment variable."""
    assert set() == missing({f"{PREFIX}{name.upper()}" for name in Settings.model_fields})


def test_every_route(tmp_path: Path) -> None:
    """Each route as it is served."""
    routes = declared_routes(web_app(settings_for(f"sqlite:///{tmp_path}/x.db")))
    assert set() == missing({f"{method} {path}" for method, path, _ in routes if method != "HEAD"})


def test_every_kpi_and_companion() -> None:
    """Each KPI key, each companion, each witness' reason."""
    names = {kpi.key for kpi in KPIS} | {one.key for kpi in KPIS for one in kpi.definition.companions}
    reasons = {kpi.definition.witness.reason for kpi in KPIS if kpi.definition.witness is not None}
    assert set() == missing(names | reasons)
