"""Reading rows by a list of ids: their own, or those of what they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ingest.autotask.catalogue import CATALOGUE
from ingest.autotask.filters import is_in
from ingest.feeds.rows import fact_of, fields_of, requested
from ingest.feeds.source import IDS_AT_ONCE, Kit
from ingest.feeds.store import slices
from models.inbox import Fact
from models.instants import Instant


@dataclass(slots=True)
class Found:
    """The facts of the rows found, and when the first of them were read at the earliest."""

    facts: list[Fact] = field(default_factory=list)
    read_at: Instant = 0


async def read_by(kit: Kit, entity: str, column: str, ids: Collection[int], *, cursor: str | None) -> Found:
    """All rows of which ``column`` is one of ``ids``."""
    fields = fields_of(entity)
    found = Found()
    for some in slices(sorted(ids), IDS_AT_ONCE):
        async for page in kit.source.pages(CATALOGUE[entity].collection, (is_in(column, some),), requested(entity)):
            found.read_at = found.read_at or page.read_at
            received_at = kit.clock.now()
            found.facts += [
                fact_of(entity, row, fields=fields, cursor=cursor, read_at=page.read_at, received_at=received_at)
                for row in page.rows
            ]
    return found
