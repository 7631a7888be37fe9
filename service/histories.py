"""Which tickets need their history imported, because transitions of theirs went unseen.

Most the ledger knows: those a KPI leaves out as ``history_unknown``; it has weighed first sightings, gaps, losses and
the policy (kpis.md R14). But a ticket that changed while nobody watched, or of which an event was lost, is also judged
by KPIs that leave nothing out: by which queue and whom it was with. Those tickets are found in the inbox.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, Table, literal_column, select

from ingest.inbox.tables import INBOX
from ingest.reconcile.known import Known, known, known_between, value_of
from models.database import Database
from models.entities import HISTORY, LOST_EVENT, SOURCE_GAP, TICKET
from models.errors import StorageUnavailable
from models.inbox import Origin, StoredFact
from models.instants import HOUR, Instant
from models.ledger import ContributionRow
from service.kpis.watched import HISTORY_UNKNOWN
from service.reading import Reader

AT_MOST = 5_000
LOOKS_BACK: Instant = 35 * 24 * HOUR
CATCHES_UP: Instant = HOUR
"""How long after a gap the rows that changed in it may come in."""
_MEASURES = 3
"""So many measures leave tickets out for it (``service.kpis.watched``); all of them are of tickets."""
_CONTRIBUTION = cast(Table, ContributionRow.__table__)  # type: ignore[attr-defined]


def wanted_histories(main: Database, now: Instant) -> list[int]:
    """Tickets whose history is needed: those something happened to unseen in the last weeks, then those of which a
    KPI needs it, the newest first (none while no ledger is shown)."""
    with main.read() as connection:
        touched = touched_histories(connection, now - LOOKS_BACK)
    reader = Reader(main)
    try:
        with reader.view() as view:
            return list(dict.fromkeys((*touched, *unknown_histories(view.connection))))
    except StorageUnavailable:
        return touched
    finally:
        reader.close()


def touched_histories(connection: Connection, heard_since: Instant) -> list[int]:
    """The tickets that changed in a gap, and those that lost an event, whose history was not read since."""
    touched: dict[int, Instant] = {}
    for losses in known_between(connection, LOST_EVENT, -1, None, heard_since):
        for one in losses.values():
            _touch(touched, one.fields.get("ticketID"), one.fields.get("lostAt"))
    for gaps in known_between(connection, SOURCE_GAP, -1, None, heard_since):
        for one in gaps.values():
            start, end = one.fields.get("startedAt"), one.fields.get("endedAt")
            if isinstance(start, int) and isinstance(end, int):
                for ticket in _changed_in(connection, start, end):
                    _touch(touched, ticket, end)
    told = known(connection, HISTORY, touched)
    return sorted((one for one, at in touched.items() if not _is_told(told.get(one), at)), reverse=True)


def _touch(touched: dict[int, Instant], ticket: object, at: object) -> None:
    if isinstance(ticket, int) and isinstance(at, int):
        touched[ticket] = max(at, touched.get(ticket, at))


def _changed_in(connection: Connection, start: Instant, end: Instant) -> set[int]:
    """The tickets whose row, read when somebody watched again, says that they changed in between."""
    row = INBOX.c
    query = select(row.position, row.received_at, row.origin, row.body, row.entity_id).where(
        row.entity_type == TICKET,
        row.origin == Origin.REST.value,
        row.received_at.between(start, end + CATCHES_UP),
    )
    found: set[int] = set()
    for one in connection.execute(query):
        seen = value_of(StoredFact(one.position, one.received_at, Origin.REST, bytes(one.body), ""))
        if seen is not None and seen.changed_at is not None and start <= seen.changed_at <= end:
            found.add(one.entity_id)
    return found


def _is_told(history: Known | None, at: Instant) -> bool:
    read_at = None if history is None else history.fields.get("importedAt")
    return isinstance(read_at, int) and read_at > at


def unknown_histories(connection: Connection) -> list[int]:
    """The tickets with a contribution left out as ``history_unknown``, by their latest day."""
    row = _CONTRIBUTION.c
    query = (
        select(row.subject_id)
        .where(row.reason == literal_column(f"'{HISTORY_UNKNOWN}'"))  # in words, so that its index is taken
        .order_by(row.day.desc(), row.subject_id.desc())
        .limit(AT_MOST * _MEASURES)
    )
    return list(dict.fromkeys(connection.execute(query).scalars()))[:AT_MOST]
