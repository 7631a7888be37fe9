"""Gauges of one rendering: families put together by name and exposed once, in the order they were first used."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

PREFIX = "techscore_"


class Families(Collector):
    """A collector of gauges; ``declare`` each with its labels, then ``add`` samples."""

    def __init__(self) -> None:
        self._families: dict[str, GaugeMetricFamily] = {}

    def declare(self, name: str, documentation: str, labels: Iterable[str] = ()) -> None:
        """A gauge ``techscore_<name>``; it is exposed even while it has no sample."""
        self._families[name] = GaugeMetricFamily(PREFIX + name, documentation, labels=tuple(labels))

    def add(self, name: str, value: float | None, *labels: str) -> None:
        """One sample, labels in their declared order; ``None`` leaves it out: absent, never NaN."""
        if value is not None:
            self._families[name].add_metric(labels, value)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The families, for the registry."""
        return self._families.values()

    def render(self) -> bytes:
        """The Prometheus text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)
