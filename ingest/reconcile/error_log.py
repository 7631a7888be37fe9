"""Draining ``WebhookEventErrorLogs``: the events Autotask gave up sending, kept there for 30 days.

An event whose payload is there is stored as if it had come to the door: the same bytes, so if it did come in another
way it is the same event. Of one whose payload is gone or cut off it is recorded that an event of that ticket was lost
(kpis.md R14): its ticket's history is incomplete until it is imported. A row is deleted only after its fact is durable;
when that fails it is read again and found to be stored.

Which ticket a cut-off payload speaks of still stands in its first bytes. One that names none is kept in Autotask and
said in the log: nothing can be made of it, and it expires by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from ingest import inbox
from ingest.autotask.catalogue import entity_name
from ingest.feeds.rows import Row, cursor_of, row_id
from ingest.feeds.source import EVERY_ROW, Source
from ingest.own import lost_event_fact
from ingest.webhooks import fact_of
from models.clock import Clock
from models.database import Database
from models.entities import TICKET
from models.errors import AutotaskError
from models.inbox import NO_ENTITY, Fact
from models.instants import Instant, parse_instant

COLLECTION = "WebhookEventErrorLogs"
FIELDS = ("id", "createDateTime", "payload", "sequenceNumber", "accountWebhookID", "contactWebhookID")
_TYPE = re.compile(r'"EntityType"\s*:\s*"([^"\\]{1,60})"', re.IGNORECASE)
_ID = re.compile(r'"Id"\s*:\s*"?(\d{1,18})(?=\D)', re.IGNORECASE)
_TIME = re.compile(r'"EventTime"\s*:\s*"([^"\\]{1,40})"', re.IGNORECASE)
log: Any = structlog.get_logger()


class Log(Source, Protocol):
    """Autotask as the drain sees it (``ingest.autotask.client``)."""

    async def delete(self, path: str) -> bool: ...


@dataclass(slots=True)
class Drained:
    """What became of the rows: events stored, losses recorded, rows of no consequence, rows nobody can read."""

    stored: int = 0
    lost: int = 0
    unneeded: int = 0
    unreadable: int = 0

    def __str__(self) -> str:
        return f"error log: {self.stored} events stored, {self.lost} lost, {self.unreadable} unreadable"


async def drain(source: Log, main: Database, clock: Clock) -> Drained:
    """Store what the log holds, then delete what was stored there."""
    drained = Drained()
    async for page in source.pages(COLLECTION, EVERY_ROW, FIELDS):
        handled: list[int] = []
        facts: list[Fact] = []
        for row in page.rows:
            found = _facts(row, clock.now(), drained)
            if found is not None:
                handled.append(row_id(row))
                facts += found
        with main.write() as connection:
            inbox.append(connection, facts)
        await _delete(source, handled)
    return drained


def _facts(row: Row, received_at: Instant, drained: Drained) -> list[Fact] | None:
    """What a row gives; ``None``: it cannot be told what was lost, so the row stays."""
    payload = row.get("payload")
    text = payload if isinstance(payload, str) else ""
    fact = fact_of(text.encode("utf-8", "replace"), received_at)
    if fact.entity_type != NO_ENTITY:
        drained.stored += 1
        return [fact]
    entity = _match(_TYPE, text)
    number = _match(_ID, text)
    known = None if entity is None else entity_name(entity)
    if (known is not None and known != TICKET) or _is_of_others(row):
        drained.unneeded += 1
        return []  # its state is read over REST; only of tickets every transition counts
    if known is None or number is None:
        drained.unreadable += 1
        log.warning("lost_event_unreadable", row=row_id(row), sequence=row.get("sequenceNumber"))
        return None
    lost_at = _instant(_match(_TIME, text)) or cursor_of(row, "createDateTime") or received_at
    drained.lost += 1
    return [lost_event_fact(row_id(row), int(number), lost_at, received_at=received_at)]


async def _delete(source: Log, rows: Iterable[int]) -> None:
    for one in rows:
        try:
            await source.delete(f"{COLLECTION}/{one}")
        except AutotaskError as error:  # what is stored stays stored; the row is drained again
            log.warning("error_log_not_deleted", row=one, reason=error.reason)
            return


def _is_of_others(row: Row) -> bool:
    """Whether the row says that it is of a webhook of companies or contacts."""
    return row.get("accountWebhookID") is not None or row.get("contactWebhookID") is not None


def _match(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else found.group(1)


def _instant(text: str | None) -> Instant | None:
    try:
        return None if text is None else parse_instant(text)
    except (ValueError, OverflowError):
        return None
