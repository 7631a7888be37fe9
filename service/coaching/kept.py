"""How plans stand, kept between renderings of the metrics: few are worked out at each look, so that none takes long.

A plan is worked out again when it was changed, when a local day has begun, when policy or measurability have changed;
else those looked at longest ago come first. With no more than ``AT_ONCE`` plans every look is exact. Plans closed more
than ``SHOWN_DAYS`` ago are left out.
"""

from __future__ import annotations

from models.database import Database
from models.instants import HOUR
from service.coaching.plan import Plan
from service.coaching.standing import Standing, standing
from service.coaching.store import plans
from service.scorecards.scorecard import Board

AT_ONCE = 5
SHOWN_DAYS = 30


class KeptStandings:
    """What is kept; one for each renderer."""

    def __init__(self, main: Database) -> None:
        self._main = main
        self._kept: dict[int, tuple[object, Standing]] = {}
        """By plan, the one looked at longest ago first."""

    def look(self, board: Board) -> list[Standing]:
        """How each plan stands, as far as it was worked out."""
        with self._main.read() as connection:
            found = {one.plan_id: one for one in plans(connection) if _is_shown(one, board)}
        self._kept = {number: kept for number, kept in self._kept.items() if number in found}
        bases = {number: _basis(one, board) for number, one in found.items()}
        changed = [number for number in found if number not in self._kept or self._kept[number][0] != bases[number]]
        waiting = [*changed, *(number for number in self._kept if number not in changed)]
        for number in waiting[:AT_ONCE]:
            self._kept.pop(number, None)
            self._kept[number] = (bases[number], standing(board, found[number]))
        return [now for _, now in self._kept.values()]


def _is_shown(plan: Plan, board: Board) -> bool:
    return plan.closed is None or plan.closed.at > board.view.as_of - SHOWN_DAYS * 24 * HOUR


def _basis(plan: Plan, board: Board) -> object:
    return plan.history, board.view.policy, board.today, tuple(sorted(board.reasons.items()))
