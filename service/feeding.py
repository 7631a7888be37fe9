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
from ingest.autotask.hooks import door_of
from ingest.autotask.registration import recheck
from ingest.feeds.lanes import Lane
from ingest.feeds.registration import Check, Looked
from ingest.feeds.runner import Runner, feeds
from ingest.feeds.source import Kit
from ingest.history.importer import HistoryImporter
from ingest.reconcile.nightly import ErrorLogDrain, Nightly
from models.clock import Clock
from models.database import Database
from models.errors import ConfigurationError, TechscoreError
from models.instants import HOUR, Day, Instant, local_day
from models.policy import Policy
from models.settings import Settings
from service import desk
from service.autotask import Autotask
from service.histories import WantedHistories
from service.past import LEFT_TO_FEEDS
from service.scorecards.calendar import BusinessCalendar

LEFT_TO_TICKETS = 0.1
"""The part of the hourly share that only Tickets, TimeEntries and the look at the webhooks may use."""

LEFT_BY_HISTORIES = 0.5
"""The part that is left when histories are imported: after a backfill thousands are wanted, one request each."""

NIGHT_HOUR = 2
"""The local hour from which the last weeks are reconciled, once a day; the ledger is verified an hour later."""

PATIENCE_SECONDS = 5.0
log: Any = structlog.get_logger()


class Feeding:
    """``start`` when the lead is taken, ``close`` when it is lost; both may be called twice."""

    def __init__(
        self,
        settings: Settings,
        autotask: Autotask,
        main: Database,
        clock: Clock,
        mended: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``mended`` is told the entity of each webhook that had to be mended."""
        self._settings = settings
        self._autotask = autotask
        self._main = main
        self._clock = clock
        self._mended = mended
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to ask Autotask, if it can be asked."""
        if self._thread is not None or self._clock.frozen or not self._autotask.is_configured:
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
        async with self._autotask.client() as client:
            log.info("feeds_run")
            await self.runner(client).run(self._stop.is_set)

    def runner(self, client: AutotaskClient) -> Runner:
        """Everything a worker asks Autotask, on a client."""
        kit = partial(Kit, main=self._main, clock=self._clock)
        return feeds(
            kit(client),
            ordinary=kit(client.leaving(LEFT_TO_TICKETS)),
            check=self._check(client),
            is_business=self._is_business,
            used=self._used,
            others=self._looking_back(client.leaving(LEFT_TO_FEEDS)),
        )

    def _looking_back(self, client: AutotaskClient) -> list[Lane]:
        """What looks back instead of ahead, and has the least claim on the budget."""
        kit = Kit(client, self._main, self._clock)
        histories = client.leaving(LEFT_BY_HISTORIES)
        return [
            HistoryImporter(histories, self._main, self._clock, WantedHistories(self._main, self._clock)),
            ErrorLogDrain(client, self._main, self._clock),
            Nightly(kit, self._night, client.pause),
        ]

    def _policy(self) -> Policy:
        """The policy in force, labels resolved; the default before the worker wrote one."""
        with self._main.read() as connection:
            in_force = desk.read_policy(connection)
        return Policy() if in_force is None else in_force.policy

    def _night(self, moment: Instant) -> Day:
        """The night a moment belongs to, by the local day it began on."""
        return local_day(moment - NIGHT_HOUR * HOUR, self._policy().zone)

    def _check(self, client: AutotaskClient) -> Check | None:
        """How the registered webhooks are looked at; ``None`` where the settings do not say where our door is."""
        try:
            door_of(self._settings)
        except ConfigurationError as error:
            log.info("webhooks_not_looked_at", detail=str(error))
            return None

        async def check() -> Looked:
            mended: list[str] = []
            active = await recheck(client, self._settings, mended.append)
            for entity in mended:
                log.warning("webhook_mended", entity=entity)
                self._mended(entity)
            return Looked(active, frozenset(mended))

        return check

    def _used(self) -> float:
        """The part of what we may use now that is used: less may be used while the tenant is busy."""
        budget = self._autotask.budget
        return budget.used_ratio / budget.pace

    def _is_business(self, moment: Instant) -> bool:
        policy = self._policy()
        return BusinessCalendar(policy.business_day, policy.zone, frozenset()).is_open(moment)
