"""Whether the figures on show are live: the *condition* of a page, and what to do when it is not.

Figures are as old as the ledger's ``as_of``; here, and only here, that is held against the clock. What is said
changes with the condition and not with every second, so that it can be part of an ETag.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from ingest import inbox
from models.clock import Clock, WallClock
from models.database import Database
from models.instants import MINUTE, SECOND, Instant, local_day
from service import desk
from service.pages.words import clock_time, count, days, moment, zone_name
from service.projection.ledger.waiting import count_reached
from service.reading import View

STALE_AFTER: Instant = 2 * MINUTE
WORKER_SILENT_AFTER: Instant = 30 * SECOND
BEHIND_FROM = 1_000
"""More facts and deadlines waiting than the projector takes in two steps: worth saying."""


class Condition(StrEnum):
    """What a viewer must know about the page before reading a digit."""

    LIVE = "live"
    BEHIND = "behind"
    STALE = "stale"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What the condition follows from: ledger time, clock, facts and deadlines waiting, the worker's silence.

    ``worker_silent_since`` is ``None`` while the worker is heard of, or was never.
    """

    as_of: Instant
    now: Instant
    frozen: bool
    waiting: int
    worker_silent_since: Instant | None


@dataclass(frozen=True, slots=True)
class Status:
    """The condition in words; ``title`` and ``advice`` make the banner, empty when live."""

    condition: Condition
    word: str
    title: str = ""
    advice: str = ""


def read_freshness(view: View, main: Database, clock: Clock) -> Freshness:
    """Hold a view's ``as_of`` against the clock, the inbox and the worker's beat (which goes by the wall clock)."""
    with main.read() as connection:
        stored = inbox.last_position(connection)
        seen = desk.leader_seen_at(connection)
    silent = seen is not None and WallClock().now() - seen > WORKER_SILENT_AFTER
    return Freshness(
        as_of=view.as_of,
        now=clock.now(),
        frozen=clock.frozen,
        waiting=max(0, stored - view.version.position) + count_reached(view.connection, view.as_of, view.heard),
        worker_silent_since=seen if silent else None,
    )


def status(fresh: Freshness, zone: ZoneInfo) -> Status:
    """The condition, in words a service manager can act on."""
    since = f"{moment(fresh.as_of, fresh.now, zone)} {zone_name(fresh.as_of, zone)}"
    if fresh.frozen:
        today = local_day(fresh.now, zone)
        at = f"{days(today, today)}, {clock_time(fresh.now, zone)} {zone_name(fresh.now, zone)}"
        return Status(
            Condition.FROZEN,
            "Frozen",
            f"The clock is frozen at {at}",
            "TECHSCORE_NOW is set: a replay, not today. Unset it and restart to go live.",
        )
    if fresh.worker_silent_since is not None:
        heard = moment(fresh.worker_silent_since, fresh.now, zone)
        return Status(
            Condition.STALE,
            "Stale",
            f"Not live: figures as of {since}",
            f"The worker has not been heard of since {heard}. Events are kept; start it with techscore serve.",
        )
    if fresh.now - fresh.as_of > STALE_AFTER:
        return Status(
            Condition.STALE,
            "Stale",
            f"Not live: figures as of {since}",
            f"{_waiting(fresh.waiting)} See /readyz and the worker's log.",
        )
    if fresh.waiting >= BEHIND_FROM:
        return Status(Condition.BEHIND, f"Catching up · {count(fresh.waiting)} events waiting")
    return Status(Condition.LIVE, "Live")


def _waiting(waiting: int) -> str:
    if waiting == 0:
        return "No worker has moved them since: is one running?"
    return f"The worker is not keeping up: {count(waiting)} events and deadlines wait."
