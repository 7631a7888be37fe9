"""``GET /api/v1/stream`` over a real socket, and the hub behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn

from models.database import Database
from models.errors import Refused
from service.api.stream import event
from service.app import create_app
from service.reading import Reader
from service.serve import ROUTERS, Server
from service.stream import MOST_UNTAKEN, Hub
from tests.door import settings_for
from tests.scorecards.shop import Shop

PATIENCE_SECONDS = 20


class Announced(Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def listening(database: Database, shop: Shop) -> AsyncIterator[tuple[Announced, str]]:
    """The application on a socket of loopback, in this loop."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database, clock=shop.harness.clock, routers=ROUTERS)
    server = Announced(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    task = asyncio.create_task(server.serve())
    try:
        await asyncio.wait_for(server.listening.wait(), PATIENCE_SECONDS)
        yield server, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, PATIENCE_SECONDS)


async def next_id(lines: AsyncIterator[str]) -> str:
    """The id of the next event."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for line in lines:
            if line.startswith("id: "):
                return line.removeprefix("id: ")
    raise AssertionError("the stream has ended")


def version_of(shop: Shop) -> str:
    """The version on show."""
    with shop.view() as view:
        return str(view.version)


async def test_every_change_is_told_and_a_drop_is_mended(database: Database, shop: Shop) -> None:
    """The present version at once, then each change; who comes back with the newest waits for the next."""
    async with listening(database, shop) as (_, address), httpx.AsyncClient(base_url=address, timeout=20) as client:
        async with client.stream("GET", "/api/v1/stream") as response:
            lines = response.aiter_lines()
            first = await next_id(lines)
            assert ("text/event-stream; charset=utf-8", version_of(shop)) == (response.headers["content-type"], first)
            await asyncio.to_thread(shop.tell, shop.decided("2026-09-14 09:00"))
            second = await next_id(lines)
        assert (version_of(shop), True) == (second, second != first)

        async with client.stream("GET", "/api/v1/stream", headers={"Last-Event-ID": second}) as response:
            lines = response.aiter_lines()
            waiting = asyncio.create_task(next_id(lines))
            await asyncio.to_thread(shop.tell, shop.decided("2026-09-14 10:00"))
            assert version_of(shop) == await waiting
        async with client.stream("GET", "/api/v1/stream", headers={"Last-Event-ID": first}) as response:
            assert version_of(shop) == await next_id(response.aiter_lines())


async def test_streams_end_when_the_service_does(database: Database, shop: Shop) -> None:
    """A server that is told to stop does not wait for its streams; they end as if all was said."""
    rest = ["nothing was read"]
    async with (
        listening(database, shop) as (server, address),
        httpx.AsyncClient(timeout=20) as client,
        client.stream("GET", f"{address}/api/v1/stream") as response,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        lines = response.aiter_lines()
        await next_id(lines)
        server.should_exit = True
        rest = [line async for line in lines]

    assert [] == [line for line in rest if line.startswith("id: ")]


async def test_a_heartbeat_while_nothing_changes(database: Database, shop: Shop) -> None:
    """Proxies and browsers see a comment now and then."""
    last = {"Last-Event-ID": version_of(shop)}
    comment = ""
    async with listening(database, shop) as (server, address), httpx.AsyncClient(timeout=20) as client:
        state = server.config.app.state  # type: ignore[union-attr]
        state.hub = Hub(state.reader, heartbeat_seconds=0.02)
        async with (
            client.stream("GET", f"{address}/api/v1/stream", headers=last) as response,
            asyncio.timeout(PATIENCE_SECONDS),
        ):
            async for line in response.aiter_lines():
                if line.startswith(":"):
                    comment = line
                    break

    assert ": still here" == comment


async def test_a_version_tells_nothing_but_that(shop: Shop) -> None:
    """What any token may hear: the version, which is the same for all."""
    with shop.view() as view:
        said = event(view.version).decode()

    assert f'id: {version_of(shop)}\nevent: version\ndata: {{"position":0,"tick":{view.version.tick}}}\n\n' == said


async def test_one_watcher_while_somebody_listens(shop: Shop) -> None:
    """The first listener starts it, the last one ends it."""
    hub = Hub(shop.reader)
    first, second = hub.join(), hub.join()
    watching = hub.watching
    hub.leave(first)
    still = hub.watching
    hub.leave(second)

    assert (True, True, False, 0) == (watching, still, hub.watching, hub.listeners)


async def test_a_cap_on_listeners(shop: Shop) -> None:
    """One too many is refused with a word; a place given back is free again; a closed hub takes nobody."""
    hub = Hub(shop.reader, most_listeners=1)
    first = hub.join()
    with pytest.raises(Refused, match="few seconds") as refused:
        hub.join()
    hub.leave(first)
    hub.leave(hub.join())
    hub.close()
    hub.close()
    with pytest.raises(Refused):
        hub.join()

    assert ("too_many_streams", 503) == (refused.value.reason, refused.value.status)


async def test_a_slow_listener_is_dropped(shop: Shop) -> None:
    """Who takes nothing is let go; what lies there is told as one, the newest."""
    hub = Hub(shop.reader, poll_seconds=60)
    slow = hub.join()
    with shop.view() as view:
        version = view.version
    for _ in range(MOST_UNTAKEN):
        slow.tell(version)
    before = slow.over
    slow.tell(version)

    assert (False, True, version) == (before, slow.over, await slow.next(1))
    hub.leave(slow)


async def test_before_the_first_ledger_nothing_is_told(database: Database) -> None:
    """A hub without figures has no version and raises nothing."""
    reader = Reader(database)
    assert await Hub(reader).version() is None
    reader.close()
