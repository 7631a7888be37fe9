"""A little Autotask in memory, for tests of what reads it: rows by collection, filters, pages, and failures on demand.

It does what the client promises (``ingest.autotask.client``), not what HTTP does; tests of the way over HTTP use the
simulator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from ingest.autotask.filters import AllOf, AnyFilter, AnyOf
from ingest.autotask.values import FieldInfo, Page
from models.clock import ManualClock
from models.errors import PermissionMissing
from models.instants import SECOND

Row = dict[str, Any]


class Past:
    """Rows that can be asked for. ``calls``: each request, as (verb, collection)."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.rows: dict[str, dict[int, Row]] = {}
        self.picklists: dict[str, dict[str, FieldInfo]] = {}
        self.calls: list[tuple[str, str]] = []
        self.forbidden: set[str] = set()
        self.before_call: Callable[[str, str], None] = lambda _verb, _collection: None
        self.page_size: int | None = None
        self.access = "All"

    def put(self, collection: str, *rows: Row) -> None:
        """Make rows exist, or change them."""
        known = self.rows.setdefault(collection, {})
        for row in rows:
            known[row["id"]] = {**known.get(row["id"], {}), **row}

    def drop(self, collection: str, *ids: int) -> None:
        """Delete rows."""
        for one in ids:
            del self.rows[collection][one]

    async def pages(
        self,
        collection: str,
        filters: Sequence[AnyFilter],
        fields: Sequence[str],
        *,
        after_id: int = -1,
        page_size: int = 500,
    ) -> AsyncIterator[Page]:
        """The rows that match, by id; read when asked for, like the real thing."""
        size = min(page_size, self.page_size or page_size)
        while True:
            self._called("query", collection)
            found = [row for row in self._found(collection, filters) if row["id"] > after_id]
            now = self.clock.now()
            rows = tuple({name: row.get(name) for name in ("id", *fields)} for row in found[:size])
            yield Page(rows, now - SECOND, now)
            if len(found) <= size:
                return
            after_id = found[size - 1]["id"]

    async def count(self, collection: str, filters: Sequence[AnyFilter]) -> int:
        """How many match."""
        self._called("count", collection)
        return len(self._found(collection, filters))

    async def fields(self, collection: str) -> Mapping[str, FieldInfo]:
        """The picklists of a collection."""
        self._called("fields", collection)
        return self.picklists.get(collection, {})

    async def entity_information(self, collection: str) -> Mapping[str, Any]:
        """What may be done with a collection."""
        self._called("information", collection)
        return {"userAccessForQuery": self.access}

    async def delete(self, path: str) -> bool:
        """Delete by path, ``Collection/id``."""
        collection, number = path.split("/")
        self._called("delete", collection)
        return self.rows.get(collection, {}).pop(int(number), None) is not None

    def asked(self, verb: str, collection: str) -> int:
        """How often that was requested."""
        return self.calls.count((verb, collection))

    def _called(self, verb: str, collection: str) -> None:
        self.before_call(verb, collection)
        self.calls.append((verb, collection))
        if collection in self.forbidden:
            raise PermissionMissing(collection)

    def _found(self, collection: str, filters: Sequence[AnyFilter]) -> list[Row]:
        rows = self.rows.get(collection, {})
        return [rows[one] for one in sorted(rows) if all(_holds(item, rows[one]) for item in filters)]


def _holds(item: AnyFilter, row: Row) -> bool:
    if isinstance(item, AnyOf):
        return any(_holds(part, row) for part in item.items)
    if isinstance(item, AllOf):
        return all(_holds(part, row) for part in item.items)
    value: Any = row.get(item.field)
    if item.op == "notExist":
        return value is None
    if value is None:
        return False
    wanted: Any = item.value
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == wanted,
        "gt": lambda: value > wanted,
        "gte": lambda: value >= wanted,
        "lt": lambda: value < wanted,
        "in": lambda: value in wanted,
    }
    return bool(tests[item.op]())
