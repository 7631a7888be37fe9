"""What cost most and what went right, of whatever a KPI is made of: tickets and entries, or whole days.

A ticket is named once, however many of its rows count. Utilization is of days: its denominator is a day's scheduled
hours, and no single entry costs it anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from models.entities import MILLION, TECHNICIAN_DAYS
from models.instants import Day
from service.coaching.measured import ByDay, Case
from service.kpis.companions import Sums
from service.scorecards import cases
from service.scorecards.evidence import Evidence
from service.scorecards.scorecard import Board
from service.scorecards.terms import Terms

MOST = 5
_ROWS = 50
BY_DAY = frozenset({"utilization"})

_Found = tuple[Case, ...]


def costliest(board: Board, terms: Terms, tech_id: int, by_day: ByDay, first_day: Day, last_day: Day) -> _Found:
    """The five that cost most, the dearest first."""
    if terms.key not in BY_DAY:
        return _of_rows(board, cases.costliest, terms, tech_id, first_day, last_day)
    days = _days(by_day.get(terms.key, {}), first_day, last_day)
    short = {day: sums for day, sums in days.items() if sums.numerator < terms.target * sums.denominator}
    dearest = sorted(short, key=lambda day: (short[day].numerator - short[day].denominator, -day))
    return tuple(_day(day, short[day], tech_id) for day in dearest[:MOST])


def went_right(board: Board, terms: Terms, tech_id: int, by_day: ByDay, first_day: Day, last_day: Day) -> _Found:
    """The newest five that went right; of days, those at target."""
    if terms.key not in BY_DAY:
        return _of_rows(board, cases.went_right, terms, tech_id, first_day, last_day)
    days = _days(by_day.get(terms.key, {}), first_day, last_day)
    good = [day for day, sums in days.items() if Fraction(sums.numerator, sums.denominator) >= terms.target]
    return tuple(_day(day, days[day], tech_id) for day in sorted(good, reverse=True)[:MOST])


def _of_rows(
    board: Board,
    ask: Callable[..., Iterable[Evidence]],
    terms: Terms,
    tech_id: int,
    first_day: Day,
    last_day: Day,
) -> _Found:
    rows = ask(board.view.connection, terms.definition, tech_id, first_day, last_day, _ROWS)
    found: dict[object, Case] = {}
    for row in rows:
        place = row.cursor
        named = row.ticket_id if row.ticket_id is not None else place[:4]
        case = Case(place.day, place.subject_type, place.subject_id, row.ticket_id, row.numerator, row.denominator)
        found.setdefault(named, case)
    return tuple(found.values())[:MOST]


def _days(by_day: Mapping[Day, Sums], first_day: Day, last_day: Day) -> dict[Day, Sums]:
    return {day: sums for day, sums in by_day.items() if first_day <= day <= last_day and sums.denominator >= MILLION}


def _day(day: Day, sums: Sums, tech_id: int) -> Case:
    return Case(day, TECHNICIAN_DAYS, tech_id, None, sums.numerator, sums.denominator)
