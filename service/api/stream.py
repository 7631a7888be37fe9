"""``GET /api/v1/stream``: Server-Sent Events, one ``version`` on every change of the figures (design §6).

An event's id is the version; a client that comes back with it as ``Last-Event-ID`` waits for the next, any other is
told the present one at once. Versions say that something changed and nothing of what.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from models.errors import StorageUnavailable
from service.access.guard import needs, still_let_in
from service.access.scopes import Need
from service.api import examples
from service.api.reader import reader_of
from service.reading import Version
from service.stream import Hub, Listener

LOOK_AGAIN_SECONDS = 3.0
"""How often a stream asks whether its token is still good."""

_HEARTBEAT = b": still here\n\n"

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


@router.get("/api/v1/stream", response_model=None, response_class=StreamingResponse, responses=examples.STREAM)
async def read_stream(request: Request) -> Response:
    """Versions as they come, a comment every 15 s; ends with its token, or when the service does."""
    hub = hub_of(request)
    return _Stream(request, hub, hub.join(), request.headers.get("last-event-id", ""))


class _Stream(StreamingResponse):
    """Gives its place back however it ends, also when the client is gone before the first byte."""

    def __init__(self, request: Request, hub: Hub, listener: Listener, last: str) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_events(request, hub, listener, last), 200, headers, "text/event-stream")
        self._leave = partial(hub.leave, listener)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


def hub_of(request: Request) -> Hub:
    """The hub of the process that serves this request; made for the first stream."""
    state = request.app.state
    hub = getattr(state, "hub", None)
    if not isinstance(hub, Hub):
        hub = state.hub = Hub(reader_of(request))
    return hub


def end_streams(app: FastAPI) -> None:
    """End the streams of an application that is about to stop; they would keep it until its patience ends."""
    hub = getattr(app.state, "hub", None)
    if isinstance(hub, Hub):
        hub.close()


async def _events(request: Request, hub: Hub, listener: Listener, last: str) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    yield b"retry: 2000\n\n"
    said_at = clock()
    version = await hub.version()
    while not listener.over and await _still_let_in(request):
        if version is not None and str(version) != last:
            last, said_at = str(version), clock()
            yield event(version)
        elif clock() - said_at >= hub.heartbeat_seconds:
            said_at = clock()
            yield _HEARTBEAT
        version = await listener.next(min(LOOK_AGAIN_SECONDS, hub.heartbeat_seconds))


async def _still_let_in(request: Request) -> bool:
    try:
        return await still_let_in(request)
    except StorageUnavailable:  # nobody can tell: whoever may come in can come back
        return False


def event(version: Version) -> bytes:
    """One event."""
    data = orjson.dumps({"position": version.position, "tick": version.tick})
    return b"id: %s\nevent: version\ndata: %s\n\n" % (str(version).encode(), data)
