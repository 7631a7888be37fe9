"""The rows behind a figure: every contribution to a KPI in a scope and window, counted or not (invariant I10).

An *asking* is which contributions; a *cursor* the last row of a page, after which the next begins. Newest first.
The sums of all rows asked for are worked out of the rows themselves, not of the counters a scorecard reads.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BigInteger, ColumnElement, Connection, String, case, cast, func, literal, select, tuple_

from models.entities import TICKET
from models.instants import Day, Instant
from service.kpis.companions import Sums
from service.kpis.contributions import Outcome
from service.projection.fold import EntityState
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import CONTRIBUTION, Key

MOST_ROWS = 500
_MOST = 2**63 - 1
_C = CONTRIBUTION.c
_ORDER = (_C.day, _C.happened_at, _C.subject_type, _C.subject_id, _C.part)
_FIGURES = (
    *("tech_id", "queue_id", "company_id", "numerator", "denominator", "sample"),
    *("outcome", "reason", "rule", "provisional"),
)
COLUMNS = (*_ORDER, *(_C[name] for name in _FIGURES))


class BadCursor(ValueError):
    """A text that no page of ours ended with."""


class Cursor(NamedTuple):
    """The last row of a page."""

    day: Day
    happened_at: Instant
    subject_type: str
    subject_id: int
    part: int

    def __str__(self) -> str:
        return urlsafe_b64encode(orjson.dumps(tuple(self))).decode().rstrip("=")


def cursor_of(text: str) -> Cursor:
    """Read what ``str(cursor)`` wrote; ``BadCursor`` for anything else. It names a place, it grants nothing."""
    try:
        day, happened_at, subject_type, subject_id, part = orjson.loads(
            urlsafe_b64decode(text + "=" * (-len(text) % 4))
        )
    except (ValueError, TypeError) as error:
        raise BadCursor from error
    numbers = (day, happened_at, subject_id, part)
    if not isinstance(subject_type, str) or not all(type(one) is int and abs(one) <= _MOST for one in numbers):
        raise BadCursor
    if not subject_type.isalnum():
        raise BadCursor
    return Cursor(day, happened_at, subject_type, subject_id, part)


class Misses(Enum):
    """Which counted rows to give alone: those that keep a KPI from its best. ``BELOW_ONE`` where higher is better."""

    NOT_ASKED = auto()
    BELOW_ONE = auto()
    ABOVE_NONE = auto()


@dataclass(frozen=True, slots=True)
class Asking:
    """Which contributions: of a measure, on which days, of whom, where, with which outcome (``None`` = any)."""

    measure: str
    first_day: Day
    last_day: Day
    tech_id: int | None = None
    queue_id: int | None = None
    company_id: int | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    misses: Misses = Misses.NOT_ASKED

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = [_C.measure == self.measure, _C.day.between(self.first_day, self.last_day)]
        chosen = (
            (_C.tech_id, self.tech_id),
            (_C.queue_id, self.queue_id),
            (_C.company_id, self.company_id),
            (_C.outcome, None if self.outcome is None else self.outcome.value),
            (_C.reason, self.reason),
        )
        wanted += [column == value for column, value in chosen if value is not None]
        if self.misses is Misses.BELOW_ONE:
            wanted.append(_C.numerator < _C.denominator)
        elif self.misses is Misses.ABOVE_NONE:
            wanted.append(_C.numerator > 0)
        return wanted


@dataclass(frozen=True, slots=True)
class Evidence:
    """One contribution and the ticket it is about. Ids are -1 for nobody and none, as the ledger has them.

    ``ticket_id`` is ``None`` for an entry on no ticket; ``ticket_number`` and ``title`` while no fact said them.
    All text is as outsiders wrote it.
    """

    cursor: Cursor
    tech_id: int
    queue_id: int
    company_id: int
    numerator: int
    denominator: int
    sample: int
    outcome: str
    reason: str
    rule: str
    provisional: int
    ticket_id: int | None
    ticket_number: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Some rows, the sums of all that were asked for, and after which row more follow (``None``: no more)."""

    rows: tuple[Evidence, ...]
    totals: Sums
    next_cursor: Cursor | None


def evidence(connection: Connection, asking: Asking, after: Cursor | None = None, limit: int = 100) -> EvidencePage:
    """At most ``limit`` rows after a cursor."""
    rows, next_cursor = _page(connection, asking, after, limit)
    return EvidencePage(rows, totals(connection, asking), next_cursor)


def every_row(connection: Connection, asking: Asking) -> Iterator[Evidence]:
    """All rows, newest first, a page in memory at a time."""
    rows, after = _page(connection, asking, None, MOST_ROWS)
    yield from rows
    while after is not None:
        rows, after = _page(connection, asking, after, MOST_ROWS)
        yield from rows


def count_rows(connection: Connection, asking: Asking) -> int:
    """How many rows there are."""
    return connection.execute(select(func.count()).select_from(CONTRIBUTION).where(*asking.conditions())).scalar_one()


def _page(
    connection: Connection, asking: Asking, after: Cursor | None, limit: int
) -> tuple[tuple[Evidence, ...], Cursor | None]:
    page = asking.conditions()
    if after is not None:
        place = tuple_(
            literal(after.day, BigInteger),
            literal(after.happened_at, BigInteger),
            literal(after.subject_type, String),
            literal(after.subject_id, BigInteger),
            literal(after.part, BigInteger),
        )
        page += [_C.day <= after.day, tuple_(*_ORDER) < place]
    statement = select(*COLUMNS).where(*page).order_by(*(column.desc() for column in _ORDER)).limit(limit + 1)
    found = [tuple(row) for row in connection.execute(statement)]
    rows = with_tickets(connection, found[:limit])
    return rows, rows[-1].cursor if len(found) > limit else None


def totals(connection: Connection, asking: Asking) -> Sums:
    """The sums of all rows asked for."""
    names = ("numerator", "denominator", "sample")
    counted = case((_C.outcome == Outcome.COUNTED.value, _C.provisional), else_=0)
    sums = [cast(func.coalesce(func.sum(column), 0), BigInteger) for column in (*(_C[name] for name in names), counted)]
    row = tuple(connection.execute(select(*sums).where(*asking.conditions())).one())
    return Sums(*row)


def with_tickets(connection: Connection, found: Sequence[tuple[Any, ...]]) -> tuple[Evidence, ...]:
    """Rows of ``COLUMNS`` with the tickets they are about."""
    cursors = [Cursor(*row[: len(_ORDER)]) for row in found]
    subjects = load_states(connection, {Key(one.subject_type, one.subject_id) for one in cursors})
    ticket_ids = [_ticket_id(one, subjects) for one in cursors]
    missing = {Key(TICKET, number) for number in ticket_ids if number is not None} - subjects.keys()
    states = {**subjects, **load_states(connection, missing)}
    rows = []
    for cursor, row, ticket_id in zip(cursors, found, ticket_ids, strict=True):
        figures = dict(zip(_FIGURES, row[len(_ORDER) :], strict=True))
        ticket = None if ticket_id is None else states.get(Key(TICKET, ticket_id))
        rows.append(
            Evidence(
                cursor=cursor,
                **figures,
                ticket_id=ticket_id,
                ticket_number=text_of(ticket, "ticketNumber"),
                title=text_of(ticket, "title"),
            )
        )
    return tuple(rows)


def _ticket_id(cursor: Cursor, states: Mapping[Key, EntityState]) -> int | None:
    if cursor.subject_type == TICKET:
        return cursor.subject_id
    state = states.get(Key(cursor.subject_type, cursor.subject_id))
    number = None if state is None else state.number("ticketID")
    return None if number is None or number < 0 else number


def text_of(state: EntityState | None, name: str) -> str | None:
    """A text field of a state now, ``None`` while nothing said it."""
    value = None if state is None else state.value(name)
    return str(value).strip() or None if value is not None else None
