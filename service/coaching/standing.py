"""How a plan stands: computed from figures at each look, never typed by anybody.

The way from baseline to goal is a straight line that ends on the goal's day. A plan is *on course* while its figure is
not worse than the line, else *behind*; *reached* at the goal or better; *slipping*, whatever the focus does, while a
guarded KPI is worse than its baseline by more than the noise of both; *closed* once somebody closed it. A figure with
too small a sample concludes nothing: such a plan is on course until there is enough to say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from models.instants import Day, add_days, date_of, local_day
from service.coaching.measured import ByDay, Measured, coachable, in_plan, measure, read
from service.coaching.noise import fell
from service.coaching.plan import Plan
from service.scorecards.scorecard import Board
from service.scorecards.terms import Terms


class State(StrEnum):
    """How a plan stands."""

    ON_COURSE = "on_course"
    BEHIND = "behind"
    REACHED = "reached"
    SLIPPING = "slipping"
    CLOSED = "closed"


SMALL_SAMPLE = "small_sample"
OTHER_FORMULA = "other_formula"
NOT_MEASURABLE = "not_measurable"
"""Why nothing is concluded of a figure."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A KPI that shall not slip, then and now; ``reason``: why nothing can be said, or empty."""

    then: Measured
    now: Measured
    slipped: bool
    reason: str

    @property
    def kpi(self) -> str:
        return self.then.kpi


@dataclass(frozen=True, slots=True)
class Standing:
    """A plan at a moment. ``course``: of the focus KPI alone; ``expected``: the line's value today; ``since``: the
    figure of all days since the start; ``reason``: why nothing can be concluded of ``now``, or empty."""

    plan: Plan
    state: State
    course: State
    now: Measured
    since: Measured
    expected: Fraction | None
    reason: str
    guards: tuple[Guarded, ...]
    is_due: bool

    @property
    def slipped(self) -> tuple[str, ...]:
        """The guarded KPIs that slipped."""
        return tuple(one.kpi for one in self.guards if one.slipped)


def standing(board: Board, plan: Plan) -> Standing:
    """How a plan stands at the board's moment; a closed one as of the day it was closed."""
    last_day = board.today if plan.closed is None else local_day(plan.closed.at, board.view.policy.zone)
    terms = coachable(board)
    by_day = read(board, plan.tech_id, _kpis(plan), add_days(plan.start_day, 1), last_day)
    now = in_plan(by_day, plan.baseline.figure, plan.start_day, last_day)
    guards = tuple(_guarded(one, by_day, plan, last_day, terms) for one in plan.guards)
    reason = _why_not(plan.baseline.figure, now, terms)
    expected = line(plan, last_day)
    course = _course(plan, now, expected, terms.get(plan.kpi)) if not reason else State.ON_COURSE
    state = State.SLIPPING if any(one.slipped for one in guards) else course
    return Standing(
        plan=plan,
        state=state if plan.closed is None else State.CLOSED,
        course=course,
        now=now,
        since=measure(by_day, plan.kpi, add_days(plan.start_day, 1), max(add_days(plan.start_day, 1), last_day)),
        expected=expected,
        reason=reason,
        guards=guards,
        is_due=plan.is_due(board.today),
    )


def standings(board: Board, plans: Iterable[Plan]) -> list[Standing]:
    """How these plans stand, in their order."""
    return [standing(board, plan) for plan in plans]


def line(plan: Plan, day: Day) -> Fraction | None:
    """Where the straight line from baseline to goal is on a day; ``None`` without a baseline before the goal's day."""
    value = plan.baseline.figure.value
    if day >= plan.goal_day:
        return plan.goal_value
    if value is None:
        return None
    gone = Fraction(_days(plan.start_day, day), _days(plan.start_day, plan.goal_day))
    return value + (plan.goal_value - value) * max(Fraction(0), gone)


def _course(plan: Plan, now: Measured, expected: Fraction | None, terms: Terms | None) -> State:
    if terms is None or now.value is None:
        return State.ON_COURSE
    sign = 1 if terms.definition.higher_is_better else -1
    if sign * (now.value - plan.goal_value) >= 0:
        return State.REACHED
    return State.BEHIND if expected is not None and sign * (now.value - expected) < 0 else State.ON_COURSE


def _guarded(then: Measured, by_day: ByDay, plan: Plan, last_day: Day, terms: Mapping[str, Terms]) -> Guarded:
    now = in_plan(by_day, then, plan.start_day, last_day)
    reason = _why_not(then, now, terms)
    own = terms.get(then.kpi)
    if own is None or reason:
        return Guarded(then, now, slipped=False, reason=reason)
    if not then.is_enough(own):
        return Guarded(then, now, slipped=False, reason=SMALL_SAMPLE)
    return Guarded(then, now, slipped=_slipped(then, now, own), reason="")


def _slipped(then: Measured, now: Measured, terms: Terms) -> bool:
    if then.value is None or then.interval is None or now.value is None or now.interval is None:
        return False
    better = terms.definition.higher_is_better
    return fell((then.value, then.interval), (now.value, now.interval), higher_is_better=better)


def _why_not(then: Measured, now: Measured, terms: Mapping[str, Terms]) -> str:
    own = terms.get(then.kpi)
    if own is None:
        return NOT_MEASURABLE
    if then.revision != now.revision:
        return OTHER_FORMULA
    return "" if now.is_enough(own) else SMALL_SAMPLE


def _kpis(plan: Plan) -> list[str]:
    return [plan.kpi, *(one.kpi for one in plan.guards)]


def _days(first: Day, last: Day) -> int:
    return (date_of(last) - date_of(first)).days
