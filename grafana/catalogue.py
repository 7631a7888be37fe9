"""All dashboards, each with the file it is committed as."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grafana.board import Board
from grafana.health import health
from grafana.profitability import profitability
from grafana.scorecard import scorecard
from grafana.sla import sla
from grafana.technician import technician
from grafana.wall import wall

FOLDER = Path("grafana/dashboards")


def boards() -> Mapping[str, Board]:
    """The dashboards by the name of their file."""
    made = (wall(), scorecard(), technician(), sla(), profitability(), health())
    return {board.uid.removeprefix("techscore-"): board for board in made}


def files() -> Mapping[Path, str]:
    """What is committed."""
    return {FOLDER / f"{name}.json": board.json() for name, board in boards().items()}
