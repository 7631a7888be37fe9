"""Figures of technicians and queues that still hold, kept from one rendering of the metrics to the next.

Whoever alone writes a ledger knows whose counters moved: an event moves those of a technician or two, and the figures
of all the others need not be looked for again. A figure is made of counters of its own scope, of the terms, of what can
be measured and of the local day, so these are what it holds by. Only for the process that writes that ledger, and for
one ledger: nobody else knows what moved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeAlias, TypeVar

from models.ledger import Scope
from service.projection.ledger.figures import Whose
from service.scorecards.cards import KpiFigure
from service.scorecards.windows import Window

Made = TypeVar("Made")
ByScopeId: TypeAlias = dict[int, tuple[KpiFigure, ...]]


class Unchanged:
    """What is kept; its basis says of which ledger."""

    def __init__(self) -> None:
        self._basis: object = None
        self._figures: dict[tuple[Window, Scope], ByScopeId] = {}
        self._made: dict[Hashable, tuple[tuple[KpiFigure, ...], Any]] = {}

    def moved(self, whose: Iterable[Whose]) -> None:
        """These counters moved since what is kept was worked out."""
        for scope, scope_id in whose:
            for (_, kept_scope), by_id in self._figures.items():
                if kept_scope == scope:
                    by_id.pop(scope_id, None)

    def figures(self, basis: object, whole: Window, scope: Scope) -> ByScopeId:
        """What is known of a window and scope, to be added to; nothing once the ``basis`` is another."""
        if basis != self._basis:
            self._basis = basis
            self._figures.clear()
            self._made.clear()
        return self._figures.setdefault((whole, scope), {})

    def made(self, what: Hashable, figures: tuple[KpiFigure, ...], make: Callable[[], Made]) -> Made:
        """What is made of these very figures; made anew where they are others than the last time."""
        known = self._made.get(what)
        if known is None or known[0] is not figures:
            known = self._made[what] = (figures, make())
        found: Made = known[1]
        return found
