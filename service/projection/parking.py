"""Setting aside: an event that cannot be read, a subject whose KPI raises (I6). Neither blocks anybody else."""

from __future__ import annotations

from ingest.values import clean_text
from models.errors import Unreadable
from models.inbox import StoredFact
from models.instants import MINUTE, Instant
from models.ledger import Parked, ParkedKind
from service.projection.ledger.tables import Key
from service.projection.story import Moment

INBOX = "inbox"
REFUSED_BY_DATABASE = "refused_by_database"
KPI_RAISED = "kpi_raised"
FIRST_RETRY: Instant = MINUTE
MAX_DOUBLINGS = 8


def parked_event(row: StoredFact, error: Unreadable, before: Parked | None, now: Instant) -> Parked:
    """An event set aside because it cannot be read; since it was received, which no rebuild changes."""
    attempts = 1 if before is None else before.attempts + 1
    return Parked(
        kind=ParkedKind.EVENT,
        item_type=INBOX,
        item_id=row.position,
        reason=error.reason,
        detail=_fit_to_store(error.detail),
        since=row.received_at,
        attempts=attempts,
        retry_at=_retry_at(attempts, now),
    )


def parked_subject(key: Key, failure: str, before: Parked | None, moment: Moment) -> Parked:
    """A subject set aside because a KPI raised on it."""
    attempts = 1 if before is None else before.attempts + 1
    return Parked(
        kind=ParkedKind.SUBJECT,
        item_type=key.type,
        item_id=key.id,
        reason=KPI_RAISED,
        detail=_fit_to_store(failure),
        since=moment.now if before is None else before.since,
        attempts=attempts,
        retry_at=_retry_at(attempts, moment.now),
    )


def _retry_at(attempts: int, now: Instant) -> Instant:
    """When an item is tried again by itself: after a minute, then twice as long each time, up to some four hours."""
    return now + (FIRST_RETRY << min(attempts - 1, MAX_DOUBLINGS))


def _fit_to_store(detail: str) -> str:
    """What a sender or an error wrote, as text that any database takes and any terminal shows as it is."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in clean_text(detail))
