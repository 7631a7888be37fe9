"""The hourly share and the thread limit, over a day with a backfill beside live traffic."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from ingest.autotask import registration
from ingest.autotask.limits import AT_ONCE
from ingest.backfill.backfill import Backfill
from models.database import Database
from models.instants import HOUR, SECOND, Instant
from service.past import LEFT_TO_FEEDS
from simulator.autotask.app import MOST_THREADS
from simulator.autotask.faults import Faults
from simulator.world import history
from tests.autotask.long import LONG
from tests.autotask.rig import Rig, Story, instant, running, story
from tests.autotask.week import SCALE
from tests.databases import SqliteServer

pytestmark = LONG

PAST, MORNING, NEXT = "2025-12-01T05:00:00Z", "2026-03-10T05:00:00Z", "2026-03-11T05:00:00Z"
SHARE = 150
STEP: Instant = 30 * SECOND
TAKES_SECONDS = 0.7
SETTLES = 25
SLOW = Faults(seed=3, adds_latency=False, slow_share=0.2, slow_seconds=6.0)


class Slowly(Rig):
    """A rig whose waits last: whoever waits goes on when the clock has come there, beside everybody else.

    A request takes most of a second, so that requests overlap.
    """

    def __init__(self, database: Database, told: Story, faults: Faults, hourly: int) -> None:
        self._waiting: list[tuple[Instant, int, asyncio.Event]] = []
        self._number = count()
        super().__init__(database, told, faults, hourly)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock is there."""
        woken = asyncio.Event()
        until = self.clock.now() + round(max(seconds, TAKES_SECONDS) * SECOND)
        heapq.heappush(self._waiting, (until, next(self._number), woken))
        await woken.wait()

    async def drive(self, is_over: Callable[[], bool], *, feeds: bool = True) -> None:
        """Move the clock until it is over; the feeds take a turn at every step."""
        step_at = self.clock.now()
        while not is_over():
            due = min([step_at, *(at for at, *_ in self._waiting[:1])])
            self._pass_to(due)
            while self._waiting and self._waiting[0][0] <= due:
                heapq.heappop(self._waiting)[2].set()
            if due == step_at:
                step_at += STEP
                await self.dispatcher.step(due)
                self._beat()
                if feeds:
                    await self.runner.turn()
            for _ in range(SETTLES):
                await asyncio.sleep(0)


async def _day(database: Database) -> tuple[Slowly, bool]:
    told = story(history(7, instant(PAST), instant(NEXT), scale=SCALE), MORNING, NEXT)
    async with running(Slowly(database, told, SLOW, SHARE), told) as rig:
        setting_up = asyncio.create_task(registration.mend(rig.client, rig.settings))
        await rig.drive(setting_up.done, feeds=False)
        await setting_up
        rig.set_faults(error_share=0.02)
        source, since = rig.client.leaving(LEFT_TO_FEEDS), told.begins - 99 * 24 * HOUR
        backfill = Backfill(source, database, rig.clock, since, lambda _: None, source.pause)
        under_way = asyncio.create_task(backfill.run())
        await rig.drive(lambda: rig.clock.now() >= told.ends)
        is_done = under_way.done()
        under_way.cancel()
        await asyncio.gather(under_way, return_exceptions=True)
        return rig, is_done


def test_a_day_with_a_backfill(sqlite_server: SqliteServer, record_property: Callable[[str, object], None]) -> None:
    """In no rolling hour does Autotask see more than our share, and never more than two requests at an endpoint."""
    database = Database(sqlite_server.create_migrated())
    rig, is_done = asyncio.run(_day(database))
    database.close()
    threads = max(rig.api.most_threads_seen.values())
    record_property(
        "counts",
        f"a day: {rig.api.requests.total()} requests, at most {rig.api.most_in_an_hour} of {SHARE} in an hour, at most "
        f"{threads} at once at an endpoint",
    )
    assert is_done
    assert SHARE // 2 < rig.api.most_in_an_hour <= SHARE
    assert AT_ONCE == threads < MOST_THREADS
    assert "thread_limit" not in rig.counts()
