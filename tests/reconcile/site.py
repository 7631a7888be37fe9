"""A database that is reconciled with a little Autotask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest import inbox
from ingest.feeds.rows import fact_of, fields_of
from ingest.feeds.source import Kit
from ingest.feeds.store import remember_entries
from ingest.reconcile.known import Known, known
from ingest.reconcile.reconciler import Reconciler
from ingest.reconcile.store import read
from models.clock import ManualClock
from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, SECOND, isoformat, parse_instant
from tests.past import Past

NOW = parse_instant("2026-02-25T12:00:00Z")
CURSORS = {"Ticket": "lastActivityDate", "TimeEntry": "lastModifiedDateTime"}


class Site:
    """What is stored, what Autotask says, and the time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock(NOW)
        self.past = Past(self.clock)
        self.past.page_size = 3
        self.waits: list[float] = []

    def ticket(self, number: int, *, hours_ago: float = 5, **fields: Any) -> dict[str, Any]:
        """A ticket's row."""
        changed = isoformat(NOW - round(hours_ago * HOUR))
        row = {"id": number, "status": 1, "companyID": 5, "createDate": changed, "lastActivityDate": changed, **fields}
        self.past.put("Tickets", row)
        return row

    def entry(self, number: int, **fields: Any) -> dict[str, Any]:
        """A time entry's row."""
        changed = isoformat(NOW - 5 * HOUR)
        row = {"id": number, "resourceID": 7, "hoursWorked": 1.5, "lastModifiedDateTime": changed, **fields}
        self.past.put("TimeEntries", row)
        return row

    def stored(self, entity: str, *rows: Mapping[str, Any]) -> None:
        """Rows that a feed has brought."""
        fields = fields_of(entity)
        seen = self.clock.now() - SECOND
        self.append(
            *(
                fact_of(entity, row, fields=fields, cursor=CURSORS.get(entity), read_at=seen, received_at=seen)
                for row in ({**dict.fromkeys(fields), **row} for row in rows)
            )
        )

    def append(self, *facts: Fact) -> None:
        """Store facts."""
        with self.database.write() as connection:
            inbox.append(connection, facts)

    def remember(self, *entries: int, ticket: int) -> None:
        """Entries that a feed knows to be on a ticket."""
        with self.database.write() as connection:
            remember_entries(connection, dict.fromkeys(entries, (ticket, None)))

    async def reconcile(self, days: int = 35) -> str:
        """Reconcile; what it says at the end."""
        kit = Kit(self.past, self.database, self.clock)
        return await Reconciler(kit, days, lambda _said: None, self.sleep).run()

    def known(self, entity: str, number: int) -> Known:
        """What is stored of an entity now."""
        with self.database.read() as connection:
            return known(connection, entity, [number])[number]

    def drift(self) -> dict[tuple[str, str], int]:
        """What the last reconciliation counted, but for zeros."""
        with self.database.read() as connection:
            return {(one.entity, one.kind.value): one.found for one in read(connection) if one.found}

    def count(self) -> int:
        """How many facts are stored."""
        with self.database.read() as connection:
            return inbox.last_position(connection)

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.waits.append(seconds)
        assert len(self.waits) < 1_000, "it gets nowhere"
        self.clock.advance(round(seconds * SECOND))
