"""What a backfill reads, in which order: pure functions of since when and when it was begun.

First the furniture, complete: people, places, companies, endpoints, projects, so that whatever follows finds what it
names. Then tickets and time entries, month by month, *the newest first*: after the
first minutes this month's scorecard stands, and the past fills in behind it. Then what is older than ``since`` but
changed later (open tickets), and at the end what changed while the backfill ran, in case no feed was watching.

Service level results are not in the plan: the feeds read those of every ticket of which a fact is stored.

Months are cut by the time of *creation*, which never changes: a row cannot slip from a month that is still to come
into one that is done. Within a part rows come in the order of their ids, after the last one stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.autotask.filters import AnyFilter, AnyOf, Filter, before, since
from ingest.feeds.plan import CHANGE_FEEDS, CURSORS, SWEEPS
from models import entities as e
from models.instants import MINUTE, Instant, to_datetime, to_instant

OVERLAP: Instant = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Part:
    """One read by id. ``name`` says where it stands in the plan and is what its progress is stored under."""

    name: str
    entity: str
    collection: str
    filters: tuple[AnyFilter, ...] = ()
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class _Dated:
    """An entity that is read by month."""

    entity: str
    collection: str
    created: str

    @property
    def changed(self) -> str:
        return CURSORS[self.entity]


_DATED = (
    _Dated(e.TICKET, "Tickets", "createDate"),
    _Dated(e.TIME_ENTRY, "TimeEntries", "createDateTime"),
)
_BY_ITSELF = {e.TICKET, e.TIME_ENTRY, e.SURVEY}
_ORDER = (e.RESOURCE, e.LOCATION, e.HOLIDAY_SET, e.HOLIDAY, e.AVAILABILITY, e.COMPANY, e.PROJECT, e.TASK)


def parts(since_when: Instant, started_at: Instant) -> list[Part]:
    """Everything a backfill reads, in order."""
    found = _furniture()
    for first, end in _months(since_when, started_at):
        found += [_month(one, first, end) for one in _DATED]
    surveys = AnyOf((since("sendDate", since_when), since("completeDate", since_when)))
    found.append(Part("SurveyResults", e.SURVEY, "SurveyResults", (surveys,), "completeDate"))
    for one in _DATED:
        older = AnyOf((before(one.created, since_when), Filter("notExist", one.created)))
        found.append(_part(one, "older", older, since(one.changed, since_when)))
    found += [_part(one, "meanwhile", since(one.changed, started_at - OVERLAP)) for one in _DATED]
    return found


def _furniture() -> list[Part]:
    """What is read complete, whatever ``since`` is: all that a feed or a sweep reads and that is not dated."""
    swept = [Part(one.collection, one.entity, one.collection, (), one.cursor) for one in SWEEPS]
    known = {part.entity for part in swept} | _BY_ITSELF
    polled = [
        Part(one.collection, one.entity, one.collection, (), one.cursor)
        for one in CHANGE_FEEDS
        if one.entity not in known
    ]
    places = {entity: place for place, entity in enumerate(_ORDER)}
    return sorted((*swept, *polled), key=lambda part: places.get(part.entity, len(places)))


def _month(one: _Dated, first: Instant, end: Instant | None) -> Part:
    until = () if end is None else (before(one.created, end),)
    return _part(one, f"{to_datetime(first):%Y-%m}", since(one.created, first), *until)


def _part(one: _Dated, what: str, *filters: AnyFilter) -> Part:
    return Part(f"{one.collection} {what}", one.entity, one.collection, filters, one.changed)


def _months(first: Instant, last: Instant) -> Iterator[tuple[Instant, Instant | None]]:
    """The months from the newest (which has no end) to the one that begins at ``first``."""
    end: Instant | None = None
    day = to_datetime(last)
    while True:
        begins = to_instant(datetime(day.year, day.month, 1, tzinfo=UTC))
        yield max(begins, first), end
        if begins <= first:
            return
        end = begins
        day = datetime(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1, tzinfo=UTC)
