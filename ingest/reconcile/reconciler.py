"""Reconciliation: reads what changed in the last days anew, and mends what is stored where it differs.

The feeds miss nothing that they are told of; this is for what nobody tells: a change that moved no change time, a row
that became visible late, a fact lost by a fault of ours. Whatever differs is counted (``reconcile_drift``) and repaired
as any row would come in. A row that changed in the last minutes is the feeds' still and not counted.

An entity that is stored, changed within these days and is not shown any more is asked for by its id. Absence is no
proof of deletion (design §4): time entries are taken for deleted by the rules of ``ingest.feeds.entries``, others when
Autotask says that this user may query every row, and no more than a fifth of them is missing at once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from ingest import inbox
from ingest.autotask.filters import AnyFilter, is_in, since
from ingest.backfill.patience import Patience, Say, Sleep
from ingest.backfill.progress import seldom
from ingest.feeds.entries import Wanted, refetch
from ingest.feeds.plan import CHANGE_FEEDS, SWEEPS
from ingest.feeds.reading import read_by
from ingest.feeds.rows import cursor_of, fact_of, fields_of, row_id
from ingest.feeds.source import EVERY_ROW, IDS_AT_ONCE, Kit, Page
from ingest.feeds.store import slices
from ingest.feeds.vanished import Sighted, gone_facts
from ingest.reconcile import store
from ingest.reconcile.compare import differences, suspects
from ingest.reconcile.known import Known, known, known_between
from ingest.reconcile.store import Kind
from models import entities as e
from models.errors import AutotaskError, MassDelete, Unauthorized
from models.inbox import Fact
from models.instants import HOUR, MINUTE, Instant

DAYS = 35
SETTLES: Instant = 2 * MINUTE
DAY: Instant = 24 * HOUR
BRAKE = 0.2
FEW = 5
EVERYTHING = "all"
log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared of an entity: rows whose ``cursor`` moved within the days, or all of them."""

    entity: str
    collection: str
    cursor: str | None


@dataclass
class _Look:
    """What one look at an entity has found so far, and after which id it goes on when it had to wait."""

    found: Counter[Kind] = field(default_factory=Counter)
    compared: int = 0
    after_id: int = -1
    absent: list[Known] = field(default_factory=list)


def scopes() -> list[Scope]:
    """Everything that is compared, furniture first."""
    dated = [Scope(one.entity, one.collection, one.cursor) for one in CHANGE_FEEDS]
    polled = {one.entity for one in dated}
    swept = [Scope(one.entity, one.collection, None) for one in SWEEPS if one.entity not in polled]
    return [*swept, *dated]


class Reconciler:
    """One reconciliation. ``say`` is told how it goes."""

    def __init__(self, kit: Kit, days: int, say: Say, sleep: Sleep = asyncio.sleep) -> None:
        self._kit = kit
        self._since = kit.clock.now() - days * DAY
        self._tell = seldom(say)
        self._patience = Patience(say, sleep)
        self.found: Counter[tuple[str, Kind]] = Counter()
        self.left_out: list[str] = []

    async def run(self) -> str:
        """Compare and repair everything; what differed, in words. ``Unauthorized`` leaves it."""
        for scope in scopes():
            look = partial(self._reconcile, scope, _Look(), _Look())
            try:
                await self._patience.until_answered(scope.collection, look)
            except Unauthorized:
                raise
            except AutotaskError as error:
                log.warning("reconcile_left_out", what=scope.collection, reason=error.reason, detail=error.detail)
                self.left_out.append(f"{scope.collection} ({error.reason})")
        return self._told()

    async def _reconcile(self, scope: Scope, look: _Look, results: _Look) -> None:
        fields = fields_of(scope.entity)
        asked = dict.fromkeys(("id", *fields, *(() if scope.cursor is None else (scope.cursor,))))
        filters: tuple[AnyFilter, ...] = EVERY_ROW if scope.cursor is None else (since(scope.cursor, self._since),)
        pages = self._kit.source.pages(scope.collection, filters, tuple(asked), after_id=look.after_id)
        async for page in pages:
            fresh = _fresh(page, scope.cursor)
            self._repair(scope.entity, self._facts(page, scope, fields), fresh, look)
            if scope.entity == e.TICKET:
                await self._results(page, fresh, results)
            await self._suspect(scope, page, look)
            self._tell(f"{scope.collection}: {look.compared} compared, {look.found.total()} differed")
        await self._suspect(scope, None, look)
        await self._delete(scope, look)
        self._count(scope.entity, look)
        if scope.entity == e.TICKET:
            self._count(e.SLA_RESULT, results)

    def _facts(self, page: Page, scope: Scope, fields: Sequence[str]) -> list[Fact]:
        now = self._kit.clock.now()
        return [
            fact_of(scope.entity, row, fields=fields, cursor=scope.cursor, read_at=page.read_at, received_at=now)
            for row in page.rows
        ]

    def _repair(self, entity: str, facts: Sequence[Fact], fresh: Collection[int], look: _Look) -> None:
        with self._kit.main.read() as connection:
            stored = known(connection, entity, [fact.entity_id for fact in facts])
        found = differences(facts, stored)
        look.compared += len(facts)
        self._append([one.fact for one in found])
        look.found.update(one.kind for one in found if one.fact.entity_id not in fresh)

    async def _results(self, page: Page, fresh: Collection[int], look: _Look) -> None:
        """The service level results of a page's tickets: they have no change time of their own."""
        ids = {row_id(row) for row in page.rows}.difference(fresh)
        results = await read_by(self._kit, e.SLA_RESULT, "ticketID", ids, cursor=None)
        self._repair(e.SLA_RESULT, results.facts, (), look)

    async def _suspect(self, scope: Scope, page: Page | None, look: _Look) -> None:
        """Whatever is stored between the ids of a page (``None``: after the last) and is not shown by it."""
        shown = [] if page is None else [row_id(row) for row in page.rows]
        up_to = max(shown, default=look.after_id) if page is not None else None
        changed_since = -1 if scope.cursor is None else self._since
        with self._kit.main.read() as connection:
            for some in known_between(connection, scope.entity, look.after_id, up_to, max(changed_since, 0)):
                look.absent += suspects(some, shown, changed_since)
                await asyncio.sleep(0)  # whatever else runs in this loop has its turn
        look.after_id = look.after_id if up_to is None else up_to

    async def _delete(self, scope: Scope, look: _Look) -> None:
        if not look.absent:
            return
        if scope.entity == e.TIME_ENTRY:
            await self._refetch(look)
        absent = {one.entity_id: one for one in look.absent}
        read_at: Instant = 0
        for ids in slices(sorted(absent), IDS_AT_ONCE):
            async for page in self._kit.source.pages(scope.collection, (is_in("id", ids),), ("id",)):
                read_at = read_at or page.read_at
                for row in page.rows:
                    absent.pop(row_id(row), None)
        if not absent:
            return
        if len(absent) > max(FEW, BRAKE * (look.compared + len(absent))):
            raise MassDelete(f"{scope.collection}: {len(absent)} of {look.compared + len(absent)} are missing at once")
        information = await self._kit.source.entity_information(scope.collection)
        if str(information.get("userAccessForQuery", EVERYTHING)).strip().lower() != EVERYTHING:
            log.warning("reconcile_absent", what=scope.collection, count=len(absent), advice="not all may be seen")
            return
        gone = [Sighted(scope.entity, one.entity_id, one.seen_at, one.fields) for one in absent.values()]
        self._append(gone_facts(gone, read_at, self._kit.clock.now()))
        look.found[Kind.DELETED] += len(gone)

    async def _refetch(self, look: _Look) -> None:
        """Entries of tickets and tasks go by the rules of the feeds; those left belong to neither."""
        tickets = frozenset(_number(one, "ticketID") for one in look.absent) - {0}
        tasks = frozenset(_number(one, "taskID") for one in look.absent) - {0}
        wanted = Wanted(tickets, tasks)
        if wanted.tickets or wanted.tasks:
            facts = await refetch(self._kit, wanted)
            self._append(facts)
        with self._kit.main.read() as connection:
            now = known(connection, e.TIME_ENTRY, [one.entity_id for one in look.absent])
        look.found[Kind.DELETED] += sum(not one.exists for one in now.values())
        look.absent = [one for one in now.values() if one.exists and not _number(one, "ticketID", "taskID")]

    def _append(self, facts: Sequence[Fact]) -> None:
        if facts:
            with self._kit.main.write() as connection:
                inbox.append(connection, facts)

    def _count(self, entity: str, look: _Look) -> None:
        with self._kit.main.write() as connection:
            store.write(connection, entity, look.found, self._kit.clock.now())
        for kind, number in look.found.items():
            self.found[entity, kind] = number
            if number:
                log.warning("reconcile_drift", entity=entity, kind=kind.value, count=number)

    def _told(self) -> str:
        drift = [f"{entity} {kind.value}: {number}" for (entity, kind), number in sorted(self.found.items()) if number]
        told = f"repaired: {', '.join(drift)}" if drift else "nothing differed"
        return f"{told}; left out: {', '.join(self.left_out)}" if self.left_out else told


def _number(one: Known, *names: str) -> int:
    """The first of the fields that holds an id, or 0."""
    return next((value for name in names if isinstance(value := one.fields.get(name), int)), 0)


def _fresh(page: Page, cursor: str | None) -> set[int]:
    """The rows that changed so lately that the feeds may not have come by yet."""
    changed = {row_id(row): cursor_of(row, cursor) for row in page.rows}
    return {one for one, at in changed.items() if at is not None and at > page.server_at - SETTLES}
