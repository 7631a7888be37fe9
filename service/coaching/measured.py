"""A technician's figure over some days with its noise: what is frozen at a plan's start and measured again later.

Windows are *like with like*: a figure frozen over so many days is measured again over the latest so many days, but
never over days before the plan. The day of the talk is in neither: half of it was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from models.instants import Day, add_days, date_of
from models.ledger import Scope
from service.coaching.noise import Interval, interval
from service.kpis.companions import NOTHING, Sums, ratio
from service.kpis.registry import revisions
from service.scorecards.scorecard import Board
from service.scorecards.sums import read_days
from service.scorecards.terms import Terms

SHORT_DAYS, LONG_DAYS = 30, 90
"""A baseline covers a month; where that holds too little, a quarter."""

ByDay: TypeAlias = Mapping[str, Mapping[Day, Sums]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Sums in millionths over the days from first to last; ``low``, ``high``: the interval, ``None`` if there is none.

    ``revision``: of the KPI's formula; figures of two formulas are not compared.
    """

    kpi: str
    revision: int
    numerator: int
    denominator: int
    sample: int
    low: int | None
    high: int | None
    first_day: Day
    last_day: Day

    @property
    def value(self) -> Fraction | None:
        return ratio(self.numerator, self.denominator)

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (date_of(self.last_day) - date_of(self.first_day)).days + 1

    @property
    def interval(self) -> Interval | None:
        return None if self.low is None or self.high is None else Interval(self.low, self.high)

    def is_enough(self, terms: Terms) -> bool:
        """Whether something may be concluded: the KPI's least sample is there, and its noise is known."""
        return self.value is not None and self.sample >= terms.minimum_sample and self.low is not None

    def dumped(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def loaded(cls, document: Mapping[str, Any]) -> Measured:
        return cls(**document)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that cost something or went right: a contribution, or a whole day where hours are measured."""

    day: Day
    subject_type: str
    subject_id: int
    ticket_id: int | None
    numerator: int
    denominator: int


def coachable(board: Board) -> dict[str, Terms]:
    """The KPIs of people that can be measured here, by key."""
    return {
        one.key: one
        for one in board.terms
        if Scope.TECH in one.definition.scopes and not one.definition.spells and one.key not in board.reasons
    }


def read(board: Board, tech_id: int, kpis: Iterable[str], first_day: Day, last_day: Day) -> ByDay:
    """A technician's sums of these KPIs by day."""
    return read_days(board.view.connection, list(kpis), Scope.TECH, tech_id, first_day, last_day)


def measure(by_day: ByDay, kpi: str, first_day: Day, last_day: Day) -> Measured:
    """The figure of some days."""
    days = [sums for day, sums in by_day.get(kpi, {}).items() if first_day <= day <= last_day]
    whole = Sums(*map(sum, zip(*days, strict=True))) if days else NOTHING
    noise = interval(days)
    return Measured(
        kpi=kpi,
        revision=revisions().get(kpi, 0),
        numerator=whole.numerator,
        denominator=whole.denominator,
        sample=whole.sample,
        low=None if noise is None else noise.low,
        high=None if noise is None else noise.high,
        first_day=first_day,
        last_day=last_day,
    )


def before_plan(by_day: ByDay, terms: Terms, today: Day) -> Measured:
    """The baseline: the 30 days before today; 90 where these hold too little, or the KPI always covers so many."""
    short = terms.definition.lead_days or SHORT_DAYS
    yesterday = add_days(today, -1)
    found = measure(by_day, terms.key, add_days(today, -short), yesterday)
    if found.is_enough(terms):
        return found
    return measure(by_day, terms.key, add_days(today, -max(short, LONG_DAYS)), yesterday)


def in_plan(by_day: ByDay, frozen: Measured, start_day: Day, last_day: Day) -> Measured:
    """The same figure now: as many days as were frozen, or as there are since the day after the start."""
    first_day = max(add_days(start_day, 1), add_days(last_day, 1 - frozen.days))
    return measure(by_day, frozen.kpi, first_day, max(first_day, last_day))
