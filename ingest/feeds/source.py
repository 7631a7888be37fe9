"""What the feeds need of Autotask: a small part of the client's interface, and what every feed holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ingest.autotask.filters import AnyFilter, gte, is_in
from ingest.autotask.values import FieldInfo
from models.clock import Clock
from models.database import Database
from models.instants import Instant

IDS_AT_ONCE = 400
"""Ids asked for in one ``in`` list: Autotask takes at most 500 conditions a call (reference/autotask.md §4)."""

EVERY_ROW = (gte("id", 0),)


class Page(Protocol):
    """Rows as served, in id order; ``read_at`` is a lower bound of when, ``server_at`` the response's ``Date``."""

    @property
    def rows(self) -> tuple[Mapping[str, Any], ...]: ...
    @property
    def read_at(self) -> Instant: ...
    @property
    def server_at(self) -> Instant: ...


class Source(Protocol):
    """Autotask as the feeds see it."""

    def pages(
        self,
        collection: str,
        filters: Sequence[AnyFilter],
        fields: Sequence[str],
        *,
        after_id: int = -1,
        page_size: int = 500,
    ) -> AsyncIterator[Page]: ...

    async def entity_information(self, collection: str) -> Mapping[str, Any]: ...

    async def fields(self, collection: str) -> Mapping[str, FieldInfo]: ...


@dataclass(frozen=True, slots=True)
class Kit:
    """Where feeds read, where they write, and by which clock they act (never by which they ask)."""

    source: Source
    main: Database
    clock: Clock


async def server_time(source: Source, collection: str) -> Instant | None:
    """Autotask's clock now, by a query that gives no more than one row; ``None`` when it does not say."""
    at: Instant | None = None
    async for page in source.pages(collection, (is_in("id", (0,)),), ("id",)):
        at = page.server_at
    return at


async def with_last(pages: AsyncIterator[Page]) -> AsyncIterator[tuple[Page, bool]]:
    """Each page, and whether it is the last, so that the last one is stored together with the end of the read."""
    before: Page | None = None
    async for page in pages:
        if before is not None:
            yield before, False
        before = page
    if before is not None:
        yield before, True
