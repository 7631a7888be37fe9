"""The inbox: ``store`` is its SQL, ``writer`` the one thread that groups appends into transactions."""

from __future__ import annotations

from ingest.inbox.store import (
    append,
    entities_after,
    entities_at,
    facts_of,
    last_position,
    read_after,
    read_at,
)
from ingest.inbox.writer import InboxWriter

__all__ = [
    "InboxWriter",
    "append",
    "entities_after",
    "entities_at",
    "facts_of",
    "last_position",
    "read_after",
    "read_at",
]
