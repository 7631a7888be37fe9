"""A dashboard put together: panels at their places with ids in their order, and what all dashboards have in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    Dashboard,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    GridPos,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana import links, panels


class At(NamedTuple):
    """Where a panel stands: 24 columns, rows of 38 pixels."""

    x: int
    y: int
    w: int
    h: int


class Board:
    """One dashboard in the making; ``json()`` is the committed file."""

    def __init__(self, uid: str, description: str, *, refresh: str, since: str = "now-24h") -> None:
        self.uid = uid
        self._count = 0
        self._made = (
            Dashboard(links.TITLES[uid])
            .uid(uid)
            .description(description)
            .tags(["techscore"])
            .readonly()
            .refresh(refresh)
            .time(since, "now")
            .timezone("browser")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .annotations([])
            .version(1)
        )
        self.chooses(
            "techscore",
            "Techscore",
            "Where browsers reach Techscore, as TECHSCORE_PUBLIC_URL says; links to evidence begin with it.",
            "label_values(techscore_address_info, url)",
            hide=True,
        )

    def put(self, at: At, panel: panels.Any) -> None:
        """A panel at its place."""
        self._count += 1
        self._made.with_panel(panel.id(self._count).grid_pos(GridPos(at.h, at.w, at.x, at.y)))

    def row(self, y: int, title: str) -> None:
        """A heading."""
        self._count += 1
        self._made.with_row(Row(title).id(self._count).grid_pos(GridPos(1, 24, 0, y)))

    def leads_to(self, *uids: str) -> None:
        """Links to other dashboards, at the top."""
        for uid in uids:
            self._made.link(links.link(links.TITLES[uid], links.board(uid)))

    def page(self, title: str, path: str) -> None:
        """A link to a page of Techscore, at the top."""
        self._made.link(links.link(title, f"{links.PAGES}{path}"))

    def chooses(
        self, name: str, label: str, description: str, query: str, regex: str = "", *, hide: bool = False
    ) -> None:
        """A variable that Prometheus knows the values of."""
        self._made.with_variable(
            QueryVariable(name)
            .label(label)
            .description(description)
            .datasource(panels.SOURCE)
            .query({"query": query, "refId": f"variable-{name}"})
            .definition(query)
            .regex(regex)
            .hide(VariableHide.HIDE_VARIABLE if hide else VariableHide.DONT_HIDE)
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(VariableSort.ALPHABETICAL_ASC)
        )

    def chooses_window(self, *windows: tuple[str, str]) -> None:
        """The window of the figures; the first is chosen while nobody says otherwise."""
        options = [VariableOption(place == 0, label, name) for place, (label, name) in enumerate(windows)]
        self._made.with_variable(
            CustomVariable("window")
            .label("Window")
            .description("The days the figures are of.")
            .values(", ".join(f"{label} : {name}" for label, name in windows))
            .options(options)
            .current(options[0])
        )

    def json(self) -> str:
        """The dashboard as Grafana reads it."""
        return json.dumps(self._made.build(), cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def spread(columns: int, y: int, height: int, count: int) -> Sequence[At]:
    """``count`` places of equal width side by side, in so many columns."""
    return rows(columns, y, height, count, count)


def rows(columns: int, y: int, height: int, per_row: int, count: int) -> Sequence[At]:
    """``count`` places of equal size, so many in a row, in so many columns."""
    width = columns // per_row
    return [At(place % per_row * width, y + place // per_row * height, width, height) for place in range(count)]
