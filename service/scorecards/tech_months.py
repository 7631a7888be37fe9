"""The technicians' scores of months gone by, kept between renderings of the metrics.

A month is worked out again when the team's sums of it have changed, what can be measured has, the policy has, or a new
local day has begun: then also what moves credit from one to another inside a month, which the team's sums do not show.
One month at each look, the newest first, so that no look takes long; a month not yet worked out is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from service.kpis.companions import NOTHING, Sums
from service.scorecards.scorecard import Board
from service.scorecards.windows import Window


class MonthScore(NamedTuple):
    """A technician's score of a month (``YYYY-MM``)."""

    tech_id: int
    name: str
    month: str
    score: Fraction


class TechMonths:
    """What is kept; one for each renderer."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, tuple[MonthScore, ...]]] = {}

    def look(self, board: Board, sums: Mapping[Window, tuple[Sums, ...]]) -> Iterator[MonthScore]:
        """The scores known of these months, the present one left out; works out at most one that is not up to date."""
        worked_out = False
        gone_by = {month.name: of_month for month, of_month in sums.items() if month.name != _present(sums)}
        for name, of_month in reversed(gone_by.items()):
            if all(one == NOTHING for one in of_month):
                self._kept.pop(name, None)
                continue
            basis = (board.view.policy, tuple(sorted(board.reasons.items())), board.today, of_month)
            known = self._kept.get(name)
            if not worked_out and (known is None or known[0] != basis):
                known = self._kept[name] = (basis, tuple(_scores(board, name)))
                worked_out = True
            if known is not None:
                yield from known[1]
        self._kept = {name: kept for name, kept in self._kept.items() if name in gone_by}


def _present(sums: Mapping[Window, tuple[Sums, ...]]) -> str:
    return max(month.name for month in sums)


def _scores(board: Board, month: str) -> Iterator[MonthScore]:
    for card in board.scorecard(month).technicians:
        if card.score is not None and card.tech_id is not None:
            yield MonthScore(card.tech_id, card.name, month, card.score)
