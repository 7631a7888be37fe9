"""The terms a KPI is held to: its own target, floor, minimum sample and weights, and what the policy says instead.

These are no part of what a number means: a change takes effect at the next look and builds no new ledger
(design §5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from models.policy import KpiPolicy, Policy
from service.kpis.definition import Definition
from service.kpis.registry import KPIS
from service.scorecards.score import attainment

SLOT = Fraction(1, 8)
"""The share of the whole score that a full slot has (kpis.md §3, tech_score)."""


@dataclass(frozen=True)
class Terms:
    """One KPI with the terms in force. Weights are shares of the whole score; 0 keeps it out of that score."""

    definition: Definition
    target: Fraction
    floor: Fraction
    minimum_sample: int
    tech_weight: Fraction
    team_weight: Fraction

    @property
    def key(self) -> str:
        return self.definition.key

    def attainment(self, value: Fraction | None) -> Fraction | None:
        """How far a value is from floor to target, 0 to 1 (kpis.md §3, tech_score).

        A policy whose one number meets the KPI's other leaves no way between them: then all or nothing.
        """
        if value is None or self.target != self.floor:
            return attainment(value, self.target, self.floor)
        reached = value >= self.target if self.definition.higher_is_better else value <= self.target
        return Fraction(int(reached))


def terms_in_force(policy: Policy, definitions: Iterable[Definition] | None = None) -> tuple[Terms, ...]:
    """The terms of every KPI, in the order of kpis.md §3.

    The policy's ``weight`` counts in slots (1 = a full slot, 0.5 = half of one) and takes the place of the KPI's
    own in each score the KPI is part of; it does not bring a KPI into a score from which kpis.md leaves it out
    (triage is the team's only).
    """
    if definitions is None:
        definitions = (kpi.definition for kpi in KPIS)
    return tuple(_terms(definition, policy.kpis.get(definition.key, KpiPolicy())) for definition in definitions)


def _terms(definition: Definition, own: KpiPolicy) -> Terms:
    return Terms(
        definition=definition,
        target=_else(own.target, definition.target),
        floor=_else(own.floor, definition.floor),
        minimum_sample=definition.minimum_sample if own.minimum_sample is None else own.minimum_sample,
        tech_weight=_weight(own, definition.tech_weight),
        team_weight=_weight(own, definition.team_weight),
    )


def _else(given: Decimal | None, default: Fraction) -> Fraction:
    return default if given is None else Fraction(given)


def _weight(own: KpiPolicy, default: Fraction) -> Fraction:
    return default if own.weight is None or not default else Fraction(own.weight) * SLOT


def misdirected(terms: Iterable[Terms]) -> list[str]:
    """The KPIs whose target does not lie on the better side of their floor, each as a sentence."""
    wrong = []
    for one in terms:
        better = one.target > one.floor if one.definition.higher_is_better else one.target < one.floor
        if not better:
            side = "above" if one.definition.higher_is_better else "below"
            wrong.append(
                f"kpis.{one.key}: target {float(one.target):g} must lie {side} the floor {float(one.floor):g},"
                f" for {one.definition.direction} is better"
            )
    return wrong
