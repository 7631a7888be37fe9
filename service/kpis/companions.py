"""Companions: the figures a KPI shows beside its value (kpis.md §3), each a pure function of sums.

A companion may have a measure of its own, ``<kpi>.<companion>``, to which the KPI contributes; *ground* is what
it may read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

CompanionValue: TypeAlias = Fraction | int | None
"""An exact ratio, a plain count, or ``None``: no data (R2)."""


class Sums(NamedTuple):
    """Sums over days: numerator and denominator in millionths, sample and provisional plain."""

    numerator: int = 0
    denominator: int = 0
    sample: int = 0
    provisional: int = 0


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Ground:
    """``measure``: the companion's own sums over the KPI's window; ``own``: the KPI's; its sums this month so far and
    last full month; ``rate``: what an hour is worth."""

    target: Fraction
    rate: Fraction = Fraction(0)
    measure: Sums = NOTHING
    own: Sums = NOTHING
    this_month: Sums = NOTHING
    last_month: Sums = NOTHING


@dataclass(frozen=True)
class Companion:
    """One figure. ``has_measure``: it reads ``<kpi>.<key>``, or ``measure`` if that is given; ``for_technicians``: it
    has a meaning per person; ``digits``: decimals shown; ``by_month``: it reads the KPI's sums of this month and last
    month."""

    key: str
    meaning: str
    compute: Callable[[Ground], CompanionValue]
    has_measure: bool = False
    for_technicians: bool = True
    measure: str = ""
    digits: int = 6
    by_month: bool = False

    def measure_of(self, kpi: str) -> str:
        """The measure it reads; an empty string for none."""
        return self.measure or (f"{kpi}.{self.key}" if self.has_measure else "")


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """The exact ratio of two sums, ``None`` without a denominator (R1, R2)."""
    return Fraction(numerator, denominator) if denominator else None


def ratio_of_measure(ground: Ground) -> CompanionValue:
    """The companion's own measure as a ratio."""
    return ratio(ground.measure.numerator, ground.measure.denominator)


def count_of_measure(ground: Ground) -> CompanionValue:
    """How many contributions the companion's own measure has."""
    return ground.measure.sample
