"""The client of Autotask's REST API: what the rest of the product reads and writes there, and nothing more.

Queries go by id: each page asks for the ids after the last one, so that a read can be taken up anywhere and rows
that change meanwhile are neither skipped nor repeated. Only the fields asked for are requested, prose never
(design §4). Every failure is an ``AutotaskError`` (``models.errors``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from copy import copy
from random import Random
from typing import Any, Self

import httpx

from ingest.autotask.caller import THRESHOLD, Caller, NoObserver, Observer, Sleep
from ingest.autotask.credentials import Credentials
from ingest.autotask.filters import AnyFilter, gt, wire
from ingest.autotask.limits import Budget
from ingest.autotask.values import FieldInfo, Found, Page, Row, Threshold, field_info, row_id, threshold_of
from ingest.autotask.zone import Zone
from ingest.prose import is_prose
from ingest.values import read_id
from models.clock import Clock, WallClock
from models.errors import BadAnswer
from models.settings_values import HOURLY_BUDGET

PAGE_SIZE = 500
ONE_FILTER = frozenset(("TicketHistory",))
"""Collections whose query takes exactly one filter (reference/autotask.md §5): their pages follow each other."""

_MOST_EMPTY_PAGES = 20
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class AutotaskClient:
    """One tenant's API, for one event loop. ``budget`` is shared by all clients of a process."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        zone_url: str | None = None,
        budget: Budget | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        rng: Random | None = None,
        observer: Observer | None = None,
    ) -> None:
        clock = clock or WallClock()
        budget = budget or Budget(HOURLY_BUDGET, clock)
        self._http = httpx.AsyncClient(transport=transport, timeout=_TIMEOUT, trust_env=False)
        self._caller = Caller(
            credentials,
            Zone(credentials.username, zone_url, self._http),
            self._http,
            budget,
            budget,
            clock=clock,
            sleep=sleep,
            rng=rng or Random(),  # noqa: S311 - jitter needs no cryptographic randomness
            observer=observer or NoObserver(),
        )

    async def aclose(self) -> None:
        """Close the connections; twice is fine."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def leaving(self, left: float) -> AutotaskClient:
        """This client for work that is not urgent: it stops while less than this part of the budget is left.

        Closing either closes both.
        """
        other = copy(self)
        other._caller = self._caller.leaving(left)  # noqa: SLF001 - a copy of our own
        return other

    async def pause(self, seconds: float) -> None:
        """Wait as the client itself does between attempts."""
        await self._caller.sleep(seconds)

    async def pages(
        self,
        collection: str,
        filters: Sequence[AnyFilter],
        fields: Sequence[str],
        *,
        after_id: int = -1,
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[Page]:
        """Every row with an id above ``after_id``, by id, page by page; at least one page, which may be empty.

        ``id`` is always among the fields. ``ValueError`` for prose and for page sizes Autotask has not.
        """
        _check(fields, page_size)
        include = list(dict.fromkeys(("id", *fields)))
        after, empty, path = after_id, 0, f"{collection}/query"
        body = _query(filters, include, page_size, after)
        while True:
            answer = await self._caller.call("POST", path, body)
            page, following, ordered = _page(answer.document, answer.times(), after)
            yield page
            if following is None:
                return
            empty = 0 if page.rows else empty + 1
            if empty > _MOST_EMPTY_PAGES:
                raise BadAnswer(f"{collection}: page after page without rows")
            if collection in ONE_FILTER or not page.rows:
                path = following  # Autotask pages by itself: the same verb and body again
                continue
            if not ordered:
                raise BadAnswer(f"{collection}: rows do not come by id, so that pages could miss some")
            after, path = row_id(page.rows[-1]), f"{collection}/query"
            body = _query(filters, include, page_size, after)

    async def query(
        self, collection: str, filters: Sequence[AnyFilter], fields: Sequence[str], *, after_id: int = -1
    ) -> AsyncIterator[Row]:
        """The rows of ``pages``."""
        async for page in self.pages(collection, filters, fields, after_id=after_id):
            for row in page.rows:
                yield row

    async def get(self, collection: str, entity_id: int) -> Found:
        """One entity with every field but prose; its absence comes as 404, as ``null`` or as words under 500.

        That it is absent is no proof that it was deleted: it may be hidden from us.
        """
        answer = await self._caller.call("GET", f"{collection}/{entity_id}", absent=True)
        row = answer.document.get("item")
        if row is not None:
            row_id(row)
            row = {name: value for name, value in row.items() if not is_prose(name)}
        return Found(row, *answer.times())

    async def count(self, collection: str, filters: Sequence[AnyFilter]) -> int:
        """How many rows match."""
        answer = await self._caller.call("POST", f"{collection}/query/count", {"Filter": wire(filters)})
        return _number(answer.document, "queryCount")

    async def fields(self, collection: str) -> Mapping[str, FieldInfo]:
        """What Autotask says of a collection's fields, picklists included, by name."""
        answer = await self._caller.call("GET", f"{collection}/entityInformation/fields")
        raw = answer.document.get("fields")
        if not isinstance(raw, list):
            raise BadAnswer(f"{collection}: no list of fields")
        found = [field_info(item) for item in raw if isinstance(item, dict)]
        return {info.name: info for info in found}

    async def entity_information(self, collection: str) -> Mapping[str, Any]:
        """What may be done with a collection (``supportsWebhookCallouts``, ``canQuery`` …)."""
        answer = await self._caller.call("GET", f"{collection}/entityInformation")
        info = answer.document.get("info")
        if not isinstance(info, dict):
            raise BadAnswer(f"{collection}: no entity information")
        return info

    async def threshold(self) -> Threshold:
        """How much of the tenant's hourly limit is used; counts against it itself."""
        return threshold_of((await self._caller.call("GET", THRESHOLD)).document)

    async def children(self, path: str) -> tuple[Row, ...]:
        """The rows below an entity, such as ``TicketWebhooks/7/Fields``; small lists only."""
        rows: list[Row] = []
        following: str | None = path
        while following is not None:
            answer = await self._caller.call("GET", following)
            page, following, _ = _page(answer.document, (0, 0), -1)
            rows += page.rows
            if following is not None and not page.rows:
                raise BadAnswer(f"{path}: a page without rows that is not the last")
        return tuple(rows)

    async def create(self, path: str, item: Mapping[str, Any]) -> int:
        """Make an entity; its id. ``OutcomeUnknown``: it may have been made."""
        return _number((await self._caller.call("POST", path, dict(item), write=True)).document, "itemId")

    async def update(self, path: str, item: Mapping[str, Any]) -> int:
        """Change the given fields of an entity: ``path`` is its collection, its id stands in ``item``."""
        return _number((await self._caller.call("PATCH", path, dict(item), write=True)).document, "itemId")

    async def delete(self, path: str) -> bool:
        """Delete an entity; ``False``: there was none."""
        return (await self._caller.call("DELETE", path, write=True, absent=True)).error is None


def _check(fields: Sequence[str], page_size: int) -> None:
    if not 1 <= page_size <= PAGE_SIZE:
        raise ValueError(f"a page has 1 to {PAGE_SIZE} rows")
    prose = sorted(filter(is_prose, fields))
    if prose:
        raise ValueError(f"prose is never requested: {', '.join(prose)}")


def _query(filters: Sequence[AnyFilter], include: list[str], page_size: int, after: int) -> dict[str, Any]:
    keyed = [*filters, gt("id", after)] if after >= 0 else filters
    return {"MaxRecords": page_size, "IncludeFields": include, "Filter": wire(keyed)}


def _page(document: dict[str, Any], times: tuple[int, int], after: int) -> tuple[Page, str | None, bool]:
    """The page in an answer, the address of the next one, and whether the rows came by id."""
    raw = document.get("items")
    if not isinstance(raw, list):
        raise BadAnswer("an answer without items")
    ids = [row_id(row) for row in raw]
    fresh = sorted(
        ((number, row) for number, row in zip(ids, raw, strict=True) if number > after), key=lambda one: one[0]
    )
    if raw and not fresh:
        raise BadAnswer("rows that were not asked for")
    details = document.get("pageDetails")
    following = details.get("nextPageUrl") if isinstance(details, dict) else None
    if following is not None and not isinstance(following, str):
        raise BadAnswer("the next page's address is no text")
    return Page(tuple(row for _, row in fresh), *times), following or None, ids == sorted(ids)


def _number(document: dict[str, Any], name: str) -> int:
    try:
        return read_id(document.get(name))
    except ValueError as error:
        raise BadAnswer(f"an answer without {name}") from error
