"""Who is about to breach: open SLA events by the business time that is left (kpis.md §3, issue of the wall).

A *risk* is one event of one open ticket. It is at risk with less than a quarter of the business minutes between
creation and due date left, or 30 minutes, whichever is more. A due date outside business hours counts plain minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import literal_column, select, union_all

from models.entities import TICKET
from models.instants import MINUTE, Day, Instant, local_day
from service.kpis.registry import KPIS
from service.projection.fold import EntityState
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import CONTRIBUTION, Key
from service.projection.story import id_or
from service.reading import View
from service.scorecards.burn import business_calendar
from service.scorecards.calendar import BusinessCalendar
from service.scorecards.evidence import text_of
from service.scorecards.roster import names

SLA_KEYS = tuple(kpi.key for kpi in KPIS if kpi.definition.slot == "sla")
LEAST: Instant = 30 * MINUTE
SHARE = 4
"""A quarter of the way is left."""

_C = CONTRIBUTION.c
_COLUMNS = (_C.measure, _C.subject_id, _C.happened_at, _C.tech_id, _C.queue_id, _C.company_id)
# Written out, not bound: only so SQLite can prove that the partial index on each of these reasons serves.
OPEN_EVENTS = union_all(
    *(
        select(*_COLUMNS).where(_C.reason == literal_column(f"'{reason}'"), _C.measure.in_(SLA_KEYS))
        for reason in ("pending", "open_breach")
    )
)


class Band(StrEnum):
    """How soon it is due, in business minutes; ``today``: on this local day."""

    OVER = "over"
    MINUTES_15 = "15m"
    MINUTES_30 = "30m"
    MINUTES_60 = "60m"
    TODAY = "today"
    LATER = "later"


_LIMITS = ((15, Band.MINUTES_15), (30, Band.MINUTES_30), (60, Band.MINUTES_60))


@dataclass(frozen=True, slots=True)
class Risk:
    """One open event. ``left``: microseconds of business time to the due date, negative when over; ``plain``: counted
    by the clock. Ids are -1 for nobody and none; text as outsiders wrote it."""

    kpi: str
    ticket_id: int
    ticket_number: str | None
    title: str | None
    due: Instant
    left: Instant
    plain: bool
    band: Band
    at_risk: bool
    tech_id: int
    holder: str | None
    queue_id: int
    company_id: int
    priority: int


def risks(view: View) -> list[Risk]:
    """Every open SLA event that is not decided, or past due; the most urgent first. Paused ones are left out."""
    rows = view.connection.execute(OPEN_EVENTS).all()
    tickets = load_states(view.connection, {Key(TICKET, row.subject_id) for row in rows})
    holders = names(view.connection, {row.tech_id for row in rows})
    calendar = business_calendar(view)
    found = [
        Risk(
            kpi=row.measure,
            ticket_id=row.subject_id,
            ticket_number=text_of(ticket := tickets.get(Key(TICKET, row.subject_id)), "ticketNumber"),
            title=text_of(ticket, "title"),
            tech_id=row.tech_id,
            holder=holders.get(row.tech_id),
            queue_id=row.queue_id,
            company_id=row.company_id,
            priority=-1 if ticket is None else id_or(-1, ticket.tracked("priority")),
            due=row.happened_at,
            **_urgency(view, calendar, ticket, row.happened_at)._asdict(),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.left, one.due, one.ticket_id, one.kpi))


class _Urgency(NamedTuple):
    left: Instant
    plain: bool
    band: Band
    at_risk: bool


def _urgency(view: View, calendar: BusinessCalendar, ticket: EntityState | None, due: Instant) -> _Urgency:
    plain = not calendar.is_open(due)
    created = None if ticket is None else ticket.number("createDate")
    left, band = band_of(view, calendar, due)
    way = 0 if created is None else due - created if plain else calendar.business_micros(created, due)
    at_risk = band is Band.OVER or left < max(LEAST, way // SHARE) or left <= LEAST
    return _Urgency(left, plain, band, at_risk)


def band_of(view: View, calendar: BusinessCalendar, due: Instant) -> tuple[Instant, Band]:
    """The time left to a due date, in business time where it lies in business hours, and how soon that is."""
    left = calendar.business_micros(view.as_of, due) if calendar.is_open(due) else due - view.as_of
    return left, Band.OVER if due <= view.as_of else _band(view, left, due)


def _band(view: View, left: Instant, due: Instant) -> Band:
    for minutes, band in _LIMITS:
        if left <= minutes * MINUTE:
            return band
    zone = view.policy.zone
    today: Day = local_day(view.as_of, zone)
    return Band.TODAY if local_day(due, zone) == today else Band.LATER
