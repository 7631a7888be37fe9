"""What the worker counts of its own flow; it has no port, so its snapshot carries them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from service.metrics.autotask import AutotaskMetrics

_STEP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class WorkerMetrics:
    """The worker's metrics, on a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.autotask = AutotaskMetrics(self._registry)
        self._facts = Counter(
            "techscore_projected_facts_total", "Facts of the inbox taken into the ledger.", registry=self._registry
        )
        self._subjects = Counter(
            "techscore_evaluated_subjects_total", "Subjects whose KPIs were evaluated.", registry=self._registry
        )
        self._step_seconds = Histogram(
            "techscore_projection_step_seconds",
            "Time of one transaction of the ledger.",
            registry=self._registry,
            buckets=_STEP_BUCKETS,
        )
        self.render_seconds = Histogram(
            "techscore_render_seconds",
            "Time to render the ledger's metrics.",
            registry=self._registry,
            buckets=_STEP_BUCKETS,
        )

    def stepped(self, facts: int, subjects: int, seconds: float) -> None:
        """Count one step."""
        self._facts.inc(facts)
        self._subjects.inc(subjects)
        self._step_seconds.observe(seconds)

    def exposition(self) -> bytes:
        """The metrics as Prometheus text."""
        return generate_latest(self._registry)
