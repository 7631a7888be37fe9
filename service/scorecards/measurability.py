"""Whether a KPI can be measured here at all, judged for the tenant at the ledger's time (kpis.md R2).

A tenant that maps no status to Resolution Plan has breaches of it and never an event: a number could be made
of that, and would say nothing about anybody. What a KPI needs to have seen is its definition's *witness*.
"""

from __future__ import annotations

from sqlalchemy import Connection

from models.instants import Day
from models.ledger import Scope
from service.kpis.companions import NOTHING
from service.kpis.registry import KPIS
from service.scorecards.sums import read_sums
from service.scorecards.windows import add_days

TEAM_ID = 0


def not_measurable(connection: Connection, today: Day) -> dict[str, str]:
    """The KPIs that cannot be measured, each with the reason word."""
    reasons: dict[str, str] = {}
    for kpi in KPIS:
        witness = kpi.definition.witness
        if witness is not None:
            measure = f"{kpi.key}.{witness.measure}"
            since = add_days(today, 1 - witness.days)
            found = read_sums(connection, (measure,), Scope.TEAM, (TEAM_ID,), since, today)
            if not found.get((measure, TEAM_ID), NOTHING).sample:
                reasons[kpi.key] = witness.reason
    return reasons
