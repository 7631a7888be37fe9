"""Contests: what managers said about a ticket and a KPI, read from the inbox where it lies as facts (kpis.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from ingest import inbox, observations
from models.entities import CONTEST, Observation
from models.inbox import StoredFact
from models.instants import Instant
from service.projection.fold import EntityState

_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Made:
    """One contest. ``credit_to``: who gets the credit, ``None`` = the ticket is taken out of the KPI."""

    contest_id: int
    ticket_id: int
    kpi: str
    credit_to: int | None
    reason: str
    author: str
    made_at: Instant
    undone_at: Instant | None
    undone_by: str | None


def contests(connection: Connection, first_id: int = 0, last_id: int = _MOST) -> list[Made]:
    """The contests with these ids, newest first; read from the main database."""
    rows = inbox.facts_of(connection, CONTEST, first_id, last_id, inbox.last_position(connection))
    found = []
    for number, group in groupby(rows, key=lambda row: row[1]):
        state = EntityState(CONTEST, number)
        for observation in _read(stored for _, _, stored in group):
            state.fold(observation)
        if state.number("madeAt") is not None:
            found.append(_made(state))
    return sorted(found, key=lambda one: (-one.made_at, -one.contest_id))


def _read(stored: Iterable[StoredFact]) -> Iterator[Observation]:
    read = (observations.read(one) for one in stored)
    return (one for one in read if one is not None)


def _made(state: EntityState) -> Made:
    undone = state.value("undone") is True
    return Made(
        contest_id=state.entity_id,
        ticket_id=state.number("ticketID") or 0,
        kpi=str(state.value("kpi")),
        credit_to=state.number("creditTo"),
        reason=str(state.value("reason")),
        author=str(state.value("author")),
        made_at=state.number("madeAt") or 0,
        undone_at=state.number("undoneAt") if undone else None,
        undone_by=str(state.value("undoneBy")) if undone else None,
    )
