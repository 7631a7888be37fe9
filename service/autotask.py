"""A process' way to Autotask: one budget with its slots, one observer, and a client for each event loop."""

from __future__ import annotations

from threading import Lock

from ingest.autotask.caller import Observer
from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import credentials_of, has_credentials
from ingest.autotask.limits import Budget, Journal
from models.clock import Clock, WallClock
from models.settings import Settings


class Autotask:
    """Makes clients that share what has to be shared.

    They go by the wall clock even where ``TECHSCORE_NOW`` freezes ours: Autotask's hour does not stand still.
    """

    def __init__(
        self,
        settings: Settings,
        observer: Observer | None = None,
        *,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._settings = settings
        self._observer = observer
        self._clock = clock or WallClock()
        self._journal = journal
        self._lock = Lock()
        self._budget: Budget | None = None

    @property
    def is_configured(self) -> bool:
        """Whether the settings hold credentials."""
        return has_credentials(self._settings)

    @property
    def budget(self) -> Budget:
        """The one budget."""
        with self._lock:
            if self._budget is None:
                self._budget = Budget(self._settings.autotask_hourly_budget, self._clock, self._journal)
            return self._budget

    def client(self) -> AutotaskClient:
        """A client for the running event loop; ``ConfigurationError`` without credentials."""
        return AutotaskClient(
            credentials_of(self._settings),
            zone_url=self._settings.autotask_zone_url,
            budget=self.budget,
            clock=self._clock,
            observer=self._observer,
        )
