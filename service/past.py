"""``techscore backfill`` and ``techscore reconcile`` as the leading worker does them.

Both leave a part of the hourly share to the feeds, and draw on the same budget and slots.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import credentials_of
from ingest.backfill.backfill import Backfill
from ingest.backfill.since import since_of
from ingest.feeds.source import Kit
from ingest.reconcile.error_log import drain
from ingest.reconcile.reconciler import DAYS, Reconciler
from models.database import Database
from models.errors import AutotaskError, ConfigurationError
from models.instants import Instant
from models.settings import Settings
from service.autotask import Autotask

BACKFILL = "backfill"
RECONCILE = "reconcile"
"""The kinds of the jobs."""

LEFT_TO_FEEDS = 0.25
MOST_DAYS = 400

Say = Callable[[str], None]


def begins(settings: Settings, since: str) -> Instant:
    """Since when a backfill would read; ``ConfigurationError`` when it cannot, before a job is left."""
    _can_ask(settings)
    return since_of(since, settings.clock().now())


def asked(settings: Settings, days: int) -> str:
    """The arguments of a reconciliation; ``ConfigurationError`` when it cannot be made, before a job is left."""
    _can_ask(settings)
    return str(days)


async def backfill(settings: Settings, autotask: Autotask, arguments: str | None, say: Say) -> bool:
    """Read the past since when ``arguments`` says (``13mo``); whether nothing was left out."""
    since = since_of(arguments or "", settings.clock().now())
    async with _way(settings, autotask) as (client, main):
        session = Backfill(client, main, settings.clock(), since, say, client.pause)
        say(await session.run())
        return not session.left_out


async def reconcile(settings: Settings, autotask: Autotask, arguments: str | None, say: Say) -> bool:
    """Compare and repair the last days, drain the error log; whether nothing was left out."""
    days = days_of(arguments)
    async with _way(settings, autotask) as (client, main):
        session = Reconciler(Kit(client, main, settings.clock()), days, say, client.pause)
        told = [await session.run()]
        is_complete = not session.left_out
        try:
            told.append(str(await drain(client, main, settings.clock())))
        except AutotaskError as error:
            told.append(f"error log left out: {error}")
            is_complete = False
        say("; ".join(told))
        return is_complete


def days_of(arguments: str | None) -> int:
    """How many days a job shall reconcile; ``ConfigurationError`` when it does not say."""
    text = arguments or str(DAYS)
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise ConfigurationError(f"days to reconcile are 1 to {MOST_DAYS}, not {text!r}")
    return int(text)


@asynccontextmanager
async def _way(settings: Settings, autotask: Autotask) -> AsyncIterator[tuple[AutotaskClient, Database]]:
    """A client that leaves the feeds their part, and a connection to the main database."""
    _can_ask(settings)
    main = Database(settings.database_url)
    try:
        async with autotask.client() as client:
            yield client.leaving(LEFT_TO_FEEDS), main
    finally:
        main.close()


def _can_ask(settings: Settings) -> None:
    credentials_of(settings)
    if settings.clock().frozen:
        raise ConfigurationError("TECHSCORE_NOW holds the clock still: nothing is read from Autotask")
