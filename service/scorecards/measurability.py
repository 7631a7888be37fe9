"""Whether a KPI can be measured here at all, judged for the tenant at the ledger's time (kpis.md R2).

A tenant that maps no status to Resolution Plan has breaches of it and never an event: a number could be made
of that, and would say nothing about anybody.
"""

from __future__ import annotations

from sqlalchemy import Connection

from models.instants import Day
from models.ledger import Scope
from service.kpis.registry import KPIS
from service.kpis.sla import DECIDED_BY_EVENT
from service.scorecards.sums import NOTHING, read_sums
from service.scorecards.windows import add_days

NO_EVENT = "no_event_in_90_days"
EVENT_DAYS = 90
TEAM_ID = 0


def not_measurable(connection: Connection, today: Day) -> dict[str, str]:
    """The KPIs that cannot be measured, each with the reason word.

    SLA KPIs: no contribution of the 90 days ending today was decided by rule 3 (kpis.md §3).
    """
    witnesses = {f"{kpi.key}.{DECIDED_BY_EVENT}": kpi.key for kpi in KPIS if kpi.definition.slot == "sla"}
    since = add_days(today, 1 - EVENT_DAYS)
    found = read_sums(connection, witnesses, Scope.TEAM, (TEAM_ID,), since, today)
    return {kpi: NO_EVENT for witness, kpi in witnesses.items() if not found.get((witness, TEAM_ID), NOTHING).sample}
