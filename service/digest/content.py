"""What a digest says, as values: of the team for the manager, of one technician for that technician alone.

Self against last month comes first, people stand by name, and nobody is ranked. Open coaching plans are told as their
own page tells them, those to look at next first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from models.ledger import Scope
from service.coaching.plan import Plan
from service.digest.changes import Change, changes, moved
from service.digest.costs import CostlyDay, CostlyTicket, costly_days, costly_tickets, is_of_days
from service.digest.period import Period, period_of
from service.pages.coaching import PlanLine, plan_lines
from service.reading import View
from service.scorecards.cards import Card, KpiFigure
from service.scorecards.effects import effects_of
from service.scorecards.scorecard import Board

HELP_BANDS = ("coach", "intervene")
TICKETS_FOR_MANAGER, TICKETS_FOR_TECHNICIAN, DAYS = 3, 5, 3


@dataclass(frozen=True, slots=True)
class Focus:
    """The KPI that costs a score most: ``effect`` of the whole score (0 to 1); last week's and the week before's."""

    figure: KpiFigure
    effect: Fraction
    last_week: KpiFigure
    week_before: KpiFigure
    tickets: tuple[CostlyTicket, ...]
    days: tuple[CostlyDay, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """One technician: score now and last month, what improved most, what slipped most, and the focus."""

    tech_id: int
    name: str
    score: Fraction | None
    band: str | None
    score_before: Fraction | None
    improved: Change | None
    slipped: Change | None
    focus: Focus | None
    plans: tuple[PlanLine, ...]

    @property
    def needs_help(self) -> bool:
        """Whether the manager is told of the focus: a low band, or a figure that slipped."""
        return self.focus is not None and (self.band in HELP_BANDS or self.slipped is not None)


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything of one week. ``team``: each KPI of the team with last month's; ``plans``: everybody's open ones."""

    period: Period
    as_of: int
    score: Fraction | None
    band: str | None
    score_before: Fraction | None
    team: tuple[Change, ...]
    people: tuple[Person, ...]
    plans: tuple[PlanLine, ...]


def digest_of(view: View, plans: Iterable[Plan]) -> Digest:
    """The digest of the week in which the view's moment lies. ``plans``: every coaching plan there is."""
    board = Board(view)
    lines = plan_lines(board, sorted((one for one in plans if one.closed is None), key=_next_look))
    period = period_of(view.as_of, view.policy)
    now, before = board.scorecard(period.month), board.scorecard(period.month_before)
    then = {one.tech_id: one for one in before.technicians}
    return Digest(
        period=period,
        as_of=view.as_of,
        score=now.team.score,
        band=now.team.band,
        score_before=before.team.score,
        team=tuple(changes(now.team, before.team)),
        people=tuple(_person(board, period, one, then.get(one.tech_id), lines) for one in now.technicians),
        plans=lines,
    )


def _next_look(plan: Plan) -> tuple[bool, int]:
    """Plans by the day of their next check-back; those without one last."""
    day = plan.next_check_back
    return day is None, day or 0


def _person(board: Board, period: Period, now: Card, before: Card | None, plans: Iterable[PlanLine]) -> Person:
    assert now.tech_id is not None
    improved, slipped = (None, None) if before is None else moved(board, now, before)
    return Person(
        tech_id=now.tech_id,
        name=now.name,
        score=now.score,
        band=now.band,
        score_before=None if before is None else before.score,
        improved=improved,
        slipped=slipped,
        focus=_focus(board, period, now),
        plans=tuple(one for one in plans if one.tech_id == now.tech_id),
    )


def _focus(board: Board, period: Period, card: Card) -> Focus | None:
    if card.focus is None or card.tech_id is None:
        return None
    whole, tech_id, kpi = board.window(period.month), card.tech_id, card.focus
    of_days = is_of_days(board, kpi)
    most = TICKETS_FOR_TECHNICIAN
    weeks = [
        _by_kpi(board.figures(week, Scope.TECH, (tech_id,))[tech_id])[kpi]
        for week in (period.last_week, period.week_before)
    ]
    return Focus(
        figure=_by_kpi(card.kpis)[kpi],
        effect=effects_of(card, board.terms)[kpi],
        last_week=weeks[0],
        week_before=weeks[1],
        tickets=() if of_days else costly_tickets(board, kpi, whole, tech_id, most),
        days=costly_days(board, kpi, whole, tech_id, DAYS) if of_days else (),
    )


def _by_kpi(figures: tuple[KpiFigure, ...]) -> Mapping[str, KpiFigure]:
    return {one.kpi: one for one in figures}
