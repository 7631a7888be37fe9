"""The time entries of a ticket or task, read anew; one that is not there any more may have been deleted.

Autotask says nothing when an entry vanishes, and it also leaves out silently what a user may not see (non-billable
time, for one). So an absent entry is first asked for by its id: it may have been moved. What is not found is deleted
if Autotask's own log of deletions has a line that fits it. Only where that log cannot be read a sample decides: when
more than a fifth of the newest known entries cannot be seen either, it is a permission, and nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from ingest import observations
from ingest.autotask.catalogue import Kind
from ingest.autotask.filters import is_in
from ingest.feeds import store
from ingest.feeds.plan import CURSORS, Log
from ingest.feeds.reading import Found, read_by
from ingest.feeds.rows import Row
from ingest.feeds.source import IDS_AT_ONCE, Kit
from ingest.feeds.vanished import Sighted, gone_facts, last_sightings
from ingest.values import read_value
from models.entities import TIME_ENTRY, Observation
from models.errors import PermissionMissing, Unreadable
from models.inbox import Fact, StoredFact

Parent = tuple[int | None, int | None]
"""The ticket and the task an entry is on."""

BRAKE = 0.2
SAMPLE = 100
SAMPLE_AT_LEAST = 10
_LOGGED = {"startDateTime": Kind.INSTANT, "endDateTime": Kind.INSTANT, "hoursWorked": Kind.DECIMAL}
log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The tickets and tasks whose entries are to be read."""

    tickets: frozenset[int]
    tasks: frozenset[int]


async def refetch(kit: Kit, wanted: Wanted) -> list[Fact]:
    """The facts of all entries of these tickets and tasks, moved and deleted ones included."""
    cursor = CURSORS[TIME_ENTRY]
    facts: list[Fact] = []
    for field, ids in (("ticketID", wanted.tickets), ("taskID", wanted.tasks)):
        facts += (await read_by(kit, TIME_ENTRY, field, ids, cursor=cursor)).facts
    with kit.main.read() as connection:
        known = store.known_entries(connection, tickets=wanted.tickets, tasks=wanted.tasks)
    if absent := known - {fact.entity_id for fact in facts}:
        moved = await read_by(kit, TIME_ENTRY, "id", absent, cursor=cursor)
        facts += [*moved.facts, *await _deleted(kit, wanted, absent, moved)]
    return facts


def remember(connection: Connection, facts: Iterable[Fact]) -> None:
    """Keep on which ticket or task the entries of these facts are."""
    stored = (StoredFact(0, fact.received_at, fact.origin, fact.body, "") for fact in facts)
    store.remember_entries(connection, parents(one for one in map(observed, stored) if one is not None))


def observed(stored: StoredFact) -> Observation | None:
    """The observation of a fact, ``None`` where it makes none or cannot be read."""
    try:
        return observations.read(stored)
    except Unreadable:
        return None


def parents(seen: Iterable[Observation]) -> dict[int, Parent | None]:
    """On which ticket and task each time entry is said to be (``None``: it is gone); the last said of one counts."""
    found: dict[int, Parent | None] = {}
    for one in seen:
        if one.entity_type == TIME_ENTRY and not one.exists:
            found[one.entity_id] = None
        elif one.entity_type == TIME_ENTRY and ("ticketID" in one.fields or "taskID" in one.fields):
            found[one.entity_id] = (_number(one, "ticketID"), _number(one, "taskID"))
    return found


def fits(entry: Sighted, row: Row) -> bool:
    """Whether a line of the log of deletions can be about this entry: what both say is the same, and it is time."""
    said = {name: read_value(name, kind, row.get(name)) for name, kind in _LOGGED.items()}
    if said["hoursWorked"] is None and said["startDateTime"] is None:
        return False  # a note, or an attachment
    return all(value is None or entry.fields.get(name) in (None, value) for name, value in said.items())


async def _deleted(kit: Kit, wanted: Wanted, absent: set[int], moved: Found) -> list[Fact]:
    with kit.main.read() as connection:
        gone = last_sightings(connection, TIME_ENTRY, absent - {fact.entity_id for fact in moved.facts})
    if not gone:
        return []
    try:
        sure = _logged(gone, await _lines(kit, wanted))
    except PermissionMissing:
        sure = gone if await _others_are_there(kit, {one.entity_id for one in gone}) else []
    if len(sure) < len(gone):
        missing = sorted({one.entity_id for one in gone} - {one.entity_id for one in sure})
        log.warning(
            "entries_not_shown", entries=missing[:20], count=len(missing), advice="a permission, not a deletion"
        )
    return gone_facts(sure, moved.read_at, kit.clock.now())


async def _lines(kit: Kit, wanted: Wanted) -> list[tuple[Parent, Row]]:
    """The lines of the logs about these tickets and tasks."""
    lines: list[tuple[Parent, Row]] = []
    for where, ids in ((Log.OF_TICKETS, wanted.tickets), (Log.OF_TASKS, wanted.tasks)):
        for some in store.slices(sorted(ids), IDS_AT_ONCE):
            asked = ("id", where.column, *_LOGGED)
            async for page in kit.source.pages(where.collection, (is_in(where.column, some),), asked):
                for row in page.rows:
                    of = row[where.column]
                    lines.append(((of, None) if where is Log.OF_TICKETS else (None, of), row))
    return lines


def _logged(gone: Sequence[Sighted], lines: list[tuple[Parent, Row]]) -> list[Sighted]:
    """Those entries for which there is a line; each line speaks of one."""
    sure: list[Sighted] = []
    for entry in gone:
        ticket, task = entry.fields.get("ticketID"), entry.fields.get("taskID")
        for number, (parent, row) in enumerate(lines):
            if parent in ((ticket, None), (None, task)) and fits(entry, row):
                sure.append(entry)
                del lines[number]
                break
    return sure


async def _others_are_there(kit: Kit, gone: Collection[int]) -> bool:
    """Whether the newest known entries can be seen, but for a fifth at most."""
    with kit.main.read() as connection:
        newest = set(store.latest_entries(connection, SAMPLE)) - set(gone)
    if len(newest) < SAMPLE_AT_LEAST:
        return False
    there = await read_by(kit, TIME_ENTRY, "id", newest, cursor=CURSORS[TIME_ENTRY])
    return len(newest) - len(there.facts) <= BRAKE * len(newest)


def _number(one: Observation, name: str) -> int | None:
    value = one.fields.get(name)
    return value if isinstance(value, int) else None
