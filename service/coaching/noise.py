"""How far a figure may lie off by chance, and whether it fell by more than that.

A *share* counts whole things that went right or did not (tickets met, completions reopened): its interval is Wilson's,
as in kpis.md, ``client_survey``. Any other ratio (hours of hours) has the normal interval of a ratio of sums whose
units are days. Two figures are told apart by the interval of their difference that is made of both (Newcombe's method
10 for shares; Zou and Donner's MOVER for any two intervals). Exact or rounded outwards: the same sums give the same
answer everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from models.entities import MILLION
from service.kpis.client_survey import wilson_low
from service.kpis.companions import Sums
from service.kpis.contributions import ONE

Z = Decimal("1.959964")
"""95 %, as in kpis.md (``client_survey``)."""
FEWEST_DAYS = 8
"""Of fewer days nobody can tell how much a ratio of hours changes from day to day."""


class Interval(NamedTuple):
    """From ``low`` to ``high`` in millionths: with 95 % confidence the figure behind the sample lies there."""

    low: int
    high: int


def interval(days: Collection[Sums]) -> Interval | None:
    """The interval of the ratio of these days' sums; ``None`` where there are too few to tell."""
    counted = [one for one in days if one.numerator or one.denominator]
    total = sum(one.denominator for one in counted)
    if not total:
        return None
    if all(_is_share(one) for one in counted):
        return wilson(sum(one.numerator for one in counted) // ONE, total // ONE)
    return _normal(counted) if len(counted) >= FEWEST_DAYS else None


def wilson(positive: int, n: int) -> Interval | None:
    """Wilson's interval of a share; ``None`` of nothing."""
    low, rest = wilson_low(positive, n), wilson_low(n - positive, n)
    return None if low is None or rest is None else _outwards(low, 1 - rest)


def fell(then: tuple[Fraction, Interval], now: tuple[Fraction, Interval], *, higher_is_better: bool) -> bool:
    """Whether a figure got worse by more than the noise of both together.

    The lower end of the difference's interval is above 0: a drop whose square exceeds the sum of the squares of what
    each may lie off towards the other. No root is needed, so no digit is lost.
    """
    (before, spread_before), (after, spread_after) = then, now
    better, worse = (before, after) if higher_is_better else (after, before)
    above, below = (spread_before, spread_after) if higher_is_better else (spread_after, spread_before)
    drop = better - worse
    down = max(Fraction(0), better - Fraction(above.low, MILLION))
    up = max(Fraction(0), Fraction(below.high, MILLION) - worse)
    return drop > 0 and drop**2 > down**2 + up**2


def _is_share(one: Sums) -> bool:
    whole = one.denominator == one.sample * ONE and one.numerator % ONE == 0
    return whole and 0 <= one.numerator <= one.denominator


def _normal(days: Sequence[Sums]) -> Interval:
    """The ratio Y ÷ X with the variance of its linearisation: n ÷ (n - 1) · Σ(y·X - x·Y)² ÷ X⁴."""
    whole_y, whole_x = sum(one.numerator for one in days), sum(one.denominator for one in days)
    squares = sum((one.numerator * whole_x - one.denominator * whole_y) ** 2 for one in days)
    n = len(days)
    variance = Fraction(n * squares, (n - 1) * whole_x**4)
    with localcontext() as context:
        context.prec = 50
        half = Z * (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    value = Fraction(whole_y, whole_x)
    return _outwards(max(Fraction(0), value - Fraction(half)), value + Fraction(half))


def _outwards(low: Fraction, high: Fraction) -> Interval:
    return Interval(floor(low * MILLION), ceil(high * MILLION))
