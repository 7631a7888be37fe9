"""The inbox table as the hot paths see it: plain integers for instants, no ORM objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, String, column, table

from models.inbox import InboxRow, Origin, StoredFact

INBOX = table(
    InboxRow.__tablename__,
    column("position", BigInteger),
    column("received_at", BigInteger),
    column("origin", String),
    column("dedup_key", LargeBinary),
    column("entity_type", String),
    column("entity_id", BigInteger),
    column("content_key", LargeBinary),
    column("body", LargeBinary),
)

STORED = (INBOX.c.position, INBOX.c.received_at, INBOX.c.origin, INBOX.c.body, INBOX.c.dedup_key)
"""The columns ``stored_fact`` reads, in its order."""

_EVENT_KEY_LENGTH = 16


def stored_fact(row: Sequence[Any]) -> StoredFact:
    """The fact in a row that begins with ``STORED``."""
    position, received_at, origin, body, dedup_key, *_ = row
    return StoredFact(position, received_at, Origin(origin), bytes(body), bytes(dedup_key).hex()[:_EVENT_KEY_LENGTH])
