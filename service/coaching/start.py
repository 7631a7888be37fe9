"""The changes of a plan as they are written: what is frozen is read from the figures on show, then and there.

Each function gives what a fact says, or refuses with a reason; storing it is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from http import HTTPStatus
from typing import Any

from models.entities import MILLION
from models.errors import Refused
from models.instants import Day, add_days
from service.coaching.cases import costliest
from service.coaching.goal import is_between, next_step, pace
from service.coaching.measured import LONG_DAYS, before_plan, coachable, read
from service.coaching.plan import Kind, Plan
from service.coaching.standing import standing
from service.scorecards.burn import business_calendar
from service.scorecards.scorecard import Board
from service.scorecards.terms import Terms

MOST_CHECK_BACKS = 12
FURTHEST_DAYS = 400
CHECK_BACK_AFTER_DAYS = (14, 30)
_LOOKED_AT = ("mtd", "30d", "90d")
_A_MONTH = 31


def started(
    board: Board,
    tech_id: int,
    *,
    kpi: str | None,
    goal: Decimal | None,
    check_backs: Sequence[Day] | None,
    note: str,
) -> dict[str, Any]:
    """The start of a plan: focus, baseline, guard list, goal and dates, each as asked for or by default."""
    terms = coachable(board)
    chosen = _chosen(terms, focus(board, tech_id) if kpi is None else kpi)
    by_day = read(board, tech_id, terms, add_days(board.today, -LONG_DAYS), board.today)
    figure = before_plan(by_day, chosen, board.today)
    better = chosen.definition.higher_is_better
    step = pace(board, tech_id, chosen.key, higher_is_better=better)
    wanted = next_step(figure.value, chosen.target, step, higher_is_better=better)
    if goal is not None:
        wanted = checked_goal(goal, figure.value, chosen)
    view = board.view
    cases = costliest(board, chosen, tech_id, by_day, figure.first_day, figure.last_day)
    return {
        "kind": Kind.STARTED,
        "tech_id": tech_id,
        "kpi": chosen.key,
        "day": board.today,
        "baseline": {
            "figure": figure.dumped(),
            "as_of": view.as_of,
            "position": view.version.position,
            "generation": view.version.generation,
            "target": round(chosen.target * MILLION),
            "pace": None if step is None else round(step * MILLION),
            "costliest": [asdict(one) for one in cases],
        },
        "guards": [before_plan(by_day, one, board.today).dumped() for key, one in terms.items() if key != chosen.key],
        "goal": wanted,
        "check_backs": default_check_backs(board) if check_backs is None else checked_days(board, check_backs),
        "note": note,
    }


def focus(board: Board, tech_id: int) -> str | None:
    """The KPI that costs the technician's score most: this month, else in the last 30 days, else in 90."""
    for name in _LOOKED_AT:
        found = board.technician(board.window(name), tech_id, "").focus
        if found is not None:
            return found
    return None


def changed_goal(board: Board, plan: Plan, goal: Decimal) -> dict[str, Any]:
    """Another goal, under the target in force."""
    chosen = _chosen(coachable(board), plan.kpi)
    return {"kind": Kind.GOAL, "goal": checked_goal(goal, plan.baseline.figure.value, chosen)}


def changed_check_backs(board: Board, plan: Plan, days: Sequence[Day]) -> dict[str, Any]:
    """Other days to look again; those held stay in the list, and so does one that is due if it is asked for again."""
    past = [day for day in plan.check_backs if day <= plan.held_through or (day <= board.today and day in days)]
    return {"kind": Kind.CHECK_BACKS, "check_backs": [*past, *checked_days(board, set(days) - set(past))]}


def checked_back(board: Board, plan: Plan, note: str) -> dict[str, Any]:
    """A check-back was held: the next one, and all up to today; how the plan stood then."""
    through = max(board.today, plan.next_check_back or board.today)
    return {"kind": Kind.CHECKED_BACK, "through": through, "note": note, "stood": stood(board, plan)}


def closed(board: Board, plan: Plan, sentence: str) -> dict[str, Any]:
    """The end of a plan, in a sentence, and how it stood then."""
    return {"kind": Kind.CLOSED, "sentence": sentence, "stood": stood(board, plan)}


def stood(board: Board, plan: Plan) -> dict[str, Any]:
    """How a plan stands, to be kept as it was."""
    now = standing(board, plan)
    return {
        "state": now.state,
        "figure": now.now.dumped(),
        "slipped": list(now.slipped),
        "as_of": board.view.as_of,
        "position": board.view.version.position,
    }


def checked_goal(goal: Decimal, value: Fraction | None, terms: Terms) -> int:
    """A goal in millionths; ``Refused`` when it is no better than the baseline or lies beyond the target."""
    wanted = round(Fraction(goal) * MILLION)
    if not is_between(wanted, value, terms.target, higher_is_better=terms.definition.higher_is_better):
        detail = f"a goal lies between the baseline and the target {float(terms.target):g}, the target included"
        raise Refused("bad_goal", HTTPStatus.BAD_REQUEST, detail)
    return wanted


def checked_days(board: Board, days: Iterable[Day]) -> list[Day]:
    """Check-backs in order, each once; ``Refused`` for none, too many, or one that is not to come within 400 days."""
    found = sorted(set(days))
    last = add_days(board.today, FURTHEST_DAYS)
    if not found or len(found) > MOST_CHECK_BACKS or not board.today < found[0] <= found[-1] <= last:
        detail = f"1 to {MOST_CHECK_BACKS} days after today, within {FURTHEST_DAYS} days"
        raise Refused("bad_check_back", HTTPStatus.BAD_REQUEST, detail)
    return found


def default_check_backs(board: Board) -> list[Day]:
    """In two weeks and in a month, each on a business day."""
    calendar = business_calendar(board.view)
    found = []
    for days in CHECK_BACK_AFTER_DAYS:
        day = add_days(board.today, days)
        later = (add_days(day, count) for count in range(_A_MONTH))
        found.append(next((one for one in later if calendar.is_business_day(one)), day))
    return sorted(set(found))


def _chosen(terms: dict[str, Terms], kpi: str | None) -> Terms:
    if kpi is None:
        detail = "no KPI of this technician has enough in 90 days to be in a score; name one with kpi"
        raise Refused("no_focus", HTTPStatus.CONFLICT, detail)
    if kpi not in terms:
        detail = "a plan is about a KPI of people that can be measured here"
        raise Refused("not_measurable", HTTPStatus.BAD_REQUEST, detail)
    return terms[kpi]
