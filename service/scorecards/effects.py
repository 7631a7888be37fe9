"""What each KPI of a card costs its score (kpis.md §3, tech_score)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from service.scorecards.cards import Card
from service.scorecards.score import Part, score
from service.scorecards.terms import Terms


def effects_of(card: Card, terms: Sequence[Terms]) -> dict[str, Fraction]:
    """The share of the whole score that each KPI that counts costs."""
    by_kpi = {one.key: one for one in terms}
    parts = [
        Part(one.kpi, by_kpi[one.kpi].definition.slot, weight, one.attainment, one.measurable and one.sufficient)
        for one in card.kpis
        if (weight := weight_of(card, by_kpi[one.kpi]))
    ]
    return score(parts).effects


def weight_of(card: Card, terms: Terms) -> Fraction:
    """A KPI's weight in the score of this card: the team's, or a technician's."""
    return terms.team_weight if card.tech_id is None else terms.tech_weight
