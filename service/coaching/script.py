"""What to say and to ask at a check-back, in the order of a good talk: kind, short, and true to the numbers.

Acknowledge the effort; name the one number; ask what would help; say expectation, goal and date; hold the others
steady; book the next look. Nothing here judges a person, and a small sample is called one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from models.instants import Day, date_of
from service.coaching.measured import Measured
from service.coaching.standing import NOT_MEASURABLE, OTHER_FORMULA, SMALL_SAMPLE, Guarded, Standing, State
from service.pages import words
from service.pages.words import DEFINITIONS

BY_STATE = {
    State.ON_COURSE: "on course",
    State.BEHIND: "behind the line to the goal",
    State.REACHED: "at the goal",
    State.SLIPPING: "slipping elsewhere",
    State.CLOSED: "closed",
}
WHY_NOT = {
    SMALL_SAMPLE: "too little to say",
    OTHER_FORMULA: "counted by another formula now",
    NOT_MEASURABLE: "not measurable now",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the talk: its topic's word, and the sentence."""

    topic: str
    words: str


def script(now: Standing, name: str, right: int) -> tuple[Line, ...]:
    """The lines of the talk. ``right``: how many things that went right can be shown."""
    plan = now.plan
    title = DEFINITIONS[plan.kpi].title if plan.kpi in DEFINITIONS else plan.kpi
    return (
        Line("effort", _effort(now, name, right)),
        Line("number", f"{title}: {_then_and_now(plan.baseline.figure, now.now)}. {_course(now)}"),
        Line("help", "What would help most? Which of the tickets below was hard, and what stood in the way?"),
        Line("goal", f"The goal is {shown(plan.goal_value)} by {date(plan.goal_day)}; {_target(plan.baseline.target)}"),
        Line("others", _others(now.guards)),
        Line("check_back", _next(now)),
    )


def _effort(now: Standing, name: str, right: int) -> str:
    better = [one for one in now.guards if not one.reason and not one.slipped and _improved(one.then, one.now)]
    thanks = f"Thank {name} for the effort"
    if _improved(now.plan.baseline.figure, now.now) and not now.reason:
        return f"{thanks}: the number moved the right way, from {value(now.plan.baseline.figure)} to {value(now.now)}."
    if better:
        told = ", ".join(f"{_title(one)} {value(one.then)} to {value(one.now)}" for one in better[:2])
        return f"{thanks}: {told}."
    if right:
        return f"{thanks}, and begin with what went right: it is listed below."
    return f"{thanks}, whatever the numbers say."


def _course(now: Standing) -> str:
    if now.reason:
        return f"That is {WHY_NOT[now.reason]}, so nothing is concluded from it."
    line = "" if now.expected is None else f"; the line stands at {shown(now.expected)} today"
    return f"That is {BY_STATE[now.course]}{line}."


def _then_and_now(then: Measured, now: Measured) -> str:
    return f"{value(then)} then ({_n(then)}), {value(now)} now ({_n(now)})"


def _target(target: int) -> str:
    return f"best in class is {shown(Fraction(target, 1_000_000))}. Ask for agreement, not for a promise."


def _others(guards: Iterable[Guarded]) -> str:
    slipped = [one for one in guards if one.slipped]
    if not slipped:
        return "Nothing else slipped by more than chance. Ask to keep the others where they are."
    told = "; ".join(f"{_title(one)} from {value(one.then)} to {value(one.now)}" for one in slipped)
    return f"This slipped meanwhile: {told}. Ask what it cost, and to hold it while the focus stays."


def _next(now: Standing) -> str:
    day = now.plan.next_check_back
    if now.state is State.CLOSED:
        return "The plan is closed."
    if day is None:
        return "No check-back is left: book one, or close the plan in a sentence."
    if now.is_due:
        return f"The check-back of {date(day)} is due: note what was agreed, with fresh data in front of both."
    return f"Look again on {date(day)}, with fresh data."


def _title(one: Guarded) -> str:
    return DEFINITIONS[one.kpi].title if one.kpi in DEFINITIONS else one.kpi


def _improved(then: Measured, now: Measured) -> bool:
    if then.value is None or now.value is None or then.kpi not in DEFINITIONS:
        return False
    return now.value > then.value if DEFINITIONS[then.kpi].higher_is_better else now.value < then.value


def _n(figure: Measured) -> str:
    return f"n = {words.count(figure.sample)}"


def value(figure: Measured) -> str:
    """A figure as people say it."""
    return "no data" if figure.value is None else shown(figure.value)


def shown(share: Fraction) -> str:
    """A share with one decimal."""
    return f"{words.percent(share)}%"


def date(day: Day) -> str:
    """A day with its weekday: check-backs are appointments."""
    told = date_of(day)
    return f"{told:%a} {told.day} {told:%b %Y}"
