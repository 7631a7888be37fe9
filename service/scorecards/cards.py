"""The scorecard as values: what API, metrics and page all show, assembled once (``service.scorecards.scorecard``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from models.instants import Day, Instant
from service.reading import Version
from service.scorecards.windows import Window


@dataclass(frozen=True)
class KpiFigure:
    """One KPI in one scope and window. Sums are exact integers (millionths); ratios exact fractions.

    ``value`` is ``None`` without a denominator or when not measurable; ``reason`` says why not. ``provisional``:
    how many counted contributions may still change by themselves. Companions are fractions, integers or ``None``.
    """

    kpi: str
    numerator: int
    denominator: int
    sample_size: int
    provisional: int
    value: Fraction | None
    sufficient: bool
    measurable: bool
    reason: str | None
    target: Fraction
    floor: Fraction
    attainment: Fraction | None
    first_day: Day
    last_day: Day
    companions: Mapping[str, Fraction | int | None] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """The figures of one scope: the team (``tech_id`` is ``None``) or one technician.

    ``effects``: the share of the whole score that each KPI costs, of those that count.
    ``made``: what was made of this very card, by who made it (its text in the metrics, say); lives as long as it does.
    """

    kpis: tuple[KpiFigure, ...]
    score: Fraction | None
    band: str | None
    focus: str | None
    tech_id: int | None = None
    name: str = ""
    effects: Mapping[str, Fraction] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Scorecard:
    """A window's scorecard at one moment of the ledger."""

    as_of: Instant
    version: Version
    window: Window
    team: Card
    technicians: tuple[Card, ...]
