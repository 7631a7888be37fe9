"""The tickets whose SLA event is past due and has not happened: what a coordinator acts on now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select

from models.entities import RESOURCE, TICKET
from models.instants import Instant
from service.kpis.registry import KPIS
from service.projection.fold import EntityState
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import CONTRIBUTION, Key
from service.scorecards.scopes import queue_names

SLA_KEYS = tuple(kpi.key for kpi in KPIS if kpi.definition.slot == "sla")
LIMIT = 12

_C = CONTRIBUTION.c
# Written out, not bound: only so SQLite can prove that a partial index on this reason serves. The subjects of
# these measures are tickets; asking for that too would make SQLite walk all of them by the primary key.
_OPEN = and_(_C.reason == literal_column("'open_breach'"), _C.measure.in_(SLA_KEYS))


@dataclass(frozen=True, slots=True)
class Overdue:
    """One event of a ticket that is past due. ``provisional``: within grace, or news may still be on its way."""

    kpi: str
    due: Instant
    provisional: bool


@dataclass(frozen=True, slots=True)
class OpenBreach:
    """One ticket with its overdue events, the newest first. ``tech_id``, ``queue_id``: -1 = nobody, none.

    ``number``, ``title``, ``holder`` and ``queue`` (its name) are empty where no fact said them. All text is
    as outsiders wrote it.
    """

    ticket_id: int
    number: str
    title: str
    overdue: tuple[Overdue, ...]
    tech_id: int
    holder: str
    queue_id: int
    queue: str = ""


@dataclass(frozen=True, slots=True)
class OpenBreaches:
    """The tickets breached last, and how many there are in all (``tickets``), by KPI and together."""

    newest: tuple[OpenBreach, ...]
    tickets: int
    by_kpi: dict[str, int]
    oldest_due: Instant | None


def open_breaches(connection: Connection, limit: int = LIMIT, *, tech_id: int | None = None) -> OpenBreaches:
    """The open breaches of a ledger at one moment; the tickets whose latest event became due last come first.

    With ``tech_id`` only those that count against that technician, in the sums too.
    """
    wanted = _OPEN if tech_id is None else and_(_OPEN, _C.tech_id == tech_id)
    newest = func.max(_C.happened_at)
    chosen = connection.execute(
        select(_C.subject_id)
        .where(wanted)
        .group_by(_C.subject_id)
        .order_by(newest.desc(), _C.subject_id.desc())
        .limit(limit)
    )
    ids = [row.subject_id for row in chosen]
    sums = connection.execute(select(_C.measure, func.count().label("breaches")).where(wanted).group_by(_C.measure))
    tickets, oldest = connection.execute(
        select(func.count(_C.subject_id.distinct()), func.min(_C.happened_at)).where(wanted)
    ).one()
    found = {row.measure: int(row.breaches) for row in sums}
    return OpenBreaches(
        newest=_tickets(connection, ids, wanted),
        tickets=int(tickets),
        by_kpi={key: found.get(key, 0) for key in SLA_KEYS},
        oldest_due=oldest,
    )


class _Line(NamedTuple):
    """One open breach as it is stored."""

    ticket_id: int
    kpi: str
    due: Instant
    provisional: int
    tech_id: int
    queue_id: int


def _tickets(connection: Connection, ids: Collection[int], wanted: ColumnElement[bool]) -> tuple[OpenBreach, ...]:
    columns = (_C.subject_id, _C.measure, _C.happened_at, _C.provisional, _C.tech_id, _C.queue_id)
    chosen = select(*columns).where(wanted, _C.subject_id.in_(ids)).order_by(_C.happened_at.desc(), _C.measure)
    lines: dict[int, list[_Line]] = {ticket_id: [] for ticket_id in ids}
    for row in connection.execute(chosen):
        line = _Line(*row)
        lines[line.ticket_id].append(line)
    holders = {Key(RESOURCE, of[0].tech_id) for of in lines.values() if of[0].tech_id >= 0}
    states = load_states(connection, {Key(TICKET, ticket_id) for ticket_id in ids} | holders)
    queues = queue_names(connection)
    return tuple(_breach(of, states, queues) for of in lines.values())


def _breach(lines: Sequence[_Line], states: Mapping[Key, EntityState], queues: Mapping[int, str]) -> OpenBreach:
    last = lines[0]
    ticket, holder = states.get(Key(TICKET, last.ticket_id)), states.get(Key(RESOURCE, last.tech_id))
    return OpenBreach(
        ticket_id=last.ticket_id,
        number=_text(ticket, "ticketNumber"),
        title=_text(ticket, "title"),
        overdue=tuple(Overdue(line.kpi, line.due, bool(line.provisional)) for line in lines),
        tech_id=last.tech_id,
        holder=" ".join(filter(None, (_text(holder, "firstName"), _text(holder, "lastName")))),
        queue_id=last.queue_id,
        queue=queues.get(last.queue_id, ""),
    )


def _text(state: EntityState | None, name: str) -> str:
    value = None if state is None else state.value(name)
    return "" if value is None else str(value).strip()
