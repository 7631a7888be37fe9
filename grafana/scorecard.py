"""The Tech Balanced Scorecard on one page: the team, every technician by KPI, thirteen months."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from grafana import colours, links, panels, promql, tiles
from grafana.board import At, Board, rows
from grafana.promql import largest
from models.ledger import Scope
from service.kpis.definition import Definition
from service.kpis.registry import KPIS

OF_TECHNICIANS = tuple(kpi.definition for kpi in KPIS if Scope.TECH in kpi.definition.scopes)
_WINDOW = "$window"
WORDS = {
    promql.FEW_VALUE: ("too few", colours.NEUTRAL),
    promql.EMPTY_VALUE: ("no data", colours.NEUTRAL),
    promql.UNMEASURED_VALUE: ("not measurable", colours.NEUTRAL),
}
ATTAINED = colours.steps(colours.ACT, (promql.ACT_BELOW, colours.WATCH), (1.0, colours.FINE))
_HOW = (
    "One row for each technician, by name. The score and the way each KPI has gone from its floor (0 %) to its target "
    "(100 %): blue has arrived, orange is on the way, vermillion is below 70 %. Grey words: too few to judge, no data, "
    "not measurable. Focus: the KPI that costs the technician most. A name leads to the person, a cell to the evidence."
)


def scorecard() -> Board:
    """The dashboard."""
    board = Board(
        links.SCORECARD,
        "The team and every technician by KPI, with what to work on first; and how the last thirteen months went.",
        refresh="30s",
    )
    board.chooses_window(("Month to date", "mtd"), ("30 days", "30d"), ("Today", "today"))
    board.leads_to(links.WALL, links.TECHNICIAN, links.SLA, links.PROFITABILITY, links.HEALTH)
    board.page("What can be measured", "/doctor")
    tiles.trust(board)
    board.row(3, "The team")
    score, *figures = rows(24, 4, 4, 6, 1 + len(KPIS))
    board.put(score, tiles.score(_WINDOW))
    for kpi, at in zip(KPIS, figures, strict=True):
        board.put(at, tiles.figure(kpi.key, window=_WINDOW))
    y = figures[-1].y + 4
    board.row(y, "Technicians")
    board.put(At(0, y + 1, 24, 11), attainments())
    board.put(At(0, y + 12, 24, 11), values())
    board.row(y + 23, "Thirteen months, as corrected")
    board.put(At(0, y + 24, 24, 11), scores_by_month())
    board.put(At(0, y + 35, 24, 12), team_by_month())
    return board


def attainments() -> table.Panel:
    """How far everybody has come."""
    panel = _by_kpi("Attainment: how far from floor to target", _HOW, "attainment")
    panel.thresholds(ATTAINED).decimals(0).max(1)
    for one in OF_TECHNICIANS:
        panel.override_by_name(promql.title(one.key), [panels.painted(), _leads(one)])
    return panel


def values() -> table.Panel:
    """The figures themselves."""
    panel = _by_kpi("Values: the figures behind the colours", f"{_HOW} Here the values, uncoloured.", "value")
    panel.decimals(1)
    for one in OF_TECHNICIANS:
        panel.override_by_name(promql.title(one.key), [_leads(one)])
    return panel


def _by_kpi(title: str, description: str, family: str) -> table.Panel:
    focus = promql.copied(f"({promql.titled(largest('tech_focus', by='tech_id, kpi'))})", "focus", "title")
    queries = [
        panels.fresh_rows(promql.score_cells(_WINDOW)),
        panels.fresh_rows(f"max by (tech_id, focus) ({focus})"),
        *(panels.fresh_rows(promql.cells(family, one.key, _WINDOW)) for one in OF_TECHNICIANS),
    ]
    panel = panels.sheet(title, description, "percentunit", *queries)
    names = {"Value #A": "Score", "tech": "Technician", "focus": "Focus (month to date)"}
    names |= {f"Value #{_ref(place)}": promql.title(one.key) for place, one in enumerate(OF_TECHNICIANS)}
    panel.no_value(f"no technician{panels.OR_STALE}").with_transformation(panels.transform("merge"))
    panel.with_transformation(panels.arranged(("tech", *names, "tech_id"), names, without=("Value #B",)))
    panel.mappings([panels.says(WORDS), panels.absent("—")])
    panel.override_by_name(
        "Technician",
        [panels.leads("Technician", links.technician("${__data.fields.tech_id}")), _wide(180)],
    )
    score = panels.setting("thresholds", panels.levels(colours.ACT, *colours.SCORE))
    panel.override_by_name(
        "Score",
        [panels.setting("unit", "none"), panels.setting("decimals", 0), score, panels.painted(), _wide(70)],
    )
    panel.override_by_name(names["focus"], [_wide(190)])
    panel.override_by_name("tech_id", panels.hidden())
    return panels.ordered(panel, "Technician")


def _wide(pixels: int) -> DynamicConfigValue:
    return panels.setting("custom.width", pixels)


def _ref(place: int) -> str:
    return "CDEFGHIJKLMNOPQRSTUVWXYZ"[place]


def _leads(one: Definition) -> DynamicConfigValue:
    return panels.leads("Evidence", links.evidence(one.key, "window=$window&tech_id=${__data.fields.tech_id}"))


def scores_by_month() -> table.Panel:
    """Each technician's score, month by month."""
    panel = panels.sheet(
        "Tech score by month",
        "Each technician's score of the last thirteen months, as corrected by what came in later. Blue from 85, "
        "orange from 70, vermillion below; empty where too little could be judged. After a start months gone by come "
        "in one by one.",
        "none",
        panels.fresh_rows(promql.floored(largest("tech_score_month", by="tech, month"))),
    )
    panel.with_transformation(panels.sorted_by("month")).with_transformation(panels.crossed("tech", "month"))
    panel.decimals(0).thresholds(colours.steps(colours.ACT, *colours.SCORE)).no_value(f"no month yet{panels.OR_STALE}")
    panel.override_by_regexp(r"^\d{4}-\d{2}$", [panels.painted()])
    panel.override_by_name(r"tech\month", [panels.setting("displayName", "Technician")])
    return panels.ordered(panel, "Technician")


def team_by_month() -> table.Panel:
    """The team's figures, month by month."""
    value = f'max by (kpi, month) (techscore_team_kpi_month_value{{kpi!="{tiles.REACTIVE}"}})'
    value = promql.titled(promql.all_shown(value))
    panel = panels.sheet(
        "The team's KPIs by month",
        "The team's value of each KPI in the last thirteen months, as corrected. Reactive hours per endpoint stand "
        "with profitability. Empty: no data in that month, or not measurable.",
        "percentunit",
        panels.fresh_rows(f"max by (title, month) ({value})"),
    )
    panel.with_transformation(panels.sorted_by("month")).with_transformation(panels.crossed("title", "month"))
    panel.decimals(1).no_value(f"no month yet{panels.OR_STALE}")
    panel.override_by_name(r"title\month", [panels.setting("displayName", "KPI")])
    return panel
