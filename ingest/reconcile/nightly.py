"""Reconciliation by itself: once a night, and the log of events not delivered every hour. Lanes of the feeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from ingest.backfill.patience import Sleep
from ingest.feeds import store
from ingest.feeds.source import Kit
from ingest.reconcile.error_log import COLLECTION, Log, drain
from ingest.reconcile.reconciler import DAYS, Reconciler
from models.clock import Clock
from models.database import Database
from models.instants import HOUR, MINUTE, Day, Instant

log: Any = structlog.get_logger()


class Nightly:
    """Reconciles when a night has begun since the last time; an installation's first night is the next one."""

    name = "reconcile"
    every: Instant = 10 * MINUTE
    essential = False

    def __init__(self, kit: Kit, night: Callable[[Instant], Day], sleep: Sleep) -> None:
        """``night``: which night a moment belongs to, in the tenant's time zone."""
        self._kit = kit
        self._night = night
        self._sleep = sleep
        self._began_in = night(kit.clock.now())

    async def run(self) -> None:
        """Reconcile, if it is time."""
        now = self._kit.clock.now()
        with self._kit.main.read() as connection:
            last = store.standing(connection, self.name).succeeded_at
        if self._night(now) <= (self._began_in if last is None else self._night(last)):
            return
        told = await Reconciler(self._kit, DAYS, lambda _: None, self._sleep).run()
        log.info("reconciled", told=told)
        with self._kit.main.write() as connection:
            store.succeeded(connection, self.name, reached=None, at=self._kit.clock.now())


class ErrorLogDrain:
    """Drains ``WebhookEventErrorLogs``: the sooner an event is there, the shorter a ticket is wrong."""

    name = COLLECTION
    every: Instant = HOUR
    essential = False

    def __init__(self, source: Log, main: Database, clock: Clock) -> None:
        self._source = source
        self._main = main
        self._clock = clock

    async def run(self) -> None:
        """Drain it."""
        drained = await drain(self._source, self._main, self._clock)
        if drained.stored or drained.lost:
            log.warning("events_not_delivered", stored=drained.stored, lost=drained.lost)
        with self._main.write() as connection:
            store.succeeded(connection, self.name, reached=None, at=self._clock.now())
