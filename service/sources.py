"""Where facts come from, and which source says nothing: the tenant as a whole, each feed, each webhook.

A source is *silent* when it failed, is switched off, or when nothing came from Autotask for so much business time
that a desk at work would have been heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.feeds import store, watch
from models.database import Database
from models.instants import HOUR, Instant
from service.reading import View
from service.scorecards.burn import business_calendar

QUIET: Instant = HOUR
"""Business time without any fact after which the tenant counts as silent."""
TENANT = "autotask"


@dataclass(frozen=True, slots=True)
class Source:
    """One source. ``silent_since`` with its ``reason`` word, both ``None`` while it speaks; ``last_at``: when it last
    did, if it ever did."""

    name: str
    last_at: Instant | None
    silent_since: Instant | None = None
    reason: str | None = None


def sources(main: Database, view: View) -> tuple[Source, ...]:
    """Every source that was ever heard of, the tenant first; read from the main database and the ledger's moment."""
    with main.read() as connection:
        feeds, webhooks = store.standings(connection), watch.registered(connection)
    return (_tenant(view), *_feeds(feeds), *_webhooks(webhooks))


def _tenant(view: View) -> Source:
    if not view.heard:
        return Source(TENANT, None, None, "never_heard")
    quiet = business_calendar(view).business_micros(view.heard, max(view.heard, view.as_of))
    return Source(TENANT, view.heard, *((view.heard, "nothing_heard") if quiet > QUIET else (None, None)))


def _feeds(feeds: dict[str, store.Standing]) -> Iterator[Source]:
    for name, one in sorted(feeds.items()):
        yield Source(f"feed {name}", one.succeeded_at, one.failing_since, one.reason if one.failing_since else None)


def _webhooks(webhooks: dict[str, tuple[bool, Instant]]) -> Iterator[Source]:
    for entity, (is_active, checked_at) in webhooks.items():
        silent = (None, None) if is_active else (checked_at, "webhook_inactive")
        yield Source(f"webhook {entity}", checked_at if is_active else None, *silent)
