"""One person: where they stand, against the target and against themselves, and what to work on first."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, stat, table, text, timeseries

from grafana import colours, links, panels, promql, tiles
from grafana.board import At, Board, rows
from grafana.promql import largest
from grafana.scorecard import OF_TECHNICIANS

_ID, _WINDOW = "$technician", "$window"
PEOPLE = 'max by (tech, tech_id) (techscore_tech_kpi_sample_size{kpi="utilization",window="mtd"})'
"""Whoever has a row of the scorecard."""


def technician() -> Board:
    """The dashboard."""
    board = Board(
        links.TECHNICIAN,
        "One technician: each KPI against its target and against the past, and what it costs the score.",
        refresh="30s",
        since="now-30d",
    )
    board.chooses(
        "technician",
        "Technician",
        "Whose figures; by name, initials or id, as TECHSCORE_METRICS_TECHNICIAN says.",
        f"query_result({PEOPLE})",
        r'/tech="(?<text>(?:[^"\\]|\\.)*)".*tech_id="(?<value>\d+)"/',
    )
    board.chooses_window(("Month to date", "mtd"), ("30 days", "30d"), ("Today", "today"))
    board.leads_to(links.SCORECARD, links.WALL)
    board.page("Evidence of this technician", f"/technicians/{_ID}?window={_WINDOW}")
    board.put(At(0, 0, 9, 3), tiles.standing())
    board.put(At(9, 0, 6, 3), tiles.heard())
    board.put(At(15, 0, 9, 3), who())
    board.put(At(0, 3, 4, 6), tiles.score(_WINDOW, _ID))
    board.put(At(4, 3, 8, 6), focus())
    board.put(At(12, 3, 12, 6), months())
    places = rows(16, 9, 5, 4, len(OF_TECHNICIANS))
    for one, at in zip(OF_TECHNICIANS, places, strict=True):
        board.put(at, tiles.figure(one.key, window=_WINDOW, tech_id=_ID))
    y = places[-1].y + 5
    board.put(At(16, 9, 8, y - 9), costs())
    board.put(At(0, y, 24, 12), against_target())
    board.put(At(0, y + 12, 12, 9), history())
    board.put(At(12, y + 12, 12, 9), score_history())
    return board


def who() -> text.Panel:
    """Who it is, and where the evidence is."""
    return panels.words(
        "Who",
        "The technician these figures are of, and the page with every ticket and entry behind them.",
        f"## ${{technician:text}} [every ticket and entry]({links.PAGES}/technicians/{_ID})",
    )


def focus() -> stat.Panel:
    """What to work on first."""
    cost = promql.titled(f"({_effect()} and on (kpi) {_own('tech_focus')})")
    panel = panels.stats(
        "Focus: what costs most",
        "The KPI that costs this technician most points of the score, month to date, and how many.",
        "suffix: points",
        panels.fresh_now(f"max by (title) ({cost})", "{{title}}"),
    )
    panel.decimals(1).thresholds(colours.steps(colours.FINE, (5, colours.WATCH)))
    return panels.stalls(panel.no_value("nothing costs points, or too little can be judged"))


def _own(family: str) -> str:
    return largest(family, by="kpi", tech_id=_ID)


def _effect() -> str:
    return promql.floored(_own("tech_kpi_effect"), 1)


def months() -> bargauge.Panel:
    """The score of thirteen months."""
    panel = panels.columns(
        "Score by month",
        "The score of the last thirteen months, as corrected. Blue from 85, orange from 70, vermillion below.",
        "none",
        panels.fresh_rows(promql.floored(largest("tech_score_month", by="month", tech_id=_ID))),
    )
    panel.with_transformation(panels.sorted_by("month")).with_transformation(panels.arranged(("month", "Value")))
    panel.max(100).decimals(0).thresholds(colours.steps(colours.ACT, *colours.SCORE)).no_value(
        f"no month yet{panels.OR_STALE}"
    )
    return panels.one_per_row(panel, 13, "month")


def costs() -> bargauge.Panel:
    """What each KPI costs."""
    panel = panels.bars(
        "Effect on the score: points that each KPI costs",
        "How many of the 100 points each KPI costs, month to date; together with the score they make 100. KPIs that do "
        "not count (too few to judge, not measurable) are missing.",
        "none",
        panels.fresh_rows(f"max by (title) ({promql.titled(_effect())})"),
    )
    panel.with_transformation(panels.sorted_by("Value", descending=True))
    panel.with_transformation(panels.arranged(("title", "Value")))
    panel.decimals(1).thresholds(colours.steps(colours.CALM, (5, colours.WATCH)))
    return panels.one_per_row(panel, len(OF_TECHNICIANS), "title").no_value(
        f"too little can be judged{panels.OR_STALE}"
    )


def against_target() -> table.Panel:
    """Each KPI with all that belongs to it."""
    own = {"tech_id": _ID, "window": _WINDOW}
    attained = largest("tech_kpi_attainment", by="kpi", **own)
    enough = f"{largest('tech_kpi_sufficient', by='kpi', **own)} == 1"
    named = largest("kpi_info", by="kpi, title, direction")
    queries = (
        f"{named} and on (kpi) {largest('tech_kpi_sample_size', by='kpi', **own)}",
        promql.all_shown(largest("tech_kpi_value", by="kpi", **own)),
        largest("tech_kpi_sample_size", by="kpi", **own),
        largest("kpi_target", by="kpi"),
        largest("kpi_floor", by="kpi"),
        f"({promql.floored(attained, 2)} and on (kpi) {enough} or {attained} * 0 + {promql.FEW_VALUE})",
        _effect(),
        promql.all_shown(largest("team_kpi_value", by="kpi", window=_WINDOW)),
        largest("tech_kpi_provisional", by="kpi", **own),
    )
    there = f" and on (kpi) {largest('tech_kpi_sample_size', by='kpi', **own)}"
    panel = panels.sheet(
        "Against target",
        "Each KPI with value, how many were counted, target, floor, attainment (the way from floor to target), points"
        " it costs (month to date), the team's value, and how many of the counted may still change by themselves.",
        "percentunit",
        *(panels.fresh_rows(f"({query}){there}") for query in queries),
    )
    words = ("Value", "Counted", "Target", "Floor", "Attainment", "Points it costs", "Team", "Provisional")
    names = {"title": "KPI", "direction": "Better is"} | dict(
        zip((f"Value #{ref}" for ref in "BCDEFGHI"), words, strict=True)
    )
    panel.with_transformation(panels.transform("merge"))
    panel.with_transformation(panels.arranged((*names, "kpi"), names, without=("Value #A",)))
    panel.no_value(f"nothing was counted{panels.OR_STALE}")
    panel.decimals(1)
    for word in ("Counted", "Points it costs", "Provisional"):
        places = panels.setting("decimals", 1 if word.startswith("Points") else 0)
        panel.override_by_name(word, [panels.setting("unit", "none"), places])
    levels = panels.levels(colours.ACT, (promql.ACT_BELOW, colours.WATCH), (1.0, colours.FINE))
    few = panels.setting("mappings", [panels.says({promql.FEW_VALUE: ("too few", colours.NEUTRAL)})])
    whole = panels.setting("decimals", 0)
    panel.override_by_name("Attainment", [panels.setting("thresholds", levels), panels.painted(), few, whole])
    evidence = links.evidence("${__data.fields.kpi}", f"tech_id={_ID}&window={_WINDOW}")
    panel.override_by_name("KPI", [panels.leads("Evidence", evidence)])
    panel.override_by_name("kpi", panels.hidden())
    return panel


def history() -> timeseries.Panel:
    """The person's own figures, as they went."""
    value = promql.titled(largest("tech_kpi_value", by="kpi", tech_id=_ID, window="30d"))
    panel = panels.lines(
        "Own history: each KPI over 30 days",
        "The KPIs of the 30 days before each moment, as they were known at that moment (the months above are as "
        "corrected).",
        "percentunit",
        panels.fresh_course(f"max by (title) ({value})", "{{title}}"),
    )
    return panels.drawn(panel, (one.title for one in OF_TECHNICIANS))


def score_history() -> timeseries.Panel:
    """The person's score beside the team's."""
    panel = panels.lines(
        "Own history: score over 30 days",
        "The score of the 30 days before each moment, as known then, beside the team's.",
        "none",
        panels.fresh_course(largest("tech_score", by="tech", tech_id=_ID, window="30d"), "{{tech}}"),
        panels.fresh_course(largest("team_score", window="30d"), "the team"),
    )
    return panels.drawn(panel, "AB", queries=True)
