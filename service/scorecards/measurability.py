"""Whether a KPI can be measured here at all, judged for the tenant at the ledger's time (kpis.md R2).

A tenant that maps no status to Resolution Plan has breaches of it and never an event: a number could be made
of that, and would say nothing about anybody. What a KPI needs to have seen is its definition's *witness*.
"""

from __future__ import annotations

from sqlalchemy import Connection

from models.instants import Day, add_days
from models.ledger import Scope
from models.policy import Policy
from service.kpis.registry import KPIS
from service.projection.rules import Rules
from service.scorecards.sums import read_sums

TEAM_ID = 0


def not_measurable(connection: Connection, policy: Policy, today: Day) -> dict[str, str]:
    """The KPIs that cannot be measured, each with the reason word, in the order of kpis.md §3."""
    rules = Rules.of(policy)
    unfit = {kpi.key: kpi.definition.unfit(rules) for kpi in KPIS if kpi.definition.unfit is not None}
    witnesses = {kpi.key: kpi.definition.witness for kpi in KPIS if kpi.definition.witness is not None}
    seen: set[str] = set()
    for days in {witness.days for witness in witnesses.values()}:
        measures = [f"{key}.{witness.measure}" for key, witness in witnesses.items() if witness.days == days]
        found = read_sums(connection, measures, Scope.TEAM, (TEAM_ID,), add_days(today, 1 - days), today)
        seen.update(measure for (measure, _), sums in found.items() if sums.sample)
    unseen = {key: one.reason for key, one in witnesses.items() if f"{key}.{one.measure}" not in seen}
    reasons = {key: reason for key, reason in unfit.items() if reason} | unseen
    return {kpi.key: reasons[kpi.key] for kpi in KPIS if kpi.key in reasons}
