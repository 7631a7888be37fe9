"""The metrics that must stay true while the worker is down: read from the databases at the scrape (design §6)."""

from __future__ import annotations

from itertools import product

from ingest.feeds import store, watch
from ingest.feeds.runner import UNTIMED
from ingest.reconcile import store as drift
from models.clock import Clock
from models.database import Database
from models.instants import SECOND
from service.lag import standing
from service.metrics.families import Families
from service.proofs import proofs_of
from service.reading import View
from service.scorecards.burn import business_calendar


def render(main: Database, view: View | None, clock: Clock) -> bytes:
    """Backlog, lag and what is parked, as Prometheus text; without a view the whole inbox waits."""
    now = standing(main, view, clock)
    families = declared()
    _add_sources(families, main)
    _add_drift(families, main)
    if view is not None:
        families.add("in_business_time", int(business_calendar(view).is_open(clock.now())))
        for proven in proofs_of(main, view):
            families.add("ledger_mismatch", proven.differences, proven.kind.value)
    families.add("inbox_backlog", now.backlog)
    families.add("projection_lag_seconds", now.lag / SECOND)
    for kind, parked in now.parked.items():
        families.add("parked", parked.count, kind.value)
        oldest = None if parked.oldest is None else parked.oldest / SECOND
        families.add("parked_oldest_timestamp_seconds", oldest, kind.value)
    return families.render()


def declared() -> Families:
    """Every family read at the scrape."""
    families = Families()
    families.declare("inbox_backlog", "Inbox positions that the ledger has not reached.")
    families.declare(
        "projection_lag_seconds", "Since when the oldest event not projected, or deadline reached, waits; 0 if none."
    )
    families.declare("parked", "Items set aside: events that cannot be read, subjects whose KPI raises.", ("kind",))
    families.declare(
        "parked_oldest_timestamp_seconds",
        "Since when the item longest parked waits: an event since it was received, a subject by ledger time.",
        ("kind",),
    )
    families.declare(
        "ledger_mismatch", "Differences the last verification of the ledger shown found; absent before one.", ("kind",)
    )
    families.declare(
        "source_last_success_timestamp_seconds", "When a feed last read all there was to read (our clock).", ("feed",)
    )
    families.declare("webhook_active", "1 if the webhook of an entity was active when last looked at.", ("entity",))
    families.declare(
        "reconcile_drift", "Rows that the last reconciliation found different, and repaired.", ("entity", "kind")
    )
    families.declare("in_business_time", "1 in the policy's business hours, by our clock; absent before a ledger.")
    return families


def _add_drift(families: Families, main: Database) -> None:
    with main.read() as connection:
        found = {(one.entity, one.kind): one.found for one in drift.read(connection)}
    for entity, kind in product(sorted(drift.ENTITIES), drift.Kind):
        families.add("reconcile_drift", found.get((entity, kind), 0), entity, kind.value)


def _add_sources(families: Families, main: Database) -> None:
    with main.read() as connection:
        feeds, webhooks = store.standings(connection), watch.registered(connection)
    for name, feed in sorted(feeds.items()):
        if name not in UNTIMED:
            families.add(
                "source_last_success_timestamp_seconds",
                None if feed.succeeded_at is None else feed.succeeded_at / SECOND,
                name,
            )
    for entity, (is_active, _) in webhooks.items():
        families.add("webhook_active", int(is_active), entity)
