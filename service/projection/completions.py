"""When a ticket was completed, by the noise rule (kpis.md §1 Completion).

A *spell* is one unbroken stretch of statuses of role ``complete``. A spell that follows another within
15 minutes, with no time entry starting in between, is noise: a thank-you mail. Until those 15 minutes are
over the matter is undecided and the ticket still counts as complete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.entities import Value
from models.instants import HOUR, MINUTE, NEVER, Instant
from service.projection.history import History
from service.projection.rules import Rules

NOISE: Instant = 15 * MINUTE
REOPEN_WITHIN: Instant = 7 * 24 * HOUR
"""Until so long after a completion a reopening counts, inclusive (kpis.md §3)."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The ticket became complete at ``at``, by the sighting ``index``; it was left at ``left_at``, noise and undecided
    leavings apart; ``left_index`` is the sighting by which the status next left the role, noise included."""

    at: Instant
    index: int
    left_at: Instant | None
    left_index: int | None


@dataclass(frozen=True, slots=True)
class Completions:
    """A ticket's completions; whether it counts as complete; until when that is undecided (``NEVER``: decided)."""

    items: tuple[Completion, ...]
    complete: bool
    undecided_until: Instant

    @property
    def last(self) -> Completion | None:
        return self.items[-1] if self.items else None


@dataclass(slots=True)
class _Spell:
    entered: Instant
    index: int
    left: Instant | None = None
    left_index: int | None = None


def _spells(status: History, rules: Rules) -> list[_Spell]:
    """Stretches of ``complete``; a detour through merged, cancelled or duplicate does not end one."""
    spells: list[_Spell] = []
    inside = False
    previous: Value = None
    for number, point in enumerate(status.points):
        if number and point.value == previous:
            continue
        previous = point.value
        if point.value in rules.complete:
            if not inside:
                spells.append(_Spell(point.at, point.nth))
                inside = True
        elif inside:
            if spells[-1].left_index is None:
                spells[-1].left_index = point.nth
            if point.value not in rules.set_aside:
                spells[-1].left = point.at
                inside = False
    return spells


def completions(
    status: History,
    rules: Rules,
    now: Instant,
    worked_between: Callable[[Instant, Instant], bool],
) -> Completions:
    """The completions of a ticket as of ``now``.

    ``worked_between(a, b)``: whether a time entry starts in [a, b].
    """
    kept: list[_Spell] = []
    undecided_until: Instant = NEVER
    undecided = False
    for spell in _spells(status, rules):
        if kept and _is_noise(kept[-1], spell, undecided, worked_between):
            kept[-1].left = spell.left
        else:
            kept.append(_Spell(spell.entered, spell.index, spell.left, spell.left_index))
        undecided = spell.left is not None and now <= spell.left + NOISE
        if undecided and spell.left is not None:
            undecided_until = min(undecided_until, spell.left + NOISE + 1)
    return Completions(
        items=tuple(_completion(spell, undecided=undecided and spell is kept[-1]) for spell in kept),
        complete=bool(kept) and (kept[-1].left is None or undecided),
        undecided_until=undecided_until,
    )


def _completion(spell: _Spell, *, undecided: bool) -> Completion:
    """While a leaving is undecided the ticket still counts as complete: it was not left."""
    return Completion(spell.entered, spell.index, None if undecided else spell.left, spell.left_index)


def _is_noise(
    before: _Spell, after: _Spell, undecided: bool, worked_between: Callable[[Instant, Instant], bool]
) -> bool:
    assert before.left is not None  # a spell follows only one that was left
    if after.entered - before.left > NOISE:
        return False
    return undecided or not worked_between(before.left, after.entered)
