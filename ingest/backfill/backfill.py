"""The backfill: reads the past page by page, and can be killed and begun again anywhere.

A page's facts and the id it goes on after are stored in one transaction, so what was stored is never read again and
what was not is. It asks for one page at a time and holds one in memory. Its source leaves most of the hourly budget to
the feeds; where that is used up, or Autotask does not answer, it waits and says so. What may not be read (a permission
is missing) is left out, said at the end, and read by the next ``techscore backfill``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from ingest import inbox
from ingest.autotask.filters import AnyFilter
from ingest.backfill import store
from ingest.backfill.patience import Patience, Say, Sleep
from ingest.backfill.plan import Part, parts
from ingest.backfill.progress import Progress, seldom
from ingest.backfill.store import Standing
from ingest.feeds.rows import fact_of, fields_of, row_id
from ingest.feeds.source import Page, Source
from models.clock import Clock
from models.database import Database
from models.errors import (
    AutotaskError,
    BadAnswer,
    Invalid,
    PermissionMissing,
    Unauthorized,
)
from models.inbox import Fact
from models.instants import Instant

log: Any = structlog.get_logger()


class Past(Source, Protocol):
    """Autotask as the backfill sees it (``ingest.autotask.client``)."""

    async def count(self, collection: str, filters: Sequence[AnyFilter]) -> int: ...


class Backfill:
    """One session of a backfill, new or gone on with. ``say`` is told how it goes."""

    def __init__(
        self, source: Past, main: Database, clock: Clock, since: Instant, say: Say, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._source = source
        self._main = main
        self._clock = clock
        self._tell = seldom(say)
        self._patience = Patience(say, sleep)
        self._began_at = clock.now()
        with main.write() as connection:
            self._run = store.open_run(connection, since, self._began_at)
            self._standings = store.standings(connection, self._run)
        self._parts = parts(self._run.since, self._run.started_at)
        self._rows_before = sum(one.rows_read for one in self._standings.values())
        self.left_out: list[str] = []

    @property
    def run_id(self) -> int:
        """Which backfill this session goes on with."""
        return self._run.id

    async def run(self) -> str:
        """Read everything that is not read yet; how it ended, in words. ``Unauthorized`` leaves it."""
        for part in self._parts:
            await self._part(part, self._count)
        for part in self._parts:
            await self._part(part, self._read)
        if all(self._standing(part).is_done for part in self._parts):
            with self._main.write() as connection:
                store.finish(connection, self._run, self._clock.now())
        return self._told()

    async def _part(self, part: Part, work: Callable[[Part], Awaitable[None]]) -> None:
        try:
            await self._patience.until_answered(part.name, lambda: work(part))
        except Unauthorized:
            raise
        except AutotaskError as error:
            self._leave_out(part.name, error)

    async def _count(self, part: Part) -> None:
        """How many rows to expect; asked once, for whoever waits wants to know how long."""
        standing = self._standing(part)
        if standing.rows_expected is not None or standing.is_done:
            return
        try:
            expected = await self._source.count(part.collection, part.filters)
        except (PermissionMissing, Invalid, BadAnswer):
            return  # reading says what is the matter, if anything is
        self._keep(part, replace(standing, rows_expected=expected), [])

    async def _read(self, part: Part) -> None:
        if self._standing(part).is_done:
            return
        fields = fields_of(part.entity)
        asked = dict.fromkeys(("id", *fields, *(() if part.cursor is None else (part.cursor,))))
        pages = self._source.pages(part.collection, part.filters, tuple(asked), after_id=self._standing(part).after_id)
        async for page in pages:
            if not page.rows:
                continue
            facts = self._facts(page, part.entity, fields, part.cursor)
            before = self._standing(part)
            read = before.rows_read + len(page.rows)
            self._keep(part, replace(before, after_id=row_id(page.rows[-1]), rows_read=read), facts)
            self._tell(str(self._progress(part)))
        self._keep(part, replace(self._standing(part), is_done=True), [])

    def _leave_out(self, what: str, error: AutotaskError) -> None:
        if what not in self.left_out:
            log.warning("backfill_left_out", what=what, reason=error.reason, detail=error.detail)
            self.left_out.append(what)

    def _facts(self, page: Page, entity: str, fields: Sequence[str], cursor: str | None) -> list[Fact]:
        received_at = self._clock.now()
        return [
            fact_of(entity, row, fields=fields, cursor=cursor, read_at=page.read_at, received_at=received_at)
            for row in page.rows
        ]

    def _keep(self, part: Part, now: Standing, facts: Sequence[Fact]) -> None:
        """Store a page's facts and how far it came, in one transaction."""
        with self._main.write() as connection:
            receipts = inbox.append(connection, facts)
            now = replace(now, rows_stored=now.rows_stored + sum(not receipt.duplicate for receipt in receipts))
            store.put(connection, self._run, {part.name: now})
        self._standings[part.name] = now

    def _standing(self, part: Part) -> Standing:
        return self._standings.get(part.name, Standing())

    def _progress(self, part: Part) -> Progress:
        return Progress(
            part=part.name,
            rows_read=sum(one.rows_read for one in self._standings.values()),
            rows_expected=sum(one.rows_expected or 0 for one in self._standings.values()),
            rows_before=self._rows_before,
            since=self._began_at,
            now=self._clock.now(),
        )

    def _told(self) -> str:
        read = sum(one.rows_read for one in self._standings.values())
        stored = sum(one.rows_stored for one in self._standings.values())
        told = f"{read} rows read, {stored} stored"
        return f"{told}; left out: {', '.join(self.left_out)}" if self.left_out else told
