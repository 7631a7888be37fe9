"""All dashboards, each with the file it is committed as."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grafana.board import Board
from grafana.scorecard import scorecard
from grafana.technician import technician
from grafana.wall import wall

FOLDER = Path("grafana/dashboards")


def boards() -> Mapping[str, Board]:
    """The dashboards by the name of their file."""
    return {"wall": wall(), "scorecard": scorecard(), "technician": technician()}


def files() -> Mapping[Path, str]:
    """What is committed."""
    return {FOLDER / f"{name}.json": board.json() for name, board in boards().items()}
