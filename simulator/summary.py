"""What the demo shows in the terminal of the service's scorecard (``GET /api/v1/scorecard``, design §6).

Reads what is there and says so when something is not: an empty scorecard is no scorecard of zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.sender import Tally

View: TypeAlias = Mapping[str, Any]

_SHORT = {"sla_triage": "triage", "sla_engagement": "engagement", "sla_completion": "completion"}
_STYLES = {True: "green", False: "dark_orange"}


def position(view: View | None) -> int:
    """The inbox position the scorecard has reached; 0 when there is none yet."""
    return int(view["position"]) if view else 0


def line(view: View | None, tally: Tally) -> str:
    """The state of things in one line."""
    counted = f"{tally.acknowledged} acknowledged, counted up to position {position(view)} of {tally.position}"
    figures = ", ".join(f"{_SHORT.get(kpi['kpi'], kpi['kpi'])} {_value(kpi)}" for kpi in _kpis(view))
    return f"{counted}; {figures or 'no data yet'}"


def screen(view: View | None, tally: Tally, url: str) -> RenderableType:
    """The live summary: the team's KPIs and the technicians' three promises."""
    team = Table(title="This month, the whole team", title_justify="left")
    for column in ("KPI", "value", "target", "n", "provisional", "misses left"):
        team.add_column(column, justify="left" if column == "KPI" else "right")
    for kpi in _kpis(view):
        team.add_row(
            kpi["kpi"],
            Text(_value(kpi), style=_style(kpi)),
            _percent(kpi.get("target")),
            str(kpi.get("sample_size", "")),
            str(kpi.get("provisional", "")),
            _misses_left(kpi),
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
    return "no data" if kpi.get("value") is None else _percent(kpi["value"])


def _style(kpi: Mapping[str, Any]) -> str:
    value, target = kpi.get("value"), kpi.get("target")
    return "dim" if value is None or target is None else _STYLES[float(value) >= float(target)]


def _percent(value: object) -> str:
    return f"{100 * float(str(value)):.1f} %" if value is not None else ""


def _misses_left(kpi: Mapping[str, Any]) -> str:
    left = (kpi.get("companions") or {}).get("misses_left")
    if isinstance(left, Mapping):
        left = left.get("value")
    return "" if left is None else f"{float(left):.0f}"
