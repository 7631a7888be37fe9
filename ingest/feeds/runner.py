"""Runs the feeds side by side in one event loop: each lane when it is due, never twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ingest.feeds import store
from ingest.feeds.following import ReferenceFollower, SlaFollower
from ingest.feeds.lanes import Lane
from ingest.feeds.logs import LogReader
from ingest.feeds.nudges import Nudged
from ingest.feeds.picklists import PicklistReader
from ingest.feeds.plan import CHANGE_FEEDS, SWEEPS, Log, patience, stretched
from ingest.feeds.polling import Poller
from ingest.feeds.registration import Check, IsBusiness, Watcher
from ingest.feeds.source import Kit
from ingest.feeds.sweeping import Sweeper
from models.errors import AutotaskError, StorageError, StorageUnavailable
from models.instants import Instant

TURN_SECONDS = 0.2
RAISED = "raised"
UNTIMED = frozenset({Nudged.name, ReferenceFollower.name})
"""Lanes that work when there is something to do: that they succeeded long ago means nothing."""

log: Any = structlog.get_logger()


@dataclass(slots=True)
class _Turn:
    """When a lane is due, and how often in a row it failed."""

    lane: Lane
    due: Instant = 0
    failures: int = 0
    task: asyncio.Task[None] | None = None


class Runner:
    """The machine. ``turn`` starts what is due; ``settle`` waits for what was started; ``close`` ends it all."""

    def __init__(self, kit: Kit, lanes: Sequence[Lane], used: Callable[[], float]) -> None:
        """``used``: the share of the own hourly budget that is used, 0 to 1. The first lane runs before all others."""
        self._kit = kit
        self._used = used
        self._turns = [_Turn(lane) for lane in lanes]
        with kit.main.read() as connection:
            known = store.standings(connection)
        for one in self._turns:
            if isinstance(one.lane, Sweeper | PicklistReader) and (
                at := known.get(one.lane.name, store.Standing()).succeeded_at
            ):
                one.due = at + one.lane.every

    async def turn(self) -> None:
        """Start every lane that is due and not under way."""
        now = self._kit.clock.now()
        first = self._turns[0]
        begun = first.task is not None and first.task.done()
        for one in self._turns if begun else [first]:
            if now >= one.due and (one.task is None or one.task.done()):
                one.due = now + stretched(one.lane.every, self._used(), essential=one.lane.essential)
                one.task = asyncio.create_task(self._run(one), name=one.lane.name)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*(one.task for one in self._turns if one.task is not None))

    async def run(self, stop: Callable[[], bool]) -> None:
        """Turn after turn until told to stop."""
        try:
            while not stop():
                await self.turn()
                await asyncio.sleep(TURN_SECONDS)
        finally:
            await self.close()

    async def close(self) -> None:
        """End what is under way; what was not stored is read again by whoever leads next. Twice is fine."""
        tasks = [one.task for one in self._turns if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, one: _Turn) -> None:
        try:
            await one.lane.run()
        except AutotaskError as error:
            self._failed(one, error.reason, str(error))
        except StorageUnavailable as error:
            self._later(one)
            log.warning("storage_unavailable", feed=one.lane.name, detail=str(error))
        except Exception:  # a fault of ours in one feed must not end the others
            log.exception("feed_raised", feed=one.lane.name)
            self._failed(one, RAISED, "")
        else:
            if one.failures:
                log.info("feed_recovered", feed=one.lane.name, failures=one.failures)
            one.failures = 0

    def _failed(self, one: _Turn, reason: str, detail: str) -> None:
        if not one.failures:
            log.warning("feed_failed", feed=one.lane.name, reason=reason, detail=detail)
        self._later(one)
        try:
            with self._kit.main.write() as connection:
                store.failed(connection, one.lane.name, reason, self._kit.clock.now())
        except StorageError as error:
            log.warning("storage_unavailable", feed=one.lane.name, detail=str(error))

    def _later(self, one: _Turn) -> None:
        one.failures += 1
        wait = patience(one.lane.every, one.failures, essential=one.lane.essential)
        one.due = max(one.due, self._kit.clock.now() + wait)


def feeds(
    kit: Kit,
    *,
    ordinary: Kit | None = None,
    check: Check | None = None,
    is_business: IsBusiness = lambda _: True,
    used: Callable[[], float] = lambda: 0.0,
    others: Sequence[Lane] = (),
) -> Runner:
    """All feeds, and ``others`` beside them.

    ``ordinary``: what those read with that shall leave a part of the budget to Tickets and TimeEntries. ``check`` looks
    at the registered webhooks; ``None``: there is nothing to look at.
    """
    other = ordinary or kit
    watcher = Watcher(kit, check, is_business)
    sla = SlaFollower(other)
    polled = {feed.collection for feed in CHANGE_FEEDS}
    # First of all the webhooks are looked at: once tickets are read, whether these had watched is no more to be told.
    lanes: list[Lane] = [watcher]
    lanes += [Poller(kit if feed.essential else other, feed, watcher=watcher) for feed in CHANGE_FEEDS]
    lanes += [Nudged(other, sla), sla, ReferenceFollower(other)]
    lanes += [LogReader(other, one) for one in Log]
    lanes += [Sweeper(other, sweep, beside_feed=sweep.collection in polled) for sweep in SWEEPS]
    lanes.append(PicklistReader(other))
    return Runner(kit, [*lanes, *others], used)
