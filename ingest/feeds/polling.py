"""One poll of a feed that asks by change time: pages become facts, stored in one transaction with how far it came.

Rows come in id order, not in that of their changes, so the point reached moves only at the end of a read, to where
Autotask's clock stood at its first page. A read that was interrupted goes on after the last id stored.
"""

from __future__ import annotations

from ingest import inbox
from ingest.autotask.filters import AnyFilter, since
from ingest.feeds import store, watch
from ingest.feeds.entries import remember
from ingest.feeds.plan import (
    FIRST_WINDOW,
    NARROW_OVERLAP,
    WIDE_EVERY,
    WIDE_OVERLAP,
    ChangeFeed,
    reaches,
)
from ingest.feeds.registration import Watcher
from ingest.feeds.rows import cursor_of, fact_of, fields_of, requested, row_id
from ingest.feeds.source import EVERY_ROW, Kit, Page, server_time, with_last
from ingest.feeds.store import Standing
from ingest.feeds.vanished import last_sightings
from models.entities import TICKET, TIME_ENTRY
from models.errors import RowsVanished
from models.instants import Instant

VANISHED_AT_MOST = 0.2
MANY = 3


class Poller:
    """The machine of one change feed."""

    essential: bool

    def __init__(self, kit: Kit, feed: ChangeFeed, watcher: Watcher) -> None:
        self._kit = kit
        self._feed = feed
        self._watcher = watcher
        self._wide_at: Instant | None = None
        self._in_sight: dict[int, Instant] = {}
        self.name = feed.collection
        self.every = feed.every
        self.essential = feed.essential
        self._fields = fields_of(feed.entity)

    async def run(self) -> None:
        """Read what changed since the last time."""
        now = self._kit.clock.now()
        with self._kit.main.read() as connection:
            state = store.standing(connection, self.name)
        start = await self._start(state, now)
        read = _Read(state.pending)
        filters: tuple[AnyFilter, ...] = EVERY_ROW if start is None else (since(self._feed.cursor, start),)
        after = -1 if state.after_id is None else state.after_id
        pages = self._kit.source.pages(self._feed.collection, filters, requested(self._feed.entity), after_id=after)
        async for page, is_last in with_last(pages):
            self._watcher.server_said(page.server_at)
            read.add(page, self._feed.cursor)
            self._store(page, read, start if state.after_id is None else None, is_last=is_last)
        self._in_sight = read.in_sight

    async def _start(self, state: Standing, now: Instant) -> Instant | None:
        """From which change time on to ask; ``None``: every row."""
        if state.reached is None:
            if self._feed.whole:
                return None
            at = state.pending if state.pending is not None else await server_time(self._kit.source, self.name)
            return None if at is None else at - FIRST_WINDOW
        wide = self._wide_at is None or now - self._wide_at >= WIDE_EVERY or state.failing_since is not None
        if wide or state.after_id is not None:
            self._wide_at = now
            return state.reached - WIDE_OVERLAP
        return state.reached - NARROW_OVERLAP

    def _store(self, page: Page, read: _Read, start: Instant | None, *, is_last: bool) -> None:
        received_at = self._kit.clock.now()
        facts = [
            fact_of(
                self._feed.entity,
                row,
                fields=self._fields,
                cursor=self._feed.cursor,
                read_at=page.read_at,
                received_at=received_at,
            )
            for row in page.rows
        ]
        vanished = is_last and start is not None and self._has_vanished(read, start)
        with self._kit.main.write() as connection:
            inbox.append(connection, facts)
            if self._feed.entity == TIME_ENTRY:
                remember(connection, facts)
            if not is_last:
                store.under_way(connection, self.name, after_id=row_id(page.rows[-1]), pending=read.reaches)
                return
            if not vanished:
                store.succeeded(connection, self.name, reached=read.reaches, at=received_at)
            if self._feed.entity == TICKET:
                watch.tickets_read(connection, read.read_at, received_at)
        if vanished:
            raise RowsVanished(f"{self.name}: rows seen a moment ago are not there")

    def _has_vanished(self, read: _Read, start: Instant) -> bool:
        """Whether rows that changed in this very window were seen by the last poll and are not there now.

        A row leaves the window only by a deletion; when many leave at once a permission was withdrawn, for Autotask
        leaves out silently what the user may not see. Then the point reached stays, and whatever changes in the
        meantime is read when the permission is back. What is known to be deleted, by its facts, is not missed.
        """
        due = {one for one, changed in self._in_sight.items() if changed >= start}
        gone = due - read.in_sight.keys()
        if not _are_many(gone, due):
            return False
        with self._kit.main.read() as connection:
            gone = {one.entity_id for one in last_sightings(connection, self._feed.entity, gone)}
        if not _are_many(gone, due):
            return False
        read.in_sight |= {one: self._in_sight[one] for one in gone}
        self._in_sight = read.in_sight
        return True


def _are_many(gone: set[int], due: set[int]) -> bool:
    return len(gone) >= MANY and len(gone) > VANISHED_AT_MOST * len(due)


class _Read:
    """One read of possibly several pages."""

    def __init__(self, pending: int | None) -> None:
        self.reaches = pending
        self.read_at: Instant = 0
        self.in_sight: dict[int, Instant] = {}

    def add(self, page: Page, cursor: str) -> None:
        cursors = {row_id(row): cursor_of(row, cursor) for row in page.rows}
        known = {one: changed for one, changed in cursors.items() if changed is not None}
        self.in_sight |= known
        if self.reaches is None:
            self.reaches = reaches(page.server_at, list(known.values()))
        if not self.read_at:
            self.read_at = page.read_at
