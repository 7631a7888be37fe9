"""Reading every row of an entity, and what to make of rows that are no longer there.

Absence is no proof of deletion: Autotask leaves out silently what a user may not see. A row is taken for deleted only
when it is missing from two complete sweeps in a row, cannot be found by its id either, Autotask says that this user may
query all rows of the entity, and no more than a fifth of the rows are missing at once (the brake: nothing is deleted
then, and the feed fails as ``mass_delete`` until it is over).
"""

from __future__ import annotations

from ingest import inbox
from ingest.autotask.filters import is_in
from ingest.feeds import store
from ingest.feeds.plan import Sweep
from ingest.feeds.rows import Row, fact_of, fields_of, requested, row_id
from ingest.feeds.source import EVERY_ROW, IDS_AT_ONCE, Kit
from ingest.feeds.vanished import Sighted, gone_facts, last_sightings
from models.errors import MassDelete
from models.inbox import Fact
from models.instants import Instant

BRAKE = 0.2
EVERYTHING = "all"


class Sweeper:
    """The machine of one sweep."""

    essential = False

    def __init__(self, kit: Kit, sweep: Sweep, *, beside_feed: bool) -> None:
        """``beside_feed``: a change feed has the collection's name already."""
        self._kit = kit
        self._sweep = sweep
        self._missing_before: set[int] = set()
        self.name = f"{sweep.collection}.all" if beside_feed else sweep.collection
        self.every = sweep.every
        self._fields = fields_of(sweep.entity)

    async def run(self) -> None:
        """Read every row; a sweep that was interrupted begins anew, for it must be complete to say what is missing."""
        with self._kit.main.read() as connection:
            before = store.all_known(connection, self._sweep.entity)
        seen: set[int] = set()
        first_read_at: Instant = 0
        pages = self._kit.source.pages(self._sweep.collection, EVERY_ROW, requested(self._sweep.entity))
        async for page in pages:
            first_read_at = first_read_at or page.read_at
            seen |= {row_id(row) for row in page.rows}
            received_at = self._kit.clock.now()
            facts = [self._fact(row, page.read_at, received_at) for row in page.rows]
            with self._kit.main.write() as connection:
                inbox.append(connection, facts)
        await self._delete(before - seen, len(before), first_read_at)

    async def _delete(self, missing: set[int], out_of: int, read_at: Instant) -> None:
        with self._kit.main.read() as connection:
            sighted = {one.entity_id: one for one in last_sightings(connection, self._sweep.entity, missing)}
        absent = {one for one in missing if one in sighted}
        if len(absent) > BRAKE * out_of:
            raise MassDelete(f"{self.name}: {len(absent)} of {out_of} rows are missing at once")
        sure = sorted(absent & self._missing_before)
        self._missing_before = absent
        gone: list[Sighted] = []
        if sure and await self._may_see_all():
            found = await self._found(sure)
            gone = [sighted[one] for one in sure if one not in found]
        now = self._kit.clock.now()
        with self._kit.main.write() as connection:
            inbox.append(connection, gone_facts(gone, read_at, now))
            store.succeeded(connection, self.name, reached=None, at=now)

    async def _found(self, ids: list[int]) -> set[int]:
        found: set[int] = set()
        for some in store.slices(ids, IDS_AT_ONCE):
            async for page in self._kit.source.pages(self._sweep.collection, (is_in("id", some),), ("id",)):
                found |= {row_id(row) for row in page.rows}
        return found

    async def _may_see_all(self) -> bool:
        """Whether Autotask says that this user may query every row of the entity."""
        information = await self._kit.source.entity_information(self._sweep.collection)
        return str(information.get("userAccessForQuery", EVERYTHING)).strip().lower() == EVERYTHING

    def _fact(self, row: Row, read_at: Instant, received_at: Instant) -> Fact:
        return fact_of(
            self._sweep.entity,
            row,
            fields=self._fields,
            cursor=self._sweep.cursor,
            read_at=read_at,
            received_at=received_at,
        )
