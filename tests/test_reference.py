"""docs/reference.md says everything that exists: a command, setting, route, KPI or metric left out fails here."""

from __future__ import annotations

from pathlib import Path

import httpx
import typer.main
from prometheus_client.parser import text_string_to_metric_families

from ingest.autotask.catalogue import CATALOGUE
from models.database import Database
from models.settings import PREFIX, Settings
from service.access.guard import declared_routes
from service.cli import app
from service.kpis.registry import KPIS
from service.metrics.ledger import declared
from service.metrics.worker import WorkerMetrics
from service.serve import web_app
from tests.door import serving, settings_for

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


async def test_every_metric(database: Database) -> None:
    """Each family of the ledger, the worker, the live scrape and the web process."""
    settings = settings_for(database.url.render_as_string(hide_password=False))
    async with serving(web_app(settings, database=database)) as client:
        scrape: httpx.Response = await client.get("/metrics")
    texts = (scrape.text, declared().render().decode(), WorkerMetrics().exposition().decode())
    families = [family for text in texts for family in text_string_to_metric_families(text)]
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert len(names) > len(CATALOGUE)
    assert set() == missing(names)
