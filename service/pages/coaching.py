"""The values of the pages ``/coaching`` and ``/coaching/{plan_id}``, and the part about plans on a technician's page.

Of a closed plan the sentence it was closed with, of an open one how it stands: always as a word beside the shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from models.entities import TECHNICIAN_DAYS, TICKET
from models.instants import Day, date_of
from service.coaching import script
from service.coaching.brief import Brief
from service.coaching.measured import Case, Measured, coachable
from service.coaching.plan import Kind, Plan
from service.coaching.script import BY_STATE, WHY_NOT
from service.coaching.standing import Guarded, Standing, State, standing
from service.coaching.start import MOST_CHECK_BACKS, default_check_backs
from service.pages import words
from service.pages.words import Tone
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import Key
from service.scorecards import roster
from service.scorecards.evidence import text_of
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
    """Everything the list's template shows; ``more``: how many plans are not listed; ``people``, ``kpis``, ``days``
    (ISO dates): what the form offers, nothing where it is not shown."""

    as_of: str
    people: tuple[tuple[int, str], ...]
    kpis: tuple[tuple[str, str], ...]
    days: tuple[str, ...]
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
    """Everything the brief's template shows. ``since``: of all days since the start; ``goal_percent`` and ``open_days``
    (ISO dates, and one more where there is room): as the form begins; ``writes``: with forms; ``is_closed``: these may
    only open it again."""

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
    goal_percent: str
    open_days: tuple[str, ...]
    is_closed: bool
    writes: bool


def coaching_sheet(board: Board, plans: Iterable[Plan], *, writes: bool) -> CoachingSheet:
    """The list's values: open plans first, those with something due before the others. ``writes``: with the form."""
    every = list(plans)
    view = board.view
    people = board.roster.members(board.window("90d")) if writes else ()
    found = plan_lines(board, every[:MOST_LINES])
    is_closed = {one.plan_id for one in every if one.closed is not None}
    standing_open = [one for one in found if one.plan_id not in is_closed]
    return CoachingSheet(
        as_of=words.clock_time(view.as_of, view.policy.zone),
        people=tuple((one.tech_id, one.name) for one in people),
        kpis=tuple((key, one.definition.title) for key, one in coachable(board).items()) if writes else (),
        days=_dates(default_check_backs(board)) if writes else (),
        open=tuple(sorted(standing_open, key=lambda one: not one.is_due)),
        closed=tuple(one for one in found if one.plan_id in is_closed),
        more=len(every) - len(found),
    )


def plan_lines(board: Board, plans: Iterable[Plan]) -> tuple[PlanLine, ...]:
    """Plans in their order, one line each."""
    found = [standing(board, one) for one in plans]
    people = roster.names(board.view.connection, {one.plan.tech_id for one in found})
    return tuple(_line(one, people[one.plan.tech_id]) for one in found)


def lines_of(board: Board, plans: Iterable[Plan], tech_id: int) -> tuple[PlanLine, ...]:
    """A technician's plans for their page, the open ones first (``plans.html``: ``plan_lines(lines, false)``)."""
    own = [one for one in plans if one.tech_id == tech_id]
    return plan_lines(board, sorted(own, key=lambda one: one.closed is not None)[:MOST_LINES])


def brief_sheet(board: Board, made: Brief, *, writes: bool) -> BriefSheet:
    """The brief's values."""
    tickets = _tickets(board, (*made.standing.plan.baseline.costliest, *made.costliest, *made.went_right))
    now, plan, zone = made.standing, made.standing.plan, board.view.policy.zone
    base = plan.baseline
    return BriefSheet(
        line=_line(now, made.name),
        as_of=words.clock_time(board.view.as_of, zone),
        days=_span(now.now, board.today),
        since=f"{script.value(now.since)} (n = {words.count(now.since.sample)})",
        target=f"{base.target / 10_000:g}%",
        note=plan.note,
        evidence=f"/kpis/{plan.kpi}?{urlencode({'window': '90d', 'tech_id': plan.tech_id})}",
        script=tuple((_TOPICS[line.topic], line.words) for line in made.script),
        before=_cases(base.costliest, tickets),
        costliest=_cases(made.costliest, tickets),
        went_right=_cases(made.went_right, tickets),
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
        goal_percent=f"{Decimal(plan.goal).scaleb(-4).normalize():f}",
        open_days=(*_dates(plan.open_days), "")[:MOST_CHECK_BACKS],
        is_closed=plan.closed is not None,
        writes=writes,
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


def _tickets(board: Board, cases: Iterable[Case]) -> Mapping[int, str]:
    """Number and title of tickets by id, as far as a fact said them."""
    ids = {one.ticket_id for one in cases if one.ticket_id is not None}
    states = load_states(board.view.connection, (Key(TICKET, number) for number in ids))
    told = {key.id: (text_of(one, "ticketNumber"), text_of(one, "title")) for key, one in states.items()}
    return {number: " ".join(part for part in parts if part) for number, parts in told.items()}


def _cases(found: Iterable[Case], tickets: Mapping[int, str]) -> tuple[CaseLine, ...]:
    return tuple(_case(one, tickets) for one in found)


def _case(one: Case, tickets: Mapping[int, str]) -> CaseLine:
    whole = script.value(Measured("", 0, one.numerator, one.denominator, 1, None, None, one.day, one.day))
    if one.ticket_id is None:
        return CaseLine(
            None, "The day's hours" if one.subject_type == TECHNICIAN_DAYS else "No ticket", _on(one), whole
        )
    return CaseLine(one.ticket_id, tickets.get(one.ticket_id) or f"Ticket {one.ticket_id}", _on(one), whole)


def _span(figure: Measured, today: Day) -> str:
    """The days of a figure; on the day of the talk none has come yet."""
    if figure.first_day > today:
        return f"from {script.date(figure.first_day)} on"
    return words.days(figure.first_day, figure.last_day)


def _dates(days: Iterable[Day]) -> tuple[str, ...]:
    return tuple(date_of(day).isoformat() for day in days)


def _on(one: Case) -> str:
    return script.date(one.day)


def _title(kpi: str) -> str:
    return words.short_title(kpi) or kpi
