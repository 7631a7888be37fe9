"""The close of a month: its scorecard as reported, frozen as a fact in the inbox (kpis.md §5).

The first moment of the ledger at or after the policy's ``close_day`` at which nothing waits closes the month before;
of one month only the first close stands. What began before the inbox did has no reported copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection

from ingest import inbox
from ingest.own import month_close_fact
from models.database import Database
from models.entities import MONTH_CLOSE
from models.instants import Instant, local_day, start_of_day
from models.policy import Policy
from service import desk
from service.api.scorecard import document_of
from service.kpis.registry import revisions
from service.metrics.process import release
from service.past import BACKFILL
from service.projection import fold
from service.projection.generation import STORY_REVISION
from service.projection.ledger.waiting import count_reached
from service.reading import View
from service.scorecards.scorecard import scorecard
from service.scorecards.windows import Month, first_day_of, month_name, month_of, months_back, previous_month

FIRST_MONTH, LAST_MONTH = 197_001, 999_912
log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Closed:
    """One month as it was reported."""

    month: Month
    reported_at: Instant
    document: dict[str, Any]


def closed_months(main: Database) -> dict[Month, Closed]:
    """Every month that was closed; the first close of each stands."""
    with main.read() as connection:
        rows = inbox.facts_of(connection, MONTH_CLOSE, FIRST_MONTH, LAST_MONTH, inbox.last_position(connection))
    found: dict[Month, Closed] = {}
    for _, month, stored in rows:
        fields = orjson.loads(stored.body)["Fields"]
        found.setdefault(month, Closed(month, stored.received_at, orjson.loads(fields["scorecard"])))
    return found


def first_month(main: Database, policy: Policy) -> Month | None:
    """The first month that began after the inbox's first row was received; ``None`` while it is empty."""
    with main.read() as connection:
        rows = inbox.read_after(connection, 0, 1)
    if not rows:
        return None
    received_at = rows[0].received_at
    month = month_of(local_day(received_at, policy.zone))
    begins = start_of_day(first_day_of(month), policy.zone)
    return month if begins >= received_at else months_back(month, -1)


def due_months(main: Database, policy: Policy, as_of: Instant) -> list[Month]:
    """The months that are over, whose close day has come, and that were not closed yet, in order."""
    first = first_month(main, policy)
    today = local_day(as_of, policy.zone)
    last = previous_month(month_of(today) if today % 100 >= policy.close_day else previous_month(month_of(today)))
    if first is None or first > last:
        return []
    closed = closed_months(main)
    found, month = [], first
    while month <= last:
        if month not in closed:
            found.append(month)
        month = months_back(month, -1)
    return found


def close_months(main: Database, view: View, now: Instant) -> list[Month]:
    """Close what is due at the view's moment, unless something waits; the months closed."""
    months = due_months(main, view.policy, view.as_of)
    if not months or count_reached(view.connection, view.as_of, view.heard):
        return []
    with main.read() as connection:
        if inbox.last_position(connection) > view.version.position or _past_is_being_read(connection):
            return []
    for month in months:
        body = orjson.dumps(_document(view, month)).decode()
        with main.write() as connection:
            inbox.append(connection, [month_close_fact(month, body, at=view.as_of, received_at=now)])
        log.info("month_closed", month=month_name(month))
    return months


def _past_is_being_read(connection: Connection) -> bool:
    return any(job.kind == BACKFILL for job in desk.open_jobs(connection))


def _document(view: View, month: Month) -> dict[str, Any]:
    return {**document_of(scorecard(view, month_name(month))), "formula": formula(view)}


def formula(view: View) -> dict[str, Any]:
    """What the numbers were made by: release, revisions and the whole policy."""
    return {
        "release": release(),
        "generation": view.version.generation,
        "measures": dict(revisions()),
        "fold": fold.REVISION,
        "story": STORY_REVISION,
        "policy": orjson.loads(view.policy.to_json()),
    }
