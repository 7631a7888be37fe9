"""The team's figures of the last thirteen months, as corrected (kpis.md §5).

Asked at every rendering of the metrics: the database adds up months; only a KPI with a window of its own (surveys)
and one whose denominator comes and goes (endpoints) are read month by month.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from sqlalchemy import BigInteger, cast, func, select, text

from models.ledger import Scope
from service.kpis.companions import NOTHING, Sums, ratio
from service.projection.ledger.tables import COUNTER
from service.scorecards.measurability import TEAM_ID
from service.scorecards.scorecard import Board
from service.scorecards.sums import read_spells, read_sums
from service.scorecards.terms import Terms
from service.scorecards.windows import (
    Month,
    Window,
    ending,
    first_day_of,
    last_day_of,
    month_name,
    month_of,
    months_back,
)

MONTHS = 13
_MONTH = (COUNTER.c.day // 100).label("month")


def last_months(board: Board) -> list[Window]:
    """The last thirteen months, the present one last and up to today."""
    found = [months_back(month_of(board.today), back) for back in reversed(range(MONTHS))]
    return [Window(month_name(one), first_day_of(one), min(last_day_of(one), board.today)) for one in found]


def team_sums(board: Board) -> Mapping[Window, tuple[Sums, ...]]:
    """The team's sums of every KPI, in the order of the board's terms, in each of these months."""
    told = last_months(board)
    plain = _month_sums(board, told[0].first_day)
    return {month: tuple(_sums_of(board, terms, month, plain) for terms in board.terms) for month in told}


def team_values(board: Board, sums: Mapping[Window, tuple[Sums, ...]]) -> Iterator[tuple[str, str, Fraction]]:
    """KPI, month and value, of each measurable KPI in each month that has one."""
    for number, terms in enumerate(board.terms):
        if terms.key not in board.reasons:
            for month, of_month in sums.items():
                value = ratio(of_month[number].numerator, of_month[number].denominator)
                if value is not None:
                    yield terms.key, month.name, value


def _sums_of(board: Board, terms: Terms, month: Window, plain: dict[tuple[str, Month], Sums]) -> Sums:
    connection, lead, spells = board.view.connection, terms.definition.lead_days, terms.definition.spells
    if lead is not None:
        days = ending(month, lead)
        found = read_sums(connection, [terms.key], Scope.TEAM, (TEAM_ID,), days.first_day, days.last_day)
        return found.get((terms.key, TEAM_ID), NOTHING)
    sums = plain.get((terms.key, month_of(month.first_day)), NOTHING)
    if not spells:
        return sums
    there = read_spells(connection, spells, Scope.TEAM, (TEAM_ID,), month.first_day, month.last_day)
    return sums._replace(denominator=sums.denominator + there.get(TEAM_ID, 0))


def _month_sums(board: Board, first_day: int) -> dict[tuple[str, Month], Sums]:
    totals = (cast(func.sum(COUNTER.c[name]), BigInteger) for name in Sums._fields)
    rows = board.view.connection.execute(
        select(COUNTER.c.measure, _MONTH, *totals)
        .where(
            COUNTER.c.measure.in_(sorted(terms.key for terms in board.terms)),
            COUNTER.c.scope == Scope.TEAM.value,
            COUNTER.c.scope_id == TEAM_ID,
            COUNTER.c.day.between(first_day, board.today),
        )
        .group_by(COUNTER.c.measure, text("month"))
    )
    return {(measure, month): Sums(*values) for measure, month, *values in rows}
