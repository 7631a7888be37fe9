"""The small tenant behind Autotask's HTTP, for the feeds as a worker runs them: zone given, queries by POST."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ingest.autotask.filters import Filter
from models.instants import SECOND
from tests.feeds.tenant import Tenant

BASE = "/atservicesrest/v1.0"
STARTS_WITHIN_SECONDS = 30.0


def front(tenant: Tenant) -> Starlette:
    """The application. One page holds everything; nothing is written."""

    async def query(request: Request) -> JSONResponse:
        asked: dict[str, Any] = await request.json()
        filters = [_filter(one) for one in asked["Filter"]]
        rows: list[dict[str, Any]] = []
        async for page in tenant.pages(request.path_params["collection"], filters, asked["IncludeFields"]):
            rows += map(dict, page.rows)
        return _answer(tenant, {"items": rows, "pageDetails": {"count": len(rows), "nextPageUrl": None}})

    async def threshold(_: Request) -> JSONResponse:
        limits = {
            "externalRequestThreshold": 10_000,
            "requestThresholdTimeframe": 60,
            "currentTimeframeRequestCount": 1,
        }
        return _answer(tenant, limits)

    async def information(request: Request) -> JSONResponse:
        return _answer(tenant, {"info": dict(await tenant.entity_information(request.path_params["collection"]))})

    async def fields(request: Request) -> JSONResponse:
        return _answer(tenant, {"fields": tenant.picklists.get(request.path_params["collection"], [])})

    return Starlette(
        routes=[
            Route(f"{BASE}/ThresholdInformation", threshold),
            Route(f"{BASE}/{{collection}}/query", query, methods=["POST"]),
            Route(f"{BASE}/{{collection}}/entityInformation", information),
            Route(f"{BASE}/{{collection}}/entityInformation/fields", fields),
        ]
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@contextmanager
def serving(tenant: Tenant) -> Iterator[str]:
    """The address of the zone while it is served."""
    config = uvicorn.Config(front(tenant), host="127.0.0.1", port=0, log_config=None, date_header=False)
    server = _Server(config)
    thread = threading.Thread(target=server.run, name="tenant")
    thread.start()
    try:
        assert server.is_up.wait(STARTS_WITHIN_SECONDS)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/atservicesrest"
    finally:
        server.should_exit = True
        thread.join()


def _filter(one: dict[str, Any]) -> Filter:
    value = one.get("value")
    return Filter(one["op"], one["field"], tuple(value) if isinstance(value, list) else value)


def _answer(tenant: Tenant, document: dict[str, Any]) -> JSONResponse:
    return JSONResponse(document, headers={"Date": formatdate(tenant.now / SECOND, usegmt=True)})
