"""Whom and what there are figures of besides the team: technicians, queues and companies, by id.

An id is *known* when a fact names it (a Resource, a Company) or a counter was ever kept for it. Autotask's queues
are no entities: a queue is known by its figures alone, and its name is a picklist's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from ingest.autotask.picklists import QUEUES, Picklist, labels_in
from models.entities import COMPANY, PICKLIST, RESOURCE
from models.ledger import Scope
from service.kpis.registry import KPIS, MEASURES
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import COUNTER, Key
from service.scorecards.evidence import text_of
from service.scorecards.sums import known_ids

ENTITIES = {Scope.TECH: RESOURCE, Scope.COMPANY: COMPANY}
WORDS = {Scope.TECH: "technician", Scope.QUEUE: "queue", Scope.COMPANY: "company"}

_SHOWN = tuple(kpi.key for kpi in KPIS)
_OF_COMPANIONS = tuple(f"{kpi.key}.{one.key}" for kpi in KPIS for one in kpi.definition.companions if one.has_measure)
_ALL = (*(measure.key for measure in MEASURES), *_OF_COMPANIONS)


def is_known(connection: Connection, scope: Scope, scope_id: int) -> bool:
    """Whether anything was ever heard or counted of a technician, queue or company."""
    entity = ENTITIES.get(scope)
    if entity is not None and load_states(connection, [Key(entity, scope_id)]):
        return True
    row = COUNTER.c
    found = select(row.measure).where(row.measure.in_(_ALL), row.scope == scope.value, row.scope_id == scope_id)
    return connection.execute(found.limit(1)).first() is not None


def ids_after(connection: Connection, scope: Scope, after: int, limit: int) -> list[int]:
    """The next ids of which any KPI ever had a figure, ascending; nobody and none (-1) are left out."""
    return [number for number in known_ids(connection, _SHOWN, scope) if number > max(after, -1)][:limit]


def queue_names(connection: Connection) -> Mapping[int, str]:
    """The names of queues, as far as the picklist was read."""
    return picklist_labels(connection, QUEUES)


def picklist_labels(connection: Connection, picklist: Picklist) -> Mapping[int, str]:
    """What a picklist's values are called, as far as it was read."""
    key = Key(PICKLIST, picklist.id)
    state = load_states(connection, [key]).get(key)
    return {} if state is None else labels_in(state.value("labels"))


def company_names(connection: Connection, ids: Collection[int]) -> Mapping[int, str | None]:
    """The names of companies; ``None`` for one that no fact names."""
    states = load_states(connection, (Key(COMPANY, number) for number in ids))
    return {number: text_of(states.get(Key(COMPANY, number)), "companyName") for number in ids}
