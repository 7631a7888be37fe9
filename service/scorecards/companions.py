"""The figures shown beside a KPI (kpis.md §3, "Companions"): by name, each a function of sums. Pure.

*Ground* is what they may read: the window's coverage, this month so far and last full month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TypeAlias

from models.entities import MILLION
from service.scorecards.sums import Sums

Companion: TypeAlias = Fraction | int | None


@dataclass(frozen=True, slots=True)
class Ground:
    """``coverage`` is ``None`` where it has no meaning: tickets are created for nobody in particular."""

    target: Fraction
    this_month: Sums
    last_month: Sums
    coverage: Sums | None = None


def companions(names: Mapping[str, str], ground: Ground) -> dict[str, Companion]:
    """The companions of these names that there are; ``None`` = no data (R2)."""
    return {name: COMPANIONS[name](ground) for name in names if name != "sla_coverage" or ground.coverage is not None}


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """The exact ratio of two sums, ``None`` without a denominator (R1, R2)."""
    return Fraction(numerator, denominator) if denominator else None


def _sla_coverage(ground: Ground) -> Companion:
    return None if ground.coverage is None else ratio(ground.coverage.numerator, ground.coverage.denominator)


def _misses_allowed(ground: Ground) -> int:
    decisions = max(ground.this_month.denominator, ground.last_month.denominator)
    return floor((1 - ground.target) * Fraction(decisions, MILLION))


def _misses_left(ground: Ground) -> int:
    misses = (ground.this_month.denominator - ground.this_month.numerator) // MILLION
    return _misses_allowed(ground) - misses


COMPANIONS: Mapping[str, Callable[[Ground], Companion]] = {
    "sla_coverage": _sla_coverage,
    "misses_allowed": _misses_allowed,
    "misses_left": _misses_left,
}
