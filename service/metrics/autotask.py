"""What is asked of Autotask, counted: the observer of every client of a process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.autotask.catalogue import CATALOGUE
from ingest.autotask.hooks import HOOKS


class AutotaskMetrics:
    """Counts requests and the budget; an ``ingest.autotask.caller.Observer``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "techscore_autotask_requests_total",
            "Requests to Autotask, by endpoint and what came of them.",
            ("endpoint", "outcome"),
            registry=registry,
        )
        self._used = Gauge(
            "techscore_autotask_budget_used_ratio",
            "The part of our own hourly share of Autotask's requests that is used.",
            registry=registry,
        )
        self._mended = Counter(
            "techscore_webhooks_mended_total",
            "Webhooks in Autotask that had to be mended or enabled again.",
            ("entity",),
            registry=registry,
        )
        for entity in CATALOGUE.values():
            if entity.rest is not None:
                self._requests.labels(entity.collection, "ok")
        for hook in HOOKS:
            self._mended.labels(hook.entity)

    def requested(self, endpoint: str, outcome: str) -> None:
        """Count a request."""
        self._requests.labels(endpoint, outcome).inc()

    def budget_used(self, ratio: float) -> None:
        """Show how much of the share is used."""
        self._used.set(ratio)

    def mended(self, entity: str) -> None:
        """Count a webhook that was mended."""
        self._mended.labels(entity).inc()
