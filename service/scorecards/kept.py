"""What was worked out under one policy, kept by the sums it was worked out from.

An event changes a figure or two; all the others come of the same sums as at the look before. A *place* is whose
figures they are and of which days. Figures hold exact fractions, and these cost far more than the sums they come of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias, TypeVar

from models.ledger import Scope
from models.policy import Policy
from service.scorecards.cards import Card, KpiFigure
from service.scorecards.terms import Terms, terms_in_force
from service.scorecards.windows import Window

MOST_PLACES = 5_000
MOST_POLICIES = 4

Place: TypeAlias = tuple[Window, Scope, int]
Inputs = TypeVar("Inputs")


class Kept:
    """The terms of one policy, and the latest figures and cards of each place. Threads may share one."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.terms: tuple[Terms, ...] = terms_in_force(policy)
        self._figures: dict[Place, tuple[Sequence[object], tuple[KpiFigure, ...]]] = {}
        self._cards: dict[Place, tuple[tuple[KpiFigure, ...], Card]] = {}

    def figures(
        self, place: Place, inputs: Sequence[Inputs], make: Callable[[int, Inputs], KpiFigure]
    ) -> tuple[KpiFigure, ...]:
        """The figures that come of these inputs, one each; ``make(number, input)`` makes those that are new."""
        known = self._figures.get(place)
        if known is not None and known[0] == inputs:
            return known[1]
        before = zip(*known, strict=True) if known is not None and len(known[0]) == len(inputs) else ()
        same = {number: figure for number, (was, figure) in enumerate(before) if was == inputs[number]}
        made = tuple(same.get(number) or make(number, given) for number, given in enumerate(inputs))
        if len(self._figures) >= MOST_PLACES:
            self._figures.clear()
        self._figures[place] = (inputs, made)
        return made

    def card(self, place: Place, figures: tuple[KpiFigure, ...], name: str, make: Callable[[], Card]) -> Card:
        """The card of these very figures under that name."""
        known = self._cards.get(place)
        if known is not None and known[0] is figures and known[1].name == name:
            return known[1]
        card = make()
        if len(self._cards) >= MOST_PLACES:
            self._cards.clear()
        self._cards[place] = (figures, card)
        return card


_kept: list[Kept] = []
_lock = Lock()


def kept_under(policy: Policy) -> Kept:
    """What is kept under a policy; policies not asked for lately are forgotten."""
    with _lock:
        for number, one in enumerate(_kept):
            if one.policy is policy:
                if number:
                    _kept.insert(0, _kept.pop(number))
                return one
        _kept.insert(0, Kept(policy))
        del _kept[MOST_POLICIES:]
        return _kept[0]
