"""The open tickets of the desk by queue, priority and holder, and how soon their SLA events are due.

A scored ticket that is not complete is *open*: exactly those have an ``open`` row of ``estimate_accuracy``. Both
questions are asked at every rendering of the metrics, so neither follows the history: partial indexes find the rows,
a ticket's priority is read out of its folded state once for each state it is in, and due dates are looked at in their
order, up to the first that is later than all bands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from sqlalchemy import Connection, Row, bindparam, literal_column, select

from models.entities import TICKET
from models.instants import Instant
from service.kpis.estimate_accuracy import ESTIMATE_ACCURACY
from service.projection.fold import load
from service.projection.ledger.tables import CHUNK, CONTRIBUTION, STATE
from service.projection.story import id_or
from service.reading import View
from service.scorecards.at_risk import OPEN_EVENTS, Band, band_of
from service.scorecards.calendar import BusinessCalendar

MOST_LISTED = 15
_C = CONTRIBUTION.c
# Written out, not bound: only so SQLite can prove that the partial index on this reason serves.
OPEN_TICKETS = select(_C.subject_id, _C.queue_id, _C.tech_id).where(
    _C.measure == ESTIMATE_ACCURACY.key, _C.reason == literal_column("'open'")
)
_BODIES = select(STATE.c.entity_id, STATE.c.body).where(
    STATE.c.entity_type == TICKET, STATE.c.entity_id.in_(bindparam("numbers", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Desk:
    """How many tickets are open, by queue and priority (-1 = none), and how many of them nobody holds, by queue."""

    open: Mapping[tuple[int, int], int]
    unassigned: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Due:
    """An SLA event that is due. ``left``: microseconds to its due date, as the band counts. Ids -1 = nobody, none."""

    kpi: str
    ticket_id: int
    tech_id: int
    queue_id: int
    due: Instant
    left: Instant
    band: Band


class Priorities:
    """The priority of each open ticket, by the state it was read from. Forgets those that are open no more."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[bytes, int]] = {}
        self._lock = Lock()

    def of(self, connection: Connection, tickets: Iterable[int]) -> dict[int, int]:
        """Priority by ticket; -1 for none."""
        numbers = sorted(tickets)
        with self._lock:
            found: dict[int, tuple[bytes, int]] = {}
            for start in range(0, len(numbers), CHUNK):
                for number, body in connection.execute(_BODIES, {"numbers": numbers[start : start + CHUNK]}):
                    known = self._known.get(number)
                    found[number] = known if known is not None and known[0] == body else (body, _priority(number, body))
            self._known = found
        return {number: priority for number, (_, priority) in found.items()}


def _priority(number: int, body: bytes) -> int:
    return id_or(-1, load(TICKET, number, body).tracked("priority"))


_priorities = Priorities()


def open_tickets(view: View) -> Desk:
    """The open tickets at the view's moment."""
    rows = view.connection.execute(OPEN_TICKETS).all()
    priorities = _priorities.of(view.connection, (row.subject_id for row in rows))
    return Desk(
        Counter((row.queue_id, priorities.get(row.subject_id, -1)) for row in rows),
        Counter(row.queue_id for row in rows if row.tech_id < 0),
    )


def due_events(view: View, calendar: BusinessCalendar) -> list[Due]:
    """Every open SLA event in the order of its due date, those past due included; paused ones are left out."""
    rows = sorted(view.connection.execute(OPEN_EVENTS).all(), key=lambda row: (row.happened_at, row.subject_id))
    return list(_banded(view, calendar, rows))


def _banded(view: View, calendar: BusinessCalendar, rows: Iterable[Row[tuple[object, ...]]]) -> Iterator[Due]:
    later = False
    for row in rows:
        due = row.happened_at
        if due <= view.as_of:  # how long ago in business time is asked of those listed only
            left, band = due - view.as_of, Band.OVER
        elif later:
            left, band = due - view.as_of, Band.LATER
        else:
            left, band = band_of(view, calendar, due)
            later = band is Band.LATER and calendar.is_open(due)
        yield Due(row.measure, row.subject_id, row.tech_id, row.queue_id, due, left, band)


def most_urgent(view: View, calendar: BusinessCalendar, events: Iterable[Due]) -> list[Due]:
    """At most fifteen to look at now: first what can still be kept, the soonest first; then what was just missed."""
    near = [one for one in events if one.band is not Band.LATER]
    kept = sorted((one for one in near if one.band is not Band.OVER), key=lambda one: (one.left, one.due))
    missed = sorted((one for one in near if one.band is Band.OVER), key=lambda one: -one.due)
    return [replace(one, left=band_of(view, calendar, one.due)[0]) for one in (kept + missed)[:MOST_LISTED]]
