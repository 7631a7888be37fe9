"""The values of the pages ``/coaching`` and ``/coaching/{plan_id}``, and the part about plans on a technician's page.

Of a closed plan the sentence it was closed with, of an open one how it stands: always as a word beside the shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from service.coaching import script
from service.coaching.brief import Brief
from service.coaching.measured import Case, Measured
from service.coaching.plan import Kind, Plan
from service.coaching.script import BY_STATE, WHY_NOT
from service.coaching.standing import Guarded, Standing, State, standing
from service.pages import words
from service.pages.words import Tone
from service.scorecards import roster
from service.scorecards.scorecard import Board

MOST_LINES = 200
_TONES = {
    State.ON_COURSE: Tone.NONE,
    State.BEHIND: Tone.WATCH,
    State.REACHED: Tone.GOOD,
    State.SLIPPING: Tone.ACT,
    State.CLOSED: Tone.NONE,
}
_TOPICS = {
    "effort": "Acknowledge",
    "number": "The one number",
    "help": "Ask",
    "goal": "Expectation and goal",
    "others": "The others",
    "check_back": "Check-back",
}
_KINDS = {
    Kind.STARTED: "Started",
    Kind.GOAL: "Another goal",
    Kind.NOTE: "Another note",
    Kind.CHECK_BACKS: "Other check-backs",
    Kind.CHECKED_BACK: "Check-back held",
    Kind.CLOSED: "Closed",
    Kind.REOPENED: "Opened again",
}


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan in a row; ``note``: why nothing is concluded, what slipped, or the closing sentence."""

    plan_id: int
    tech_id: int
    name: str
    title: str
    tone: Tone
    state: str
    then: str
    now: str
    sample: str
    goal: str
    goal_day: str
    check_back: str
    is_due: bool
    note: str


@dataclass(frozen=True, slots=True)
class CoachingSheet:
    """Everything the list's template shows; ``more``: how many plans are not listed."""

    as_of: str
    open: tuple[PlanLine, ...]
    closed: tuple[PlanLine, ...]
    more: int


@dataclass(frozen=True, slots=True)
class GuardLine:
    """One guarded KPI then and now."""

    title: str
    then: str
    then_sample: str
    now: str
    now_sample: str
    tone: Tone
    verdict: str
    href: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One ticket, entry or day. ``ticket_id`` is ``None`` without a page to go to."""

    ticket_id: int | None
    name: str
    day: str
    result: str


@dataclass(frozen=True, slots=True)
class BriefSheet:
    """Everything the brief's template shows. ``since``: the figure of all days since the start."""

    line: PlanLine
    as_of: str
    days: str
    since: str
    target: str
    note: str
    evidence: str
    script: tuple[tuple[str, str], ...]
    before: tuple[CaseLine, ...]
    costliest: tuple[CaseLine, ...]
    went_right: tuple[CaseLine, ...]
    guards: tuple[GuardLine, ...]
    history: tuple[tuple[str, str, str, str], ...]


def coaching_sheet(board: Board, plans: Iterable[Plan]) -> CoachingSheet:
    """The list's values: open plans first, those with something due before the others."""
    every = list(plans)
    found = plan_lines(board, every[:MOST_LINES])
    is_closed = {one.plan_id for one in every if one.closed is not None}
    standing_open = [one for one in found if one.plan_id not in is_closed]
    return CoachingSheet(
        as_of=words.clock_time(board.view.as_of, board.view.policy.zone),
        open=tuple(sorted(standing_open, key=lambda one: not one.is_due)),
        closed=tuple(one for one in found if one.plan_id in is_closed),
        more=len(every) - len(found),
    )


def plan_lines(board: Board, plans: Iterable[Plan]) -> tuple[PlanLine, ...]:
    """Plans in their order, one line each; also the part about plans on a technician's page."""
    found = [standing(board, one) for one in plans]
    people = roster.names(board.view.connection, {one.plan.tech_id for one in found})
    return tuple(_line(one, people[one.plan.tech_id]) for one in found)


def brief_sheet(board: Board, made: Brief) -> BriefSheet:
    """The brief's values."""
    now, plan, zone = made.standing, made.standing.plan, board.view.policy.zone
    base = plan.baseline
    return BriefSheet(
        line=_line(now, made.name),
        as_of=words.clock_time(board.view.as_of, zone),
        days=words.days(now.now.first_day, now.now.last_day),
        since=f"{script.value(now.since)} (n = {words.count(now.since.sample)})",
        target=f"{base.target / 10_000:g}%",
        note=plan.note,
        evidence=f"/kpis/{plan.kpi}?{urlencode({'window': '90d', 'tech_id': plan.tech_id})}",
        script=tuple((_TOPICS[line.topic], line.words) for line in made.script),
        before=_cases(base.costliest),
        costliest=_cases(made.costliest),
        went_right=_cases(made.went_right),
        guards=tuple(_guard(one, plan.tech_id) for one in now.guards),
        history=tuple(
            (
                words.moment(one.at, board.view.as_of, zone),
                _KINDS[one.kind],
                one.author,
                str(one.said.get("sentence") or one.said.get("note") or ""),
            )
            for one in reversed(plan.history)
        ),
    )


def _line(now: Standing, name: str) -> PlanLine:
    plan = now.plan
    day = plan.next_check_back
    return PlanLine(
        plan_id=plan.plan_id,
        tech_id=plan.tech_id,
        name=name,
        title=_title(plan.kpi),
        tone=_TONES[now.state],
        state=BY_STATE[now.state].capitalize(),
        then=script.value(plan.baseline.figure),
        now=script.value(now.now),
        sample=words.count(now.now.sample),
        goal=script.shown(plan.goal_value),
        goal_day=script.date(plan.goal_day),
        check_back="" if day is None else script.date(day),
        is_due=now.is_due,
        note=_note(now),
    )


def _note(now: Standing) -> str:
    if now.plan.closed is not None:
        return str(now.plan.closed.said["sentence"])
    if now.slipped:
        return f"slipped: {', '.join(_title(kpi) for kpi in now.slipped)}"
    return WHY_NOT.get(now.reason, "")


def _guard(one: Guarded, tech_id: int) -> GuardLine:
    return GuardLine(
        title=_title(one.kpi),
        then=script.value(one.then),
        then_sample=words.count(one.then.sample),
        now=script.value(one.now),
        now_sample=words.count(one.now.sample),
        tone=Tone.ACT if one.slipped else Tone.NONE if one.reason else Tone.GOOD,
        verdict="Slipped" if one.slipped else WHY_NOT.get(one.reason, "Held").capitalize(),
        href=f"/kpis/{one.kpi}?{urlencode({'window': '30d', 'tech_id': tech_id})}",
    )


def _cases(found: Iterable[Case]) -> tuple[CaseLine, ...]:
    return tuple(_case(one) for one in found)


def _case(one: Case) -> CaseLine:
    whole = Measured("", 0, one.numerator, one.denominator, 1, None, None, one.day, one.day)
    name = f"Ticket {one.ticket_id}" if one.ticket_id is not None else "The day's hours"
    return CaseLine(one.ticket_id, name, script.date(one.day), f"{script.value(whole)}")


def _title(kpi: str) -> str:
    return words.short_title(kpi) or kpi
