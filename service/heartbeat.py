"""Whether the leading worker is alive: it says so every few seconds, by the wall clock."""

from __future__ import annotations

from models.clock import WallClock
from models.database import Database
from models.errors import StorageError
from models.instants import SECOND, Instant
from service import desk

SILENT_AFTER: Instant = 15 * SECOND
UNREACHABLE = "storage_unavailable"


def worker_alive(database: Database) -> str | None:
    """The leading worker said so within 15 s of the wall clock, by which it beats."""
    try:
        with database.read() as connection:
            seen_at = desk.leader_seen_at(connection)
    except StorageError:
        return UNREACHABLE
    if seen_at is None:
        return "no_worker_yet"
    return "worker_silent" if WallClock().now() - seen_at > SILENT_AFTER else None
