"""A coaching plan as its changes made it: whom, which KPI, from where, to where, by when, and how it ended.

Every *change* (started, goal, note, check-backs, a check-back held, closed, reopened) is a fact of the inbox with its
author and time; a plan is all of them, by time. Nothing that is computed is in them but what was frozen on purpose:
the *baseline*, the guarded KPIs beside it, and how things stood at each check-back and at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from models.entities import MILLION
from models.instants import Day, Instant
from service.coaching.measured import Case, Measured


class Kind(StrEnum):
    """What a change is."""

    STARTED = "started"
    GOAL = "goal"
    NOTE = "note"
    CHECK_BACKS = "check_backs"
    CHECKED_BACK = "checked_back"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Change:
    """One change; ``said``: the fact's own words, by kind."""

    at: Instant
    author: str
    kind: Kind
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the technician stood at the start, and what it was made of.

    ``as_of``, ``position``, ``generation``: the ledger it was read from; ``target`` then and ``pace`` (the best step of
    a month) in millionths; ``costliest``: what cost most.
    """

    figure: Measured
    as_of: Instant
    position: int
    generation: str
    target: int
    pace: int | None
    costliest: tuple[Case, ...]


@dataclass(frozen=True)
class Plan:
    """One plan now. ``goal`` in millionths; ``held_through``: check-backs up to this day were held."""

    plan_id: int
    tech_id: int
    kpi: str
    start_day: Day
    started_at: Instant
    author: str
    baseline: Baseline
    guards: tuple[Measured, ...]
    goal: int
    note: str
    check_backs: tuple[Day, ...]
    held_through: Day = 0
    closed: Change | None = None
    history: tuple[Change, ...] = field(default=(), repr=False)

    @property
    def next_check_back(self) -> Day | None:
        """The first day to look again that was not held; ``None`` when there is none, or the plan is closed."""
        return min(self.open_days, default=None) if self.closed is None else None

    @property
    def open_days(self) -> tuple[Day, ...]:
        """The days to look again that were not held."""
        return tuple(day for day in self.check_backs if day > self.held_through)

    @property
    def goal_day(self) -> Day:
        """By when the goal is to be reached: the last check-back."""
        return max(self.check_backs)

    @property
    def goal_value(self) -> Fraction:
        return Fraction(self.goal, MILLION)

    @property
    def last_change_at(self) -> Instant:
        return self.history[-1].at

    def is_due(self, today: Day) -> bool:
        """Whether a check-back is due."""
        day = self.next_check_back
        return day is not None and day <= today


def folded(plan_id: int, changes: Iterable[Change]) -> Plan | None:
    """The plan these changes make, in the order of time they are given in; ``None`` without a start."""
    plan: Plan | None = None
    for change in changes:
        if plan is None:
            plan = _started(plan_id, change) if change.kind is Kind.STARTED else None
        elif change.kind is not Kind.STARTED:
            plan = replace(_changed(plan, change), history=(*plan.history, change))
    return plan


def _started(plan_id: int, change: Change) -> Plan:
    said = change.said
    frozen = said["baseline"]
    return Plan(
        plan_id=plan_id,
        tech_id=said["tech_id"],
        kpi=said["kpi"],
        start_day=said["day"],
        started_at=change.at,
        author=change.author,
        baseline=Baseline(
            figure=Measured.loaded(frozen["figure"]),
            as_of=frozen["as_of"],
            position=frozen["position"],
            generation=frozen["generation"],
            target=frozen["target"],
            pace=frozen["pace"],
            costliest=tuple(Case(**one) for one in frozen["costliest"]),
        ),
        guards=tuple(Measured.loaded(one) for one in said["guards"]),
        goal=said["goal"],
        note=said["note"],
        check_backs=tuple(said["check_backs"]),
        history=(change,),
    )


def _changed(plan: Plan, change: Change) -> Plan:
    said = change.said
    if change.kind is Kind.CLOSED:
        return plan if plan.closed is not None else replace(plan, closed=change)
    if change.kind is Kind.REOPENED:
        return replace(plan, closed=None)
    if change.kind is Kind.GOAL:
        return replace(plan, goal=said["goal"])
    if change.kind is Kind.NOTE:
        return replace(plan, note=said["note"])
    if change.kind is Kind.CHECK_BACKS:
        return replace(plan, check_backs=tuple(said["check_backs"]))
    return replace(plan, held_through=max(plan.held_through, said["through"]))
