"""What the page of a KPI says before its rows: direction, target and floor, thirteen months, everybody's figure."""

from __future__ import annotations

from dataclasses import dataclass

from models.ledger import Scope
from service.access.scopes import Principal
from service.access.visibility import visible
from service.api.asking import EvidenceQuery
from service.pages import words
from service.pages.cells import FigureCell, figure_cell, figures_of
from service.pages.sparkline import Sparkline, sparkline
from service.pages.words import DEFINITIONS
from service.scorecards.measurability import TEAM_ID
from service.scorecards.scorecard import Board
from service.scorecards.terms import Terms
from service.scorecards.trend import Bucket, buckets, default_start, trend
from service.scorecards.windows import Window, month_name, month_of, previous_month


@dataclass(frozen=True, slots=True)
class Holder:
    """One technician's figure of the KPI."""

    tech_id: int
    name: str
    cell: FigureCell


@dataclass(frozen=True, slots=True)
class Explained:
    """What a KPI is and how it went. ``facts``: label and words; ``rules``: how a thing comes to count or not."""

    target: str
    facts: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    left_out: tuple[str, ...]
    whose: str
    months: Sparkline | None
    team: FigureCell | None
    technicians: tuple[Holder, ...]


def explained(board: Board, kpi: str, query: EvidenceQuery, principal: Principal) -> Explained:
    """The values for a KPI; those of one technician where the request names one."""
    terms = next(one for one in board.terms if one.key == kpi)
    whole = board.window(query.window)
    of_everybody = not any((query.cursor, query.tech_id, query.queue_id, query.company_id))
    card = visible(board.scorecard(query.window), principal)
    before = visible(board.scorecard(before_of(whole)), principal)
    then = {one.tech_id: figures_of(one).get(kpi) for one in before.technicians}
    mine = figures_of(card.team).get(kpi)
    held = [(one, figures_of(one).get(kpi)) for one in card.technicians] if of_everybody else []
    return Explained(
        target=words.goal(kpi, terms.target),
        facts=_facts(terms),
        rules=tuple(DEFINITIONS[kpi].rules.values()),
        left_out=tuple(DEFINITIONS[kpi].reasons.values()),
        whose="the team" if query.tech_id is None else "this technician",
        months=months_of(board, kpi, query.tech_id),
        team=None
        if mine is None or not of_everybody
        else figure_cell(mine, window=query.window, before=figures_of(before.team).get(kpi)),
        technicians=tuple(
            Holder(
                one.tech_id,
                one.name,
                figure_cell(figure, window=query.window, tech_id=one.tech_id, before=then.get(one.tech_id)),
            )
            for one, figure in held
            if figure is not None and one.tech_id is not None
        ),
    )


def months_of(board: Board, kpi: str, tech_id: int | None) -> Sparkline | None:
    """The last thirteen months of the team, or of a technician; ``None`` without any value."""
    terms = next(one for one in board.terms if one.key == kpi)
    scope, scope_id = (Scope.TEAM, TEAM_ID) if tech_id is None else (Scope.TECH, tech_id)
    if scope not in terms.definition.scopes:
        return None
    spans = buckets(Bucket.MONTH, default_start(board.today), board.today)
    return sparkline(kpi, trend(board, kpi, scope, scope_id, spans), terms.target)


def before_of(whole: Window) -> str:
    """The month that a window is held against: the one before its last day's."""
    return month_name(previous_month(month_of(whole.last_day)))


def _facts(terms: Terms) -> tuple[tuple[str, str], ...]:
    definition = terms.definition
    better = "more" if definition.higher_is_better else "less"
    facts = [
        ("Better is", better),
        ("Target", words.goal(terms.key, terms.target)),
        ("Floor", f"{words.goal(terms.key, terms.floor)} (no points from there on)"),
    ]
    if not definition.spells:
        facts.append(("Smallest sample", words.count(terms.minimum_sample)))
    if definition.lead_days is not None:
        facts.append(("Looks back", f"{definition.lead_days} days, whatever the window"))
    shares = (("technician's score", terms.tech_weight), ("team's score", terms.team_weight))
    facts += [(f"Share of the {label}", words.plain_percent(share)) for label, share in shares if share]
    return tuple(facts)
