"""What the worker counts of its requests to Autotask."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class AutotaskMetrics:
    """Told by the client of each request (``ingest.autotask.caller.Observer``)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "techscore_autotask_requests_total",
            "Requests to Autotask, by collection and what became of them.",
            ("endpoint", "outcome"),
            registry=registry,
        )
        self._used = Gauge(
            "techscore_autotask_budget_used_ratio",
            "The part of our hourly share of requests that is used.",
            registry=registry,
        )
        self._mended = Counter(
            "techscore_webhooks_mended_total",
            "Webhooks that were found damaged or switched off, and mended.",
            ("entity",),
            registry=registry,
        )

    def requested(self, endpoint: str, outcome: str) -> None:
        """Count one request."""
        self._requests.labels(endpoint, outcome).inc()

    def budget_used(self, ratio: float) -> None:
        """Take note of the budget."""
        self._used.set(ratio)

    def mended(self, entity: str) -> None:
        """Count one webhook that was mended."""
        self._mended.labels(entity).inc()
