"""What a web process counts of its own flow: events let in, requests refused, how long things took.

Each process has its own registry; nothing here comes from the ledger. Label sets that are known beforehand
start at 0, so that the first refusal is an increase and not the birth of a series.
"""

from __future__ import annotations

import time
from importlib import metadata

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from ingest import signature
from ingest.autotask.catalogue import CATALOGUE
from models.inbox import Fact, Origin, Receipt

UNKNOWN = "unknown"
REJECTIONS = (
    "token_unknown",
    "body_too_large",
    "body_timeout",
    "body_incomplete",
    "too_many_bodies",
    *signature.REASONS,
    "inbox_full",
    "storage_unavailable",
    "row_refused",
)
CALLOUT_OUTCOMES = ("nudged", "no_ticket", "unknown_ticket", "over_budget")
_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_APPEND_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

disable_created_metrics()  # type: ignore[no-untyped-call]


class ProcessMetrics:
    """The metrics of one process, on a registry of their own. ``address``: where browsers reach the service."""

    def __init__(self, address: str = "") -> None:
        self.registry = CollectorRegistry()
        self.inbox_events = Counter(
            "techscore_inbox_events_total",
            "Events that came in, by origin, entity and what became of them.",
            ("origin", "entity", "outcome"),
            registry=self.registry,
        )
        self.webhook_rejections = Counter(
            "techscore_webhook_rejections_total",
            "Webhook requests refused at the door, by reason.",
            ("reason",),
            registry=self.registry,
        )
        self.webhook_deactivations = Counter(
            "techscore_webhook_deactivation_hints_total",
            "Unverified hints that Autotask has deactivated a webhook.",
            registry=self.registry,
        )
        self.callouts = Counter(
            "techscore_callouts_total",
            "Extension Callouts of tickets, by what became of them.",
            ("outcome",),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "techscore_http_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("route", "method", "status"),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self.append_seconds = Histogram(
            "techscore_inbox_append_seconds",
            "Time of one append transaction, its commit included.",
            buckets=_APPEND_BUCKETS,
            registry=self.registry,
        )
        build = Gauge("techscore_build_info", "The running release; always 1.", ("version",), registry=self.registry)
        build.labels(release()).set(1)
        place = Gauge(
            "techscore_address_info",
            "Where browsers reach the service, for links in dashboards; always 1.",
            ("url",),
            registry=self.registry,
        )
        place.labels(address).set(1)
        for entity in (*CATALOGUE, UNKNOWN):
            for outcome in ("stored", "duplicate"):
                self.inbox_events.labels(Origin.WEBHOOK, entity, outcome)
        for outcome in CALLOUT_OUTCOMES:
            self.callouts.labels(outcome)
        for reason in REJECTIONS:
            self.webhook_rejections.labels(reason)

    def came_in(self, fact: Fact, receipt: Receipt) -> None:
        """Count an event that is in the inbox now."""
        outcome = "duplicate" if receipt.duplicate else "stored"
        self.inbox_events.labels(fact.origin, fact.entity_type or UNKNOWN, outcome).inc()

    def served(self, route: str, method: str, status: int, started: float) -> None:
        """Time a request; ``started``: ``time.perf_counter()`` when it arrived."""
        self.request_seconds.labels(route, method, status).observe(time.perf_counter() - started)

    def render(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)


def release() -> str:
    """The version of this release."""
    try:
        return metadata.version("techscore")
    except metadata.PackageNotFoundError:
        return UNKNOWN
