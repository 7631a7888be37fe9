"""A KPI over time: one figure per day, week or month, of one scope (kpis.md §5; at most ``MOST_BUCKETS``).

A *bucket* is a stretch of local days; the last one ends today. A KPI with a window of its own (surveys) covers in
each bucket the days ending with the bucket's last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from models.instants import Day, add_days, date_of
from models.ledger import Scope
from service.kpis.companions import NOTHING, Sums, ratio
from service.scorecards.scorecard import Board, is_sufficient
from service.scorecards.sums import read_days, read_spells
from service.scorecards.terms import Terms
from service.scorecards.windows import first_day_of, last_day_of, month_of, months_back

MOST_BUCKETS = 400
MONTHS = 13


class Bucket(StrEnum):
    """How long a bucket is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class TooManyBuckets(ValueError):
    """A stretch of more buckets than anybody looks at."""


@dataclass(frozen=True, slots=True)
class Point:
    """The figure of one bucket; sums in millionths, ``value`` exact, ``None`` without data."""

    first_day: Day
    last_day: Day
    sums: Sums
    value: Fraction | None
    sufficient: bool


def default_start(today: Day) -> Day:
    """The first day of the month twelve months before this one."""
    return first_day_of(months_back(month_of(today), MONTHS - 1))


def buckets(kind: Bucket, first_day: Day, last_day: Day) -> list[tuple[Day, Day]]:
    """The buckets from first to last day, cut at both ends; ``TooManyBuckets``."""
    found: list[tuple[Day, Day]] = []
    day = first_day
    while day <= last_day:
        if len(found) == MOST_BUCKETS:
            raise TooManyBuckets(f"more than {MOST_BUCKETS} {kind.value}s")
        end = min(_end_of(kind, day), last_day)
        found.append((day, end))
        day = add_days(end, 1)
    return found


def _end_of(kind: Bucket, day: Day) -> Day:
    if kind is Bucket.MONTH:
        return last_day_of(month_of(day))
    return add_days(day, 6 - date_of(day).weekday()) if kind is Bucket.WEEK else day


def trend(board: Board, kpi: str, scope: Scope, scope_id: int, days: Sequence[tuple[Day, Day]]) -> list[Point]:
    """The figures of a KPI in these buckets."""
    terms = next(one for one in board.terms if one.key == kpi)
    lead = terms.definition.lead_days
    spans = [(first if lead is None else add_days(last, 1 - lead), last) for first, last in days]
    by_day: Mapping[Day, Sums] = {}
    if spans:
        by_day = read_days(board.view.connection, [kpi], scope, scope_id, min(spans)[0], spans[-1][1])[kpi]
    measurable = kpi not in board.reasons
    points: list[Point] = []
    for (first, last), (since, until) in zip(days, spans, strict=True):
        sums = _sum(sums for day, sums in by_day.items() if since <= day <= until)
        sums = sums._replace(denominator=sums.denominator + _spells(board, terms, scope, scope_id, since, until))
        value = ratio(sums.numerator, sums.denominator) if measurable else None
        points.append(Point(first, last, sums, value, is_sufficient(terms, sums)))
    return points


def _sum(sums: Iterator[Sums]) -> Sums:
    total = NOTHING
    for one in sums:
        total = Sums(*(a + b for a, b in zip(total, one, strict=True)))
    return total


def _spells(board: Board, terms: Terms, scope: Scope, scope_id: int, first_day: Day, last_day: Day) -> int:
    if not terms.definition.spells:
        return 0
    connection = board.view.connection
    return read_spells(connection, terms.definition.spells, scope, (scope_id,), first_day, last_day).get(scope_id, 0)
