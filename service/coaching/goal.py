"""The goal of a plan: the next step towards the target, no longer than the best the technician has managed in a month.

A *pace* is the greatest improvement from one full month to the next of the last thirteen, both with a sufficient
sample. All in exact fractions; goals are whole millionths.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from models.entities import MILLION
from models.ledger import Scope
from service.scorecards.scorecard import Board
from service.scorecards.trend import MONTHS, Bucket, Point, buckets, trend
from service.scorecards.windows import first_day_of, last_day_of, month_of, months_back


def pace(board: Board, tech_id: int, kpi: str, *, higher_is_better: bool) -> Fraction | None:
    """The best step of a month; ``None`` where no two neighbouring months tell one."""
    this_month = month_of(board.today)
    first, last = first_day_of(months_back(this_month, MONTHS)), last_day_of(months_back(this_month, 1))
    points = trend(board, kpi, Scope.TECH, tech_id, buckets(Bucket.MONTH, first, last))
    return best_step(points, higher_is_better=higher_is_better)


def best_step(points: Sequence[Point], *, higher_is_better: bool) -> Fraction | None:
    """The greatest improvement between neighbours that both have a value and a sufficient sample."""
    told = [one.value if one.sufficient else None for one in points]
    pairs = [(a, b) for a, b in pairwise(told) if a is not None and b is not None]
    steps = [b - a if higher_is_better else a - b for a, b in pairs]
    return max((step for step in steps if step > 0), default=None)


def next_step(value: Fraction | None, target: Fraction, step: Fraction | None, *, higher_is_better: bool) -> int:
    """The goal in millionths: one step from the value towards the target, half way when no step is known.

    Never beyond the target, also not by rounding; the target itself where there is no value, or no way left.
    """
    sign = 1 if higher_is_better else -1
    way = Fraction(0) if value is None else sign * (target - value)
    goal = target
    if value is not None and way > 0:
        goal = value + sign * min(way, way / 2 if step is None else step)
    best = floor(target * MILLION) if higher_is_better else ceil(target * MILLION)
    return min(round(goal * MILLION), best) if higher_is_better else max(round(goal * MILLION), best)


def is_between(goal: int, value: Fraction | None, target: Fraction, *, higher_is_better: bool) -> bool:
    """Whether a goal is better than the value and not beyond the target; the target itself is always one."""
    wanted = Fraction(goal, MILLION)
    if wanted == target:
        return True
    if higher_is_better:
        return (value is None or value < wanted) and wanted < target
    return (value is None or value > wanted) and wanted > target
