"""What cost most of a KPI: the tickets furthest from target, or the days, where no ticket is at fault."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from models.entities import MILLION
from models.instants import Day
from models.ledger import Scope
from service.kpis.contributions import Outcome
from service.scorecards.evidence import Asking, Evidence, Misses, every_row
from service.scorecards.scorecard import Board
from service.scorecards.terms import Terms
from service.scorecards.trend import Bucket, buckets, trend
from service.scorecards.windows import Window

MOST_ROWS = 5_000
"""Misses of one person in one month that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class CostlyTicket:
    """A ticket, and why it counts as it does (a reason word, mostly none)."""

    ticket_id: int
    number: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class CostlyDay:
    """A day with its sums in hours."""

    day: Day
    numerator: Fraction
    denominator: Fraction


def costly_tickets(board: Board, kpi: str, whole: Window, tech_id: int, most: int) -> tuple[CostlyTicket, ...]:
    """The tickets that keep a technician's figure from its target, the dearest first; of equals the newest."""
    terms = _terms(board, kpi)
    own = board.own_window(kpi, whole)
    misses = Misses.BELOW_ONE if terms.definition.higher_is_better else Misses.ABOVE_NONE
    asking = Asking(kpi, own.first_day, own.last_day, tech_id=tech_id, outcome=Outcome.COUNTED, misses=misses)
    costs: dict[int, Fraction] = defaultdict(Fraction)
    rows: dict[int, Evidence] = {}
    for row in islice(every_row(board.view.connection, asking), MOST_ROWS):
        if row.ticket_id is not None:
            costs[row.ticket_id] += _short(terms, row.numerator, row.denominator)
            rows.setdefault(row.ticket_id, row)
    dearest = sorted((one for one in costs if costs[one] > 0), key=lambda one: costs[one], reverse=True)[:most]
    return tuple(_ticket(number, rows[number]) for number in dearest)


def costly_days(board: Board, kpi: str, whole: Window, tech_id: int, most: int) -> tuple[CostlyDay, ...]:
    """The days furthest from target, for a KPI of days rather than tickets (utilization)."""
    terms = _terms(board, kpi)
    points = trend(board, kpi, Scope.TECH, tech_id, buckets(Bucket.DAY, whole.first_day, whole.last_day))
    short = [
        (_short(terms, one.sums.numerator, one.sums.denominator), one)
        for one in reversed(points)
        if one.sums.denominator
    ]
    dearest = sorted((one for one in short if one[0] > 0), key=lambda one: one[0], reverse=True)[:most]
    return tuple(
        CostlyDay(one.first_day, Fraction(one.sums.numerator, MILLION), Fraction(one.sums.denominator, MILLION))
        for _, one in dearest
    )


def is_of_days(board: Board, kpi: str) -> bool:
    """Whether a KPI is about days: it has no queue, and so no tickets of its own."""
    return Scope.QUEUE not in _terms(board, kpi).definition.scopes


def _short(terms: Terms, numerator: int, denominator: int) -> Fraction:
    """How far from target, in the KPI's own units; above 0 is bad."""
    distance = terms.target * denominator - numerator
    return distance if terms.definition.higher_is_better else -distance


def _terms(board: Board, kpi: str) -> Terms:
    return next(one for one in board.terms if one.key == kpi)


def _ticket(ticket_id: int, row: Evidence) -> CostlyTicket:
    return CostlyTicket(ticket_id, row.ticket_number or f"#{ticket_id}", row.title or "", row.reason)
