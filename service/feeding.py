"""The feeds of the leading worker: a thread with an event loop of its own, for as long as this worker leads.

Nothing runs without credentials, nor while the clock is frozen. The budget is the process's: whoever else asks
Autotask from this worker draws on the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

import structlog

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import credentials_of, has_credentials
from ingest.autotask.limits import Budget
from ingest.feeds.runner import Runner, feeds
from ingest.feeds.source import Kit
from models.clock import Clock
from models.database import Database
from models.errors import TechscoreError
from models.instants import Instant
from models.policy import Policy
from models.settings import Settings
from service.metrics.autotask import AutotaskMetrics
from service.scorecards.calendar import BusinessCalendar

LEFT_TO_TICKETS = 0.1
"""The part of the hourly share that only Tickets, TimeEntries and the look at the webhooks may use."""

PATIENCE_SECONDS = 5.0
log: Any = structlog.get_logger()


class Feeding:
    """``start`` when the lead is taken, ``close`` when it is lost; both may be called twice."""

    def __init__(
        self,
        settings: Settings,
        main: Database,
        clock: Clock,
        policy: Callable[[], Policy],
        metrics: AutotaskMetrics,
    ) -> None:
        """``policy``: the policy in force, for its business hours."""
        self._settings = settings
        self._main = main
        self._clock = clock
        self._policy = policy
        self._metrics = metrics
        self._budget = Budget(settings.autotask_hourly_budget, clock)
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to ask Autotask, if it can be asked."""
        if self._thread is not None or self._clock.frozen or not has_credentials(self._settings):
            return
        self._stop.clear()
        self._thread = Thread(target=self._run, name="feeds", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End what is under way and the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                asyncio.run(self._feed())
            except TechscoreError as error:
                log.warning("feeds_ended", detail=str(error))
            except Exception:  # a fault of ours: the worker goes on projecting, the feeds try again
                log.exception("feeds_raised")
            self._stop.wait(PATIENCE_SECONDS)

    async def _feed(self) -> None:
        client = AutotaskClient(
            credentials_of(self._settings),
            zone_url=self._settings.autotask_zone_url,
            budget=self._budget,
            clock=self._clock,
            observer=self._metrics,
        )
        async with client:
            log.info("feeds_run")
            await self._runner(client).run(self._stop.is_set)

    def _runner(self, client: AutotaskClient) -> Runner:
        kit = partial(Kit, main=self._main, clock=self._clock)
        return feeds(
            kit(client),
            ordinary=kit(client.leaving(LEFT_TO_TICKETS)),
            check=None,
            is_business=self._is_business,
            used=self._used,
        )

    def _used(self) -> float:
        """The part of what we may use now that is used: less may be used while the tenant is busy."""
        return self._budget.used_ratio / self._budget.pace

    def _is_business(self, moment: Instant) -> bool:
        policy = self._policy()
        return BusinessCalendar(policy.business_day, policy.zone, frozenset()).is_open(moment)
