"""How far each KPI is towards its target, and what that makes of a technician or the team (kpis.md §3, tech_score).

A *part* is one KPI of a score with its weight; a *slot* is one of the eight places a KPI fills (the SLA slot is
shared). Exact fractions all the way; only ``round_half_even`` makes a number for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

Number: TypeAlias = Fraction | Decimal | int

SLOTS = (
    "utilization",
    "real_time_entry",
    "sla",
    "estimate_accuracy",
    "escalation_rate",
    "reopen_rate",
    "first_contact_resolution",
    "client_survey",
)
FEWEST_SLOTS = 5
BANDS = (("best_in_class", 96), ("on_track", 85), ("coach", 70))
LOWEST_BAND = "intervene"


@dataclass(frozen=True, slots=True)
class Part:
    """One KPI of a score. ``counts``: measurable and with a sufficient sample."""

    kpi: str
    slot: str
    weight: Fraction
    attainment: Fraction | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Score:
    """``value`` from 0 to 100 and its ``band``; ``None`` when fewer than five slots count.

    ``effects``: the share of the whole score each counting KPI costs; ``focus``: the KPI that costs most.
    """

    value: Fraction | None
    band: str | None
    focus: str | None
    effects: dict[str, Fraction]


def attainment(value: Fraction | None, target: Number, floor: Number) -> Fraction | None:
    """The way from floor to target that a value has gone, 0 to 1; ``None`` without a value.

    Serves both directions: where lower is better the target lies below the floor. ``ValueError`` when equal.
    """
    if value is None:
        return None
    best, worst = Fraction(target), Fraction(floor)
    if best == worst:
        raise ValueError("target and floor are equal: there is no way between them")
    return min(Fraction(1), max(Fraction(0), (value - worst) / (best - worst)))


def score(parts: Sequence[Part]) -> Score:
    """Weigh the parts into a score; ties for the focus go to the part given first.

    Effects and focus are there as soon as one part counts, also where five slots are not reached.
    """
    counting = [(part, part.attainment) for part in parts if part.counts and part.attainment is not None]
    whole = sum((part.weight for part, _ in counting), Fraction(0))
    if not whole:
        return Score(None, None, None, {})
    effects = {part.kpi: part.weight * (1 - attained) / whole for part, attained in counting}
    worst = max(effects, key=lambda kpi: effects[kpi])
    focus = worst if effects[worst] else None
    if len({part.slot for part, _ in counting}) < FEWEST_SLOTS:
        return Score(None, None, focus, effects)
    value = 100 * (1 - sum(effects.values(), Fraction(0)))
    return Score(value, band(value), focus, effects)


def band(value: Fraction) -> str:
    """The band of an unrounded score."""
    return next((name for name, least in BANDS if value >= least), LOWEST_BAND)


def round_half_even(value: Fraction, digits: int = 6) -> float:
    """The number with so many decimals that is nearest to the exact fraction, the even one of two, for JSON."""
    power: int = 10**digits
    return round(value * power) / power
