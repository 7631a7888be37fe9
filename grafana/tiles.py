"""Tiles that several dashboards show: whether figures can be trusted, a KPI with its state, a score with its band."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from grafana import colours, links, panels, promql
from grafana.board import At, Board
from grafana.promql import largest

MTD = "mtd"
REACTIVE = "reactive_hours_per_endpoint"
SLA = (("triage", "sla_triage"), ("engagement", "sla_engagement"), ("completion", "sla_completion"))


def standing() -> stat.Panel:
    """Whether the figures are of now."""
    panel = panels.stats(
        "Figures as of",
        "The moment the figures are of. LIVE: at most three minutes ago. STALE: Techscore answers, but nothing has "
        "moved for longer. NOT REACHABLE: Techscore does not answer. Without any word Prometheus knows no Techscore.",
        "dateTimeAsIsoNoDateIfToday",
        panels.now(promql.standing()),
    )
    panel.override_by_regexp("^LIVE.*", [panels.colour(colours.FINE)])
    panel.override_by_regexp("^STALE.*", [panels.colour(colours.ACT)])
    panel.override_by_regexp("^CLOCK.*", [panels.colour(colours.WATCH)])
    panel.override_by_regexp("^STARTING.*", [panels.colour(colours.NEUTRAL), words_only(1)])
    panel.override_by_regexp("^NOT REACHABLE.*", [panels.colour(colours.ACT), words_only(0)])
    return panels.sized(
        panel.orientation(common.VizOrientation.VERTICAL), 26, 40, "NO DATA · Prometheus knows no Techscore"
    )


def words_only(value: int) -> DynamicConfigValue:
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


def figure(kpi: str, window: str = MTD, tech_id: str = "", title: str = "") -> stat.Panel:
    """A figure with its state, of the team or of one technician; ``window`` may be a variable."""
    definition = promql.definition(kpi)
    own = {"window": window} | ({"tech_id": tech_id} if tech_id else {})
    rows = f"window={window}" + (f"&tech_id={tech_id}" if tech_id else "")
    panel = panels.stats(
        title or promql.title(kpi),
        f"{definition.meaning} The word and the colour say how it stands to the target in force; a small sample, no "
        "data, not measurable and stale have words of their own.",
        "suffix: h" if kpi == REACTIVE else "percentunit",
        panels.now(promql.tile("tech" if tech_id else "team", kpi, **own)),
    )
    panel.decimals(3 if kpi == REACTIVE else 1).links([links.link("Evidence", links.evidence(kpi, rows))])
    return panels.judged(panel)


def budget(event: str, kpi: str) -> stat.Panel:
    """Target, number and misses left of an SLA."""
    left, allowed = largest("sla_misses_left", event=event), largest("sla_misses_allowed", event=event)
    panel = panels.stats(
        f"{promql.title(kpi)}: target, decided, misses left",
        "The target in force, how many tickets were decided this month, and how many more may miss before the month "
        "is below target (negative: overdrawn).",
        "none",
        panels.fresh_now(largest("kpi_target", kpi=kpi), "target"),
        panels.fresh_now(largest("team_kpi_sample_size", kpi=kpi, window=MTD), "decided"),
        panels.fresh_now(f"{left} >= 0 unless {left} < 0.2 * {allowed}", "misses left"),
        panels.fresh_now(f"{left} >= 0 and {left} < 0.2 * {allowed}", "misses left: few"),
        panels.fresh_now(f"{left} < 0", "overdrawn"),
    )
    panel.override_by_name("target", [panels.setting("unit", "percentunit")])
    panel.override_by_name("misses left: few", [panels.colour(colours.WATCH)])
    panel.override_by_name("overdrawn", [panels.colour(colours.ACT)])
    return panels.sized(panels.stalls(panels.letters(panel)), 20, 40)


def score(window: str = MTD, tech_id: str = "") -> stat.Panel:
    """The score with its band, of the team or of one technician."""
    own = {"window": window} | ({"tech_id": tech_id} if tech_id else {})
    scope = "tech" if tech_id else "team"
    panel = panels.stats(
        "Tech score" if tech_id else "Team score",
        "0 to 100: how far from each KPI's floor to its target, weighted. From 96 best in class, from 85 on track, "
        "from 70 coach, below intervene. No score while fewer than five of eight parts can be judged.",
        "none",
        panels.now(
            promql.score_tile(
                largest(f"{scope}_score", **own), largest(f"{scope}_kpi_sample_size", kpi="utilization", **own)
            )
        ),
    )
    return panels.banded(panel.decimals(0))


def trust(board: Board) -> None:
    """The first line of every dashboard for a desk: whether what stands below is of now."""
    board.put(At(0, 0, 15, 3), standing())
    board.put(At(15, 0, 9, 3), heard())
