"""What improved and what slipped since the month before, told only where it is more than chance.

A figure moved when its way from floor to target changed by a twentieth, both months have enough to go by, and the
change is more than the noise of both (``service.coaching.noise``). Of hours in fewer days than that needs, nothing is
said: nobody could tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from service.coaching.measured import Measured, measure, read
from service.coaching.noise import fell
from service.pages.cells import figures_of
from service.scorecards.cards import Card, KpiFigure
from service.scorecards.scorecard import Board

LEAST_CHANGE = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class Change:
    """A KPI then and now."""

    before: KpiFigure
    now: KpiFigure

    @property
    def gain(self) -> Fraction:
        """How much of the way from floor to target was made; below 0 where it was lost."""
        return (self.now.attainment or Fraction(0)) - (self.before.attainment or Fraction(0))


def changes(now: Card, before: Card) -> Iterator[Change]:
    """Every KPI of a card with the same of the month before."""
    then = figures_of(before)
    yield from (Change(then[one.kpi], one) for one in now.kpis)


def moved(board: Board, now: Card, before: Card) -> tuple[Change | None, Change | None]:
    """What improved most of a technician's figures and what slipped most, each ``None`` where nothing did."""
    found = sorted((one for one in changes(now, before) if _is_telling(one)), key=lambda one: one.gain)
    worse = (one for one in found if one.gain <= -LEAST_CHANGE)
    better = (one for one in reversed(found) if one.gain >= LEAST_CHANGE)
    return _first(board, now.tech_id, better), _first(board, now.tech_id, worse)


def _first(board: Board, tech_id: int | None, candidates: Iterable[Change]) -> Change | None:
    return next((one for one in candidates if tech_id is not None and _is_more_than_chance(board, tech_id, one)), None)


def _is_telling(change: Change) -> bool:
    return all(one.measurable and one.sufficient and one.attainment is not None for one in (change.before, change.now))


def _is_more_than_chance(board: Board, tech_id: int, change: Change) -> bool:
    then, now = (_measured(board, tech_id, one) for one in (change.before, change.now))
    if then.value is None or then.interval is None or now.value is None or now.interval is None:
        return False
    better = next(one.definition.higher_is_better for one in board.terms if one.key == change.now.kpi)
    pair = ((then.value, then.interval), (now.value, now.interval))
    return fell(*(pair if change.gain < 0 else pair[::-1]), higher_is_better=better)


def _measured(board: Board, tech_id: int, figure: KpiFigure) -> Measured:
    first, last = figure.first_day, figure.last_day
    return measure(read(board, tech_id, [figure.kpi], first, last), figure.kpi, first, last)
