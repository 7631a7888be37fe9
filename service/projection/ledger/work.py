"""The work on tickets: sums by resource for a batch of tickets, entries in order for whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
)

from models.entities import TIME_ENTRY
from models.ledger import NOBODY
from service.projection.edges import WorkRow
from service.projection.ledger.tables import WORK, Key, add_rows, delete_rows, grouped, insert_rows
from service.projection.work import Listed, Pages, Work, WorkSum

PAGE = 100
FEW = 20
"""A ticket of at most so many entries is read with others of its batch, whether or not anybody asks for them."""
_C = WORK.c
_COLUMNS = tuple(_C[name] for name in WorkRow._fields)
_WORK = tuple(_C[name] for name in Work._fields)
_KEY_LENGTH = len(WORK.primary_key)
_ON_TICKETS = _C.ticket_id.in_(bindparam("numbers", expanding=True))
_IN_ORDER = select(_C.ticket_id, *_WORK).where(_C.start >= 0, _ON_TICKETS).order_by(_C.ticket_id, _C.start, _C.entry_id)
_SUMS = (
    select(
        _C.ticket_id,
        _C.tech_id,
        func.count(),
        cast(func.sum(_C.hours), BigInteger),
        func.coalesce(func.min(case((_C.start >= 0, _C.start))), NOBODY),
        func.coalesce(func.min(case((_C.created >= 0, _C.created))), NOBODY),
    )
    .where(_ON_TICKETS)
    .group_by(_C.ticket_id, _C.tech_id)
)


def save_work(connection: Connection, gone: Collection[WorkRow], new: Collection[WorkRow]) -> None:
    """Remove and add rows; one that changed is in both."""
    if gone:
        delete_rows(connection, WORK, WorkRow._fields[:_KEY_LENGTH], [row[:_KEY_LENGTH] for row in sorted(gone)])
    if new:
        insert_rows(connection, WORK, sorted(new))


def add_work(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows that are not there, in their order."""
    add_rows(connection, WORK, rows)


def load_work(connection: Connection, entries: Iterable[Key]) -> set[WorkRow]:
    """The rows of these entries."""
    found: set[WorkRow] = set()
    for _, numbers in grouped(key for key in entries if key.type == TIME_ENTRY):
        found.update(WorkRow(*row) for row in connection.execute(select(*_COLUMNS).where(_C.entry_id.in_(numbers))))
    return found


def sums_of_work(connection: Connection, tickets: Iterable[Key]) -> dict[int, dict[int, WorkSum]]:
    """The sums of each ticket's entries by resource."""
    found: dict[int, dict[int, WorkSum]] = {}
    for _, numbers in grouped(tickets):
        for ticket_id, tech_id, *sums in connection.execute(_SUMS, {"numbers": numbers}).all():
            found.setdefault(ticket_id, {})[tech_id] = WorkSum(*sums)
    return found


def pages_of_work(connection: Connection, sums: Mapping[int, Mapping[int, WorkSum]]) -> dict[int, Pages]:
    """How to read the entries of tickets with these sums: few are read at once, many a page at a time when asked."""
    few = [ticket for ticket, by_tech in sums.items() if sum(one.entries for one in by_tech.values()) <= FEW]
    works: dict[int, list[Work]] = {ticket: [] for ticket in few}
    for _, numbers in grouped(Key("", ticket) for ticket in few):
        for ticket, *row in connection.execute(_IN_ORDER, {"numbers": numbers}).all():
            works[ticket].append(Work(*row))
    pages: dict[int, Pages] = {ticket: TicketPages(connection, ticket) for ticket in sums}
    return pages | {ticket: Listed(tuple(own)) for ticket, own in works.items()}


class TicketPages:
    """One ticket's entries by start; reads a page when asked."""

    def __init__(self, connection: Connection, ticket_id: int) -> None:
        self._connection = connection
        self._ticket_id = ticket_id

    def after(self, start: int, entry_id: int) -> Sequence[Work]:
        """The next entries whose start is known."""
        rows = self._connection.execute(
            select(*_WORK)
            .where(
                _C.ticket_id == self._ticket_id,
                tuple_(_C.start, _C.entry_id) > tuple_(literal(start, BigInteger), literal(entry_id, BigInteger)),
            )
            .order_by(_C.start, _C.entry_id)
            .limit(PAGE)
        )
        return [Work(*row) for row in rows]

    def last(self, until: int, without: frozenset[int]) -> Work | None:
        """The last entry that starts at or before ``until``."""
        statement = select(*_WORK).where(_C.ticket_id == self._ticket_id, _C.start.between(0, until), _C.tech_id >= 0)
        if without:
            statement = statement.where(_C.tech_id.not_in(sorted(without)))
        row = self._connection.execute(statement.order_by(_C.start.desc(), _C.entry_id.desc()).limit(1)).first()
        return None if row is None else Work(*row)
