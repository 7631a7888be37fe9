"""Reading Autotask's logs of deletions (design §4): nudges to read entries again, and tickets that are gone."""

from __future__ import annotations

from ingest import inbox
from ingest.autotask.filters import since
from ingest.feeds import store
from ingest.feeds.plan import DELETED_AT, FIRST_WINDOW, WIDE_OVERLAP, Log, reaches
from ingest.feeds.rows import Row, cursor_of, row_id
from ingest.feeds.source import Kit, server_time
from ingest.observations import gone_fact
from ingest.values import read_id
from models.entities import TICKET
from models.feeds import NudgeKind
from models.inbox import Fact
from models.instants import Instant

_KINDS = {Log.OF_TICKETS: NudgeKind.TICKET, Log.OF_TASKS: NudgeKind.TASK}


class LogReader:
    """The machine of one log. Lines read before are known by their ids; after a restart they nudge once more."""

    essential = False

    def __init__(self, kit: Kit, log: Log) -> None:
        self._kit = kit
        self._log = log
        self._handled: set[int] = set()
        self.name = log.collection
        self.every = log.every

    async def run(self) -> None:
        """Read the lines since the last time."""
        with self._kit.main.read() as connection:
            reached = store.standing(connection, self.name).reached
        if reached is None:
            at = await server_time(self._kit.source, self.name)
            reached = None if at is None else at - FIRST_WINDOW + WIDE_OVERLAP
        filters = () if reached is None else (since(DELETED_AT, reached - WIDE_OVERLAP),)
        rows: list[Row] = []
        upto: Instant | None = None
        pages = self._kit.source.pages(self._log.collection, filters, ("id", self._log.column, DELETED_AT))
        async for page in pages:
            rows += page.rows
            upto = reaches(page.server_at, []) if upto is None else upto
        fresh = [row for row in rows if row_id(row) not in self._handled]
        now = self._kit.clock.now()
        with self._kit.main.write() as connection:
            named = {read_id(row.get(self._log.column)) for row in fresh}
            if kind := _KINDS.get(self._log):
                store.nudge(connection, kind, named, now)
            else:
                known = store.known(connection, TICKET, named)
                inbox.append(connection, self._gone(fresh, known, now))
            store.succeeded(connection, self.name, reached=upto, at=now)
        self._handled = {row_id(row) for row in rows}

    def _gone(self, rows: list[Row], known: set[int], now: Instant) -> list[Fact]:
        """The deletes of tickets that are known, each at the time the log says."""
        found = ((read_id(row.get(self._log.column)), cursor_of(row, DELETED_AT)) for row in rows)
        return [
            gone_fact(TICKET, ticket, seen_at=at, received_at=now)
            for ticket, at in found
            if at is not None and ticket in known
        ]
