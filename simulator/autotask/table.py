"""One collection in memory: rows by id, an order of ids for keyset pages, a journal of the cursor, some indexes.

Rows hold only what is known; what is missing is served as ``null``. The *journal* is every (cursor, id) ever, in
order of time: a filter on the cursor reads its tail instead of all rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from models.instants import Instant, parse_instant
from simulator.autotask.schema import CURSORS, INDEXED, Row

instant_of = lru_cache(maxsize=100_000)(parse_instant)


class Table:
    """The rows of one collection."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self.rows: dict[int, Row] = {}
        self._ids: list[int] = []
        self._cursor = CURSORS.get(collection)
        self._journal: list[tuple[Instant, int]] = []
        self._indexes: dict[str, dict[Any, set[int]]] = {name: {} for name in INDEXED.get(collection, ())}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self.rows)

    def next_id(self) -> int:
        """An id nobody has had."""
        return self._last_id + 1

    def put(self, entity_id: int, fields: Mapping[str, Any]) -> Row:
        """Add the row or change what ``fields`` says of it."""
        row = self.rows.get(entity_id)
        if row is None:
            row = self.rows[entity_id] = {"id": entity_id}
            self._last_id = max(self._last_id, entity_id)
            if not self._ids or self._ids[-1] < entity_id:
                self._ids.append(entity_id)
            else:
                insort(self._ids, entity_id)
        for name, index in self._indexes.items():
            if name in fields and row.get(name) != fields[name]:
                index.get(row.get(name), set()).discard(entity_id)
                index.setdefault(fields[name], set()).add(entity_id)
        row.update(fields)
        if self._cursor is not None and (text := fields.get(self._cursor)):
            entry = (instant_of(text), entity_id)
            if not self._journal or self._journal[-1] <= entry:
                self._journal.append(entry)
            else:
                insort(self._journal, entry)
        return row

    def remove(self, entity_id: int) -> Row | None:
        """Take the row away."""
        row = self.rows.pop(entity_id, None)
        if row is not None:
            del self._ids[bisect_left(self._ids, entity_id)]
            for name, index in self._indexes.items():
                index.get(row.get(name), set()).discard(entity_id)
        return row

    def having(self, name: str, values: Iterable[Any]) -> list[int]:
        """Ids of rows with one of the values, in order; ``name`` is ``id`` or indexed."""
        if name == "id":
            return sorted({value for value in values if value in self.rows})
        index = self._indexes[name]
        return sorted(set().union(*(index.get(value, ()) for value in values)))

    def is_indexed(self, name: str) -> bool:
        """Whether ``having`` can be asked."""
        return name == "id" or name in self._indexes

    def changed_since(self, since: Instant) -> list[int] | None:
        """Ids whose cursor may be at or after ``since``, in order; ``None``: so many that all may be read as well."""
        start = bisect_left(self._journal, (since, -1))
        if len(self._journal) - start > max(2_000, len(self._ids) // 8):
            return None
        return sorted({entity_id for _, entity_id in self._journal[start:] if entity_id in self.rows})

    def after(self, entity_id: int, among: list[int] | None = None) -> Iterator[Row]:
        """Rows with greater ids, in order of id."""
        ids = self._ids if among is None else among
        for place in range(bisect_right(ids, entity_id), len(ids)):
            yield self.rows[ids[place]]
