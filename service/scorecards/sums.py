"""The scorecards' SQL: sums of counters and contributions, and folded states of one kind.

A *scope* is whose sums they are (``models.ledger.Scope``), a *scope id* which technician, queue or company; the
team's is 0. Every query seeks by the counter's key, so its cost follows the days and people asked for and not
the history behind them (design §8, P4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import NamedTuple, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    text,
)

from models.instants import Day, Instant, add_days
from models.ledger import Scope
from service.kpis.companions import Sums
from service.kpis.endpoints import share_of
from service.projection.ledger.tables import CHUNK, CONTRIBUTION, COUNTER

SumsOf: TypeAlias = Mapping[tuple[str, int], Sums]
"""Sums by measure and scope id; one without a counter is absent."""


class Decisions(NamedTuple):
    """What was decided since some instant, in millionths; ``met`` of ``decided``."""

    met: int
    decided: int


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)  # PostgreSQL's sum of integers is a numeric


_SUMS = (
    select(COUNTER.c.measure, COUNTER.c.scope_id, *(_sum(COUNTER.c[name]) for name in Sums._fields))
    .where(
        COUNTER.c.measure.in_(bindparam("measures", expanding=True)),
        COUNTER.c.scope == bindparam("scope"),
        COUNTER.c.scope_id.in_(bindparam("ids", expanding=True)),
        COUNTER.c.day.between(bindparam("first_day"), bindparam("last_day")),
    )
    .group_by(COUNTER.c.measure, COUNTER.c.scope_id)
)
"""Built once: every read of a scorecard asks it several times."""


def read_sums(
    connection: Connection,
    measures: Collection[str],
    scope: Scope,
    scope_ids: Iterable[int],
    first_day: Day,
    last_day: Day,
) -> dict[tuple[str, int], Sums]:
    """The sums of these measures for these scope ids over the days from first to last, both included."""
    found: dict[tuple[str, int], Sums] = {}
    names = sorted(measures)
    ids = iter(sorted(set(scope_ids)))
    while chunk := list(islice(ids, CHUNK)):
        wanted = {"measures": names, "scope": scope.value, "ids": chunk, "first_day": first_day, "last_day": last_day}
        rows = connection.execute(_SUMS, wanted).all()
        found.update({(measure, scope_id): Sums(*values) for measure, scope_id, *values in rows})
    return found


def read_days(
    connection: Connection, measures: Collection[str], scope: Scope, scope_id: int, first_day: Day, last_day: Day
) -> dict[str, dict[Day, Sums]]:
    """The sums of one scope by measure and day; a day without a counter is absent."""
    row = COUNTER.c
    found: dict[str, dict[Day, Sums]] = {measure: {} for measure in measures}
    rows = connection.execute(
        select(row.measure, row.day, *(row[name] for name in Sums._fields)).where(
            row.measure.in_(sorted(measures)),
            row.scope == scope.value,
            row.scope_id == scope_id,
            row.day.between(first_day, last_day),
        )
    )
    for measure, day, *values in rows:
        found[measure][day] = Sums(*values)
    return found


_SPELL_DAY = case((COUNTER.c.day <= bindparam("first_day"), bindparam("first_day")), else_=COUNTER.c.day)
_SPELLS = (
    select(COUNTER.c.scope_id, _SPELL_DAY.label("since"), _sum(COUNTER.c.sample))
    .where(
        COUNTER.c.measure == bindparam("measure"),
        COUNTER.c.scope == bindparam("scope"),
        COUNTER.c.scope_id.in_(bindparam("ids", expanding=True)),
        COUNTER.c.day <= bindparam("last_day"),
    )
    .group_by(COUNTER.c.scope_id, text("since"))
)


def read_spells(
    connection: Connection, measure: str, scope: Scope, scope_ids: Iterable[int], first_day: Day, last_day: Day
) -> dict[int, int]:
    """The day shares (millionths) of things that come and go, by scope id: those there on each day, first to last."""
    ids = sorted(set(scope_ids))
    wanted = {"measure": measure, "scope": scope.value, "ids": ids, "first_day": first_day, "last_day": last_day}
    found: dict[int, int] = {}
    until = shares_until(first_day, last_day)
    for scope_id, since, change in connection.execute(_SPELLS, wanted).all():
        found[scope_id] = found.get(scope_id, 0) + change * until[since]
    return found


def shares_until(first_day: Day, last_day: Day) -> dict[Day, int]:
    """For each day the shares of the days from it to the last one."""
    found: dict[Day, int] = {}
    day, total = last_day, 0
    while day >= first_day:
        total += share_of(day)
        found[day] = total
        day = add_days(day, -1)
    return found


def read_spell_shares(
    connection: Connection, measure: str, first_day: Day, last_day: Day
) -> Iterator[tuple[int, int, Day, int]]:
    """Each thing that comes and goes: its id, company, first day here, and the shares (millionths) of its days."""
    row, since = CONTRIBUTION.c, case((CONTRIBUTION.c.day <= first_day, first_day), else_=CONTRIBUTION.c.day)
    until = shares_until(first_day, last_day)
    found = connection.execute(
        select(row.subject_id, row.company_id, since.label("since"), _sum(row.sample))
        .where(row.measure == measure, row.day <= last_day)
        .group_by(row.subject_id, row.company_id, text("since"))
        .order_by(row.subject_id, row.company_id, text("since"))
    )
    for (subject_id, company_id), changes in groupby(found, key=lambda one: (one[0], one[1])):
        told = [(day, change * until[day]) for _, _, day, change in changes if change]
        if share := sum(part for _, part in told):
            yield subject_id, company_id, told[0][0], share


def _distinct_ids(*having: ColumnElement[bool]) -> Select[int]:
    """Distinct scope ids by one seek each, not by a walk over every day of every one."""
    mine = and_(COUNTER.c.measure == bindparam("measure"), COUNTER.c.scope == bindparam("scope"))
    ids = select(func.min(COUNTER.c.scope_id).label("id")).where(mine).cte("ids", recursive=True)
    following = select(func.min(COUNTER.c.scope_id)).where(mine, COUNTER.c.scope_id > ids.c.id).scalar_subquery()
    ids = ids.union_all(select(following).where(ids.c.id.is_not(None)))
    there = select(literal(1)).where(mine, COUNTER.c.scope_id == ids.c.id, *having).exists()
    return select(ids.c.id).where(ids.c.id.is_not(None), there).order_by(ids.c.id)


def _distinct_measures() -> Select[str]:
    """Distinct measures of a scope, likewise by seeks."""
    names = select(func.min(COUNTER.c.measure).label("name")).cte("names", recursive=True)
    following = select(func.min(COUNTER.c.measure)).where(COUNTER.c.measure > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    there = select(literal(1)).where(COUNTER.c.measure == names.c.name, COUNTER.c.scope == bindparam("scope")).exists()
    return select(names.c.name).where(names.c.name.is_not(None), there)


_MEASURES = _distinct_measures()
_KNOWN = _distinct_ids()
_ON_DAYS = _distinct_ids(COUNTER.c.day.between(bindparam("first_day"), bindparam("last_day")), COUNTER.c.sample > 0)


def known_measures(connection: Connection, scope: Scope) -> frozenset[str]:
    """Every measure that has a counter in a scope, on whatever day: no other need be looked for."""
    return frozenset(connection.execute(_MEASURES, {"scope": scope.value}).scalars())


def known_ids(connection: Connection, measures: Iterable[str], scope: Scope) -> list[int]:
    """Every scope id that has a counter of one of these measures, on whatever day; -1 is nobody or none."""
    found: set[int] = set()
    for measure in measures:
        found.update(connection.execute(_KNOWN, {"measure": measure, "scope": scope.value}).scalars())
    return sorted(found)


def ids_on_days(connection: Connection, measure: str, scope: Scope, first_day: Day, last_day: Day) -> list[int]:
    """The scope ids that have a sample of a measure on at least one of these days."""
    wanted = {"measure": measure, "scope": scope.value, "first_day": first_day, "last_day": last_day}
    return list(connection.execute(_ON_DAYS, wanted).scalars())


def read_decisions(
    connection: Connection, measures: Collection[str], spans: Mapping[str, Instant], now: Instant, first_day: Day
) -> dict[tuple[str, str, int], Decisions]:
    """Decisions after each span's start and up to ``now``, by measure, span and queue; provisional ones left out.

    ``first_day``: the local day of the earliest start, by which they are found.
    """
    row = CONTRIBUTION.c
    columns: list[ColumnElement[int]] = []
    for since in spans.values():
        columns += (_sum(case((row.happened_at > since, row[name]), else_=0)) for name in ("numerator", "denominator"))
    rows = connection.execute(
        select(row.measure, row.queue_id, *columns)
        .where(
            row.measure.in_(sorted(measures)),
            row.day >= first_day,
            row.happened_at > min(spans.values()),
            row.happened_at <= now,
            row.denominator != 0,
            row.provisional == 0,
        )
        .group_by(row.measure, row.queue_id)
    )
    return {
        (measure, span, queue_id): Decisions(values[2 * number], values[2 * number + 1])
        for measure, queue_id, *values in rows
        for number, span in enumerate(spans)
    }
