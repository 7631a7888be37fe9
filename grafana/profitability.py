"""Profitability: what the hours go into, what hours below target cost, and how much clients' endpoints need."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery

from grafana import colours, links, panels, promql, tiles
from grafana.board import At, Board, spread
from grafana.panels import setting
from grafana.promql import largest

_WINDOW = "$window"
_UTILIZATION = {"kpi": "utilization", "window": _WINDOW}
_COVERAGE = _UTILIZATION | {"companion": "time_coverage"}


def profitability() -> Board:
    """The dashboard."""
    board = Board(
        links.PROFITABILITY,
        "Utilization and what is lost by it, reactive hours per endpoint, and how much of the time is written down.",
        refresh="1m",
        since="now-30d",
    )
    board.chooses_window(("Month to date", "mtd"), ("30 days", "30d"), ("Today", "today"))
    board.leads_to(links.WALL, links.SCORECARD, links.HEALTH)
    tiles.trust(board)
    utilized, lost, written, reactive = spread(24, 3, 5, 4)
    board.put(utilized, tiles.figure("utilization", window=_WINDOW))
    board.put(lost, lost_money())
    board.put(written, coverage())
    board.put(reactive, tiles.figure(tiles.REACTIVE, window=_WINDOW))
    board.put(At(0, 8, 12, 9), by_technician())
    board.put(At(12, 8, 12, 9), reactive_by_month())
    board.put(At(0, 17, 24, 11), hours())
    board.put(At(0, 28, 8, 8), utilization_course())
    board.put(At(8, 28, 8, 8), lost_course())
    board.put(At(16, 28, 8, 8), endpoints())
    return board


def lost_money() -> stat.Panel:
    """What hours below target cost."""
    panel = panels.stats(
        "Lost utilization",
        "The team's hours below the target for utilization, in money at the rate of the policy: the target less the "
        "value, times scheduled hours, times rate. 0 when the target is reached.",
        "locale",
        panels.fresh_now(
            promql.ceiled(largest("lost_utilization_cost", by="currency", window=_WINDOW)), "{{currency}}"
        ),
    )
    panel.decimals(0).thresholds(colours.steps(colours.FINE, (1, colours.WATCH)))
    return panels.stalls(panel.no_value("no scheduled hours yet"))


def coverage() -> stat.Panel:
    """How much of the time is written down."""
    written = promql.floored(largest("team_companion", **_COVERAGE), promql.PLACES)
    panel = panels.stats(
        "Time written down",
        "All logged hours, internal ones too, over scheduled hours. What is not written down is in no other figure "
        "here: below 90 % utilization says less than it seems to.",
        "percentunit",
        panels.fresh_now(f"{written} >= 0.9", "✓ enough to judge by"),
        panels.fresh_now(f"{written} < 0.9", "▼ much is missing"),
    )
    panel.override_by_name("✓ enough to judge by", [panels.colour(colours.FINE)])
    panel.override_by_name("▼ much is missing", [panels.colour(colours.WATCH)])
    return panels.stalls(panel.decimals(1).no_value("no scheduled hours yet"))


def by_technician() -> bargauge.Panel:
    """Everybody's utilization."""
    panel = panels.bars(
        "Utilization by technician",
        "Customer-facing hours over scheduled hours. ✓ on target, ▼ below it, ✗ far below, by the target in force.",
        "percentunit",
        *_utilized(),
    )
    for ref, tint in (("A", colours.FINE), ("B", colours.WATCH), ("C", colours.ACT)):
        panel.override_by_query(ref, [panels.colour(tint)])
    return panels.stalls(panel.decimals(1).max(1).no_value("no scheduled hours yet"), promql.STALE)


def _utilized() -> Iterator[Dataquery]:
    value = largest("tech_kpi_value", by="tech, tech_id", **_UTILIZATION)
    way = largest("tech_kpi_attainment", by="tech, tech_id", **_UTILIZATION)
    for sign, condition in (
        ("✓", ">= 1"),
        ("▼", f"< 1 >= {promql.ACT_BELOW}"),
        ("✗", f"< {promql.ACT_BELOW}"),
    ):
        told = promql.fresh(f"{promql.shown(value, 'utilization')} and ({way} {condition})")
        yield panels.now(f"sort_desc({told})", f"{sign} {{{{tech}}}}")


def reactive_by_month() -> bargauge.Panel:
    """Reactive hours per endpoint, month by month."""
    value = promql.shown(largest("team_kpi_month_value", by="month", kpi=tiles.REACTIVE), tiles.REACTIVE)
    panel = panels.columns(
        "Reactive hours per endpoint by month",
        "Hours on incidents and alerts of managed clients for each of their endpoints, in the last thirteen months, as "
        "corrected. Blue up to 0.25, the published target; orange above it; vermillion from 0.5, the usual floor.",
        "suffix: h",
        panels.fresh_rows(value),
    )
    panel.with_transformation(panels.sorted_by("month")).with_transformation(panels.arranged(("month", "Value")))
    panel.decimals(promql.PLACES).thresholds(colours.steps(colours.FINE, (0.251, colours.WATCH), (0.5, colours.ACT)))
    return panels.one_per_row(panel, 13, "month").no_value(f"no month with endpoints yet{panels.OR_STALE}")


def hours() -> table.Panel:
    """Everybody's hours."""
    own = "tech, tech_id"
    queries = (
        largest("tech_kpi_numerator", by=own, **_UTILIZATION),
        largest("tech_kpi_denominator", by=own, **_UTILIZATION),
        promql.shown(largest("tech_kpi_value", by=own, **_UTILIZATION), "utilization"),
        promql.floored(largest("tech_companion", by=own, **_COVERAGE), promql.PLACES),
        largest("tech_companion", by=own, **_UTILIZATION, companion="lost_utilization_cost"),
    )
    words = ("Customer-facing hours", "Scheduled hours", "Utilization", "Time written down", "Lost, in money")
    names = {"tech": "Technician"} | dict(zip((f"Value #{ref}" for ref in "ABCDE"), words, strict=True))
    panel = panels.sheet(
        "Hours",
        "Each technician's hours for customers and scheduled hours, what share that is, what share of the time is "
        "written down, and what is lost below target, in the currency of the policy.",
        "h",
        *(panels.fresh_rows(query) for query in queries),
    )
    panel.with_transformation(panels.transform("merge"))
    panel.with_transformation(panels.arranged((*names, "tech_id"), names))
    for word in ("Utilization", "Time written down"):
        panel.override_by_name(word, [setting("unit", "percentunit")])
    for word in ("Customer-facing hours", "Scheduled hours"):
        panel.override_by_name(word, [setting("unit", "suffix: h")])
    panel.override_by_name("Lost, in money", [setting("unit", "locale"), setting("decimals", 0)])
    person = panels.leads("Technician", links.technician("${__data.fields.tech_id}"))
    panel.override_by_name("Technician", [person])
    panel.override_by_name("tech_id", panels.hidden())
    return panels.ordered(panel.decimals(1).no_value(f"no scheduled hours yet{panels.OR_STALE}"), "Technician")


def utilization_course() -> timeseries.Panel:
    """How utilization went."""
    panel = panels.lines(
        "Utilization over 30 days",
        "The team's utilization of the 30 days before each moment, as known then, and the target.",
        "percentunit",
        panels.fresh_course(largest("team_kpi_value", kpi="utilization", window="30d"), "utilization"),
        panels.fresh_course(largest("kpi_target", kpi="utilization"), "target"),
    )
    return panels.drawn(panel, ("utilization", "target"))


def lost_course() -> timeseries.Panel:
    """How the loss went."""
    panel = panels.lines(
        "Lost utilization over 30 days",
        "What the hours below target of the 30 days before each moment cost, as known then.",
        "locale",
        panels.fresh_course(largest("lost_utilization_cost", by="currency", window="30d"), "{{currency}}"),
    )
    return panels.drawn(panel, "A", queries=True)


def endpoints() -> stat.Panel:
    """What reactive hours per endpoint is made of."""
    own = {"kpi": tiles.REACTIVE, "window": _WINDOW}
    unassigned = largest("team_companion", **own, companion="unassigned_hours")
    panel = panels.stats(
        "What reactive hours per endpoint is made of",
        "Reactive hours of the window; endpoint-months, of which an endpoint has one in each full month; and hours for "
        "clients with no endpoint, which count although nothing divides them.",
        "none",
        panels.fresh_now(largest("team_kpi_numerator", **own), "reactive hours"),
        panels.fresh_now(largest("team_kpi_denominator", **own), "endpoint-months"),
        panels.fresh_now(unassigned, "hours without endpoints"),
    )
    return panels.stalls(panels.letters(panel.decimals(1)))
