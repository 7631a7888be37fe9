"""The values of the page ``/at-risk``: what a coordinator looks at between two phone calls."""

from __future__ import annotations

from dataclasses import dataclass

from service.pages import words
from service.reading import View
from service.scorecards.at_risk import Risk, risks

MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One open event in words."""

    ticket_id: int
    number: str
    title: str
    event: str
    left: str
    due: str
    band: str
    holder: str


@dataclass(frozen=True, slots=True)
class AtRiskSheet:
    """Everything the template shows."""

    as_of: str
    lines: tuple[RiskLine, ...]


def at_risk_sheet(view: View, tech_id: int | None) -> AtRiskSheet:
    """The page's values; of one technician only, if given."""
    found = [one for one in risks(view) if one.at_risk and tech_id in (None, one.tech_id)]
    zone = view.policy.zone
    lines = tuple(_line(one, view) for one in found[:MOST_LINES])
    return AtRiskSheet(words.clock_time(view.as_of, zone), lines)


def _line(one: Risk, view: View) -> RiskLine:
    left = words.span(abs(one.left))
    return RiskLine(
        ticket_id=one.ticket_id,
        number=one.ticket_number or f"Ticket {one.ticket_id}",
        title=one.title or "",
        event=words.short_title(one.kpi),
        left=f"{left} over" if one.left <= 0 else left if one.plain else f"{left} of business time",
        due=words.moment(one.due, view.as_of, view.policy.zone),
        band=one.band.value,
        holder=one.holder or "Nobody",
    )
