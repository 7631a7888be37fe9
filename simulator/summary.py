"""What the demo shows in the terminal of the service's scorecard (``GET /api/v1/scorecard``, design §6).

Reads what is there and says so when something is not: an empty scorecard is no scorecard of zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.tally import Tally

View: TypeAlias = Mapping[str, Any]

WINDOW = "30d"
"""What is shown; a month that has just begun would be empty."""

_SHORT = {
    "sla_triage": "triage",
    "sla_engagement": "engagement",
    "sla_completion": "completion",
    "real_time_entry": "real time",
    "reactive_hours_per_endpoint": "rhem",
    "first_contact_resolution": "first contact",
    "estimate_accuracy": "estimates",
    "escalation_rate": "escalated",
    "reopen_rate": "reopened",
    "client_survey": "surveys",
}
_NOT_SHARES = {"reactive_hours_per_endpoint", "client_survey"}
_STYLES = {True: "green", False: "dark_orange"}


def position(view: View | None) -> int:
    """The inbox position the scorecard has reached; 0 when there is none yet."""
    return int(view["position"]) if view else 0


def missing(view: View | None) -> list[str]:
    """The team's KPIs without a figure."""
    return [kpi["kpi"] for kpi in _kpis(view) if kpi.get("value") is None]


def is_complete(view: View | None) -> bool:
    """Whether there is a scorecard, and every KPI of the team has a figure on it."""
    return bool(_kpis(view)) and not missing(view)


def line(view: View | None, tally: Tally) -> str:
    """The state of things in one line."""
    known = [kpi for kpi in _kpis(view) if kpi.get("value") is not None]
    figures = ", ".join(f"{_SHORT.get(kpi['kpi'], kpi['kpi'])} {_value(kpi)}" for kpi in known)
    told = f"{tally.acknowledged} events acknowledged, counted up to {position(view)}"
    return f"{told}; {len(known)} of {len(_kpis(view))} KPIs: {figures}" if known else f"{told}; no figures yet"


def screen(view: View | None, tally: Tally, url: str) -> RenderableType:
    """The live summary: the team's KPIs and the technicians'."""
    team = Table(title="The last 30 days, the whole team", title_justify="left")
    for column in ("KPI", "value", "target", "n", "provisional"):
        team.add_column(column, justify="left" if column == "KPI" else "right")
    for kpi in _kpis(view):
        team.add_row(
            kpi["kpi"],
            Text(_value(kpi), style=_style(kpi)),
            _number(kpi["kpi"], kpi.get("target")),
            str(kpi.get("sample_size", "")),
            str(kpi.get("provisional", "")),
        )
    parts: list[RenderableType] = [team]
    if view and view.get("technicians"):
        parts.append(_technicians(view["technicians"]))
    parts.append(Text(tally.sentence(), style="dim"))
    parts.append(Text(f"{url}/ · Ctrl-C stops", style="dim"))
    return Group(*parts)


def _technicians(rows: list[Mapping[str, Any]]) -> Table:
    table = Table(title="Technicians", title_justify="left")
    table.add_column("name")
    for kpi in rows[0].get("kpis", []):
        table.add_column(_SHORT.get(kpi["kpi"], kpi["kpi"]), justify="right")
    for row in rows:
        cells = [Text(_value(kpi), style=_style(kpi)) for kpi in row.get("kpis", [])]
        table.add_row(str(row.get("name") or row.get("tech_id")), *cells)
    return table


def _kpis(view: View | None) -> list[Mapping[str, Any]]:
    return list(view["team"]["kpis"]) if view else []


def _value(kpi: Mapping[str, Any]) -> str:
    if kpi.get("measurable") is False:
        return f"not measurable ({kpi.get('reason')})"
    return "no data" if kpi.get("value") is None else _number(kpi["kpi"], kpi["value"])


def _style(kpi: Mapping[str, Any]) -> str:
    value, target, floor = kpi.get("value"), kpi.get("target"), kpi.get("floor")
    if value is None or target is None:
        return "dim"
    less_is_better = floor is not None and float(floor) > float(target)
    return _STYLES[float(value) <= float(target) if less_is_better else float(value) >= float(target)]


def _number(kpi: str, value: object) -> str:
    if value is None:
        return ""
    number = float(str(value))
    return f"{number:.2f}" if kpi in _NOT_SHARES else f"{100 * number:.1f} %"
