"""Fetching histories: one call per ticket, so only for tickets that need one, the newest first, a few at a time.

Which tickets need one is the ledger's to say (``Wanted``): those that a KPI leaves out as ``history_unknown``, be it
that a backfill met them late, that a gap lies over them, or that an event of theirs was lost. So it is not a call for
every ticket that a gap touched, but for each whose transitions somebody misses.

A history that is still wanted after an import is fetched again a day later: a gap came after it, or a row was not
understood and the ticket has changed since. When more words are known, what was not understood is fetched at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, func, select

from ingest import inbox
from ingest.autotask.filters import eq
from ingest.autotask.values import FieldInfo
from ingest.feeds import store
from ingest.feeds.source import Source
from ingest.feeds.vanished import last_sightings
from ingest.history.labels import Labels, names_of
from ingest.history.reader import read_history
from ingest.history.words import REVISION
from ingest.inbox.tables import INBOX
from ingest.own import history_fact
from ingest.prose import parse
from models.clock import Clock
from models.database import Database
from models.entities import HISTORY, RESOURCE, TICKET
from models.errors import BudgetSpent, Invalid, NotFound
from models.instants import HOUR, SECOND, Instant, parse_instant

COLLECTION = "TicketHistory"
FIELDS = ("id", "ticketID", "resourceID", "action", "date", "detail")
TICKETS_AT_ONCE = 40
LABELS_HOLD: Instant = HOUR
AGAIN_AFTER: Instant = 20 * HOUR
"""A ticket's history is not fetched twice within this time: a nightly look is soon enough."""
LOOKS_AGAIN: Instant = HOUR
"""So long is not asked whether a history that was not understood has changed since."""

Wanted = Callable[[], Iterable[int]]
log: Any = structlog.get_logger()


class Tenant(Source, Protocol):
    """Autotask as the importer sees it (``ingest.autotask.client``)."""

    async def fields(self, collection: str) -> Mapping[str, FieldInfo]: ...


@dataclass(frozen=True, slots=True)
class Import:
    """The last import of a ticket's history."""

    at: Instant
    understood: bool
    words: int
    is_behind: bool
    """Whether a fact of the ticket was stored since."""


class HistoryImporter:
    """A lane of the feeds (``ingest.feeds.lanes``): the histories of the next tickets that need one."""

    name = COLLECTION
    every: Instant = 10 * SECOND
    essential = False

    def __init__(self, source: Tenant, main: Database, clock: Clock, wanted: Wanted) -> None:
        """``wanted``: the tickets that need a history, newest first."""
        self._source = source
        self._main = main
        self._clock = clock
        self._wanted = wanted
        self._labels: tuple[Instant, Labels] | None = None
        self._later: dict[int, Instant] = {}

    async def run(self) -> None:
        """Fetch, read and store; each ticket by itself, so that little is lost when the budget is spent."""
        imported = 0
        try:
            for ticket in self._next(TICKETS_AT_ONCE):
                await self._import(ticket)
                imported += 1
        except BudgetSpent:
            return  # nobody waits for these; they are wanted still when there is budget again
        finally:
            if imported:
                log.info("histories_imported", tickets=imported)
        with self._main.write() as connection:
            store.succeeded(connection, self.name, reached=None, at=self._clock.now())

    def _next(self, limit: int) -> list[int]:
        now = self._clock.now()
        self._later = {ticket: until for ticket, until in self._later.items() if until > now}
        found: list[int] = []
        with self._main.read() as connection:
            for ticket in self._wanted():
                if ticket in self._later:
                    continue
                last = last_import(connection, ticket)
                if last is None or _is_due(last, now):
                    found.append(ticket)
                else:  # this process knows no more words before then
                    self._later[ticket] = max(last.at + AGAIN_AFTER, now + LOOKS_AGAIN)
                if len(found) == limit:
                    break
        return found

    async def _import(self, ticket: int) -> None:
        labels = await self._known_labels()
        rows: list[Mapping[str, Any]] = []
        read_at: Instant | None = None
        try:
            async for page in self._source.pages(COLLECTION, (eq("ticketID", ticket),), FIELDS):
                read_at = page.read_at if read_at is None else read_at
                rows += page.rows
        except (Invalid, NotFound) as error:  # a ticket that may not be seen; the others may
            log.info("history_refused", ticket=ticket, reason=error.reason)
            self._later[ticket] = self._clock.now() + AGAIN_AFTER
            return
        reading = read_history(rows, labels)
        now = self._clock.now()
        fact = history_fact(
            ticket,
            now if read_at is None else read_at,
            reading.lines,
            understood=reading.understood,
            received_at=now,
            unknown=reading.unknown,
            words=REVISION,
        )
        with self._main.write() as connection:
            inbox.append(connection, [fact])

    async def _known_labels(self) -> Labels:
        now = self._clock.now()
        if self._labels is None or now - self._labels[0] >= LABELS_HOLD:
            infos = await self._source.fields("Tickets")
            with self._main.read() as connection:
                people = _people(connection)
            self._labels = (now, Labels.of({**_picklists(infos), "assignedResourceID": people}))
        return self._labels[1]


def last_import(connection: Connection, ticket: int) -> Import | None:
    """The last import of a ticket's history, if there was one."""
    rows = inbox.facts_of(connection, HISTORY, ticket, ticket, inbox.last_position(connection))
    if not rows:
        return None
    document: Any = parse(rows[-1][2].body)
    fields = document["Fields"]
    of_ticket = select(func.max(INBOX.c.position)).where(INBOX.c.entity_type == TICKET, INBOX.c.entity_id == ticket)
    return Import(
        at=parse_instant(fields["importedAt"]),
        understood=fields["understood"],
        words=int(fields.get("words", 0)),
        is_behind=(connection.execute(of_ticket).scalar() or 0) > rows[-1][2].position,
    )


def _is_due(last: Import, now: Instant) -> bool:
    if not last.understood and last.words < REVISION:
        return True
    return now - last.at >= AGAIN_AFTER and (last.understood or last.is_behind)


def _picklists(infos: Mapping[str, FieldInfo]) -> dict[str, list[tuple[str, int]]]:
    fields = ("status", "queueID", "priority")
    return {
        name: [(one.label, one.value) for one in infos[name].picklist if isinstance(one.value, int)]
        for name in fields
        if name in infos
    }


def _people(connection: Connection) -> list[tuple[str, int]]:
    known: Sequence[int] = sorted(store.all_known(connection, RESOURCE))
    return [
        (name, one.entity_id)
        for one in last_sightings(connection, RESOURCE, known)
        for name in names_of(_text(one.fields.get("firstName")), _text(one.fields.get("lastName")))
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
