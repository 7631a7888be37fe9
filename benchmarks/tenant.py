"""A big tenant that is not there: every row is made from its number when it is asked for, so it takes no memory.

Serves what a backfill asks (``…/query``, ``…/query/count``, ``ThresholdInformation``) over HTTP. Ids rise with the time
of creation, as in Autotask. Behaviour (errors, limits, latency) is the simulator's business, not this one's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.instants import HOUR, Instant, isoformat, parse_instant

DAYS = 395
PEOPLE = 30

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tenant:
    """So many tickets and time entries, created evenly over ``DAYS`` days up to ``now``."""

    tickets: int
    entries: int
    now: Instant

    def count(self, collection: str) -> int:
        """How many rows a collection has."""
        return {"Tickets": self.tickets, "TimeEntries": self.entries, "Resources": PEOPLE}.get(collection, 0)

    def created(self, collection: str, number: int) -> Instant:
        """When a row was created."""
        return self.now - HOUR - (self.count(collection) - number) * (DAYS * 24 * HOUR // self.count(collection))

    def row(self, collection: str, number: int) -> Row:
        """A row by its number, from 1."""
        if collection == "Resources":
            return {"id": number, "firstName": "Resource", "lastName": str(number), "isActive": True}
        at = isoformat(self.created(collection, number))
        if collection == "Tickets":
            return {
                "id": number,
                "ticketNumber": f"T{number:08}",
                "title": "Printer on fire",
                "companyID": number % 200,
                "status": 5,
                "queueID": number % 5 + 1,
                "assignedResourceID": number % PEOPLE + 1,
                "createDate": at,
                "completedDate": at,
                "lastActivityDate": at,
            }
        return {
            "id": number,
            "ticketID": (number - 1) * self.tickets // self.entries + 1,
            "resourceID": number % PEOPLE + 1,
            "hoursWorked": 0.5,
            "startDateTime": at,
            "endDateTime": at,
            "dateWorked": at,
            "createDateTime": at,
            "lastModifiedDateTime": at,
        }

    def found(self, collection: str, filters: list[Row]) -> Iterator[Row]:
        """The rows that match, by id."""
        first, end = 1, self.count(collection) + 1
        for item in filters:
            if item.get("field") == "id" and item["op"] == "gt":
                first = max(first, item["value"] + 1)
            elif str(item.get("field")).startswith("create") and item["op"] in ("gte", "lt"):
                place = self._first_since(collection, parse_instant(item["value"]))
                first, end = (max(first, place), end) if item["op"] == "gte" else (first, min(end, place))
        for number in range(first, end):
            row = self.row(collection, number)
            if all(_holds(item, row) for item in filters):
                yield row

    def _first_since(self, collection: str, at: Instant) -> int:
        low, high = 1, self.count(collection) + 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.created(collection, middle) >= at else (middle + 1, high)
        return low


def create_app(tenant: Tenant) -> Starlette:
    """The API of a tenant."""

    async def query(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        size = asked["MaxRecords"]
        rows: list[Row] = []
        more = False
        for row in tenant.found(request.path_params["collection"], asked["Filter"]):
            if len(rows) == size:
                more = True
                break
            rows.append({name: row.get(name) for name in asked["IncludeFields"]})
        details = {"nextPageUrl": str(request.url) if more else None}
        return _json({"items": rows, "pageDetails": details})

    async def count(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        return _json({"queryCount": sum(1 for _ in tenant.found(request.path_params["collection"], asked["Filter"]))})

    async def threshold(_request: Request) -> Response:
        limits = {
            "externalRequestThreshold": 10_000,
            "requestThresholdTimeframe": 60,
            "currentTimeframeRequestCount": 1,
        }
        return _json(limits)

    base = "/atservicesrest/v1.0"
    return Starlette(
        routes=[
            Route(base + "/ThresholdInformation", threshold),
            Route(base + "/{collection}/query", query, methods=["POST"]),
            Route(base + "/{collection}/query/count", count, methods=["POST"]),
        ]
    )


def _holds(item: Row, row: Row) -> bool:
    if "items" in item:
        test = any if item["op"] == "or" else all
        return test(_holds(part, row) for part in item["items"])
    value, wanted = row.get(item["field"]), item.get("value")
    if item["op"] == "notExist" or value is None:
        return value is None and item["op"] == "notExist"
    if isinstance(value, str) and isinstance(wanted, str):
        value, wanted = parse_instant(value), parse_instant(wanted)
    return {"gt": value > wanted, "gte": value >= wanted, "lt": value < wanted}[item["op"]]  # type: ignore[operator]


def _json(document: object) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")
