"""A small Autotask for the feeds: rows in memory, its own clock, and the client's interface.

A query sees the rows as they are when it is asked; ``on_query`` may change the world between that and the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.autotask.filters import AnyFilter, Filter
from ingest.autotask.values import FieldInfo, field_info
from models.clock import ManualClock
from models.errors import AutotaskError
from models.instants import SECOND, Instant, isoformat, parse_instant

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page."""

    rows: tuple[Mapping[str, Any], ...]
    read_at: Instant
    server_at: Instant


@dataclass
class Tenant:
    """Collections of rows by id. ``ahead``: how far its clock is ahead of ours."""

    clock: ManualClock
    ahead: Instant = 0
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    hidden: Callable[[str, Row], bool] = lambda _collection, _row: False
    failing: dict[str, AutotaskError] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    on_query: Callable[[str], None] = lambda _collection: None
    access: str = "All"
    picklists: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def now(self) -> Instant:
        return self.clock.now() + self.ahead

    @property
    def text(self) -> str:
        """Its time now, as its rows say it."""
        return isoformat(self.now)

    def put(self, collection: str, entity_id: int, **fields: Any) -> None:
        """Make or change a row."""
        self.rows.setdefault(collection, {}).setdefault(entity_id, {"id": entity_id}).update(fields)

    def ticket(self, ticket_id: int, **fields: Any) -> None:
        """Make or change a ticket now."""
        first = {} if ticket_id in self.rows.get("Tickets", {}) else {"createDate": self.text, "companyID": 7}
        self.put("Tickets", ticket_id, **{**first, "lastActivityDate": self.text, **fields})

    def entry(self, entry_id: int, ticket_id: int, **fields: Any) -> None:
        """Log time on a ticket now, one hour unless said otherwise."""
        logged = {"ticketID": ticket_id, "resourceID": 11, "hoursWorked": 1.0, "createDateTime": self.text}
        self.put("TimeEntries", entry_id, **{**logged, "lastModifiedDateTime": self.text, **fields})

    def delete_entry(self, entry_id: int, *, line: bool = True) -> None:
        """Delete a time entry; ``line``: the log says so."""
        row = self.rows["TimeEntries"].pop(entry_id)
        said = {name: row.get(name) for name in ("ticketID", "startDateTime", "endDateTime", "hoursWorked")}
        if line:
            self.put("DeletedTicketActivityLogs", 900_000 + entry_id, **said, deletedDateTime=self.text)

    async def pages(
        self,
        collection: str,
        filters: Sequence[AnyFilter],
        fields: Sequence[str],
        *,
        after_id: int = -1,
        page_size: int = 500,
    ) -> AsyncIterator[Answer]:
        while True:
            self.asked.append((collection, _words(filters)))
            if (error := self.failing.get(collection) or self.failing.get("*")) is not None:
                raise error
            read_at = self.now
            found = [dict(row) for row in self._matching(collection, filters, after_id)]
            self.on_query(collection)
            page = tuple({name: row.get(name) for name in fields} for row in found[:page_size])
            yield Answer(page, read_at - SECOND, self.now // SECOND * SECOND)
            if len(found) <= page_size:
                return
            after_id = found[page_size - 1]["id"]

    async def entity_information(self, collection: str) -> Mapping[str, Any]:
        return {"name": collection, "userAccessForQuery": self.access}

    async def fields(self, collection: str) -> Mapping[str, FieldInfo]:
        self.asked.append((collection, "fields"))
        return {info.name: info for info in map(field_info, self.picklists.get(collection, []))}

    def picklist(self, collection: str, name: str, **labels: str) -> None:
        """A picklist of the tenant: label by ``v<id>``, in their order."""
        values = [
            {"value": value[1:], "label": label, "isActive": True, "sortOrder": at}
            for at, (value, label) in enumerate(labels.items())
        ]
        others = [one for one in self.picklists.get(collection, []) if one["name"] != name]
        self.picklists[collection] = [*others, {"name": name, "picklistValues": values}]

    def _matching(self, collection: str, filters: Sequence[AnyFilter], after_id: int) -> list[Row]:
        rows = sorted(self.rows.get(collection, {}).values(), key=lambda row: row["id"])
        return [
            row
            for row in rows
            if row["id"] > after_id and not self.hidden(collection, row) and all(_holds(one, row) for one in filters)
        ]


def _holds(one: AnyFilter, row: Row) -> bool:
    assert isinstance(one, Filter)
    value = row.get(one.field)
    if one.op == "in":
        assert isinstance(one.value, tuple)
        return value in one.value
    assert one.op == "gte"
    if value is None:
        return False
    if isinstance(one.value, str):
        return parse_instant(value) >= parse_instant(one.value)
    assert isinstance(one.value, int)
    return bool(value >= one.value)


def _words(filters: Sequence[AnyFilter]) -> str:
    return " ".join(f"{one.op} {one.field}" for one in filters if isinstance(one, Filter))
