"""Which rows of a technician cost a KPI most, and which went right: for a talk, not for a count.

What a row costs is its way to the best it could be: what its numerator lacks where higher is better, the numerator
itself where lower is. Of equal cost the newest comes first.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from models.instants import Day
from service.kpis.contributions import Outcome
from service.kpis.definition import Definition
from service.projection.ledger.tables import CONTRIBUTION
from service.scorecards.evidence import COLUMNS, Evidence, with_tickets

_C = CONTRIBUTION.c
_NEWEST = (_C.day.desc(), _C.happened_at.desc(), _C.subject_type, _C.subject_id, _C.part)


def costliest(
    connection: Connection, kpi: Definition, tech_id: int, first_day: Day, last_day: Day, limit: int
) -> tuple[Evidence, ...]:
    """The rows that cost most."""
    cost = _C.denominator - _C.numerator if kpi.higher_is_better else _C.numerator
    return _rows(connection, kpi, tech_id, (first_day, last_day), limit, dear=True, order=cost.desc())


def went_right(
    connection: Connection, kpi: Definition, tech_id: int, first_day: Day, last_day: Day, limit: int
) -> tuple[Evidence, ...]:
    """The newest rows that cost nothing."""
    return _rows(connection, kpi, tech_id, (first_day, last_day), limit, dear=False, order=_C.day.desc())


def _rows(
    connection: Connection,
    kpi: Definition,
    tech_id: int,
    days: tuple[Day, Day],
    limit: int,
    *,
    dear: bool,
    order: ColumnElement[int],
) -> tuple[Evidence, ...]:
    costs = _C.numerator < _C.denominator if kpi.higher_is_better else _C.numerator > 0
    found = connection.execute(
        select(*COLUMNS)
        .where(
            _C.measure == kpi.key,
            _C.tech_id == tech_id,
            _C.day.between(*days),
            _C.outcome == Outcome.COUNTED.value,
            _C.denominator != 0,
            costs if dear else ~costs,
        )
        .order_by(order, *_NEWEST)
        .limit(limit)
    )
    return with_tickets(connection, [tuple(row) for row in found])
