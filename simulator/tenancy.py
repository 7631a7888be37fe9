"""The make-believe MSP on its make-believe Autotask, alive: past, REST door, present and callouts in one thread.

The tenant is touched by that thread's loop alone; ``Tenancy`` is how the demo, in another thread, starts the present,
ends it and asks how things stand.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from models.clock import Clock, WallClock
from models.instants import HOUR, SECOND
from simulator.autotask.app import create_app
from simulator.autotask.dispatcher import Dispatcher
from simulator.autotask.server import LoopbackServer
from simulator.autotask.tenant import Account, Tenant
from simulator.tally import Tally, Wire
from simulator.world import World
from simulator.world.picklists import picklists

_DAY = 24 * HOUR
_BREATH = 50
"""Changes made at one go when the present runs late; then requests have their turn."""

T = TypeVar("T")


class Tenancy:
    """``zone_url`` is good from construction on; requests wait until the past has happened. ``close()`` ends it all."""

    def __init__(self, *, seed: int, days: int, speed: float, callout_url: str | None = None, port: int = 0) -> None:
        self.days = days
        self.account = Account()
        self._clock: Clock = WallClock()
        self._speed = speed
        now = self._clock.now()
        self._world = World(seed, now - days * _DAY, now)
        self._tenant = Tenant(picklists=picklists(), account=self.account, seed=seed)
        self._wire = Wire()
        self._callout_url = callout_url
        self._dispatcher: Dispatcher | None = None
        self._present: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._past = threading.Event()
        self.past_changes = 0
        self._changes = 0
        app = create_app(self._tenant, self._clock)
        self._api = app.state.api
        self._server = LoopbackServer(app, port, beside=self._live)
        self.zone_url = f"{self._server.url}/atservicesrest"

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each collection has; for after the past."""
        return {name: len(table) for name, table in self._tenant.tables.items() if len(table)}

    def has_past(self) -> bool:
        """Whether all of the past has happened."""
        return self._past.is_set()

    async def go_on(self) -> None:
        """Let the present begin."""
        await self._there(self._begin())

    async def rest(self) -> None:
        """Nothing more happens; what is due to be sent still is."""
        await self._there(self._end())

    async def tally(self) -> Tally:
        """What was sent and answered so far."""
        return await self._there(self._count())

    def close(self) -> None:
        """End it, whatever is under way; twice is fine."""
        self._server.close()

    async def _there(self, coroutine: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None, "has_past() is still to come"
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    async def _live(self) -> None:
        for change in self._world.history():
            self._tenant.apply(change)
            self.past_changes += 1
        self._tenant.outbox.clear()  # nobody listened then
        async with self._wire.client() as client:
            self._dispatcher = Dispatcher(self._tenant, client, extension_url=self._callout_url)
            self._loop = asyncio.get_running_loop()
            self._past.set()
            try:
                await self._dispatcher.run(self._clock)
            finally:
                await self._end()

    async def _begin(self) -> None:
        if self._present is None:
            self._present = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        for change in self._world.live(self._clock.now(), self._speed):
            wait = (change.at - self._clock.now()) / SECOND
            if wait > 0 or self._changes % _BREATH == 0:
                await asyncio.sleep(max(wait, 0.0))
            self._tenant.apply(change)
            self._changes += 1

    async def _end(self) -> None:
        if self._present is not None:
            self._present.cancel()
            await asyncio.wait([self._present])

    async def _count(self) -> Tally:
        assert self._dispatcher is not None
        wire = self._wire
        return Tally(
            changes=self._changes,
            events=self._dispatcher.sent.copy(),
            attempts=wire.attempts,
            acknowledged=wire.acknowledged,
            nudges=wire.nudges,
            waiting=self._dispatcher.waiting,
            logged=len(self._tenant.tables["WebhookEventErrorLogs"]),
            requests=self._api.requests.total(),
            position=wire.position,
            last_refusal=wire.last_refusal,
        )
