"""Setting aside: an event that cannot be read, a subject whose KPI raises (I6). Neither blocks anybody else."""

from __future__ import annotations

from models.errors import Unreadable
from models.inbox import StoredFact
from models.instants import MINUTE, Instant
from models.ledger import Parked, ParkedKind
from service.projection.ledger.tables import Key
from service.projection.story import Moment

INBOX = "inbox"
REFUSED_BY_DATABASE = "refused_by_database"
FIRST_RETRY: Instant = MINUTE
MAX_DOUBLINGS = 8


def parked_event(row: StoredFact, error: Unreadable, now: Instant) -> Parked:
    """An event set aside because it cannot be read."""
    return Parked(
        kind=ParkedKind.EVENT,
        item_type=INBOX,
        item_id=row.position,
        reason=error.reason,
        detail=error.detail,
        since=now,
        attempts=1,
    )


def parked_subject(key: Key, failure: str, before: Parked | None, moment: Moment) -> Parked:
    """A subject set aside because a KPI raised on it."""
    return Parked(
        kind=ParkedKind.SUBJECT,
        item_type=key.type,
        item_id=key.id,
        reason="kpi_raised",
        detail=failure,
        since=moment.now if before is None else before.since,
        attempts=1 if before is None else before.attempts + 1,
    )


def retry_at(row: Parked, moment: Moment) -> Instant:
    """When a parked subject is tried again by itself: after a minute, then twice as long each time."""
    return moment.now + (FIRST_RETRY << min(row.attempts - 1, MAX_DOUBLINGS))
