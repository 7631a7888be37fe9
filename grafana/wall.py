"""The service wall: one screen, read at five metres by people who pass by. Nothing lies below the fold.

From the top: whether the figures can be trusted; the three SLAs of the month; utilization, time entry and score beside
what is about to breach; the technicians.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, stat
from grafana_foundation_sdk.models import common

from grafana import colours, links, panels, promql, tiles
from grafana.board import At, Board, spread
from grafana.promql import largest

LISTED = 5
"""So many lines of the list can be read from afar."""
_QUIET = -99999


def wall() -> Board:
    """The dashboard."""
    board = Board(
        links.WALL,
        "Are we above the line, and what is about to breach? For a screen in the room: open it with "
        "?kiosk, on a 4K screen with the browser's zoom at 200 %.",
        refresh="10s",
        since="now-15m",
    )
    board.leads_to(links.SCORECARD, links.SLA, links.HEALTH)
    board.put(At(0, 0, 13, 3), tiles.standing())
    board.put(At(13, 0, 6, 3), tiles.heard())
    board.put(At(19, 0, 5, 3), days_left())
    for (event, kpi), at in zip(tiles.SLA, spread(24, 3, 5, 3), strict=True):
        board.put(at, sla(kpi))
        board.put(At(at.x, 8, at.w, 3), tiles.budget(event, kpi))
    for kpi, at in zip(("utilization", "real_time_entry"), spread(8, 11, 7, 2), strict=True):
        board.put(at, panels.sized(tiles.figure(kpi), 22, 64))
        board.put(At(at.x, 18, at.w, 3), beside(kpi))
    board.put(At(8, 11, 4, 10), panels.sized(tiles.score(), 26, 110))
    board.put(At(12, 11, 12, 10), at_risk(LISTED))
    board.put(At(0, 21, 24, 6), strip())
    return board


def days_left() -> stat.Panel:
    """How much of the month is to come."""
    panel = panels.stats(
        "Business days left",
        "Business days of this month whose end is to come, today's included.",
        "none",
        panels.fresh_now(largest("month_business_days_left"), "this month"),
    )
    return panels.sized(panels.stalls(panels.letters(panel)), 22, 36)


def sla(kpi: str) -> stat.Panel:
    """One SLA, month to date."""
    panel = tiles.figure(kpi, title=f"{promql.title(kpi)}, month to date")
    return panels.sized(panel, 30, 110)


def beside(kpi: str) -> stat.Panel:
    """Target and number of a figure."""
    panel = panels.stats(
        f"{promql.definition(kpi).title}: target, counted",
        "The target in force, and how many things were counted: technicians' days for utilization, entries for time "
        "entry.",
        "none",
        panels.fresh_now(largest("kpi_target", kpi=kpi), "target"),
        panels.fresh_now(largest("team_kpi_sample_size", kpi=kpi, window=tiles.MTD), "counted"),
    )
    panel.override_by_name("target", [panels.setting("unit", "percentunit")])
    return panels.sized(panels.stalls(panels.letters(panel)), 16, 26)


def at_risk(listed: int) -> bargauge.Panel:
    """What is about to breach, with minutes and holder."""
    slots = "|".join(f"{slot:02}" for slot in range(1, listed + 1))
    family = promql.PREFIX + "sla_at_risk_ticket_minutes"
    open_events = promql.floored(f'max by (slot, event, ticket, tech) ({family}{{slot=~"{slots}"}})')
    open_events = promql.events_titled(open_events)
    held = promql.copied(open_events, "holder", "tech")
    held = f'label_replace({held}, "holder", "NOBODY", "tech", "none")'
    quiet = f"({promql.AS_OF} * 0 + {_QUIET} unless on () max({family}))"
    missed = promql.labelled(f"({held} < 0)", "over", "MISSED")
    expression = promql.either(
        (
            promql.joined(f"({held} >= 0)", "what", "ticket", "event", "holder"),
            promql.joined(missed, "what", "over", "ticket", "event", "holder"),
            promql.labelled(promql.labelled(quiet, "what", "Nothing is about to breach"), "slot", "00"),
        )
    )
    panel = panels.bars(
        "About to breach: business minutes left, and who holds it",
        f"The {listed} SLA events to look at now, the soonest first, then those just missed (negative minutes). "
        "Ticket, event, holder. Minutes of business time.",
        "m",
        panels.fresh_rows(f"max by (slot, what) ({expression})"),
    )
    panel.with_transformation(panels.sorted_by("slot")).with_transformation(
        panels.arranged(("what", "Value"), without=("slot",))
    )
    panel.mappings([panels.says({_QUIET: ("✓", colours.NEUTRAL)}), panels.absent()]).max(120).decimals(0)
    panel.thresholds(colours.steps(colours.ACT, (15, colours.WATCH), (60, colours.FINE)))
    panel.links([links.link("All at risk", f"{links.PAGES}/at-risk")])
    panel.name_placement(common.BarGaugeNamePlacement.TOP).no_value("nothing to show: see above")
    return panels.sized(panels.one_per_row(panel, listed, "what"), 22, 20)


def strip() -> stat.Panel:
    """The technicians, by name."""
    panel = panels.stats(
        "Technicians: score of the month",
        "Each technician's score, month to date, by name and not by rank. From 85 on track (blue), from 70 coach "
        "(orange), below intervene (vermillion); grey while too little can be judged. Click one to see why.",
        "none",
        panels.fresh_rows(promql.score_cells(tiles.MTD)),
    )
    panel.with_transformation(panels.sorted_by("tech")).with_transformation(
        panels.arranged(("tech", "tech_id", "Value"))
    )
    panel.decimals(0).mappings([panels.says({promql.FEW_VALUE: ("too few", colours.NEUTRAL)}), panels.absent()])
    panel.thresholds(colours.steps(colours.ACT, *colours.SCORE))
    panel.data_links([links.link("Technician", links.technician("${__data.fields.tech_id}"))])
    return panels.sized(panels.one_per_row(panel, 40, "tech"), 20, 44, "no score to show: see above")
