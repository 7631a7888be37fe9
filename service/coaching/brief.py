"""The check-back brief: what to have in hand when two people sit down again. Short; numbers then and now.

``script`` are the six parts of the talk in their order, made of these numbers; the rest is what they rest on.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.instants import add_days
from service.coaching.cases import costliest, went_right
from service.coaching.measured import Case, coachable, read
from service.coaching.plan import Plan
from service.coaching.script import Line, script
from service.coaching.standing import Standing, standing
from service.scorecards import roster
from service.scorecards.scorecard import Board


@dataclass(frozen=True, slots=True)
class Brief:
    """``costliest``, ``went_right``: since the start; what cost most before is in the plan's baseline."""

    standing: Standing
    name: str
    costliest: tuple[Case, ...]
    went_right: tuple[Case, ...]
    script: tuple[Line, ...]


def brief(board: Board, plan: Plan) -> Brief:
    """The brief of a plan at the board's moment."""
    found = standing(board, plan)
    terms = coachable(board).get(plan.kpi)
    name = roster.names(board.view.connection, [plan.tech_id])[plan.tech_id]
    dear: tuple[Case, ...] = ()
    good: tuple[Case, ...] = ()
    first, last = add_days(plan.start_day, 1), found.now.last_day
    if terms is not None:
        by_day = read(board, plan.tech_id, [plan.kpi], first, last)
        dear = costliest(board, terms, plan.tech_id, by_day, first, last)
        good = went_right(board, terms, plan.tech_id, by_day, first, last)
    return Brief(found, name, dear, good, script(found, name, len(good)))
