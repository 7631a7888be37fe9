"""Places by score, where the policy turns a leaderboard on; nobody has one otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.policy import Policy
from service.scorecards.cards import Card

NO_PLACES: Mapping[int, int] = {}


def places(technicians: Iterable[Card], policy: Policy) -> dict[int, int]:
    """By technician the place, 1 for the highest score; equal scores share one (1, 2, 2, 4), and who has no score has
    no place. Empty without a leaderboard. Of everybody: take it before a card is cut to what somebody may see."""
    if not policy.leaderboard:
        return {}
    scores = {one.tech_id: one.score for one in technicians if one.tech_id is not None and one.score is not None}
    return {tech_id: 1 + sum(1 for other in scores.values() if other > score) for tech_id, score in scores.items()}


def by_place(technicians: Iterable[Card], by_technician: Mapping[int, int]) -> tuple[Card, ...]:
    """Highest first, then who has no place; the order given wherever places say nothing."""
    last = len(by_technician) + 1
    return tuple(sorted(technicians, key=lambda one: by_technician.get(one.tech_id or 0, last)))
