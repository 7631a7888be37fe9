"""The service wall: one screen, read at five metres by people who pass by. Nothing lies below the fold.

From the top: whether the figures can be trusted; the three SLAs of the month; utilization, time entry and score beside
what is about to breach; the technicians.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, stat
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from grafana import colours, links, panels, promql
from grafana.board import At, Board, spread
from grafana.promql import largest

SLA = (("triage", "sla_triage"), ("engagement", "sla_engagement"), ("completion", "sla_completion"))
LISTED = 6
"""So many lines of the list can be read from afar."""
_QUIET = -99999.0
_NONE = -1.0
_MTD = "mtd"


def wall() -> Board:
    """The dashboard."""
    board = Board(
        links.WALL,
        "Are we above the line, and what is about to breach? For a screen in the room: open it with ?kiosk.",
        refresh="10s",
        since="now-15m",
    )
    board.leads_to(links.SCORECARD, links.SLA, links.HEALTH)
    board.put(At(0, 0, 13, 3), standing())
    board.put(At(13, 0, 6, 3), heard())
    board.put(At(19, 0, 5, 3), days_left())
    for (event, kpi), at in zip(SLA, spread(24, 3, 5, 3), strict=True):
        board.put(at, sla(event, kpi))
        board.put(At(at.x, 8, at.w, 3), budget(event, kpi))
    for kpi, at in zip(("utilization", "real_time_entry"), spread(8, 11, 6, 2), strict=True):
        board.put(at, figure(kpi))
        board.put(At(at.x, 17, at.w, 3), beside(kpi))
    board.put(At(8, 11, 4, 9), team_score())
    board.put(At(12, 11, 12, 9), at_risk(LISTED))
    board.put(At(0, 20, 24, 6), strip())
    return board


def standing() -> stat.Panel:
    """Whether the figures are of now."""
    panel = panels.stats(
        "Figures as of",
        "The moment the figures are of. LIVE: at most three minutes ago. STALE: Techscore answers, but nothing has "
        "moved for longer. NOT REACHABLE: Techscore does not answer. Without any word Prometheus knows no Techscore.",
        "dateTimeAsIsoNoDateIfToday",
        panels.now(promql.standing()),
    ).no_value("NO DATA · Prometheus knows no Techscore")
    panel.override_by_regexp("^LIVE.*", [panels.colour(colours.FINE)])
    panel.override_by_regexp("^STALE.*", [panels.colour(colours.ACT)])
    panel.override_by_regexp("^CLOCK.*", [panels.colour(colours.WATCH)])
    panel.override_by_regexp("^STARTING.*", [panels.colour(colours.NEUTRAL), words_only(1)])
    panel.override_by_regexp("^NOT REACHABLE.*", [panels.colour(colours.ACT), words_only(0)])
    return panels.sized(panel.orientation(common.VizOrientation.VERTICAL), 26, 40)


def words_only(value: float) -> DynamicConfigValue:
    """A state whose number says nothing."""
    return panels.setting("mappings", [panels.says({value: ("—", None)})])


def heard() -> stat.Panel:
    """Whether Autotask is heard."""
    panel = panels.stats(
        "Autotask",
        "Since when tickets and time entries were last read in full, the older of the two. Over five minutes in "
        "business hours figures stand still although Techscore runs. Without feeds only webhooks bring news.",
        "s",
        panels.now(promql.heard()),
    )
    panel.override_by_regexp("^AUTOTASK SILENT.*", [panels.colour(colours.ACT)])
    panel.override_by_name("no feed set up", [panels.colour(colours.NEUTRAL), panels.dash()])
    return panels.sized(panel.decimals(0), 22, 36)


def days_left() -> stat.Panel:
    """How much of the month is to come."""
    panel = panels.stats(
        "Business days left",
        "Business days of this month whose end is to come, today's included.",
        "none",
        panels.now(largest("month_business_days_left"), "this month"),
    )
    return panels.sized(panel.color_mode(common.BigValueColorMode.VALUE), 22, 36)


def sla(event: str, kpi: str) -> stat.Panel:
    """One SLA, month to date."""
    return panels.sized(figure(kpi, f"SLA {event}"), 30, 110)


def figure(kpi: str, title: str = "") -> stat.Panel:
    """A figure of the team, month to date, with its state."""
    definition = promql.definition(kpi)
    panel = panels.stats(
        title or definition.title,
        f"{definition.meaning} Month to date, of the whole team. The word and the colour say how it stands to the "
        "target in force; a small sample, no data, not measurable and stale have words of their own.",
        "percentunit",
        panels.now(promql.tile("team", kpi, window=_MTD)),
    )
    panel.decimals(1).links([links.link("Evidence", links.evidence(kpi)), links.link("SLA", links.board(links.SLA))])
    return panels.sized(panels.judged(panel), 24, 72)


def budget(event: str, kpi: str) -> stat.Panel:
    """Target, number and misses left of an SLA."""
    left, allowed = largest("sla_misses_left", event=event), largest("sla_misses_allowed", event=event)
    panel = panels.stats(
        f"{event.capitalize()}: target, decided, misses left",
        "The target in force, how many tickets were decided this month, and how many more may miss before the month "
        "is below target (negative: overdrawn).",
        "none",
        panels.now(largest("kpi_target", kpi=kpi), "target"),
        panels.now(largest("team_kpi_sample_size", kpi=kpi, window=_MTD), "decided"),
        panels.now(f"{left} >= 0 unless {left} < 0.2 * {allowed}", "misses left"),
        panels.now(f"{left} >= 0 and {left} < 0.2 * {allowed}", "misses left: few"),
        panels.now(f"{left} < 0", "misses: overdrawn"),
    )
    panel.override_by_name("target", [panels.setting("unit", "percentunit")])
    panel.override_by_name("misses left: few", [panels.colour(colours.WATCH)])
    panel.override_by_name("misses: overdrawn", [panels.colour(colours.ACT)])
    return panels.sized(panel.color_mode(common.BigValueColorMode.VALUE), 20, 40)


def beside(kpi: str) -> stat.Panel:
    """Target and number of a figure."""
    panel = panels.stats(
        f"{promql.definition(kpi).title}: target, counted",
        "The target in force, and how many things were counted: technicians' days for utilization, entries for time "
        "entry.",
        "none",
        panels.now(largest("kpi_target", kpi=kpi), "target"),
        panels.now(largest("team_kpi_sample_size", kpi=kpi, window=_MTD), "counted"),
    )
    panel.override_by_name("target", [panels.setting("unit", "percentunit")])
    return panels.sized(panel.color_mode(common.BigValueColorMode.VALUE), 18, 30)


def team_score() -> stat.Panel:
    """The team's score, month to date."""
    panel = panels.stats(
        "Team score",
        "0 to 100, month to date: how far the team has come from each KPI's floor to its target, weighted. From 96 "
        "best in class, from 85 on track, from 70 coach, below intervene. Absent while fewer than five of eight parts"
        " can be judged.",
        "none",
        panels.now(
            promql.score_tile(
                largest("team_score", window=_MTD), largest("team_kpi_sample_size", kpi="utilization", window=_MTD)
            )
        ),
    )
    panel.decimals(0).links([links.link("Scorecard", links.board(links.SCORECARD))])
    return panels.sized(panels.judged(panel), 24, 90)


def at_risk(listed: int) -> bargauge.Panel:
    """What is about to breach, with minutes and holder."""
    slots = "|".join(f"{slot:02}" for slot in range(1, listed + 1))
    family = promql.PREFIX + "sla_at_risk_ticket_minutes"
    open_events = f'max by (slot, event, ticket, tech) ({family}{{slot=~"{slots}"}})'
    held = promql.copied(open_events, "holder", "tech")
    held = f'label_replace({held}, "holder", "NOBODY", "tech", "none")'
    quiet = f"({promql.AS_OF} * 0 + {_QUIET:g} unless on () max({family}))"
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
        panels.rows(f"max by (slot, what) ({expression})"),
    )
    panel.with_transformation(panels.sorted_by("slot")).with_transformation(
        panels.arranged(("what", "Value"), without=("slot",))
    )
    panel.mappings([panels.says({_QUIET: ("✓", colours.NEUTRAL)})]).max(120).decimals(0)
    panel.thresholds(colours.steps(colours.ACT, (15, colours.WATCH), (60, colours.FINE)))
    panel.links([links.link("All at risk", f"{links.PAGES}/at-risk")])
    return panels.sized(panels.one_per_row(panel, listed), 22, 26)


def strip() -> stat.Panel:
    """The technicians, by name."""
    score = largest("tech_score", by="tech, tech_id", window=_MTD)
    there = largest("tech_kpi_sample_size", by="tech, tech_id", kpi="utilization", window=_MTD)
    panel = panels.stats(
        "Technicians: score of the month",
        "Each technician's score, month to date, by name and not by rank. From 85 on track (blue), from 70 coach "
        "(orange), below intervene (vermillion); grey while too little can be judged. Click one to see why.",
        "none",
        panels.rows(f"{score}\nor on (tech_id) {there} * 0 - 1"),
    )
    panel.with_transformation(panels.sorted_by("tech")).with_transformation(
        panels.arranged(("tech", "tech_id", "Value"))
    )
    panel.decimals(0).mappings([panels.says({_NONE: ("too few", colours.NEUTRAL)})])
    panel.thresholds(colours.steps(colours.ACT, *colours.SCORE)).display_name("${__data.fields.tech}")
    panel.data_links([links.link("Technician", links.technician("${__data.fields.tech_id}"))])
    return panels.sized(panels.one_per_row(panel, 40), 20, 44)
